"""Frequencies over many keys: fixed seeds, and one family-wise error of one in a thousand over all tests of this file.

Each statistic is compared at alpha / TESTS (Bonferroni).  Seeds are fixed, so a test cannot fail by chance tomorrow if it
passes today; the bound says how surprising a failure after a change of the code would be.
"""

import itertools
import math
from collections import Counter

from engine.draw import allocate, inclusion, lfa, sample
from engine.draw.hashing import SHA256
from engine.draw.teams import lead_of

ALPHA = 0.001
TESTS = 8


def keys(count, name):
    return (SHA256.digest(f"{name}/{number}".encode()) for number in range(count))


def chi_square_limit(freedom, tail=ALPHA / TESTS):
    """Wilson and Hilferty's approximation of the upper point, good to a few per mille here."""
    low, high = 0.0, 10.0
    for _ in range(80):
        middle = (low + high) / 2
        low, high = (middle, high) if math.erfc(middle / math.sqrt(2)) / 2 > tail else (low, middle)
    return freedom * (1 - 2 / (9 * freedom) + low * math.sqrt(2 / (9 * freedom))) ** 3


def chi_square(counts, expected):
    return sum((counts[one] - wanted) ** 2 / wanted for one, wanted in expected.items())


def test_the_limit_is_that_of_the_tables():
    assert abs(chi_square_limit(10, 0.01) - 23.209) < 0.05
    assert abs(chi_square_limit(30, 0.001) - 59.703) < 0.2


def test_every_target_of_a_uniform_draw_is_equally_likely():
    weights = dict.fromkeys([f"T-{k:02d}" for k in range(20)], 1)
    counts, rounds = Counter(), 6000
    for key in keys(rounds, "uniform"):
        counts.update(lot.id for lot in sample.first(SHA256, key, "S", weights, 5, 5))
    # Without replacement the statistic is (N - 1) / (N - n) times too small for N - 1 degrees of freedom.
    statistic = chi_square(counts, dict.fromkeys(weights, rounds / 4)) * 19 / 15
    assert statistic < chi_square_limit(19)


def test_every_pair_of_targets_of_a_uniform_draw_is_equally_likely():
    weights = dict.fromkeys("ABCDEF", 1)
    counts, rounds = Counter(), 6000
    for key in keys(rounds, "pairs"):
        counts[tuple(sorted(lot.id for lot in sample.first(SHA256, key, "S", weights, 2, 2)))] += 1
    assert chi_square(counts, dict.fromkeys(itertools.combinations("ABCDEF", 2), rounds / 15)) < chi_square_limit(14)


def test_weighted_targets_are_drawn_as_often_as_their_published_probability():
    weights = {f"T-{k}": (1, 2, 3, 4, 1, 2, 4, 1)[k] for k in range(8)}
    counts, rounds = Counter(), 12_000
    classes = sample.count_weights(weights.values())
    table = inclusion.calibrate(classes, 3)
    for key in keys(rounds, "weighted"):
        counts.update(lot.id for lot in sample.order(SHA256, key, "S", weights, 3, table)[:3])
    limit = _normal(ALPHA / TESTS / 2 / 8)
    for name, weight in weights.items():
        p = 3 * weight / sum(weights.values())
        assert abs(counts[name] - rounds * p) < limit * math.sqrt(rounds * p * (1 - p))


def test_the_start_of_the_allocation_is_uniform():
    counts, rounds = Counter(), 5000
    for key in keys(rounds, "alloc"):
        counts[allocate.allocate(SHA256, key, "T", {"A": 7, "B": 5, "C": 3, "D": 1}, 5)[0]] += 1
    assert chi_square(counts, dict.fromkeys(range(16), rounds / 16)) < chi_square_limit(15)


def test_equal_inspectors_meet_as_equal_pairs():
    people = [f"P{k}" for k in range(5)]
    counts, rounds = Counter(), 4000
    for key in keys(rounds, "teams"):
        ticket = lambda target, person, key=key: SHA256.ticket(key, "assign", target, person)  # noqa: E731
        found = lfa.solve({"T": 2}, {"T": people}, ticket, dict.fromkeys(people, 0), {})
        counts[tuple(found.teams["T"])] += 1
    assert chi_square(counts, dict.fromkeys(itertools.combinations(people, 2), rounds / 10)) < chi_square_limit(9)


def test_everybody_who_may_lead_leads_equally_often():
    counts, rounds = Counter(), 4000
    for key in keys(rounds, "lead"):
        counts[lead_of(SHA256, key, "T", ["A", "B", "C", "D"], {"A", "B", "D"})] += 1
    assert chi_square(counts, dict.fromkeys("ABD", rounds / 3)) < chi_square_limit(2)


def test_two_stages_with_two_codes_are_independent():
    # Whether T-0 is drawn, against which pair a fixed team would be: a two by three table.
    people, counts, rounds = ["A", "B", "C"], Counter(), 4000
    for first, second in zip(keys(rounds, "stage1"), keys(rounds, "stage2"), strict=True):
        drawn = sample.first(SHA256, first, "S", dict.fromkeys(["T-0", "T-1"], 1), 1, 1)[0].id
        counts[drawn, min(people, key=lambda name, key=second: SHA256.ticket(key, "assign", "T-0", name))] += 1
    rows = {drawn: sum(count for (one, _), count in counts.items() if one == drawn) for drawn in ("T-0", "T-1")}
    columns = {name: sum(count for (_, one), count in counts.items() if one == name) for name in people}
    expected = {(drawn, name): rows[drawn] * columns[name] / rounds for drawn in rows for name in columns}
    assert chi_square(counts, expected) < chi_square_limit(2)


def _normal(tail):
    low, high = 0.0, 10.0
    for _ in range(80):
        middle = (low + high) / 2
        low, high = (middle, high) if math.erfc(middle / math.sqrt(2)) / 2 > tail else (low, middle)
    return low
