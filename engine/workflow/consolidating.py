"""The registers of this level, built from what is accepted; nothing is dropped, every conflict is named (R24, X06; intake 5.7)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from engine import consolidate as merging
from engine import files, rectify, rollover
from engine.changes import REGISTERS
from engine.contention import rulings_of
from engine.outstanding import unshown
from engine.recorder import Recorder
from engine.workflow import disputes
from engine.workflow.reconciling import reconcile
from engine.workflow.registers import Registers
from schemas import loader

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from datetime import date, datetime

    from engine.consolidate import Merged
    from engine.contention import Ruling
    from engine.workspace import Workspace
    from workbooks.register import Table

Row = dict[str, Any]

OF_THE_DAY = "T12"
"""The register with a column that changes from day to day: its workbook is written anew, its edition keeps what was filed."""


def consolidate(workspace: Workspace, *, at: datetime) -> Row:
    """Build the registers of this level from what is accepted; a new edition only where something changed.

    Returns {registers: [{template, sheet, title, rows, version, digest, is_new, added, removed, changed, file}], conflicts,
    decided, doubled, findings, lines, must_act}. Keys that two units claim stand in neither register until an office above
    both decides (X06); the conflict sheet names them, and what was decided. What registers say against each other is found
    besides (`reconciling`).
    """
    store = workspace.store
    with store.transaction():
        Recorder(workspace, at).resettle()
        rulings = _rulings(workspace)
        results, merged = [], []
        for one in _merged(workspace, rulings):
            one = _identified(workspace, one, at)
            merged.append(one)
            results.append(_keep(workspace, one, at))
        before = store.document("conflicts", "current") or []
        conflicts = disputes.conflicts(merged, rulings)
        decided = disputes.decided(merged)
        disputes.notify(workspace, conflicts, decided, before)
        held = reconcile(workspace, merged, at)
        waiting = _unshown(workspace, merged, at)
        kept = [disputes.without_people(one) for one in conflicts]
        if before != kept:
            store.put_document("conflicts", "current", kept, at)
        inputs = inputs_of(workspace)
        if store.document("consolidation", "current") != inputs:
            store.put_document("consolidation", "current", inputs, at)
    workspace.deliver()
    return {
        "registers": results,
        "conflicts": conflicts,
        "decided": decided,
        "doubled": [disputes.claimed(one, group) for one in merged for group in one.doubled],
        "findings": held["findings"],
        "lines": [*_lines(results), *disputes.lines(conflicts, decided, before), *waiting, *held["lines"]],
        "must_act": bool(conflicts or waiting) or held["must_act"],
    }


def effect(workspace: Workspace) -> list[Row]:
    """Return what a merge would change now, [{template, sheet, title, added, removed, changed}], registers that stay left out.

    Nothing is kept: the effect of what came since the last merge is read before anybody uses it (intake 5.7).
    """
    store, found = workspace.store, []
    for one in _merged(workspace, _rulings(workspace)):
        one, _ = merging.identify(one, store.identifiers(one.template))
        old = store.edition(one.template, one.sheet)
        change = merging.compare(old["rows"] if old else [], one.rows)
        if any(change.values()):
            found.append(
                {"template": one.template, "sheet": one.sheet, "title": title_of(one.template, one.sheet), **change}
            )
    return found


def _unshown(workspace: Workspace, merged: list[Merged], at: datetime) -> list[str]:
    """Return in Chinese the approved one-line changes that the registers of this merge do not show (decisions 23)."""
    firsts = {template: sheet for template, sheet, _ in REGISTERS}
    registers = {
        one.template: [{**row.values, "_key": row.key} for row in one.rows]
        for one in merged
        if firsts.get(one.template) == one.sheet
    }
    return [one["told"] for one in unshown(Registers(workspace).requests(), registers, at.date())]


def _rulings(workspace: Workspace) -> dict[str, list[Ruling]]:
    return rulings_of(workspace.store.accepted("T16", "requests").to_dict("records"))


def _merged(workspace: Workspace, rulings: Mapping[str, Sequence[Ruling]]) -> Iterator[Merged]:
    """Yield every sheet of every register that has something to hold, as the accepted files make it."""
    store, above = workspace.store, loader.upward(workspace.unit.code)[1:]
    for code in merging.registers():
        for sheet in loader.template(code).sheets:
            # What an office above sent down (its list of items) is read, not reported back to it.
            found = [one for one in merging.entries(store, code, sheet.name) if one.unit not in above]
            found += rollover.standing(store, code, sheet.name, found)
            one = merging.merge(code, sheet.name, found, rulings)
            if one.rows or one.conflicts or store.edition(code, sheet.name):
                yield one


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
    store = workspace.store
    old = store.edition(merged.template, merged.sheet)
    version = store.put_edition(merged.template, merged.sheet, merged.digest, [one.body() for one in merged.rows], at)
    title = title_of(merged.template, merged.sheet)
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


def title_of(template: str, sheet: str) -> str:
    """Return what a register sheet is called: the form's title, of a further sheet with its own behind it."""
    form = loader.template(template)
    found = form.sheet(sheet)
    return form.title if found is form.sheets[0] else f"{form.title}·{found.title}"


def told_change(one: Row) -> str:
    """Return how many rows a merge adds, removes and alters, in Chinese; '' when none."""
    words = (("added", "新增"), ("removed", "减少"), ("changed", "修改"))
    return "、".join(f"{word} {len(one[name])}" for name, word in words if one[name])


def _lines(results: list[Row]) -> list[str]:
    """Return what happened, in Chinese, one line per register."""
    lines = []
    for one in results:
        change = told_change(one)
        lines.append(
            f"{one['template']} {one['title']}：{one['rows']} 行，第 {one['version']} 版（{change or '没有变化'}）→ {one['file']}"
        )
    return lines or ["还没有已接收的内容可以汇总。"]
