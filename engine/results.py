"""Results: what the record workbooks say against what was drawn and approved; every drawn target ends exactly once.

R15, R35, R46; X24, X25. A check yields `Doubt` values, it never raises: people correct and send again.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

from engine.consent import may_decide
from engine.values import Row, day, no, several, text, yes
from schemas import loader

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

STATUS_RESULTS = ("已注销", "停业整顿中", "被撤销或吊销", "迁出")
"""C14 S-codes: the target ends, but it was not inspected."""
RANDOM_KIND = "双随机"
STRIKING = "对象核减"
"""The kind of T16 by which a drawn target is struck."""
DAILY_KIND = "日常检查"
NOTHING_FOUND = "未发现问题"
WITHOUT_FAULT = frozenset((NOTHING_FOUND, "通过登记的执业场所无法联系", "未发现开展本次抽查涉及的执业活动"))
"""C14 R1, R6, R8: nothing that could be put right or passed on; R2-R5 and R7 are faults."""
EXTENSION = "检查延期"
"""T16: a visit may be made later; `new_value` is the last day it may be made on."""
INSPECTED, REDUCED, STATUS, OPEN = "已检查", "已核减", "状态终结", "未完成"
_DAY = re.compile(r"([0-9]{4})\s*[-/.年]\s*([0-9]{1,2})\s*[-/.月]\s*([0-9]{1,2})")
_CERTIFICATE = re.compile(r"[（(]([^（）()]+)[）)]\s*$")


@dataclass(frozen=True, slots=True, kw_only=True)
class Doubt:
    """Something that does not fit: the rule (X..), the task or target, and a Chinese sentence; whether it bars publication."""

    rule: str
    subject: str
    message: str
    bars: bool = False


def certificates(inspectors: object) -> tuple[str, ...]:
    """Return the certificate numbers of a team as it is written.

    >>> certificates("王示例（42122100101）；李示例（42122200102）")
    ('42122100101', '42122200102')
    """
    found = (_CERTIFICATE.search(one) for one in several(inspectors))
    return tuple(match.group(1).strip() for match in found if match)


def is_inspected(row: Row) -> bool:
    """Return whether a result counts as an inspection made (S-codes do not)."""
    return bool(text(row.get("result"))) and text(row.get("result")) not in STATUS_RESULTS


def is_random(row: Row) -> bool:
    """Return whether a result counts in the ratios: only 双随机 does (R11)."""
    return text(row.get("task_kind")) in ("", RANDOM_KIND)


def has_problem(row: Row) -> bool:
    """Return whether a visit found a fault."""
    return is_inspected(row) and text(row.get("result")) not in WITHOUT_FAULT


def check(
    results: Sequence[Row],
    checklist: Sequence[Row],
    tasks: Mapping[str, Row],
    requests: Sequence[Row],
    *,
    officers: Mapping[str, date | None],
) -> list[Doubt]:
    """Return what in `results` does not equal the draw or an approved T16 (X24).

    tasks: task id -> T09 row. requests: T16 rows. officers: certificate number -> last day of validity (None: open end).
    Results of other kinds (日常检查, 专项) need no task and are only checked in themselves.
    """
    named: dict[str, list[Row]] = {}
    for row in requests:
        if yes(row.get("is_approved")):
            named.setdefault(text(row.get("reference")), []).append(row)
    lines: dict[str, list[Row]] = {}
    for row in checklist:
        lines.setdefault(text(row.get("task_id")), []).append(row)
    found: list[Doubt] = []
    for row in results:
        name = text(row.get("task_id"))
        found += _itself(row, lines.get(name, []))
        task = tasks.get(name)
        if task is None:
            if is_random(row):
                found.append(Doubt(rule="X24", subject=name, message=f"任务 {name} 不在派发清单中。", bars=True))
            continue
        given = [one for one in named.get(name, ()) if may_decide(one, unit_of(row), unit_of(task))]
        found += _against_task(row, task, lines.get(name, []), given)
        found += _team(row, task, given, officers)
    return found


def _itself(row: Row, lines: Sequence[Row]) -> list[Doubt]:
    name, outcome = text(row.get("task_id")), text(row.get("result"))

    def doubt(message: str) -> Doubt:
        return Doubt(rule="X24", subject=name, message=message)

    found = []
    problems = [one for one in lines if yes(one.get("has_problem"))]
    dispositions = several(row.get("dispositions"))
    if not outcome:
        found.append(doubt(f"任务 {name} 没有填检查结果；结果没有默认值，须由检查组填写。"))
    if outcome == NOTHING_FOUND and problems:
        found.append(doubt(f"任务 {name} 结果为“未发现问题”，但明细中有 {len(problems)} 个问题。"))
    if outcome.startswith("发现问题") and not problems:
        found.append(doubt(f"任务 {name} 结果为“{outcome}”，但明细中没有问题。"))
    if "无需后续处置" in dispositions and len(dispositions) > 1:
        found.append(doubt(f"任务 {name} 的“无需后续处置”不能与其他处置并列。"))
    if outcome == "发现问题待后续处理" and (not dispositions or dispositions == ("无需后续处置",)):
        found.append(doubt(f"任务 {name} 待后续处理，但没有写明后续处置。"))
    if text(row.get("entry_unit")) != text(row.get("inspecting_unit")):
        found.append(doubt(f"任务 {name} 的录入单位不是检查单位：谁检查、谁录入、谁公开。"))
    for one in lines:
        if no(one.get("is_checked")) and not text(one.get("unchecked_reason")):
            found.append(
                doubt(f"任务 {name} 事项 {one.get('item_code')} 第 {one.get('point_no')} 点未检查，也没有原因。")
            )
        if yes(one.get("is_checked")) and not yes(one.get("has_problem")) and not no(one.get("has_problem")):
            found.append(
                doubt(f"任务 {name} 事项 {one.get('item_code')} 第 {one.get('point_no')} 点没有写明有无问题。")
            )
    return found


def _against_task(row: Row, task: Row, lines: Sequence[Row], approved: Sequence[Row]) -> list[Doubt]:
    name = text(row.get("task_id"))
    found, barred = [], []
    if text(row.get("target_id")) != text(task["target_id"]):
        # An alternate that was called has a task of its own: no request makes one target into another.
        barred.append(f"任务 {name} 的对象 {row.get('target_id')} 与抽取的 {task['target_id']} 不一致。")
    missing = set(several(task.get("item_codes"))) - {text(one.get("item_code")) for one in lines}
    if missing:
        found.append(f"任务 {name} 缺事项明细：{'、'.join(sorted(missing))}。")
    if text(row.get("inspecting_unit")) != text(task.get("unit")):
        found.append(f"任务 {name} 的检查单位与派发单位不一致。")
    begun, ended = day(row.get("inspected_from")), day(row.get("inspected_to"))
    first, last = day(task.get("starts_on")), day(task.get("ends_on"))
    outside = (begun and first and begun < first) or (ended and last and ended > last)
    if outside and not _is_prolonged(approved, name, ended or begun):
        found.append(f"任务 {name} 的检查日期不在计划期内，也没有批准的延期。")
    unplanned = set(several(row.get("methods"))) - set(several(task.get("methods")))
    if unplanned and several(task.get("methods")):
        found.append(f"任务 {name} 的检查方式 {'、'.join(sorted(unplanned))} 不在计划和事项清单之内。")
    drawn = day(task.get("drawn_on"))
    if begun and drawn and begun < drawn:
        barred.append(f"任务 {name} 的检查日期早于抽取日期。")
    return [Doubt(rule="X24", subject=name, message=message, bars=message in barred) for message in (*found, *barred)]


def _team(row: Row, task: Row, approved: Sequence[Row], officers: Mapping[str, date | None]) -> list[Doubt]:
    """Check the team: the drawn officers as the protocol replaced them, at least two, certified on the day (X13, X14).

    A request alone lets nobody in (R58); one person may be named by it: an approved 直接委派.
    """
    name = text(row.get("task_id"))
    given = certificates(row.get("inspectors"))
    planned = set(certificates(task.get("inspectors")))
    found = []
    named = [text(request["replacement"]) for request in approved if _assigns(request, name)]
    strangers = [one for one in given if one not in planned and not any(_names(words, one) for words in named)]
    if strangers:
        found.append(
            f"任务 {name} 的检查人员 {'、'.join(strangers)} 不是抽取或按规则递补的人员；换人须先 replace，再 dispatch 换新的任务包。"
        )
    on = day(row.get("inspected_from"))
    valid = [
        one
        for one in dict.fromkeys(given)
        if one in officers and not (on and (until := officers[one]) is not None and until < on)
    ]
    if len(valid) < 2:
        found.append(f"任务 {name} 持有效执法证的检查人员只有 {len(valid)} 名，不足 2 名。")
    return [Doubt(rule="X14", subject=name, message=message, bars=True) for message in found]


def last_day(request: Row) -> date | None:
    """Return the day an extension prolongs to as it was written (2026年11月30日, 延期至2026-11-30), None for no day."""
    found = _DAY.search(text(request.get("new_value")))
    try:
        return date(*map(int, found.groups())) if found else None
    except ValueError:
        return None


def _is_prolonged(approved: Sequence[Row], name: str, ended: date | None) -> bool:
    """Return whether a visit outside its term has leave: an adjusted plan, or an extension that was not over yet."""
    if _allows(approved, name, ("计划调整",)):
        return True
    terms = [last_day(one) for one in approved if _allows([one], name, (EXTENSION,))]
    return any(until is None or (ended is not None and ended <= until) for until in terms)


def _assigns(request: Row, name: str) -> bool:
    """Return whether an approved request names a person to go directly, because nobody is left to draw (国发〔2019〕5号)."""
    return (
        _allows([request], name, ("人员回避", "人员不能参加"))
        and text(request.get("replacement_mode")) == "直接委派"
        and bool(text(request.get("replacement")))
    )


def _names(words: str, certificate: str) -> bool:
    """Return whether a text names a certificate, and not merely a longer number that contains it."""
    return re.search(rf"(?<![0-9A-Za-z]){re.escape(certificate)}(?![0-9A-Za-z])", words) is not None


def _allows(approved: Sequence[Row], reference: str, kinds: tuple[str, ...]) -> bool:
    return any(text(one.get("reference")) == reference and text(one.get("request_type")) in kinds for one in approved)


def extension(task: Row, requests: Iterable[Row], on: date) -> Row:
    """Return the approved extension (T16) by which the visit of `task` may still be made on the day `on`, {} for none (R29).

    requests: those about the task, or all. One that names no day is not over.
    """
    for one in requests:
        if yes(one.get("is_approved")) and _allows([one], text(task.get("task_id")), (EXTENSION,)):
            until = last_day(one)
            if may_decide(one, unit_of(task)) and (until is None or on <= until):
                return one
    return {}


def unlawful(requests: Iterable[Row], tasks: Mapping[str, Row]) -> list[Doubt]:
    """Return the approved requests about an inspection that neither its office nor one above it filed: they change nothing."""
    units, found = loader.units(), []
    for one in requests:
        task = tasks.get(text(one.get("reference")), {})
        if not task or not yes(one.get("is_approved")) or may_decide(one, unit_of(task)):
            continue
        by, owner = (units[code].name if code in units else code for code in (text(one["_unit"]), unit_of(task)))
        name = text(one.get("request_id"))
        message = (
            f"申请 {name} 由{by}提出，任务 {text(one['reference'])} 是{owner}的，没有采用；应由检查单位或其上级提出。"
        )
        found.append(Doubt(rule="X24", subject=name, message=message))
    return found


def unit_of(row: Row) -> str:
    """Return the office of a task or a result."""
    return text(row.get("inspecting_unit")) or text(row.get("unit"))


def end_states(tasks: Iterable[Row], results: Iterable[Row], requests: Iterable[Row]) -> dict[str, str]:
    """Return task id -> the one end of its target: inspected, approved reduction, status, or still open (X25)."""
    done = {(text(row.get("task_id")), text(row.get("task_kind")) or RANDOM_KIND): row for row in results}
    struck: dict[str, list[Row]] = {}
    for one in requests:
        if yes(one.get("is_approved")) and text(one.get("request_type")) == STRIKING:
            for key in {text(one.get("reference")), text(one.get("subject_id"))} - {""}:
                struck.setdefault(key, []).append(one)
    found = {}
    for task in tasks:
        name = text(task["task_id"])
        # Naming only the target it speaks of whatever it is drawn for; naming another draw it leaves this one alone.
        scope = ("", text(task.get("draw_id")), text(task.get("plan_id")))
        of_target = [one for one in struck.get(text(task["target_id"]), ()) if text(one.get("reference")) in scope]
        asked = (*struck.get(name, ()), *of_target)
        is_struck = any(may_decide(one, unit_of(task)) for one in asked)
        row = done.get((name, text(task.get("task_kind")) or RANDOM_KIND))
        if row is not None and text(row.get("result")):
            found[name] = INSPECTED if is_inspected(row) else STATUS
        elif is_struck or text(task.get("task_status")) == "已终止":
            found[name] = REDUCED
        else:
            found[name] = OPEN
    return found


def check_ends(tasks: Sequence[Row], results: Sequence[Row], requests: Sequence[Row]) -> list[Doubt]:
    """Return the drawn targets that end twice or not at all (X25)."""
    ends = end_states(tasks, results, requests)
    counts: dict[str, int] = {}
    for row in results:
        counts[text(row.get("task_id"))] = counts.get(text(row.get("task_id")), 0) + 1
    found = [
        Doubt(rule="X25", subject=name, message=f"任务 {name} 有 {count} 份检查结果，只能有一份。")
        for name, count in counts.items()
        if count > 1
    ]
    return found + [
        Doubt(rule="X25", subject=name, message=f"任务 {name} 没有结果、核减或状态终结。")
        for name, end in ends.items()
        if end == OPEN
    ]
