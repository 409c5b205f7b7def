"""How many: sizes by exact ceilings, and unbiased systematic rounding over strata (Madow 1949, Cox 1987; section 5)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .refusal import DrawRefused

if TYPE_CHECKING:
    from collections.abc import Mapping

    from .hashing import Profile


def size(population: int, numerator: int, denominator: int) -> int:
    """Return max(1, ceil(population * numerator / denominator)), in integers, never more than the population."""
    if denominator < 1 or not 0 < numerator <= denominator:
        raise DrawRefused("bad_ratio", numerator=numerator, denominator=denominator)
    if population < 1:
        raise DrawRefused("empty_pool")
    return max(1, (population * numerator + denominator - 1) // denominator)


def bounds(counts: Mapping[str, int], total: int) -> dict[str, tuple[int, int]]:
    """Return per stratum the two sizes that systematic rounding can give: floor and ceiling of total * N_h / N."""
    population = sum(counts.values())
    return {code: (total * count // population, -(-total * count // population)) for code, count in counts.items()}


def systematic(counts: Mapping[str, int], total: int, start: int) -> dict[str, int]:
    """Return n_h = floor((C_h n + r) / N) - floor((C_(h-1) n + r) / N) over strata in ascending code order.

    `start` is r, 0 <= r < N.  Over all r the mean of n_h is exactly n N_h / N, and no n_h is off by one or more.
    """
    population = sum(counts.values())
    if not 0 <= total <= population or not 0 <= start < population:
        raise DrawRefused("bad_allocation", total=total, population=population, start=start)
    sizes, before, passed = {}, start // population, 0
    for code in sorted(counts):
        passed += counts[code]
        reached = (passed * total + start) // population
        sizes[code], before = reached - before, reached
    return sizes


def allocate(
    profile: Profile, key: bytes, label: str, counts: Mapping[str, int], total: int
) -> tuple[int, dict[str, int]]:
    """Return (r, sizes): r is drawn below N from `vrd1/alloc/<label>/<i>` (section 4), sizes by systematic rounding."""
    start = profile.below(key, sum(counts.values()), "alloc", label)
    return start, systematic(counts, total, start)
