"""The change filing: what really differs between two editions of the registers, and what somebody declared (R24, R54; X31).

A person or body is followed by its identity for life, so a rename is one change and never a disappearance; a division
that was renamed or merged is no change of those who sit in it.
"""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from engine.results import Doubt
from engine.values import Row, text, yes
from schemas import loader

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from schemas.declare import Division, Field, Unit

REGISTERS = (
    ("T01", "items", "事项清单"),
    ("T02", "targets", "对象机构"),
    ("T03", "practitioners", "对象人员"),
    ("T04", "inspectors", "执法检查人员"),
    ("T05", "experts", "专家"),
)
IDENTITY = {"T01": "item_code", "T02": "target_id", "T03": "target_id", "T04": "inspector_id", "T05": "expert_id"}
FALLBACK = {"T04": ("certificate_no", "name"), "T05": ("licence_no", "name")}
NAME = {"T01": "item_name"}
ADDED, EDITED, REMOVED, RESTORED, MOVED_IN, MOVED_OUT = "新增", "修改", "停用或移出", "恢复", "迁入", "迁出"
STATE = {"T01": ("status", "有效"), "T02": ("practice_state", "正常执业"), "T03": ("practice_state", "正常执业")}
HOME = {"T02": "supervisor", "T03": "institution_id", "T04": "unit_code", "T05": "employer"}
FILED = ("change_reason", "effective_on")
# What the year itself writes into a register is no change of the roster.
UNFILED = frozenset(
    {"roster_year", "published_on", "published_url", "remark", "source", "seq", "change_note", "nominated_on"}
    | {"trained_on", "training_hours"}
)


def compare(
    before: Iterable[Row],
    after: Iterable[Row],
    *,
    template: str,
    sheet: str,
    register: str,
    divisions: Mapping[str, Division],
) -> list[Row]:
    """Return the changes from `before` to `after`, by subject and column order: one row per addition, removal, move or edit.

    Columns: register, change_type, subject_id, subject_name, changed_field, old_value, new_value, `_template`, `_key`.
    """
    old, new = _keyed(before, template), _keyed(after, template)
    old = _same_people(old, new, template)
    fields = [
        one for one in loader.template(template).sheet(sheet).fields if not one.computed and one.key not in UNFILED
    ]
    found = []
    for name in sorted(old.keys() | new.keys()):
        one, other = old.get(name), new.get(name)
        base = {
            "register": register,
            "subject_id": name,
            "subject_name": _name(other or one or {}, template),
            "_template": template,
        }
        if one is None:
            found.append({**base, "change_type": ADDED, "changed_field": None, "old_value": None, "new_value": None})
        elif other is None:
            found.append({**base, "change_type": REMOVED, "changed_field": None, "old_value": None, "new_value": None})
        else:
            found += [{**base, **row} for row in _edits(one, other, fields, template, divisions)]
    return found


def _keyed(rows: Iterable[Row], template: str) -> dict[str, Row]:
    found = {}
    for row in rows:
        name = text(row.get(IDENTITY[template])) or next(
            (text(row.get(key)) for key in FALLBACK.get(template, ()) if text(row.get(key))), text(row.get("_key"))
        )
        found[name] = row
    return found


def _same_people(old: dict[str, Row], new: Mapping[str, Row], template: str) -> dict[str, Row]:
    """Return `old` with those keys replaced whose person got a new number: same name, and one side of the pair is left over."""
    if template not in FALLBACK:
        return old
    gone, come = [name for name in old if name not in new], [name for name in new if name not in old]
    renamed = {}
    for name in gone:
        fitting = [other for other in come if _same_person(old[name], new[other], template)]
        again = [other for other in gone if fitting and _same_person(old[other], new[fitting[0]], template)]
        if len(fitting) == 1 and len(again) == 1:
            renamed[name] = fitting[0]
    return {renamed.get(name, name): row for name, row in old.items()}


def _same_person(one: Row, other: Row, template: str) -> bool:
    keys = ("name", "unit_code") if template == "T04" else ("name", "employer")
    return all(text(one.get(key)) == text(other.get(key)) and text(one.get(key)) for key in keys)


def _edits(
    one: Row, other: Row, fields: Sequence[Field], template: str, divisions: Mapping[str, Division]
) -> list[Row]:
    state = STATE.get(template)
    found = []
    for field in fields:
        was, now = _value(one.get(field.key), field, divisions), _value(other.get(field.key), field, divisions)
        if was == now:
            continue
        kind = EDITED
        if state and field.key == state[0] and state[1] in (was, now):
            kind = RESTORED if now == state[1] else REMOVED
        elif field.key == "is_in_roster":
            kind = RESTORED if yes(other.get(field.key)) else REMOVED
        elif field.key == HOME.get(template):
            kind = MOVED_IN
        found.append(
            {"change_type": kind, "changed_field": field.title, "old_value": was or None, "new_value": now or None}
        )
    return found


def _value(value: object, field: Field, divisions: Mapping[str, Division]) -> str:
    """Return a cell as it is compared: 是/否 alike, codes in one order, a renamed division as its successor."""
    shown = text(value)
    if field.type == "boolean" and shown:
        return "是" if yes(value) else "否"
    if field.type == "codes":
        return "；".join(sorted(part for part in shown.replace(";", "；").split("；") if part))
    if field.shape in ("division", "unit"):
        seen = set()
        while shown in divisions and divisions[shown].successor and shown not in seen:
            seen.add(shown)
            shown = divisions[shown].successor
    return shown.removesuffix(".0") if field.type in ("integer", "percent") else shown


