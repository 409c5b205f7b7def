"""The receipt an office gets for everything it sends: proof of what arrived, when, and what became of it (intake 5.6)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from engine.calendar import spoken
from schemas import loader

if TYPE_CHECKING:
    from collections.abc import Iterable

OUTCOMES = {
    "new": "接收",
    "again": "已收过，没有重复登记",
    "same": "内容相同，没有产生新版本",
    "old": "旧版，没有采用",
    "conflict": "同日两份，待单位确认",
    "forwarded": "报送层级不符，转办",
    "returned": "退回，请修改后重报",
    "refused": "无法受理",
    "accepted": "接收",
    "stored": "附件已存",
}
_ASKS = {"error": "须改", "explain": "须说明", "fixed": "已更正", "note": "提示"}


def told(issues: Iterable[dict[str, Any]], template: str | None) -> list[dict[str, Any]]:
    """Return issues as their readers know the places: the title of the worksheet instead of its declared name."""
    form = loader.templates().get(template or "")
    titles = {one.name: one.title for one in form.sheets} if form else {}
    titles["cover"] = loader.template("T00").sheets[0].title
    return [
        {**one, "severity": str(one["severity"]), "sheet": titles.get(str(one.get("sheet")), one.get("sheet"))}
        for one in issues
    ]


def receipt_text(receipt: dict[str, Any]) -> str:
    """Return the receipt as plain text that can be pasted into a mail."""
    on_time = {True: "按时", False: "逾期", None: "—"}[receipt["on_time"]]
    lines = [
        f"{receipt['received_by']}收件回执",
        "",
        f"回执号　　{receipt['number']}",
        f"报送单位　{receipt['unit_name'] or '未能识别'}",
        f"收到时间　{spoken(receipt['at'])}",
        f"文件名　　{receipt['file']}",
        f"文件校验　SHA-256 {receipt['sha256']}",
        f"内容校验　{receipt['digest'] or '—'}",
        f"表号版本　{receipt['template'] or '—'}　第 {receipt['version'] or '—'} 版　{receipt['kind'] or ''}".rstrip(),
        f"数据行数　{receipt['rows']}",
        f"时效　　　{on_time}",
        f"处理结果　{OUTCOMES[receipt['outcome']]}",
    ]
    if receipt["issues"]:
        lines += ["", "需要知道的事项："]
        lines += [issue_line(one, number) for number, one in enumerate(receipt["issues"], 1)]
    if receipt["returned"]:
        lines += ["", f"退回件：{receipt['returned']}，请直接在退回件上改好后发回。"]
    return "\n".join(lines) + "\n"


def issue_line(issue: dict[str, Any], number: int) -> str:
    """Return one issue as one line: what is asked, where, what is wrong, what to do."""
    place = issue["cell"] if issue["cell"] and issue["cell"] not in issue["message"] else ""
    proposal = f"建议值“{issue['proposal']}”。" if issue["proposal"] else ""
    return f"{number}. [{_ASKS[issue['severity']]}] {place + '：' if place else ''}{issue['message']}{issue['fix']}{proposal}（{issue['code']}）"
