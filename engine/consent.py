"""Whose request (T16) counts, and what a unit may do only with the consent of an office above it: report after the lock, take a
report back (R56, intake 5.9).

Between the deadline and the lock an office still takes what comes late (and says so); the lock is what it has built upon. What a
unit files about its own report is a wish.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from engine.values import Row, day, text, yes
from schemas import loader

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from datetime import date

LOCK = "lock"
"""The kind of document that says since when a template is locked: template -> {at, by, reason}, `at` blank once it is open again."""
LEAVE, WITHDRAWAL = "解锁更正", "报送撤回"
DAYS = 10
"""Days a leave lasts from its decision when it names no last day."""


def has_leave(requests: Iterable[Row], *, template: str, unit: str, on: date) -> bool:
    """Return whether an approved T16 解锁更正 lets `unit` send `template` again on the day `on`.

    The request names both as `reference` ("421221-T06") and the last day as `new_value`.
    """
    for one in _approved(requests, LEAVE):
        since = day(one.get("decided_on"))
        until = day(one.get("new_value")) or (since and since + timedelta(days=DAYS))
        asked = text(one.get("reference")).upper() == f"{unit}-{template}".upper()
        if asked and _is_above(one, unit) and since and until and since <= on <= until:
            return True
    return False


def taken_back(requests: Iterable[Row], sent: Mapping[str, tuple[int, str]]) -> dict[int, str]:
    """Return submission -> moment at which the office had the consent to take it back (T16 报送撤回), the first of several.

    The request names the receipt as `reference`. requests: rows with `_unit` and `_at`. sent: receipt number -> (submission, unit).
    """
    found: dict[int, str] = {}
    for one in _approved(requests, WITHDRAWAL):
        submission, unit = sent.get(text(one.get("reference")), (0, ""))
        if submission and _is_above(one, unit):
            found[submission] = min(text(one["_at"]), found.get(submission, text(one["_at"])))
    return found


def _approved(requests: Iterable[Row], kind: str) -> Iterator[Row]:
    return (one for one in requests if text(one.get("request_type")) == kind and yes(one.get("is_approved")))


def may_decide(request: Row, *units: str) -> bool:
    """Return whether the office that filed a request decides for one of `units`: it is the office itself, or one above it.

    A county that writes 同意 into its own form ends no inspection of the city and changes no roster of its neighbour. What was
    carried from last year or came with a package names no filer and was looked at when it was taken.
    """
    by = text(request.get("_unit"))
    return not by or any(by in loader.upward(one) for one in units if one in loader.units())


def _is_above(request: Row, unit: str) -> bool:
    return text(request.get("_unit")) in loader.upward(unit)[1:]
