"""Transfers: who has jurisdiction over a suspected violation, in how many days, and how far the case is (谁管辖、谁负责).

R38; X29; domain 1.4: a county's finding on a notary goes to its city, in the four directly governed units and for every
forensic body to the province, legal aid stays at its level.
"""

from __future__ import annotations

import re
from datetime import timedelta
from typing import TYPE_CHECKING

from engine.rectify import TRANSFER
from engine.results import Doubt, has_problem
from engine.values import Row, by, day, several, text, yes
from schemas import loader
from schemas.declare import Level

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from datetime import date

    from schemas.declare import Policy


def authority(unit: str, target_type: str, policy: Policy) -> str:
    """Return the code of the unit that may punish what `unit` found at a target of `target_type` (X29).

    Punishing stays with the finder if it already is the authority.
    """
    rule = policy.value("jurisdiction", unit).get(target_type, "own")
    without_city = policy.value("jurisdiction_without_city", unit)
    if rule == "own":
        return unit
    province = str(without_city["to"])
    if rule == "province" or unit in without_city["units"]:
        return province
    finder = loader.units()[unit]
    while finder.level not in (Level.CITY, Level.PROVINCE):
        finder = loader.units()[finder.parent]
    return province if finder.code in without_city["units"] else finder.code


def is_due(result: Row) -> bool:
    """Return whether a result must lead to a transfer: a suspected violation, or 移送立案查处 ordered."""
    return yes(result.get("is_suspected_violation")) or TRANSFER in several(result.get("dispositions"))


def numbered(results: Sequence[Row], filed: Iterable[Row], given: Mapping[str, str], year: int) -> dict[str, str]:
    """Return task id -> number of its transfer: the one it was filed under or was given before, else the next free one.

    given: task id -> number, as returned the last time. A number belongs to one case for good (R38).
    """
    found = {**given, **{text(row.get("task_id")): text(row.get("transfer_id")) for row in filed}}
    used = {*given.values(), *found.values()}
    for row in sorted(results, key=lambda one: text(one["task_id"])):
        if is_due(row) and text(row["task_id"]) not in found:
            stem = f"{text(row.get('inspecting_unit'))}-{year}-Y"
            last = max(
                (int(one[len(stem) :]) for one in used if re.fullmatch(re.escape(stem) + r"[0-9]+", one)), default=0
            )
            found[text(row["task_id"])] = f"{stem}{last + 1:02d}"
            used.add(found[text(row["task_id"])])
    return found


def propose(
    results: Sequence[Row], problems: Sequence[Row], numbers: Mapping[str, str], filed: Sequence[Row], policy: Policy
) -> list[Row]:
    """Return pre-filled T13 rows, one per result that must be transferred and per open case; the evidence list is for people.

    numbers: task id -> transfer id (`numbered`). What was filed stands as it was filed; a closed case needs no further row.
    """
    cases = by(filed, "task_id")
    found: list[Row] = [{**row} for row in filed if not (yes(row.get("is_closed")) and text(row.get("feedback_on")))]
    due = (one for one in results if is_due(one) and text(one["task_id"]) not in cases)
    for row in sorted(due, key=lambda one: text(one["task_id"])):
        unit = text(row.get("inspecting_unit"))
        own = [one for one in problems if one["task_id"] == text(row["task_id"])]
        latest = day(row.get("approved_on")) or day(row.get("inspected_to"))
        found.append(
            {
                "transfer_id": numbers[text(row["task_id"])],
                "task_id": text(row["task_id"]),
                "subject_id": text(row.get("target_id")),
                "subject_name": text(row.get("target_name")),
                "violation": "；".join(text(one["problem"]) for one in own) or None,
                "legal_basis": "；".join(dict.fromkeys(text(one["legal_basis"]) for one in own if one["legal_basis"]))
                or None,
                "from_unit": unit,
                "to_unit": authority(unit, text(row.get("target_type")), policy),
                "transferred_on": None,
                "is_closed": False,
                "_due": (latest + timedelta(days=int(str(policy.value("transfer_days"))))).isoformat()
                if latest
                else None,
            }
        )
    return found


def lawful(transfers: Iterable[Row], units: Mapping[str, str]) -> list[Row]:
    """Return the rows of T13 that the office which made the visit, or one above it, sent out (谁检查、谁移送).

    units: task id -> inspecting unit; what comes from a task nobody knows stays, and is told otherwise.
    """
    return [
        row
        for row in transfers
        if (unit := units.get(text(row.get("task_id")))) is None or text(row.get("from_unit")) in loader.upward(unit)
    ]


