"""收件: drop what arrived, read what became of it."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

from starlette.responses import JSONResponse

from desk import uploads
from desk.shelf import attachment, items, packed
from engine.model import NotFound, Refused
from engine.workflow import collect

if TYPE_CHECKING:
    from starlette.responses import Response

    from desk.office import Visit
    from desk.shelf import Item
    from engine.workspace import Workspace

Row = dict[str, Any]
PAGE = 50
_HEAP = 50
_SHOWN = ("workbook", "attachment")
FILTERS = {"": "全部", "accepted": "接收", "returned": "退回", "refused": "无法受理"}


def listing(visit: Visit) -> Response:
    """Show the arrivals, newest first; after a drop those of the drop, each with its receipt."""
    with visit.office.reading() as workspace:
        every = [one for one in workspace.store.arrivals() if one["role"] in _SHOWN]
        fresh = visit.result()
        if fresh is not None:
            chosen = _of_drop(workspace, fresh)
            return visit.show(
                "received",
                workspace,
                arrivals=chosen,
                more={**fresh, "key": visit.asked("done")},
                copies=len(_copies(visit, chosen)),
                receipts=_receipts(visit, chosen),
            )
        verdict, page = visit.asked("verdict"), max(visit.number("page", 1), 1)
        chosen = [one for one in reversed(every) if not verdict or one["verdict"] == verdict]
        return visit.show(
            "inbox",
            workspace,
            arrivals=chosen[(page - 1) * PAGE : page * PAGE],
            count=len(chosen),
            page=page,
            pages=max(1, -(-len(chosen) // PAGE)),
            verdict=verdict,
            filters=FILTERS,
        )


def one(visit: Visit) -> Response:
    """Show one arrival with everything that was said about it."""
    number = visit.request.path_params["arrival"]
    with visit.office.reading() as workspace:
        found = [one for one in workspace.store.arrivals() if one["id"] == number]
        if not found:
            raise NotFound("没有这件来件。", "请从“收件”列表中选择。")
        return visit.show("received", workspace, arrivals=found, more=None, copies=0, receipts=_receipts(visit, found))


def copies(visit: Visit) -> Response:
    """Return the returned copies of one drop as a zip."""
    fresh = visit.require_result()
    with visit.office.reading() as workspace:
        found = _copies(visit, _of_drop(workspace, fresh))
    return attachment(packed((one.short, one.path.read_bytes()) for one in found), f"退回件_{visit.at:%m%d}.zip")


def receive(visit: Visit) -> Response:
    """Receive what was dropped and show its receipts."""
    folder = uploads.unload(visit)
    heap = [one for one in folder.rglob("*") if one.is_file()]
    try:
        with visit.office.changing() as workspace:
            before = _last(workspace)
            visit.office.progress = (0, len(heap))
            try:
                found = collect.receive(
                    workspace, [folder], at=visit.at, workers=_workers(heap), progress=_counter(visit, len(heap))
                )
            except NotFound as error:
                raise Refused("这些文件里没有可以处理的内容。", "请选择表格、压缩包或邮件文件。") from error
            return visit.go("/inbox", {"first": before + 1, "last": _last(workspace), "count": len(found["files"])})
    finally:
        visit.office.progress = (0, 0)
        uploads.discard(folder)


def progress(visit: Visit) -> Response:
    """Tell the waiting page how far the reading is: {done, total}."""
    done, total = visit.office.progress
    return JSONResponse({"done": done, "total": total})


def _of_drop(workspace: Workspace, fresh: Row) -> list[Row]:
    """Return what arrived by one drop, containers left out."""
    every = [one for one in workspace.store.arrivals() if one["role"] in _SHOWN]
    return [one for one in every if fresh["first"] <= one["id"] <= fresh["last"]]


def _copies(visit: Visit, arrivals: list[Row]) -> list[Item]:
    """Return the returned copies of these arrivals that lie in their folder."""
    promised = {str(one["receipt"].get("returned") or "").removeprefix("退回/") for one in arrivals}
    return [one for one in items(visit.office.root, "returned") if one.name in promised]


def _counter(visit: Visit, files: int) -> Any:
    def step(count: int, total: int) -> None:
        visit.office.progress = (visit.office.progress[0] + count, max(total, files))

    return step


def _workers(heap: list[Any]) -> int:
    """A handful is read by one guarded child, a heap by one per processor, as on the command line."""
    is_heap = len(heap) > _HEAP or any(one.suffix.lower() == ".zip" for one in heap)
    return min(os.cpu_count() or 1, 8) if is_heap else 1


def _last(workspace: Any) -> int:
    return max((one["id"] for one in workspace.store.arrivals()), default=0)


def _receipts(visit: Visit, arrivals: list[Row]) -> dict[str, str]:
    """Return receipt number -> name of its text in the folder of receipts."""
    wanted = {one["number"] for one in arrivals}
    found = {}
    for item in items(visit.office.root, "receipts"):
        number = item.short.split("_", 1)[0]
        if number in wanted:
            found[number] = item.name
    return found
