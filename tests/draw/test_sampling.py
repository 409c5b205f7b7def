"""Sizes, rounding, inclusion probabilities: proofs by exhaustion where small, to stated error where not."""

import itertools
import math
import random
from fractions import Fraction

import pytest

from engine.draw import allocate, entropy, inclusion, sample
from engine.draw.hashing import SHA256
from engine.draw.refusal import DrawRefused

KEY = SHA256.digest(b"tests")
FIVE_PERCENT = {
    1: 1, 9: 1, 19: 1, 20: 1, 21: 2, 40: 2, 100: 5, 101: 6, 110: 6, 116: 6, 117: 6, 200: 10, 226: 12, 233: 12, 480: 24,
    1300: 65, 1780: 89, 2006: 101,
}  # fmt: skip


def test_five_percent_is_rounded_up_and_never_zero():
    assert {n: allocate.size(n, 5, 100) for n in FIVE_PERCENT} == FIVE_PERCENT
    for n in range(1, 5000):
        assert 100 * (allocate.size(n, 5, 100) - 1) < 5 * n <= 100 * allocate.size(n, 5, 100)


def test_systematic_rounding_is_unbiased_and_off_by_less_than_one_for_every_small_case():
    cases = 0
    for strata in range(1, 5):
        for counts in itertools.product(range(1, 6), repeat=strata):
            table = {f"S{k}": count for k, count in enumerate(counts)}
            population = sum(counts)
            for total in range(population + 1):
                sums = dict.fromkeys(table, 0)
                limits = allocate.bounds(table, total)
                for start in range(population):
                    sizes = allocate.systematic(table, total, start)
                    assert sum(sizes.values()) == total
                    for code, size in sizes.items():
                        assert limits[code][0] <= size <= limits[code][1] <= table[code]
                        assert abs(Fraction(total * table[code], population) - size) < 1
                        sums[code] += size
                assert sums == {code: total * count for code, count in table.items()}
                cases += 1
    assert cases > 7000


def test_uniform_integers_below_reject_the_uneven_rest():
    class Scripted:
        def __init__(self, *values):
            self.values = list(values)

        def ticket(self, key, *parts):
            assert parts == ("x", str(self.calls))
            self.calls += 1
            return self.values.pop(0)

        calls = 0

    limit = 3 * 2**254
    scripted = Scripted(2**256 - 1, limit, 17)
    assert type(SHA256).below(scripted, KEY, limit, "x") == 17


def test_take_all_shrinks_until_nobody_is_sure():
    assert sample.targets_of({10: 1, 1: 9}, 3) == {10: 1, 1: Fraction(2, 9)}
    assert sample.targets_of({100: 1, 10: 1, 1: 4}, 3) == {100: 1, 10: 1, 1: Fraction(1, 4)}
    assert sample.targets_of({2: 3}, 3) == {2: 1}
    for counts in ({1: 3, 2: 2, 7: 1}, {1: 10, 3: 5}, {5: 2, 6: 2}):
        size = sum(counts.values())
        for places in range(1, size + 1):
            wanted = sample.targets_of(counts, places)
            assert sum(wanted[weight] * count for weight, count in counts.items()) == places
            assert all(0 < share <= 1 for share in wanted.values())


def test_the_first_lots_are_the_head_of_the_whole_order_and_row_order_does_not_matter():
    source = random.Random(3)
    weights = {f"T-{k}": source.choice((1, 2, 5)) for k in range(300)}
    whole = sample.order(SHA256, KEY, "S", weights, 20)
    assert sample.first(SHA256, KEY, "S", weights, 20, 50) == whole[:50]
    shuffled = list(weights.items())
    source.shuffle(shuffled)
    assert sample.order(SHA256, KEY, "S", dict(shuffled), 20) == whole


def test_removing_an_undrawn_target_changes_nothing_in_a_uniform_draw():
    weights = dict.fromkeys([f"T-{k}" for k in range(300)], 1)
    drawn = [lot.id for lot in sample.order(SHA256, KEY, "S", weights, 20)][:20]
    for name in [name for name in weights if name not in drawn]:
        fewer = {other: 1 for other in weights if other != name}
        assert [lot.id for lot in sample.order(SHA256, KEY, "S", fewer, 20)][:20] == drawn


def test_drawing_more_keeps_those_already_drawn():
    weights = dict.fromkeys([f"T-{k}" for k in range(100)], 3)
    orders = [[lot.id for lot in sample.order(SHA256, KEY, "S", weights, n)] for n in range(1, 100)]
    assert all(one == orders[0] for one in orders)


def test_equal_weights_need_no_key_because_the_key_is_monotone_in_the_ticket():
    tickets = sorted({0, 1, 2**256 - 1, 2**255, *(SHA256.ticket(KEY, str(k)) for k in range(200))})
    keys = [sample.pareto_key(ticket, 3, 17) for ticket in tickets]
    assert keys == sorted(keys)


def exact_pi(lambdas, places):
    """Aires' integral by trying every subset of the others, on a fine midpoint grid in F_k: nothing shared with the code."""
    odds = [value / (1 - value) for value in lambdas]
    found, steps = [], 4000
    for k, odd in enumerate(odds):
        others = [o for i, o in enumerate(odds) if i != k]
        sets = [s for r in range(places) for s in itertools.combinations(range(len(others)), r)]
        total = 0.0
        # Two-point Gauss in each cell of u = F_k(t) in (0, 1), refined towards both ends by u = s^2 (3 - 2 s).
        for cell in range(steps):
            for x in (0.5 - math.sqrt(3) / 6, 0.5 + math.sqrt(3) / 6):
                s = (cell + x) / steps
                u, slope = s * s * (3 - 2 * s), 6 * s * (1 - s)
                t = u / ((1 - u) * odd)
                p = [t * o / (1 + t * o) for o in others]
                total += slope * sum(
                    math.prod(p[i] if i in chosen else 1 - p[i] for i in range(len(p))) for chosen in map(set, sets)
                )
        found.append(total / (2 * steps))
    return found


