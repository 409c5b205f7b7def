"""Exact inclusion probabilities of the Pareto draw, and the lambdas that make them hit their target (section 6).

pi_k = integral of f_k(t) P(fewer than m of the others lie below t) dt, F_k(t) = t o_k / (1 + t o_k), o = lambda/(1-lambda)
(Aires 1999; Matei and Tille 2007).  Targets of one weight share one lambda, so the others are a few binomials; the
probability is read off the characteristic function at roots of unity.  Nothing here decides a draw: the published pi are
compared to 1e-9, the calibrated lambdas are committed as decimals and used as they stand.
"""

from __future__ import annotations

import cmath
import math
from functools import lru_cache
from typing import TYPE_CHECKING

from .refusal import DrawRefused
from .sample import targets_of

if TYPE_CHECKING:
    from collections.abc import Mapping

TOLERANCE = 1e-10
_SCALE = 10**18
_NODES = 100


def probabilities(lambdas: Mapping[int, float], counts: Mapping[int, int], places: int) -> dict[int, float]:
    """Return pi for each class, given its lambda, how many targets share it, and m places; 0 < m < N, 0 < lambda < 1."""
    odds = {one: value / (1 - value) for one, value in lambdas.items()}
    if len(counts) == 1:
        ((only, count),) = counts.items()
        return {only: places / count}
    low, high = _window(odds, counts, places)
    found = {one: _below(odds[one], low) for one in odds}
    for v, rest, weight in _nodes(low, high):
        t = v / rest
        shares = {one: t * odd / (1 + t * odd) for one, odd in odds.items()}
        chances = _fewer(shares, counts, places)
        for one, odd in odds.items():
            # dF/dv = o / ((1 - v) + v o)^2
            found[one] += weight * chances[one] * odd / (rest + v * odd) ** 2
    return found


def calibrate(counts: Mapping[int, int], places: int) -> dict[str, str]:
    """Return for each weight that is not taken surely its lambda with 18 decimals so that pi meets m w / W.

    Fixed point lambda <- lambda * target / pi, until the worst relative error is below 1e-10; refuse if it does not come.
    """
    return dict(_calibrated(tuple(sorted(counts.items())), places))


@lru_cache(maxsize=4096)  # strata of one composition are common, and a pure function may remember
def _calibrated(items: tuple[tuple[int, int], ...], places: int) -> dict[str, str]:
    counts = dict(items)
    wanted = targets_of(counts, places)
    rest = {weight: counts[weight] for weight, share in wanted.items() if share != 1}
    left = places - sum(counts[weight] for weight, share in wanted.items() if share == 1)
    if len(rest) < 2:
        return {str(weight): decimal(float(wanted[weight])) for weight in rest}
    aim = {weight: float(wanted[weight]) for weight in rest}
    lambdas = dict(aim)
    for _ in range(60):
        found = probabilities(lambdas, rest, left)
        if max(abs(found[weight] / aim[weight] - 1) for weight in rest) < TOLERANCE:
            return {str(weight): decimal(value) for weight, value in lambdas.items()}
        for weight in rest:
            lambdas[weight] = min(lambdas[weight] * aim[weight] / found[weight], 1 - 1e-15)
    raise DrawRefused("calibration_failed", places=places)


def decimal(value: float, digits: int = 18) -> str:
    """Return `value` in [0, 1] as a decimal string with `digits` places, rounded half up from the exact binary value."""
    top, bottom = value.as_integer_ratio()
    number = (2 * top * 10**digits + bottom) // (2 * bottom)
    return f"{number // 10**digits}.{number % 10**digits:0{digits}d}"


def published(counts: Mapping[int, int], places: int, lambdas: Mapping[int, tuple[int, int, bool]]) -> dict[int, str]:
    """Return pi of each weight in a stratum of m places as it stands in draw.json: a decimal string with 12 places."""
    return {weight: decimal(value, 12) for weight, value in exact(counts, places, lambdas).items()}


def exact(counts: Mapping[int, int], places: int, lambdas: Mapping[int, tuple[int, int, bool]]) -> dict[int, float]:
    """Return pi of each weight in a stratum of m places, unrounded."""
    if places == 0:
        return dict.fromkeys(counts, 0.0)
    rest = {weight: count for weight, count in counts.items() if not lambdas[weight][2]}
    left = places - sum(count for weight, count in counts.items() if lambdas[weight][2])
    values = dict.fromkeys(counts, 1.0)
    if rest:
        values |= probabilities({weight: lambdas[weight][0] / lambdas[weight][1] for weight in rest}, rest, left)
    return {weight: min(value, 1.0) for weight, value in values.items()}


