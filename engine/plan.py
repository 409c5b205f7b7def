"""The yearly plan: what T07 says, how many targets that means, whether the floors and windows hold, who could do it.

R13, R26-R29, R44, R45; X20-X22. Everything that decides is an exact fraction or an integer.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from fractions import Fraction
from typing import TYPE_CHECKING, Any

from engine.calendar import working_days_between
from engine.model import Refused
from engine.values import Row, day, ratio, several, text, whole, yes
from schemas import loader
from schemas.declare import Level, Policy

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

FIELD_OF_TYPE = {
    "公证机构": "公证",
    "公证员": "公证",
    "司法鉴定机构": "司法鉴定",
    "司法鉴定人": "司法鉴定",
    "法律援助机构": "法律援助",
    "法律援助人员": "法律援助",
    "公共法律服务中心": "公共法律服务体系建设",
    "公共法律服务工作站": "公共法律服务体系建设",
    "公共法律服务工作室": "公共法律服务体系建设",
}
# Everything of these kinds is visited every year by its city (R45, Q10); persons and stations are sampled.
COVERED_TYPES = ("公证机构", "司法鉴定机构", "法律援助机构", "公共法律服务中心")
YEARLY_KINDS = ("省级重点领域计划", "市州地区计划")
ORGAN_LEVEL = {Level.PROVINCE: "省级司法行政机关", Level.CITY: "市级司法行政机关", Level.COUNTY: "县级司法行政机关"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """One row of T07, read: who inspects which types of target by which items, how many, when, approved by whom."""

    id: str
    name: str
    unit: str
    kind: str
    task_kind: str
    items: tuple[str, ...]
    fields: tuple[str, ...]
    target_types: tuple[str, ...]
    scope_note: str
    roster_level: str
    ratio: Fraction | None
    methods: tuple[str, ...]
    team_size: int
    expert_count: int
    excludes_same_county: bool
    starts_on: date | None
    ends_on: date | None
    approved_by: str
    approved_on: date | None
    window_reason: str
    document_no: str
    lead_unit: str = ""


@dataclass(frozen=True, slots=True)
class Share:
    """What the plan takes of one type of target: base N, size n, and the smallest n the floor allows (X21)."""

    target_type: str
    base: int
    size: int
    floor: int

    @property
    def holds(self) -> bool:
        """Whether the size reaches the floor."""
        return self.size >= self.floor


@dataclass(frozen=True, slots=True, kw_only=True)
class Load:
    """How many visits one field asks for, how many officers could make them, and on how many working days (0: not known)."""

    field: str
    visits: int
    team_size: int
    people: int
    days: int = 0

    @property
    def per_person(self) -> Fraction | None:
        """Visits per officer if spread evenly, None when nobody could go."""
        return Fraction(self.visits * self.team_size, self.people) if self.people else None

    @property
    def holds(self) -> bool:
        """Whether a single team can be formed at all."""
        return not self.visits or self.people >= self.team_size

    @property
    def fits(self) -> bool:
        """Whether every officer has a working day for each of his visits, so that no two fall on one day."""
        return not self.days or self.per_person is None or self.per_person <= self.days


@dataclass(frozen=True, slots=True, kw_only=True)
class Review:
    """What stands between a plan and its draw: shares per type and overall, loads, and problems in Chinese."""

    plan: Plan
    shares: tuple[Share, ...]
    loads: tuple[Load, ...]
    total: Load
    problems: tuple[str, ...]
    hints: tuple[str, ...]

    @property
    def base(self) -> int:
        """All targets the plan could reach."""
        return sum(share.base for share in self.shares)

    @property
    def size(self) -> int:
        """All targets the plan is to draw."""
        return sum(share.size for share in self.shares)

    def document(self) -> dict[str, Any]:
        """Return the review as plain data for people and JSON."""
        return {
            "plan": self.plan.id,
            "name": self.plan.name,
            "unit": self.plan.unit,
            "base": self.base,
            "sample_size": self.size,
            "shares": [
                {
                    "target_type": one.target_type,
                    "base": one.base,
                    "sample_size": one.size,
                    "floor": one.floor,
                    "holds": one.holds,
                }
                for one in self.shares
            ],
            "capacity": [
                {
                    "field": one.field,
                    "visits": one.visits,
                    "people": one.people,
                    "per_person": f"{float(one.per_person):.1f}" if one.per_person is not None else None,
                    "days": one.days,
                    "holds": one.holds,
                    "fits": one.fits,
                }
                for one in self.loads
            ],
            "problems": list(self.problems),
            "hints": list(self.hints),
        }


def read_plan(row: Row, unit: str) -> Plan:
    """Return the plan of one T07 row; `unit` is the office that reported it."""
    return Plan(
        id=text(row.get("plan_id")),
        name=text(row.get("plan_name")),
        unit=unit,
        kind=text(row.get("plan_kind")),
        task_kind=text(row.get("task_kind")) or "双随机",
        items=several(row.get("item_codes")),
        fields=several(row.get("fields")),
        target_types=several(row.get("target_types")),
        scope_note=text(row.get("scope_note")),
        roster_level=text(row.get("roster_level")),
        ratio=ratio(row.get("ratio")),
        methods=several(row.get("methods")),
        team_size=whole(row.get("team_size")) or 2,
        expert_count=whole(row.get("expert_count")) or 0,
        excludes_same_county=yes(row.get("excludes_same_county")),
        starts_on=day(row.get("starts_on")),
        ends_on=day(row.get("ends_on")),
        approved_by=text(row.get("approved_by")),
        approved_on=day(row.get("approved_on")),
        window_reason=text(row.get("window_reason")),
        document_no=text(row.get("document_no")),
        lead_unit=text(row.get("lead_unit")),
    )


def sample_size(base: int, share: Fraction, minimum: int = 1) -> int:
    """Return ⌈base · share⌉ exactly, at least `minimum` of a non-empty type, never more than there are (R13, X21).

    >>> [sample_size(n, Fraction(5, 100)) for n in (1, 9, 20, 21, 226, 0)]
    [1, 1, 1, 2, 12, 0]
    """
    if base == 0:
        return 0
    wanted = -(-base * share.numerator // share.denominator)
    return min(base, max(minimum, wanted))


def floor_ratio(plan: Plan, policy: Policy) -> Fraction:
    """Return the share below which no type may fall: the provincial 5 %, for a city's own bodies its full coverage."""
    return Fraction(str(policy.value("ratio", plan.unit)))


