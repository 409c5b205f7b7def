"""公示与台账: the public edition, the annual ledger, and the way from a cell of it back to what somebody typed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from desk import shelf
from engine.model import Refused
from engine.workflow import conclude, publishing, tracing

if TYPE_CHECKING:
    from starlette.responses import Response

    from desk.office import Visit

SITE = "网站"


def overview(visit: Visit) -> Response:
    """Show what was published, the ledgers, the form to trace a cell and what it found."""
    with visit.office.reading() as workspace:
        root = visit.office.root
        public = shelf.items(root, "public")
        done = visit.result()
        return visit.show(
            "publication",
            workspace,
            site=[one for one in public if "/" in one.name],
            notes=[one for one in public if "/" not in one.name],
            ledgers=[one for one in shelf.items(root, "ledger") if one.name.endswith(".xlsx")],
            editions=workspace.store.documents("publication"),
            known={one["sha256"] for one in workspace.store.arrivals()},
            done=done,
            traced=(done or {}).get("traced"),
        )


def trace(visit: Visit) -> Response:
    """Follow one cell of a ledger down to the originals."""
    item = shelf.find(visit.office.root, "ledger", visit.typed("ledger"))
    with visit.office.reading() as workspace:
        found = tracing.trace(workspace, item.path, visit.typed("cell"))
    return visit.go("/publication", {"traced": found, "ledger": item.name, "lines": []})


def ledger(visit: Visit) -> Response:
    """Write the annual ledger as things stand."""
    with visit.office.changing() as workspace:
        name = f"{workspace.year}_{workspace.unit.code}_年度台账_{visit.at:%m%d_%H%M%S}.xlsx"
        found = conclude.ledger(workspace, at=visit.at, out=workspace.path("台账", name))
    lines = [f"年度台账已写入 台账/{name}。", *found["lines"][1:]]
    return visit.go("/publication", {"title": "台账已生成", "lines": lines, "warns": found["must_act"]})


def publish(visit: Visit) -> Response:
    """Write the public edition; what must not be public stops it."""
    with visit.office.changing() as workspace:
        found = publishing.publish(
            workspace,
            at=visit.at,
            out=workspace.path("公示", SITE),
            reviewer=visit.typed("reviewer"),
            reviews=_released(visit),
            url=visit.typed("url"),
        )
    is_done = found.get("ok", True)
    title = "公示版已生成" if is_done else "公示被拒绝"
    lines = [one.replace(str(visit.office.root), "").lstrip("/") for one in found["lines"]]
    return visit.go("/publication", {"title": title, "lines": lines, "warns": not is_done or found["must_act"]})


def _released(visit: Visit) -> list[dict[str, str]]:
    """Return what the reviewer lets pass, from lines `指纹，理由`; a line without a reason is not understood and refused."""
    lines = [one.strip().replace("，", ",") for one in visit.typed("released").splitlines()]
    found = [[part.strip() for part in one.split(",", 1)] for one in lines if one]
    wrong = [one for one in found if len(one) != 2 or not all(one)]
    if wrong:
        raise Refused(f"放行的第一处写错的是“{wrong[0][0]}”：缺少理由。", "每行写一处：指纹，理由。")
    return [{"value": value, "approver": visit.typed("reviewer"), "reason": reason} for value, reason in found]
