"""Cells that hold a day, a month or a moment, however they are written (D084-D093)."""

from __future__ import annotations

import re
import unicodedata
from datetime import date, timedelta
from typing import TYPE_CHECKING

from engine import quantities
from engine.outcome import BAD, Outcome

if TYPE_CHECKING:
    from collections.abc import Iterable

    from schemas.declare import Field

_TERM = re.compile(r"(?:.*[0-9日号]?\s*[至到~—-])?\s*([0-9]{4})[-/.年]([0-9]{1,2})[-/.月]([0-9]{1,2})[日号]?\s*[止前]?")
_EARLIEST, _AHEAD = 1949, 30
"""No paper of ours is older; none is given for more years than these."""
OPEN_END = "9999-12-31"
_OPEN_ENDED = frozenset(
    (OPEN_END, "9999.12.31", "9999/12/31", "9999年12月31日", "长期", "长期有效", "至今", "无固定期限", "永久")
)


def a_date(field: Field, text: str) -> Outcome:
    """Return the ISO day a text means, if it means one."""
    plain = unicodedata.normalize("NFKC", text).strip()
    if plain in _OPEN_ENDED:
        return Outcome(OPEN_END, "" if text == OPEN_END else "DR-D009")
    spoken = re.fullmatch(
        r"([〇零○一二三四五六七八九]{4})年([一二三四五六七八九十]+)月([一二三四五六七八九十]+)[日号]", plain
    )
    if spoken:
        year = "".join(str(quantities.NUMERALS[char]) for char in spoken[1])
        month, day = (quantities.spoken(part) for part in spoken.groups()[1:])
        return _day(plain, (year, str(month or 0), str(day or 0)), "DR-D001")
    if re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", plain):
        return _day(plain, plain.split("-"), "" if plain == text else "DR-D001")
    stamp = re.fullmatch(r"([0-9]{4})[-/.年]([0-9]{1,2})[-/.月]([0-9]{1,2})日?[ T]+[0-9:.]+(?:[+Z].*)?", plain)
    if stamp:
        return _day(plain, stamp.groups(), "DR-D008")
    whole = re.fullmatch(r"([0-9]{4})\s*[-/.年\\]\s*([0-9]{1,2})\s*[-/.月\\]\s*([0-9]{1,2})\s*[日号.]?", plain)
    whole = whole or re.fullmatch(r"([12][0-9]{3})([01][0-9])([0-3][0-9])", plain)
    if whole:
        return _day(plain, whole.groups(), "DR-D001")
    short = re.fullmatch(r"([0-9]{2})[-/.年]([0-9]{1,2})[-/.月]([0-9]{1,2})日?", plain)
    if short and int(short[1]) >= 13:
        return _day(plain, (f"20{short[1]}", short[2], short[3]), "DR-D005")
    if re.fullmatch(r"[0-9]{5}(\.[0-9]+)?", plain) and 20000 <= float(plain) <= 80000:
        return Outcome((date(1899, 12, 30) + timedelta(days=int(float(plain)))).isoformat(), "DR-D006")
    turned = re.fullmatch(r"([0-9]{1,2})[-/.]([0-9]{1,2})[-/.]([0-9]{4})", plain)
    if turned:
        first, second, year = turned.groups()
        if int(first) <= 12 and int(second) <= 12 and first != second:
            return Outcome(BAD, issue="DR-D004")
        return _day(plain, (year, second, first) if int(first) > 12 else (year, first, second), "DR-D005")
    if re.fullmatch(r"([0-9]{4}[-/.年])?[0-9]{1,2}月?|[0-9]{1,2}月[0-9]{1,2}[日号]?", plain):
        return Outcome(BAD, issue="DR-D007")
    term = _TERM.fullmatch(plain)
    if term:  # 至…, …止 or from–to: the end is meant, but a day is asked for
        meant = _day(plain, term.groups(), "")
        return Outcome(BAD, issue="DR-D002", proposal=None if meant.issue else str(meant.value))
    return Outcome(BAD, issue="DR-D002")


def _day(text: str, parts: Iterable[str], fixed: str) -> Outcome:
    year, month, day = parts
    try:
        found = date(int(year), int(month), int(day))
    except ValueError:
        return Outcome(BAD, issue="DR-D003", proposal=_turned(year, month, day))
    if not 1900 <= found.year <= 2100:
        return _of_no_year(found.isoformat(), 2100)
    return Outcome(found.isoformat(), fixed if found.isoformat() != text else "")


def _turned(year: str, month: str, day: str) -> str | None:
    """Return the day that is left if month and day stand in each other's place."""
    try:
        return date(int(year), int(day), int(month)).isoformat()
    except ValueError:
        return None


def plausible(found: Outcome, year: int) -> Outcome:
    """Refuse a day or month of a year that no paper of `year` bears; the only likely year is proposed (D090).

    >>> plausible(Outcome("2062-01-01"), 2026).proposal, plausible(Outcome("2031-01-01"), 2026).issue
    ('2026-01-01', '')
    """
    text = found.value
    if not isinstance(text, str) or text == OPEN_END or _EARLIEST <= int(text[:4]) <= year + _AHEAD:
        return found
    return _of_no_year(text, year + _AHEAD)


def _of_no_year(text: str, latest: int) -> Outcome:
    """Return the refusal of a day, with the one day it can mean: two neighbouring digits exchanged, or our century."""
    year = text[:4]
    meant = {int(year[:at] + year[at + 1] + year[at] + year[at + 2 :]) for at in range(3)}
    if year < str(_EARLIEST):
        meant.add(int(f"20{year[2:]}"))
    likely = [f"{one}{text[4:]}" for one in meant - {int(year)} if _EARLIEST <= one <= latest]
    is_sure = len(likely) == 1 and exists(likely[0])
    return Outcome(BAD, issue="DR-D003", proposal=likely[0] if is_sure else None)


def exists(text: str) -> bool:
    """Say whether an ISO day, or an ISO month, is in the calendar."""
    try:
        return bool(date.fromisoformat(text if len(text) > len("2026-05") else f"{text}-01"))
    except ValueError:
        return False


def a_month(field: Field, text: str) -> Outcome:
    """Return the month a text means as `2026-05`."""
    found = re.fullmatch(r"([0-9]{4})[-/.年]?([0-9]{1,2})月?", unicodedata.normalize("NFKC", text))
    if not found or not 1 <= int(found[2]) <= 12:
        return Outcome(BAD, issue="DR-D002")
    value = f"{found[1]}-{int(found[2]):02d}"
    return Outcome(value, "DR-D001" if value != text else "")


def a_timestamp(field: Field, text: str) -> Outcome:
    """Return a moment as it stands: only our own forms hold any."""
    return Outcome(text)
