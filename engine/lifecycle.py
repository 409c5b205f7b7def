"""Which of the files of one unit counts: a pure function of what arrived when (intake 5.6, 5.7; D026-D028).

Nothing here depends on the order in which files were worked on, only on when they arrived, so a register built from the same
arrivals is the same however they were processed (decision 19).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping

ACCEPTED, RETURNED, SAME, OLD, CONFLICT, SUPERSEDED, WITHDRAWN = (
    "accepted", "returned", "same", "old", "conflict", "superseded", "withdrawn",
)  # fmt: skip
FIRST, AGAIN, SUPPLEMENT, WITHDRAWAL, ZERO = "首报", "重报", "补报", "撤回", "零报告"
WHOLE = frozenset({"*"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Filing:
    """One file that was understood. `subjects`: what it speaks about; `WHOLE` unless its template accumulates.

    `keys` and `rows` are given where the template has a quota: only there a second file can be a supplement.
    """

    id: int
    digest: str
    is_sound: bool
    declared: int = 0
    subjects: frozenset[str] = WHOLE
    keys: frozenset[str] = frozenset()
    rows: int = 0
    kind: str = ""
    is_zero: bool = False


@dataclass(frozen=True, slots=True, order=True)
class Event:
    """That a filing arrived: when (ISO text of one zone), the hash that decides between equal times, which filing."""

    at: str
    sha256: str
    filing: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """Where a filing stands: state, version, kind, and the filing it is compared with.

    `other`: the twin of the same, what the old came too late for, the rival of a conflict, the heir of the superseded.
    """

    state: str
    version: int = 0
    kind: str = ""
    other: int | None = None


def settle(
    filings: Iterable[Filing],
    events: Iterable[Event],
    *,
    quota: int | None = None,
    chosen: Collection[str] = (),
    withdrawn: Mapping[int, str] | None = None,
) -> dict[int, Standing]:
    """Return the standing of every filing of one slot (unit, template, year, period).

    `chosen` holds digests (or their first 8 or more characters) that a decision adopts in a conflict (T16 冲突裁决),
    `withdrawn` gives the moment (as `Event.at`) at which a filing was taken back with consent (T16 报送撤回): what it had replaced
    does not come back, and what arrives afterwards is reported anew, be it the same.
    """
    by_id = {one.id: one for one in filings}
    slot = _Slot(quota=quota, chosen=tuple(chosen))
    back = sorted((at, number) for number, at in (withdrawn or {}).items())
    for event in sorted(events):
        while back and back[0][0] <= event.at:
            slot.take_back(back.pop(0)[1])
        slot.take(by_id[event.filing], event)
    for _, number in back:
        slot.take_back(number)
    slot.decide()
    return slot.standings


def current(number: int, standings: Mapping[int, Standing]) -> int:
    """Return what counts in place of a filing: its twin, the heir of that, and so on to the last; itself when it counts."""
    standing = standings.get(number)
    while standing and standing.other is not None and standing.state in (SAME, OLD, SUPERSEDED):
        number = standing.other
        standing = standings.get(number)
    return number


def connected(filings: Iterable[Filing], seeds: Collection[int]) -> list[Filing]:
    """Return the filings (their ids in `seeds`) and all that they can touch, directly or through others.

    Filings touch when they share a subject or their content. What cannot be touched stands as it stood: a slot of a thousand
    requests need not be settled anew for each further one. A returned file touches nothing.
    """
    found: dict[int, Filing] = {}
    others: list[Filing] = []
    for one in filings:
        if one.id in seeds:
            found[one.id] = one
        elif one.is_sound:
            others.append(one)
    reach = {mark for one in found.values() if one.is_sound for mark in (one.digest, *one.subjects)}
    while touched := [one for one in others if one.digest in reach or not one.subjects.isdisjoint(reach)]:
        found.update((one.id, one) for one in touched)
        reach.update(mark for one in touched for mark in (one.digest, *one.subjects))
        others = [one for one in others if one.id not in found]
    return list(found.values())


class _Slot:
    def __init__(self, *, quota: int | None, chosen: tuple[str, ...]) -> None:
        self.quota, self.chosen = quota, chosen
        self.standings: dict[int, Standing] = {}
        self.current: dict[int, Filing] = {}  # what counts, or what contends, in order of arrival
        self.order: dict[int, int] = {}
        self.by_digest: dict[str, Filing] = {}
        self.by_subject: dict[str, dict[int, Filing]] = {}
        self.days: dict[int, str] = {}
        self.past: dict[str, int] = {}  # digest -> filing, once it no longer counts
        self.gone: dict[str, int] = {}  # subject -> version that was taken back

    def take(self, filing: Filing, event: Event) -> None:
        day = event.at[:10]
        if not filing.is_sound:
            self.standings[filing.id] = Standing(state=RETURNED)
            return
        twin = self.by_digest.get(filing.digest)
        if twin is not None:
            self._repeat(filing, twin, day)
        elif filing.digest in self.past:
            touched = self._touching(filing)
            self.standings.setdefault(filing.id, Standing(state=OLD, other=touched[-1].id if touched else None))
        else:
            self._add(filing, day)

    def _repeat(self, filing: Filing, twin: Filing, day: str) -> None:
        """The same content again: nothing new, unless it contends and its unit sends it once more on a later day."""
        rivals = self._contending(twin)
        if filing.id != twin.id:
            known = self.standings[twin.id]
            self.standings[filing.id] = Standing(state=SAME, version=known.version, kind=known.kind, other=twin.id)
        if rivals and day > max(self.days[one.id] for one in rivals):
            self._adopt(twin, rivals)

    def _add(self, filing: Filing, day: str) -> None:
        touched = self._touching(filing)
        known = [self.standings[one.id].version for one in touched]
        newest = max([*known, *(self.gone.get(one, 0) for one in filing.subjects)])
        if touched and filing.declared and filing.declared < newest:
            self.standings[filing.id] = Standing(state=OLD, other=touched[-1].id)
            return
        self.days[filing.id] = day
        version = max(filing.declared, newest + 1)
        if touched and self._supplements(filing, touched):
            self._stand(filing, ACCEPTED, SUPPLEMENT, version)
        elif filing.declared <= newest and any(self.days[one.id] == day for one in touched):
            self._stand(filing, CONFLICT, AGAIN, version, other=touched[-1].id)
            for one in touched:
                self._mark(one, CONFLICT, other=filing.id)
        else:
            for one in touched:
                if one.subjects <= filing.subjects:
                    self._retire(one, filing)
            self._stand(filing, ACCEPTED, (ZERO if filing.is_zero else "") or (AGAIN if touched else FIRST), version)
        self._enter(filing)

    def _supplements(self, filing: Filing, touched: list[Filing]) -> bool:
        """A file that brings only new people and stays within the quota adds to the short one before it (decision 17)."""
        if filing.kind == AGAIN or not filing.keys or any(self.standings[one.id].state == CONFLICT for one in touched):
            return False
        if filing.kind == SUPPLEMENT:
            return not any(one.keys & filing.keys for one in touched)
        if self.quota is None:
            return False
        before = sum(one.rows for one in touched)
        return (
            0 < before < self.quota
            and before + filing.rows <= self.quota
            and not any(one.keys & filing.keys for one in touched)
        )

    def decide(self) -> None:
        for one in list(self.current.values()):
            rivals = self._contending(one)
            if rivals and any(len(mark) >= 8 and one.digest.startswith(mark) for mark in self.chosen):
                self._adopt(one, rivals)

    def take_back(self, number: int) -> None:
        """Let go of a filing that counts or contends; a rival that is left alone counts."""
        filing = self.current.get(number)
        if filing is None:
            return
        rivals = [one for one in self._contending(filing) if one.id != number]
        self._mark(filing, WITHDRAWN)
        self._leave(filing)
        self.gone |= dict.fromkeys(filing.subjects, self.standings[number].version)
        if len(rivals) == 1:
            self._mark(rivals[0], ACCEPTED)

    def _adopt(self, chosen: Filing, rivals: list[Filing]) -> None:
        for one in rivals:
            if one.id != chosen.id:
                self._retire(one, chosen)
        self._mark(chosen, ACCEPTED)

    def _contending(self, filing: Filing) -> list[Filing]:
        if self.standings[filing.id].state != CONFLICT:
            return []
        return [one for one in self._touching(filing) if self.standings[one.id].state == CONFLICT]

    def _touching(self, filing: Filing) -> list[Filing]:
        """Return the current filings that speak about any of the same subjects, in order of arrival."""
        found = {number for subject in filing.subjects for number in self.by_subject.get(subject, ())}
        return [self.current[number] for number in sorted(found, key=self.order.__getitem__)]

    def _enter(self, filing: Filing) -> None:
        self.order[filing.id] = len(self.order)
        self.current[filing.id] = self.by_digest[filing.digest] = filing
        for subject in filing.subjects:
            self.by_subject.setdefault(subject, {})[filing.id] = filing

    def _stand(self, filing: Filing, state: str, kind: str, version: int, other: int | None = None) -> None:
        self.standings[filing.id] = Standing(state=state, version=version, kind=kind, other=other)

    def _mark(self, filing: Filing, state: str, other: int | None = None) -> None:
        known = self.standings[filing.id]
        self.standings[filing.id] = Standing(state=state, version=known.version, kind=known.kind, other=other)

    def _retire(self, filing: Filing, heir: Filing) -> None:
        self._mark(filing, SUPERSEDED, other=heir.id)
        self._leave(filing)
        self.past[filing.digest] = filing.id

    def _leave(self, filing: Filing) -> None:
        del self.current[filing.id], self.by_digest[filing.digest]
        for subject in filing.subjects:
            del self.by_subject[subject][filing.id]