def shares_of(plan: Plan, counts: Mapping[str, int], policy: Policy) -> tuple[Share, ...]:
    """Return the share of each type of `plan`, given how many targets of each type stand in the pool."""
    minimum = int(str(policy.value("minimum_per_type", plan.unit)))
    wanted = plan.ratio if plan.ratio is not None else Fraction(0)
    floor = floor_ratio(plan, policy)
    found = []
    for kind in plan.target_types:
        base = counts.get(kind, 0)
        size = sample_size(base, wanted, minimum)
        found.append(Share(kind, base, size, sample_size(base, floor, minimum)))
    return tuple(found)


def review(
    plan: Plan, counts: Mapping[str, int], items: Sequence[Row], inspectors: Sequence[Row], policy: Policy
) -> Review:
    """Return what stands between `plan` and its draw (X20, X21, X22), with the capacity forecast (R28).

    counts: targets of each type in the pool. items: T01 rows of the unit. inspectors: T04 rows it may call.
    """
    shares = shares_of(plan, counts, policy)
    problems = [*_window(plan, policy), *_approval(plan), *_items(plan, items), *_ratios(plan, shares, items, policy)]
    hints = [f"{share.target_type}在名录中没有可抽取的对象。" for share in shares if share.base == 0]
    loads, total = loads_of(plan, shares, inspectors), total_of(plan, shares, inspectors)
    hints += [
        f"{load.field}领域需检查 {load.visits} 次，可派执法人员只有 {load.people} 人，不足一组 {load.team_size} 人：请考虑跨区调派。"
        for load in loads
        if not load.holds
    ]
    hints += [
        f"{load.field} {load.people} 人平均每人要去 {float(load.per_person or 0):.1f} 次，检查期间只有 {load.days} 个工作日，排不开："
        "请延长检查时间或跨区调派。"
        for load in (*loads, total)
        if load.holds and not load.fits
    ]
    hints += _approved_late(plan, policy)
    short = [share.target_type for share in shares if share.target_type in COVERED_TYPES and share.size < share.base]
    if short and is_yearly(plan) and loader.units()[plan.unit].level is Level.CITY:
        hints.append(
            f"{'、'.join(short)}没有全部列入：由市州负责的这几类每年应检查到每一家（全覆盖），请确认另有安排。"
        )
    if not plan.lead_unit:
        hints.append("没有写明牵头单位：每个计划应有一个牵头处（科）室。")
    return Review(plan=plan, shares=shares, loads=loads, total=total, problems=tuple(problems), hints=tuple(hints))


