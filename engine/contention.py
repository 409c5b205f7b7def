"""Who decides a key that several units claim, and what was decided (X06; intake 5.7; decisions 23).

Only an office above all claimants may decide: what one of them files about its own case is no decision.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from engine import resolve
from engine.values import text, yes
from schemas import loader

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

KIND = "冲突裁决"


@dataclass(frozen=True, slots=True, kw_only=True)
class Ruling:
    """One approved 冲突裁决 of a T16: request number, unit that filed it, unit whose row counts ('' when none is meant), who, when, why."""

    request: str
    by: str
    winner: str
    named: str = ""
    person: str = ""
    on: str = ""
    reason: str = ""


def rulings_of(requests: Iterable[Mapping[str, Any]]) -> dict[str, list[Ruling]]:
    """Return key -> approved decisions about it, oldest first, of T16 rows with their place (`_unit`, `_key`)."""
    found: dict[str, list[Ruling]] = {}
    for one in sorted(requests, key=lambda one: (text(one.get("decided_on")), text(one.get("_key")))):
        if one.get("request_type") == KIND and yes(one.get("is_approved")) and one.get("subject_id"):
            named = text(one.get("new_value"))
            ruling = Ruling(
                request=text(one.get("request_id")),
                by=text(one.get("_unit")),
                winner=resolve.unit_named(named),
                named=named,
                person=text(one.get("decided_by")),
                on=text(one.get("decided_on"))[:10],
                reason=text(one.get("explanation")),
            )
            found.setdefault(text(one["subject_id"]), []).append(ruling)
    return found


def decider(claimants: Iterable[str]) -> str:
    """Return the lowest unit that stands above all claimants; a claimant above all others decides itself."""
    first, *others = [loader.upward(one) for one in sorted(set(claimants))]
    return next((one for one in first if all(one in chain for chain in others)), "")


def judge(claimants: Sequence[str], rulings: Sequence[Ruling]) -> tuple[Ruling | None, list[str]]:
    """Return the newest decision that counts (None without one) and, in Chinese, why the others about this key do not."""
    entitled = loader.upward(decider(claimants))
    valid = [one for one in rulings if one.by in entitled and one.winner in claimants]
    return (valid[-1] if valid else None), [_why(one, entitled) for one in rulings if one not in valid]


def _why(ruling: Ruling, entitled: Sequence[str]) -> str:
    if ruling.by not in entitled:
        office = loader.units()[entitled[0]].name if entitled else "共同上级"
        who = loader.units()[ruling.by].name if ruling.by in loader.units() else ruling.by
        return f"申请 {ruling.request} 由{who}报来，不算裁决：各方的共同上级是{office}，应由其决定。"
    return f"申请 {ruling.request} 的“变更后”是“{ruling.named}”，不是报送这个编号的单位，请写明采用哪一家。"


def told(key: str, ruling: Ruling) -> str:
    """Return a decision in one Chinese sentence."""
    units = loader.units()
    signed = "，".join(one for one in (f"申请 {ruling.request}", ruling.person, ruling.on) if one)
    return f"“{key}”由{units[ruling.by].name}裁决，采用{units[ruling.winner].name}报送的（{signed}）。"
