"""Proof and erasure: is everything as it was received, and what the law wants gone (R43, R62; decision 31)."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from sqlalchemy import delete, insert, select, update

from engine import audit as checking
from engine.files import flush_folder
from engine.journal import append
from engine.model import NotFound, Refused
from engine.tables import arrivals, edits, issues, submissions, tables, tombstones

if TYPE_CHECKING:
    from datetime import datetime

    from engine.workspace import Workspace

Row = dict[str, Any]
_SHOWN = 40


def audit(workspace: Workspace) -> Row:
    """Return {ok, checks: [{name, status, looked_at, faults}], lines}; any changed byte of what is kept is a fault."""
    found = checking.audit(workspace)
    faults = [fault for one in found for fault in one.faults]
    lines = [
        f"{one.name}：核验 {one.looked_at} 项，{'完好' if not one.faults else f'{len(one.faults)} 处不符'}"
        for one in found
    ]
    lines += [f"  {one}" for one in faults[:_SHOWN]]
    lines.append("全部完好，没有任何改动。" if not faults else "有改动，请立即封存工作文件夹，并用备份比对。")
    return {
        "ok": not faults,
        "checks": [
            {
                "name": one.name,
                "status": "fail" if one.faults else "pass",
                "looked_at": one.looked_at,
                "faults": one.faults,
            }
            for one in found
        ],
        "lines": lines,
    }


def erase(workspace: Workspace, sha256: str, *, at: datetime, reason: str, basis: str, approver: str) -> Row:
    """Erase an original and what was read from it, leaving a tombstone; return {sha256, number, lines}.

    Registers, draws and publications that rest on it are not touched: they are records of their own (R62). Raises NotFound
    for a file that was never received, Refused without reason, basis and approver.
    """
    if not (reason and basis and approver):
        raise Refused("依法删除须写明理由、依据和批准人。", "请补全 --reason、--basis、--approver。")
    store = workspace.store
    with store.transaction() as connection:
        found = connection.execute(
            select(arrivals).where(arrivals.c.sha256.startswith(sha256.lower())).order_by(arrivals.c.id)
        ).all()
        digests = {row.sha256 for row in found}
        if len(digests) != 1 or len(sha256) < 8:
            raise NotFound(f"没有唯一的原件 {sha256}。", "请给出回执上的完整 SHA-256。")
        whole = digests.pop()
        tomb = {
            "sha256": whole,
            "reason": reason,
            "basis": basis,
            "approver": approver,
            "at": at.isoformat(timespec="seconds"),
        }
        if not connection.execute(select(tombstones).where(tombstones.c.sha256 == whole)).first():
            connection.execute(insert(tombstones), [tomb])
            for row in found:
                _blank(connection, row)
            append(connection, "erased", {"sha256": whole, "seal": checking.tombstone_digest(tomb)}, at)
    path = workspace.originals / whole
    path.unlink(missing_ok=True)
    flush_folder(workspace.originals)
    return {
        "sha256": whole,
        "number": found[0].number,
        "lines": [
            f"已删除原件 {whole[:16]}…（回执号 {found[0].number}）及其内容，删除记录已存。",
            "名录、抽取、公示中的引用不受影响。",
        ],
    }


def _blank(connection: Any, row: Any) -> None:
    """Remove what was read from an original; number, time and hash of the arrival stay."""
    connection.execute(delete(issues).where(issues.c.arrival == row.id))
    connection.execute(delete(tables).where(tables.c.submission == row.submission))
    connection.execute(delete(edits).where(edits.c.submission == row.submission))
    connection.execute(update(submissions).where(submissions.c.arrival == row.id).values(cover="{}"))
    receipt = {**json.loads(row.receipt or "{}"), "issues": [], "file": "", "erased": True}
    connection.execute(
        update(arrivals).where(arrivals.c.id == row.id).values(receipt=json.dumps(receipt, ensure_ascii=False), name="")
    )
