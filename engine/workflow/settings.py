"""Show the parameters of an office and record every change of them in its journal (R01, R03)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from engine import parameters as holding
from schemas import loader

if TYPE_CHECKING:
    from datetime import datetime

    from engine.workspace import Workspace

LOG = ("parameters", "current")


def parameters(ws: Workspace, *, at: datetime) -> dict[str, Any]:
    """Return the parameters in force and what changed since they were last recorded and since last year; record the change.

    {values, changed: [{name, before, after}], since_last_year: […], version, lines}: every version stays in the store, so
    the log of changes can be read back; the first call records what holds.
    """
    now = holding.effective(ws.policy, ws.unit.code)
    kept = ws.store.document(*LOG)
    changed = holding.differences(kept, now) if kept else []
    if kept is None or changed:
        with ws.store.transaction():
            version = ws.store.put_document(*LOG, now, at)
            ws.store.note("parameters", {"version": version, "changed": len(changed)}, at)
    before = holding.effective(loader.policy(ws.year - 1), ws.unit.code)
    since = holding.differences(before, now)
    return {
        "values": now,
        "changed": changed,
        "since_last_year": since,
        "lines": [
            f"{ws.unit.name}{ws.year}年参数 {len(now)} 项。",
            *(_lines("自上次记录以来变动", changed) if kept else ["已首次记录。"]),
            *_lines(f"与{ws.year - 1}年不同", since),
        ],
    }


def _lines(title: str, changes: list[dict[str, Any]]) -> list[str]:
    shown = [f"  {row['name']}：{row['before'] or '（无）'} → {row['after'] or '（无）'}" for row in changes]
    return [f"{title} {len(changes)} 项。", *shown]
