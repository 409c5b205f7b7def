"""From blank templates to the package for the level above: init, templates, check, receive, status, consolidate, submit, …

Every verb takes the workspace first and the time as `at`; what it returns is shown by `engine.report` and is the value of
`--json`. R02-R08, R24, R52-R56, R60.
"""

from __future__ import annotations

from itertools import chain, count
from pathlib import Path, PurePath
from typing import TYPE_CHECKING, Any

from engine import arrivals, examination, files, timeliness
from engine.model import NotFound, Refused
from engine.prepared import kept_beside
from engine.receipt import told
from engine.recorder import Recorder
from engine.workflow.consolidating import consolidate, effect, stale_units
from engine.workflow.locking import locked
from engine.workflow.upward import submit
from engine.workspace import Workspace
from schemas import loader

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence
    from datetime import datetime

    from engine.arrivals import Arrival
    from engine.prepared import Prepared
    from schemas.declare import Unit

Row = dict[str, Any]


def init(
    directory: Path | str,
    unit: str,
    year: int,
    *,
    at: datetime,
    url: str = "",
    clock: str = "supplied",
    carry_from: Path | str | None = None,
    open_year: str = "",
) -> Row:
    """Make the workspace of one office and return {path, unit, unit_name, year, expects: [{unit, template, deadline, quota}…]}.

    carry_from: the workspace of the year before, of which everything that goes on is taken over (R65); what that was stands
    under `carried`. open_year: why a year that is not closed by its ledger is carried all the same.
    """
    from engine.workflow import carry

    taken = carry.read(Path(carry_from), unit, year, at=at, open_year=open_year) if carry_from else None
    with Workspace.create(directory, unit, year, at=at, url=url, clock=clock) as workspace:
        told = carry.write(workspace, taken, at=at) if taken else None
        owed = timeliness.owed_to(workspace.policy, workspace.unit)
        return {
            **({"carried": told, "lines": [f"工作文件夹：{workspace.root}", *told["lines"]]} if told else {}),
            "path": str(workspace.root),
            "unit": unit,
            "unit_name": workspace.unit.name,
            "year": year,
            "expects": [
                {"unit": one.unit, "template": one.template, "deadline": one.deadline.isoformat(), "quota": one.quota}
                for one in owed
            ],
        }


def context_of(workspace: Workspace | None, year: int, at: datetime) -> Any:
    """Return what the examination of a file may know: whose workspace, which year, which numbers of known people."""
    from engine import intake, rollover, waivers

    today = at.date().isoformat()
    if workspace is None:
        return intake.Context(year=year, today=today)
    carried, requests = rollover.carried(workspace.store), workspace.store.accepted_rows("T16", "requests")
    # Nobody excuses himself from a rule; the organ that inspects may prolong its own visits.
    own = [one for one in (*carried.waivers, *requests) if one["_unit"] == workspace.unit.code]
    prolonged = waivers.extended((*carried.unfinished.get("requests", ()), *requests))
    leaves: tuple[waivers.Waiver | waivers.Extension, ...] = (*waivers.granted(own), *prolonged)
    return intake.Context(
        unit=workspace.unit.code,
        year=workspace.year,
        today=today,
        roster=_roster(workspace),
        waivers=leaves,
        parameters=workspace.own,
        contact=_contact(workspace),
    )


def _contact(workspace: Workspace) -> str:
    """Return whom a sender may ask (intake §5.5): the receiver as its list of contacts or its own last report names it."""
    known = (workspace.store.document("contacts", "current") or {}).get(workspace.unit.code)
    signed = workspace.store.document("signers", "current") or {}
    known = known or {"name": signed.get("filled_by"), "phone": signed.get("phone")}
    return " ".join(filter(None, (workspace.unit.name, known["name"], known["phone"])))


def _roster(workspace: Workspace) -> dict[str, dict[str, str]]:
    """Return field key -> name -> number of the people in the registers; a name that two people bear proposes nothing."""
    found: dict[str, dict[str, str]] = {}
    for template, sheet, field in (("T04", "inspectors", "certificate_no"), ("T05", "experts", "licence_no")):
        numbers: dict[str, set[str]] = {}
        for one in (workspace.store.edition(template, sheet) or {"rows": []})["rows"]:
            if one["values"].get(field):
                numbers.setdefault(str(one["values"].get("name")), set()).add(str(one["values"][field]))
        found[field] = {name: min(known) for name, known in numbers.items() if len(known) == 1}
    return found


def check(
    paths: Iterable[Path | str], *, year: int, at: datetime, return_to: Path | None = None, workers: int = 1
) -> Row:
    """Check files without any workspace; return {files: [receipt-like rows]}; marked copies go to `return_to`."""
    context = context_of(None, year, at)
    found: list[Row] = []
    taken: set[str] = set()
    for group in examination.examined(arrivals.unpack(paths), context, at=at.isoformat(), workers=workers):
        for arrival, result in group:
            if result is None and arrival.role == "attachment":
                result = kept_beside(arrival.name)
            if result is not None:
                found.append(_checked(arrival, result, return_to, taken))
    _need_files(found, paths)
    return {"files": found}


