"""The package for the level above: registers, their originals, letter, summary, and what else is told there (R52, R56, R60; decisions 17, 33, 34)."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from engine import consolidate as merging
from engine import figures, files, levels, names, package, reports, timeliness, waivers
from engine.model import NotFound, Refused
from engine.publish import CORRECTION, WITHDRAWAL
from engine.workflow.consolidating import consolidate
from schemas import loader

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from engine.workspace import Workspace

Row = dict[str, Any]
# Kept by the office itself: experts of city associations are not reported upward (T05 of a city), requests are its own.
KEPT = {"city": ("T05", "T16"), "county": ("T16",)}
# What the level above is told of every duty of the units here.
TOLD = ("unit", "template", "expected", "received", "on_time", "accepted", "accepted_on_time", "returned", "missing")
SPOKEN_OF = ("不公示审批", WITHDRAWAL, CORRECTION)
WITHHELD = ("request_id", "request_type", "reference", "explanation", "decided_by", "decided_on", "is_approved")
DRAWN = ("task_id", "task_kind", "target_id", "target_type", "unit", "item_codes")
# The office ticks it with its own hand: nobody but who signs can say whether the roster holds everybody (R21).
ATTESTED = (
    "行政执法类公务员、具有行政执法资格的工作人员、从事日常监管工作的人员三类人员是否已全部入库："
    "□ 已全部入库　□ 尚未，原因：＿＿＿＿＿＿＿＿"
)
SIGNERS = ("filled_by", "checked_by", "approved_by", "phone")


def submit(
    workspace: Workspace,
    output: Path | str,
    *,
    at: datetime,
    templates: Sequence[str] = (),
    signers: Mapping[str, str] | None = None,
    explanation: str = "",
) -> Row:
    """Write the package for the level above and return {path, sha256, unit, to, templates, missing, files, lines}.

    `signers` names filled_by, checked_by, approved_by and phone once; later packages remember them. The registers are
    brought up to date first. Units that have not reported are named, never waited for (decision 17).
    """
    if not workspace.unit.parent:
        raise Refused(f"{workspace.unit.name}没有上级单位，不需要报送。", "省级汇总结果见 汇总、公示、台账 文件夹。")
    signed = _signed(workspace, signers, at)
    consolidated = consolidate(workspace, at=at)
    codes = _reported(workspace, templates)
    excuses = timeliness.excused(workspace.store.documents("excuse"))
    board = timeliness.board(
        timeliness.owed_to(workspace.policy, workspace.unit, excuses), workspace.store.submissions(), at
    )
    missing = sorted(
        {
            one["unit"]
            for one in board
            if not one["accepted"] and loader.template(one["template"]).consolidates_to in codes
        }
    )
    owing = [loader.units()[one].name for one in missing]
    made = package.Package(facts=_facts(workspace, codes, missing, board, at))
    said = explanation or (f"以下单位尚未报来：{'、'.join(owing)}。" if owing else "")
    for code in codes:
        made.add(*_report(workspace, code, signed, said, at))
    for code in codes:
        _add_originals(workspace, made, code)
    made.add("汇总表.xlsx", _summary(workspace, board, codes))
    _add_letter(workspace, made, codes, owing, at)
    path = files.write_atomic(Path(output), made.bytes())
    parent = loader.units()[workspace.unit.parent]
    digest = files.sha256(path.read_bytes())
    workspace.store.note("submitted", {"to": parent.code, "sha256": digest, "templates": codes, "missing": missing}, at)
    return {
        "path": str(path),
        "sha256": digest,
        "unit": workspace.unit.code,
        "to": parent.code,
        "templates": codes,
        "missing": missing,
        "files": sorted(made.parts),
        "lines": [
            f"已打包：{path}（报送{parent.name}，{'、'.join(codes)}，共 {len(made.parts)} 个文件）",
            *([f"注明未报单位 {len(owing)} 个：{'、'.join(owing)}"] if owing else []),
            *(line for line in consolidated["lines"] if line.startswith("冲突")),
        ],
        "must_act": bool(consolidated["conflicts"]),
    }


def _facts(workspace: Workspace, codes: list[str], missing: list[str], board: list[Row], at: datetime) -> Row:
    """Return what the manifest says beside the files: who, of what, where each row comes from, what was done here."""
    return {
        "unit": workspace.unit.code,
        "unit_name": workspace.unit.name,
        "level": workspace.unit.level.value,
        "year": workspace.year,
        "made_at": at.isoformat(timespec="seconds"),
        "templates": codes,
        "missing": missing,
        "missing_names": [loader.units()[one].name for one in missing],
        "rows": {code: _origins(workspace, code) for code in codes},
        **_done(workspace, at, is_counted="T10" in codes),
        "units": [{name: one[name] for name in TOLD} for one in board],
    }


def _done(workspace: Workspace, at: datetime, *, is_counted: bool) -> Row:
    """Return what was done here and below, so that the level above counts it organ by organ, and the levels above that.

    published: task id -> day and address (decisions 33). withheld: what was asked about a publication (exception, withdrawal,
    correction) without anything else a request may hold (X26): the request stays here. drawn: what was to be visited, also what never led to a result
    or was left from the year before (R60). figures: what this office counts of itself; the level above holds its own count against it.
    """
    from engine.workflow.findings import Findings

    findings = Findings(workspace)
    requests = workspace.store.accepted("T16", "requests").to_dict("records")
    own = [{key: one[key] for key in WITHHELD} for one in requests if one["request_type"] in SPOKEN_OF]
    tasks = [*findings.standing_tasks(), *findings.carried.open("tasks").values()]
    return {
        "published": {name: one.document() for name, one in findings.published().items()},
        "withheld": [*own, *findings.withheld_below()],
        "drawn": [{key: one.get(key) for key in DRAWN} for one in (*tasks, *findings.drawn_below())],
        # A package without results speaks for nobody's year (`below.told`), so there is nothing to count yet.
        "figures": levels.stated(figures.count(findings.source(at)), workspace.unit.code) if is_counted else {},
    }


def _signed(workspace: Workspace, signers: Mapping[str, str] | None, at: datetime) -> dict[str, str]:
    known = workspace.store.document("signers", "current") or {}
    signed = {**known, **{key: value for key, value in (signers or {}).items() if value}}
    lacking = [one for one in SIGNERS if not names.folded(signed.get(one) or "")]
    if lacking:
        raise Refused(
            "报送前须写明填报人、审核人、签发人和电话。",
            "例如 --sign 钱明远,孙立,周正,07150000000，写过一次以后会记住。",
        )
    if names.is_same_person(signed["filled_by"], signed["checked_by"]):
        raise Refused("审核人不能与填报人是同一人。", "请改正 --sign。")
    if signed != known:
        workspace.store.put_document("signers", "current", signed, at)
    return signed


def _reported(workspace: Workspace, wanted: Sequence[str]) -> list[str]:
    """Return the registers that go up: those asked for, else all that are filled and that this level reports."""
    level = workspace.unit.level
    unknown = [one for one in wanted if one not in merging.registers()]
    if unknown:
        raise NotFound(f"“{unknown[0]}”不是可报送的名录。", f"可报送：{'、'.join(merging.registers())}。")
    filled = [
        one
        for one in merging.registers()
        if (workspace.store.edition(one, loader.template(one).sheets[0].name) or {}).get("rows")
    ]
    codes = list(wanted) or [
        one for one in filled if level in loader.template(one).reporters and one not in KEPT.get(level.value, ())
    ]
    empty = [one for one in codes if one not in filled and _zero(workspace, one) is None]
    if empty or not codes:
        what = "、".join(empty) or "任何名录"
        raise Refused(f"本级还没有{what}的内容可以报送。", "请先 receive 收表，再 consolidate 汇总。")
    return sorted(codes)


def _zero(workspace: Workspace, code: str) -> Row | None:
    """Return this office's own accepted zero report of a register, which goes up like any other (R54)."""
    own = [one for one in workspace.store.submissions(code, "accepted") if one["unit"] == workspace.unit.code]
    return own[-1] if own and own[-1]["is_zero"] else None


