"""After the visits: problems put right and checked again by two officers, violations passed on to whoever has jurisdiction."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from engine.values import by
from engine.values import rows as rows_of
from engine.workflow import conduct
from simulate import pen
from simulate.inspections import PLANTED, VIOLATIONS, names, rectified, working
from simulate.offices import cover
from simulate.people import stream

if TYPE_CHECKING:
    from simulate.offices import Row
    from simulate.scene import Scene

STILL_OPEN = 6
"""Every so many problems one is not put right when the year ends."""


def follow(scene: Scene, unit: str) -> dict[str, int]:
    """Let an office file rectifications (T12) and transfers (T13) for what its teams found; return how many of each."""
    office, when = scene.offices[unit], scene.day(11, 25)
    results = by(rows_of(office.store.accepted("T10", "results")), "task_id")
    found = conduct.follow_up(office, at=when, out=office.root / "任务" / "整改和移送")
    counts = {"problems": 0, "rectified": 0, "transferred": 0, "pending": 0}
    paths = []
    for path in map(Path, found["files"]):
        blank = path.read_bytes()
        sheets = {}
        for sheet, rows in pen.read(blank).items():
            fill = _rectifications if sheet == "rectifications" else _transfers
            sheets[sheet] = fill(scene, rows, results)
        counts["problems"] += len(sheets.get("rectifications", ()))
        counts["rectified"] += sum(row["is_closed"] is True for row in sheets.get("rectifications", ()))
        counts["transferred"] += len(sheets.get("transfers", ()))
        counts["pending"] += sum(row["is_closed"] is False for row in sheets.get("transfers", ()))
        scene.typed["put_right"] += sum(row["is_closed"] is True for row in sheets.get("rectifications", ()))
        data = pen.fill(blank, rows=sheets, cover=cover(scene.population, unit, when.date()))
        paths.append(scene.mail(unit, when.date(), unit, path.name, data))
    if paths:
        scene.receive(unit, paths, when.replace(hour=16))
        conduct.follow_up(office, at=when.replace(hour=17), out=office.root / "任务" / "整改和移送")
    return counts


def _rectifications(scene: Scene, rows: list[Row], results: dict[str, Row]) -> list[Row]:
    """Return the T12 rows: most problems were put right and checked again, some are still open, cases stay open."""
    found = []
    for number, row in enumerate(rows, 1):
        result = results[str(row["task_id"])]
        # What is passed on is put right together with the case, which may take a quarter of a year.
        due = (
            row.get("rectify_by") or (date.fromisoformat(str(result["approved_on"])) + timedelta(days=120)).isoformat()
        )
        is_open = number % STILL_OPEN == 0 or not row.get("rectify_by")
        team = names(result["inspectors"])
        found.append(rectified({**row, "rectify_by": due}, seed=scene.population.seed, team=team, is_open=is_open))
    return found


def _transfers(scene: Scene, rows: list[Row], results: dict[str, Row]) -> list[Row]:
    return [_transferred(scene, row, results[str(row["task_id"])]) for row in rows]


def _transferred(scene: Scene, row: Row, result: Row) -> Row:
    """Return the T13 row of one transfer: sent within the week, received, a case opened, decided in the autumn.

    The planted case is still investigated when the year ends: while it is, its result lawfully stays unpublished (X26).
    """
    rng = stream(scene.population.seed, "transfer", row["task_id"])
    approved = date.fromisoformat(str(result["approved_on"]))
    sent = working(approved + timedelta(days=2))
    filed = working(sent + timedelta(days=5))
    decided = working(filed + timedelta(days=25))
    done = decided <= scene.day(11, 20).date() and result["target_id"] != PLANTED
    number = rng.randrange(1, 90)
    return {
        **row,
        "violation": VIOLATIONS[str(result["target_type"])],
        "evidence_list": "现场检查笔录 1 份；案卷复印件 3 份",
        "transferred_on": sent.isoformat(),
        "received_on": working(sent + timedelta(days=1)).isoformat(),
        "received_by": "接收员甲",
        "case_filing": "已立案",
        "case_no": f"司罚立〔{scene.year}〕{number}号",
        "filed_on": filed.isoformat(),
        "decisions": "警告" if done else None,
        "decided_on": decided.isoformat() if done else None,
        "decision_published_on": working(decided + timedelta(days=5)).isoformat() if done else None,
        "is_closed": done,
        "feedback_on": working(decided + timedelta(days=7)).isoformat() if done else None,
    }
