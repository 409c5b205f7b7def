"""Conclude the year: file the changes of the registers, close the ledger (R46-R51, R54).

Every verb takes an open workspace and the moment `at` and returns a plain dict that `report` shows (`lines` in Chinese).
Documents kept: `filing/<unit>-<year>`, `ledger/<sha256>`.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from engine import changes as differences
from engine import figures, levels, outstanding, prefilled, publication
from engine import ledger as ledgers
from engine import publish as duties
from engine import trace as tracing
from engine.files import sha256
from engine.values import Row, text
from engine.workflow.findings import Findings
from schemas import loader

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from engine.workspace import Workspace

PRACTICE = ("地区", "检查情况", "已公示/应公示", "经验做法（可推广的做法、典型案例）")


def changes(ws: Workspace, *, at: datetime, out: Path, since: Mapping[str, int] | None = None) -> dict[str, Any]:
    """Write the change filing T14 of this office: the computed difference of every register since it was last filed.

    since: register template -> edition to compare with; by default the one last filed, else the first of the year. What takes
    effect after 31 December belongs to the next year, whenever this is asked.
    Without any difference the workbook is a zero report. What a T14 declared differently is listed (X31).
    """
    findings = Findings(ws)
    on = findings.within_year(at.date())
    rows, editions = [], {}
    for template, sheet, register in differences.REGISTERS:
        editions[template] = findings.edition_range(template, sheet)[1]
        before, after = findings.sides(template, sheet, on, since)
        rows += differences.compare(
            before, after, template=template, sheet=sheet, register=register, divisions=loader.divisions()
        )
    rows = differences.with_requests(rows, findings.requests())
    filed = differences.filing_rows(rows, ws.unit, ws.year, findings.touched())
    waiting = findings.unshown(on)
    nothing = None if filed or waiting else {"is_zero_report": True, "explanation": f"{ws.year}年度各名录库没有变动。"}
    name, data = prefilled.form("T14", {"changes": filed}, ws.unit, ws.year, policy=ws.policy, cover=nothing)
    target = Path(out) if Path(out).suffix == ".xlsx" else Path(out) / name
    ws.write_atomic(target.resolve(), data)
    declared = [row for row in findings.rows("T14", "changes") if text(row.get("_unit")) == ws.unit.code]
    doubts = differences.declared_against(filed, declared) if declared else []
    run = {
        "at": at.isoformat(timespec="seconds"),
        "editions": editions,
        "requests": outstanding.in_force(findings.requests(), on),
        "changes": differences.computed(filed),
        "sha256": sha256(data),
    }
    with ws.store.transaction():
        before = differences.runs(ws.store.document("filing", f"{ws.unit.code}-{ws.year}"))
        ws.store.put_document("filing", f"{ws.unit.code}-{ws.year}", {"runs": [*before, run]}, at)
        ws.store.note("changes", {"rows": len(filed), "sha256": sha256(data)}, at)
    return {
        "unit": ws.unit.code,
        "rows": filed,
        "count": len(filed),
        "is_zero_report": nothing is not None,
        "file": str(target),
        "doubts": [one.message for one in doubts],
        "must_act": bool(doubts or waiting),
        "lines": [
            f"动态调整 {len(filed)} 条，已写入 {target}。"
            if filed or waiting
            else f"没有变动，已生成零报告 {target}。",
            *(
                f"  {row['register']} {row['change_type']} {row['subject_name']} {row['changed_field'] or ''}"
                for row in filed
            ),
            *(f"  ！{one['told']}" for one in waiting),
            *(f"  ！{one.message}" for one in doubts),
            *([] if declared else ["  填好签好以后先 receive 收进本单位，再 submit 报上级；收下的这一份才算已备案。"]),
        ],
    }


# ---- ledger and trace -----------------------------------------------------------------------------------------------


def ledger(ws: Workspace, *, at: datetime, out: Path) -> dict[str, Any]:
    """Write the annual ledger T15: every figure with numerator, denominator and the rows it was counted from (R60)."""
    findings = Findings(ws)
    source = findings.source(at)
    counted = figures.count(source)
    sheets = ledgers.sheets(source, counted)
    data = ledgers.workbook(ws.unit, ws.year, sheets)
    target = Path(out) if Path(out).suffix == ".xlsx" else Path(out) / f"{ws.year}_{ws.unit.code}_年度台账.xlsx"
    ws.write_atomic(target.resolve(), data)
    digest = sha256(data)
    total = [one for one in counted if one.unit == ws.unit.code]
    said = figures.summary(source, total)
    summary_file = target.with_name(f"{target.stem}_总结.docx")
    ws.write_atomic(summary_file.resolve(), _summary(ws, said, total, sheets["by_unit"], at))
    reconciled = [
        *levels.reconcile(counted, ws.unit.code),
        *levels.disagreements(sheets["reconciliation"]),
        *(one.message for one in findings.doubts(at.date())),
    ]
    silent = publication.without_address(source.entries, source.published)
    with ws.store.transaction():
        ws.store.put_document("ledger", digest, tracing.document(sheets, counted), at)
        ws.store.note("ledger", {"sha256": digest, "figures": len(counted)}, at)
    return {
        "unit": ws.unit.code,
        "ledger": str(target),
        "summary": str(summary_file),
        "sha256": digest,
        "figures": [one.document() for one in counted],
        "differences": reconciled,
        "without_url": silent,
        "must_act": bool(reconciled),
        "lines": [
            f"年度台账已写入 {target}。",
            *(f"  {one.name}：{one.shown}" for one in total),
            *(f"  ！{one}" for one in reconciled),
            *duties.told_provisional(source.entries),
            *_silence(silent),
            *said,
        ],
    }


def _silence(silent: Mapping[str, Sequence[str]]) -> list[str]:
    """Return which organs published without saying where: a note for a telephone call, no difference."""
    if not silent:
        return []
    organs = "、".join(f"{loader.units()[unit].name} {len(tasks)} 项" for unit, tasks in sorted(silent.items()))
    return [f"  已公示而未写明公示网址：{organs}。"]


def _summary(
    ws: Workspace, said: Sequence[str], total: Sequence[figures.Figure], places: Sequence[Row], at: datetime
) -> bytes:
    """Return the yearly summary as a letter to be worked on: sentences and figures of the ledger, a line for the experience
    of every place that inspected (R51).

    places: the rows of T15 按地区, the total last.
    """
    from workbooks import letter

    return letter.write(
        title=f"{ws.unit.name}{ws.year}年度“双随机、一公开”工作总结",
        paragraphs=[
            "一、总体情况",
            *said,
            "二、经验做法",
            "（由本单位填写：可推广的做法、典型案例；各地的做法填入附二。）",
            "三、存在问题和下一步打算",
            "（由本单位填写。）",
            "附一：主要指标",
        ],
        table=[("指标", "数值", "算式"), *((one.name, one.shown, one.formula) for one in total)],
        more=[("附二：各地情况和经验做法", [PRACTICE, *_places(places)])],
        sender=ws.unit.name,
        date=f"{at.year}年{at.month}月{at.day}日",
    )


def _places(rows: Sequence[Row]) -> list[tuple[str, ...]]:
    """Return what each place did this year, with a blank cell for what others can learn from it."""
    return [
        (
            text(row["unit_name"]),
            f"已检查 {row['inspected'] or 0} 次，发现问题 {row['with_problem'] or 0} 次，已整改 {row['rectified'] or 0} 次",
            f"{row['published'] or 0}/{row['to_publish'] or 0}",
            "",
        )
        for row in rows[:-1]
        if row["inspected"]
    ]
