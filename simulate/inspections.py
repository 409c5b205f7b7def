"""What teams find on site: the T10 rows they type, the rectifications that follow, the cases that are transferred.

Roughly seven visits of ten find nothing, two end with an order to rectify, the rest is passed on. Nothing is filled in
by default: every checklist point gets an explicit yes or no, as the form demands.
"""

from __future__ import annotations

import re
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

from schemas import loader
from simulate.bodies import XIANNING
from simulate.people import stream

if TYPE_CHECKING:
    import random
    from collections.abc import Sequence

Row = dict[str, Any]

NOTHING = "未发现问题"
ORDERED = "发现问题已责令改正"
PENDING = "发现问题待后续处理"
PLANTED = "O-FOR-421281-001"
"""One forensic body of 咸宁 is found at fault in every play, so that a reader always meets a transfer."""
HANDED_IN_LATE = ("O-LA-421221-001", "O-CEN-421224-001")
"""The records of these two lie on a desk of 咸宁 for more than five weeks, so their results are published after their day."""
LIES_FOR = 38
PROBLEMS = {
    "公证机构": (
        ("NOT-02", "1 件案卷缺少审批记录"),
        ("NOT-04", "收费标准未在办证大厅公示"),
        ("NOT-06", "登记簿漏登 2 件"),
    ),
    "公证员": (("NOT-10", "1 件公证书告知笔录签名不全"),),
    "司法鉴定机构": (
        ("FOR-06", "1 台设备检定证书过期"),
        ("FOR-03", "2 份鉴定意见书超期未办理延期手续"),
        ("FOR-08", "投诉登记簿记录不全"),
    ),
    "司法鉴定人": (("FOR-09", "1 次出庭作证未按通知时间到庭"),),
    "法律援助机构": (("LA-03", "1 件案件结案报告未归档"), ("LA-04", "补贴发放晚于规定时限")),
    "公共法律服务中心": (("PLS-01", "值班表与在岗人员不一致"), ("PLS-04", "服务指南未更新")),
    "公共法律服务工作站": (("PLS-02", "开放时间未公示"),),
}
"""Kind of target -> (item without its province, what is wrong under it)."""
BASES = {
    "公证机构": "《中华人民共和国公证法》第十四条。",
    "公证员": "《中华人民共和国公证法》第二十二条。",
    "司法鉴定机构": "《司法鉴定机构登记管理办法》第三十四条。",
    "司法鉴定人": "《司法鉴定程序通则》第二十三条。",
    "法律援助机构": "《中华人民共和国法律援助法》第五十七条。",
    "公共法律服务中心": "《湖北省公共法律服务条例》第十一条。",
    "公共法律服务工作站": "《湖北省公共法律服务条例》第十一条。",
}
VIOLATIONS = {"公证机构": "涉嫌超出规定标准收取公证费", "司法鉴定机构": "涉嫌超出登记的业务范围从事司法鉴定业务"}
SEEN = {
    "公证机构": ("NOT-04", "3 件公证事项收费高于规定标准"),
    "司法鉴定机构": ("FOR-01", "2 份鉴定意见书的事项超出登记的业务范围"),
}
"""What a team writes down where a violation is suspected."""


def working(day: date) -> date:
    """Return `day`, or the next one on which offices work, read from the calendar and not from the engine that is counted again.

    Of a year whose calendar is not announced only the weekends are known.
    """
    while not _is_working(day):
        day += timedelta(days=1)
    return day


def after(day: date, count: int) -> date:
    """Return the `count`-th working day after `day`."""
    for _ in range(count):
        day = working(day + timedelta(days=1))
    return day


def _is_working(day: date) -> bool:
    kind, _ = loader.holidays().get(day.isoformat(), ("", ""))
    return kind == "work" or (kind != "off" and day.weekday() < 5)


def names(inspectors: object) -> list[str]:
    """Return the names in a cell like 王示例（42122100101）；李示例（42122100102）.

    >>> names("王示例（42122100101）；李示例（42122100102）")
    ['王示例', '李示例']
    """
    parts = re.split("[；;]", str(inspectors or ""))
    return [re.sub("[（(].*", "", part).strip().split(" ")[-1] for part in parts if part.strip()]


def numbers(inspectors: object) -> list[str]:
    """Return the certificate numbers in such a cell.

    >>> numbers("王示例（42122100101）；李示例（42122100102）")
    ['42122100101', '42122100102']
    """
    return re.findall(r"[（(](\d+)[）)]", str(inspectors or ""))


def free(busy: set[tuple[str, date]], team: Sequence[str], day: date, more: int = 0) -> tuple[date, date]:
    """Return the first and last day of a visit from `day` on, `more` days long, when nobody of the team is elsewhere; they are busy then."""
    while True:
        begun = working(day)
        ended = working(begun + timedelta(days=more))
        taken = {(number, one) for number in team for one in (begun, ended)}
        if not taken & busy:
            busy |= taken
            return begun, ended
        day = begun + timedelta(days=1)


