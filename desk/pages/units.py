"""单位: one unit's history, whom to ring, what to send."""

from __future__ import annotations

from typing import TYPE_CHECKING

from desk import uploads
from engine.model import NotFound
from engine.workflow import collect
from schemas import loader

if TYPE_CHECKING:
    from starlette.responses import Response

    from desk.office import Visit


def listing(visit: Visit) -> Response:
    """Show every unit that owes something or has sent something, with the call list and today's texts."""
    with visit.office.reading() as workspace:
        board = collect.status(workspace, at=visit.at)
        senders = {one["unit"] for one in workspace.store.submissions()}
        codes = sorted({one["unit"] for one in board["units"]} | senders)
        rows = [
            {
                "code": code,
                "lines": [one for one in board["units"] if one["unit"] == code],
                "unit": loader.units()[code],
            }
            for code in codes
            if code in loader.units()
        ]
        return visit.show("units", workspace, board=board, rows=rows, done=visit.result())


def one(visit: Visit) -> Response:
    """Show what one unit owes, sent, got back and should be told."""
    code = visit.place("code")
    with visit.office.reading() as workspace:
        if code not in loader.units():
            raise NotFound("没有这个单位。", "请从“单位”列表中选择。")
        board = collect.status(workspace, at=visit.at)
        arrivals = [one for one in workspace.store.arrivals() if one["unit"] == code and one["role"] == "workbook"]
        return visit.show(
            "unit",
            workspace,
            subject=loader.units()[code],
            lines=[one for one in board["units"] if one["unit"] == code],
            reminders=[one for one in board["reminders"] if one["unit"] == code],
            calls=[one for one in board["calls"] if one["unit"] == code and one["is_current"]],
            submissions=[one for one in reversed(workspace.store.submissions()) if one["unit"] == code],
            arrivals={one["id"]: one for one in arrivals},
            again=[one for one in arrivals if one["outcome"] == "again"],
            stale=code in board["stale"],
        )


def contacts(visit: Visit) -> Response:
    """Import a list of contacts."""
    folder = uploads.unload(visit)
    try:
        path = next(one for one in folder.rglob("*") if one.is_file())
        with visit.office.changing() as workspace:
            collect.status(workspace, at=visit.at, contacts=path)
        return visit.go("/units", [f"已导入通讯录“{path.name}”。"])
    finally:
        uploads.discard(folder)
