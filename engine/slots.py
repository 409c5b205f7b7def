"""The files of one unit that compete with each other, as the store knows them, and where they stand now."""

from __future__ import annotations

import json
from functools import cached_property
from typing import TYPE_CHECKING, Any

from sqlalchemy import select, update

from engine import consent, contention, lifecycle, timeliness
from engine.lifecycle import Event, Filing, Standing
from engine.model import Verdict
from engine.tables import arrivals, submissions, tables
from engine.values import yes
from schemas import loader

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from sqlalchemy import Connection

    from engine.workspace import Workspace

Row = dict[str, Any]
Slot = tuple[str, str, int, str]
"""What files compete for: template, unit, year, period."""
_SETTLED = (
    "id", "template", "digest", "verdict", "declared", "subjects", "rows", "is_zero", "state", "version", "kind",
)  # fmt: skip
_SEEN = ("id", "digest", "verdict", "subjects")


class Slots:
    """Settles slots (template, unit, year, period) inside one open transaction."""

    def __init__(self, workspace: Workspace, connection: Connection) -> None:
        self.workspace, self.store, self.connection = workspace, workspace.store, connection

    def stored(self, slot: Slot) -> dict[int, Row]:
        """Return what settling needs of the stored submissions of one slot, by id."""
        query = select(*(submissions.c[name] for name in _SETTLED)).where(*_in_slot(slot))
        return {row.id: dict(row._mapping) for row in self.connection.execute(query)}

    def touched(self, slot: Slot, fresh: dict[int, Row], arrived: Collection[int]) -> dict[int, Row]:
        """Return, as `stored` does, those stored submissions that the arrived ones (ids; `fresh`: id -> entry) can touch.

        A slot that accumulates holds ever more files and each new one touches few: all are looked through, those few are read.
        """
        query = select(*(submissions.c[name] for name in _SEEN)).where(*_in_slot(slot))
        lines = [_marks(*row) for row in self.connection.execute(query)]
        lines += [_filing(entry["filed"], []) for entry in fresh.values()]
        wanted = {one.id for one in lifecycle.connected(lines, arrived)} - fresh.keys()
        if not wanted:
            return {}
        query = select(*(submissions.c[name] for name in _SETTLED)).where(submissions.c.id.in_(sorted(wanted)))
        return {row.id: dict(row._mapping) for row in self.connection.execute(query)}

    def settle(
        self,
        slot: Slot,
        known: dict[int, Row],
        fresh: dict[int, Row],
        entries: Sequence[Row] = (),
        *,
        withdrawn: dict[int, str] | None = None,
    ) -> dict[int, Standing]:
        """Return the standings of a slot from its stored submissions (`known`), those of this group (`fresh`: id -> entry) and the group's arrivals.

        `known` is the whole slot, or what `touched` found of it. withdrawn: as the property says, looked up where it may matter.
        """
        template, code, _, _ = slot
        unit, form = loader.units()[code], loader.template(template)
        count = timeliness.quota(self.workspace.policy, unit, template)
        filings = [_filing(row, self._keys(row, count)) for row in known.values()]
        filings += [_filing(entry["filed"], entry["prepared"].keys if count else []) for entry in fresh.values()]
        ids = {one.id for one in filings}
        events = self._events(known.keys())
        events += [Event(one["at"], one["sha256"], one["submission"]) for one in entries if one["submission"] in ids]
        if withdrawn is None:
            # What accumulates is corrected piece by piece: nothing of it is looked through for the few that were taken back.
            is_asked = not form.accumulates or any(row["state"] == lifecycle.WITHDRAWN for row in known.values())
            withdrawn = self.withdrawn if is_asked else {}
        back = {one: at for one, at in withdrawn.items() if one in ids}
        found = lifecycle.settle(filings, events, quota=count, withdrawn=back)
        if any(one.state == lifecycle.CONFLICT for one in found.values()):
            found = lifecycle.settle(filings, events, quota=count, chosen=self._chosen(code), withdrawn=back)
        return found

    @cached_property
    def withdrawn(self) -> dict[int, str]:
        """Submission -> moment at which it was taken back with consent (R56, domain 4.2)."""
        requests = (submissions.c.template == "T16") & (submissions.c.id == tables.c.submission)
        written = select(tables.c.submission).where(requests, tables.c.body.contains(consent.WITHDRAWAL)).limit(1)
        if self.connection.execute(written).first() is None:
            return {}  # requests are many and withdrawals few: their rows are read only where the word stands
        query = select(arrivals.c.number, arrivals.c.submission, submissions.c.unit).where(
            arrivals.c.submission == submissions.c.id
        )
        sent = {row.number: (row.submission, row.unit) for row in self.connection.execute(query)}
        return consent.taken_back(self.store.accepted_rows("T16", "requests"), sent)

    def _events(self, numbers: Collection[int]) -> list[Event]:
        if not numbers:
            return []
        query = select(arrivals.c.at, arrivals.c.sha256, arrivals.c.submission).where(
            arrivals.c.submission.in_(sorted(numbers)), arrivals.c.role == "workbook"
        )
        return [Event(row.at, row.sha256, row.submission) for row in self.connection.execute(query)]

    def _keys(self, row: Row, count: int | None) -> list[str]:
        form = loader.template(row["template"])
        if not count or not form.sheets:
            return []
        _, _, found = self.store.table(row["id"], form.sheets[0].name)
        return [key for _, key, _ in found]

    def _chosen(self, unit: str) -> list[str]:
        """Content digests that approved decisions adopt (T16 冲突裁决 naming a digest or its first eight characters).

        About two files of `unit` the unit itself may decide, or who stands above it; nobody else.
        """
        entitled = loader.upward(unit)
        found = self.store.accepted_rows("T16", "requests")
        rows = [
            one
            for one in found
            if one["request_type"] == contention.KIND and yes(one["is_approved"]) and one["_unit"] in entitled
        ]
        return sorted(str(one["subject_id"]).lower() for one in rows)

    def restate(self, before: dict[int, Row], after: dict[int, Standing]) -> dict[str, list[Any]]:
        """Store the standings that differ from what was stored; return them by submission for the journal."""
        changed = {}
        for number, standing in sorted(after.items()):
            old = before.get(number)
            new = {"state": standing.state, "version": standing.version, "kind": standing.kind}
            if old is None:
                changed[str(number)] = list(new.values())
            elif any(old[name] != value for name, value in new.items()):
                self.connection.execute(update(submissions).where(submissions.c.id == number).values(**new))
                changed[str(number)] = list(new.values())
        return changed


def _in_slot(slot: Slot) -> tuple[Any, ...]:
    names = ("template", "unit", "year", "period")
    return tuple(submissions.c[name] == value for name, value in zip(names, slot, strict=True))


def _marks(number: int, digest: str, verdict: str, subjects: str) -> Filing:
    """Return as much of a stored submission as shows what it touches."""
    return Filing(
        id=number,
        digest=digest,
        is_sound=verdict == Verdict.ACCEPTED.value,
        subjects=frozenset(json.loads(subjects)) or lifecycle.WHOLE,
    )


def _filing(row: Row, keys: list[str]) -> Filing:
    subjects = row["subjects"] if isinstance(row["subjects"], list) else json.loads(row["subjects"])
    return Filing(
        id=row["id"],
        digest=row["digest"],
        is_sound=row["verdict"] == Verdict.ACCEPTED.value,
        declared=int(row["declared"] or 0),
        subjects=frozenset(subjects) or lifecycle.WHOLE,
        keys=frozenset(keys),
        rows=row["rows"],
        is_zero=bool(row["is_zero"]),
    )


def slot_of(row: Row) -> Slot:
    """Return what files compete for: template, unit, year, period."""
    return row["template"], row["unit"], row["year"], row["period"]
