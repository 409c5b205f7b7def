"""The province's ratio of the year by both readings of 省级检查对象 (R13, Q1): all of its roster, or what its plans reach.

One plan keeps the floor within itself (`engine.plan`); whether the year keeps it shows only over all plans together. The
parameter `ratio_base` says which reading is held to the floor; both are always shown.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING

from engine.plan import FIELD_OF_TYPE, ORGAN_LEVEL, Share, sample_size
from engine.values import Row, by, several, text
from schemas.declare import Level

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from engine.plan import Review
    from schemas.declare import Policy

READINGS = {"roster": "按省级名录", "inspected": "按检查范围"}


@dataclass(frozen=True, slots=True)
class Reading:
    """The year by one reading: `name` of READINGS, a share per type, the floor in total, whether it decides."""

    name: str
    shares: tuple[Share, ...]
    floor: int
    decides: bool

    @property
    def base(self) -> int:
        """All targets of this reading."""
        return sum(one.base for one in self.shares)

    @property
    def size(self) -> int:
        """All targets the plans of the year are to draw."""
        return sum(one.size for one in self.shares)

    @property
    def short(self) -> tuple[str, ...]:
        """The types below the floor, then 合计 if the total is."""
        types = tuple(one.target_type for one in self.shares if not one.holds)
        return (*types, "合计") if self.size < self.floor else types


def roster(targets: Sequence[Row], practitioners: Sequence[Row], items: Sequence[Row]) -> dict[str, list[str]]:
    """Return type -> ids of the provincial roster: in practice, not kept by a lower level, of a type the province may inspect.

    A type without a provincial item in force could not lawfully be drawn, so it belongs to no reading.
    """
    organ = ORGAN_LEVEL[Level.PROVINCE]
    inspected = {
        kind
        for row in items
        if organ in several(row.get("organ_levels")) and text(row.get("status")) in ("", "有效")
        for kind in several(row.get("target_types"))
    }
    bodies = by(targets, "target_id")
    found: dict[str, list[str]] = {}
    for row in (*targets, *practitioners):
        home = bodies.get(text(row.get("institution_id")), row)
        kind = text(row.get("target_type"))
        is_ours = text(home.get("roster_level")) in ("", "省级") and text(row.get("practice_state")) == "正常执业"
        if kind in inspected and is_ours:
            found.setdefault(kind, []).append(text(row.get("target_id")))
    return found


def yearly(reviews: Sequence[Review], known: Mapping[str, Sequence[str]], policy: Policy, unit: str) -> list[Reading]:
    """Return both readings over all 双随机 plans of the year; `known` is the `roster`, sizes of one type add up to its base at most."""
    planned: dict[str, list[Share]] = {}
    for one in reviews:
        for share in one.shares if one.plan.task_kind == "双随机" else ():
            planned.setdefault(share.target_type, []).append(share)
    within = {kind: max(one.base for one in shares) for kind, shares in planned.items()}
    floor, minimum = Fraction(str(policy.value("ratio", unit))), int(str(policy.value("minimum_per_type", unit)))
    decisive, per_type = policy.value("ratio_base", unit), policy.value("ratio_per_type", unit)
    found = []
    for name, counts in (("roster", {kind: len(ids) for kind, ids in known.items()}), ("inspected", within)):
        shares = tuple(
            Share(kind, base, min(base, sum(one.size for one in planned.get(kind, ()))), sample_size(base, floor, minimum) if per_type else 0)
            for kind, base in ((kind, counts[kind]) for kind in FIELD_OF_TYPE if counts.get(kind))
        )  # fmt: skip
        total = sample_size(sum(one.base for one in shares), floor)
        found.append(Reading(name, shares, total, name == decisive))
    return found


def lines(readings: Sequence[Reading]) -> list[str]:
    """Return both readings in sentences; what falls short of the decisive one comes with an exclamation mark."""
    found = []
    for one in readings:
        share = f"{float(Fraction(one.size, one.base)) * 100:.2f}%" if one.base else "—"
        found.append(
            f"年度抽查比例（{READINGS[one.name]}）：拟抽 {one.size}/{one.base}（{share}），下限 {one.floor} 个。"
        )
        if one.decides and one.short:
            found.append(f"  ！低于年度抽查比例下限：{'、'.join(one.short)}。请补充计划或提高比例。")
    return found
