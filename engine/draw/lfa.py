"""The lexicographic-first balanced assignment: one instance, one answer, whatever solver computes it (section 8).

Feasible: every target j gets r_j distinct allowed inspectors, and nobody's load passes his cap.  Balanced: feasible with
the least sum of squared loads (Harvey et al. 2006).  The result is the balanced assignment whose 0/1 vector, read in
ascending ticket order, is lexicographically first with 1 preferred.  Sets of inspectors are bit masks, which makes the
search of one exchange a few hundred integer operations.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from .refusal import DrawRefused

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Iterator, Mapping


@dataclass(frozen=True, slots=True)
class Solution:
    """The teams by target (ids ascending) and the total load of everybody, base included."""

    teams: dict[str, list[str]]
    loads: dict[str, int]

    @property
    def squares(self) -> int:
        """Return the sum of squared loads, which no other feasible assignment undercuts."""
        return sum(load * load for load in self.loads.values())


@dataclass(frozen=True, slots=True)
class Certificate:
    """Why nothing works (Hall): `targets` need `demand` places, but cannot be given more than `supply`.

    Supply is the free capacity of `inspectors` plus, for each of the targets, its allowed people outside that set.
    kind: whether officers (`inspectors`) or `experts` are too few.
    """

    targets: list[str]
    inspectors: list[str]
    demand: int
    supply: int
    kind: str = "inspectors"

    def document(self) -> dict[str, Any]:
        """Return the certificate as canonical data."""
        return {"demand": self.demand, "inspectors": self.inspectors, "supply": self.supply, "targets": self.targets}


def solve(
    demand: Mapping[str, int],
    allowed: Mapping[str, Collection[str]],
    ticket: Callable[[str, str], int],
    base: Mapping[str, int],
    cap: Mapping[str, int | None],
    forced: Iterable[tuple[str, str]] = (),
) -> Solution | Certificate:
    """Return the LFA, or the certificate that there is none.

    `base` gives everybody's load so far (its keys are the roster), `cap` the highest total load or None; `forced` pairs
    are part of the team from the start, count as load, and need not be allowed.
    """
    search = _Search(demand, allowed, base, cap, forced)
    stuck = search.balance()
    if stuck is not None:
        return stuck
    tickets = [(ticket(search.targets[j], search.people[i]), j, i) for j, i in search.open_pairs()]
    # Two pairs never share a ticket in practice; ids decide if they did.
    search.walk((j, i) for _, j, i in sorted(tickets))
    return search.solution()


def feasible(
    demand: Mapping[str, int],
    allowed: Mapping[str, Collection[str]],
    base: Mapping[str, int],
    cap: Mapping[str, int | None],
    forced: Iterable[tuple[str, str]] = (),
) -> Certificate | None:
    """Return None if a full assignment exists, else the certificate; no ticket is needed, so ask before the code falls."""
    return _Search(demand, allowed, base, cap, forced).balance()


class _Search:
    """The state of one computation: who is on which team, which pairs are still open, and everybody's load."""

    def __init__(
        self,
        demand: Mapping[str, int],
        allowed: Mapping[str, Collection[str]],
        base: Mapping[str, int],
        cap: Mapping[str, int | None],
        forced: Iterable[tuple[str, str]],
    ) -> None:
        self.targets, self.people = sorted(demand), sorted(base)
        number = {name: i for i, name in enumerate(self.people)}
        place = {name: j for j, name in enumerate(self.targets)}
        self.load = [base[name] for name in self.people]
        self.cap = [cap.get(name) for name in self.people]
        self.free = [
            _mask(number[name] for name in allowed.get(target, ()) if name in number) for target in self.targets
        ]
        self.kept = [0] * len(self.targets)
        self.on = [0] * len(self.targets)
        self.of: list[set[int]] = [set() for _ in self.people]
        for target, name in forced:
            if target not in place or name not in number:
                raise DrawRefused("bad_forced_pair", target=target, inspector=name)
            bit = 1 << number[name]
            self.kept[place[target]] |= bit
            self.free[place[target]] &= ~bit
            self.load[number[name]] += 1
        self.need = [demand[target] - self.kept[j].bit_count() for j, target in enumerate(self.targets)]
        self.given = list(self.free)
        self.start = list(self.load)
        self.full = sum(1 << i for i in range(len(self.people)) if self._is_full(i))
        self.levels: dict[int, int] = {}
        for i, load in enumerate(self.load):
            self.levels[load] = self.levels.get(load, 0) | 1 << i

    # -- step one: any balanced assignment, by shortest augmenting paths to the least loaded reachable person

    def balance(self) -> Certificate | None:
        """Fill every place; return the certificate if some place cannot be filled."""
        for j, need in enumerate(self.need):
            for _ in range(need):
                came, reached = self._flood(self.free[j])
                ready = _bits(reached & ~self.full)
                if not ready:
                    return self._certificate(j, reached)
                end = min(ready, key=lambda i: (self.load[i], i))
                self._shift(end, came)
                # The head of the path joins j itself.
                head = end
                while (giver := came[head]) is not None:
                    head = giver[0]
                self._put(j, head)
                self._add(end, 1)
        return None

    def _flood(self, start: int) -> tuple[dict[int, tuple[int, int] | None], int]:
        """Return who can be reached by handing places on from `start`, with (giver, target) for each, and the mask."""
        came: dict[int, tuple[int, int] | None] = dict.fromkeys(_bits(start))
        queue, reached = list(came), start
        for giver in queue:
            for j in sorted(self.of[giver]):
                new = self.free[j] & ~reached
                reached |= new
                for taker in _bits(new):
                    came[taker] = (giver, j)
                    queue.append(taker)
        return came, reached

    def _shift(self, end: int, came: Mapping[int, tuple[int, int] | None]) -> None:
        step = came[end]
        while step is not None:
            giver, j = step
            self._drop(j, giver)
            self._put(j, end)
            end, step = giver, came[giver]

    def _certificate(self, stuck: int, reached: int) -> Certificate:
        people = _bits(reached)
        rows = sorted({stuck}.union(*(self.of[i] for i in people)) if people else {stuck})
        room = sum(max(0, (self.cap[i] or 0) - self.start[i]) for i in people)
        outside = sum((self.given[j] & ~reached).bit_count() for j in rows)
        return Certificate(
            [self.targets[j] for j in rows],
            [self.people[i] for i in people],
            sum(self.need[j] for j in rows),
            room + outside,
        )

    # -- step two: walk the pairs by ticket and bring each in if some other balanced assignment allows it

    def walk(self, pairs: Iterable[tuple[int, int]]) -> None:
        """Fix every open pair in this order, 1 where possible."""
        left = list(self.need)
        for j, i in pairs:
            bit = 1 << i
            if left[j] == 0 or not (self.free[j] | self.on[j]) & bit:
                continue
            if self.on[j] & bit or self._exchange(j, i):
                self.on[j] &= ~bit
                self.of[i].discard(j)
                self.kept[j] |= bit
                left[j] -= 1
                if left[j] == 0:
                    self.free[j] = 0
            else:
                self.free[j] &= ~bit

    def _exchange(self, j: int, i: int) -> bool:
        """Bring person i into target j by a zero-cost cycle over open pairs; return whether there was one.

        States are (person, hub used): handing a place on keeps the load of everybody between, and the hub step a -> b
        leaves a with one more and b, who must hand one on, with one less, which costs nothing iff load_a + 1 = load_b.
        """
        goal = self.on[j]
        came: dict[tuple[int, bool], tuple[int, bool, int]] = {}
        queue, seen, seen_hub = [(i, False)], 1 << i, 0
        for person, used in queue:
            if not used and not self.full >> person & 1:
                new = self.levels.get(self.load[person] + 1, 0) & ~seen_hub
                seen_hub |= new
                for other in _bits(new):
                    came[other, True] = (person, False, -1)
                    if goal >> other & 1:
                        self._turn((other, True), came, j, i)
                        return True
                    queue.append((other, True))
            for row in sorted(self.of[person]):
                new = self.free[row] & ~(seen_hub if used else seen)
                if used:
                    seen_hub |= new
                else:
                    seen |= new
                for other in _bits(new):
                    came[other, used] = (person, used, row)
                    if goal >> other & 1:
                        self._turn((other, used), came, j, i)
                        return True
                    queue.append((other, used))
        return False

    def _turn(
        self, end: tuple[int, bool], came: Mapping[tuple[int, bool], tuple[int, bool, int]], j: int, i: int
    ) -> None:
        leaver, state = end[0], end
        while state != (i, False):
            giver, used, row = came[state]
            if row >= 0:
                self._drop(row, giver)
                self._put(row, state[0])
            else:
                self._add(giver, 1)
                self._add(state[0], -1)
            state = (giver, used)
        self._drop(j, leaver)
        self._put(j, i)

    # -- bookkeeping

    def _put(self, j: int, i: int) -> None:
        self.on[j] |= 1 << i
        self.free[j] &= ~(1 << i)
        self.of[i].add(j)

    def _drop(self, j: int, i: int) -> None:
        self.on[j] &= ~(1 << i)
        self.free[j] |= 1 << i
        self.of[i].discard(j)

    def _add(self, i: int, change: int) -> None:
        bit = 1 << i
        self.levels[self.load[i]] &= ~bit
        self.load[i] += change
        self.levels[self.load[i]] = self.levels.get(self.load[i], 0) | bit
        self.full = self.full | bit if self._is_full(i) else self.full & ~bit

    def _is_full(self, i: int) -> bool:
        cap = self.cap[i]
        return cap is not None and self.load[i] >= cap

    def open_pairs(self) -> Iterator[tuple[int, int]]:
        """Yield every pair that may be decided."""
        for j, mask in enumerate(self.given):
            if self.need[j] > 0:
                for i in _bits(mask):
                    yield j, i

    def solution(self) -> Solution:
        """Return the finished teams."""
        teams = {
            name: [self.people[i] for i in _bits(self.kept[j] | self.on[j])] for j, name in enumerate(self.targets)
        }
        return Solution(teams, dict(zip(self.people, self.load, strict=True)))


def _mask(numbers: Iterable[int]) -> int:
    found = 0
    for number in numbers:
        found |= 1 << number
    return found


def _bits(mask: int) -> list[int]:
    found = []
    while mask:
        low = mask & -mask
        found.append(low.bit_length() - 1)
        mask ^= low
    return found
