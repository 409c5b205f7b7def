"""Rules that need not be kept: switched off for everybody, waived for one unit's report, or a visit's season prolonged.

Each leaves the issue standing as a note with its reason, so nobody can overlook that a rule was broken with leave. Only rules
of the year can be waived; what could not be read, or came to the wrong place, cannot (intake 5.4; R29, X20).
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from engine.model import Severity
from engine.outcome import BAD
from engine.results import EXTENSION, last_day
from engine.values import text, yes
from schemas import loader

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from engine.draft import Draft
    from engine.model import Issue
    from engine.values import Row

# R must be filled, V lists and conditions, K keys, Q quotas, P cover, D dates: areas that hold rules, not reading.
_AREAS = "RVKQPD"
_FAULTS = (Severity.ERROR, Severity.EXPLAIN)
OUT_OF_SEASON = "DR-D012"
_EXCUSED = re.compile(r"（((?:已说明：|已豁免：|已批准延期至 ).*)）$", re.DOTALL)
_EXTENSION = {
    "request": "request_id",
    "unit": "_unit",
    "task": "reference",
    "target": "subject_id",
    "by": "decided_by",
    "on": "decided_on",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiver:
    """Leave for `unit` not to keep rule `code` in its report `template`; `on` and `until` are ISO days, both inclusive."""

    code: str
    unit: str
    template: str
    reason: str
    by: str
    on: str
    until: str = "9999-12-31"

    def __post_init__(self) -> None:
        if not (self.reason.strip() and self.by.strip()):
            raise ValueError("豁免必须写明理由和批准人")


@dataclass(frozen=True, slots=True, kw_only=True)
class Extension:
    """Leave to visit the target of one task after the season, until and including the ISO day `until`.

    `unit` asked for it: it holds for that unit and those below it, from the day of the decision `on`.
    """

    request: str
    unit: str
    task: str
    target: str
    until: str
    by: str
    on: str


def granted(requests: Iterable[Mapping[str, Any]]) -> tuple[Waiver, ...]:
    """Return the waivers in approved rows of T16 of the kind 规则豁免.

    The request names the unit and the template as `reference` ("421221-T06") and the code as `changed_field`; a request that
    names neither a known unit nor a rule that can be waived grants nothing.
    """
    found = []
    for row in requests:
        told = {key: str(value or "").strip() for key, value in row.items()}
        unit, _, template = told.get("reference", "").partition("-")
        code, reason = told.get("changed_field", ""), told.get("explanation", "") or "未写理由"
        if (told.get("request_type"), told.get("is_approved")) != ("规则豁免", "是") or not told.get("decided_by"):
            continue
        if unit in loader.units() and template in loader.templates() and can_be_waived(code):
            by, on = told["decided_by"], told.get("decided_on", "")
            found.append(Waiver(code=code, unit=unit, template=template, reason=reason, by=by, on=on))
    return tuple(found)


def extended(requests: Iterable[Row]) -> tuple[Extension, ...]:
    """Return the extensions in approved rows of T16 of the kind 检查延期.

    `reference` names the task, `subject_id` its target, `new_value` the day it is prolonged to. A request that leaves one of
    them open, or was decided by nobody, prolongs nothing here: the visit must be explained.
    """
    found = []
    for row in requests:
        until, is_approved = last_day(row), yes(row.get("is_approved"))
        given = {name: text(row.get(key)) for name, key in _EXTENSION.items()}
        if text(row.get("request_type")) == EXTENSION and is_approved and until and all(given.values()):
            found.append(Extension(until=until.isoformat(), **given))
    return tuple(found)


def can_be_waived(code: str) -> bool:
    """Say whether an issue is a rule of the year (it rests on an X rule) and not a sign of what the file is."""
    area, known = code.removeprefix("DR-")[:1], loader.issue_texts().get(code)
    return known is not None and area in _AREAS and bool(re.search(r"\bX[0-9]{2}\b", known.basis))


def apply(draft: Draft, leaves: Sequence[Waiver | Extension], day: str) -> None:
    """Turn the faults of `draft` that are switched off, waived or prolonged on `day` into notes that say why; the rest stay.

    Without a day nothing is waived. A cell that could not be read stays a fault: its value would be lost.
    """
    if not day or draft.stops or draft.template is None or draft.unit is None:
        return
    reasons = {
        one.code: f"该规则自 {one.since} 起停用：{one.reason}"
        for one in loader.policy(draft.year).switched_off
        if one.since <= day
    }
    reasons |= {
        one.code: f"已豁免：{one.reason}；批准：{one.by}，{one.on}"
        for one in leaves
        if isinstance(one, Waiver)
        and (one.unit, one.template) == (draft.unit.code, draft.template.code)
        and one.on <= day <= one.until
    }
    if reasons:
        unread = _unread(draft)
        draft.issues = [_waived(one, reasons, unread) for one in draft.issues]
    if any(one.code == OUT_OF_SEASON for one in draft.issues):
        extensions = [one for one in leaves if isinstance(one, Extension) and one.on <= day]
        visits = _prolonged(draft, extensions)
        draft.issues = [
            _noted(one, visits[_place(one)]) if one.code == OUT_OF_SEASON and _place(one) in visits else one
            for one in draft.issues
        ]


def _waived(one: Issue, reasons: Mapping[str, str], unread: set[tuple[str, str, str]]) -> Issue:
    reason = reasons.get(one.code)
    if reason is None or not can_be_waived(one.code) or (*_place(one), one.field or "") in unread:
        return one
    return _noted(one, reason)


def _prolonged(draft: Draft, extensions: Iterable[Extension]) -> dict[tuple[str, str], str]:
    """Return (sheet, row number) -> reason of every visit that was over within the extension of its task and target."""
    assert draft.unit is not None
    sender = draft.unit.code
    valid = sorted((one for one in extensions if sender in loader.subtree(one.unit)), key=lambda one: one.until)
    known = {(one.task, one.target): one for one in valid}
    found = {}
    for sheet, rows in draft.rows.items():
        for row, outcomes in rows:
            told = {key: text(one.value) for key, one in outcomes.items() if one.value is not BAD}
            leave = known.get((told.get("task_id", ""), told.get("target_id", "")))
            days = (told.get("inspected_from", ""), told.get("inspected_to", ""))
            if leave is not None and all(days) and max(days) <= leave.until:
                reason = f"已批准延期至 {leave.until}：申请 {leave.request}；批准：{leave.by}，{leave.on}"
                found[sheet, str(row.number)] = reason
    return found


def excuse(message: str) -> str:
    """Return why a fault was let pass, as the note about it ends: explained, waived or prolonged; '' for any other note.

    >>> excuse("第 5 行“检查日期”2026-11-10 不在检查季内。（已说明：暴雨道路中断）")
    '暴雨道路中断'
    """
    found = _EXCUSED.search(message)
    return found[1].removeprefix("已说明：") if found else ""


def _noted(one: Issue, reason: str) -> Issue:
    if one.severity not in _FAULTS:
        return one
    return replace(one, severity=Severity.NOTE, message=f"{one.message}（{reason}）")


def _place(one: Issue) -> tuple[str, str]:
    """Return the sheet and the row number an issue stands at."""
    return one.sheet or "", re.sub("[^0-9]", "", one.cell or "")


def _unread(draft: Draft) -> set[tuple[str, str, str]]:
    return {
        (sheet, str(row.number), key)
        for sheet, rows in draft.rows.items()
        for row, outcomes in rows
        for key, one in outcomes.items()
        if one.value is BAD
    }
