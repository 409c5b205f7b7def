"""Cells that hold a number: whole numbers and percents, however they are written (D076, D077)."""

from __future__ import annotations

import re
import unicodedata
from typing import TYPE_CHECKING

from engine.outcome import BAD, Outcome
from schemas.declare import FieldType

if TYPE_CHECKING:
    from schemas.declare import Field

NUMERALS = {char: value for value, char in enumerate("〇一二三四五六七八九")} | {"零": 0, "○": 0}

_GROUPED = re.compile(r"-?[0-9]{1,3}(,[0-9]{3})+(?![0-9,])")


def numeric(text: str) -> tuple[str | None, str]:
    """Return a number without separators and counting words, or None and why it is none."""
    plain = unicodedata.normalize("NFKC", text).strip()
    if _GROUPED.match(plain):  # 1,234 is one number, 3,5 may be two
        plain = plain.replace(",", "")
    if re.search("约|余|左右|多$|以上|近", plain):
        return None, "DR-C021"
    plain = re.sub(r"(人|件|次|份|个|名|家|学时|元|年)$", "", plain).strip()
    if re.fullmatch("[一二三四五六七八九十〇零两]{1,3}", plain):
        number = spoken(plain)
        return (str(number), "") if number is not None else (None, "DR-C015")
    return (plain, "") if re.fullmatch(r"-?[0-9]+(\.[0-9]+)?", plain) else (None, "DR-C015")


def spoken(text: str) -> int | None:
    """Return the number below a hundred that Chinese numerals mean.

    >>> spoken("二十一"), spoken("十"), spoken("百")
    (21, 10, None)
    """
    text = text.replace("两", "二")
    if "十" in text:
        before, _, after = text.partition("十")
        tens = NUMERALS.get(before, 1 if not before else None)
        ones = NUMERALS.get(after, 0 if not after else None)
        return None if tens is None or ones is None else tens * 10 + ones
    return NUMERALS.get(text) if len(text) == 1 else None


def integer(field: Field, text: str) -> Outcome:
    """Return a whole number within the bounds of its field."""
    number, issue = numeric(text)
    if number is None:
        return Outcome(BAD, issue=issue, expected="整数")
    value = float(number)
    if abs(value - round(value)) > 1e-9:
        return Outcome(BAD, issue="DR-C015", expected="整数")
    return _in_range(field, round(value), "DR-C016" if number != text and text.removesuffix(".0") != number else "")


def percent(field: Field, text: str) -> Outcome:
    """Return a percentage as decimal text; a fraction without a sign may mean two things and is asked back."""
    has_sign = text.rstrip().endswith(("%", "％"))
    number, issue = numeric(text.rstrip().rstrip("%％"))
    if number is None:
        return Outcome(BAD, issue=issue, expected="0 到 100 的数")
    value = format(round(float(number), 4), "g")
    if not has_sign and 0 < float(number) < 1:
        return Outcome(value, issue="DR-C017", proposal=format(round(float(number) * 100, 4), "g"))
    is_cut = abs(float(value) - float(number)) > 1e-9
    found = _in_range(field, float(value), "DR-C016" if has_sign or is_cut else "")
    return found if found.issue else Outcome(value, found.fixed)


def _in_range(field: Field, value: float, fixed: str) -> Outcome:
    low, high = field.minimum, field.maximum
    if field.type is FieldType.PERCENT:
        low, high = 0 if low is None else low, 100 if high is None else high
    if (low is not None and value < low) or (high is not None and value > high):
        ends = f"{'' if low is None else format(low, 'g')} 到 {'' if high is None else format(high, 'g')}"
        return Outcome(BAD, issue="DR-V004", expected=ends)
    return Outcome(value, fixed)
