"""The figures of the ledger: each with numerator, denominator, formula and the very rows it was counted from (R10-R15, R45-R51).

Only 双随机 counts in ratios; daily inspections are counted apart (R11, R46). Sums over the parts equal the whole (R60).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING

from engine import ratio
from engine.plan import COVERED_TYPES, FIELD_OF_TYPE, is_officer
from engine.publish import NOT_PUBLIC, Entry
from engine.rectify import top
from engine.results import DAILY_KIND, NOTHING_FOUND, OPEN, certificates, has_problem, is_inspected, is_random
from engine.values import UNKNOWN, Row, percent, several, text, whole
from schemas import loader
from schemas.declare import Level

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from datetime import date

    from engine.counted import Ref
    from engine.levels import Stated
    from engine.publication import Publication
    from schemas.declare import Unit

OWN = "本级"


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """Everything a year left behind, as rows with `_ref`; `draws`: {draw, base: {type: ids}, drawn: ids, is_void, …}.

    matters: kind (`rollover.MATTERS`) -> what an earlier year left unfinished, with `is_closed` and `_ended` (the row that ended it).
    closings: task id -> the rows by which its visit came to an end. replaced: certificate number -> the draws' records of it.
    told: what the offices below counted themselves (`levels.Stated`).
    """

    unit: Unit
    year: int
    on: date
    items: Sequence[Row] = ()
    targets: Sequence[Row] = ()
    practitioners: Sequence[Row] = ()
    inspectors: Sequence[Row] = ()
    experts: Sequence[Row] = ()
    plans: Sequence[Row] = ()
    tasks: Sequence[Row] = ()
    tasks_below: Sequence[Row] = ()
    results: Sequence[Row] = ()
    checklist: Sequence[Row] = ()
    problems: Sequence[Row] = ()
    transfers: Sequence[Row] = ()
    activities: Sequence[Row] = ()
    changes: Sequence[Row] = ()
    board: Sequence[Row] = ()
    draws: Sequence[Row] = ()
    entries: Sequence[Entry] = ()
    published: Mapping[str, Publication] = field(default_factory=dict)
    ends: Mapping[str, str] = field(default_factory=dict)
    followed: Mapping[str, str] = field(default_factory=dict)
    closings: Mapping[str, Sequence[Ref]] = field(default_factory=dict)
    judgements: Sequence[Row] = ()
    replaced: Mapping[str, Sequence[Ref]] = field(default_factory=dict)
    matters: Mapping[str, Sequence[Row]] = field(default_factory=dict)
    told: Sequence[Stated] = ()


def shown(numerator: int, denominator: int | None) -> str:
    """Return a figure as people read it: a count, or a percentage with both its sides."""
    return str(numerator) if denominator is None else f"{percent(numerator, denominator)}（{numerator}/{denominator}）"


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """One figure of one unit. `rows` and `base_rows` are what numerator and denominator count."""

    id: str
    name: str
    unit: str
    numerator: int
    denominator: int | None
    formula: str
    rows: tuple[Ref, ...]
    base_rows: tuple[Ref, ...] = ()

    @property
    def shown(self) -> str:
        """The value as people read it."""
        return shown(self.numerator, self.denominator)

    @property
    def value(self) -> str:
        """The value alone: a percentage or a count."""
        return str(self.numerator) if self.denominator is None else percent(self.numerator, self.denominator)

    def document(self) -> Row:
        """Return the figure as JSON shows it (decisions 26)."""
        return {
            "id": self.id,
            "name": self.name,
            "unit": self.unit,
            "numerator": self.numerator,
            "denominator": self.denominator,
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Spec:
    """How one figure is counted: which rows above, which below the line, where a row belongs, what is summed."""

    id: str
    name: str
    above: str
    below: str
    basis: str
    rows: Callable[[Source], Sequence[Row]]
    base: Callable[[Source], Sequence[Row]] | None = None
    place: Callable[[Row], str] = lambda row: text(row.get("_unit"))
    amount: Callable[[Row], int] = lambda row: 1
    has_parts: bool = True
    is_rare: bool = False  # said only where there is something to count

    @property
    def formula(self) -> str:
        """Numerator ÷ denominator in words."""
        return f"{self.above} ÷ {self.below}" if self.base else self.above


def _at(key: str, row: Row) -> str:
    return text(row.get(key))


def _lies_in(row: Row) -> str:
    """Return the division a target lies in; the unit above it that reports is found by `part_of`."""
    return text(row.get("division"))


def _finder(row: Row) -> str:
    return text(row.get("inspecting_unit")) or text(row.get("_unit"))


def random_only(rows: Sequence[Row]) -> list[Row]:
    """Return the tasks, results or problems of 双随机; what daily and special inspections do counts in no ratio (R11, R46)."""
    return [row for row in rows if is_random(row)]


def visits(results: Sequence[Row]) -> list[Row]:
    """Return the 双随机 inspections that were made, of this office and of those below."""
    return [row for row in random_only(results) if is_inspected(row)]


def drawable(bodies: Sequence[Row]) -> list[Row]:
    """Return the institutions or people in practice: the only ones that can be drawn."""
    return [row for row in bodies if text(row.get("practice_state")) == "正常执业"]


def standing(source: Source) -> list[Row]:
    """Return the own 双随机 tasks of draws that stand: what a void draw sent out never was a duty (R57)."""
    void = {one["draw_id"] for one in source.draws if one["is_void"]}
    return [row for row in random_only(source.tasks) if text(row.get("draw_id")) not in void]


def owed(source: Source) -> list[Row]:
    """Return the 双随机 visits that this year owes: own tasks, those of the offices below, and what the year before left undone."""
    return [*standing(source), *random_only(source.matters.get("tasks", ())), *random_only(source.tasks_below)]


def _mixed(source: Source) -> list[Row]:
    """Return the own tasks whose officers come from more than one office: people help out across places and levels (R10, R42)."""
    homes = {
        text(row.get("certificate_no")): text(row.get("unit_code")) or text(row.get("_unit"))
        for row in source.inspectors
    }
    return [
        row
        for row in standing(source)
        if len({homes.get(one) for one in certificates(row.get("inspectors"))} - {None}) > 1
    ]


def _inspected(source: Source) -> list[Row]:
    return visits(source.results)


def _visited(source: Source, only: tuple[str, ...] | None) -> list[Row]:
    """Return the drawable targets that were inspected at least once, whoever inspected them."""
    seen = {text(row.get("target_id")) for row in _inspected(source)}
    return [row for row in _wanted(source, only) if text(row.get("target_id")) in seen]


def _wanted(source: Source, only: tuple[str, ...] | None) -> list[Row]:
    bodies = drawable([*source.targets, *source.practitioners])
    return [row for row in bodies if only is None or text(row.get("target_type")) in only]


def _entry_rows(source: Source, *, published: bool) -> list[Row]:
    return [
        {**one.origin, "_unit": one.unit}
        for one in source.entries
        if one.state != NOT_PUBLIC and (not published or one.task_id in source.published)
    ]


def _due_rows(source: Source, *, in_time: bool) -> list[Row]:
    """Return the results that are published or should be by now; `in_time` only those published within their twenty working days."""
    found = []
    for one in source.entries:
        standing = source.published.get(one.task_id)
        on_time = standing is not None and not one.is_late(standing.on, source.on)
        if on_time or (not in_time and (standing is not None or one.is_late("", source.on))):
            found.append({**one.origin, "_unit": one.unit})
    return found


def _closed_cases(source: Source) -> list[Row]:
    return [row for row in source.transfers if text(row.get("case_filing")) == "已立案"]


def _carried(kind: str, source: Source) -> list[Row]:
    return list(source.matters.get(kind, ()))


def _ended(kind: str, source: Source) -> list[Row]:
    """Return what an earlier year left and this one ended, each leading to the row that ended it (R15, R65)."""
    return [{**row, "_ref": row.get("_ended") or row["_ref"]} for row in _carried(kind, source) if row["is_closed"]]


def _of_class(name: str, source: Source) -> list[Row]:
    return [row for row in source.inspectors if text(row.get("inspector_class")) == name]


CLASSES = {"B07": "行政执法类公务员", "B08": "具有行政执法资格的工作人员", "B09": "从事日常监管工作的人员"}
LEFT = (
    ("J01", "problems", "上年结转问题整改率", "上年结转、已整改到位的问题", "上年结转的未销号问题（逐条计）", "_unit"),
    ("J02", "transfers", "上年结转移送办结率", "上年结转、已反馈办理结果或不予立案的移送", "上年结转的未办结移送", "from_unit"),
    ("J03", "tasks", "上年结转任务完成率", "上年结转、已有结果或核减的本级任务", "上年结转的未完成本级任务", "unit"),
    ("J04", "publications", "上年结转公示率", "结转后已在上年工作文件夹公示（或经批准不公示）的结果", "结转时尚未公示的上年结果", "unit"),
)  # fmt: skip
"""Figures of what an earlier year left: id, kind of matter, name, above, below, the column of who has to end it."""
# Of C39: what is a penalty; 行业惩戒 is the association's, 不予处罚 and 移送司法 are none.
PENALTIES = frozenset(("警告", "罚款", "没收", "停业整顿", "停止执业", "停止从事鉴定", "撤销登记", "吊销证书"))

SPECS: tuple[Spec, ...] = (
    Spec(
        id="A01", name="报送完成率", above="已通过的应报表", below="应报表", basis="R02、R52", place=lambda row: text(row["unit"]),
        rows=lambda s: [row for row in s.board if row["accepted"]], base=lambda s: s.board,
    ),
    Spec(
        id="A02", name="按时报送率", above="期限内收到的应报表", below="应报表", basis="R04、R52", place=lambda row: text(row["unit"]),
        rows=lambda s: [row for row in s.board if row["on_time"]], base=lambda s: s.board,
    ),
    Spec(id="B01", name="抽查事项数", above="有效事项", below="", basis="R16", has_parts=False, rows=lambda s: s.items),
    Spec(
        id="B02", name="检查对象（机构）", above="机构名录中正常执业的机构", below="", basis="R19", place=_lies_in,
        rows=lambda s: drawable(s.targets),
    ),
    Spec(
        id="B03", name="检查对象（人员）", above="人员名录中正常执业的人员", below="", basis="R19", place=_lies_in,
        rows=lambda s: drawable(s.practitioners),
    ),
    Spec(
        id="B04", name="执法检查人员持证率", above="持证的执法检查人员", below="执法检查人员", basis="R21、R22",
        place=lambda row: text(row.get("unit_code")) or text(row.get("_unit")),
        rows=lambda s: [row for row in s.inspectors if is_officer(row)], base=lambda s: s.inspectors,
    ),
    Spec(id="B05", name="专家数", above="专家名录", below="", basis="R25、R53", rows=lambda s: s.experts),
    Spec(
        id="B06", name="含未掌握数据的对象", above="处罚、投诉或满意度为“未掌握”的机构", below="机构名录（含停业、注销的机构）", basis="R33", place=_lies_in,
        rows=lambda s: [row for row in s.targets if any(text(row.get(k)) == UNKNOWN for k in ("penalties_3y", "complaints_last_year", "satisfaction"))],
        base=lambda s: s.targets,
    ),
    *(
        Spec(
            id=number, name=name, above=f"人员类别为“{name}”的执法检查人员", below="执法检查人员", basis="R21",
            place=lambda row: text(row.get("unit_code")) or text(row.get("_unit")),
            rows=partial(_of_class, name), base=lambda s: s.inspectors,
        )
        for number, name in CLASSES.items()
    ),
    Spec(id="C01", name="抽查计划数", above="双随机计划", below="", basis="R26、R27", rows=lambda s: [r for r in s.plans if is_random(r)]),
    Spec(id="C02", name="本级检查任务数", above="本级派发的双随机任务", below="", basis="R29", place=lambda row: text(row.get("unit")), rows=standing),
    Spec(
        id="C04", name="本级任务完成率", above="已有结果、核减或状态终结的本级任务", below="本级派发的双随机任务", basis="R15、X25",
        place=lambda row: text(row.get("unit")),
        rows=lambda s: [row for row in standing(s) if s.ends.get(text(row["task_id"])) != OPEN], base=standing,
    ),
    Spec(
        id="C05", name="机构覆盖率", above="本年度经双随机至少检查一次的机构（含下级检查）", below="正常执业的机构（应全覆盖类型）", basis="R12、R45", place=_lies_in,
        rows=lambda s: _visited(s, COVERED_TYPES), base=lambda s: _wanted(s, COVERED_TYPES),
    ),
    Spec(
        id="C06", name="跨单位组队率", above="检查人员来自两个以上单位的本级双随机任务", below="本级派发的双随机任务", basis="R10、R42",
        place=lambda row: text(row.get("unit")), rows=_mixed, base=standing,
    ),
    Spec(
        id="D01", name="未发现问题", above="结果为“未发现问题”的双随机检查（含下级检查）", below="双随机已检查（含下级检查）", basis="R15", place=_finder,
        rows=lambda s: [r for r in _inspected(s) if text(r["result"]) == NOTHING_FOUND], base=_inspected,
    ),
    Spec(
        id="D02", name="发现问题率", above="发现问题的双随机检查（含下级检查）", below="双随机已检查（含下级检查）", basis="R15", place=_finder,
        rows=lambda s: [r for r in _inspected(s) if has_problem(r)], base=_inspected,
    ),
    Spec(
        id="D03", name="整改率", above="双随机检查发现、已整改到位的问题", below="双随机检查发现的问题（逐条计）", basis="R15、X30",
        rows=lambda s: [row for row in random_only(s.problems) if row["is_closed"]], base=lambda s: random_only(s.problems),
    ),
    Spec(id="D04", name="移送数", above="移送登记", below="", basis="R38", place=lambda r: text(r.get("from_unit")), rows=lambda s: s.transfers),
    Spec(
        id="D05", name="立案率", above="已立案的移送", below="移送登记", basis="R38", place=lambda r: text(r.get("from_unit")),
        rows=_closed_cases, base=lambda s: s.transfers,
    ),
    Spec(
        id="D06", name="作出处罚的案件", above="处理结果含行政处罚的移送", below="已立案的移送", basis="R38", place=lambda r: text(r.get("from_unit")),
        rows=lambda s: [row for row in _closed_cases(s) if PENALTIES & set(several(row.get("decisions")))], base=_closed_cases,
    ),
    Spec(
        id="E01", name="公示率", above="已公示的结果", below="办结结果减批准不公示", basis="R14、R37",
        rows=lambda s: _entry_rows(s, published=True), base=lambda s: _entry_rows(s, published=False),
    ),
    Spec(
        id="E02", name="批准不公示", above="经批准不公示的结果", below="", basis="R37、X26",
        rows=lambda s: [{**one.origin, "_unit": one.unit} for one in s.entries if one.state == NOT_PUBLIC],
    ),
    Spec(
        id="E03", name="按时公示率", above="结果批准后 20 个工作日内公示的结果", below="已公示和到期未公示的结果（批准不公示的不计）", basis="R14、X27",
        rows=lambda s: _due_rows(s, in_time=True), base=lambda s: _due_rows(s, in_time=False),
    ),
    Spec(id="F01", name="动态调整备案", above="变更记录", below="", basis="R54", rows=lambda s: s.changes),
    Spec(
        id="G01", name="日常检查", above="任务类型为日常检查的记录（不计入抽查比例）", below="", basis="R11、R46", place=_finder,
        rows=lambda s: [row for row in s.results if text(row.get("task_kind")) == DAILY_KIND and is_inspected(row)],
    ),
    Spec(
        id="G02", name="专项检查和个案处理", above="任务类型为专项检查、个案处理或复查的记录（不计入抽查比例）", below="", basis="R11、R39", place=_finder,
        rows=lambda s: [
            row for row in s.results if not is_random(row) and text(row.get("task_kind")) != DAILY_KIND and is_inspected(row)
        ],
    ),
    Spec(
        id="G03", name="日常和专项检查整改率", above="日常检查、专项检查、个案处理或复查发现、已整改到位的问题",
        below="日常检查、专项检查、个案处理或复查发现的问题（逐条计）", basis="R11、R15、R46",
        rows=lambda s: [row for row in s.problems if not is_random(row) and row["is_closed"]],
        base=lambda s: [row for row in s.problems if not is_random(row)],
    ),
    Spec(id="H01", name="培训场次", above="培训", below="", basis="R48", rows=lambda s: [r for r in s.activities if text(r.get("activity_kind")) == "培训"]),
    Spec(
        id="H02", name="培训人次", above="培训的人次", below="", basis="R48", amount=lambda row: whole(row.get("participants")) or 0,
        rows=lambda s: [r for r in s.activities if text(r.get("activity_kind")) == "培训"],
    ),
    Spec(id="H03", name="宣传次数", above="宣传", below="", basis="R49", rows=lambda s: [r for r in s.activities if text(r.get("activity_kind")) == "宣传"]),
    # What was carried belongs to the year that found it; here it is counted apart, so that it stands in one ledger at least.
    *(
        Spec(
            id=number, name=name, above=above, below=below, basis="R15、R65", place=partial(_at, owner),
            rows=partial(_ended, kind), base=partial(_carried, kind), is_rare=True,
        )
        for number, kind, name, above, below, owner in LEFT
    ),
)  # fmt: skip
RATIO = ("C03", "抽查比例", "本级抽中的对象", "锁定名单中的对象", "R13、X21")


def parts_of(unit: Unit) -> list[str]:
    """Return the units whose figures add up to those of `unit`: those below it that report, and its own level."""
    below = [one.code for one in loader.children(unit.code) if one.level in ("city", "county", "zone")]
    return [own_part(unit.code), *below]


def own_part(unit: str) -> str:
    """Return the code under which the own level of a unit is counted."""
    return f"{unit}{OWN}"


def part_of(code: str, unit: Unit) -> str:
    """Return the part of `unit` that `code` belongs to; what belongs to nobody below is the own level's."""
    known = loader.units()
    step = code
    while step in known and known[step].parent:
        if known[step].parent == unit.code and known[step].level in ("city", "county", "zone"):
            return step
        step = known[step].parent
    return own_part(unit.code)


