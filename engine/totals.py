"""What a file declares about itself - a row of totals, the number of rows on the cover - against its rows (D050, D112; X11)."""

from __future__ import annotations

import re
import unicodedata
from typing import TYPE_CHECKING

from engine.draft import COVER, address, cover_cell, issue, sheet_title
from engine.outcome import BAD
from engine.quantities import numeric, spoken
from schemas.declare import FieldType

if TYPE_CHECKING:
    from engine.draft import Draft
    from workbooks.model import Located, RawRow

_UNITS = "人|名|位|个|家|条|行|户|项|件"
_COUNT = re.compile(
    rf"(?:以上)?(?:合计|总计|共计|共有|共|计)?(?:人数)?[:：(]?([0-9]+|[一二三四五六七八九十两]{{1,3}})(?:{_UNITS})?[)]?"
)
_PART = re.compile("小计|本页|累计")
_ROWS = "行数"


def compare(draft: Draft) -> None:
    """Add an issue where the cover's number of rows or a row of totals differs from the rows themselves."""
    assert draft.filled is not None and draft.template is not None
    declared = draft.filled.cover.get("row_count")
    count = len(draft.rows.get(draft.template.sheets[0].name, ()))
    if declared is not None and declared.formula is None and declared.text.strip():
        typed = _number(_plain(declared.text))
        if typed != count:
            place = {"sheet": COVER, "cell": cover_cell(draft, "row_count"), "field": "row_count"}
            draft.add("DR-Q004", value=declared.text.strip(), params={"expected": str(count)}, **place)
    for table in draft.filled.tables:
        for row in table.totals:
            _compare_row(draft, table, row)


def _compare_row(draft: Draft, table: Located, row: RawRow) -> None:
    """Judge one row of totals: sums under their columns, and the number of rows wherever it is written."""
    assert draft.template is not None
    fields = {one.key: one for one in draft.template.sheet(table.sheet).fields}
    rows = [outcomes for _, outcomes in draft.rows.get(table.sheet, ())]
    texts = {key: _plain(cell.text) for key, cell in row.cells.items()}
    if any(_PART.search(text) for text in (*texts.values(), *map(_plain, row.extra.values()))):
        return
    for key, text in texts.items():
        declared = _number(text)
        if fields[key].type is FieldType.INTEGER and declared is not None:
            values = [one[key].value for one in rows if key in one]
            if BAD not in values:
                _tell(draft, table, row, key, fields[key].title, text, sum(v for v in values if isinstance(v, int)))
    places = {key: text for key, text in texts.items() if fields[key].type is not FieldType.INTEGER}
    for key, text in [*places.items(), *((name, _plain(text)) for name, text in row.extra.items())]:
        found = _COUNT.fullmatch(text)
        if found:
            _tell(draft, table, row, key, _ROWS, text, len(rows))


def _tell(draft: Draft, table: Located, row: RawRow, key: str, title: str, text: str, expected: int) -> None:
    found = _COUNT.fullmatch(text)
    if _number(found[1] if found else text) == expected:
        return
    place = address(table, key, row.number) or f"{key}{row.number}"
    params = {"where": f"“{sheet_title(draft, table.sheet)}”{place}", "title": title, "expected": str(expected)}
    draft.issues.append(issue("DR-Q005", params=params, sheet=table.sheet, cell=place, value=text))


def _number(text: str) -> int | None:
    plain, _ = numeric(text)
    return int(float(plain)) if plain is not None and float(plain).is_integer() else spoken(text) if text else None


def _plain(text: str) -> str:
    return re.sub(r"\s|,", "", unicodedata.normalize("NFKC", text))
