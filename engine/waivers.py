"""Rules that need not be kept: switched off for everybody by the policy, or waived for one unit's report (intake 5.4).

Both leave the issue standing as a note with its reason, so nobody can overlook that a rule was broken with leave. Only rules
of the year can be waived; what could not be read, or came to the wrong place, cannot.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from engine.model import Severity
from engine.outcome import BAD
from schemas import loader

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from engine.draft import Draft
    from engine.model import Issue

# R must be filled, V lists and conditions, K keys, Q quotas, P cover, D dates: areas that hold rules, not reading.
_AREAS = "RVKQPD"
_FAULTS = (Severity.ERROR, Severity.EXPLAIN)


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


def granted(requests: Iterable[Mapping[str, object]]) -> tuple[Waiver, ...]:
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


def can_be_waived(code: str) -> bool:
    """Say whether an issue is a rule of the year (it rests on an X rule) and not a sign of what the file is."""
    area, text = code.removeprefix("DR-")[:1], loader.issue_texts().get(code)
    return text is not None and area in _AREAS and bool(re.search(r"\bX[0-9]{2}\b", text.basis))


def apply(draft: Draft, waivers: Sequence[Waiver], day: str) -> None:
    """Turn the faults of `draft` that are switched off or waived on `day` into notes that say why; the rest stay.

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
        for one in waivers
        if (one.unit, one.template) == (draft.unit.code, draft.template.code) and one.on <= day <= one.until
    }
    if reasons:
        unread = _unread(draft)
        draft.issues = [_waived(one, reasons, unread) for one in draft.issues]


def _waived(one: Issue, reasons: dict[str, str], unread: set[tuple[str, str, str]]) -> Issue:
    reason = reasons.get(one.code)
    if reason is None or one.severity not in _FAULTS or not can_be_waived(one.code):
        return one
    row = re.sub("[^0-9]", "", one.cell or "")
    if (one.sheet or "", row, one.field or "") in unread:
        return one
    return replace(one, severity=Severity.NOTE, message=f"{one.message}（{reason}）")


def _unread(draft: Draft) -> set[tuple[str, str, str]]:
    return {
        (sheet, str(row.number), key)
        for sheet, rows in draft.rows.items()
        for row, outcomes in rows
        for key, one in outcomes.items()
        if one.value is BAD
    }
