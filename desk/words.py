"""How states are shown: a mark, a tone and a word, so that colour never says anything alone."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from engine.receipt import OUTCOMES
from schemas import loader

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence


class Sign(NamedTuple):
    """A state as people see it; `tone` is one of good, warn, bad, quiet."""

    mark: str
    tone: str
    text: str


_OUTCOME_TONES = {
    "new": ("✓", "good"),
    "accepted": ("✓", "good"),
    "again": ("＝", "quiet"),
    "same": ("＝", "quiet"),
    "stored": ("＋", "quiet"),
    "old": ("↶", "warn"),
    "conflict": ("⇄", "warn"),
    "forwarded": ("→", "warn"),
    "returned": ("↩", "warn"),
    "refused": ("✗", "bad"),
}
_SEVERITIES = {
    "error": Sign("✗", "bad", "须改"),
    "explain": Sign("？", "warn", "须说明"),
    "fixed": Sign("✓", "good", "已更正"),
    "note": Sign("·", "quiet", "提示"),
}
_STATES = {
    "accepted": Sign("✓", "good", "采用"),
    "returned": Sign("↩", "warn", "已退回"),
    "same": Sign("＝", "quiet", "内容相同"),
    "old": Sign("↶", "quiet", "旧版，未采用"),
    "conflict": Sign("⇄", "warn", "同日两份，待确认"),
    "superseded": Sign("↶", "quiet", "已被新版代替"),
    "withdrawn": Sign("↶", "quiet", "已撤回"),
}
_CHECKS = {"pass": Sign("✓", "good", "相符"), "fail": Sign("✗", "bad", "不符"), "skipped": Sign("·", "quiet", "未核验")}
# The groups of the offline verifier, so that the desk and the public page speak alike: title, what it means, its checks.
GROUPS = (
    ("材料完整", "文件与公布时一个字节都不差。", ("file", "files", "form", "root")),
    ("先封存，后摇号", "名单和规则在号码出来之前就已锁定。", ("commit", "seal", "rosters")),
    ("号码与校验码", "结果由公开号码和封存的校验码共同决定，谁也不能单独左右。", ("entropy", "code", "otc")),
    ("抽取结果", "抽中谁、候补是谁，重新算了一遍。", ("draw", "lambda")),
    ("回避与分组", "谁检查谁，重新算了一遍。", ("eligibility", "assign")),
    ("候补、换人与作废", "摇号之后的每一次变动都有据可查。", ("log",)),
)
EVENTS = {
    "init": "建立工作文件夹",
    "received": "收件登记",
    "settled": "认定采用哪一份",
    "consolidated": "名录汇总成新版",
    "identified": "编定统一编号",
    "document": "保存内部文书",
    "submitted": "报送上级",
    "freeze": "锁定名单",
    "draw": "抽取",
    "assign": "匹配人员",
    "replace": "递补或更换",
    "void": "抽取作废",
    "dispatch": "派发任务",
    "publish": "公示",
    "changes": "动态调整备案",
    "ledger": "生成台账",
    "backup": "备份",
    "erased": "依法删除原件",
}


def outcome(name: str) -> Sign:
    """Return what became of an arrival."""
    return Sign(*_OUTCOME_TONES.get(name, ("·", "quiet")), OUTCOMES.get(name, name or "未处理"))


def severity(name: str) -> Sign:
    """Return what an issue asks of its sender."""
    return _SEVERITIES.get(name, _SEVERITIES["note"])


def state(name: str) -> Sign:
    """Return where a submission stands."""
    return _STATES.get(name, Sign("·", "quiet", name))


def check(name: str) -> Sign:
    """Return the result of one step of a verification."""
    return _CHECKS.get(name, Sign("·", "quiet", name))


def checked(checks: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Return the checks of a verification by group: title, meaning, sign, the checks; what fits none stands last."""
    known = {prefix: title for title, _, prefixes in GROUPS for prefix in prefixes}
    found = []
    for title, meaning, _ in (*GROUPS, ("其他", "", ())):
        inside = [one for one in checks if known.get(one["name"].split(".")[0], "其他") == title]
        counts = {status: sum(one["status"] == status for one in inside) for status in ("pass", "fail", "skipped")}
        status = "fail" if counts["fail"] else "pass" if counts["pass"] else "skipped"
        if inside:
            found.append({"title": title, "meaning": meaning, "status": status, "checks": inside, **counts})
    return found


def line(row: Mapping[str, Any]) -> Sign:
    """Return where one file owed stands, in the words of the board."""
    if row["accepted"]:
        is_clean = row["accepted_on_time"] and "不足额" not in row["state"]
        return Sign("✓", "good" if is_clean else "warn", row["state"])
    if row["received"]:
        return Sign("⇄" if row["conflict"] else "↩", "warn", row["state"])
    return Sign("✗", "bad", row["state"]) if row["is_overdue"] else Sign("○", "quiet", row["state"])


def event(name: str) -> str:
    """Return a journal event in Chinese."""
    return EVENTS.get(name, name)


def form_title(code: str | None) -> str:
    """Return the title of a template, '' when it is none of ours."""
    known = loader.templates().get(code or "")
    return known.title if known else ""


def unit_name(code: str | None) -> str:
    """Return the name of a unit, its code when it is not known."""
    known = loader.units().get(code or "")
    return known.name if known else code or "未识别单位"