def _checked(arrival: Arrival, found: Prepared, return_to: Path | None, taken: set[str]) -> Row:
    """Return the line of one file, its copy written under a name that is not `taken` by another file of this call."""
    path = None
    if return_to and found.returned is not None:
        named = PurePath(files.safe_name(found.returned_name or f"退回_{arrival.name}", 90))
        numbered = (f"{named.stem}_{number}{named.suffix}" for number in count(2))
        name = next(one for one in chain([named.name], numbered) if one.casefold() not in taken)
        taken.add(name.casefold())
        path = str(files.write_atomic(Path(return_to) / name, found.returned))
    return {
        "file": arrival.name,
        "verdict": found.verdict,
        "template": found.template or None,
        "unit": found.unit or None,
        "year": found.year or None,
        "rows": found.rows,
        "digest": found.digest,
        "sha256": arrival.sha256,
        "issues": told(found.issues, found.template),
        "returned": path,
    }


def _need_files(found: Sequence[object], paths: Iterable[Path | str]) -> None:
    if not found:
        raise NotFound(
            f"没有找到可以处理的文件：{'、'.join(str(one) for one in paths)}。",
            "请给出文件、文件夹、zip 或邮件的路径。",
        )


def receive(
    workspace: Workspace,
    paths: Sequence[Path | str],
    *,
    at: datetime,
    workers: int = 1,
    progress: Callable[[int, int], None] = lambda _done, _total: None,
) -> Row:
    """Receive files, folders, archives and mails; return {files: [receipt…], doubts}, one receipt for every workbook and attachment.

    doubts: what in own results is not as it was drawn, in Chinese.
    `workers=0` reads in this process, without the guards meant for files of strangers. Interrupted work is simply done again:
    what was recorded is recognised by its bytes. `progress` is told the arrivals of each group and how many files there are.
    """
    missing = [str(one) for one in paths if not Path(one).exists()]
    if missing:
        raise NotFound(f"没有文件或文件夹“{missing[0]}”。", "请检查路径。")
    recorder, total = Recorder(workspace, at), arrivals.count(paths)
    receipts: list[Row] = []
    groups = examination.examined(
        arrivals.unpack(paths),
        context_of(workspace, workspace.year, at),
        at=recorder.moment,
        workers=workers,
        known=recorder.known,
    )
    for group in groups:
        receipts += recorder.record(group)
        progress(len(group), total)
    _need_files(receipts, paths)
    return {"files": receipts, "doubts": _against_draw(workspace, receipts)}


def _against_draw(workspace: Workspace, receipts: Sequence[Row]) -> list[str]:
    """Return in Chinese what in own results accepted now is not as it was drawn: told while the team still remembers (X14, X24)."""
    from engine.workflow.doubting import of_arrivals
    from engine.workflow.findings import Findings

    own = {
        one["sha256"]
        for one in receipts
        if (one.get("template"), one.get("unit"), one["verdict"]) == ("T10", workspace.unit.code, "accepted")
    }
    if not own or not workspace.store.document_names("task"):
        return []
    filed = [one["id"] for one in workspace.store.submissions("T10", "accepted") if one["sha256"] in own]
    return [one.message for one in of_arrivals(Findings(workspace), filed)]


def templates(
    codes: Sequence[str], output: Path, *, year: int, workspace: Workspace | None = None, units: Sequence[str] = ()
) -> Row:
    """Write templates for the units that owe them (for nobody in particular without a workspace); return {templates, written}.

    `templates` lists `{template, sheet, key_row, fields: [{key, title, type, required, codes}]}` (decisions 26).
    """
    known = loader.templates()
    unknown = [one for one in codes if one not in known]
    if unknown:
        raise NotFound(f"没有表号“{unknown[0]}”。", f"表号有：{'、'.join(known)}。")
    policy = workspace.policy if workspace and workspace.year == year else loader.policy(year)
    wanted = codes or [one.code for one in known.values() if one.direction == "up" and one.code != "T00"]
    written = [
        str(_write_template(code, unit, year, policy, output, workspace))
        for code in wanted
        for unit in _recipients(code, units, workspace)
    ]
    return {"templates": [one for code in (codes or known) for one in describe(code)], "written": written}