def _name(row: Row, template: str) -> str:
    return text(row.get(NAME.get(template, "name")))


def with_requests(rows: Sequence[Row], requests: Iterable[Row]) -> list[Row]:
    """Return `rows` pre-filled from the approved one-line changes of the year (T16): reason, basis, day, approver."""
    known: dict[tuple[str, str], Row] = {}
    for request in requests:
        if text(request.get("request_type")) == "名录变更" and yes(request.get("is_approved")):
            known[text(request.get("subject_id")), text(request.get("changed_field"))] = request
    found = []
    for row in rows:
        subject = text(row["subject_id"])
        # Who is new or gone has no changed field; the request then names the kind of change in its place.
        what = text(row["changed_field"]) or text(row.get("change_type"))
        request = known.get((subject, what)) or known.get((subject, "")) or {}
        taken = {
            "change_reason": text(request.get("change_reason")) or None,
            "change_basis": text(request.get("evidence")) or text(request.get("request_id")) or None,
            "effective_on": text(request.get("effective_on")) or None,
            "approved_by": text(request.get("decided_by")) or None,
        }
        found.append({**row, **taken})
    return found


def with_filings(rows: Sequence[Row], filed: Iterable[Row], *, apart: str) -> list[Row]:
    """Return `rows` with reason and day as the unit that made the change filed them (T14), where nothing here says so; and
    what the offices below filed and the registers here do not show, as it was filed.

    `_said` leads from these columns back to the filing. apart: this office, whose own filing is computed from its registers.
    """
    known = {_change(one): one for one in filed}
    seen = {_change(row) for row in rows}
    found: list[Row] = []
    for row in rows:
        filing = known.get(_change(row), {})
        told = {key: filing.get(key) for key in FILED if text(filing.get(key)) and not text(row.get(key))}
        found.append({**row, **told, "_said": dict.fromkeys(told, filing["_ref"]) if told else {}})
    below = (one for key, one in known.items() if key not in seen and text(one.get("_unit")) != apart)
    return found + [{**one, "_said": {}} for one in below]


def _change(row: Row) -> tuple[str, str, str]:
    # Who is new or gone has no changed field; the kind of change stands for it.
    return (
        text(row.get("register")),
        text(row.get("subject_id")),
        text(row.get("changed_field")) or text(row.get("change_type")),
    )


def computed(rows: Iterable[Row]) -> list[list[str]]:
    """Return the changes of a computation as its record keeps them: register, subject, what changed."""
    return [list(_change(row)) for row in rows]


def runs(kept: Row | None) -> list[Row]:
    """Return the computations a document `filing/…` keeps, in their order; an earlier program kept the last one alone."""
    if kept is None:
        return []
    return list(kept["runs"]) if "runs" in kept else [{"at": "0001-01-01T00:00:00+00:00", "changes": [], **kept}]


def filed(kept: Row | None, accepted: Iterable[str], declared: Iterable[Row]) -> Row:
    """Return the computation an office's own accepted T14 rests on, {} while none was accepted: only what came in is filed.

    accepted: when each accepted T14 came in (ISO); declared: its rows. The last computation before it that names nothing it
    does not declare; where none fits, the first: rather filed twice than never. Computing once more, to look, files nothing.
    """
    came = max((datetime.fromisoformat(one) for one in accepted), default=None)
    if came is None:
        return {}
    before = [one for one in runs(kept) if datetime.fromisoformat(one["at"]) <= came]
    known = {_change(row) for row in declared}
    fitting = [one for one in before if {tuple(change) for change in one["changes"]} <= known]
    return fitting[-1] if fitting else before[0] if before else {}


def filing_rows(rows: Sequence[Row], unit: Unit, year: int, touched: Mapping[str, str]) -> list[Row]:
    """Return T14 rows; `touched` tells what this year's inspections had to do with a subject (已抽中、已派发、已检查)."""
    known = {field.key for field in loader.template("T14").sheet("changes").fields}
    return [
        {
            "unit_name": unit.name,
            "year": year,
            **{key: value for key, value in row.items() if key in known},
            "effect_on_inspection": touched.get(text(row["subject_id"])),
        }
        for row in rows
    ]


def declared_against(computed: Sequence[Row], declared: Sequence[Row]) -> list[Doubt]:
    """Return where a filed T14 and the computed difference disagree (X31)."""

    def pair(row: Row) -> tuple[str, str, str]:
        return text(row.get("register")), text(row.get("subject_id")), text(row.get("changed_field"))

    mine, theirs = {pair(row): row for row in computed}, {pair(row): row for row in declared}
    found = [
        Doubt(rule="X31", subject=key[1], message=f"{key[0]} {key[1]} {key[2]} 有变动，备案表没有填。")
        for key in mine.keys() - theirs.keys()
    ]
    found += [
        Doubt(rule="X31", subject=key[1], message=f"备案表填了 {key[0]} {key[1]} {key[2]}，但名录没有这项变动。")
        for key in theirs.keys() - mine.keys()
    ]
    found += [
        Doubt(rule="X31", subject=key[1], message=f"{key[0]} {key[1]} {key[2]} 备案的变更类型或内容与名录不一致。")
        for key in mine.keys() & theirs.keys()
        if any(
            text(mine[key].get(name)) != text(theirs[key].get(name))
            for name in ("change_type", "old_value", "new_value")
        )
    ]
    return sorted(found, key=lambda one: (one.subject, one.message))
