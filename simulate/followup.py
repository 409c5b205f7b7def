"""After the visits: problems put right and checked again by two officers, violations passed on to whoever has jurisdiction."""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING

from engine import rectify, transfer
from engine.values import rows as rows_of
from simulate.inspections import VIOLATIONS, names, rectified, working
from simulate.people import stream
from simulate.scene import file_name

if TYPE_CHECKING:
    from simulate.offices import Row
    from simulate.scene import Scene

STILL_OPEN = 9
"""Every so many problems one is not put right when the year ends."""


def follow(scene: Scene, unit: str) -> dict[str, int]:
    """Let an office file rectifications (T12) and transfers (T13) for what its teams found; return how many of each."""
    store = scene.offices[unit].store
    results = rows_of(store.accepted("T10", "results"))
    problems = rectify.problems(results, rows_of(store.accepted("T10", "checklist")))
    teams = {str(row["task_id"]): names(row["inspectors"]) for row in results}
    ordered = [row for row in problems if row["rectify_by"]]
    paths = []
    when = scene.day(11, 25)
    if ordered:
        typed = [
            _public(
                rectified(
                    row, seed=scene.population.seed, team=teams[str(row["task_id"])], open_one=_stays_open(number)
                )
            )
            for number, row in enumerate(ordered, 1)
        ]
        data = scene.filled("T12", unit, {"rectifications": typed}, when.date())
        paths.append(scene.mail(unit, when.date(), unit, file_name(scene, "T12", unit), data))
    moved = transfer.propose(results, problems, scene.year, scene.offices[unit].policy)
    if moved:
        kinds = {str(row["task_id"]): row for row in results}
        typed = [_transferred(scene, row, kinds[str(row["task_id"])]) for row in moved]
        data = scene.filled("T13", unit, {"transfers": typed}, when.date())
        paths.append(scene.mail(unit, when.date(), unit, file_name(scene, "T13", unit), data))
    if paths:
        scene.receive(unit, paths, when)
    open_ones = sum(_stays_open(number) for number in range(1, len(ordered) + 1))
    return {
        "problems": len(problems),
        "ordered": len(ordered),
        "rectified": len(ordered) - open_ones,
        "transferred": len(moved),
    }


def _stays_open(number: int) -> bool:
    return number % STILL_OPEN == 0


def _public(row: Row) -> Row:
    return {key: value for key, value in row.items() if not key.startswith("_")}


def _transferred(scene: Scene, row: Row, result: Row) -> Row:
    """Return the T13 row of one transfer: sent within the week, received, a case opened, decided in the autumn."""
    rng = stream(scene.population.seed, "transfer", row["task_id"])
    approved = date.fromisoformat(str(result["approved_on"]))
    sent = working(approved + timedelta(days=2))
    filed = working(sent + timedelta(days=5))
    decided = working(filed + timedelta(days=25))
    done = decided <= scene.day(11, 20).date()
    number = rng.randrange(1, 90)
    return {
        **_public(row),
        "violation": VIOLATIONS[str(result["target_type"])],
        "evidence_list": "现场检查笔录 1 份；案卷复印件 3 份",
        "transferred_on": sent.isoformat(),
        "received_on": working(sent + timedelta(days=1)).isoformat(),
        "received_by": "接收员甲",
        "case_filing": "已立案",
        "case_no": f"〔{scene.year}〕第{number}号",
        "filed_on": filed.isoformat(),
        "decisions": "警告" if done else None,
        "decided_on": decided.isoformat() if done else None,
        "decision_published_on": working(decided + timedelta(days=5)).isoformat() if done else None,
        "is_closed": done,
        "feedback_on": working(decided + timedelta(days=7)).isoformat() if done else None,
    }