def _report(workspace: Workspace, code: str, signed: Mapping[str, str], said: str, at: datetime) -> tuple[str, bytes]:
    """Return name and bytes of the workbook of one register, written on the same template everybody uses."""
    from workbooks import template as writer

    form, unit = loader.template(code), workspace.unit
    identity = writer.identity_of(form, unit=unit.code, year=workspace.year)
    rows = {
        sheet.name: [one["values"] for one in (workspace.store.edition(code, sheet.name) or {"rows": []})["rows"]]
        for sheet in form.sheets
    }
    day = timeliness.deadline(workspace.policy, unit, code)
    zero = None if any(rows.values()) else _zero(workspace, code)
    if zero is not None:
        said = said or str(zero["cover"].get("explanation") or "")
    data = writer.write(
        form,
        identity,
        unit=unit,
        year=workspace.year,
        deadline=day.isoformat() if day else "",
        rows=rows,
        explanations={sheet.name: _explained(workspace, code, sheet.name) for sheet in form.sheets},
        cover={
            **signed,
            "filled_on": at.date().isoformat(),
            **({"explanation": said} if said else {}),
            **({"is_zero_report": "是"} if zero is not None else {}),
        },
        is_complete=True,
    )
    return package.REPORTS + writer.file_name(identity), data


def _explained(workspace: Workspace, code: str, sheet: str) -> dict[int, str]:
    """Return place of a row in a register -> why it passed here though it breaks a rule; the level above need not ask again."""
    known: dict[int, dict[tuple[str, str], dict[str, None]]] = {}
    found = {}
    for place, one in enumerate((workspace.store.edition(code, sheet) or {"rows": []})["rows"]):
        submission = one["submission"]
        if submission not in known:
            said = known.setdefault(submission, {})
            for note in workspace.store.notes(submission):
                reason = waivers.excuse(note["message"])
                if reason and (number := "".join(char for char in note["cell"] if char.isdigit())):
                    said.setdefault((note["sheet"], number), {})[reason] = None
        name = sheet if one["template"] == code else loader.template(one["template"]).sheets[0].name
        reasons = known[submission].get((name, str(one["row"])))
        if reasons:
            found[place] = "；".join(reasons)
    return found