def outcome(rng: random.Random, *, may_transfer: bool) -> str:
    """Return what one visit finds; only what somebody else has to punish is passed on."""
    chance = rng.random()
    if chance < 0.72:
        return NOTHING
    return PENDING if chance > 0.965 and may_transfer else ORDERED


def visited(
    task: Row,
    points: Sequence[Row],
    *,
    seed: int,
    season: tuple[date, date],
    may_transfer: bool,
    busy: set[tuple[str, date]] | None = None,
) -> tuple[Row, list[Row]]:
    """Return the T10 row and checklist of one visit within `season`, filled in from the pre-filled ones.

    busy: (certificate, day) of every officer who is on a visit already; the days of this one are added.
    """
    first, last = season
    rng = stream(seed, "visit", task["task_id"])
    kind = str(task["target_type"])
    is_late = task["inspecting_unit"] == XIANNING and task["target_id"] in HANDED_IN_LATE
    begun = first + timedelta(days=rng.randrange(max(1, (last - first).days - 12)) // (2 if is_late else 1))
    if may_transfer and task["target_id"] == PLANTED:
        # So late that the case may lawfully still be open when the year ends: 90 days from its opening.
        begun = max(begun, last - timedelta(days=24))
    begun, ended = free(set() if busy is None else busy, numbers(task.get("inspectors")), begun, rng.randrange(2))
    approved = working(ended + timedelta(days=3))
    entered = working(approved + timedelta(days=LIES_FOR)) if is_late else approved
    found = outcome(rng, may_transfer=may_transfer and kind in VIOLATIONS)
    if may_transfer and task["target_id"] == PLANTED:
        found = PENDING
    team = names(task.get("inspectors")) or ["检查员"]
    is_paper = kind in ("公证员", "司法鉴定人")
    row: Row = {
        **task,
        "inspected_from": begun.isoformat(),
        "inspected_to": ended.isoformat(),
        "methods": "书面检查" if is_paper else "实地核查",
        "files_sampled": 10 + rng.randrange(11),
        "files_failed": 0 if found == NOTHING else 1,
        "result": found,
        "dispositions": "无需后续处置",
        "is_suspected_violation": found == PENDING,
        "target_opinion": "无异议",
        "is_signed": True,
        "reviewed_by": team[0],
        "approved_by": "孔签批",
        "approved_on": approved.isoformat(),
        "is_public": True,
        "is_closed": found == NOTHING,
        "closed_on": approved.isoformat() if found == NOTHING else None,
        "entered_by": team[-1],
        "entered_on": entered.isoformat(),
    }
    if found != NOTHING:
        row["severity"] = "较重" if found == PENDING else "一般"
        row["dispositions"] = "移送立案查处" if found == PENDING else "责令限期改正"
        row["rectify_by"] = working(approved + timedelta(days=30)).isoformat() if found == ORDERED else None
    place, problem = _fault(points, kind, rng, found) if found != NOTHING else (-1, "")
    handling = "移送立案查处" if found == PENDING else "责令限期改正"
    return row, [_point(one, kind, problem if at == place else "", handling) for at, one in enumerate(points)]


def _fault(points: Sequence[Row], kind: str, rng: random.Random, found: str) -> tuple[int, str]:
    """Return the place of the line that is wrong and what is wrong there: a fault stands under the item it belongs to.

    A suspected violation is the same for every body of a kind, so the planted one repeats it each year (R47).
    """
    known = (SEEN[kind],) if found == PENDING else PROBLEMS[kind]
    lines = [
        (place, problem)
        for item, problem in known
        for place, point in enumerate(points)
        if f"-{item}" in str(point["item_code"])
    ]
    return lines[rng.randrange(len(lines))] if lines else (0, known[0][1])


def _point(point: Row, kind: str, problem: str, handling: str) -> Row:
    """Return one checklist line with its explicit answer."""
    if not problem:
        return {**point, "is_checked": True, "has_problem": False}
    return {
        **point,
        "is_checked": True,
        "has_problem": True,
        "problem": problem,
        "legal_basis": BASES[kind],
        "handling": handling,
    }


def rectified(problem: Row, *, seed: int, team: Sequence[str], is_open: bool) -> Row:
    """Return the T12 row of one problem after the re-check by two officers; `is_open` leaves it unfinished."""
    rng = stream(seed, "rectification", problem["problem_id"])
    due = date.fromisoformat(str(problem["rectify_by"]))
    seen = working(due + timedelta(days=rng.randrange(-8, 6)))
    row: Row = {**problem, "requirement": problem.get("requirement") or "限期改正并自查同类问题"}
    row["responsible_unit"] = problem.get("responsible_unit") or problem["target_name"]
    if is_open:
        return {**row, "measures": "正在整改", "is_closed": False}
    return {
        **row,
        "measures": "已完成整改并提交书面报告",
        "recheckers": "；".join(team[:2]),
        "rechecked_on": seen.isoformat(),
        "recheck_result": "整改到位",
        # What was printed in the form counted until the day it was printed.
        "overdue_days": max(0, (seen - due).days),
        "is_closed": True,
    }