def count(source: Source) -> list[Figure]:
    """Return every figure: of the unit as a whole first, then of each part that has anything to count.

    A figure that is rare (what was carried) is there only if it counts something.
    """
    found = []
    for spec in SPECS:
        above, below = list(spec.rows(source)), list(spec.base(source)) if spec.base else None
        if spec.is_rare and not below:
            continue
        found.append(_figure(spec, source.unit.code, above, below))
        if not spec.has_parts:
            continue
        split, base = _split(spec, above, source.unit), _split(spec, below or [], source.unit)
        found += [
            _figure(spec, part, split.get(part, []), base.get(part, []) if below is not None else None)
            for part in parts_of(source.unit)
            if split.get(part) or base.get(part)
        ]
    found += _ratios(source)
    # A reader looks for the totals first; the parts follow in the same order of figures.
    return sorted(found, key=lambda one: (one.unit != source.unit.code, one.id))


def _split(spec: Spec, rows: Sequence[Row], unit: Unit) -> dict[str, list[Row]]:
    found: dict[str, list[Row]] = {}
    for row in rows:
        found.setdefault(part_of(spec.place(row), unit), []).append(row)
    return found


def _figure(spec: Spec, unit: str, above: Sequence[Row], below: Sequence[Row] | None) -> Figure:
    return Figure(
        id=spec.id,
        name=spec.name,
        unit=unit,
        numerator=sum(spec.amount(row) for row in above),
        denominator=None if below is None else len(below),
        formula=spec.formula,
        rows=tuple(row["_ref"] for row in above),
        base_rows=tuple(row["_ref"] for row in below or ()),
    )


