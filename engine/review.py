"""From issues to the copy that goes back: which cell is marked how, and what the first sheet says (intake 5.5)."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING

from engine import timeliness
from engine.draft import COVER
from engine.model import Severity
from schemas import loader
from workbooks import returned
from workbooks.template import identity_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from engine.draft import Context, Draft
    from engine.model import Issue
    from schemas.declare import Template

_ANSWER = "确实不用改的，在封面“情况说明”写明。"
_BLANK = "本来就该空着的，在该行“情况说明”写明。"
# What to do in the copy itself, where it differs from what the catalogue says of the sender's own file.
_IN_COPY = {
    "DR-T001": "能对上的内容已填进这份表：请填好封面（先填单位），补全缺的内容后发回。",
    "DR-T002": f"这份表的标识已经恢复：请核对单位、年度和内容，改好后发回；{_ANSWER}",
    "DR-T006": "这份表里只留了本表的内容：别的表请各存一个文件另发；已经另发或者不用报的，在封面“情况说明”写明。",
    "DR-T101": "这份表已换成现在的表样，能对上的内容已填好：请核对补全后发回；核对无误的，在封面“情况说明”写明。",
    "DR-U003": "这份表已换成现在收的年度：请核对内容，改好后发回；内容确是这个年度的，在封面“情况说明”写明。",
    "DR-S001": "这份表里已补上：请填写；本来没有内容的，在封面“情况说明”写明。",
    "DR-S002": f"这份表里只有其中一份：请把该报的行补齐；{_ANSWER}",
    "DR-S014": "合并已经取消：请把涂红的格逐行填上。",
    "DR-S017": f"这份表里只有其中一张：请把其余各行补在下面；{_ANSWER}",
    "DR-S027": f"这份表里没有另外那张表：其中有本表该报的行，请补在后面；{_ANSWER}",
    "DR-S018": "请在这份表里按一人（一项）一行填写。",
    "DR-H001": "这份表里已补上这一列：请填写。",
    "DR-H003": f"这份表里只留了前一列的内容：请核对改正；{_ANSWER}",
    "DR-H008": f"请核对这一列的内容，贴错的移到正确的列；{_ANSWER}",
    "DR-C010": "公式没有带进这份表：请直接填写结果。",
}
_MAY_BE_BLANK = ("DR-S014", "DR-S021", "DR-C010")


def returned_copy(draft: Draft, context: Context) -> bytes:
    """Return the workbook that goes back to the sender of `draft`, made for the year that is collected (D019)."""
    template, filled = draft.template, draft.filled
    assert template is not None and filled is not None
    # Where the cover names another unit than the carriers, the copy stays a form of the carriers' unit: sent back as it is,
    # it must meet the same question and never pass for the other unit (D022).
    unit = draft.unit or loader.units().get(filled.identity.unit)
    year = context.year or draft.year or 0
    deadline, quota = "", None
    if unit is not None and year:
        policy = context.policy(year)
        found = timeliness.deadline(policy, unit, template.code)
        deadline, quota = found.isoformat() if found else "", policy.quota(template.code, unit)
    identity = identity_of(template, unit=unit.code if unit else "", year=year or "", issue_no=filled.identity.issue_no)
    summary = returned.ReturnSummary(
        unit=unit.name if unit else "（单位不明）",
        title=template.title,
        received_at=draft.file.received_at.replace("T", " ")[:16],
        verdict=verdict_line(draft.issues, deadline, on=draft.file.received_at[:10]),
        deadline=deadline,
        file=draft.file.name,
        year=str(year or ""),
        contact=context.contact,
    )
    asked = {one.field for one in draft.issues if one.sheet == COVER}
    known = {"year", "period", "template_code", "template_version"} - asked  # what the new form says of itself
    filled = replace(filled, cover={key: cell for key, cell in filled.cover.items() if key not in known})
    names = _names(draft)
    marks = [mark(one, template, names) for one in draft.issues]
    return returned.write(
        template, identity, filled, marks, summary, unit=unit, year=year or "", deadline=deadline, quota=quota
    )


def verdict_line(issues: list[Issue], deadline: str, *, on: str = "") -> str:
    """Return the one line that says what to do; `on` is the ISO day the file came, which may be after the deadline."""
    errors = sum(one.severity is Severity.ERROR for one in issues)
    asks = sum(one.severity is Severity.EXPLAIN for one in issues)
    parts = [f"{errors} 处必须改"] if errors else []
    parts += [f"{asks} 处请核实并说明"] if asks else []
    until = f"请在 {deadline} 前改好发回" if deadline else "请改好发回"
    if deadline and on > deadline:
        until = f"截止日 {deadline} 已过，请尽快改好发回"
    return f"这份表暂不能接收：有 {'、'.join(parts)}，{until}。"


def _names(draft: Draft) -> dict[tuple[str, int], str]:
    """Return (sheet, row) -> the name in that row: an office knows its people by name, not by number."""
    found = {}
    for sheet, rows in draft.rows.items():
        for row, outcomes in rows:
            name = outcomes.get("name")
            if name is not None and isinstance(name.value, str):
                found[sheet, row.number] = name.value
    return found


def mark(one: Issue, template: Template, names: Mapping[tuple[str, int], str]) -> returned.Mark:
    """Return an issue as a mark of the returned copy: whose row it is, and what to do in the copy."""
    row = re.search(r"[0-9]+$", one.cell or "")
    name, key = names.get((one.sheet or "", int(row.group()) if row else 0), ""), one.row_key or ""
    return returned.Mark(
        severity=one.severity.value,
        code=one.code,
        message=one.message,
        fix=_fix(one, template),
        sheet=one.sheet,
        row=int(row.group()) if row else None,
        field=one.field,
        cell=one.cell,
        value=one.value,
        proposal=one.proposal,
        who=key if name in key else f"{name} {key}".strip(),
    )


def _fix(one: Issue, template: Template) -> str:
    is_of_file = one.code != "DR-U003" or one.sheet is None  # a year typed on the cover is put right there
    fix = _IN_COPY.get(one.code, one.fix) if is_of_file else one.fix
    if one.code in _MAY_BE_BLANK and one.sheet in {sheet.name for sheet in template.sheets} and one.field:
        return fix if template.sheet(one.sheet).field(one.field).required else fix + _BLANK
    return fix