def loads_of(plan: Plan, shares: Sequence[Share], inspectors: Sequence[Row]) -> tuple[Load, ...]:
    """Return visits and people of each field of the plan."""
    visits: dict[str, int] = {}
    for share in shares:
        field = FIELD_OF_TYPE.get(share.target_type, "")
        visits[field] = visits.get(field, 0) + share.size
    return tuple(
        Load(
            field=field,
            visits=count,
            team_size=plan.team_size,
            people=sum(field in several(one.get("fields")) and is_officer(one) for one in inspectors),
            days=_working_days(plan.starts_on, plan.ends_on),
        )
        for field, count in visits.items()
    )


def total_of(plan: Plan, shares: Sequence[Share], inspectors: Sequence[Row]) -> Load:
    """Return the load of the whole plan: who may go in several fields is one person with all their visits."""
    fields = {FIELD_OF_TYPE.get(share.target_type, "") for share in shares}
    return Load(
        field="合计",
        visits=sum(share.size for share in shares),
        team_size=plan.team_size,
        people=sum(is_officer(one) and bool(fields & set(several(one.get("fields")))) for one in inspectors),
        days=_working_days(plan.starts_on, plan.ends_on),
    )


def _working_days(first: date | None, last: date | None) -> int:
    """Return the working days of a window, 0 where a day is missing or its calendar is not announced yet (R61)."""
    if first is None or last is None or not {first.year, last.year} <= loader.calendar_years():
        return 0
    return working_days_between(first - timedelta(days=1), last)


def due(policy: Policy, year: int) -> date:
    """Return the day by which the yearly plans are to be made, 31 March (R26, R27)."""
    return season_day(policy, "plan_deadline", year)


def is_yearly(plan: Plan) -> bool:
    """Whether this is the plan every office owes once a year, not one the province adds when there is reason (R44)."""
    return plan.task_kind == "双随机" and plan.kind in YEARLY_KINDS


def _approved_late(plan: Plan, policy: Policy) -> list[str]:
    if plan.approved_on is None or not is_yearly(plan) or plan.approved_on <= due(policy, plan.approved_on.year):
        return []
    return [f"批准日期 {plan.approved_on} 晚于 {due(policy, plan.approved_on.year)}：年度计划应在每年 3 月制定。"]


def overlaps(plans: Sequence[Plan]) -> list[tuple[Plan, Plan, tuple[str, ...], date, date]]:
    """Return the pairs of plans that visit the same types of target at the same time: both, the types, first and last day (R28)."""
    found = []
    for place, one in enumerate(plans):
        for other in plans[place + 1 :]:
            types = tuple(kind for kind in one.target_types if kind in other.target_types)
            starts = [plan.starts_on for plan in (one, other) if plan.starts_on]
            ends = [plan.ends_on for plan in (one, other) if plan.ends_on]
            if types and len(starts) == len(ends) == 2 and max(starts) <= min(ends):
                found.append((one, other, types, max(starts), min(ends)))
    return found


def is_officer(inspector: Row) -> bool:
    """Whether a T04 row may be one of the two officers: a certificate and a number (X13)."""
    return text(inspector.get("qualification")).startswith("持有") and bool(text(inspector.get("certificate_no")))


def require_ready(found: Review) -> None:
    """Raise Refused unless nothing stands between the plan and its draw (X20: approval before the draw)."""
    if found.problems:
        raise Refused(
            f"计划 {found.plan.id} 还不能抽取：{'；'.join(found.problems)}", "改正后重新报送 T07，再锁定名单。"
        )


