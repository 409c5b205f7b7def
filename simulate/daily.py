"""What is not drawn by lot: daily inspections of the counties, and the one result that lawfully stays unpublished.

Counties look after what lies on their doorstep all year round (R46); what they find is counted apart and enters no ratio
(R11). Where 咸宁 has passed a violation on and the case is being investigated, its result is not published: reason,
request, decision and who decided stand in a T16 (R37, X26).
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from schemas import loader
from simulate import requests
from simulate.bodies import XIANNING, counties_of
from simulate.inspections import NOTHING, ORDERED, PENDING, PLANTED, free, working
from simulate.offices import daily_keepers, daily_visits
from simulate.people import stream
from simulate.scene import file_name

if TYPE_CHECKING:
    from datetime import date

    from simulate.bodies import Body
    from simulate.offices import Row
    from simulate.people import Inspector
    from simulate.scene import Scene

FAULT = {
    "公共法律服务中心": ("PLS-04", "服务指南未更新", "《湖北省公共法律服务条例》第十一条。"),
    "法律援助机构": ("LA-07", "无障碍设施被占用", "《中华人民共和国法律援助法》第四十五条。"),
}
"""Kind of body -> (item that a county looks at, what it may find there, on which ground)."""


def inspect(scene: Scene) -> int:
    """Let the counties send their city a register of the year's daily inspections; return how many there are."""
    when, count = scene.day(11, 24, 15), 0
    for county in daily_keepers(scene.population):
        city = next(one.code for one in scene.population.cities if county in {sub.code for sub in counties_of(one)})
        officers = scene.population.officers_of(county)
        found = [
            _visit(scene, county, number, body, officers, has_fault=has_fault)
            for number, (body, has_fault) in enumerate(daily_visits(scene.population, county), 1)
        ]
        if found:
            rows = {"results": [head for head, _ in found], "checklist": [line for _, line in found]}
            data = scene.filled("T10", county, rows, when.date())
            scene.receive(city, [scene.mail(city, when.date(), county, file_name(scene, "T10", county), data)], when)
            count += len(found)
    return count


def _visit(
    scene: Scene, county: str, number: int, body: Body, officers: tuple[Inspector, ...], *, has_fault: bool
) -> tuple[Row, Row]:
    """Return the T10 row and the one checklist line of a daily inspection; a fault was put right while they waited."""
    rng = stream(scene.population.seed, "daily", county, scene.year, number)
    team = [one.certificate for one in officers]
    on, _ = free(scene.busy, team, scene.day(3, 10).date() + timedelta(days=rng.randrange(220)))
    name, signed = f"{county}-{scene.year}-R{number:02d}", working(on + timedelta(days=2))
    number_of_item, problem, basis = FAULT[body.kind]
    item = next(row for row in loader.provincial_items(scene.year) if row["item_code"].endswith(f"-{number_of_item}"))
    head: Row = {
        "task_id": name,
        "task_kind": "日常检查",
        "target_id": body.id,
        "target_name": body.name,
        "target_type": body.kind,
        "inspecting_unit": county,
        "entry_unit": county,
        "inspectors": "；".join(f"{one.person.name}（{one.certificate}）" for one in officers),
        "inspected_from": on.isoformat(),
        "inspected_to": on.isoformat(),
        "methods": "实地核查",
        "result": ORDERED if has_fault else NOTHING,
        "severity": "轻微" if has_fault else None,
        "dispositions": "当场改正" if has_fault else "无需后续处置",
        "is_suspected_violation": False,
        "target_opinion": "无异议",
        "is_signed": True,
        "reviewed_by": officers[0].person.name,
        "approved_by": "孔签批",
        "approved_on": signed.isoformat(),
        "is_public": True,
        "is_closed": True,
        "closed_on": signed.isoformat(),
        "entered_by": officers[-1].person.name,
        "entered_on": signed.isoformat(),
    }
    line: Row = {
        "task_id": name,
        "item_code": item["item_code"],
        "item_name": item["item_name"],
        "point_no": 1,
        "point": "日常巡查",
        "is_checked": True,
        "has_problem": has_fault,
        "problem": problem if has_fault else None,
        "legal_basis": basis if has_fault else None,
        "handling": "当场改正" if has_fault else None,
    }
    return head, line


# ---- what is not published --------------------------------------------------------------------------------------


def withheld(scene: Scene, unit: str, row: Row) -> Row:
    """Return the result as it is sent: the planted case of 咸宁 is investigated, so its result stays unpublished."""
    if unit != XIANNING or row["target_id"] != PLANTED or row["result"] != PENDING:
        return row
    request = f"{XIANNING}-{scene.year}-Q02"
    return {**row, "is_public": False, "nonpublic_reason": "正在立案调查", "nonpublic_request": request}


def ask_to_withhold(scene: Scene, row: Row, on: date) -> None:
    """File the approved request behind a result that is not published (X26)."""
    requests.approved(
        scene,
        scene.day(on.month, on.day),
        request_id=row["nonpublic_request"],
        request_type="不公示审批",
        reference=row["task_id"],
        subject_id=row["target_id"],
        explanation="涉嫌违法，案件正在调查，公开可能影响执法活动（政府信息公开条例第十六条），结案后再行公示",
        evidence="移送审批表",
    )
