"""Proof: is everything as it was received, but for what was erased by law (R43; decision 31)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from engine import audit as checking

if TYPE_CHECKING:
    from engine.workspace import Workspace

Row = dict[str, Any]
_SHOWN = 40


def audit(workspace: Workspace) -> Row:
    """Return {ok, checks: [{name, status, looked_at, faults}], remarks, destroyed, lines, must_act}; any changed byte of what is kept is a fault.

    destroyed: how many originals a tombstone stands for.
    """
    found = checking.audit(workspace)
    faults = [fault for one in found for fault in one.faults]
    lines = [
        f"{one.name}：核验 {one.looked_at} 项，{'完好' if not one.faults else f'{len(one.faults)} 处不符'}"
        for one in found
    ]
    destroyed = next(one.looked_at for one in found if one.name == checking.TOMBSTONES)
    if destroyed:
        lines.append(f"其中依法销毁 {destroyed} 件，凭删除记录核验（理由、依据、批准人见归档目录）。")
    lines += [f"  {one}" for one in faults[:_SHOWN]]
    remarks = [remark for one in found for remark in one.remarks]
    lines += [f"  请核实：{one}" for one in remarks]
    whole = "登记在册的全部完好。" if remarks else "全部完好，没有任何改动。"
    lines.append(whole if not faults else "有改动，请立即封存工作文件夹，并用备份比对。")
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
        "remarks": remarks,
        "destroyed": destroyed,
        "lines": lines,
        "must_act": bool(remarks),
    }
