"""Close a period and open it again: what the office has merged and passed on changes by leave only (intake 5.8, 5.9; R56)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from engine.calendar import spoken
from engine.consent import LOCK
from engine.model import NotFound, Refused
from engine.workflow.consolidating import stale_units
from schemas import loader

if TYPE_CHECKING:
    from datetime import datetime

    from engine.workspace import Workspace

REQUESTS = "T16"


def lock(ws: Workspace, template: str, *, at: datetime, by: str, reopen: str = "") -> dict[str, Any]:
    """Lock `template` from `at` on, or open it again for the reason `reopen`; {template, locked, lines}.

    Raises NotFound for a form nobody below reports, Refused where accepted content is not merged yet or nothing would change.
    """
    form = loader.templates().get(template)
    if form is None or form.direction != "up" or template == REQUESTS:
        raise NotFound(f"“{template}”不能锁定。", "可锁定下级报送的表，如 T06；变更申请（T16）随时可以报。")
    known = ws.store.document(LOCK, template) or {}
    if bool(known.get("at")) != bool(reopen):
        raise Refused(
            f"{template} 没有锁定，不用解除。" if reopen else f"{template} 已于 {spoken(known['at'])} 锁定。",
            "单个单位要更正的，接收经批准的变更申请（T16 解锁更正）即可。",
        )
    waiting = [] if reopen else _waiting(ws, template)
    if waiting:
        raise Refused(
            f"{len(waiting)} 个单位的 {template} 已接收而没有汇总。", "请先运行 taizhang consolidate，再锁定。"
        )
    body = {"at": "" if reopen else at.isoformat(timespec="seconds"), "by": by, "reason": reopen}
    with ws.store.transaction():
        ws.store.put_document(LOCK, template, body, at)
        ws.store.note(LOCK, {"template": template, **body}, at)
    told = (
        f"{template}《{form.title}》已解除锁定（{by}，{reopen}）。"
        if reopen
        else f"{template}《{form.title}》自 {spoken(at)} 起锁定（{by}）：此后来件只登记、出回执，不再采用；"
        f"确需更正的，接收经批准的变更申请（T16 解锁更正：编号写如 421221-{template}，原对象写该单位，变更后写截止日）。"
    )
    return {"template": template, "locked": not reopen, "lines": [told]}


def _waiting(ws: Workspace, template: str) -> list[str]:
    """Return the units whose accepted files no merge holds yet, also where nothing was ever merged."""
    if ws.store.document("consolidation", "current") is None:
        return sorted({one["unit"] for one in ws.store.submissions(template, "accepted")})
    return stale_units(ws, template)


def locked(ws: Workspace) -> dict[str, dict[str, Any]]:
    """Return what is locked now: template -> {at, by, reason}."""
    return {name: body for name, body in ws.store.documents(LOCK).items() if body["at"]}
