"""One cell to one value: only what has exactly one meaning is changed, and every change says by which rule (intake 3.4-3.6).

`Outcome.value` is what the record keeps, None for an empty cell, `BAD` for one that could not be read. Equal cells give
equal outcomes, so a column is normalised once per distinct cell.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from datetime import date, timedelta
from functools import lru_cache
from typing import TYPE_CHECKING

from engine.identifiers import person_fault, phone_form, uscc_fault, uscc_proposal
from schemas.declare import FieldType, Shape
from schemas.loader import code_lists

if TYPE_CHECKING:
    from schemas.declare import Field
    from workbooks.model import Cell

BAD = object()
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
_ERRORS = re.compile(r"#(N/A|REF!|VALUE!|NAME\?|DIV/0!|NULL!|NUM!|SPILL!|CALC!|GETTING_DATA|FIELD!)")
_DOTS = re.compile("[•・．.‧∙⋅·]")
_CJK = re.compile(r"[\u3400-\u9fff\U00020000-\U0003ffff\uf900-\ufaff〇]+")
_PRIVATE = re.compile("[\ue000-\uf8ff\U000f0000-\U0010ffff□？?�]")
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
_NUMERALS = {char: value for value, char in enumerate("〇一二三四五六七八九")} | {"零": 0, "○": 0}
_TRUE = frozenset(("是", "TRUE", "true", "True", "1", "√", "✓", "✔", "Y", "y", "YES", "yes", "有", "对"))
_FALSE = frozenset(("否", "FALSE", "false", "False", "0", "×", "✗", "N", "n", "NO", "no", "没有"))
_AS_DIGITS = str.maketrans("OoIl〇○零", "0011000")
_CUT_AT = (255, 32767)
_LITERAL = re.compile(r'"[^"]*[^"\s.,%-][^"]*"')
_OPEN_ENDED = frozenset(("长期", "长期有效", "至今", "无固定期限", "永久"))


@dataclass(frozen=True, slots=True)
class Outcome:
    """What one cell means: its value, what was changed and why, or what is wrong with it."""

    value: object
    fixed: str = ""
    issue: str = ""
    proposal: str | None = None
    expected: str = ""


def cell(field: Field, one: Cell) -> Outcome:
    """Return the outcome of one cell under its declaration."""
    return _outcome(field, one.kind, one.text, one.formula is not None, one.shown)


@lru_cache(maxsize=200_000)
def _outcome(field: Field, kind: str, text: str, has_formula: bool, shown: str) -> Outcome:
    if kind == "error" or _ERRORS.fullmatch(text.strip()):
        return Outcome(BAD, issue="DR-C009")
    if kind == "formula":
        return Outcome(BAD, issue="DR-C010")
    found = _read(field, kind, text)
    if has_formula and not found.issue:
        return Outcome(found.value, found.fixed, "DR-C011")
    if kind == "number" and _LITERAL.search(shown) and not found.issue:
        return Outcome(found.value, found.fixed, "DR-C025")
    return found


def _read(field: Field, kind: str, text: str) -> Outcome:
    if kind == "number" and field.type in (FieldType.TEXT, FieldType.CODE, FieldType.CODES):
        return _number_as_text(field, text)
    if kind == "date":
        return _from_date_cell(field, text)
    if kind == "boolean":
        text = "是" if text in ("1", "TRUE", "true", "True") else "否"
    plain, fixed = clean(field, text)
    if plain == "" or (plain in _EMPTY and not _is_label(field, plain)):
        return Outcome(None, fixed if plain == "" and text.strip(_BLANKS) != "" else "", "DR-C008" if plain else "")
    if plain in _VAGUE:
        return Outcome(BAD, issue="DR-C023")
    if plain == UNKNOWN and field.unknown_allowed:
        return Outcome(UNKNOWN)
    found = _TYPED[field.type](field, plain)
    if found.issue or not fixed or found.fixed:
        return found
    return Outcome(found.value, fixed, found.issue, found.proposal, found.expected)


def clean(field: Field, text: str) -> tuple[str, str]:
    """Return the text without what nobody can see or mean, and the rule that changed it (empty when nothing did)."""
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
        plain, rule = re.sub(r"\s*[\r\n]+\s*", "", plain), "DR-C005"
    if field.shape in _CODES or field.type in (FieldType.DATE, FieldType.MONTH, FieldType.INTEGER, FieldType.PERCENT):
        folded = unicodedata.normalize("NFKC", plain)
        if field.shape is not Shape.MAIL:
            folded = re.sub(r"(?<=[0-9A-Za-z])[ \u3000]+(?=[0-9A-Za-z])", "", folded) if field.shape else folded
        if folded != plain:
            plain, rule = folded, "DR-C002"
    elif field.type in (FieldType.CODE, FieldType.CODES, FieldType.BOOLEAN):
        folded = unicodedata.normalize("NFC", plain)
        plain = folded
    elif unicodedata.normalize("NFC", plain) != plain:
        plain, rule = unicodedata.normalize("NFC", plain), rule or "DR-C006"
    return plain, rule


def _is_single_line(field: Field) -> bool:
    if field.type is FieldType.CODES or field.shape is Shape.PHONE:  # a line break parts their values
        return False
    return field.shape is not None or (field.max_length or 0) <= 100


def _is_label(field: Field, text: str) -> bool:
    return bool(field.codes) and text in code_lists()[field.codes].labels


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
    found = _text(field, digits)
    return found if found.issue else Outcome(found.value, found.fixed or "DR-C013")


def _from_date_cell(field: Field, text: str) -> Outcome:
    if field.type is FieldType.DATE:
        return Outcome(text[:10], "DR-D008" if len(text) > 10 and text[10:].strip("T0:.") != "" else "")
    if field.type is FieldType.MONTH:
        return Outcome(text[:7])
    if field.type is FieldType.TIMESTAMP:
        return Outcome(text)
    return Outcome(BAD, issue="DR-C015", expected=field.title)


# text ----------------------------------------------------------------------------------------------------------------


def _text(field: Field, text: str) -> Outcome:
    found = _SHAPED.get(field.shape, _plain_text)(field, text) if field.shape else _plain_text(field, text)
    if found.issue:
        return found
    value = str(found.value)
    if len(value) in _CUT_AT:
        return Outcome(value, found.fixed, "DR-C024")
    if field.shape is Shape.PHONE:  # several numbers are longer than one
        return found
    if field.max_length and len(value) > field.max_length:
        return Outcome(BAD, issue="DR-C019", expected=f"不超过 {field.max_length} 个字")
    if field.pattern and not re.fullmatch(field.pattern, value):
        return Outcome(BAD, issue="DR-V003", expected=field.example)
    return found


def _plain_text(field: Field, text: str) -> Outcome:
    if re.fullmatch(r"[0-9](\.[0-9]+)?[eE]\+[0-9]{2}", text) and field.shape:
        return Outcome(BAD, issue="DR-C014")
    return Outcome(text)


def _uscc(field: Field, text: str) -> Outcome:
    if re.fullmatch(r"[0-9](\.[0-9]+)?[eE]\+[0-9]{2}", text):
        return Outcome(BAD, issue="DR-C014")
    upper = text.upper().replace("-", "")
    fault = uscc_fault(upper)
    if fault:
        if re.fullmatch("[0-9A-Z]{9}", upper):
            return Outcome(BAD, issue="DR-V014")
        if re.fullmatch("[0-9]{15}", upper):
            return Outcome(BAD, issue="DR-V017")
        issue = {"length": "DR-V011", "character": "DR-V012"}.get(fault, "DR-V013")
        return Outcome(BAD, issue=issue, proposal=uscc_proposal(upper), expected=f"{len(upper)} 位")
    return Outcome(upper, "DR-C002" if upper != text else "")


def _code_number(field: Field, text: str) -> Outcome:
    if re.fullmatch(r"[0-9](\.[0-9]+)?[eE]\+[0-9]{2}", text):
        return Outcome(BAD, issue="DR-C014")
    if field.shape is not Shape.PERSON_ID and re.fullmatch("[0-9]{17}[0-9Xx]", text) and not person_fault(text.upper()):
        return Outcome(BAD, issue="DR-V020")
    if field.shape is Shape.CERTIFICATE and field.max_length and re.fullmatch("1[3-9][0-9]{9}", text):
        return Outcome(text, issue="DR-V021")
    return Outcome(text)


def _person_id(field: Field, text: str) -> Outcome:
    plain = text.upper().replace("×", "X").replace("*", "X" if text.count("*") == 1 and text.endswith("*") else "*")
    fault = person_fault(plain)
    if fault:
        return Outcome(
            BAD, issue={"length": "DR-V031", "character": "DR-V032", "date": "DR-V033"}.get(fault, "DR-V034")
        )
    return Outcome(plain, "DR-C002" if plain != text else "")


def _phone(field: Field, text: str) -> Outcome:
    parts = [part for part in re.split(r"[、，,;；/\n]+", text) if part.strip()]
    forms = [phone_form(part) for part in parts]
    if not forms or any(one is None for one in forms):
        read = text.translate(_AS_DIGITS)
        meant = read if read != text and phone_form(read) else None
        return Outcome(BAD, issue="DR-V041", proposal=meant)
    value = "；".join(str(one) for one in forms)
    return Outcome(value, "DR-V042" if value != text else "")


def _person_name(field: Field, text: str) -> Outcome:
    value, rule = text, ""
    folded = "".join(_radical(char) for char in value)
    if folded != value:
        value, rule = folded, "DR-C006"
    if re.search(r"[ \u3000\u00a0\t]", value):
        bare = re.sub(r"[ \u3000\u00a0\t]+", "", value)
        if _CJK.fullmatch(bare) and len(bare) <= 4:
            value, rule = bare, "DR-C003"
        else:
            tight = re.sub(r"[ \u3000\u00a0\t]+", " ", value)
            value, rule = tight, "DR-C003" if tight != value else rule
    dotted = _DOTS.sub("·", value) if _CJK.search(value) and not re.search("[A-Za-z]", value) else value
    if dotted != value:
        value, rule = dotted, "DR-C004"
    if _PRIVATE.search(value):
        return Outcome(BAD, issue="DR-C007")
    if re.search("[、，,;；/]", value):
        return Outcome(BAD, issue="DR-V052")
    if re.search("[0-9()（）]", value) or not 2 <= len(value) <= (field.max_length or 20):
        return Outcome(BAD, issue="DR-V051")
    if value in ("张三", "李四", "王五", "测试", "某某", "XXX", "xxx"):
        return Outcome(BAD, issue="DR-V053")
    return Outcome(value, rule)


def _radical(char: str) -> str:
    point = ord(char)
    if 0x2E80 <= point <= 0x2FDF or 0xF900 <= point <= 0xFAFF:
        return unicodedata.normalize("NFKC", char)
    return char


def _organisation(field: Field, text: str) -> Outcome:
    value = text.replace("(", "（").replace(")", "）")
    bare = re.sub(r"(?<=[\u4e00-\u9fff）])[ \u3000]+(?=[\u4e00-\u9fff（])", "", value)
    return Outcome(bare, "DR-C002" if bare != text else "")


def _document(field: Field, text: str) -> Outcome:
    value = re.sub(r"[\[【［(（](\d{4})[\]】］)）]", r"〔\1〕", text)
    return Outcome(value, "DR-C002" if value != text else "")


_SHAPED = {
    Shape.USCC: _uscc,
    Shape.CERTIFICATE: _code_number,
    Shape.LICENCE: _code_number,
    Shape.IDENTIFIER: _code_number,
    Shape.DIVISION: _code_number,
    Shape.UNIT: _code_number,
    Shape.PERSON_ID: _person_id,
    Shape.PHONE: _phone,
    Shape.PERSON_NAME: _person_name,
    Shape.ORGANISATION_NAME: _organisation,
    Shape.DOCUMENT_NUMBER: _document,
}


# code lists ----------------------------------------------------------------------------------------------------------


@lru_cache(maxsize=64)
def _spellings(name: str) -> dict[str, str]:
    """Return every spelling of a list -> label: codes, labels, aliases, `code label`, folded to half width."""
    found: dict[str, str] = {}
    for entry in code_lists()[name].entries:
        for text in (
            entry.label,
            entry.code,
            *entry.aliases,
            f"{entry.code}{entry.label}",
            f"{entry.code}.{entry.label}",
            f"{entry.code}、{entry.label}",
            f"{entry.code} {entry.label}",
        ):
            found.setdefault(_fold(text), entry.label)
    return found


def _fold(text: str) -> str:
    return re.sub(r"[\s·\-_—]+", "", unicodedata.normalize("NFKC", text)).lower()


def _code(field: Field, text: str) -> Outcome:
    one = code_lists()[field.codes or ""]
    if text in one.labels:
        return Outcome(text)
    label = _spellings(one.code).get(_fold(text))
    if label:
        return Outcome(label, "DR-V002")
    if one.is_open:
        return Outcome(text)
    return Outcome(BAD, issue="DR-V001", proposal=_near(text, one.labels), expected="、".join(one.labels[:12]))


def _codes(field: Field, text: str) -> Outcome:
    parts = [part for part in re.split(r"[；;、，,\n\r/|]+|\s{2,}", text) if part.strip()]
    found = [_code(field, part.strip()) for part in parts]
    bad = next((one for one in found if one.issue), None)
    if bad:
        return bad
    value = "；".join(dict.fromkeys(str(one.value) for one in found))
    return Outcome(value, "DR-V002" if value != text else "")


def _near(text: str, labels: tuple[str, ...]) -> str | None:
    close = [label for label in labels if _distance_one(text, label)]
    return close[0] if len(close) == 1 else None


def _distance_one(one: str, other: str) -> bool:
    if abs(len(one) - len(other)) > 1 or min(len(one), len(other)) < 2:
        return False
    short, long = sorted((one, other), key=len)
    for place, char in enumerate(short):
        if char != long[place]:
            return (
                short[place + 1 :] == long[place + 1 :]
                if len(short) == len(long)
                else short[place:] == long[place + 1 :]
            )
    return len(long) - len(short) <= 1


def _boolean(field: Field, text: str) -> Outcome:
    if text in ("是", "否"):
        return Outcome(text)
    plain = unicodedata.normalize("NFKC", text)
    if plain in _TRUE or plain in _FALSE:
        return Outcome("是" if plain in _TRUE else "否", "DR-C018")
    return Outcome(BAD, issue="DR-V001", expected="是、否")


# numbers -------------------------------------------------------------------------------------------------------------


def _numeric(text: str) -> tuple[str | None, str]:
    plain = unicodedata.normalize("NFKC", text).replace(",", "").strip()
    if re.search("约|余|左右|多$|以上|近", plain):
        return None, "DR-C021"
    plain = re.sub(r"(人|件|次|份|个|名|家|学时|元|年)$", "", plain).strip()
    if re.fullmatch("[一二三四五六七八九十〇零两]{1,3}", plain):
        number = _chinese_number(plain)
        return (str(number), "") if number is not None else (None, "DR-C015")
    return (plain, "") if re.fullmatch(r"-?[0-9]+(\.[0-9]+)?", plain) else (None, "DR-C015")


def _chinese_number(text: str) -> int | None:
    text = text.replace("两", "二")
    if "十" in text:
        before, _, after = text.partition("十")
        tens = _NUMERALS.get(before, 1 if not before else None)
        ones = _NUMERALS.get(after, 0 if not after else None)
        return None if tens is None or ones is None else tens * 10 + ones
    return _NUMERALS.get(text) if len(text) == 1 else None


def _integer(field: Field, text: str) -> Outcome:
    number, issue = _numeric(text)
    if number is None:
        return Outcome(BAD, issue=issue, expected="整数")
    value = float(number)
    if abs(value - round(value)) > 1e-9:
        return Outcome(BAD, issue="DR-C015", expected="整数")
    return _in_range(field, round(value), "DR-C016" if number != text and text.removesuffix(".0") != number else "")


def _percent(field: Field, text: str) -> Outcome:
    has_sign = text.rstrip().endswith(("%", "％"))
    number, issue = _numeric(text.rstrip().rstrip("%％"))
    if number is None:
        return Outcome(BAD, issue=issue, expected="0 到 100 的数")
    value = format(round(float(number), 4), "g")
    if not has_sign and 0 < float(number) < 1:
        return Outcome(value, issue="DR-C017", proposal=format(round(float(number) * 100, 4), "g"))
    found = _in_range(field, float(value), "DR-C016" if has_sign else "")
    return found if found.issue else Outcome(value, found.fixed)


def _in_range(field: Field, value: float, fixed: str) -> Outcome:
    low, high = field.minimum, field.maximum
    if field.type is FieldType.PERCENT:
        low, high = 0 if low is None else low, 100 if high is None else high
    if (low is not None and value < low) or (high is not None and value > high):
        ends = f"{'' if low is None else format(low, 'g')} 到 {'' if high is None else format(high, 'g')}"
        return Outcome(BAD, issue="DR-V004", expected=ends)
    return Outcome(value, fixed)


# dates ---------------------------------------------------------------------------------------------------------------


def _date(field: Field, text: str) -> Outcome:
    plain = unicodedata.normalize("NFKC", text).strip()
    if plain in _OPEN_ENDED:
        return Outcome("9999-12-31", "DR-D009")
    spoken = re.fullmatch(
        r"([〇零○一二三四五六七八九]{4})年([一二三四五六七八九十]+)月([一二三四五六七八九十]+)[日号]", plain
    )
    if spoken:
        year = "".join(str(_NUMERALS[char]) for char in spoken[1])
        month, day = (_chinese_number(part) for part in spoken.groups()[1:])
        return _day(plain, year, str(month or 0), str(day or 0), "DR-D001")
    if re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", plain):
        return _day(plain, *plain.split("-"), "" if plain == text else "DR-D001")
    stamp = re.fullmatch(r"([0-9]{4})[-/.年]([0-9]{1,2})[-/.月]([0-9]{1,2})日?[ T]+[0-9:.]+(?:[+Z].*)?", plain)
    if stamp:
        return _day(plain, *stamp.groups(), "DR-D008")
    whole = re.fullmatch(r"([0-9]{4})\s*[-/.年\\]\s*([0-9]{1,2})\s*[-/.月\\]\s*([0-9]{1,2})\s*[日号.]?", plain)
    whole = whole or re.fullmatch(r"([12][0-9]{3})([01][0-9])([0-3][0-9])", plain)
    if whole:
        return _day(plain, *whole.groups(), "DR-D001")
    short = re.fullmatch(r"([0-9]{2})[-/.年]([0-9]{1,2})[-/.月]([0-9]{1,2})日?", plain)
    if short and int(short[1]) >= 13:
        return _day(plain, f"20{short[1]}", short[2], short[3], "DR-D005")
    if re.fullmatch(r"[0-9]{5}(\.[0-9]+)?", plain) and 20000 <= float(plain) <= 80000:
        return Outcome((date(1899, 12, 30) + timedelta(days=int(float(plain)))).isoformat(), "DR-D006")
    turned = re.fullmatch(r"([0-9]{1,2})[-/.]([0-9]{1,2})[-/.]([0-9]{4})", plain)
    if turned:
        month, day, year = turned.groups()
        if int(month) <= 12 and int(day) <= 12 and month != day:
            return Outcome(BAD, issue="DR-D004")
        month, day = (day, month) if int(month) > 12 else (month, day)
        return _day(plain, year, month, day, "DR-D005")
    if re.fullmatch(r"([0-9]{4}[-/.年])?[0-9]{1,2}月?", plain):
        return Outcome(BAD, issue="DR-D007")
    return Outcome(BAD, issue="DR-D002")


def _day(text: str, year: str, month: str, day: str, fixed: str) -> Outcome:
    try:
        found = date(int(year), int(month), int(day))
    except ValueError:
        return Outcome(BAD, issue="DR-D003")
    if not 1900 <= found.year <= 2100:
        return Outcome(
            BAD,
            issue="DR-D003",
            proposal=f"20{year[-2:]}-{int(month):02d}-{int(day):02d}" if year.startswith("00") else None,
        )
    return Outcome(found.isoformat(), fixed if found.isoformat() != text else "")


def _month(field: Field, text: str) -> Outcome:
    found = re.fullmatch(r"([0-9]{4})[-/.年]?([0-9]{1,2})月?", unicodedata.normalize("NFKC", text))
    if not found or not 1 <= int(found[2]) <= 12:
        return Outcome(BAD, issue="DR-D002")
    value = f"{found[1]}-{int(found[2]):02d}"
    return Outcome(value, "DR-D001" if value != text else "")


def _timestamp(field: Field, text: str) -> Outcome:
    return Outcome(text)


_TYPED = {
    FieldType.TEXT: _text,
    FieldType.CODE: _code,
    FieldType.CODES: _codes,
    FieldType.BOOLEAN: _boolean,
    FieldType.INTEGER: _integer,
    FieldType.PERCENT: _percent,
    FieldType.DATE: _date,
    FieldType.MONTH: _month,
    FieldType.TIMESTAMP: _timestamp,
}
