"""The formats of an xlsx package: of each cell format whether it shows a date, strikes through, or has a colour of its own."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from functools import lru_cache
from typing import TYPE_CHECKING

from workbooks.gate import local, parse
from workbooks.model import WorkbookError
from workbooks.tints import THEME, tint

if TYPE_CHECKING:
    from workbooks.gate import Package

_COMMON_STYLES = 256 * 1024
_DATE_IDS = frozenset((*range(14, 23), *range(27, 37), *range(45, 48), *range(50, 59)))
_BUILT_IN = {1: "0", 2: "0.00", 3: "#,##0", 4: "#,##0.00", 9: "0%", 10: "0.00%", 11: "0.00E+00"}
_FORMAT_NOISE = re.compile(r'"[^"]*"|\\.|_.|\*.|\[[^\]]*\]|General|G/通用格式', re.IGNORECASE)
_SLOTS = ("lt1", "dk1", "lt2", "dk2", *(f"accent{number}" for number in range(1, 7)), "hlink", "folHlink")


@dataclass(frozen=True, slots=True)
class Style:
    """The traits of a cell format that reading needs; `format` is empty for General and text."""

    is_date: bool = False
    is_struck: bool = False
    format: str = ""
    tint: str = ""


def read_styles(package: Package, part: str, theme: tuple[str, ...] = THEME) -> tuple[Style, ...]:
    """Return one `Style` per cell format, in order of their index; `theme` as `read_theme` gives it."""
    data = package.read(part)
    # Offices fill in the same template, so a thousand files share a handful of style parts.
    read = _styles if len(data) < _COMMON_STYLES else _styles.__wrapped__
    try:
        return read(data, part, theme)
    except WorkbookError as error:
        raise WorkbookError(error.code, **{**error.params, "name": package.name}) from None


def read_theme(data: bytes, name: str = "", part: str = "") -> tuple[str, ...]:
    """Return the colours of a theme (RRGGBB) in the order in which formats number them; those of Office where it has none.

    Raises WorkbookError like every part (`name` of the workbook, `part`).
    """
    found: dict[str, str] = {}
    slot = ""

    def start(tag: str, given: dict[str, str]) -> None:
        nonlocal slot
        short = local(tag)
        if short in _SLOTS:
            slot = "" if short in found else short
        elif slot and short in ("srgbClr", "sysClr"):
            found[slot] = given.get("val" if short == "srgbClr" else "lastClr", "")
            slot = ""

    parse(data, name, part, start)
    return tuple(found.get(one) or usual for one, usual in zip(_SLOTS, THEME, strict=True))


@lru_cache(maxsize=16)
def _styles(data: bytes, part: str, theme: tuple[str, ...]) -> tuple[Style, ...]:
    formats: dict[int, str] = {}
    fonts: list[_Font] = []
    fills: list[_Fill] = []
    styles: list[Style] = []
    inside = ""

    def start(tag: str, given: dict[str, str]) -> None:
        nonlocal inside
        short = local(tag)
        if short in ("fonts", "fills", "cellXfs", "cellStyleXfs", "dxfs", "numFmts"):
            inside = short
        elif short == "numFmt" and inside == "numFmts":
            formats[_number(given.get("numFmtId"))] = given.get("formatCode", "")
        elif inside == "fonts" and short == "font":
            fonts.append(_Font())
        elif inside == "fonts" and short == "strike" and fonts and given.get("val", "1") not in ("0", "false"):
            fonts[-1].is_struck = True
        elif inside == "fonts" and short == "color" and fonts:
            fonts[-1].colour = given
        elif inside == "fills" and short == "fill":
            fills.append(_Fill())
        elif inside == "fills" and short == "patternFill" and fills:
            fills[-1].pattern = given.get("patternType", "none")
        elif inside == "fills" and short == "fgColor" and fills:
            fills[-1].colour = given
        elif inside == "cellXfs" and short == "xf":
            font, fill = _number(given.get("fontId")), _number(given.get("fillId"))
            letters = fonts[font] if font < len(fonts) else _Font()
            ground = fills[fill] if fill < len(fills) else _Fill()
            styles.append(_style(_number(given.get("numFmtId")), formats, letters, ground, theme))

    parse(data, "", part, start)
    return tuple(styles)


@dataclass(slots=True)
class _Font:
    is_struck: bool = False
    colour: dict[str, str] = field(default_factory=dict)


@dataclass(slots=True)
class _Fill:
    pattern: str = "none"
    colour: dict[str, str] = field(default_factory=dict)


def _style(number: int, formats: dict[int, str], letters: _Font, ground: _Fill, theme: tuple[str, ...]) -> Style:
    code = formats.get(number, "")
    is_date = is_date_format(code) if code else number in _DATE_IDS
    shown = code or _BUILT_IN.get(number, "")
    return Style(
        is_date,
        letters.is_struck,
        "" if shown in ("General", "@") else shown,
        tint(letters.colour, ground.pattern, ground.colour, theme),
    )


def is_date_format(code: str) -> bool:
    """Return True when a number format shows a calendar date or a time of day."""
    plain = _FORMAT_NOISE.sub("", code.split(";", maxsplit=1)[0]).lower()
    return any(letter in plain for letter in "ymdhs")


def _number(text: str | None) -> int:
    return int(text) if text and text.isascii() and text.isdigit() else 0
