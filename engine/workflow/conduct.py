"""Conduct the year's inspections: plan, freeze, draw, assign, replace, verify, dispatch - in this order and no other.

Every verb takes an open workspace and the moment `at`, changes the store in one transaction, writes the bundle or the
packets, and returns a plain dict that `report` shows (`lines` in Chinese). Secrets and numbers are arguments.

Documents kept: `freeze/<draw>`, `draw/<draw>`, `assign/<draw>`, `log/<draw>`, `task/<task>`.
"""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

from engine import plan as planning
from engine import prefilled, proposal, ratio
from engine.values import by, text
from engine.workflow.drawing import assign, draw, verify
from engine.workflow.freezing import freeze, review, without_experts
from engine.workflow.inspecting import dispatch, follow_up
from engine.workflow.registers import Registers
from engine.workflow.replacing import replace, void
from engine.workflow.stage import Stage, draws_of
from schemas.declare import Level

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from engine.workspace import Workspace

# ---- plan ---------------------------------------------------------------------------------------------------------


def plan(ws: Workspace, *, at: datetime, out: Path | None = None) -> dict[str, Any]:
    """Return the state of this office's plans: shares, floors, capacity, what stands in the way (R26-R29).

    For the province also the ratio of the year by both readings of 省级检查对象 (R13).

    With `out` a T07 workbook pre-filled for this office is written there (a folder gets the standard name).
    """
    registers = Registers(ws, at.date())
    lines, reviews, found_all = [], [], []
    plans = [planning.read_plan(row, ws.unit.code) for row in registers.plans()]
    for one in plans:
        found = review(ws, registers, one)
        found_all.append(found)
        locked = draws_of(ws, found.plan.id)
        drawn = [name for name in locked if not Stage(ws, name).is_void]
        voided = [name for name in locked if name not in drawn]
        untimely = [] if drawn else [*planning.timing(one, at.date()), *without_experts(registers, found)]
        reviews.append({**found.document(), "draws": locked, "void": voided})
        lines.append(
            f"{found.plan.id} {found.plan.name}：对象 {found.base} 个，拟抽 {found.size} 个"
            + (f"，此前已作废 {len(voided)} 次（{'、'.join(voided)}）" if voided else "")
            + (
                f"，已锁定名单 {len(drawn)} 次（{'、'.join(drawn)}）。"
                if drawn
                else "，可以锁定名单。"
                if not (found.problems or untimely)
                else "，尚不能抽取。"
            )
        )
        lines += [
            f"  {share.target_type}：基数 {share.base}，抽 {share.size}（下限 {share.floor}）" for share in found.shares
        ]
        lines += [
            f"  {load.field}：{load.visits} 次检查，可派 {load.people} 人，人均 {_each(load)} 次"
            + (f"，检查期间 {load.days} 个工作日" if load.days else "")
            for load in (*found.loads, found.total)
        ]
        lines += [f"  ！{one}" for one in (*found.problems, *untimely, *found.hints)]
    cap = ws.policy.value("visits_per_target_cap", ws.unit.code)
    lines += [
        f"  ！{one.id} 和 {other.id} 在 {first} 至 {last} 都要检查{'、'.join(types)}：同一对象一年最多 {cap} 次，到数的不再列入抽取。"
        for one, other, types, first, last in planning.overlaps(plans)
    ]
    known = by(registers.targets(), "target_id")
    lines += [
        f"  ！{text(known[name].get('name'))}（{name}）：{one.ignored}。"
        for name, one in sorted(registers.judgements().items())
        if one.ignored
    ]
    readings = _year(ws, registers, found_all)
    lines += ratio.lines(readings)
    overdue = _due_line(ws, plans, at.date())
    lines += overdue
    written = None
    if out is not None:
        written = _write_plan_form(ws, registers, Path(out))
        lines.append(f"已预填年度抽查计划表：{written}")
    if not reviews:
        lines.insert(0, "还没有已接收的年度抽查计划（T07）。")
    return {
        "plans": reviews,
        "year": [
            {
                "reading": one.name,
                "base": one.base,
                "sample_size": one.size,
                "floor": one.floor,
                "short": list(one.short),
            }
            for one in readings
        ],
        "written": str(written) if written else None,
        "lines": lines,
        "must_act": any(one["problems"] for one in reviews)
        or any(one.decides and one.short for one in readings)
        or bool(overdue and at.date() > planning.due(ws.policy, ws.year)),
    }


def _year(ws: Workspace, registers: Registers, reviews: Sequence[planning.Review]) -> list[ratio.Reading]:
    """Return the ratio of the year by both readings, for the province once its yearly plan is there (R13)."""
    if ws.unit.level is not Level.PROVINCE or not any(planning.is_yearly(one.plan) for one in reviews):
        return []
    known = ratio.roster(registers.targets(), registers.practitioners(), registers.items())
    return ratio.yearly(reviews, known, ws.policy, ws.unit.code)


def _due_line(ws: Workspace, plans: Sequence[planning.Plan], on: date) -> list[str]:
    """Say until when the yearly plan of this office is due while there is none; counties and associations owe none (R26, R27)."""
    if ws.unit.level not in (Level.PROVINCE, Level.CITY) or any(planning.is_yearly(one) for one in plans):
        return []
    last = planning.due(ws.policy, ws.year)
    left = (last - on).days
    said = f"还有 {left} 天" if left > 0 else "就是今天" if left == 0 else f"已逾期 {-left} 天，请尽快制定、批准并接收"
    return [f"{'  ！' if left < 0 else ''}年度抽查计划应在 {last} 前制定：{said}。"]


def _each(load: planning.Load) -> str:
    return "—" if load.per_person is None else f"{float(load.per_person):.1f}"


def _write_plan_form(ws: Workspace, registers: Registers, out: Path) -> Path:
    season = (
        planning.season_day(ws.policy, "season_start", ws.year),
        planning.season_day(ws.policy, "season_end", ws.year),
    )
    proposed = proposal.propose(
        ws.unit, ws.year, registers.items(), registers.counts(), ws.policy, start=date(ws.year, 6, 1), end=season[1]
    )
    name, data = prefilled.form("T07", {"plans": proposed}, ws.unit, ws.year, policy=ws.policy)
    target = out if out.suffix == ".xlsx" else out / name
    ws.write_atomic(target.resolve(), data)
    return target


__all__ = [
    "Registers", "Stage", "assign", "dispatch", "draw", "follow_up", "freeze", "plan", "replace", "verify", "void",
]  # fmt: skip