@pytest.mark.parametrize(
    ("classes", "places"), [({1: 1, 2: 1}, 1), ({1: 2, 2: 1, 4: 1}, 2), ({1: 2, 3: 2, 5: 1}, 1), ({1: 3, 2: 1}, 3)]
)
def test_inclusion_probabilities_equal_the_integral_over_all_subsets(classes, places):
    wanted = {weight: float(share) for weight, share in sample.targets_of(classes, places).items()}
    if 1.0 in wanted.values():
        wanted = {weight: 0.3 + 0.1 * place for place, weight in enumerate(classes)}
    flat = [wanted[weight] for weight, count in classes.items() for _ in range(count)]
    exact = dict(zip([w for w, count in classes.items() for _ in range(count)], exact_pi(flat, places), strict=True))
    found = inclusion.probabilities(wanted, classes, places)
    assert max(abs(found[weight] - exact[weight]) for weight in classes) < 1e-9


def test_two_targets_have_a_closed_form():
    # P(key of 1 first) with odds a, b is a (a - b - b ln(a / b)) / (a - b)^2.
    for low, high in ((0.2, 0.8), (0.4, 0.6), (0.01, 0.99), (1e-6, 1 - 1e-6)):
        a, b = high / (1 - high), low / (1 - low)
        closed = a * (a - b - b * math.log(a / b)) / (a - b) ** 2
        assert abs(inclusion.probabilities({1: low, 2: high}, {1: 1, 2: 1}, 1)[2] - closed) < 1e-11


def test_probabilities_sum_to_the_places_over_a_sample_of_sizes():
    source = random.Random(5)
    for size in (5, 6, 8, 13, 20, 47, 120, 401, 999, 2000):
        counts = _classes(source, size)
        for places in {1, max(1, size // 20), size // 2, size - 1}:
            wanted = sample.targets_of(counts, places)
            rest = {weight: count for weight, count in counts.items() if wanted[weight] != 1}
            left = places - sum(count for weight, count in counts.items() if wanted[weight] == 1)
            if len(rest) > 1:
                found = inclusion.probabilities({weight: float(wanted[weight]) for weight in rest}, rest, left)
                assert abs(sum(found[weight] * rest[weight] for weight in rest) - left) < 1e-9 * left


def test_calibrated_lambdas_meet_their_targets_to_a_billionth():
    source, worst = random.Random(6), 0.0
    for size in (*range(5, 24, 2), 40, 120, 300, 700, 2000):
        counts = _classes(source, size)
        for places in {max(1, size // 20), max(1, size // 3)}:
            wanted = sample.targets_of(counts, places)
            table = inclusion.calibrate(counts, places)
            assert all(len(text) == 20 for text in table.values())
            rest = {weight: count for weight, count in counts.items() if wanted[weight] != 1}
            if len(rest) > 1:
                left = places - sum(count for weight, count in counts.items() if wanted[weight] == 1)
                found = inclusion.probabilities(
                    {weight: int(table[str(weight)][2:]) / 10**18 for weight in rest}, rest, left
                )
                worst = max(worst, *(abs(found[weight] / float(wanted[weight]) - 1) for weight in rest))
    assert worst <= 1e-9


def test_uncalibrated_lambdas_are_off_as_much_as_published():
    # The known size of the error of plain Pareto sampling: about one percent at N = 8, gone at N = 120.
    worst = {}
    for size, places in ((8, 3), (120, 6)):
        counts = {1: size // 2, 2: size // 4, 4: size // 4}
        wanted = sample.targets_of(counts, places)
        found = inclusion.probabilities({weight: float(share) for weight, share in wanted.items()}, counts, places)
        worst[size] = max(abs(found[weight] / float(wanted[weight]) - 1) for weight in counts)
    assert 1e-3 < worst[8] < 3e-2
    assert worst[120] < 2e-4


def _classes(source, size):
    counts = dict.fromkeys((1, 2, 3, 6), 1)
    for _ in range(size - 4):
        counts[source.choice((1, 1, 2, 3, 6))] += 1
    return counts


def test_bits_of_the_sources_are_those_of_the_combinatorics():
    # 双色球, 大乐透, 七星彩, 排列5, 3D, six balls on site, in thousandths of bits, rounded down.
    assert entropy.milli_log2(math.comb(33, 6) * 16) == 24078
    assert entropy.milli_log2(math.comb(35, 5) * math.comb(12, 2)) == 24352
    assert entropy.milli_log2(10**6 * 15) == 23838
    assert entropy.milli_log2(10**5) == 16609
    assert entropy.milli_log2(10**3) == 9965
    assert entropy.milli_log2(10**6) == 19931
    assert entropy.need_milli(120, 6) == 31766
    assert entropy.need_milli(700, 35) == entropy.need_milli(2000, 100) == 128_000


def test_a_weight_must_be_a_positive_integer():
    for bad in (0, -1, True, 1.5):
        with pytest.raises(DrawRefused, match="bad_weight"):
            sample.count_weights([1, bad] if bad is not True else [bad])
