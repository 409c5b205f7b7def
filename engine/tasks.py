"""Tasks: one visit per target, with everything the team needs, and the states a task may pass through.

Several items of one target are one visit (X33, 优化营商环境条例 54). R30, R31, R50; domain 4.3.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from engine.model import Refused
from engine.values import Row, several, text

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from engine.plan import Plan

WAITING, NOTIFIED, INSPECTING, TO_ENTER, TO_REVIEW = "待派发", "已通知", "检查中", "待录入", "待审核"
RECTIFYING, TO_RECHECK, TRANSFERRED, CLOSED, ENDED = "整改中", "待复查", "已移送", "已完结", "已终止"
STEPS = {
    WAITING: (NOTIFIED, INSPECTING, ENDED),
    NOTIFIED: (INSPECTING, TO_ENTER, TO_REVIEW, ENDED),
    INSPECTING: (TO_ENTER, TO_REVIEW, ENDED),
    TO_ENTER: (TO_REVIEW, ENDED),
    TO_REVIEW: (TO_ENTER, RECTIFYING, TRANSFERRED, CLOSED, ENDED),
    RECTIFYING: (TO_RECHECK, TRANSFERRED, CLOSED),
    TO_RECHECK: (RECTIFYING, TRANSFERRED, CLOSED),
    TRANSFERRED: (CLOSED,),
    CLOSED: (),
    ENDED: (),
}
"""From each state of C35 the states that may follow."""

PERSONS = ("公证员", "司法鉴定人", "法律援助人员")
"""Types of target that are people: what is written to them speaks to a person, who may sit in an institution."""
RIGHTS = (
    "{you}对检查享有陈述、申辩的权利；认为检查人员与本次检查有利害关系、可能影响公正的，有权申请回避。"
    "检查人员不得少于两人，应当主动出示执法证件；不出示的，{you}有权拒绝检查。"
)
OWN_MATERIALS = {
    "公证": "公证员执业证、本人上年度以来承办的公证案卷目录、年度考核和培训记录、投诉处理记录",
    "司法鉴定": "司法鉴定人执业证、本人近一年鉴定案件登记和案卷目录、继续教育记录、投诉处理记录",
    "法律援助": "执业证或工作证、本人上年度以来承办的法律援助案卷目录、投诉处理记录",
}
MATERIALS = {
    "公证": "执业证书副本、上年度以来公证登记簿、案卷目录、收费标准和票据、内部管理制度、投诉处理记录",
    "司法鉴定": "许可证副本、鉴定人执业证、近一年鉴定案件登记和案卷目录、设备检定证书、收费票据、投诉处理记录",
    "法律援助": "案件受理登记、指派和结案材料、补贴发放凭证、投诉和异议处理记录",
    "公共法律服务体系建设": "事项目录清单和服务指南、值班表、服务台账、工作制度",
}
MINIMUM_OFFICERS = 2
_NUMBERED = re.compile(r"(?:^|[；;。\n])\s*(\d{1,2})[.．、]\s*")


def addressed(kind: str) -> str:
    """Return how a letter speaks to a target of this type."""
    return "你" if kind in PERSONS else "你单位"


def path(state: str, to: str) -> bool:
    """Return whether a task in `state` may reach `to` in one or more steps."""
    seen, waiting = set(), [state]
    while waiting:
        for after in STEPS[waiting.pop()]:
            if after == to:
                return True
            if after not in seen:
                seen.add(after)
                waiting.append(after)
    return False


def points(content: str) -> list[str]:
    """Return the numbered points of an item's content; a text without numbers is one point.

    >>> points("1.受理；2.告知；3.审查。")
    ['受理', '告知', '审查']
    """
    parts = _NUMBERED.split(content)
    if len(parts) < 3:
        return [content.strip().rstrip("。")] if content.strip() else []
    return [part.strip().rstrip("；;。") for part in parts[2::2] if part.strip()]


def items_for(plan_items: Sequence[str], kind: str, items: Mapping[str, Row]) -> list[Row]:
    """Return the items of the plan that apply to a type of target, in the plan's order."""
    return [items[code] for code in plan_items if code in items and kind in several(items[code].get("target_types"))]


def task_id(draw: str, number: int) -> str:
    """Return the id of the `number`-th task of a draw."""
    return f"{draw}-{number:03d}"


def named(people: Mapping[str, Row], ids: Sequence[str], *, lead: str | None = None, certificate: bool = True) -> str:
    """Return people as a team is written: `王示例（42122100101）；李示例（42122200102）`, the lead first."""
    ordered = sorted(ids, key=lambda one: one != lead)
    return "；".join(
        f"{people[one]['name']}（{people[one]['certificate']}）" if certificate else text(people[one]["name"])
        for one in ordered
    )


