"""The weighted draw of one stratum: Pareto order sampling (Rosen 1997) decided in whole numbers (section 6).

No floating point decides anything, so every language with big integers gets the same order.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from heapq import nsmallest
from typing import TYPE_CHECKING

from .refusal import DrawRefused

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from .hashing import Profile

_ONE = 1 << 256
_TWO = 1 << 257


@dataclass(frozen=True, slots=True)
class Lot:
    """One target in the order of its stratum: its sort key, ticket U, identity, weight and lambda as a pair a, b."""

    key: int
    ticket: int
    id: str
    weight: int
    numerator: int
    denominator: int
    is_sure: bool


def targets_of(weights: Mapping[int, int], places: int) -> dict[int, Fraction]:
    """Return for each weight its wanted probability, 1 for take-all, given how many targets carry each weight.

    Take-all (as in sps): while some weight w has m w >= W, all targets of such weights are taken, and m and W shrink.
    """
    wanted, rest = {}, dict(weights)
    total = sum(weight * count for weight, count in rest.items())
    while places > 0:
        sure = [weight for weight in rest if places * weight >= total]
        if not sure:
            break
        for weight in sure:
            wanted[weight] = Fraction(1)
            places -= rest[weight]
            total -= weight * rest.pop(weight)
    return wanted | {weight: Fraction(places * weight, total) for weight in rest}


def order(
    profile: Profile,
    key: bytes,
    stratum: str,
    weights: Mapping[str, int],
    places: int,
    calibrated: Mapping[str, str] | None = None,
) -> list[Lot]:
    """Return every target of the stratum in order; the first `places` are drawn, the rest is the ordered reserve.

    `weights` maps id to a positive integer; `calibrated` maps a weight to its committed lambda with 18 decimals.
    """
    return sorted(_lots(profile, key, stratum, weights, places, calibrated), key=_rank)


def first(
    profile: Profile,
    key: bytes,
    stratum: str,
    weights: Mapping[str, int],
    places: int,
    keep: int,
    calibrated: Mapping[str, str] | None = None,
) -> list[Lot]:
    """Return the first `keep` of `order(...)` without holding the rest, for pools of a million."""
    return nsmallest(keep, _lots(profile, key, stratum, weights, places, calibrated), key=_rank)


def pareto_key(ticket: int, numerator: int, denominator: int) -> int:
    """Return floor((2U+1)(b-a) 2^256 / ((2^257 - 2U - 1) a)) for lambda = a/b: small for a heavy target."""
    odd = 2 * ticket + 1
    return (odd * (denominator - numerator) << 256) // ((_TWO - odd) * numerator)


def _rank(lot: Lot) -> tuple[int, int, str]:
    return lot.key, lot.ticket, lot.id


def _lots(
    profile: Profile,
    key: bytes,
    stratum: str,
    weights: Mapping[str, int],
    places: int,
    calibrated: Mapping[str, str] | None,
) -> Iterator[Lot]:
    counts = count_weights(weights.values())
    lambdas = lambdas_of(counts, places, calibrated)
    uniform = len(counts) == 1 or places == 0
    prefix = f"vrd1/draw/{stratum}/".encode()
    mac, from_bytes = profile.mac, int.from_bytes
    for name, weight in weights.items():
        ticket = from_bytes(mac(key, prefix + name.encode() + b"\x01"), "big")
        top, bottom, is_sure = lambdas[weight]
        # Sure targets come first and equal weights need no key: both are ordered by the ticket alone, with key -1 or 0.
        rank = -1 if is_sure else 0 if uniform else pareto_key(ticket, top, bottom)
        yield Lot(rank, ticket, name, weight, top, bottom, is_sure)


def lambdas_of(
    counts: Mapping[int, int], places: int, calibrated: Mapping[str, str] | None = None
) -> dict[int, tuple[int, int, bool]]:
    """Return for each weight lambda as (a, b, is sure): m w / W as it stands, or the committed 18 decimals over 10^18."""
    wanted = targets_of(counts, places)
    found = {}
    for weight, share in wanted.items():
        if share == 1 or calibrated is None:
            found[weight] = (share.numerator, share.denominator, share == 1)
        else:
            text = calibrated.get(str(weight), "")
            if (
                len(text) != 20
                or not text.startswith("0.")
                or not text.isascii()
                or not text[2:].isdecimal()
                or int(text[2:]) == 0
            ):
                raise DrawRefused("bad_lambda", stratum_weight=weight, text=text)
            found[weight] = (int(text[2:]), 10**18, False)
    return found


def count_weights(weights: Iterable[int]) -> dict[int, int]:
    """Return how many targets carry each weight, ascending; refuse a weight that is not a positive integer."""
    counts: dict[int, int] = {}
    for weight in weights:
        counts[weight] = counts.get(weight, 0) + 1
    for weight in counts:
        if type(weight) is not int or weight < 1:
            raise DrawRefused("bad_weight", weight=weight)
    return dict(sorted(counts.items()))
