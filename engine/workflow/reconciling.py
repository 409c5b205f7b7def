"""What does not fit once everything is together: told to the office that merges and to the units, never a reason to drop a row.

`reconcile` is called by every merge; its findings follow from the accepted files alone, so any order of work gives the same
(decision 19; X16, X23; D115, D122-D124).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from engine import reconcile as clashes
from engine import seals
from engine.consolidate import Entry
from engine.prepared import issue
from engine.values import text, yes
from engine.workflow.registers import Registers
from schemas import loader

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import datetime

    from engine.consolidate import Merged
    from engine.reconcile import Clash
    from engine.workspace import Workspace

Row = dict[str, Any]
SHEET = "汇总/核对问题表.xlsx"
_FULL_LISTS = ("T02", "T03")
_FAULTS = ("error", "explain")
_WORDS = {"error": "须改", "explain": "须说明", "note": "提示"}


def reconcile(workspace: Workspace, merged: Sequence[Merged], at: datetime) -> Row:
    """Hold the merged registers against each other and keep what does not fit; return {findings, lines, must_act}.

    A finding is an issue with unit, template, key, file, sha256, grid, row and cell. It is written to 汇总/核对问题表.xlsx and to one
    notice for each unit that has something to do.
    """
    store = workspace.store
    answers = _answers(workspace)
    findings = [_told(workspace, one, answers) for one in _between_registers(workspace, merged)]
    findings += _seals(workspace)
    findings.sort(key=lambda one: (one["unit"], one["code"], one["template"], one["key"], one["cell"]))
    known = store.document("findings", "current")
    if known != findings and (known or findings):
        store.put_document("findings", "current", findings, at)
        store.promise(SHEET, _workbook(workspace, findings))
        _notify(workspace, findings)
    acts = [one for one in findings if one["severity"] in _FAULTS]
    return {"findings": findings, "lines": _lines(findings), "must_act": bool(acts)}


def _between_registers(workspace: Workspace, merged: Iterable[Merged]) -> list[Clash]:
    rows = {(one.template, one.sheet): one.rows for one in merged}
    items, targets = rows.get(("T01", "items"), []), rows.get(("T02", "targets"), [])
    people = rows.get(("T03", "practitioners"), [])
    found = clashes.institution_in_roster(people, targets) + clashes.kinds_within_scope(people, targets)
    found += clashes.roster_counts(people, targets, workspace.policy)
    found += clashes.same_name(rows.get(("T04", "inspectors"), []), "certificate_no")
    found += clashes.same_name(rows.get(("T05", "experts"), []), "licence_no")
    above = Registers(workspace).provincial_items()
    found += clashes.refines_parent(items, above) + clashes.fields_covered(items, above)
    explained = _explained(workspace)
    for code in _FULL_LISTS:
        sheet = loader.template(code).sheets[0].name
        found += clashes.vanished(_superseded(workspace, code, sheet), rows.get((code, sheet), []), explained)
    return found


def _explained(workspace: Workspace) -> set[str]:
    """Return the subjects that a change filing or an approved request names."""
    changes = workspace.store.accepted("T14", "changes").to_dict("records")
    requests = workspace.store.accepted("T16", "requests").to_dict("records")
    return {text(one.get("subject_id")) for one in changes} | {
        text(one.get("subject_id")) for one in requests if yes(one.get("is_approved"))
    }


def _superseded(workspace: Workspace, template: str, sheet: str) -> list[Entry]:
    """Return the rows of full lists that a later list of the same unit has taken the place of, newest last.

    They carry the submission that counts now: it is there that an explanation stands.
    """
    store = workspace.store
    current = {one["unit"]: one["id"] for one in store.submissions(template, "accepted")}
    found = []
    for one in sorted(store.submissions(template, "superseded"), key=lambda one: (one["version"], one["sha256"])):
        if one["unit"] in current:
            grid, _, rows = store.table(one["id"], sheet)
            found += [
                Entry(
                    template=template,
                    unit=one["unit"],
                    key=str(key),
                    values=values,
                    submission=current[one["unit"]],
                    sha256=one["sha256"],
                    file=one["file"],
                    grid=grid,
                    row=number,
                )
                for number, key, values in rows
            ]
    return found


def _answers(workspace: Workspace) -> dict[int, str]:
    """Return submission -> what its unit said on the cover, also on that of the same content sent once more."""
    said: dict[tuple[str, str, str], str] = {}
    filed = workspace.store.submissions()
    for one in filed:
        words = text(one["cover"].get("explanation"))
        if words:
            said[one["template"], one["unit"], one["digest"]] = words
    return {one["id"]: said.get((one["template"], one["unit"], one["digest"]), "") for one in filed}


def _told(workspace: Workspace, clash: Clash, answers: dict[int, str]) -> Row:
    """Return a clash as a finding; what the unit said on its cover or in the remark of the row answers a question."""
    one = clash.entry
    said = issue(clash.code, **clash.params)
    answer = answers.get(one.submission) or text(one.values.get("remark"))
    if said["severity"] == "explain" and answer:
        said = {**said, "severity": "note", "message": f"{said['message']}（已说明：{answer}）"}
    _, columns, _ = workspace.store.table(one.submission, _sheet(one))
    column = columns.get(clash.field, "")
    place = {"sha256": one.sha256, "grid": one.grid, "row": one.row, "cell": f"{column}{one.row}" if column else ""}
    return _finding(said, one.unit, one.template, one.key, one.file, **place)


def _sheet(one: Entry) -> str:
    return loader.template(one.template).sheets[0].name


def _finding(said: Row, unit: str, template: str, key: str, file: str, **place: Any) -> Row:
    names = ("code", "severity", "message", "fix")
    where = {"sha256": "", "grid": "", "row": 0, "cell": "", **place}
    known = {"unit": unit, "unit_name": loader.units()[unit].name, "template": template, "key": key, "file": file}
    return {**{name: str(said[name]) for name in names}, **known, **where}


def _seals(workspace: Workspace) -> list[Row]:
    """Judge the stamped papers of every unit's file that counts: older than the data, of an earlier version, or missing.

    Missing is said only for a form of which some unit sent one: where nobody does, paper goes by another way.
    """
    store = workspace.store
    arrivals = store.arrivals()
    if not any(one["role"] == "attachment" for one in arrivals):
        return []
    units = loader.units()
    names = {code: (one.name, one.short_name, code) for code, one in units.items()}
    by_id = {one["id"]: one for one in arrivals}
    papers = seals.beside(arrivals, names)
    submissions = {one["id"]: one for one in store.submissions()}
    sealed = {number for number in papers if number in submissions}
    forms = {submissions[number]["template"] for number in sealed}
    found: list[Row] = []
    for number, one in sorted(submissions.items()):
        is_ours = (
            one["unit"] == workspace.unit.code or one["package"]
        )  # a package has a manifest and a letter of its own
        if one["state"] != "accepted" or one["template"] not in forms or is_ours:
            continue
        family = [other for other in sealed if _slot(submissions[other]) == _slot(one) and other != number]
        place = {"sha256": one["sha256"]}
        if number in sealed:
            said = [_older(workspace, by_id[paper], one) for paper in papers[number]]
        elif family:
            latest = max(submissions[other]["version"] for other in family)
            said = [issue("DR-P013", value=latest, expected=one["version"])]
        else:
            said = [issue("DR-P012", name=one["file"])]
        found += [_finding(each, one["unit"], one["template"], "", one["file"], **place) for each in said if each]
    return found


def _slot(one: Row) -> tuple[Any, ...]:
    return one["template"], one["unit"], one["year"], one["period"]


def _older(workspace: Workspace, paper: Row, one: Row) -> Row | None:
    if not workspace.originals.joinpath(paper["sha256"]).is_file():
        return None  # erased by law: a tombstone says so
    day, filled = seals.made_on(workspace.original(paper["sha256"])), text(one["cover"].get("filled_on"))
    return issue("DR-P011", name=paper["name"], value=day, expected=filled) if day and filled and day < filled else None


def _workbook(workspace: Workspace, findings: Sequence[Row]) -> bytes:
    from workbooks import register

    table = register.Table(
        name="核对问题",
        title=f"{workspace.unit.name}{workspace.year}年汇总核对问题表",
        columns=["单位", "表号", "编号", "类别", "问题", "怎么改", "文件", "位置", "代码"],
        rows=[
            [
                one["unit_name"],
                one["template"],
                one["key"],
                _WORDS[one["severity"]],
                one["message"],
                one["fix"],
                one["file"],
                f"{one['grid']} {one['cell']}".strip(),
                one["code"],
            ]
            for one in findings
        ],
        notes=["汇总后把各名录相互核对得出；“须改”“须说明”的请有关单位改正或说明后重报，名录中的行没有因此删除。"],
    )
    return register.write([table])


def _notify(workspace: Workspace, findings: Sequence[Row]) -> None:
    for unit in sorted({one["unit"] for one in findings}):
        own = [one for one in findings if one["unit"] == unit]
        head = f"{workspace.unit.name}核对通知\n\n{own[0]['unit_name']}：\n"
        lines = [
            f"{at}. [{_WORDS[one['severity']]}] {one['message']}{one['fix']}（{one['file']} {one['cell']}，{one['code']}）"
            for at, one in enumerate(own, 1)
        ]
        workspace.store.promise(f"退回/核对_{unit}.txt", (head + "\n".join(lines) + "\n").encode("utf-8-sig"))


def _lines(findings: Sequence[Row]) -> list[str]:
    if not findings:
        return []
    counts = "，".join(
        f"{word} {count} 处"
        for level, word in _WORDS.items()
        if (count := sum(one["severity"] == level for one in findings))
    )
    shown = [f"  {one['unit_name']}：{one['message']}" for one in findings if one["severity"] in _FAULTS][:20]
    return [f"名录相互核对：{counts}，见 {SHEET}", *shown]
