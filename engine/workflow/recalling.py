"""The registers of this level through time: every edition, a register as it stood on a day, the life of one entry (R24)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from engine import consolidate as merging
from engine import history
from engine.figures import unit_name
from engine.model import NotFound, Refused
from engine.rollover import carried
from engine.workflow import comparing
from engine.workflow.consolidating import OF_THE_DAY, table, title_of, told_change
from schemas import loader

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import date, datetime
    from pathlib import Path

    from engine.workspace import Workspace

Row = dict[str, Any]


def registers(
    ws: Workspace,
    *,
    at: datetime,
    on: date | None = None,
    who: str = "",
    against: Path | None = None,
    out: Path | None = None,
) -> dict[str, Any]:
    """Return every edition of every register, or one entry's life, or write the registers as they stood on a day.

    on: the day asked about; without `out` its editions are only named. who: an identifier, a certificate number or a name.
    against: a published yearly roster to compare with (`comparing.against`, R19).
    Returns {registers: [{template, sheet, title, version, since, until, rows, added, removed, changed}], lines}, for `who`
    {entries: [{template, title, id, name, stays}], lines}; with `out` besides {file}.
    Raises Refused for a day to come, NotFound where nothing was consolidated, nothing held on the day, nobody is called so.
    """
    if against is not None:
        return comparing.against(ws, against, out=out)
    if on and on > at.date():
        raise Refused(f"{on.isoformat()} 还没有到。", "请写今天或以前的日子。")
    if who:
        return _life(ws, who)
    found = list(editions_of(ws))
    if not found:
        raise NotFound("还没有汇总过名录。", "先运行 taizhang consolidate。")
    if on is None and out is None:
        return _told(found)
    return _as_of(ws, found, on or at.date(), out)


def editions_of(ws: Workspace, title: str = "") -> Iterator[list[history.Edition]]:
    """Yield the editions of each register sheet that has any; with `title` only of sheets called so."""
    for code in merging.registers():
        for sheet in loader.template(code).sheets:
            kept = ws.store.editions(code, sheet.name) if title in ("", sheet.title) else []
            if kept:
                yield history.editions(code, sheet.name, kept)


def _told(found: list[list[history.Edition]]) -> dict[str, Any]:
    listed = [_listed(one) for editions in found for one in editions]
    lines, last = [], ""
    for one in listed:
        if one["title"] != last:
            lines.append(f"{one['template']} {one['title']}")
            last = one["title"]
        lines.append(
            f"  第 {one['version']} 版　{_span(one)}　{one['rows']} 行（{told_change(one) or '内容没有变化，来源是新交的文件'}）"
        )
    lines.append(
        "写出某日的名录：taizhang registers --on 2026-06-30 -o 名录.xlsx；看一人一机构：taizhang registers --id 编号"
    )
    return {"registers": listed, "lines": lines}


def _as_of(ws: Workspace, found: list[list[history.Edition]], on: date, out: Path | None) -> dict[str, Any]:
    standing = [one for editions in found if (one := history.on_day(editions, on))]
    if not standing:
        first = min(editions[0].since for editions in found)
        before = carried(ws.store).year
        fix = (
            f"这一天的名录请到 {before} 年的工作文件夹里查。" if before else f"请写 {first.isoformat()} 或以后的日子。"
        )
        raise NotFound(f"{on.isoformat()} 还没有名录，最早的一版从 {first.isoformat()} 起。", fix)
    listed = [_listed(one) for one in standing]
    head = f"{on.isoformat()} 当日终了时的名录："
    lines = [
        head,
        *(
            f"  {one['template']} {one['title']}：第 {one['version']} 版，{one['rows']} 行（{_span(one)}）"
            for one in listed
        ),
    ]
    result: dict[str, Any] = {"on": on.isoformat(), "registers": listed, "lines": lines}
    if out is not None:
        from workbooks import register

        tables = [_table(ws, one, shown, on) for one, shown in zip(standing, listed, strict=True)]
        ws.write_atomic(out.resolve(), register.write(tables, title=f"{ws.unit.name}名录（{on.isoformat()}）"))
        result["file"] = str(out)
        lines.append(f"已写入 {out}。内部资料，含不公示的列。")
    return result


def _table(ws: Workspace, one: history.Edition, shown: Row, on: date) -> Any:
    title = f"{ws.unit.name}{shown['title']}（{on.isoformat()}）"
    notes = [
        f"第 {one.version} 版（{_span(shown)}），共 {len(one.bodies)} 行，内容校验 {one.digest[:16]}。内部资料，含不公示的列。"
    ]
    return table(
        one.template, one.sheet, one.bodies, title=title, notes=notes, on=on if one.template == OF_THE_DAY else None
    )


def _life(ws: Workspace, who: str) -> dict[str, Any]:
    """Return what became of the entry called `who`, register by register; several of one name are all told."""
    entries: list[Row] = []
    lines: list[str] = []
    for editions in editions_of(ws):
        for identity, name in history.called(editions, who).items():
            stays = history.life(editions, identity)
            entry: Row = {
                "template": editions[0].template,
                "title": title_of(editions[0].template, editions[0].sheet),
                "id": identity,
                "name": name,
                "stays": [_stay(one) for one in stays],
            }
            entries.append(entry)
            lines.append(f"{entry['template']} {entry['title']}　{name} {identity}".rstrip())
            lines += [_stay_line(one) for one in entry["stays"]]
    if not entries:
        raise NotFound(f"各版名录里都没有“{who}”。", "可写编号、证号、统一社会信用代码或完整的姓名（名称）。")
    return {"entries": entries, "lines": lines}


def _stay(one: history.Stay) -> Row:
    body = one.body
    return {
        "since": one.since.isoformat(),
        "until": one.until.isoformat() if one.until else None,
        "version": one.version,
        "is_in": one.is_in,
        "unit": body.get("unit"),
        "file": body.get("file"),
        "place": f"{body['grid']} 第{body['row']}行" if body else None,
        "changes": [{"field": title, "old": old, "new": new} for title, old, new in one.changes],
    }


def _stay_line(one: Row) -> str:
    head = f"  {_span(one)}（第 {one['version']} 版起）："
    if not one["is_in"]:
        return f"{head}不在名录内"
    said = "；".join(f"{each['field']} {each['old'] or '空'} → {each['new'] or '空'}" for each in one["changes"])
    return f"{head}{said or '在名录内'}；{unit_name(one['unit'])}报送，{one['file']} {one['place']}"


def _listed(one: history.Edition) -> Row:
    return {
        "template": one.template,
        "sheet": one.sheet,
        "title": title_of(one.template, one.sheet),
        "version": one.version,
        "since": one.since.isoformat(),
        "until": one.until.isoformat() if one.until else None,
        "rows": len(one.bodies),
        "added": list(one.added),
        "removed": list(one.removed),
        "changed": list(one.changed),
        "digest": one.digest,
    }


def _span(one: Row) -> str:
    if one["until"] is None:
        return f"{one['since']} 起"
    return f"{one['since']} 起，{one['until']} 换版" if one["until"] != one["since"] else f"{one['since']} 当日又换版"
