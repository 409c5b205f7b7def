"""The assignment against every possible one, its certificates, and the two modes with published probabilities."""

import random
from collections import Counter

import pytest

from engine.draw import lfa, modes
from engine.draw.hashing import SHA256
from engine.draw.refusal import DrawRefused

from . import brute


def test_lfa_is_the_best_of_all_possible_assignments_and_certificates_hold():
    report = brute.compare(4000, seed=20260522)
    assert report["mismatches"] == 0
    assert report["infeasible"] > 400


def test_a_wrong_certificate_is_not_accepted():
    demand, allowed = {"T1": 2, "T2": 2}, {"T1": ["P1", "P2"], "T2": ["P1", "P2"]}
    base, cap = {"P1": 0, "P2": 0}, {"P1": 1, "P2": 2}
    found = lfa.feasible(demand, allowed, base, cap)
    assert brute.is_proof(found, demand, allowed, base, cap, [])
    assert not brute.is_proof(found, demand, allowed, base, {"P1": 2, "P2": 2}, [])


def test_loads_are_as_even_as_they_can_be_in_a_thousand_draws():
    source = random.Random(11)
    for number in range(300):
        people = [f"P{k:02d}" for k in range(20)]
        key = SHA256.digest(str(number).encode())
        ticket = lambda t, p, key=key: SHA256.ticket(key, "assign", t, p)  # noqa: E731
        allowed = {f"T{k:02d}": [p for p in people if source.random() < 0.8] for k in range(30)}
        found = lfa.solve(dict.fromkeys(allowed, 2), allowed, ticket, dict.fromkeys(people, 0), {})
        assert max(found.loads.values()) - min(found.loads.values()) == 0


def test_forced_pairs_stay_and_count():
    allowed = {"T1": ["P1", "P2", "P3"], "T2": ["P1", "P2", "P3"]}
    ticket = lambda t, p: SHA256.ticket(b"k", t, p)  # noqa: E731
    base = dict.fromkeys(("P1", "P2", "P3"), 0)
    found = lfa.solve({"T1": 2, "T2": 1}, allowed, ticket, base, {}, [("T1", "P3"), ("T1", "P2")])
    assert found.teams == {"T1": ["P2", "P3"], "T2": ["P1"]}
    with pytest.raises(DrawRefused, match="bad_forced_pair"):
        lfa.solve({"T1": 1}, allowed, ticket, base, {}, [("T9", "P1")])


ALLOWED = {"T1": ["P1", "P2", "P3"], "T2": ["P2", "P3", "P4"], "T3": ["P1", "P3", "P4", "P5"]}
DEMAND = dict.fromkeys(ALLOWED, 2)
BASE = dict.fromkeys(("P1", "P2", "P3", "P4", "P5"), 0)
CAP = dict.fromkeys(BASE, 2)


def test_marginals_are_valid_and_no_pair_is_more_likely_than_need_be():
    shares = modes.marginals(DEMAND, ALLOWED, BASE, CAP, 1000)
    modes.check_marginals(shares, 1000, DEMAND, ALLOWED, BASE, CAP)
    # T1 and T2 have three people for two places: two thirds, rounded up to a thousandth.
    assert max(shares.values()) == 667
    assert modes.marginals(DEMAND, {**ALLOWED, "T1": ["P1"]}, BASE, CAP, 1000) is None


def test_rounding_hits_every_marginal_exactly_over_all_outcomes_of_its_integers():
    # Every uniform integer is replaced by every possible value in turn: the weighted mean must be X itself.
    shares = {("T1", "P1"): 2, ("T1", "P2"): 3, ("T1", "P3"): 1, ("T2", "P1"): 1, ("T2", "P2"): 3, ("T2", "P3"): 2}

    class Every:
        def __init__(self, script):
            self.script, self.weight, self.open = list(script), 1.0, None

        def below(self, key, limit, *parts):
            if not self.script:
                self.open = limit
                raise StopIteration
            value, self.weight = self.script.pop(0), self.weight / limit
            return value

    total, todo = Counter(), [()]
    while todo:
        script = todo.pop()
        every = Every(script)
        try:
            teams = modes.round_marginals(every, b"", shares, 3)
        except StopIteration:
            todo += [(*script, value) for value in range(every.open)]
            continue
        assert [len(team) for team in teams.values()] == [2, 2]
        for target, team in teams.items():
            for name in team:
                total[target, name] += every.weight
    assert all(abs(total[pair] - share / 3) < 1e-12 for pair, share in shares.items())


def test_rounding_keeps_demands_and_caps_for_random_marginals():
    source = random.Random(9)
    for number in range(150):
        people = [f"P{k}" for k in range(8)]
        allowed = {f"T{k}": [p for p in people if source.random() < 0.7] for k in range(7)}
        base, cap = dict.fromkeys(people, 0), dict.fromkeys(people, 2)
        demand = dict.fromkeys(allowed, 2)
        shares = modes.marginals(demand, allowed, base, cap, 997)
        assert (shares is None) == (lfa.feasible(demand, allowed, base, cap) is not None)
        if shares is not None:
            modes.check_marginals(shares, 997, demand, allowed, base, cap)
            teams = modes.round_marginals(SHA256, str(number).encode(), shares, 997)
            assert all(len(team) == 2 and set(team) <= set(allowed[target]) for target, team in teams.items())
            assert max(Counter(name for team in teams.values() for name in team).values()) <= 2


def test_bad_marginals_are_refused():
    good = modes.marginals(DEMAND, ALLOWED, BASE, CAP, 1000)
    for change in ({("T1", "P1"): 0}, {("T1", "P4"): 5}, {("T1", "P1"): 1001}, {("T1", "P1"): 5}):
        with pytest.raises(DrawRefused, match="bad_marginal"):
            modes.check_marginals({**good, **change}, 1000, DEMAND, ALLOWED, BASE, CAP)


def test_three_balls_make_a_number():
    assert modes.number_of([0, 4, 2]) == "042"
    for bad in (None, [1, 2], [1, 2, 10], [1, 2, True], "123"):
        with pytest.raises(DrawRefused, match="bad_balls"):
            modes.number_of(bad)
