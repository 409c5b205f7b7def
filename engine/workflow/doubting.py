"""What does not fit among results, rectifications and transfers: told to people, never corrected (X14, X24, X25, X29, X30, R15)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from engine import rectify, rollover, transfer
from engine import results as outcomes
from engine.plan import is_officer
from engine.results import Doubt
from engine.values import Row, by, day, text, yes
from engine.workflow.registers import Registers

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import date

    from engine.workflow.findings import Findings


def doubts(findings: Findings, on: date) -> list[Doubt]:
    """Return everything that does not fit on the day `on`; what offices below found and filed is theirs to answer for."""
    own = _own(findings)
    inside = {text(row.get("task_id")) for row in own}
    problems = [row for row in findings.problems(on) if row["task_id"] in inside]
    unit, earlier = findings.ws.unit.code, findings.carried.open("problems")

    def is_ours(row: Row) -> bool:
        return text(row.get("task_id")) in inside or unit in (text(row.get("_unit")), text(row.get("from_unit")))

    rectified = [
        row
        for row in findings.rows("T12", "rectifications")
        if is_ours(row) and text(row.get("problem_id")) not in earlier
    ]
    passed = [row for row in findings.transfers if is_ours(row)]
    found = of_results(findings, own) + _closed_too_early(own, problems)
    found += outcomes.check_ends(list(findings.tasks.values()), own, findings.requests())
    known = {**by(findings.results, "task_id"), **_tasks(findings)}
    found += outcomes.unlawful(findings.requests(), known)
    found += rectify.check(
        problems, rectified, findings.transfers, findings.ws.policy, officers=_officers_by_name(findings)
    )
    found += transfer.check(own, passed, findings.ws.policy, on, _listed(findings), findings.transfer_numbers)
    found += [
        Doubt(
            rule="X29",
            subject=text(row.get("transfer_id")),
            message=f"移送 {text(row.get('transfer_id'))} 的移送单位 {text(row.get('from_unit'))} 没有检查任务 {text(row.get('task_id'))}，没有采用；"
            "应由检查单位或其上级移送。",
        )
        for row in findings.foreign_transfers
        if is_ours(row)
    ]
    found += [
        Doubt(rule="R15", subject=name, message=f"任务 {name} 发现的问题没有整改，也没有移送。")
        for name in transfer.orphans(own, problems, findings.transfers)
    ]
    found += _still_listed(findings, own, on)
    return found + rollover.doubts(findings.own_matters(on))


GONE = ("注销", "撤销", "停业", "迁移")
"""Reasons (C18) for which a struck target is no more among those that must be covered."""


def _still_listed(findings: Findings, own: Sequence[Row], on: date) -> list[Doubt]:
    """Return the targets that a request or an own result says are gone while the register has them practise (X16, X25, R45)."""
    said = {
        text(row.get("subject_id")): f"已按 {text(row.get('request_id'))} 核减（{text(row.get('change_reason'))}）"
        for row in findings.requests()
        if text(row.get("request_type")) == outcomes.STRIKING
        and yes(row.get("is_approved"))
        and row.get("change_reason") in GONE
    }
    said |= {
        text(row.get("target_id")): f"检查结果为“{text(row.get('result'))}”"
        for row in own
        if text(row.get("result")) in outcomes.STATUS_RESULTS
    }
    if not said:
        return []
    registers = Registers(findings.ws, on)
    return [
        Doubt(
            rule="X25",
            subject=name,
            message=f"{text(row.get('name'))}（{name}）{said[name]}，名录里仍是正常执业，还算在应检查的对象里："
            "请更正名录，或者报一行“名录变更”（T16）。",
        )
        for row in (*registers.targets(), *registers.practitioners())
        if (name := text(row.get("target_id"))) in said and text(row.get("practice_state")) == "正常执业"
    ]


def _officers_by_name(findings: Findings) -> dict[str, list[date | None]]:
    """Return name -> until when each certificate under that name is valid."""
    found: dict[str, list[date | None]] = {}
    for row in findings.inspectors():
        if is_officer(row):
            found.setdefault(text(row.get("name")), []).append(day(row.get("certificate_valid_to")))
    return found


def of_results(findings: Findings, own: Sequence[Row]) -> list[Doubt]:
    """Return what in these results of this office is not as it was drawn or approved (X14, X24)."""
    inside = {text(row.get("task_id")) for row in own}
    lines = [row for row in findings.checklist if text(row.get("task_id")) in inside]
    return _checked(findings, own, lines, _tasks(findings))


def of_arrivals(findings: Findings, submissions: Sequence[int]) -> list[Doubt]:
    """Return the same of the results in these submissions alone: what arrived a moment ago, whatever else is there already."""
    store = findings.ws.store
    own, lines = (
        [values for one in submissions for _, _, values in store.table(one, sheet)[2]]
        for sheet in ("results", "checklist")
    )
    carried = findings.carried.open("tasks")
    names = {text(row.get("task_id")) for row in own}
    known = {name: carried.get(name) or store.document("task", name) for name in names}
    return _checked(findings, own, lines, {name: task for name, task in known.items() if task})


def _checked(findings: Findings, own: Sequence[Row], lines: Sequence[Row], tasks: Mapping[str, Row]) -> list[Doubt]:
    officers = {
        text(row.get("certificate_no")): day(row.get("certificate_valid_to"))
        for row in findings.inspectors()
        if is_officer(row)
    }
    return outcomes.check(own, lines, tasks, findings.requests(), officers=officers)


def barred(findings: Findings) -> dict[str, str]:
    """Return task id -> why its result must not be published: not drawn, not by the drawn team, before the draw (X14, X24).

    An office that dispatched nothing here draws elsewhere; its results are only told about.
    """
    if not _tasks(findings):
        return {}
    return {one.subject: one.message for one in of_results(findings, _own(findings)) if one.bars}


def _own(findings: Findings) -> list[Row]:
    return [row for row in findings.results if text(row.get("inspecting_unit")) == findings.ws.unit.code]


def _tasks(findings: Findings) -> dict[str, Row]:
    return {**findings.carried.open("tasks"), **findings.tasks}


def _listed(findings: Findings) -> dict[str, tuple[str, str]]:
    """Return id -> (name, institution) of the institutions and people of the registers."""
    found = {text(row.get("target_id")): (text(row.get("name")), "") for row in findings.targets()}
    return found | {
        text(row.get("target_id")): (text(row.get("name")), text(row.get("institution_id")))
        for row in findings.practitioners()
    }


def _closed_too_early(own: Sequence[Row], problems: Sequence[Row]) -> list[Doubt]:
    """Return the results that say 完结 while a problem of theirs is not struck off (X30)."""
    left: dict[str, int] = {}
    for row in problems:
        left[row["task_id"]] = left.get(row["task_id"], 0) + (not row["is_closed"])
    return [
        Doubt(rule="X30", subject=name, message=f"任务 {name} 填了已完结，还有 {left[name]} 个问题没有复查销号。")
        for row in own
        if yes(row.get("is_closed")) and left.get(name := text(row["task_id"]))
    ]
