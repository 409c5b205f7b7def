"""The registers through time: which edition held on a day, and what became of one entry (R24).

An edition holds from the day it was made until the day before the next; of several made on one day the last one counts.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import date
from typing import TYPE_CHECKING, Any

from engine.changes import IDENTITY
from engine.values import text
from schemas import loader

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

Body = dict[str, Any]
CALLED = ("name", "item_name", "certificate_no", "licence_no", "uscc")
"""By what people call an entry, besides its key and its identifier for life."""
PLACE = ("seq", "source")
"""Where a row stood and in which file it came: a new file that says the same is no change of the entry."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Edition:
    """One edition of a register sheet; `until` is the day the next one replaced it, None for the one in force.

    added, removed, changed: keys against the edition before; a row that says the same from a new file is no change.
    """

    template: str
    sheet: str
    version: int
    since: date
    until: date | None
    digest: str
    bodies: Sequence[Body]
    added: tuple[str, ...] = ()
    removed: tuple[str, ...] = ()
    changed: tuple[str, ...] = ()

    def holds_on(self, on: date) -> bool:
        """Return whether this edition held at the end of the day `on`."""
        return self.since <= on and (self.until is None or on < self.until)


@dataclass(frozen=True, slots=True, kw_only=True)
class Stay:
    """A stretch of the life of one entry: unchanged from `since` until `until` (None: still so), under `key` from `unit`.

    changes: (title of the column, old, new) against the stretch before; is_in says whether it stood in the register at all.
    """

    since: date
    until: date | None
    version: int
    is_in: bool
    body: Body = field(default_factory=dict)
    changes: tuple[tuple[str, str, str], ...] = ()


def editions(template: str, sheet: str, kept: Iterable[Mapping[str, Any]]) -> list[Edition]:
    """Return the editions of a register sheet, oldest first, from what the store keeps: {version, at, digest, rows}."""
    kept = list(kept)
    days = [date.fromisoformat(text(one["at"])[:10]) for one in kept]
    found: list[Edition] = []
    old: dict[str, Any] = {}
    for place, one in enumerate(kept):
        now = {body["key"]: _said(body) for body in one["rows"]}
        found.append(
            Edition(
                template=template,
                sheet=sheet,
                version=one["version"],
                since=days[place],
                until=days[place + 1] if place + 1 < len(days) else None,
                digest=one["digest"],
                bodies=one["rows"],
                added=tuple(sorted(now.keys() - old.keys())),
                removed=tuple(sorted(old.keys() - now.keys())),
                changed=tuple(sorted(key for key in old.keys() & now.keys() if old[key] != now[key])),
            )
        )
        old = now
    return found


def on_day(found: Iterable[Edition], on: date) -> Edition | None:
    """Return the edition that held at the end of the day, None before the first."""
    return next((one for one in found if one.holds_on(on)), None)


def names(one: Edition, body: Mapping[str, Any]) -> set[str]:
    """Return what an entry can be asked for by: its key, its identifier for life, name and numbers."""
    values = body["values"]
    identity = IDENTITY.get(one.template, "")
    return {body["key"], text(values.get(identity)), *(text(values.get(key)) for key in CALLED)} - {""}


def called(found: Sequence[Edition], who: str) -> dict[str, str]:
    """Return the entries that are called `who` in any edition: identifier for life (else key) -> newest name."""
    return {_identity(one, body): _name(body) for one in found for body in one.bodies if who in names(one, body)}


def life(found: Sequence[Edition], identity: str) -> list[Stay]:
    """Return the life of one entry of a register, oldest stretch first; editions that left it as it was add nothing.

    The identifier for life binds what the key does not: an officer with a new certificate stays himself. Editions replaced
    on the very day they were made held at the end of no day; they are left out, as in `on_day`.
    """
    stays: list[Stay] = []
    for one in found:
        if one.until == one.since:
            continue
        body = next((body for body in one.bodies if _identity(one, body) == identity), None)
        last = stays[-1] if stays else None
        if body is None and (last is None or not last.is_in):
            continue
        if last and last.is_in and body and _said(last.body) == _said(body):
            continue
        changes = _changes(one, _said(last.body), _said(body)) if body and last and last.is_in else ()
        if last:
            stays[-1] = replace(last, until=one.since)
        stays.append(
            Stay(since=one.since, until=None, version=one.version, is_in=bool(body), body=body or {}, changes=changes)
        )
    return stays


def _said(body: Mapping[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in body["values"].items() if key not in PLACE}


def _identity(one: Edition, body: Mapping[str, Any]) -> str:
    return text(body["values"].get(IDENTITY.get(one.template, ""))) or body["key"]


def _name(body: Mapping[str, Any]) -> str:
    values = body["values"]
    return next((text(values.get(key)) for key in ("name", "item_name", "target_name") if text(values.get(key))), "")


def _changes(one: Edition, old: Mapping[str, Any], new: Mapping[str, Any]) -> tuple[tuple[str, str, str], ...]:
    return tuple(
        (each.title, text(old.get(each.key)), text(new.get(each.key)))
        for each in loader.template(one.template).sheet(one.sheet).fields
        if text(old.get(each.key)) != text(new.get(each.key))
    )
