"""The parameters of an office, every change of them in its journal (R01, R03), and the rules written from them (R30)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from engine import archive
from engine import guidelines as drafting
from engine import parameters as holding
from engine.model import Refused
from engine.workflow.registers import Registers
from schemas import loader
from schemas.parameters import parameters as declared_parameters

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime
    from pathlib import Path

    from engine.workspace import Workspace

LOG = ("parameters", "current")


def parameters(
    ws: Workspace, *, at: datetime, given: Mapping[str, str] | None = None, basis: str = ""
) -> dict[str, Any]:
    """Return the parameters in force and what changed since they were last recorded and since last year; record the change.

    given: name -> value as people write it of what this office sets of its own from now on, blank to go back to the year's
    (`engine.parameters.setting`); it needs a basis. Returns {values, own, changed: [{name, before, after}], since_last_year: […],
    lines}: every version stays in the store, so the log of changes can be read back; the first call records what holds.
    Raises Refused without a basis, and whatever `setting` raises; then nothing is set.
    """
    wanted = [holding.setting(name, value, ws.unit, ws.year) for name, value in (given or {}).items()]
    if wanted and not basis.strip():
        raise Refused("没有写明依据。", "用 --basis 写明本单位文件的标题或文号。")
    kept = ws.store.document(*LOG)
    is_first = kept is None
    if kept is None:
        kept = holding.effective(ws.policy, ws.unit.code)
        _record(ws, kept, 0, at)
    if wanted:
        _set(ws, wanted, basis.strip(), at)
    now = holding.effective(ws.policy, ws.unit.code)
    changed = holding.differences(kept, now)
    if changed:
        _record(ws, now, len(changed), at)
    before = holding.effective(loader.policy(ws.year - 1), ws.unit.code)
    since = holding.differences(before, now)
    return {
        "values": now,
        "own": ws.store.document(*holding.OWN) or {},
        "changed": changed,
        "since_last_year": since,
        "lines": [
            f"{ws.unit.name}{ws.year}年参数 {len(now)} 项。",
            *(f"  {line}" for line in holding.shown(ws.policy, ws.unit.code)),
            *(["已首次记录。"] if is_first else []),
            *(_lines("自上次记录以来变动", changed) if changed or not is_first else []),
            *_lines(f"与{ws.year - 1}年不同", since),
            *_own_lines(ws),
        ],
    }


def _record(ws: Workspace, values: Mapping[str, str], changed: int, at: datetime) -> None:
    with ws.store.transaction():
        version = ws.store.put_document(*LOG, dict(values), at)
        ws.store.note("parameters", {"version": version, "changed": changed}, at)


def _set(ws: Workspace, wanted: Sequence[tuple[str, str, object | None]], basis: str, at: datetime) -> None:
    """Keep what the office sets of its own; from here on its policy says so."""
    own = dict(ws.store.document(*holding.OWN) or {})
    for unit, name, value in wanted:
        own.pop(f"{name}@{unit}", None)
        if value is not None:
            told = {"basis": basis, "on": at.date().isoformat()}
            own[f"{name}@{unit}"] = {"unit": unit, "name": name, "value": value, **told}
    with ws.store.transaction():
        ws.store.put_document(*holding.OWN, own, at)
    vars(ws).pop("own", None)


def _own_lines(ws: Workspace) -> list[str]:
    own = ws.store.document(*holding.OWN) or {}
    found = [f"  {holding.named(one, ws.unit.code)}（{one['on']}，依据：{one['basis']}）" for one in own.values()]
    return [f"其中本单位自定 {len(found)} 项：", *found] if found else []


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
    known = declared_parameters()
    shown = [
        f"  {known[row['name']].title if row['name'] in known else row['name']}：{_said(row, 'before')} → {_said(row, 'after')}"
        for row in changes
    ]
    return [f"{title} {len(changes)} 项。", *shown]


def _said(row: dict[str, Any], which: str) -> str:
    declared = declared_parameters().get(row["name"])
    value = row[which] or "（无）"
    if declared is None or not row[which] or declared.kind == "yes_no":
        return {"True": "是", "False": "否"}.get(value, value)
    return holding.spoken(declared, value)
