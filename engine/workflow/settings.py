"""The parameters of an office, every change of them in its journal (R01, R03), and the rules written from them (R30)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from engine import archive
from engine import guidelines as drafting
from engine import parameters as holding
from engine.workflow.registers import Registers
from schemas import loader

if TYPE_CHECKING:
    from datetime import datetime
    from pathlib import Path

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


def guidelines(ws: Workspace, *, out: Path) -> dict[str, Any]:
    """Write the drafts of 抽查工作细则 and 检查工作指引 into the folder `out`; a file that is there already is left as it is.

    {files: [written], kept: [left as they were], lines}: an office edits its draft, so no second call may take that away.
    """
    items = Registers(ws).items()
    made = drafting.drafts(ws.unit, ws.year, ws.policy, items, archive.terms())
    fresh = {name: data for name, data in made.items() if not (out / name).exists()}
    for name, data in fresh.items():
        ws.write_atomic((out / name).resolve(), data)
    left = [name for name in made if name not in fresh]
    return {
        "files": [str(out / name) for name in fresh],
        "kept": [str(out / name) for name in left],
        "must_act": bool(left),
        "lines": [
            *(f"已写出 {out / name}" for name in fresh),
            *(f"没有改动 {out / name}：文件已在，可能改过；要重新生成请先改名或移走。" for name in left),
            "初稿按本年度参数和事项清单写成；横线处由本单位填写，核定印发后用 taizhang keep 留存。",
        ],
    }


def _lines(title: str, changes: list[dict[str, Any]]) -> list[str]:
    shown = [f"  {row['name']}：{row['before'] or '（无）'} → {row['after'] or '（无）'}" for row in changes]
    return [f"{title} {len(changes)} 项。", *shown]