def frozen(source: Source) -> tuple[dict[str, dict[str, None]], set[str]]:
    """Return the targets of the frozen pools by type, and those drawn from them, over the own 双随机 draws that stand (R13)."""
    base: dict[str, dict[str, None]] = {}
    drawn: set[str] = set()
    for one in source.draws:
        if not one["is_void"] and is_random(one):
            drawn |= set(one["drawn"])
            for kind, names in one["base"].items():
                base.setdefault(kind, {}).update(dict.fromkeys(names))
    return base, drawn


def _ratios(source: Source) -> list[Figure]:
    """Return the sampling ratio of the own draws, overall and per type: drawn ÷ targets of the frozen pool.

    For the province also by the other reading: drawn ÷ all of its roster (R13).
    """
    known = {text(row.get("target_id")): row for row in (*source.targets, *source.practitioners)}
    base, drawn = frozen(source)
    kinds = [kind for kind in FIELD_OF_TYPE if kind in base]
    number, name, above, below, _ = RATIO
    groups = [("", name, below, [one for kind in kinds for one in base[kind]])] if kinds else []
    groups += [(f"-{place}", f"{name}（{kind}）", below, list(base[kind])) for place, kind in enumerate(kinds, 1)]
    if kinds and source.unit.level is Level.PROVINCE:
        roster = ratio.roster(source.targets, source.practitioners, source.items)
        # Who was drawn and left the roster since was in it when it was frozen: numerator and denominator keep him.
        every = list(dict.fromkeys([*(one for names in roster.values() for one in names), *sorted(drawn)]))
        groups.append(
            ("-R", f"{name}（按省级名录）", "省级名录中正常执业、省级可检查的对象（含抽取以后变动的）", every)
        )

    def refs(names: Sequence[str]) -> tuple[Ref, ...]:
        return tuple(known[one]["_ref"] for one in names if one in known)

    return [
        Figure(
            id=number + suffix,
            name=title,
            unit=source.unit.code,
            numerator=sum(one in drawn for one in names),
            denominator=len(names),
            formula=f"{above} ÷ {of}",
            rows=refs([one for one in names if one in drawn]),
            base_rows=refs(names),
        )
        for suffix, title, of, names in groups
    ]