def _origins(workspace: Workspace, code: str) -> dict[str, Row]:
    """Return where each row of a register comes from, by key: unit, template, file, hash, sheet, row, cells."""
    sheet = loader.template(code).sheets[0].name
    columns: dict[tuple[int, str], dict[str, str]] = {}
    found = {}
    for one in (workspace.store.edition(code, sheet) or {"rows": []})["rows"]:
        place = (one["submission"], one["template"])
        if place not in columns:
            name = sheet if one["template"] == code else loader.template(one["template"]).sheets[0].name
            columns[place] = workspace.store.table(one["submission"], name)[1]
        found[one["key"]] = {
            **{name: one[name] for name in ("unit", "template", "file", "sha256", "grid", "row")},
            "cells": {name: f"{letter}{one['row']}" for name, letter in columns[place].items()},
        }
    return found


def _add_originals(workspace: Workspace, made: package.Package, code: str) -> None:
    for sheet in loader.template(code).sheets:
        for one in (workspace.store.edition(code, sheet.name) or {"rows": []})["rows"]:
            name = package.original_name(one["sha256"], one["file"])
            if name not in made.parts and workspace.originals.joinpath(one["sha256"]).is_file():
                made.add(name, workspace.original(one["sha256"]))


def _summary(workspace: Workspace, board: list[Row], codes: Sequence[str]) -> bytes:
    """Return the printable 汇总表: what every unit below sent, and how many rows each register has."""
    from workbooks import register

    units = register.Table(
        name="报送情况",
        title=f"{workspace.unit.name}{workspace.year}年报送情况汇总表",
        columns=["单位", "表号", "期限", "收到", "按时", "通过", "退回次数", "行数", "情况"],
        rows=[
            [
                one["unit_name"],
                one["template"],
                one["deadline"],
                one["received"],
                one["on_time"],
                one["accepted"],
                one["returned"],
                one["rows"],
                one["state"],
            ]
            for one in board
            if loader.template(one["template"]).consolidates_to in codes
        ],
    )
    counts = register.Table(
        name="名录行数",
        title=f"{workspace.unit.name}{workspace.year}年报送名录",
        columns=["表号", "名称", "行数", "版本", "内容校验"],
        rows=[
            [code, loader.template(code).title, len(edition["rows"]), edition["version"], edition["digest"][:16]]
            for code in codes
            for edition in [workspace.store.edition(code, loader.template(code).sheets[0].name)]
            if edition
        ],
    )
    return register.write([units, counts], signature=True)


def _add_letter(
    workspace: Workspace, made: package.Package, codes: Sequence[str], missing: list[str], at: datetime
) -> None:
    """Add the 报送函; its document number stays blank for the office to give (decision 34)."""
    from workbooks import letter

    titles = "、".join(f"《{loader.template(code).title}》" for code in codes)
    attached = sorted(name.rsplit("/", 1)[-1] for name in made.parts if name.startswith(package.REPORTS))
    paragraphs = [
        f"现将{workspace.unit.name}{workspace.year}年{titles}报上，请审阅。",
        *(
            f"《{loader.template(code).title}》共 {len(edition['rows'])} 行。"
            for code in codes
            for edition in [workspace.store.edition(code, loader.template(code).sheets[0].name)]
            if edition
        ),
    ]
    if "T04" in codes:
        officers = [one["values"] for one in (workspace.store.edition("T04", "inspectors") or {"rows": []})["rows"]]
        paragraphs.append(f"执法检查人员名录库共 {reports.told_forces(reports.forces(officers))}")
        paragraphs.append(ATTESTED)
    if missing:
        paragraphs.append(f"以下单位尚未报来，待报来后补报：{'、'.join(missing)}。")
    made.add(
        "报送函.docx",
        letter.write(
            title=f"关于报送{workspace.year}年公共法律服务领域“双随机、一公开”有关材料的函",
            number="（    ）函〔    〕    号",
            addressee=loader.units()[workspace.unit.parent].name,
            paragraphs=paragraphs,
            attachments=[*attached, "汇总表.xlsx"],
            sender=workspace.unit.name,
            date=f"{at.year}年{at.month}月{at.day}日",
        ),
    )