def timing(plan: Plan, on: date) -> list[str]:
    """Return why the plan cannot be drawn on the day `on`: it is not approved yet, or its inspections are over (X20)."""
    found = []
    if plan.approved_on is not None and plan.approved_on > on:
        found.append(f"批准日期 {plan.approved_on} 还没有到")
    if plan.ends_on is not None and plan.ends_on < on:
        found.append(f"检查时间已于 {plan.ends_on} 结束")
    return found


def require_time(plan: Plan, on: date) -> None:
    """Raise Refused unless the plan may be drawn on the day `on`."""
    found = timing(plan, on)
    if found:
        raise Refused(
            f"计划 {plan.id} 现在不能抽取：{'；'.join(found)}。",
            "先经批准；检查时间有变的，改正后重新报送 T07，再锁定名单。",
        )


def _window(plan: Plan, policy: Policy) -> list[str]:
    if plan.starts_on is None or plan.ends_on is None:
        return ["没有检查起止日期"]
    if plan.ends_on < plan.starts_on:
        return ["结束日期早于开始日期"]
    season = (
        season_day(policy, "season_start", plan.starts_on.year),
        season_day(policy, "season_end", plan.starts_on.year),
    )
    if (plan.starts_on < season[0] or plan.ends_on > season[1]) and not plan.window_reason:
        return ["检查时间超出 3 月至 10 月，又没有在“超出 3—10 月的理由”列写明理由"]
    return []


def season_day(policy: Policy, name: str, year: int) -> date:
    """Return `season_start` or `season_end` of `year`."""
    month, number = (int(part) for part in str(policy.value(name)).split("-"))
    return date(year, month, number)


def _approval(plan: Plan) -> list[str]:
    if not plan.approved_by or plan.approved_on is None:
        return ["没有批准人或批准日期"]
    if plan.starts_on is not None and plan.approved_on > plan.starts_on:
        return ["批准日期晚于检查开始日期"]
    return []


def _items(plan: Plan, items: Sequence[Row]) -> list[str]:
    known = {text(row.get("item_code")): row for row in items}
    found = []
    for code in plan.items:
        row = known.get(code)
        if row is None:
            found.append(f"事项 {code} 不在清单中")
        elif text(row.get("status")) not in ("", "有效"):
            found.append(f"事项 {code} 已停用")
        elif not text(row.get("legal_basis")):
            found.append(f"事项 {code} 没有检查依据")
        elif yes(row.get("is_public")) and not text(row.get("published_on")):
            found.append(f"事项 {code} 尚未向社会公布")
    covered = {kind for code in plan.items if code in known for kind in several(known[code].get("target_types"))}
    found += [f"{kind}没有对应的抽查事项" for kind in plan.target_types if kind not in covered]
    return found


def _ratios(plan: Plan, shares: Sequence[Share], items: Sequence[Row], policy: Policy) -> list[str]:
    if plan.ratio is None or plan.ratio <= 0:
        return ["没有抽查比例"]
    if plan.task_kind != "双随机":
        return []
    found = [
        f"{share.target_type}只抽 {share.size} 个，低于下限 {share.floor} 个"
        for share in shares
        if policy.value("ratio_per_type") and not share.holds
    ]
    base, size = sum(one.base for one in shares), sum(one.size for one in shares)
    floor = sample_size(base, floor_ratio(plan, policy))
    if size < floor:
        found.append(f"总数只抽 {size} 个，低于下限 {floor} 个")
    cap = Fraction(str(policy.value("general_item_ratio_cap", plan.unit)))
    kinds = {text(row.get("item_kind")) for row in items if text(row.get("item_code")) in plan.items}
    if kinds == {"一般检查事项"} and plan.ratio > cap:
        found.append(f"一般检查事项的抽查比例高于上限 {percentage(cap)}%")
    return found


def percentage(share: Fraction) -> str:
    """Return a share as the number of per cent that stands in a form, e.g. `5` or `7.5`."""
    hundred = share * 100
    return str(hundred.numerator) if hundred.denominator == 1 else f"{float(hundred):.2f}".rstrip("0")
