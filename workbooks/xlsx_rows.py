"""The patterns of plain worksheet rows: a whole row as filled-in forms have it, and the single tokens of every other row.

A row pattern knows the first columns in their order, each blank, a shared string, or any other plain cell; one match is a
row, and that is three times as fast as looking at its cells one by one. Both patterns refuse what they do not fully cover.
"""

from __future__ import annotations

import re
from functools import cache

from workbooks.addresses import letters

# The widest form has 37 columns; a row that goes on is read by its tokens.
WIDTH = 40
_STYLE = '(?: s="[0-9]+"|)'
_VALUE = r'(?:<v>[^<]*</v>|<v ?/>|<is><t(?: xml:space="preserve"|)>[^<]*</t></is>|)'
_FORMULA = "(?:<f(?: [^<>]*|)(?:/>|>[^<]*</f>)|)"
_ANY_CELL = rf'{_STYLE}(?: t="(?:s|str|n|b|e|inlineStr)"|)>{_FORMULA}{_VALUE}</c>'

# One match is a run of blank cells, the start or end of a row, a cell with its value, or (last group) anything else.
TOKEN = re.compile(
    r'(?:<c r="[A-Z]{1,3}[1-9][0-9]{0,6}"(?: s="[0-9]+")?/>)+'
    r"|<row r=\"([1-9][0-9]{0,6})\"([^<>']*)>"
    r"|</row>"
    r'|<c r="([A-Z]{1,3})([1-9][0-9]{0,6})"(?: s="([0-9]+)")?(?: t="(s|str|n|b|e|inlineStr)")?>'
    r"(<f(?: [^<>]*)?(?:/>|>[^<]*</f>))?"
    r'(?:<v>([^<]*)</v>|<v ?/>|<is><t(?: xml:space="preserve")?>([^<]*)</t></is>)?</c>'
    r"|([\s\S])"
)


@cache
def row_pattern() -> re.Pattern[str]:
    """Return the pattern of a row: number, attributes, then for each of `WIDTH` columns string index and other cell.

    The other cell is the whole element, to be taken apart by `TOKEN`.
    """
    cells = "".join(
        rf'(?:<c r="{name}\1"{_STYLE}(?:/>| t="s"><v>([0-9]+)</v></c>)|(<c r="{name}\1"{_ANY_CELL})|)'
        for name in map(letters, range(1, WIDTH + 1))
    )
    return re.compile(rf"<row r=\"([1-9][0-9]{{0,6}})\"([^<>'/]*)(?:/>|>{cells}</row>)")