def tasks_of(
    plan: Plan,
    draw: str,
    teams: Sequence[Row],
    bodies: Mapping[str, Row],
    people: Mapping[str, Row],
    items: Mapping[str, Row],
    *,
    visits: Mapping[str, int],
    known: Mapping[str, str],
) -> list[Row]:
    """Return T09 rows, one per target of `teams` (`{target, inspectors, lead, experts}`).

    known: target id -> task id given before; a target called later gets the next number, an id is never used twice.
    Raises Refused for a team of fewer than two officers (行政处罚法 42).
    """
    numbers = dict(known)
    used = {int(one.rsplit("-", 1)[1]) for one in known.values()}
    rows = []
    for team in sorted(teams, key=lambda one: text(one["target"])):
        target = text(team["target"])
        if len(team["inspectors"]) < MINIMUM_OFFICERS:
            raise Refused(f"对象 {target} 的检查人员少于 2 人，不能派发。", "请先补齐检查组。")
        if target not in numbers:
            number = max(used, default=0) + 1
            used.add(number)
            numbers[target] = task_id(draw, number)
        body = bodies[target]
        fitting = items_for(plan.items, text(body["type"]), items)
        rows.append(_task(plan, draw, numbers[target], team, body, people, fitting, visits.get(target, 0)))
    return rows


def _task(
    plan: Plan, draw: str, name: str, team: Row, body: Row, people: Mapping[str, Row], items: Sequence[Row], visits: int
) -> Row:
    from engine.plan import FIELD_OF_TYPE

    field = FIELD_OF_TYPE[text(body["type"])]
    methods = [one for row in items for one in several(row.get("methods"))]
    bases = dict.fromkeys(text(row.get("legal_basis")) for row in items)
    return {
        "task_id": name,
        "draw_id": draw,
        "target_id": team["target"],
        "target_name": body["name"],
        "target_type": body["type"],
        "target_address": body["address"],
        "items": "\n".join(f"{row['item_code']} {row['item_name']}：{text(row.get('content'))}" for row in items)[
            :2000
        ],
        "item_codes": "；".join(text(row["item_code"]) for row in items),
        "item_names": "；".join(text(row["item_name"]) for row in items),
        "legal_basis": "\n".join(bases)[:2000],
        "inspectors": named(people, team["inspectors"], lead=team["lead"]),
        "experts": named(people, team["experts"], certificate=False) or None,
        "methods": "；".join(dict.fromkeys(one for one in methods if not plan.methods or one in plan.methods)),
        "starts_on": plan.starts_on.isoformat() if plan.starts_on else None,
        "ends_on": plan.ends_on.isoformat() if plan.ends_on else None,
        "visits_this_year": visits + 1,
        "rights_notice": RIGHTS.format(you=addressed(text(body["type"]))),
        "materials": (OWN_MATERIALS if body["type"] in PERSONS else MATERIALS).get(field),
        "institution": text(body.get("institution")) or None,
        "task_status": WAITING,
        "task_kind": plan.task_kind,
        "plan_id": plan.id,
        "plan_name": plan.name,
        "unit": plan.unit,
        "team": list(team["inspectors"]),
        "lead": team["lead"],
        "expert_ids": list(team["experts"]),
    }


def record_rows(task: Row, items: Mapping[str, Row]) -> dict[str, list[Row]]:
    """Return the pre-filled T10 of one task: who, what and the checklist; the result itself is left blank (X24)."""
    head = {
        "task_id": task["task_id"],
        "draw_id": task["draw_id"],
        "task_kind": text(task.get("task_kind")) or "双随机",
        "target_id": task["target_id"],
        "target_name": task["target_name"],
        "target_type": task["target_type"],
        "inspecting_unit": task["unit"],
        "entry_unit": task["unit"],
        "inspectors": task["inspectors"],
        "experts": task["experts"],
    }
    checklist = []
    for code in several(task["item_codes"]):
        item = items[code]
        wanted = points(text(item.get("standard")))
        for number, point in enumerate(points(text(item.get("content"))), 1):
            checklist.append(
                {
                    "task_id": task["task_id"],
                    "item_code": code,
                    "item_name": item["item_name"],
                    "point_no": number,
                    "point": point,
                    "standard": wanted[number - 1] if number <= len(wanted) else None,
                }
            )
    return {"results": [head], "checklist": checklist}


def status_after(result: Row | None, open_problems: int, transfer: Row | None, state: str) -> str:
    """Return the state a task has reached by what came back: no result, an end state, open problems, a transfer."""
    from engine.results import STATUS_RESULTS
    from engine.values import yes

    if result is None:
        return state
    if text(result.get("result")) in STATUS_RESULTS:
        return ENDED
    if transfer is not None and not yes(transfer.get("is_closed")):
        return TRANSFERRED
    if open_problems:
        return RECTIFYING
    if yes(result.get("is_closed")) or transfer is not None:
        return CLOSED
    # Everything was put right although the record of the visit was never touched again: the re-check closes the task.
    return CLOSED if text(result.get("rectify_by")) else TO_REVIEW