def unit_name(code: str) -> str:
    """Return the name of a unit, or of the own level of one."""
    if code.endswith(OWN):
        return f"{loader.units()[code.removesuffix(OWN)].short_name}{OWN}"
    return loader.units()[code].name if code in loader.units() else code


def item_names(source: Source) -> dict[str, str]:
    """Return code -> name of every item of the list, and of those an office below refined for itself, as its records name them."""
    local = {text(row.get("item_code")): text(row.get("item_name")) for row in source.checklist}
    return local | {text(row["item_code"]): text(row["item_name"]) for row in source.items}


def summary(source: Source, total: Sequence[Figure]) -> list[str]:
    """Return the yearly summary in sentences, from the figures alone (R39, R51)."""
    by_id = {one.id: one for one in total}

    def shown(number: str) -> str:
        return by_id[number].shown if number in by_id else "—"

    lines = [
        f"{source.unit.name}{source.year}年本级派发双随机检查任务 {by_id['C02'].numerator} 个，完成 {shown('C04')}；"
        f"抽查比例 {shown('C03')}，机构覆盖率（含下级检查）{shown('C05')}。",
        f"含下级在内双随机检查 {by_id['D02'].denominator} 次，发现问题的占 {shown('D02')}，整改率 {shown('D03')}，移送 {by_id['D04'].numerator} 件；公示率 {shown('E01')}，其中按时公示 {shown('E03')}"
        + (f"，另有 {by_id['E02'].numerator} 项经批准不公示。" if by_id["E02"].numerator else "。"),
    ]
    names = item_names(source)
    common = top(random_only(source.problems), 3)
    if common:
        lines.append(
            "问题较多的事项：" + "；".join(f"{names.get(code, code)} {number} 个" for code, _, number in common) + "。"
        )
    return lines
