"""A refused publication: what has to be looked at, unmasked only in the private folder, released by fingerprint (R59; decisions 32)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from engine import trace
from engine.leak import normal
from engine.values import text
from schemas import loader

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import datetime

    from engine.leak import Leak
    from engine.workflow.findings import Findings
    from engine.workspace import Workspace

SOURCES = (
    ("T01", "items"), ("T02", "targets"), ("T03", "practitioners"), ("T04", "inspectors"), ("T07", "plans"), ("T10", "results"),
    ("T10", "checklist"),
)  # fmt: skip
INSIDE = ("公示", "内部")
"""Where in the workspace lies what is about a publication and never part of it."""
COLUMNS = ("指纹", "内容", "类型", "公示文件", "来源文件", "工作表", "单元格", "栏目", "处理")
RELEASABLE = "确不属个人信息的，可凭指纹放行"
NEVER = "内部栏目的内容，不得公开；请改正来源"


def refused(ws: Workspace, findings: Findings, found: Sequence[Leak], at: datetime) -> dict[str, Any]:
    """Write the list of what stopped a publication into 公示 of the workspace and return the refusal, values masked.

    The list names every value in full, the public files it stood in and the cell somebody typed it into; it never leaves
    the workspace. `leaks` hold the fingerprint by which a reviewer releases what only looks private.
    """
    from workbooks import register

    rows = []
    for value in dict.fromkeys(one.value for one in found):
        same = [one for one in found if one.value == value]
        files = "；".join(dict.fromkeys(one.file for one in same))
        done = RELEASABLE if all(one.is_releasable for one in same) else NEVER
        places = list(_places(findings, value)) or [("", "", "", "")]
        rows += [[same[0].fingerprint, value, same[0].kind, files, *place, done] for place in places]
    table = register.Table(
        name="待审查",
        title=f"{ws.unit.name}公示前审查（内部，不得外传）",
        columns=list(COLUMNS),
        rows=rows,
        notes=("放行：taizhang publish … --release 指纹,审查人,理由；放行只对该内容有效，记入公示记录。",),
    )
    path = ws.write_atomic(ws.path(*INSIDE, f"待审查（内部）_{at.date().isoformat()}.xlsx"), register.write([table]))
    return {
        "ok": False,
        "leaks": [
            {
                "file": one.file,
                "part": one.part,
                "kind": one.kind,
                "value": one.masked,
                "fingerprint": one.fingerprint,
                "releasable": one.is_releasable,
            }
            for one in found
        ],
        "review": str(path),
        "lines": [
            f"公示被拒绝：发现 {len(found)} 处不得公开的内容，没有写出任何文件。",
            *(f"  {one.file} {one.part}：{one.kind} {one.masked}（指纹 {one.fingerprint}）" for one in found[:50]),
            f"完整内容和来源单元格见 {path}（内部）。",
            "属公开栏目而只是形似的，可由审查人写明理由后按指纹逐条放行；内部栏目的内容任何情况下不得公开。",
        ],
    }


def _places(findings: Findings, value: str) -> Iterator[tuple[str, str, str, str]]:
    """Yield (file, sheet, cell, column title) of every cell of the registers that holds `value`."""
    wanted, store = normal(value), trace.Remembered(findings.ws.store)
    for template, sheet in SOURCES:
        titles = {one.key: one.title for one in loader.template(template).sheet(sheet).fields}
        for row in findings.rows(template, sheet):
            for key, title in titles.items():
                if wanted and wanted in normal(text(row.get(key))):
                    found = trace.resolve(store, row["_ref"], key)
                    place = found[-1] if found else {"file": template, "sheet": sheet, "cell": text(row.get("_key"))}
                    yield place["file"], place["sheet"], place["cell"], title
