"""Publish: the static edition and what a portal editor uses, refused while anything private is in it (R36, R37, R59).

`publish` takes an open workspace and the moment `at` and returns a plain dict that `report` shows (`lines` in Chinese).
Documents kept: `publication/<unit>-<number>`.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from engine import edition, leak, prefilled, publication
from engine import publish as duties
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

PUBLIC_SHEETS = (
    ("items", "随机抽查事项清单", "T01", "items"),
    ("targets", "检查对象名录库（机构）", "T02", "targets"),
    ("practitioners", "检查对象名录库（人员）", "T03", "practitioners"),
    ("inspectors", "执法检查人员名录库", "T04", "inspectors"),
    ("experts", "专家名录", "T05", "experts"),
    ("plans", "年度抽查计划", "T07", "plans"),
)
TAKEN_BACK = "（经批准撤回：更正后凭之后批准的“结果更正”重新公示；不宜再公示的，办理“不公示审批”）"


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
    home = _site(ws, out)
    findings = Findings(ws)
    on = at.date()
    entries = findings.entries(on)
    chosen = duties.to_publish(entries, ws.unit.code)
    public = {one.task_id: duties.stamped(one, on) for one in chosen}
    draws = _draw_pages(ws)
    editions = list(ws.store.documents("publication").values())
    withdrawn = duties.taken_back(entries, editions)
    standing = {name for name in findings.published() if name not in withdrawn} | public.keys()
    rates = duties.rates(entries, standing)
    files = _edition(ws, findings, list(public.values()), draws, rates, on.isoformat(), withdrawn=withdrawn)
    found = leak.scan(files, findings.private(), reviews)
    if found:
        return reviewing.refused(ws, findings, found, at)
    written = [str(path) for path in ws.write_set(home, files)]
    gone = _remove(home, editions, files)
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
    published = findings.published()
    control = _control(ws, findings.entries(on), reviewer, published)
    ws.write_atomic(ws.path(*reviewing.INSIDE, f"公示管理（内部）_{number:03d}.xlsx"), control)
    total = rates[-1]
    silent = publication.without_address(chosen, published).get(ws.unit.code, [])
    blocked = [f"{one.task_id}：{one.problem}" for one in entries if one.problem]
    away = {one.task_id for one in entries if one.state == duties.WITHDRAWN}
    excepted = [one.task_id for one in entries if one.state == duties.NOT_PUBLIC]
    return {
        "unit": ws.unit.code,
        "published": len(chosen),
        "rates": [
            {"unit": one.unit, "numerator": one.numerator, "denominator": one.denominator, "missing": list(one.missing)}
            for one in rates
        ],
        "exceptions": excepted,
        "blocked": blocked,
        "late": [one.task_id for one in entries if one.state == duties.LATE and one.task_id not in public],
        "without_url": silent,
        "files": written,
        "publication": str(Path(out)),
        "must_act": bool(total.missing or blocked),
        "lines": [
            f"已公示 {len(chosen)} 项检查结果，文件在 {out}。",
            f"公示率 {total.numerator}/{total.denominator}（{total.shown}）。",
            *(f"  依法经批准不公示，不计入分母：{name}" for name in excepted),
            *(f"  尚未公示：{name}{TAKEN_BACK if name in away else ''}" for name in total.missing),
            *(f"  ！{one}" for one in blocked),
            *duties.told_provisional(entries),
            *([f"  上一版有、这一版没有的文件已移除：{'、'.join(gone)}。"] if gone else []),
            *([_reminder(len(silent))] if silent else []),
        ],
    }


def _site(ws: Workspace, out: Path) -> Path:
    """Return the folder of the edition; Refused where internal papers of the workspace lie: a site is handed over as a folder."""
    home, public = Path(out).resolve(), ws.path(reviewing.INSIDE[0])
    is_apart = home.is_relative_to(public) and home != public and not home.is_relative_to(ws.path(*reviewing.INSIDE))
    if (home.is_relative_to(ws.root) and not is_apart) or ws.root.is_relative_to(home):
        raise Refused(
            f"“{out}”里放着工作文件夹的内部材料，不能用作公示版的文件夹。",
            "公示版要能整个交给网站：请用工作文件夹以外的位置，或工作文件夹里的 公示/网站。",
        )
    return home


def _remove(home: Path, editions: Sequence[Mapping[str, Any]], files: Mapping[str, bytes]) -> list[str]:
    """Remove what an earlier edition put there and this one does not have: a list nobody consents to any more is no longer public.

    A file that is not as it was written belongs to somebody else and stays.
    """
    written = {(name, digest) for one in editions for name, digest in one["files"].items() if name not in files}
    gone = []
    for name, digest in sorted(written):
        path = home / name
        if path.is_file() and sha256(path.read_bytes()) == digest:
            path.unlink()
            gone.append(name)
    return gone


def _reminder(count: int) -> str:
    return f"其中 {count} 项还没有公示网址：上网后再执行一次 publish，加 --url 写明，随报送包报上级。"


def _edition(
    ws: Workspace,
    findings: Findings,
    results: Sequence[Row],
    draws: Sequence[edition.DrawPage],
    rates: Sequence[duties.Rate],
    on: str,
    *,
    withdrawn: Sequence[str],
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
                *([f"另有 {len(withdrawn)} 项曾公示的结果经批准撤回，不再展示。"] if withdrawn else []),
            ),
        )
    ]
    for stem, title, template, sheet in PUBLIC_SHEETS:
        rows = duties.public_rows(
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
        missing=_unseen([name for name in own.missing if name not in withdrawn], withdrawn),
    )
    files["抽查结果公示表.xlsx"] = _sheet(ws, list(results))
    files["公告.docx"] = _letter(ws, list(results), on)
    return files


def _unseen(waiting: Sequence[str], withdrawn: Sequence[str]) -> str:
    """Return the sentence about finished results that nobody can read; what was withdrawn is not promised again."""
    said = [f"已办结而尚未公示的结果 {len(waiting)} 项，将陆续公示。"] if waiting else []
    said += [f"曾公示的结果 {len(withdrawn)} 项经批准撤回，不再展示。"] if withdrawn else []
    return "".join(said)


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
    entries: Sequence[duties.Entry],
    reviewer: str,
    published: Mapping[str, publication.Publication],
) -> bytes:
    """Return the internal T11 with both clocks and every address; it stays in the workspace."""
    urls = {name: one.url for name, one in published.items()}
    rows = {"control": [one.control(reviewer, urls.get(one.task_id, "")) for one in entries]}
    return prefilled.form("T11", rows, ws.unit, ws.year, is_complete=True)[1]


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
