"""今日: who has reported, who is late, what needs me."""

from __future__ import annotations

import json
from datetime import date
from typing import TYPE_CHECKING, Any

from desk.shelf import attachment
from engine import timeliness
from engine.workflow import collect
from schemas import loader

if TYPE_CHECKING:
    from datetime import datetime

    from starlette.responses import Response

    from desk.office import Visit
    from engine.workspace import Workspace

Row = dict[str, Any]


def today(visit: Visit) -> Response:
    """Show the board of this office at this moment."""
    with visit.office.reading() as workspace:
        board = collect.status(workspace, at=visit.at)
        lines = sorted(board["units"], key=lambda one: (_rank(one), one["deadline"], one["template"], one["unit"]))
        return visit.show(
            "today",
            workspace,
            board=board,
            lines=lines,
            totals=[{**one, **_more(one, lines)} for one in board["totals"]],
            waiting=[one for one in lines if one["received"] and not one["accepted"]],
            overdue=[one for one in lines if one["is_overdue"]],
            due=[one for one in board["reminders"] if one["is_due_today"]],
            next_day=_next_deadline(lines, visit.at.date()),
            own=_own_duties(workspace, visit.at),
        )


def workbook(visit: Visit) -> Response:
    """Return the board as a workbook."""
    with visit.office.reading() as workspace, visit.office.borrowed() as folder:
        target = folder / "报送情况.xlsx"
        collect.status(workspace, at=visit.at, xlsx=target)
        return attachment(target.read_bytes(), f"{workspace.unit.name}{workspace.year}年报送情况.xlsx")


def _rank(line: Row) -> int:
    """What needs somebody stands first: overdue, returned, not yet here, done."""
    return 0 if line["is_overdue"] else 1 if line["received"] and not line["accepted"] else 2 + line["accepted"]


def _more(total: Row, lines: list[Row]) -> Row:
    """Return what the five numbers leave out: how many files wait for a correction, and until when it is due."""
    inside = [one for one in lines if (one["template"], one["level"]) == (total["template"], total["level"])]
    labels = {one.code: one.label for one in loader.code_lists()["C06"].entries}
    return {
        "level_name": labels.get(total["level"], total["level"]),
        "waiting": sum(one["received"] and not one["accepted"] for one in inside),
        "deadlines": sorted({one["deadline"] for one in inside}),
    }


def _next_deadline(lines: list[Row], day: date) -> Row | None:
    """Return {deadline, days, missing} of the nearest deadline that still lies ahead, None when none does."""
    ahead = [one for one in lines if one["deadline"] >= day.isoformat()]
    if not ahead:
        return None
    nearest = min(one["deadline"] for one in ahead)
    missing = sum(not one["accepted"] for one in ahead if one["deadline"] == nearest)
    return {"deadline": nearest, "days": (date.fromisoformat(nearest) - day).days, "missing": missing}


def _own_duties(workspace: Workspace, at: datetime) -> list[Row]:
    """Return what this office itself owes the level above: template, deadline, is_overdue, and when it was last packed."""
    parent = loader.units().get(workspace.unit.parent or "")
    if parent is None:
        return []
    sent = {
        template: line.at
        for line in workspace.store.lines()
        if line.event == "submitted"
        for template in json.loads(line.body)["templates"]
    }
    return [
        {
            "template": one.template,
            "deadline": one.deadline,
            "is_overdue": timeliness.is_late(at, one.deadline),
            "sent_at": sent.get(one.template, ""),
        }
        for one in sorted(timeliness.owed_to(workspace.policy, parent), key=lambda one: one.deadline)
        if one.unit == workspace.unit.code
    ]
