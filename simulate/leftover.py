"""What one year leaves to the next, and how the next one ends it: a postponed visit, open problems, cases without an end.

Only played when another year follows or went before (R65).
"""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from engine.workflow import conduct
from simulate import pen, publishing, requests
from simulate.bodies import XIANNING
from simulate.inspections import after, names, rectified, visited, working
from simulate.offices import cover

if TYPE_CHECKING:
    from simulate.offices import Row
    from simulate.scene import Scene


def asked_on(scene: Scene) -> date:
    """Return the day on which the postponement is applied for and approved."""
    return scene.day(10, 15).date()


def postpone(scene: Scene, task: Row) -> None:
    """Let one visit of 咸宁 wait for the next spring: applied for and approved, the task stays open (T16 检查延期)."""
    on = asked_on(scene)
    requests.approved(
        scene,
        scene.day(on.month, on.day),
        request_id=f"{XIANNING}-{scene.year}-Q03",
        request_type="检查延期",
        reference=task["task_id"],
        subject_id=task["target_id"],
        new_value=f"{scene.year + 1}-03-31",
        explanation="检查对象搬迁，办公场所尚未启用，延期至次年 3 月检查",
    )
    scene.say("10 月　咸宁市一次检查经批准延期至次年。")


def settle(scene: Scene, unit: str) -> dict[str, int]:
    """Let an office end in spring what the year before left open; return how many of each it ended."""
    office, when = scene.offices[unit], scene.day(3, 18)
    found = conduct.follow_up(office, at=when, out=office.root / "任务" / "上年未了")
    day, paths = when.date(), []
    counts = {"problems": 0, "transfers": 0, "tasks": 0}
    for path in map(Path, found["files"]):
        blank = path.read_bytes()
        sheets = pen.read(blank)
        if "rectifications" in sheets:
            sheets["rectifications"] = [_put_right(scene, row) for row in sheets["rectifications"]]
            counts["problems"] += len(sheets["rectifications"])
        if "transfers" in sheets:
            sheets["transfers"] = [_decided(row) for row in sheets["transfers"]]
            counts["transfers"] += len(sheets["transfers"])
        data = pen.fill(blank, rows=sheets, cover=cover(scene.population, unit, day))
        paths.append(scene.mail(unit, day, unit, path.name, data))
    for path in (Path(one) for one in found["packets"] if one.endswith("_检查记录.xlsx")):
        data = _visit(scene, unit, path.read_bytes(), day)
        paths.append(scene.mail(unit, day, unit, path.name, data))
        counts["tasks"] += 1
    if paths:
        scene.receive(unit, paths, when.replace(hour=16))
    if counts["tasks"]:
        publishing.publish(scene, unit, scene.day(3, 19, 15))
    return counts


def _put_right(scene: Scene, row: Row) -> Row:
    """Return a problem of last year after two officers saw in March that it is put right."""
    team = names("王复查；李复查")
    seen, due = scene.day(3, 16).date(), date.fromisoformat(str(row["rectify_by"]))
    done = rectified(row, seed=scene.population.seed, team=team, is_open=False)
    return {**done, "rechecked_on": seen.isoformat(), "overdue_days": max(0, (seen - due).days)}


def _decided(row: Row) -> Row:
    """Return a transfer of last year with the decision, within 90 days of the opened case, and the feedback of the authority."""
    decided = working(date.fromisoformat(str(row["filed_on"])) + timedelta(days=82))
    return {
        **row,
        "decisions": "警告",
        "decided_on": decided.isoformat(),
        "decision_published_on": after(decided, 3).isoformat(),
        "is_closed": True,
        "feedback_on": after(decided, 5).isoformat(),
    }


def _visit(scene: Scene, unit: str, blank: bytes, day: date) -> bytes:
    """Return the record of the postponed visit: made in March by the team that was drawn."""
    rows = pen.read(blank)
    season = (day.replace(day=2), day)
    row, points = visited(
        rows["results"][0],
        rows["checklist"],
        seed=scene.population.seed,
        season=season,
        may_transfer=False,
        busy=scene.busy,
    )
    scene.typed["found"] += sum(bool(one["has_problem"]) for one in points)
    return pen.fill(blank, rows={"results": [row], "checklist": points}, cover=cover(scene.population, unit, day))
