"""Winter: training and publicity, what changed in the rosters, the annual ledger."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from engine.workflow import collect, conclude
from schemas import loader
from simulate import pen
from simulate.bodies import PROVINCE
from simulate.inspections import working
from simulate.offices import associations_of, cover, practitioner_row, target_row
from simulate.people import stream
from simulate.reporting import legal_aid
from simulate.scene import file_name
from simulate.turnover import after_autumn, autumn

if TYPE_CHECKING:
    from simulate.bodies import Body
    from simulate.offices import Row
    from simulate.people import Practitioner
    from simulate.scene import Scene


def activities(scene: Scene, unit: str) -> None:
    """Enter one training and one publicity event of an office (T18; R48, R49)."""
    name, when = loader.units()[unit].name, scene.day(11, 27)
    rng = stream(scene.population.seed, "activities", unit)
    shared: Row = {"organiser": name, "organiser_level": "省级" if unit == PROVINCE else "市级"}
    rows: list[Row] = [
        {
            **shared,
            "activity_kind": "培训",
            "held_on": scene.day(4, 10).date().isoformat(),
            "topic": "双随机执法检查业务培训",
            "audience": "执法检查人员",
            "participants": 20 + rng.randrange(60),
            "hours": 8,
        },
        {
            **shared,
            "activity_kind": "宣传",
            "held_on": scene.day(6, 15).date().isoformat(),
            "topic": "“双随机、一公开”政策宣传",
            "channel": ("广播", "电视", "报纸", "网络")[rng.randrange(4)],
            "audience": "社会公众",
            "participants": 500 + rng.randrange(2000),
        },
    ]
    data = scene.filled("T18", unit, {"activities": rows}, when.date())
    scene.receive(unit, [scene.mail(unit, when.date(), unit, file_name(scene, "T18", unit), data)], when)


# ---- what changed -------------------------------------------------------------------------------------------------


def changes(scene: Scene, unit: str) -> int:
    """Let a city send its rosters anew, with the decisions behind each change, and file them (T14); return how many rows."""
    when = scene.day(12, 10)
    bodies, members, requests = _changed(scene, unit)
    signed: dict[str, Any] = {"on": when.date(), "explanation": "年末名录更新，变动情况见变更申请。"}
    files = {
        "T02": scene.filled("T02", unit, {"targets": bodies, "legal_aid": legal_aid(scene, unit)}, **signed),
        "T03": scene.filled("T03", unit, {"practitioners": members}, **signed),
        "T16": scene.filled("T16", unit, {"requests": requests}, when.date()),
    }
    paths = [scene.mail(unit, when.date(), unit, file_name(scene, code, unit, 2), data) for code, data in files.items()]
    scene.receive(unit, paths, when)
    collect.consolidate(scene.offices[unit], at=when.replace(hour=16))
    return len(requests)


def _changed(scene: Scene, unit: str) -> tuple[list[Row], list[Row], list[Row]]:
    """Return the rosters of a city at the end of the year and a T16 row per change of its autumn."""
    known, year = loader.units(), scene.year
    people, found = after_autumn(scene.population), autumn(scene.population, unit)
    owned = people.bodies_of(unit)
    titles = {one.id: one.name for one in owned}
    bodies = [target_row(one, year, known[one.supervisor].name) for one in owned]
    members = [practitioner_row(one, year, titles[one.body]) for one in people.practitioners_of(unit)]
    told: tuple[tuple[Body | Practitioner, Any], ...] = (
        (found.headed[1], ("负责人", found.headed[0].head, found.headed[1].head, "负责人变更")),
        (found.moved[1], ("执业场所地址", found.moved[0].address, found.moved[1].address, "地址变更")),
        (found.retired[1], ("执业状态", found.retired[0].state, found.retired[1].state, "退休")),
        (found.appointed, ("新增", None, found.appointed.person.name, "新任")),
    )
    rows = {str(row["target_id"]): row for row in (*bodies, *members)}
    requests = [_request(scene, unit, number, rows[who.id], change) for number, (who, change) in enumerate(told, 1)]
    return bodies, members, requests


def _request(scene: Scene, unit: str, number: int, row: Row, change: tuple[str, object, object, str]) -> Row:
    """Return the T16 row of one change: heading, value before, value after, reason."""
    title, old, new, reason = change
    signed = cover(scene.population, unit, scene.day(12, 1).date())
    kind = "对象人员" if str(row["target_id"]).startswith("P-") else "对象机构"
    return {
        "request_id": f"{unit}-{scene.year}-Q{number + 10:02d}",
        "request_type": "名录变更",
        "register": kind,
        "subject_id": row["target_id"],
        "changed_field": title,
        "old_value": old,
        "new_value": new,
        "effective_on": working(scene.day(11, 2).date()).isoformat(),
        "change_reason": reason,
        "explanation": f"{row['name']}{reason}",
        "evidence": f"{loader.units()[unit].short_name}备案登记",
        "applicant": signed["filled_by"],
        "applied_on": working(scene.day(10, 26).date()).isoformat(),
        "opinion": "同意",
        "decided_by": signed["approved_by"],
        "decided_on": working(scene.day(10, 29).date()).isoformat(),
        "is_approved": True,
    }


def file_changes(scene: Scene, unit: str) -> int:
    """Compute the change filing of an office, complete and sign it, and enter it; return how many rows it has (R54)."""
    office, when = scene.offices[unit], scene.day(12, 18)
    found = conclude.changes(office, at=when, out=office.root / "汇总")
    blank = Path(found["file"]).read_bytes()
    rows: list[Row] = []
    signed = cover(scene.population, unit, when.date())
    for row in found["rows"]:
        asked = ("change_reason", "change_basis", "effective_on", "approved_by")
        given = {
            "change_reason": "其他",
            "change_basis": "年末名录核对",
            # What nobody asked for was found when the year began: who came then was on visits all summer.
            "effective_on": scene.day(1, 1).date().isoformat(),
            "approved_by": signed["approved_by"],
        }
        rows.append({key: row.get(key) or given[key] for key in asked})
    data = pen.fill(blank, rows={"changes": rows}, cover=signed)
    scene.receive(unit, [scene.mail(unit, when.date(), unit, file_name(scene, "T14", unit), data)], when)
    return len(rows)


def zero_reports(scene: Scene) -> None:
    """Let the provincial associations report that nothing changed among their experts (R54)."""
    when = scene.day(12, 22)
    for association in associations_of(scene.population, PROVINCE):
        signed = cover(scene.population, association, when.date(), "本年度专家名录没有变动。")
        data = pen.fill(scene.blank("T14", association), cover={**signed, "is_zero_report": True})
        path = scene.mail(PROVINCE, when.date(), association, file_name(scene, "T14", association), data)
        scene.receive(PROVINCE, [path], when)


# ---- ledger -------------------------------------------------------------------------------------------------------


def ledger(scene: Scene, unit: str) -> dict[str, Any]:
    """Close the year of an office: write its ledger, trace one of its figures, check every byte."""
    office = scene.offices[unit]
    return conclude.ledger(office, at=scene.day(12, 31, 17), out=office.root / "台账")
