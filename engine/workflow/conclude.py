"""Conclude the year: publish, file changes, close the ledger, trace a figure back to its cells.

Every verb takes an open workspace and the moment `at` and returns a plain dict that `report` shows (`lines` in Chinese).
Documents kept: `publication/<unit>-<number>`, `filing/<unit>-<year>`, `ledger/<sha256>`.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from engine import changes as differences
from engine import edition, figures, leak, prefilled, publication
from engine import ledger as ledgers
from engine import publish as publishing
from engine import trace as tracing
from engine.files import sha256
from engine.journal import canonical
from engine.model import Refused
from engine.values import Row, text
from engine.workflow import reviewing
from engine.workflow.findings import Findings
from engine.workflow.stage import Stage
from schemas import loader

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from engine.workspace import Workspace

PRACTICE = ("地区", "检查情况", "已公示/应公示", "经验做法（可推广的做法、典型案例）")
PUBLIC_SHEETS = (
    ("items", "随机抽查事项清单", "T01", "items"),
    ("targets", "检查对象名录库（机构）", "T02", "targets"),
    ("practitioners", "检查对象名录库（人员）", "T03", "practitioners"),
    ("inspectors", "执法检查人员名录库", "T04", "inspectors"),
    ("experts", "专家名录", "T05", "experts"),
    ("plans", "年度抽查计划", "T07", "plans"),
)


# ---- publish --------------------------------------------------------------------------------------------------------


def publish(
    ws: Workspace,
    *,
    at: datetime,
    out: Path,
    reviewer: str,
    reviews: Sequence[Mapping[str, str]] = (),
    url: str = "",
) -> dict[str, Any]:
    """Write the public edition of this office into `out`: pages, T11, data, fragment; refuse if anything private is in it.

    reviewer: who checked secrecy and personal information. reviews: `{value, approver, reason}` for public values that
    only look private, `value` being the content or its fingerprint in the list of a refusal. url: where the edition stands;
    mostly known only afterwards, so it may be added by publishing once more, and its lack is told, never refused
    (decisions 33). Partial publication is lawful: what is not ready is named, and the next edition adds it.
    """
    address = publication.address(url)
    if not reviewer:
        raise Refused("公示前须有人作保密和个人信息审查。", "请用 --reviewer 写明审查人。")
    findings = Findings(ws)
    on = at.date()
    entries = findings.entries(on)
    chosen = publishing.to_publish(entries, ws.unit.code)
    public = {one.task_id: publishing.stamped(one, on) for one in chosen}
    draws = _draw_pages(ws)
    editions = list(ws.store.documents("publication").values())
    withdrawn = publishing.taken_back(entries, editions)
    standing = {name for name in findings.published() if name not in withdrawn} | public.keys()
    rates = publishing.rates(entries, standing)
    files = _edition(ws, findings, list(public.values()), draws, rates, on.isoformat(), withdrawn=len(withdrawn))
    found = leak.scan(files, findings.private(), reviews)
    if found:
        return reviewing.refused(ws, findings, found, at)
    written = [str(path) for path in ws.write_set(Path(out).resolve(), files)]
    last = editions[-1] if editions else None
    body: dict[str, Any] = {
        "on": on.isoformat(),
        "url": address,
        "reviewer": reviewer,
        "reviews": [dict(one) for one in reviews],
        "tasks": {
            one.task_id: {
                "public": one.public,
                "published_on": public[one.task_id]["published_on"],
                "corrected_on": one.corrected_on,
                "corrected_by": list(one.corrected_by),
            }
            for one in chosen
        },
        "withdrawn": withdrawn,
        "files": {name: sha256(data) for name, data in sorted(files.items())},
    }
    # The same edition once more, as after a power cut, is no new one; without an address it takes none away.
    number = len(editions) + (
        last is None or canonical({**body, "url": address or last.get("url", "")}) != canonical(last)
    )
    with ws.store.transaction():
        if number > len(editions):
            ws.store.put_document("publication", f"{ws.unit.code}-{number:03d}", body, at)
        ws.store.note(
            "publish",
            {"edition": number, "tasks": len(chosen), "sha256": sha256(repr(sorted(body["files"].items())).encode())},
            at,
        )
    findings = Findings(ws)
    published = findings.published()
    control = _control(ws, findings.entries(on), reviewer, published)
    ws.write_atomic(ws.path("公示", f"公示管理（内部）_{number:03d}.xlsx"), control)
    total = rates[-1]
    silent = publication.without_address(chosen, published).get(ws.unit.code, [])
    blocked = [f"{one.task_id}：{one.problem}" for one in entries if one.problem]
    excepted = [one.task_id for one in entries if one.state == publishing.NOT_PUBLIC]
    return {
        "unit": ws.unit.code,
        "published": len(chosen),
        "rates": [
            {"unit": one.unit, "numerator": one.numerator, "denominator": one.denominator, "missing": list(one.missing)}
            for one in rates
        ],
        "exceptions": excepted,
        "blocked": blocked,
        "late": [one.task_id for one in entries if one.state == publishing.LATE and one.task_id not in public],
        "without_url": silent,
        "files": written,
        "publication": str(Path(out)),
        "must_act": bool(total.missing or blocked),
        "lines": [
            f"已公示 {len(chosen)} 项检查结果，文件在 {out}。",
            f"公示率 {total.numerator}/{total.denominator}（{total.shown}）。",
            *(f"  依法经批准不公示，不计入分母：{name}" for name in excepted),
            *(f"  尚未公示：{name}" for name in total.missing),
            *(f"  ！{one}" for one in blocked),
            *([_reminder(len(silent))] if silent else []),
        ],
    }


def _reminder(count: int) -> str:
    return f"其中 {count} 项还没有公示网址：上网后再执行一次 publish，加 --url 写明，随报送包报上级。"


def _edition(
    ws: Workspace,
    findings: Findings,
    results: Sequence[Row],
    draws: Sequence[edition.DrawPage],
    rates: Sequence[publishing.Rate],
    on: str,
    *,
    withdrawn: int,
) -> dict[str, bytes]:
    own = next((one for one in rates if one.unit == ws.unit.code), rates[-1])
    apart = () if ws.policy.value("publish_certificate_no_in_roster") else ("certificate_no",)
    chapters = [
        edition.Chapter(
            stem="results",
            title="抽查结果公示",
            template="T11",
            sheet="publication",
            rows=results,
            notes=(
                f"本次共公示 {len(results)} 项检查结果。不公示的仅限依法依规不适合公开并经批准的情形。",
                *([f"另有 {withdrawn} 项曾公示的结果经批准撤回，不再展示。"] if withdrawn else []),
            ),
        )
    ]
    for stem, title, template, sheet in PUBLIC_SHEETS:
        rows = publishing.public_rows(
            template, sheet, findings.public_source(template, sheet), apart=apart if template == "T04" else ()
        )
        if template == "T05" and not rows:
            # Nobody owes the public a list of experts: only who consents is named, and mostly nobody does.
            continue
        notes = _version(ws, template, sheet, len(rows))
        chapters.append(edition.Chapter(stem=stem, title=title, template=template, sheet=sheet, rows=rows, notes=notes))
    shown = [
        ("检查结果", f"{len(results)} 项", ""),
        ("公示率", own.shown, f"{own.numerator}/{own.denominator}"),
        *((chapter.title, f"{len(chapter.rows)} 条", "") for chapter in chapters[1:]),
    ]
    files = edition.render(
        organ=ws.unit.name,
        year=ws.year,
        on=on,
        chapters=chapters,
        figures=shown,
        draws=draws,
        missing=f"已办结而尚未公示的结果 {len(own.missing)} 项，将陆续公示。" if own.missing else "",
    )
    files["抽查结果公示表.xlsx"] = _sheet(ws, list(results))
    files["公告.docx"] = _letter(ws, list(results), on)
    return files


def _version(ws: Workspace, template: str, sheet: str, count: int) -> tuple[str, ...]:
    """Return which edition of a register the public reads; its digest is of the inner register and stays inside (R18, R20)."""
    kept = ws.store.edition(template, sheet)
    return (f"第 {kept['version']} 版，自 {kept['at'][:10]} 起，公布 {count} 条。",) if kept else ()


def _letter(ws: Workspace, results: Sequence[Row], on: str) -> bytes:
    """Return the announcement an editor of the portal pastes or attaches, with the results as a table."""
    from workbooks import letter

    keys = ("target_name", "item_names", "inspected_on", "result", "handling")
    titles = {field.key: field.title for field in loader.template("T11").sheet("publication").fields}
    year, month, number = (int(part) for part in on.split("-"))
    return letter.write(
        title=f"{ws.unit.name}关于{ws.year}年度公共法律服务领域“双随机、一公开”抽查结果的公告",
        paragraphs=[
            f"按照“谁检查、谁录入、谁公开”的原则，现将{ws.unit.name}{ws.year}年度抽查检查结果 {len(results)} 项予以公告，接受社会监督。",
            "抽查对象和检查人员均经随机抽取，抽取记录可在公示页面下载并自行验证。",
        ],
        sender=ws.unit.name,
        date=f"{year}年{month}月{number}日",
        attachments=["抽查结果公示表.xlsx"],
        table=[[titles[key] for key in keys], *([text(row.get(key)) for key in keys] for row in results)],
    )


def _sheet(ws: Workspace, results: Sequence[Row]) -> bytes:
    """Return the public T11 as a plain register: nothing hidden travels with it."""
    from workbooks import register

    fields = loader.template("T11").sheet("publication").fields
    cells = [[text(row.get(field.key)) for field in fields] for row in results]
    table = register.Table(
        name="抽查结果公示",
        title=f"{ws.unit.name}{ws.year}年度抽查结果公示表",
        columns=[field.title for field in fields],
        rows=cells,
        widths={field.title: field.width for field in fields},
    )
    return register.write([table])


def _control(
    ws: Workspace,
    entries: Sequence[publishing.Entry],
    reviewer: str,
    published: Mapping[str, publication.Publication],
) -> bytes:
    """Return the internal T11 with both clocks and every address; it stays in the workspace."""
    urls = {name: one.url for name, one in published.items()}
    rows = {"control": [one.control(reviewer, urls.get(one.task_id, "")) for one in entries]}
    return prefilled.form("T11", rows, ws.unit, ws.year)[1]


def _draw_pages(ws: Workspace) -> list[edition.DrawPage]:
    """Return every draw: its whole bundle once its tasks were dispatched, before that the commitment alone (decisions 7)."""
    dispatched = {body["draw_id"] for body in ws.store.documents("task").values()}
    pages = []
    for name in ws.store.documents("freeze"):
        stage = Stage(ws, name)
        is_open = name in dispatched or stage.is_void
        files = (
            stage.public_files()
            if is_open and (stage.drawn or stage.is_void)
            else {"commit.json": stage.public_files()["commit.json"]}
        )
        plan = stage.plan
        state = "已作废，记录保留在案。" if stage.is_void else ("抽取记录已公布。" if is_open else "名单已锁定。")
        pages.append(
            edition.DrawPage(
                name=name,
                sentence=f"{plan.name}，{state}",
                commitment=stage.frozen["commitment"],
                root=sha256(files["SHA256SUMS"]) if "SHA256SUMS" in files else "",
                files=files,
            )
        )
    return pages


# ---- changes --------------------------------------------------------------------------------------------------------


def changes(ws: Workspace, *, at: datetime, out: Path, since: Mapping[str, int] | None = None) -> dict[str, Any]:
    """Write the change filing T14 of this office: the computed difference of every register since it was last filed.

    since: register template -> edition to compare with; by default the one last filed, else the first of the year.
    Without any difference the workbook is a zero report. What a T14 declared differently is listed (X31).
    """
    findings = Findings(ws)
    base = since or findings.filed_editions()
    rows, editions = [], {}
    for template, sheet, register in differences.REGISTERS:
        first, last = findings.edition_range(template, sheet)
        editions[template] = last
        before = findings.edition(template, sheet, base.get(template, first))
        after = findings.edition(template, sheet, last)
        rows += differences.compare(
            before, after, template=template, sheet=sheet, register=register, divisions=loader.divisions()
        )
    rows = differences.with_requests(rows, findings.requests())
    filed = differences.filing_rows(rows, ws.unit, ws.year, findings.touched())
    nothing = None if filed else {"is_zero_report": True, "explanation": f"{ws.year}年度各名录库没有变动。"}
    name, data = prefilled.form("T14", {"changes": filed}, ws.unit, ws.year, policy=ws.policy, cover=nothing)
    target = Path(out) if Path(out).suffix == ".xlsx" else Path(out) / name
    ws.write_atomic(target.resolve(), data)
    declared = [row for row in findings.rows("T14", "changes") if text(row.get("_unit")) == ws.unit.code]
    doubts = differences.declared_against(filed, declared) if declared else []
    with ws.store.transaction():
        ws.store.put_document(
            "filing",
            f"{ws.unit.code}-{ws.year}",
            {"editions": editions, "rows": len(filed), "sha256": sha256(data)},
            at,
        )
        ws.store.note("changes", {"rows": len(filed), "sha256": sha256(data)}, at)
    return {
        "unit": ws.unit.code,
        "rows": filed,
        "count": len(filed),
        "is_zero_report": not filed,
        "file": str(target),
        "doubts": [one.message for one in doubts],
        "must_act": bool(doubts),
        "lines": [
            f"动态调整 {len(filed)} 条，已写入 {target}。" if filed else f"没有变动，已生成零报告 {target}。",
            *(
                f"  {row['register']} {row['change_type']} {row['subject_name']} {row['changed_field'] or ''}"
                for row in filed
            ),
            *(f"  ！{one.message}" for one in doubts),
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
    reconciled = [*figures.reconcile(counted, ws.unit.code), *(one.message for one in findings.doubts(at.date()))]
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
