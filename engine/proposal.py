"""The yearly plan an office finds pre-filled: what its roster, its items and the parameters ask for (R26, R27, R45)."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING

from engine.plan import COVERED_TYPES, FIELD_OF_TYPE, ORGAN_LEVEL, percentage, sample_size
from engine.values import Row, several, text
from schemas import loader
from schemas.declare import Level, Policy, Unit

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import date


def propose(
    unit: Unit, year: int, items: Sequence[Row], counts: Mapping[str, int], policy: Policy, *, start: date, end: date
) -> list[Row]:
    """Return pre-filled T07 rows of one office: for the province 5 % of every type, for a city full coverage of its
    institutions and a sample of persons and stations; what is left blank is for people to decide (name of the lead
    unit, approval, dates of the draw).
    """
    level = "省级" if unit.level is Level.PROVINCE else "市级"
    fitting = [row for row in items if ORGAN_LEVEL.get(unit.level, "") in several(row.get("organ_levels"))]
    fitting = [row for row in fitting if text(row.get("status")) in ("", "有效")]
    present = [kind for kind in FIELD_OF_TYPE if counts.get(kind) and _covers(fitting, kind)]
    covered = [kind for kind in present if kind in COVERED_TYPES]
    sampled = [kind for kind in present if kind not in COVERED_TYPES]
    floor = Fraction(str(policy.value("ratio", unit.code)))
    if unit.level is Level.PROVINCE:
        groups = [("重点领域抽查检查计划", present, floor)]
    else:
        coverage = Fraction(str(policy.value("city_coverage", unit.code)))
        groups = [("法律服务机构全覆盖检查计划", covered, coverage), ("执业人员和基层站点抽查计划", sampled, floor)]
    kinds = {Level.PROVINCE: "省级重点领域计划"}
    found: list[Row] = []
    for title, types, share in groups:
        if not types:
            continue
        number = len(found) + 1
        chosen = [row for row in fitting if set(several(row.get("target_types"))) & set(types)]
        base = {kind: counts[kind] for kind in types}
        found.append(
            {
                "plan_id": f"{unit.code[:6]}-{year}-P{number:02d}",
                "plan_name": f"{year}年度{unit.short_name}{title}",
                "unit_name": unit.name,
                "plan_kind": kinds.get(unit.level, "市州地区计划"),
                "task_kind": "双随机",
                "item_codes": "；".join(text(row["item_code"]) for row in chosen),
                "fields": "；".join(dict.fromkeys(FIELD_OF_TYPE[kind] for kind in types)),
                "target_types": "；".join(types),
                "scope_note": "全省" if unit.level is Level.PROVINCE else "全市",
                "roster_level": level,
                "base": sum(base.values()),
                "ratio": percentage(share),
                "sample_size": sum(sample_size(count, share) for count in base.values()),
                "draw_mode": "不定向",
                "methods": "；".join(dict.fromkeys(m for row in chosen for m in several(row.get("methods")))),
                "team_size": int(str(policy.value("team_size", unit.code))),
                "expert_count": int(str(policy.value("team_expert_count", unit.code))),
                # A unit without counties has only its own people; keeping them away from their own county leaves nobody.
                "excludes_same_county": policy.value("same_county", unit.code) == "exclude" and has_counties(unit),
                "starts_on": start.isoformat(),
                "ends_on": end.isoformat(),
            }
        )
    return found


def has_counties(unit: Unit) -> bool:
    """Return whether counties report to `unit`, directly or through its cities."""
    return any(loader.units()[code].level is Level.COUNTY for code in loader.subtree(unit.code) if code != unit.code)


def _covers(items: Sequence[Row], kind: str) -> bool:
    return any(kind in several(row.get("target_types")) for row in items)
