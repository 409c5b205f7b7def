"""Approved one-line changes of the year (T16 名录变更) that the registers do not show yet (R24, R54; decisions 23).

A request says what is to change and from when; the register itself changes when the roster that holds the row is filed again.
Until then the next freeze goes by the request (`applied`), and somebody is told that the roster is behind (`unshown`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from engine.changes import ADDED, FALLBACK, IDENTITY, MOVED_IN, MOVED_OUT, NAME, REGISTERS, REMOVED, STATE
from engine.consent import may_decide
from engine.values import Row, no, several, text, yes
from schemas import loader

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from datetime import date

    from schemas.declare import Field


KIND = "名录变更"
"""The kind of T16 that changes one row of a register."""


def unshown(requests: Iterable[Row], registers: Mapping[str, Sequence[Row]], on: date) -> list[Row]:
    """Return approved changes in force on `on` that `registers` (template -> rows with `_key`) do not show, by request number.

    Columns: request, unit, template, subject, from_day, told (Chinese). Of several requests about one column of a subject the
    newest counts. A register this office does not keep is not asked.
    """
    templates = {label: template for template, _, label in REGISTERS}
    found = []
    for request in _newest(requests, on):
        template = templates.get(text(request.get("register")), "")
        if template in registers:
            subject = text(request.get("subject_id"))
            row = next((one for one in registers[template] if subject in _names(one, template)), None)
            why = _why(request, row, template)
            if row is not None and not _may_change(request, row):
                why = f"“{subject}”由别的单位报送，申请单位不是其上级，没有采用；请由报送名录的单位或其上级提出。"
            if why:
                found.append(
                    {
                        "request": text(request.get("request_id")),
                        "unit": text(request.get("_unit")),
                        "template": template,
                        "subject": subject,
                        "from_day": text(request.get("effective_on"))[:10],
                        "told": f"名录变更 {text(request.get('request_id'))}：{why}",
                    }
                )
    return sorted(found, key=lambda one: (one["request"], one["subject"]))


def in_force(requests: Iterable[Row], on: date) -> list[str]:
    """Return `unit/number` of the approved changes in force on the day `on`."""
    return sorted({name_of(one) for one in _newest(requests, on)})


def name_of(request: Row) -> str:
    """Return what tells a request from one that another office numbered alike."""
    return f"{text(request.get('_unit'))}/{text(request.get('request_id'))}"


def applied(
    template: str, rows: Sequence[Row], requests: Iterable[Row], on: date
) -> tuple[list[Row], list[tuple[str, str]]]:
    """Return the rows of a register as the approved changes in force on `on` make them, and (request, subject) of each applied.

    Who was removed or moved away is left out. Who is to be added has no row to change: he comes with the roster.
    """
    label = next(label for code, _, label in REGISTERS if code == template)
    fields = loader.template(template).sheets[0].fields
    found, done = [{**row} for row in rows], []
    for request in _newest(requests, on):
        subject, what = text(request.get("subject_id")), text(request.get("changed_field"))
        row = next((one for one in found if subject in _names(one, template)), None)
        if text(request.get("register")) != label or row is None or not _may_change(request, row):
            continue
        field = next((one for one in fields if what in (one.title, one.key)), None)
        if what in (REMOVED, MOVED_OUT):
            found.remove(row)
        elif field is None or _shown(row.get(field.key), field) == _shown(request.get("new_value"), field):
            continue
        else:
            row[field.key] = request.get("new_value")
        done.append((text(request.get("request_id")), subject))
    return found, done


def _may_change(request: Row, row: Row) -> bool:
    """Return whether the office that filed the request answers for this row: it reported it, supervises it, or is above."""
    owners = {text(row.get(key)) for key in ("_unit", "supervisor")} - {""}
    return not owners or may_decide(request, *owners)


def _newest(requests: Iterable[Row], on: date) -> list[Row]:
    valid = [
        one
        for one in requests
        if text(one.get("request_type")) == KIND
        and yes(one.get("is_approved"))
        and text(one.get("effective_on"))[:10] <= on.isoformat()
    ]
    valid.sort(key=lambda one: [text(one.get(key)) for key in ("effective_on", "decided_on", "request_id")])
    return list(
        {
            tuple(text(one.get(key)) for key in ("register", "subject_id", "changed_field")): one for one in valid
        }.values()
    )


def _names(row: Row, template: str) -> set[str]:
    """Return what a subject is called by: its identifier, its key, the number of its certificate, never its name."""
    keys = (IDENTITY[template], "_key", *(one for one in FALLBACK.get(template, ()) if one != "name"))
    return {text(row.get(key)) for key in keys} - {""}


def _why(request: Row, row: Row | None, template: str) -> str:
    """Return in Chinese what the register says instead; '' when it shows the change."""
    form, what = loader.template(template), text(request.get("changed_field"))
    subject, day = text(request.get("subject_id")), text(request.get("effective_on"))[:10]
    file = f"请改好后用 {template} 再报一次。"
    again = f"锁定名单时按变更后的内容；{file}"
    if what in (REMOVED, MOVED_OUT):
        state = STATE.get(template)
        is_gone = row is None or no(row.get("is_in_roster")) or (state and text(row.get(state[0])) != state[1])
        return "" if is_gone else f"“{subject}”自 {day} 起{what}，名录里还在。{again}"
    if row is None:
        hint = "请填编号，没有编号的填证号。" if what not in (ADDED, MOVED_IN) else file
        return f"“{subject}”在《{form.title}》里找不到。{hint}"
    if what in (ADDED, MOVED_IN):
        return ""
    field = next((one for one in form.sheets[0].fields if what in (one.title, one.key)), None)
    if field is None:
        return f"《{form.title}》没有“{what}”这一栏，请照表头填“变更字段”。"
    was, now = _shown(row.get(field.key), field), _shown(request.get("new_value"), field)
    if was == now:
        return ""
    who = text(row.get(NAME.get(template, "name")))
    return f"{who}（{subject}）的“{field.title}”自 {day} 起应为“{now}”，名录里是“{was}”。{again}"


def _shown(value: object, field: Field) -> str:
    """Return a cell as it is compared: 是/否 alike, several codes in one order."""
    if field.type == "boolean":
        return "是" if yes(value) else "否" if no(value) else ""
    return "；".join(sorted(several(value))) if field.type == "codes" else text(value)
