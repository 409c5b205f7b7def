"""Two other ways to assign, for offices that want the probability of every pair on the table (section 9).

bounded: publish marginals X as whole numbers over a denominator, then round them by dependent rounding (Gandhi et al.
2006; Budish et al. 2013), so that P(pair) = X exactly.  ceremony: publish a thousand numbered assignments and draw the
number with balls (Flanigan, Kehne and Procaccia 2021).
"""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING

from .refusal import DrawRefused

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping

    from .hashing import Profile

Pair = tuple[str, str]
DENOMINATOR = 1_000_000
NUMBERS = 1000


def number_of(balls: object) -> str:
    """Return the three-digit number of a ceremony from its balls; refuse anything but three digits."""
    if (
        not isinstance(balls, list)
        or len(balls) != 3
        or any(type(ball) is not int or not 0 <= ball <= 9 for ball in balls)
    ):
        raise DrawRefused("bad_balls", balls=str(balls)[:40])
    return "".join(map(str, balls))


def line_of(inspectors: Iterable[str], experts: Iterable[str]) -> str:
    """Return one target's team as a table of a ceremony writes it: `INS-02 INS-05/EXP-01`."""
    return " ".join(inspectors) + "/" + " ".join(experts)


def marginals(
    demand: Mapping[str, int],
    allowed: Mapping[str, Collection[str]],
    base: Mapping[str, int],
    cap: Mapping[str, int | None],
    denominator: int = DENOMINATOR,
) -> dict[Pair, int] | None:
    """Return marginals whose largest pair probability is the least possible to within 1/denominator, or None.

    Found by bisection over the highest share of a pair, each step one maximum flow; X need not be reproducible by
    anybody else, it only has to be valid (`check_marginals`).
    """
    low, high, best = 0, denominator, None
    while low < high or best is None:
        middle = (low + high) // 2 if best is not None or low < high else high
        found = _flow(demand, allowed, base, cap, denominator, middle)
        if found is not None:
            best, high = found, middle
        elif middle >= high:
            return None
        else:
            low = middle + 1
    return best


def check_marginals(
    shares: Mapping[Pair, int],
    denominator: int,
    demand: Mapping[str, int],
    allowed: Mapping[str, Collection[str]],
    base: Mapping[str, int],
    cap: Mapping[str, int | None],
) -> None:
    """Raise unless the shares are allowed probabilities that give every target its people and keep every cap."""
    given, load = dict.fromkeys(demand, 0), dict.fromkeys(base, 0)
    for (target, person), share in shares.items():
        if type(share) is not int or not 0 < share <= denominator or person not in allowed.get(target, ()):
            raise DrawRefused("bad_marginal", target=target, person=person, share=share)
        given[target] += share
        load[person] += share
    short = [target for target, need in demand.items() if given[target] != need * denominator]
    over = [
        name
        for name, sum_ in load.items()
        if (most := cap[name]) is not None and sum_ > max(0, most - base[name]) * denominator
    ]
    if short or over:
        raise DrawRefused("bad_marginals", targets=short, people=over)


def round_marginals(profile: Profile, key: bytes, shares: Mapping[Pair, int], denominator: int) -> dict[str, list[str]]:
    """Return the teams drawn from valid `shares`: each pair with its probability, each target its full number.

    While pairs with 0 < x < D are left: take the cycle, else the longest path, found by walking from the first such
    pair (ascending), always along the first unused one; its pairs alternate between two sides.  `up` is how far side one
    can rise while side two falls, `down` the other way; with a uniform integer r below up + down (`vrd1/round/<step>`),
    side one rises by `up` if r < down and falls by `down` otherwise.
    """
    x = dict(shares)
    loose = {pair for pair, share in x.items() if 0 < share < denominator}
    step = 0
    while loose:
        walk = _walk(loose)
        one, two = walk[::2], walk[1::2]
        up = min([denominator - x[pair] for pair in one] + [x[pair] for pair in two])
        down = min([x[pair] for pair in one] + [denominator - x[pair] for pair in two])
        move = up if profile.below(key, up + down, "round", str(step)) < down else -down
        for side, sign in ((one, 1), (two, -1)):
            for pair in side:
                x[pair] += sign * move
        loose = {pair for pair in loose if 0 < x[pair] < denominator}
        step += 1
    teams: dict[str, list[str]] = {target: [] for target, _ in sorted(shares)}
    for (target, person), share in sorted(x.items()):
        if share:
            teams[target].append(person)
    return teams


def _walk(loose: set[Pair]) -> list[Pair]:
    """Return a cycle of loose pairs if walking from the first meets one, else a path that cannot be prolonged."""
    ends: dict[tuple[int, str], list[Pair]] = {}
    for pair in sorted(loose):
        ends.setdefault((0, pair[0]), []).append(pair)
        ends.setdefault((1, pair[1]), []).append(pair)
    # A path must start where it cannot be prolonged; if no vertex has a single loose pair, every walk ends in a cycle.
    start = min((vertex for vertex, pairs in ends.items() if len(pairs) == 1), default=min(ends))
    path: list[Pair] = []
    visited = [start]
    while True:
        here = visited[-1]
        following = next((pair for pair in ends[here] if pair not in path), None)
        if following is None:
            return path
        path.append(following)
        there = (1, following[1]) if here[0] == 0 else (0, following[0])
        if there in visited:
            return path[visited.index(there) :]
        visited.append(there)


def _flow(
    demand: Mapping[str, int],
    allowed: Mapping[str, Collection[str]],
    base: Mapping[str, int],
    cap: Mapping[str, int | None],
    denominator: int,
    most: int,
) -> dict[Pair, int] | None:
    """Return a full flow in which no pair carries more than `most`, by shortest augmenting paths, or None."""
    total = sum(demand.values())
    room = {
        name: (total if (limit := cap[name]) is None else max(0, limit - base[name])) * denominator for name in base
    }
    x = {(target, name): 0 for target in sorted(demand) for name in sorted(allowed.get(target, ())) if name in room}
    of: dict[str, list[str]] = {target: [] for target in demand}
    at: dict[str, list[str]] = {name: [] for name in room}
    for target, name in x:
        of[target].append(name)
        at[name].append(target)
    load = dict.fromkeys(room, 0)
    for source in sorted(demand):
        left = demand[source] * denominator
        while left:
            path = _augment(source, x, of, at, load, room, most)
            if path is None:
                return None
            push = min(
                [left, room[path[-1][1]] - load[path[-1][1]]]
                + [most - x[p] if k % 2 == 0 else x[p] for k, p in enumerate(path)]
            )
            for k, pair in enumerate(path):
                x[pair] += push if k % 2 == 0 else -push
            load[path[-1][1]] += push
            left -= push
    return {pair: share for pair, share in x.items() if share}


def _augment(
    source: str,
    x: Mapping[Pair, int],
    of: Mapping[str, list[str]],
    at: Mapping[str, list[str]],
    load: Mapping[str, int],
    room: Mapping[str, int],
    most: int,
) -> list[Pair] | None:
    came: dict[tuple[int, str], list[Pair]] = {(0, source): []}
    queue = deque([(0, source)])
    while queue:
        side, name = queue.popleft()
        path = came[side, name]
        if side == 1 and load[name] < room[name]:
            return path
        for other in of[name] if side == 0 else at[name]:
            pair = (name, other) if side == 0 else (other, name)
            passable = x[pair] < most if side == 0 else x[pair] > 0
            if passable and (1 - side, other) not in came:
                came[1 - side, other] = [*path, pair]
                queue.append((1 - side, other))
    return None
