"""From issues to the copy that goes back: which cell is marked how, and what the first sheet says (intake 5.5)."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING

from engine.draft import COVER
from engine.model import Severity
from schemas import loader
from workbooks import returned
from workbooks.template import identity_of

if TYPE_CHECKING:
    from engine.draft import Draft
    from engine.model import Issue


def returned_copy(draft: Draft, expected_year: int | None = None) -> bytes:
    """Return the workbook that goes back to the sender of `draft`, made for the year that is collected (D019)."""
    template, filled = draft.template, draft.filled
    assert template is not None and filled is not None
    # Where the cover names another unit than the carriers, the copy stays a form of the carriers' unit: sent back as it is,
    # it must meet the same question and never pass for the other unit (D022).
    unit = draft.unit or loader.units().get(filled.identity.unit)
    year = expected_year or draft.year or 0
    deadline, quota = "", None
    if unit is not None and year:
        policy = loader.policy(year)
        found = policy.deadline(template.code, unit)
        deadline, quota = found.isoformat() if found else "", policy.quota(template.code, unit)
    identity = identity_of(template, unit=unit.code if unit else "", year=year or "", issue_no=filled.identity.issue_no)
    summary = returned.ReturnSummary(
        unit=unit.name if unit else "（单位不明）",
        title=template.title,
        received_at=draft.file.received_at.replace("T", " ")[:16],
        verdict=verdict_line(draft.issues, deadline),
        deadline=deadline,
        file=draft.file.name,
    )
    asked = {one.field for one in draft.issues if one.sheet == COVER}
    known = {"year", "period", "template_code", "template_version"} - asked  # what the new form says of itself
    filled = replace(filled, cover={key: cell for key, cell in filled.cover.items() if key not in known})
    marks = [mark(one) for one in draft.issues]
    return returned.write(
        template, identity, filled, marks, summary, unit=unit, year=year or "", deadline=deadline, quota=quota
    )


def verdict_line(issues: list[Issue], deadline: str) -> str:
    """Return the one line that says what to do."""
    errors = sum(one.severity is Severity.ERROR for one in issues)
    asks = sum(one.severity is Severity.EXPLAIN for one in issues)
    parts = [f"{errors} 处必须改"] if errors else []
    parts += [f"{asks} 处请核实并说明"] if asks else []
    until = f"，请在 {deadline} 前改好发回" if deadline else "，请改好发回"
    return f"这份表暂不能接收：有{'、'.join(parts)}{until}。"


def mark(one: Issue) -> returned.Mark:
    """Return an issue as a mark of the returned copy."""
    row = re.search(r"[0-9]+$", one.cell or "")
    return returned.Mark(
        severity=one.severity.value,
        code=one.code,
        message=one.message,
        fix=one.fix,
        sheet=one.sheet,
        row=int(row.group()) if row else None,
        field=one.field,
        cell=one.cell,
        value=one.value,
        proposal=one.proposal,
        who=one.row_key or "",
    )
