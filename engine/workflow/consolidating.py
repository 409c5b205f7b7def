"""The registers of this level, built from what is accepted; nothing is dropped, every conflict is named (R24, X06; intake 5.7)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from engine import consolidate as merging
from engine import files, rectify, rollover
from engine.prepared import issue
from engine.recorder import Recorder
from engine.workflow.reconciling import reconcile
from schemas import loader

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date, datetime

    from engine.consolidate import Merged
    from engine.workspace import Workspace
    from workbooks.register import Table

Row = dict[str, Any]

OF_THE_DAY = "T12"
"""The register with a column that changes from day to day: its workbook is written anew, its edition keeps what was filed."""


def consolidate(workspace: Workspace, *, at: datetime) -> Row:
    """Build the registers of this level from what is accepted; a new edition only where something changed.

    Returns {registers: [{template, sheet, title, rows, version, digest, is_new, added, removed, changed, file}], conflicts,
    doubled, findings, lines, must_act}. Keys that two units claim stand in neither register (X06); the conflict sheet names them.
    What registers say against each other is found besides (`reconciling`).
    """
    store = workspace.store
    with store.transaction():
        Recorder(workspace, at).resettle()
        decisions = merging.decisions_of(store.accepted("T16", "requests").to_dict("records"))
        results, merged = [], []
        for code in merging.registers():
            for sheet in loader.template(code).sheets:
                found = merging.entries(store, code, sheet.name)
                found += rollover.standing(store, code, sheet.name, found)
                one = merging.merge(code, sheet.name, found, decisions)
                if one.rows or one.conflicts or store.edition(code, sheet.name):
                    one = _identified(workspace, one, at)
                    merged.append(one)
                    results.append(_keep(workspace, one, at))
        conflicts = [_conflict(one, group) for one in merged for group in one.conflicts]
        _notify(workspace, conflicts, merged)
        held = reconcile(workspace, merged, at)
        if store.document("conflicts", "current") != conflicts and (
            conflicts or store.document("conflicts", "current")
        ):
            store.put_document("conflicts", "current", conflicts, at)
        inputs = inputs_of(workspace)
        if store.document("consolidation", "current") != inputs:
            store.put_document("consolidation", "current", inputs, at)
    workspace.deliver()
    doubled = [_conflict(one, group) for one in merged for group in one.doubled]
    return {
        "registers": results,
        "conflicts": conflicts,
        "doubled": doubled,
        "findings": held["findings"],
        "lines": [*_lines(results, conflicts), *held["lines"]],
        "must_act": bool(conflicts) or held["must_act"],
    }


def inputs_of(workspace: Workspace) -> list[list[Any]]:
    """Return what a merge rests on: [template, unit, version, digest] of every accepted submission."""
    return sorted(
        [one["template"], one["unit"], one["version"], one["digest"]]
        for one in workspace.store.submissions(None, "accepted")
    )


def stale_units(workspace: Workspace, *templates: str) -> list[str]:
    """Return the units whose accepted files (of these templates, else of all) changed since the last merge."""
    last = workspace.store.document("consolidation", "current")
    if last is None:
        return []
    before, now = {tuple(one) for one in last}, {tuple(one) for one in inputs_of(workspace)}
    return sorted({one[1] for one in before ^ now if not templates or one[0] in templates})


def _identified(workspace: Workspace, merged: Merged, at: datetime) -> Merged:
    result, fresh = merging.identify(merged, workspace.store.identifiers(merged.template))
    workspace.store.put_identifiers(merged.template, fresh, at)
    return result


def _keep(workspace: Workspace, merged: Merged, at: datetime) -> Row:
    """Keep an edition and its readable workbook; return what changed."""
    store, form = workspace.store, loader.template(merged.template)
    sheet = form.sheet(merged.sheet)
    old = store.edition(merged.template, merged.sheet)
    version = store.put_edition(merged.template, merged.sheet, merged.digest, [one.body() for one in merged.rows], at)
    title = form.title if len(form.sheets) == 1 or sheet is form.sheets[0] else f"{form.title}·{sheet.title}"
    name = f"汇总/{merged.template}_{files.safe_name(title)}.xlsx"
    is_new = old is None or old["version"] != version
    counts_days = merged.template == OF_THE_DAY
    if is_new or counts_days or not workspace.path(name).exists():
        store.promise(name, _workbook(workspace, merged, title, version, at.date() if counts_days else None))
    return {
        "template": merged.template,
        "sheet": merged.sheet,
        "title": title,
        "rows": len(merged.rows),
        "version": version,
        "digest": merged.digest,
        "is_new": is_new,
        **merging.compare(old["rows"] if old else [], merged.rows),
        "file": name,
    }


def _workbook(workspace: Workspace, merged: Merged, title: str, version: int, on: date | None) -> bytes:
    from workbooks import register

    bodies = [one.body() for one in merged.rows]
    said = f"第 {version} 版，共 {len(bodies)} 行，内容校验 {merged.digest[:16]}。内部资料，含不公示的列。"
    shown = f"{workspace.unit.name}{workspace.year}年{title}"
    return register.write([table(merged.template, merged.sheet, bodies, title=shown, notes=(said,), on=on)])


def table(
    template: str, sheet: str, bodies: Sequence[Row], *, title: str, notes: Sequence[str], on: date | None = None
) -> Table:
    """Return an edition as people read it: the filled columns, then where each row comes from; days over as of `on`."""
    from workbooks import register

    values = [one["values"] for one in bodies]
    if on:
        values = rectify.as_of(values, on)
    form = loader.template(template).sheet(sheet)
    fields = [one for one in form.fields if one.required or any(row.get(one.key) is not None for row in values)]
    rows = [
        [
            *(shown.get(one.key) for one in fields),
            loader.units()[body["unit"]].short_name,
            body["file"],
            f"{body['grid']} 第{body['row']}行",
        ]
        for body, shown in zip(bodies, values, strict=True)
    ]
    until = [f"逾期天数算到 {on.isoformat()}，已销号的算到复查日。"] if on else []
    return register.Table(
        name=form.title,
        title=title,
        columns=[*(one.title for one in fields), "来源单位", "来源文件", "来源位置"],
        rows=rows,
        notes=[*notes, *until],
    )


def _conflict(merged: Merged, group: list[merging.Entry]) -> Row:
    return {
        "template": merged.template,
        "sheet": merged.sheet,
        "key": group[0].key,
        "claims": [
            {
                "unit": one.unit,
                "unit_name": loader.units()[one.unit].name,
                "file": one.file,
                "sha256": one.sha256,
                "grid": one.grid,
                "row": one.row,
            }
            for one in group
        ],
    }


def _notify(workspace: Workspace, conflicts: list[Row], merged: list[Merged]) -> None:
    """Write the conflict sheet and one notice to each unit that has a part in a conflict; remove nothing."""
    from workbooks import register

    if not conflicts:
        return
    rows = [
        [one["template"], one["key"], claim["unit_name"], claim["file"], f"{claim['grid']} 第{claim['row']}行"]
        for one in conflicts
        for claim in one["claims"]
    ]
    table = register.Table(
        name="冲突",
        title=f"{workspace.unit.name}{workspace.year}年待裁决冲突表",
        columns=["名录", "编号（证号）", "报送单位", "文件", "位置"],
        rows=rows,
        notes=[
            "同一编号由两个以上单位报送，各方都暂不采用。由共同上级以 T16“冲突裁决”确定：对象编号填本表编号，变更后填采用单位。"
        ],
    )
    workspace.store.promise("汇总/冲突表.xlsx", register.write([table]))
    for unit in sorted({claim["unit"] for one in conflicts for claim in one["claims"]}):
        texts = []
        for one in conflicts:
            names = [claim["unit_name"] for claim in one["claims"]]
            if unit in [claim["unit"] for claim in one["claims"]]:
                found = issue("DR-A111", key=one["key"], units="、".join(names))
                texts.append(f"{len(texts) + 1}. {found['message']}{found['fix']}（{found['code']}）")
        head = f"{workspace.unit.name}退回通知\n\n{loader.units()[unit].name}：\n"
        workspace.store.promise(f"退回/冲突_{unit}.txt", (head + "\n".join(texts) + "\n").encode("utf-8-sig"))


def _lines(results: list[Row], conflicts: list[Row]) -> list[str]:
    """Return what happened, in Chinese, one line per register."""
    lines = []
    for one in results:
        change = "、".join(
            f"{word} {len(one[name])}"
            for name, word in (("added", "新增"), ("removed", "减少"), ("changed", "修改"))
            if one[name]
        )
        lines.append(
            f"{one['template']} {one['title']}：{one['rows']} 行，第 {one['version']} 版（{change or '没有变化'}）→ {one['file']}"
        )
    for one in conflicts:
        names = "、".join(claim["unit_name"] for claim in one["claims"])
        lines.append(f"冲突：{one['key']} 同时出现在{names}，各方都暂不采用，见 汇总/冲突表.xlsx")
    return lines or ["还没有已接收的内容可以汇总。"]