def check(
    results: Sequence[Row],
    transfers: Sequence[Row],
    policy: Policy,
    on: date,
    known: Mapping[str, tuple[str, str]] | None = None,
    given: Mapping[str, str] | None = None,
) -> list[Doubt]:
    """Return transfers that are missing, late, addressed to the wrong authority, of another than was inspected, filed under
    another's number, or without feedback (X29, R38). known: id -> (name, institution) of the institutions and people of the
    registers. given: task id -> the number its transfer was given here (`numbered`).
    """
    owners = {number: task for task, number in (given or {}).items()}
    heads = by(results, "task_id")
    filed: dict[str, list[Row]] = {}
    for row in transfers:
        filed.setdefault(text(row.get("task_id")), []).append(row)
    days = int(str(policy.value("transfer_days")))
    found = []
    for row in results:
        name = text(row.get("task_id"))
        if is_due(row) and name not in filed:
            found.append(Doubt(rule="X24", subject=name, message=f"任务 {name} 涉嫌违法，没有移送登记。"))
    for name, rows in filed.items():
        result = heads.get(name)
        for row in rows:
            number = text(row.get("transfer_id"))
            if result is None:
                found.append(
                    Doubt(rule="X29", subject=number, message=f"移送 {number} 的来源任务 {name} 没有检查结果。")
                )
                continue
            if owners.get(number, name) != name:
                message = f"移送编号 {number} 已经给了任务 {owners[number]}，现在填在任务 {name}：一个编号只能用于一件移送，请改用 {(given or {}).get(name) or '新的编号'}。"
                found.append(Doubt(rule="X29", subject=number, message=message))
            found += _subject(row, number, text(result.get("target_id")), known or {})
            right = authority(text(row.get("from_unit")), text(result.get("target_type")), policy)
            if text(row.get("to_unit")) != right:
                message = (
                    f"移送 {number} 应移送{loader.units()[right].name}（{right}），填的是 {text(row.get('to_unit'))}。"
                )
                found.append(Doubt(rule="X29", subject=number, message=message))
            begun = day(result.get("approved_on")) or day(result.get("inspected_to"))
            sent = day(row.get("transferred_on"))
            if begun and sent and (sent - begun).days > days:
                found.append(Doubt(rule="X29", subject=number, message=f"移送 {number} 超过 {days} 天。"))
            found += _case(row, number, policy, on)
    return found


def _subject(row: Row, number: str, target: str, known: Mapping[str, tuple[str, str]]) -> list[Doubt]:
    """Return doubts about who is transferred: the inspected target, or a person of it, called as the register calls him."""
    subject, said = text(row.get("subject_id")), text(row.get("subject_name"))
    name, home = known.get(subject, ("", ""))
    if not subject or not known:
        return []
    if not name:
        message = f"移送 {number} 的对象编号 {subject} 不在名录内。"
    elif target not in (subject, home):
        message = f"移送 {number} 的对象 {subject} 不是来源任务检查的 {target}，也不是其人员。"
    elif said and said != name:
        message = f"移送 {number} 的对象 {subject} 在名录里是“{name}”，填的是“{said}”。"
    else:
        return []
    return [Doubt(rule="X29", subject=number, message=message)]


def _case(row: Row, number: str, policy: Policy, on: date) -> list[Doubt]:
    """Return doubts about the case: no decision after 90 days (行政处罚法 60), closed without feedback."""
    limit = int(str(policy.value("case_decision_days")))
    filed, decided = day(row.get("filed_on")), day(row.get("decided_on"))
    found = []
    if filed and ((decided or on) - filed).days > limit:
        found.append(
            Doubt(rule="X29", subject=number, message=f"移送 {number} 立案已超过 {limit} 天，没有按时作出决定。")
        )
    if yes(row.get("is_closed")) and not text(row.get("feedback_on")):
        found.append(Doubt(rule="X29", subject=number, message=f"移送 {number} 已办结，没有反馈日期。"))
    return found


def case_state(row: Row) -> str:
    """Return how far a case is: 移送 → 接收 → 立案/不予立案 → 决定 → 反馈 (domain 4.3)."""
    if yes(row.get("is_closed")) and text(row.get("feedback_on")):
        return "已反馈"
    for key, state in (("decided_on", "已决定"), ("case_no", "已立案")):
        if text(row.get(key)):
            return state
    if text(row.get("case_filing")) == "不予立案":
        return "不予立案"
    return "已接收" if text(row.get("received_on")) else "已移送"


def orphans(results: Sequence[Row], problems: Sequence[Row], transfers: Sequence[Row]) -> list[str]:
    """Return task ids whose findings lead nowhere: problems neither closed, nor in rectification, nor passed on (R15)."""
    passed = {text(row.get("task_id")) for row in transfers}
    followed = {text(row["task_id"]) for row in problems if text(row.get("rectify_by")) or row.get("is_closed")}
    return sorted(
        name
        for row in results
        if has_problem(row) and (name := text(row["task_id"])) not in passed and name not in followed
    )