def _below(odd: float, v: float) -> float:
    return v * odd / (1 - v + v * odd)


def _spread(odds: Mapping[int, float], counts: Mapping[int, int], v: float) -> tuple[float, float]:
    """Return mean and a safe radius of the number of targets below t = v / (1 - v); beyond it lies less than 1e-16."""
    shares = [(_below(odd, v), counts[one]) for one, odd in odds.items()]
    mean = sum(p * n for p, n in shares)
    deviation = math.sqrt(sum(p * (1 - p) * n for p, n in shares))
    # Bernstein: exp(-x^2 / (2 s^2 + 2 x / 3)) < 1e-17 at this x.
    return mean, 9.0 * deviation + 27.0


def _window(odds: Mapping[int, float], counts: Mapping[int, int], places: int) -> tuple[float, float]:
    """Return where in v the chance falls from 1 to 0; outside, the integral is known without any sum."""
    ends = []
    for sign in (1, -1):
        # Lower end: the largest v at which even mean + radius stays under m; upper end: where mean - radius passes it.
        low, high = 0.0, 1.0
        for _ in range(60):
            middle = (low + high) / 2
            mean, radius = _spread(odds, counts, middle)
            low, high = (middle, high) if mean + sign * radius < places else (low, middle)
        ends.append(low if sign == 1 else high)
    return ends[0], ends[1]


def _nodes(low: float, high: float) -> list[tuple[float, float, float]]:
    """Return nodes over [low, high] as (v, 1 - v, weight), by the double-exponential rule (Takahasi and Mori 1974).

    A lambda close to 0 or 1 has a pole just outside [0, 1]; the rule crowds towards both ends as closely as it takes,
    and 1 - v is kept apart because near 1 the difference would lose its digits.
    """
    width, found = high - low, []
    for number in range(-_NODES, _NODES + 1):
        x = 3.4 * number / _NODES
        growth = math.exp(math.pi * math.sinh(x))
        below, above = growth / (1 + growth), 1 / (1 + growth)
        weight = 3.4 / _NODES * math.pi * math.cosh(x) * below * above * width
        found.append((low + width * below, 1 - high + width * above, weight))
    return found


def _fewer(shares: Mapping[int, float], counts: Mapping[int, int], places: int) -> dict[int, float]:
    """Return for each class P(fewer than `places` of the others), the others being all targets but one of the class."""
    size = sum(counts.values())
    mean = sum(p * counts[one] for one, p in shares.items())
    deviation = math.sqrt(sum(p * (1 - p) * counts[one] for one, p in shares.items()))
    radius = int(9 * deviation + 28)
    # Indices outside [first, first + points) carry no mass that a double could show, so folding them back is harmless.
    first = max(0, int(mean) - radius - 1)
    points = min(size + 1, 2 * radius + 3)
    if places <= first:
        return dict.fromkeys(shares, 0.0)
    if places > first + points:
        return dict.fromkeys(shares, 1.0)
    totals = dict.fromkeys(shares, 0.0)
    for step in range(points // 2 + 1):
        z = cmath.exp(2j * math.pi * step / points)
        value, factors = 1 + 0j, {}
        for one, p in shares.items():
            factors[one] = 1 - p + p * z
            value *= factors[one] ** (counts[one] - 1)
        # Sum over j in [first, places) of z^-j, a geometric series.
        w = 1 / z
        series = places - first if step == 0 else (w**first - w**places) / (1 - w)
        twice = 1 if step in (0, points / 2) else 2
        others = 1 + 0j
        for one in shares:
            others *= factors[one]
        for one in shares:
            rest = others / factors[one] if abs(factors[one]) > 1e-6 else _product(factors, one)
            totals[one] += twice * (value * rest * series).real
    return {one: min(1.0, max(0.0, total / points)) for one, total in totals.items()}


def _product(factors: Mapping[int, complex], left_out: int) -> complex:
    value = 1 + 0j
    for one, factor in factors.items():
        if one != left_out:
            value *= factor
    return value
