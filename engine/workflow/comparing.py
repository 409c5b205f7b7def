"""The libraries of this office held against a roster that was published elsewhere (R19)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from engine import completeness
from engine.model import NotFound
from engine.workflow.registers import Registers
from schemas import loader

if TYPE_CHECKING:
    from pathlib import Path

    from engine.values import Row
    from engine.workspace import Workspace


def against(ws: Workspace, roster: Path, *, out: Path | None = None) -> dict[str, Any]:
    """Return how the libraries T02 and T03 and a published yearly roster differ, both ways; nothing is changed.

    Returns {registers: [{template, title, types, listed, agreed, findings}], lines, must_act}; with `out` the findings are
    written as a workbook, {file}. Raises NotFound where a register of the roster is empty, and whatever `completeness.read` does.
    """
    listed = completeness.read(roster)
    registers = Registers(ws)
    told, lines = [], []
    for template, (sheet, _) in completeness.FORMS.items():
        entries = [one for one in listed if one.template == template]
        if not entries:
            continue
        rows = registers.rows(template, sheet)
        title = loader.template(template).sheet(sheet).title
        if not rows:
            raise NotFound(f"{template} {title}还没有内容。", "请先 receive 并 consolidate，再与年度名册核对。")
        found = completeness.compare(template, entries, rows)
        findings = completeness.findings(found)
        told.append(
            {
                "template": template, "title": title, "types": list(found.types), "listed": len(entries),
                "agreed": found.agreed, "findings": findings,
            }
        )  # fmt: skip
        kinds = f"（{'、'.join(found.types)}）" if found.types else ""
        lines.append(
            f"{template} {title}{kinds}：名册 {len(entries)} 条，一致 {found.agreed} 条，不一致 {len(findings)} 条。"
        )
        lines += [f"  {_line(one)}" for one in findings]
    result: dict[str, Any] = {"registers": told, "lines": lines, "must_act": any(one["findings"] for one in told)}
    if out is not None:
        ws.write_atomic(out.resolve(), _workbook(ws, roster.name, told))
        result["file"] = str(out)
        lines.append(f"已写入 {out}。")
    return result


def _line(one: Row) -> str:
    where = "，".join(filter(None, (one["number"], one["place"], one["id"])))
    return f"{one['kind']}：{one['name']}（{where}）。{one['advice']}"


def _workbook(ws: Workspace, name: str, told: list[Row]) -> bytes:
    from workbooks import register

    keys = ("kind", "name", "number", "place", "id", "advice")
    return register.write(
        [
            register.Table(
                name=one["title"],
                title=f"{ws.unit.name}{ws.year}年{one['title']}与年度名册核对表",
                columns=["情况", "名称（姓名）", "号码", "名册位置", "名录编号", "怎么办"],
                rows=[[row[key] for key in keys] for row in one["findings"]],
                notes=[
                    f"与“{name}”双向核对：名册 {one['listed']} 条，一致 {one['agreed']} 条，不一致 {len(one['findings'])} 条。"
                ],
            )
            for one in told
        ]
    )
