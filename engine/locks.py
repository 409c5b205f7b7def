"""Closed periods: once a template is locked, a version from below counts by leave only, and leave has an end (intake 5.8, 5.9; R56).

Between the deadline and the lock an office still takes what comes late (and says so); the lock is what it has built upon.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from engine import contention
from engine.values import Row, day, text, yes

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import date

KIND = "解锁更正"
DAYS = 10
"""Days a leave lasts from its decision when it names no last day."""


def has_leave(requests: Iterable[Row], *, template: str, unit: str, on: date) -> bool:
    """Return whether an approved T16 解锁更正 lets `unit` send `template` again on the day `on`.

    The request names both as `reference` ("421221-T06") and the last day as `new_value`. Only an office above the unit may
    give leave: who locked, or who stands over it.
    """
    for one in requests:
        if text(one.get("request_type")) != KIND or not yes(one.get("is_approved")):
            continue
        since = day(one.get("decided_on"))
        until = day(one.get("new_value")) or (since and since + timedelta(days=DAYS))
        asked = text(one.get("reference")).upper() == f"{unit}-{template}".upper()
        by = text(one.get("_unit"))
        if asked and since and until and since <= on <= until and by != unit and by in contention.upward(unit):
            return True
    return False