def _recipients(code: str, units: Sequence[str], workspace: Workspace | None) -> list[Any]:
    """Return the units a template is written for; [None] means one blank for whoever needs it.

    What nobody below owes but this office itself reported last year, or can fill in from its registers, is written for this
    office, pre-filled.
    """
    known = loader.units()
    unknown = [one for one in units if one not in known]
    if unknown:
        raise NotFound(f"没有代码为“{unknown[0]}”的单位。", "单位代码见 schemas/units.csv。")
    if units:
        return [known[one] for one in units]
    if workspace is None:
        return [None]
    owed = timeliness.owed_to(workspace.policy, workspace.unit)
    below = [known[one.unit] for one in owed if one.template == code]
    is_own = not below and bool(_known_rows(workspace, code, workspace.unit))
    return below or [workspace.unit if is_own else None]


def _write_template(
    code: str, unit: Any, year: int, policy: Any, output: Path, workspace: Workspace | None = None
) -> Path:
    """Write one template, with what this office knows of the unit already in it."""
    from workbooks import template as writer

    form = loader.template(code)
    identity = writer.identity_of(form, unit=unit.code if unit else "", year=year)
    day = timeliness.deadline(policy, unit, code) if unit else None
    data = writer.write(
        form,
        identity,
        unit=unit,
        year=year,
        deadline=day.isoformat() if day else "",
        quota=timeliness.quota(policy, unit, code) if unit else None,
        rows=_known_rows(workspace, code, unit) if workspace and unit else None,
    )
    name = writer.file_name(identity) if unit else f"{code}_{form.title}.xlsx"
    return files.write_atomic(Path(output) / files.safe_name(name, 90), data)


def _known_rows(workspace: Workspace, code: str, unit: Unit) -> dict[str, list[Row]]:
    """Return the rows a template of `unit` leaves with: what the unit reported last year (R65); in T17 its institutions with
    their facts and what the rules propose (R33, R34).
    """
    from engine import differentiate, rollover
    from engine.workflow.registers import Registers

    if code != "T17":
        return rollover.prefill(workspace.store, code, unit.code)
    own = unit.code == workspace.unit.code
    targets = [row for row in Registers(workspace).targets() if own or row.get("supervisor") == unit.code]
    if workspace.store.accepted("T02", "targets").empty:
        # The register is still last year's: so are its complaints and penalties, which nobody may take for this year's.
        targets = [{**row, **dict.fromkeys(differentiate.FACTS)} for row in targets]
    rows = differentiate.evidence_rows(targets, workspace.policy, workspace.unit.code)
    return {"institutions": rows} if rows else {}


def describe(code: str) -> list[Row]:
    """Return the sheets of a template as programs need them: hidden keys, titles, types, code lists."""
    return [
        {
            "template": code,
            "sheet": sheet.title,
            "key_row": None if code == "T00" else 4,
            "fields": [
                {
                    "key": one.key,
                    "title": one.title,
                    "type": one.type.value,
                    "required": one.required,
                    "codes": list(loader.code_lists()[one.codes].labels) if one.codes else None,
                }
                for one in sheet.fields
            ],
        }
        for sheet in loader.template(code).sheets
    ]


def status(
    workspace: Workspace,
    *,
    at: datetime,
    xlsx: Path | None = None,
    contacts: Path | None = None,
    with_effect: bool = False,
) -> Row:
    """Return the board: {units, totals, reminders, escalation, stale, effect, conflicts, calls}; `xlsx` writes it as a workbook too.

    `contacts` imports a list of contacts first: a workbook or CSV with the headings 单位代码 (or 单位), 联系人, 电话.
    with_effect: of a stale merge also what the next one would change (reads every accepted row), else `effect` is empty.
    """
    if contacts:
        _import_contacts(workspace, Path(contacts), at)
    owed = timeliness.owed_to(workspace.policy, workspace.unit, timeliness.excused(workspace.store.documents("excuse")))
    lines = timeliness.board(owed, workspace.store.submissions(), at)
    board: Row = {
        "unit": workspace.unit.code,
        "unit_name": workspace.unit.name,
        "year": workspace.year,
        "at": at.isoformat(timespec="seconds"),
        "units": lines,
        "totals": timeliness.totals(lines),
        "reminders": timeliness.reminders(lines, at, workspace.policy, workspace.unit),
        "escalation": timeliness.escalation(lines, at, workspace.unit),
        "stale": (stale := stale_units(workspace)),
        "locked": {name: one["at"] for name, one in locked(workspace).items()},
        "effect": effect(workspace) if with_effect and stale else [],
        "conflicts": workspace.store.document("conflicts", "current") or [],
        "calls": timeliness.calls(
            lines, workspace.store.submissions(), workspace.store.document("contacts", "current") or {}, at
        ),
    }
    if xlsx:
        board["xlsx"] = str(_write_board(board, Path(xlsx)))
    return board


