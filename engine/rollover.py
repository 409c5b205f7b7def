"""What a new year takes over from the old one, and how it is read afterwards (R65, R12, R47).

Registers and their identifiers, how long ago each target was visited, problems of earlier years, what is still unfinished and
leave that is still valid. Everything carried is kept with the digest it had in the old year; figures of the new year never
count it. Layout of the documents: docs/architecture.md, Roll-over.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from engine import rectify
from engine.changes import UNFILED
from engine.consolidate import Entry, digest, sources
from engine.files import sha256
from engine.journal import canonical
from engine.outstanding import KIND as CHANGE
from engine.outstanding import name_of
from engine.publish import NOT_PUBLIC
from engine.results import OPEN, STRIKING, Doubt, end_states, is_inspected, is_random
from engine.transfer import case_state
from engine.values import Row, by, day, text, yes
from schemas import loader

if TYPE_CHECKING:
    from collections.abc import Container, Iterable, Mapping, Sequence
    from datetime import date

    from engine.publish import Entry as Publishable
    from engine.store import Store
    from schemas.declare import Template

KIND = "carried"
REGISTERS = ("T01", "T02", "T03", "T04", "T05")
PUBLISHED = "published"
"""The document of those `publications` that were published in the old folder since: {task id: {on}}."""
FILED = "is_filed"
"""On a carried one-line change (T16 名录变更): last year's filing (T14) named it already."""
PROLONGING = ("检查延期", "计划调整")
# What last year's roster says of these is no answer to this year's question: the clerk fills them in anew.
YEARLY = UNFILED | {
    "penalties_3y", "disciplines_3y", "complaints_last_year", "satisfaction", "trained_on", "training_hours",
    "was_disciplined_3y", "pledges_compliance",
}  # fmt: skip
MATTERS = {
    "problems": "problem_id", "transfers": "transfer_id", "tasks": "task_id", "publications": "task_id", "requests": "request_id",
}  # fmt: skip
OWNER = {"problems": "_unit", "transfers": "from_unit", "tasks": "unit", "publications": "unit"}
TITLES = {"problems": "整改问题", "transfers": "移送", "tasks": "检查任务", "publications": "结果公示"}
"""What people call the matters that somebody has to end."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Carried:
    """What was carried into a workspace; `year` is the year it comes from, 0 when nothing was carried."""

    year: int = 0
    source: Row = field(default_factory=dict)
    visits: Mapping[str, Row] = field(default_factory=dict)
    problems: Sequence[Row] = ()
    unfinished: Mapping[str, Sequence[Row]] = field(default_factory=dict)
    waivers: Sequence[Row] = ()
    published: Mapping[str, Row] = field(default_factory=dict)

    def open(self, kind: str) -> dict[str, Row]:
        """Return what was unfinished of one kind of `MATTERS`, by its id."""
        return by(self.unfinished.get(kind, ()), MATTERS[kind])

    def last_visit(self, target: str) -> str:
        """Return the ISO day of the last visit to a target in an earlier year, '' when there was none."""
        return text(self.visits.get(target, {}).get("last_inspected_on"))


def carried(store: Store) -> Carried:
    """Return what the workspace of `store` took over; empty when it began without an old year."""
    kept = store.documents(KIND)
    if "source" not in kept:
        return Carried()
    return Carried(
        year=kept["source"]["year"],
        source=kept["source"],
        visits=kept["visits"],
        problems=kept["problems"],
        unfinished={**kept["unfinished"], "publications": kept.get("publications", ())},
        published=kept.get(PUBLISHED, {}),
        waivers=kept["waivers"],
    )


# ---- what the old year leaves ----------------------------------------------------------------------------------------


def visits(before: Mapping[str, Row], targets: Iterable[Row], results: Iterable[Row], year: int) -> dict[str, Row]:
    """Return {target id: {known_since, last_inspected_on, last_result, task_id, unit}} at the end of `year`.

    `before` is what the old year had taken over itself. Only 双随机 visits count: a daily inspection does not make a target
    less likely to be drawn (R11). A date that the register itself names counts when it is later.
    """
    found = {name: dict(row) for name, row in before.items()}
    for row in targets:
        name, said = text(row.get("target_id")), text(row.get("last_inspected_on"))[:10]
        one = found.setdefault(name, _never(year))
        if said > text(one["last_inspected_on"]):
            one.update(
                last_inspected_on=said, last_result=text(row.get("last_result")) or None, task_id=None, unit=None
            )
    for row in results:
        name, done = text(row.get("target_id")), text(row.get("inspected_to"))[:10]
        one = found.setdefault(name, _never(year))
        if is_random(row) and is_inspected(row) and done >= text(one["last_inspected_on"]):
            one.update(
                last_inspected_on=done,
                last_result=text(row.get("result")),
                task_id=text(row.get("task_id")),
                unit=text(row.get("inspecting_unit")),
            )
    return dict(sorted(found.items()))


def uncovered(targets: Iterable[Row], known: Mapping[str, Row], year: int, k: int) -> list[Row]:
    """Return the targets that no drawn visit reached in the `k` years up to and including `year`, longest gap first (R12).

    known: `visits` as of now. A target counts only once it has been in the register for `k` years. Rows are those of
    `targets` with `last_inspected_on` (None: never) and `known_since`.
    """
    found = []
    for row in targets:
        one = known.get(text(row.get("target_id"))) or _never(year)
        last, since = text(one["last_inspected_on"]), int(str(one["known_since"]))
        if since <= year - k + 1 and (not last or int(last[:4]) <= year - k):
            found.append({**row, "last_inspected_on": last or None, "known_since": since})
    return sorted(found, key=lambda row: (text(row["last_inspected_on"]), text(row["target_id"])))


def _never(year: int) -> Row:
    return {"known_since": year, "last_inspected_on": None, "last_result": None, "task_id": None, "unit": None}


def problem(row: Row, year: int) -> Row:
    """Return a followed problem as it is kept for later years: what T12 asks and what `rectify.follow` needs."""
    columns = [one.key for one in loader.template("T12").sheet("rectifications").fields]
    kept = {key: row.get(key) for key in columns} | {
        key: row.get(key) for key in ("_unit", "_dispositions", "_inspected_to", "_target_type")
    }
    return {
        **kept,
        "year": row.get("year") or year,
        "target_type": text(row.get("_target_type")),
        "is_closed": bool(row.get("is_closed")),
    }


def unfinished_tasks(tasks: Sequence[Row], results: Sequence[Row], requests: Sequence[Row]) -> list[Row]:
    """Return the tasks that were drawn and reached no end state (X25)."""
    ends = end_states(tasks, results, requests)
    return [
        {key: value for key, value in row.items() if not key.startswith("_")}
        for row in tasks
        if ends[text(row["task_id"])] == OPEN
    ]


def changes_left(requests: Iterable[Row], unshown: Iterable[Row], filed: Iterable[str]) -> list[Row]:
    """Return the approved one-line changes that the registers do not show yet, each with `is_filed` (R24, R54).

    unshown: `outstanding.unshown`, also of those in force later. filed: `outstanding.in_force` of the last filing.
    """
    waiting, named = {(one["unit"], one["request"]) for one in unshown}, set(filed)
    return [
        {**row, FILED: name_of(row) in named}
        for row in requests
        if text(row.get("request_type")) == CHANGE
        and yes(row.get("is_approved"))
        and (text(row.get("_unit")), text(row.get("request_id"))) in waiting
    ]


def prolonging(requests: Iterable[Row], tasks: Iterable[Row]) -> list[Row]:
    """Return the approved extensions that unfinished tasks rest on."""
    names = {text(row["task_id"]) for row in tasks}
    return [
        row
        for row in requests
        if yes(row.get("is_approved"))
        and text(row.get("request_type")) in PROLONGING
        and text(row.get("reference")) in names
    ]


# ---- renamed and merged divisions --------------------------------------------------------------------------------


def current(code: str, on: str) -> str:
    """Return the code that a unit or division has on the day `on`: an abolished one is followed to its successor.

    >>> current("421023", "2026-01-05"), current("421023-NA", "2026-01-05"), current("421202", "2026-01-05")
    ('421088', '421088-NA', '421202')
    """
    head, dash, tail = code.partition("-")
    known, seen = loader.divisions(), set()
    while head in known and known[head].successor and known[head].valid_to < on and head not in seen:
        seen.add(head)
        head = known[head].successor
    return head + dash + tail


def mapped(template: str, sheet: str, given: Iterable[Mapping[str, Any]], on: str) -> tuple[list[Row], int]:
    """Return the rows of an edition as they stand on the day `on`, and how many a renamed or merged division changed.

    The identity of a row (its key and identifier) is for life and never changes. `submission` becomes 0: the original lies
    in the old workspace.
    """
    fields = [one for one in loader.template(template).sheet(sheet).fields if one.shape in ("division", "unit")]
    found, count = [], 0
    for body in given:
        values, unit = dict(body["values"]), current(body["unit"], on)
        for one in fields:
            if values.get(one.key):
                values[one.key] = current(str(values[one.key]), on)
        if values != body["values"] and "unit_name" in values and values.get("unit_code") in loader.units():
            values["unit_name"] = loader.units()[values["unit_code"]].name
        count += unit != body["unit"] or values != body["values"]
        found.append({**body, "unit": unit, "values": values, "submission": 0})
    return found, count


# ---- what stands in the new year ---------------------------------------------------------------------------------


def standing(store: Store, template: str, sheet: str, found: Iterable[Entry]) -> list[Entry]:
    """Return the carried rows that still stand: of units that have not reported this year, unless somebody else did.

    `found` are the rows accepted this year. What a unit reports, also a zero report, replaces all it had reported before.
    """
    source = store.document(KIND, "source")
    register = (source or {}).get("registers", {}).get(f"{template}/{sheet}")
    if not register:
        return []
    heard = {(code, one["unit"]) for code in sources(template) for one in store.submissions(code, "accepted")}
    taken = {one.key for one in found}
    return [
        one
        for one in map(_entry, bodies(store, template, sheet, register["edition"]))
        if (one.template, one.unit) not in heard and one.key not in taken
    ]


def bodies(store: Store, template: str, sheet: str, version: int) -> list[Row]:
    """Return the rows of one edition as the store keeps them."""
    rows = store.register(template, sheet, version).to_dict("records")
    keys = [one.key for one in loader.template(template).sheet(sheet).fields]
    return [
        {name: row[f"_{name}"] for name in ("key", "unit", "submission", "grid", "row", "template", "sha256", "file")}
        | {"values": {key: row[key] for key in keys if row[key] is not None}}
        for row in rows
    ]


def digest_of(template: str, sheet: str, rows: Iterable[Mapping[str, Any]]) -> str:
    """Return the digest that a register sheet with these kept rows has."""
    return digest(template, sheet, map(_entry, rows))


def _entry(body: Mapping[str, Any]) -> Entry:
    return Entry(**{name: body[name] for name in Entry.__slots__ if name in body})


def prefill(store: Store, code: str, unit: str) -> dict[str, list[Row]]:
    """Return the rows of the template `code` as `unit` reported them last, by sheet; {} when nothing was carried.

    Facts of one year (complaints, penalties, training) are left blank; the last visit comes from our own records.
    """
    found = carried(store)
    form = loader.template(code)
    register = form.consolidates_to or code
    if not found.year or register not in REGISTERS:
        return {}
    rows = {}
    for name, kept in found.source["registers"].items():
        template, sheet = name.split("/")
        target = _sheet_for(form, template, sheet)
        if template == register and target:
            kept_rows = bodies(store, template, sheet, kept["edition"])
            own = [one["values"] for one in kept_rows if (one["template"], one["unit"]) == (code, unit)]
            rows[target] = [_asked(form, target, values, found) for values in own]
    return {name: given for name, given in rows.items() if given}


def _sheet_for(form: Template, template: str, sheet: str) -> str:
    """Return the sheet of `form` that a register sheet is filled from: its namesake, or the first for the first."""
    if form.code == template:
        return sheet
    return form.sheets[0].name if loader.template(template).sheets[0].name == sheet else ""


def _asked(form: Template, sheet: str, values: Mapping[str, Any], found: Carried) -> Row:
    asked = {one.key: values.get(one.key) for one in form.sheet(sheet).fields if one.key not in YEARLY}
    visit = found.visits.get(text(values.get("target_id")), {})
    if "last_inspected_on" in asked and visit.get("last_inspected_on"):
        asked |= {key: visit[key] for key in ("last_inspected_on", "last_result") if key in asked}
    return {key: value for key, value in asked.items() if value is not None}


def dated(rows: Iterable[Row], found: Carried) -> list[Row]:
    """Return target rows with `last_inspected_on` no earlier than our own records know it: the gap that weighs in the draw."""
    if not found.year:
        return list(rows)
    return [
        {**row, "last_inspected_on": last}
        if (last := found.last_visit(text(row.get("target_id")))) > text(row.get("last_inspected_on"))[:10]
        else row
        for row in rows
    ]


def matters(
    found: Carried, *, rectifications: Iterable[Row], transfers: Iterable[Row], results: Sequence[Row],
    requests: Sequence[Row], on: date,
) -> dict[str, list[Row]]:  # fmt: skip
    """Return what was unfinished, each row with `is_closed` as it is now: {problems, transfers, tasks, publications}.

    `_ref` leads to what was carried, `_ended` to the row of this year that says how it stands or ended. rectifications,
    transfers, results, requests: rows of T12, T13, T10, T16 that came in this year; they name the old ids.
    """
    owners = {name: text(row.get("from_unit")) for name, row in found.open("transfers").items()}
    passed = by(
        (
            row
            for row in transfers
            if text(row.get("from_unit")) in loader.upward(owners.get(text(row.get("transfer_id")), ""))
        ),
        "transfer_id",
    )
    tasks = list(found.open("tasks").values())
    ends, made = end_states(tasks, results, requests), by(results, "task_id")
    granted = (row for row in requests if yes(row.get("is_approved")))
    struck = by((row for row in granted if text(row.get("request_type")) == STRIKING), "reference")
    left = {
        "problems": [
            {**row, "_ended": row["_origin"].get("_ref")}
            for row in rectify.follow(list(found.open("problems").values()), rectifications, on)
        ],
        "transfers": [
            {**row, **{key: value for key, value in passed.get(name, {}).items() if text(value)}, "is_closed": is_over(passed.get(name, row)), "_ended": passed.get(name, {}).get("_ref")}
            for name, row in found.open("transfers").items()
        ],
        "tasks": [
            {**row, "is_closed": ends[name] != OPEN, "_ended": made.get(name, struck.get(name, {})).get("_ref")}
            for name, row in found.open("tasks").items()
        ],
        "publications": [
            {**row, "is_closed": name in found.published} for name, row in found.open("publications").items()
        ],
    }  # fmt: skip
    return {
        kind: [{**row, "_ref": (KIND, kind, text(row[MATTERS[kind]]))} for row in rows] for kind, rows in left.items()
    }


def doubts(left: Mapping[str, Sequence[Row]]) -> list[Doubt]:
    """Return one doubt for every matter of an earlier year that is still open (R15)."""
    return [
        Doubt(rule="R65", subject=text(row[MATTERS[kind]]), message=_still_open(kind, row))
        for kind in TITLES
        for row in left[kind]
        if not row["is_closed"]
    ]


def _still_open(kind: str, row: Row) -> str:
    name = row[MATTERS[kind]]
    if kind == "publications":
        return (
            f"上年的检查结果 {name}（{row['target_name']}）还没有公示，公示截止日 {row['due_on']}："
            "请在上年的工作文件夹 publish，公示后用 init --from 再读一次。"
        )
    return f"上年结转的{TITLES[kind]} {name} 还没有了结。"


def content(kind: str, row: Row) -> str:
    """Return what one carried matter is about, as the ledger shows it."""
    if kind == "publications":
        return f"公示截止日 {row['due_on']}"
    return text(row.get({"problems": "problem", "transfers": "violation", "tasks": "item_names"}[kind]))


def unpublished(entries: Iterable[Publishable], published: Container[str]) -> list[Row]:
    """Return the finished results that are neither published nor approved not to be: task_id, unit, target_name, due_on (R14).

    They are published where they were found, in the folder of their year; the new one reminds of them until they are.
    """
    return [
        {
            "task_id": one.task_id,
            "unit": one.unit,
            "target_name": text(one.origin.get("target_name")),
            "due_on": one.due_on.isoformat(),
        }
        for one in entries
        if one.state != NOT_PUBLIC and one.task_id not in published
    ]


def is_fed_back(transfer: Row) -> bool:
    """Return whether the authority said how the case ended, or why there is none (R38)."""
    return yes(transfer.get("is_closed")) and day(transfer.get("feedback_on")) is not None


def is_over(transfer: Row) -> bool:
    """Return whether nothing more is to come of a transfer: fed back, or the authority opened no case (R38)."""
    return is_fed_back(transfer) or case_state(transfer) == "不予立案"


# ---- audit -----------------------------------------------------------------------------------------------------------


def faults(store: Store) -> tuple[int, list[str]]:
    """Return how many carried registers and documents there are, and one sentence for each that is not as it was carried."""
    said = [json.loads(line.body) for line in store.lines() if line.event == KIND]
    source = store.document(KIND, "source")
    if not said or source is None:
        return 0, ["日志记有结转，结转来源却不见了"] if said else ["有结转来源，日志却没有记载"] if source else []
    line, wrong = said[0], []
    if len(said) > 1 or line["source"] != sha256(canonical(source).encode()):
        wrong.append("结转来源与日志不符")
    for name, kept in source["registers"].items():
        template, sheet = name.split("/")
        if digest_of(template, sheet, bodies(store, template, sheet, kept["edition"])) != kept["carried"]:
            wrong.append(f"结转的名录 {name} 与结转时不符")
    for name, known in source["documents"].items():
        if sha256(canonical(store.document(KIND, name)).encode()) != known:
            wrong.append(f"结转的文书 {name} 与结转时不符")
    return len(source["registers"]) + len(source["documents"]), wrong
