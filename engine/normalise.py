"""One cell to one value: only what has exactly one meaning is changed, and every change says by which rule (intake 3.4-3.6).

`Outcome.value` is what the record keeps, None for an empty cell, `BAD` for one that could not be read. Equal cells give
equal outcomes, so a `Column` is normalised once per distinct cell.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import replace
from functools import lru_cache
from typing import TYPE_CHECKING

from engine import days, labels, quantities, shapes
from engine.outcome import BAD, Outcome
from schemas.declare import FieldType, Shape
from schemas.loader import code_lists

if TYPE_CHECKING:
    from schemas.declare import Field
    from workbooks.model import Cell

UNKNOWN = "未掌握"
_INVISIBLE = dict.fromkeys(
    [
        *range(0x09),
        0x0B,
        0x0C,
        *range(0x0E, 0x20),
        0x7F,
        0xAD,
        0x180E,
        *range(0x200B, 0x2010),
        *range(0x202A, 0x202F),
        *range(0x2060, 0x2070),
        0xFEFF,
        *range(0xFE00, 0xFE10),
    ]
)
_ESCAPED = re.compile(r"_x00[01][0-9A-Fa-f]_")
_PLAIN = re.compile("[0-9A-Za-z./:\u4e00-\u9fff-]+")
"""Texts that no rule below changes: no blank, nothing invisible, no quote, one width and one normal form."""
_BLANKS = " \t\r\n\u3000\u00a0\u2002\u2003\u2009"
_EMPTY = frozenset(
    (
        "无",
        "/",
        "／",
        "—",
        "——",
        "-",
        "－",
        "--",
        "暂无",
        "N/A",
        "n/a",
        "NA",
        "null",
        "NULL",
        "None",
        "none",
        "空",
        "\\",
    )
)
_VAGUE = frozenset(("不详", "待定", "待补", "同上", "〃", '"', "?", "？", "□"))
_NOT_KNOWN = frozenset(("不详", "不清楚", "未知", "不明", "不掌握"))
_ERRORS = re.compile(r"#(N/A|REF!|VALUE!|NAME\?|DIV/0!|NULL!|NUM!|SPILL!|CALC!|GETTING_DATA|FIELD!)")
_CODES = frozenset(
    (
        Shape.USCC,
        Shape.CERTIFICATE,
        Shape.LICENCE,
        Shape.PERSON_ID,
        Shape.DIVISION,
        Shape.UNIT,
        Shape.IDENTIFIER,
        Shape.PHONE,
        Shape.MAIL,
        Shape.URL,
    )
)
_LITERAL = re.compile(r'"[^"]*[^"\s.,%-][^"]*"')
_ZEROS = re.compile("0{2,}")
_NUMERIC = (FieldType.DATE, FieldType.MONTH, FieldType.INTEGER, FieldType.PERCENT)
_DAYS = (FieldType.DATE, FieldType.MONTH)
_DRAWN = re.compile(
    "[\u00b2\u00b3\u00b9\u00bc-\u00be\u2070-\u2079\u2080-\u2089\u2150-\u218b\u2460-\u24ff\u2776-\u2793\u3220-\u3229\u3280-\u3289]"
)
"""Digits that are drawn: circled, Roman, raised, fractions."""
_KEPT = 2_000


class Column(dict["Cell", Outcome]):
    """The outcomes of one field by cell, each found at its first look-up; forgets all before it would grow too large."""

    def __init__(self, field: Field, year: int = 0) -> None:
        super().__init__()
        self.field = field
        self.year = year

    def __missing__(self, one: Cell) -> Outcome:
        if len(self) >= _KEPT:
            self.clear()
        found = self[one] = cell(self.field, one, self.year)
        return found


# Workbooks of one form say the same things in the same columns.
_shared = lru_cache(maxsize=4096)(Column)


def column(field: Field, year: int = 0) -> Column:
    """Return the outcomes of a field that all workbooks of a year share; only a day or a month depends on the year."""
    return _shared(field, year if field.type in _DAYS else 0)


def cell(field: Field, one: Cell, year: int = 0) -> Outcome:
    """Return the outcome of one cell under its declaration; `year` is that of the form, 0 for any."""
    kind, text, formula, shown, _ = one
    if kind == "error" or ("#" in text and _ERRORS.fullmatch(text.strip())):
        return Outcome(BAD, issue="DR-C009")
    if kind == "formula":
        return Outcome(BAD, issue="DR-C010")
    found = _read(field, kind, text, shown)
    if year and field.type in _DAYS:
        found = days.plausible(found, year)
    if formula is not None and not found.issue:
        return Outcome(found.value, found.fixed, "DR-C011")
    if kind == "number" and _LITERAL.search(shown) and not found.issue:
        return Outcome(found.value, found.fixed, "DR-C025")
    return found


def _read(field: Field, kind: str, text: str, shown: str = "") -> Outcome:
    if kind == "number" and field.type in (FieldType.TEXT, FieldType.CODE, FieldType.CODES):
        return _number_as_text(field, _padded(text, shown))
    if kind == "date":
        return _from_date_cell(field, text)
    if kind == "boolean":
        text = "是" if text in ("1", "TRUE", "true", "True") else "否"
    plain, fixed = clean(field, text)
    if (field.shape in _CODES or field.type in _NUMERIC) and _DRAWN.search(text):
        return Outcome(BAD, issue="DR-C026", proposal=_drawn_plainly(field, plain))
    if plain == "":
        return Outcome(None, fixed if text.strip(_BLANKS) != "" else "")
    if plain in _EMPTY and not _is_label(field, plain) and not labels.denied(field, plain):
        return Outcome(None, issue="DR-C008")
    if field.unknown_allowed and plain in _NOT_KNOWN:
        return Outcome(BAD, issue="DR-C023", proposal=UNKNOWN)
    if plain in _VAGUE and not (field.codes and plain in code_lists()[field.codes].labels):
        return Outcome(BAD, issue="DR-C023")
    if plain == UNKNOWN and field.unknown_allowed:
        return Outcome(UNKNOWN)
    found = _TYPED[field.type](field, plain)
    if not fixed or found.fixed or found.value is BAD:
        return found
    return replace(found, fixed=fixed)


def says_nothing(text: str) -> bool:
    """Return whether a text is one of the words and strokes for an empty cell, in whatever column (D024)."""
    return text.strip(_BLANKS) in _EMPTY or not text.strip(_BLANKS)


def clean(field: Field, text: str) -> tuple[str, str]:
    """Return the text without what nobody can see or mean, and the rule that changed it (empty when nothing did)."""
    if _PLAIN.fullmatch(text):
        return text, ""
    rule = ""
    plain = _ESCAPED.sub("", text).translate(_INVISIBLE)
    if plain != text:
        rule = "DR-C001"
    stripped = plain.strip(_BLANKS)
    if stripped != plain:
        plain, rule = stripped, rule or "DR-C001"
    if plain.startswith(("'", "‘", "’")) and len(plain) > 1 and field.shape in _CODES:
        plain, rule = plain[1:], "DR-C020"
    if ("\n" in plain or "\r" in plain) and _is_single_line(field):
        plain, rule = re.sub(r"(?<![A-Za-z])\s*[\r\n]+\s*|\s*[\r\n]+\s*(?![A-Za-z])", "", plain), "DR-C005"
        plain = re.sub(r"\s*[\r\n]+\s*", " ", plain)
    if field.shape in _CODES or field.type in _NUMERIC:
        folded = unicodedata.normalize("NFKC", plain)
        if field.shape is not Shape.MAIL:
            folded = re.sub(r"(?<=[0-9A-Za-z])[ \u3000]+(?=[0-9A-Za-z])", "", folded) if field.shape else folded
        if folded != plain:
            plain, rule = folded, "DR-C002"
    elif unicodedata.normalize("NFC", plain) != plain:
        plain, rule = unicodedata.normalize("NFC", plain), rule or "DR-C006"
    return plain, rule


def _drawn_plainly(field: Field, plain: str) -> str | None:
    """Return the value that circled, Roman or raised digits mean if they are meant as plain ones (D083)."""
    found = _TYPED[field.type](field, plain)
    return None if found.issue or found.value is None else str(found.value)


def _is_single_line(field: Field) -> bool:
    if field.type is FieldType.CODES or field.shape in (Shape.PHONE, Shape.PERSON_NAME):  # it parts their values
        return False
    return field.shape is not None or (field.max_length or 0) <= 100


def _is_label(field: Field, text: str) -> bool:
    return field.codes is not None and text in code_lists()[field.codes].labels


def _padded(text: str, shown: str) -> str:
    """Return a whole number with the zeros before it that its number format shows: a code typed as 0212 stands there as 0212."""
    digits = text.strip().removesuffix(".0")
    return digits.zfill(len(shown)) if _ZEROS.fullmatch(shown) and digits.isdigit() else text


def _number_as_text(field: Field, text: str) -> Outcome:
    plain = text.strip()
    if field.type is not FieldType.TEXT:
        return _TYPED[field.type](field, plain.removesuffix(".0"))
    if re.fullmatch(r"-?[0-9]+(\.0+)?", plain):
        digits = plain.split(".")[0]
    elif re.fullmatch(r"[0-9.]+[eE]\+?[0-9]+", plain):
        digits = format(int(float(plain)), "d")
    else:
        return Outcome(BAD, issue="DR-C015") if field.shape in _CODES else Outcome(plain, "DR-C013")
    if len(digits.lstrip("-")) > 15:
        return Outcome(BAD, issue="DR-C012")
    found = shapes.text(field, digits)
    return found if found.value is BAD else replace(found, fixed=found.fixed or "DR-C013")


def _from_date_cell(field: Field, text: str) -> Outcome:
    if field.type is FieldType.DATE:
        return Outcome(text[:10], "DR-D008" if len(text) > 10 and text[10:].strip("T0:.") != "" else "")
    if field.type is FieldType.MONTH:
        return Outcome(text[:7], "" if text[7:10] in ("", "-01") else "DR-D001")
    if field.type is FieldType.TIMESTAMP:
        return Outcome(text)
    return Outcome(BAD, issue="DR-C015", expected=field.title)


_TYPED = {
    FieldType.TEXT: shapes.text,
    FieldType.CODE: labels.code,
    FieldType.CODES: labels.codes,
    FieldType.BOOLEAN: labels.boolean,
    FieldType.INTEGER: quantities.integer,
    FieldType.PERCENT: quantities.percent,
    FieldType.DATE: days.a_date,
    FieldType.MONTH: days.a_month,
    FieldType.TIMESTAMP: days.a_timestamp,
}