def _import_contacts(workspace: Workspace, path: Path, at: datetime) -> None:
    """Keep a list of contacts; a line whose unit is not known is refused by name rather than lost."""
    from engine.resolve import unit_named
    from workbooks.container import open_book

    grid = open_book(path.read_bytes(), path.name, skip=()).grids[0]
    rows = [{column: cell.text.strip() for column, cell in row.items()} for _, row in sorted(grid.rows.items())]
    heads = next((row for row in rows if "电话" in row.values()), {})
    places = {title: column for column, title in heads.items()}
    if not {"单位代码", "单位"} & set(places):
        raise Refused(f"“{path.name}”不是通讯录。", "表头应有：单位代码（或单位）、联系人、电话。")
    found, unknown = {}, []
    for row in rows[rows.index(heads) + 1 :]:
        said = row.get(places.get("单位代码", -1)) or row.get(places.get("单位", -1)) or ""
        code = unit_named(said)
        if code:
            found[code] = {"name": row.get(places.get("联系人", -1), ""), "phone": row.get(places["电话"], "")}
        elif said:
            unknown.append(said)
    if unknown:
        raise Refused(f"通讯录里有不认识的单位：{'、'.join(unknown[:5])}。", "请改用单位代码，见 schemas/units.csv。")
    workspace.store.put_document("contacts", "current", found, at)


def _write_board(board: Row, path: Path) -> Path:
    """Write the board as a workbook: who reported, the five numbers, whom to ring, what to remind of."""
    from workbooks import register

    def table(name: str, heads: dict[str, str], rows: list[Row]) -> Any:
        return register.Table(
            name=name,
            title=f"{board['unit_name']}{board['year']}年{name}",
            columns=list(heads.values()),
            rows=[[one[key] for key in heads] for one in rows],
            notes=[f"截至 {board['at'][:16].replace('T', ' ')}"],
        )

    labels = {one.code: one.label for one in loader.code_lists()["C06"].entries}
    totals = [{**one, "level": labels.get(one["level"], one["level"])} for one in board["totals"]]
    data = register.write(
        [
            table("报送情况", _BOARD, board["units"]),
            table("五项指标", _TOTALS, totals),
            table("催报电话", _CALLS, [one for one in board["calls"] if one["is_current"]]),
            table("催报短信", {"unit": "单位代码", "template": "表号", "text": "短信"}, board["reminders"]),
        ]
    )
    return files.write_atomic(path, data)


_BOARD = {
    "unit_name": "单位",
    "template": "表号",
    "deadline": "期限",
    "received": "收到",
    "on_time": "按时",
    "accepted": "通过",
    "accepted_on_time": "按时通过",
    "returned": "退回次数",
    "rows": "行数",
    "state": "情况",
}
_TOTALS = {
    "template": "表号",
    "level": "层级",
    "expected": "应报",
    "received": "已报",
    "on_time": "按时报",
    "accepted": "通过",
    "accepted_on_time": "按时通过",
    "missing": "未报",
    "without_return": "一次通过",
    "median_returns": "退回次数中位数",
    "median_hours_to_acceptance": "到通过小时数中位数",
}
_CALLS = {"unit_name": "单位", "template": "表号", "state": "情况", "person": "联系人", "phone": "电话"}


def adopt(path: Path | str, code: str, output: Path, *, year: int, unit: str = "", mapping: Path | None = None) -> Row:
    """Map a foreign table onto a template and write the template pre-filled, with a list of what was not understood.

    Returns {template, rows, columns, unmapped, issues, written, mapping, lines, must_act}. `mapping` names a file of headings
    to keep and edit; it is written on the first run and read afterwards.
    """
    from engine import adoption

    return adoption.adopt(Path(path), code, Path(output), year=year, unit=unit, mapping=mapping)


def backup(workspace: Workspace, output: Path | str, *, at: datetime) -> Row:
    """Write a backup of the whole workspace; return {path, files, bytes, sha256, lines}."""
    from engine import backup as copying

    if workspace.url:
        raise Refused("数据库不在工作文件夹里，不能由本命令备份。", "请用数据库自己的备份工具，并另行备份工作文件夹。")
    workspace.lock()
    found = copying.write(workspace.root, Path(output))
    workspace.store.note("backup", {"sha256": found["sha256"]}, at)
    return {**found, "lines": [f"已备份 {found['files']} 个文件到 {found['path']}，校验 {found['sha256']}"]}


def restore(source: Path | str, directory: Path | str) -> Row:
    """Restore a backup into a new folder; return {path, files, lines}."""
    from engine import backup as copying

    found = copying.restore(Path(source), Path(directory))
    return {
        **found,
        "lines": [f"已恢复 {found['files']} 个文件到 {found['path']}，请运行 taizhang -C {found['path']} audit 核验。"],
    }


__all__ = [
    "adopt",
    "backup",
    "check",
    "consolidate",
    "describe",
    "init",
    "receive",
    "restore",
    "status",
    "submit",
    "templates",
]
