"""Dispatch the tasks of a draw, and take the next steps that the results ask for (R15, R30, R38, R50)."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from engine import packets, prefilled, results, rollover
from engine import tasks as tasking
from engine.files import safe_name
from engine.model import Refused
from engine.values import by, text
from engine.workflow.findings import NUMBERS, Findings
from engine.workflow.stage import Stage

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from engine.workspace import Workspace


def dispatch(ws: Workspace, name: str, *, at: datetime, out: Path) -> dict[str, Any]:
    """Write one packet per target of an assigned draw: approval and notice (T09), record workbook (T10), notice letter.

    Registers the tasks; a second dispatch keeps every task id and writes what a replacement changed.
    """
    stage = Stage(ws, name)
    if stage.assigned is None:
        raise Refused(f"{stage.name} 还没有匹配检查人员。", "先运行 taizhang assign。")
    if stage.is_void:
        raise Refused(f"{stage.name} 已作废，不能派发。")
    kept = {key: body for key, body in ws.store.documents("task").items() if body["draw_id"] == stage.name}
    found = stage.tasks(known={text(body["target_id"]): key for key, body in kept.items()})
    requests = Findings(ws).requests()
    struck = {name for name, end in results.end_states(found, (), requests).items() if end == results.REDUCED}
    found = [row for row in found if row["task_id"] not in struck]
    gone = [
        body
        for key, body in kept.items()
        if key not in {row["task_id"] for row in found} and body["task_status"] != tasking.ENDED
    ]
    items, home = stage.frozen["items"], Path(out).resolve()
    contact = (ws.store.document("contacts", "current") or {}).get(ws.unit.code)
    files = {f"{stage.name}_派发清单.xlsx": packets.overview(found, ws.unit, ws.year)}
    for row in found:
        folder = f"{row['task_id'].rsplit('-', 1)[1]}_{safe_name(row['target_name'])}"
        files |= {
            f"{folder}/{name}": data for name, data in packets.packet(row, items, ws.unit, ws.year, contact).items()
        }
    files[f"{stage.name}_归档目录.xlsx"] = packets.index(files, stage.name, ws.unit)
    # A packet can be made again from the store at any time, so it need not wait for the disk.
    written = [str(path) for path in ws.write_set(home, files)]
    with ws.store.transaction():
        for row in found:
            before = kept.get(row["task_id"])
            if before is None or any(before.get(key) != row[key] for key in ("team", "expert_ids", "lead")):
                status = tasking.NOTIFIED if before is None else before["task_status"]
                ws.store.put_document(
                    "task", row["task_id"], {**row, "task_status": status, "dispatched_at": at.isoformat()}, at
                )
        for body in gone:
            ws.store.put_document("task", body["task_id"], {**body, "task_status": tasking.ENDED}, at)
        ws.store.note("dispatch", {"draw": stage.name, "tasks": len(found), "ended": len(gone)}, at)
    return {
        "draw": stage.name,
        "tasks": [row["task_id"] for row in found],
        "ended": [body["task_id"] for body in gone],
        "files": written,
        "lines": [
            f"{stage.name}：已生成 {len(found)} 个任务包，共 {len(written)} 个文件，放在 {out}。",
            *(f"  已批准核减，不再派发：{name}" for name in sorted(struck)),
        ],
    }


def follow_up(ws: Workspace, *, at: datetime, out: Path) -> dict[str, Any]:
    """Write what the results ask for next: T12 with every problem that is open, T13 with every open case and its authority.

    What was filed before stands in them as it was filed; what is closed stays as it is and is not asked for again.
    Tasks move on to the state their results have reached; what does not fit is listed (X24, X25, X29, X30).
    """
    findings = Findings(ws)
    on = at.date()
    own = [row for row in findings.results if text(row.get("inspecting_unit")) == ws.unit.code]
    inside = {text(row["task_id"]) for row in own}
    problems = [row for row in findings.problems(on) if row["task_id"] in inside]
    passed = findings.own_transfers(on)
    # What is passed on has to be put right as well; only what is closed is asked for no more.
    asked = [row for row in problems if not row["is_closed"]]
    left = {kind: [row for row in found if not row["is_closed"]] for kind, found in findings.own_matters(on).items()}
    written = []
    wanted = (
        ("T12", "rectifications", [*left["problems"], *asked]),
        ("T13", "transfers", [*left["transfers"], *passed]),
    )
    for code, sheet, proposed in wanted:
        rows_ = [{**row, "is_closed": _said_closed(row)} for row in proposed]
        if rows_:
            name, data = prefilled.form(code, {sheet: rows_}, ws.unit, ws.year)
            written.append(ws.write_atomic((Path(out) / name).resolve(), data))
    numbers = {**findings.transfer_numbers, **{row["task_id"]: row["transfer_id"] for row in passed}}
    if numbers != findings.transfer_numbers:
        ws.store.put_document(*NUMBERS, numbers, at)
    packets_ = _carried_packets(ws, findings, left["tasks"], Path(out))
    doubts = findings.doubts(on)
    moved = _advance(ws, findings, problems, at)
    return {
        "problems": [text(row["problem_id"]) for row in problems],
        "transfers": [{"task_id": row["task_id"], "to_unit": row["to_unit"]} for row in passed],
        "carried": {kind: [text(row[rollover.MATTERS[kind]]) for row in found] for kind, found in left.items()},
        "packets": packets_,
        "files": [str(one) for one in written],
        "doubts": [one.message for one in doubts],
        "tasks": moved,
        "must_act": bool(doubts),
        "lines": [
            f"发现问题 {len(problems)} 个，尚未销号 {len(asked)} 个；移送未办结 {len(passed)} 件。",
            *(
                [f"上年结转未了：{'，'.join(f'{name} {len(left[kind])}' for kind, name in rollover.TITLES.items())}"]
                if any(left.values())
                else []
            ),
            *(f"  已预填：{one}" for one in written),
            *(f"  任务{state} {number} 个" for state, number in moved.items()),
            *(f"  ！{one.message}" for one in doubts),
        ],
    }


def _said_closed(row: Mapping[str, Any]) -> Any:
    """Return what the office itself filed about the end of a matter; what it never filed it has to answer."""
    if "_origin" in row:
        return row["_origin"].get("is_closed")
    return row.get("is_closed") if "_ref" in row else None


def _carried_packets(ws: Workspace, findings: Findings, tasks: Sequence[Mapping[str, Any]], out: Path) -> list[str]:
    """Write the packets of tasks that an earlier year left undone, on this year's forms; return what was written."""
    items = by(findings.items(), "item_code")
    files = {
        f"上年结转/{task['task_id']}_{safe_name(task['target_name'])}/{name}": data
        for task in tasks
        for name, data in packets.packet({**task}, items, ws.unit, ws.year).items()
    }
    return [str(path) for path in ws.write_set(out.resolve(), files)]


def _advance(ws: Workspace, findings: Any, problems: Sequence[Mapping[str, Any]], at: datetime) -> dict[str, int]:
    """Keep the state every task has reached by now, and return how many are in each."""
    made, transfers = by(findings.results, "task_id"), by(findings.transfers, "task_id")
    counts: dict[str, int] = {}
    with ws.store.transaction():
        for name, task in findings.tasks.items():
            left = sum(row["task_id"] == name and not row["is_closed"] for row in problems)
            state = tasking.status_after(made.get(name), left, transfers.get(name), task["task_status"])
            if state != task["task_status"] and tasking.path(task["task_status"], state):
                body = {key: value for key, value in task.items() if key != "_ref"}
                ws.store.put_document("task", name, {**body, "task_status": state}, at)
            counts[state] = counts.get(state, 0) + 1
    return counts
