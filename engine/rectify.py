"""Problems and what became of them: catalogue, deadlines, re-check by two officers, repeats across years.

No finding may vanish: a problem leads to a rectification or a transfer and from there to an end (R15, R39, R47; X30).
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from engine.consent import may_decide
from engine.results import Doubt, is_inspected
from engine.values import Row, by, day, several, text, yes
from schemas import loader

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from datetime import date

    from schemas.declare import Policy

TRANSFER = "移送立案查处"
ON_THE_SPOT = "当场改正"


def problem_id(line: Row) -> str:
    """Return the id of the problem that a line of the checklist (T10) holds: its task, item and point.

    Never a running number: a record that is corrected keeps every other problem's id, and with it what T12 says of it.

    >>> problem_id({"task_id": "421200-2026-P01-D1-001", "item_code": "HB-NOT-02", "point_no": 3})
    '421200-2026-P01-D1-001-HB-NOT-02-3'
    """
    return f"{text(line['task_id'])}-{text(line['item_code'])}-{text(line['point_no'])}"


def problems(results: Sequence[Row], checklist: Sequence[Row]) -> list[Row]:
    """Return the catalogue of problems as pre-filled T12 rows, in the order of task, item and point.

    Columns of T12 and `_unit`, `_dispositions`, `_inspected_to`, `_target_type`: who found it, what was ordered, when it was
    seen, and where.
    """
    heads = by(results, "task_id")
    found = []
    wrong = (row for row in checklist if yes(row.get("has_problem")))
    for row in sorted(wrong, key=lambda one: (text(one["task_id"]), text(one["item_code"]), int(str(one["point_no"])))):
        task = text(row["task_id"])
        head = heads.get(task)
        if head is None or not is_inspected(head):
            continue
        found.append(
            {
                "problem_id": problem_id(row),
                "task_id": task,
                "target_id": text(head.get("target_id")),
                "target_name": text(head.get("target_name")),
                "item_code": text(row["item_code"]),
                "problem": text(row.get("problem")),
                "legal_basis": text(row.get("legal_basis")) or None,
                "requirement": text(row.get("handling")) or None,
                "rectify_by": text(head.get("rectify_by")) or None,
                "responsible_unit": text(head.get("target_name")),
                "_unit": text(head.get("inspecting_unit")),
                "_dispositions": several(head.get("dispositions")),
                "_inspected_to": text(head.get("inspected_to")),
                "_target_type": text(head.get("target_type")),
            }
        )
    return found


def follow(catalogue: Sequence[Row], filed: Iterable[Row], on: date) -> list[Row]:
    """Return every problem with what T12 says of it and `overdue_days` on the day `on`; the problem itself is ours.

    What neither the office that found it nor one above it filed says nothing (谁检查、谁录入).
    """
    reported = by(lawful(catalogue, filed), "problem_id")
    found = []
    for problem in catalogue:
        report = reported.get(text(problem["problem_id"]), {})
        answered = (
            "requirement",
            "rectify_by",
            "responsible_unit",
            "measures",
            "recheckers",
            "rechecked_on",
            "recheck_result",
            "remark",
        )
        row = {**problem, **{key: report[key] for key in answered if text(report.get(key))}}
        row["is_closed"] = is_rectified({**row, "is_closed": report.get("is_closed")})
        row["overdue_days"] = overdue(row, on)
        row["_origin"] = report
        found.append(row)
    return found


def lawful(catalogue: Iterable[Row], filed: Iterable[Row]) -> list[Row]:
    """Return the rows of T12 that the office which found the problem, or one above it, filed; and those about no known problem."""
    units = {text(row["problem_id"]): text(row.get("_unit")) for row in catalogue}
    return [row for row in filed if (unit := units.get(text(row.get("problem_id")))) is None or may_decide(row, unit)]


def is_rectified(row: Row) -> bool:
    """Return whether a problem is really closed: put right on the spot, or re-checked by two officers with 整改到位 (X30)."""
    if text(row.get("_dispositions")) and ON_THE_SPOT in row["_dispositions"] and not text(row.get("rectify_by")):
        return True
    return (
        yes(row.get("is_closed"))
        and text(row.get("recheck_result")) == "整改到位"
        and len(several(row.get("recheckers"))) >= 2
        and bool(text(row.get("rechecked_on")))
    )


def overdue(row: Row, on: date) -> int:
    """Return by how many days the term was passed: until the re-check, or until `on` while the problem is open."""
    due = day(row.get("rectify_by"))
    end = day(row.get("rechecked_on")) if is_rectified(row) else on
    return max(0, (end - due).days) if due and end else 0


def as_of(filed: Iterable[Row], on: date) -> list[Row]:
    """Return rows of T12 with `overdue_days` counted on the day `on`: what a unit typed there was true on another day."""
    return [{**row, "overdue_days": overdue(row, on)} for row in filed]


def check(
    catalogue: Sequence[Row],
    filed: Sequence[Row],
    transfers: Sequence[Row],
    policy: Policy,
    *,
    officers: Mapping[str, Sequence[date | None]],
) -> list[Doubt]:
    """Return problems that lead nowhere, terms that are too long, closings without a proper re-check (X30, R15).

    officers: name -> last days of validity of the certificates under that name (None: open end).
    """
    counted = lawful(catalogue, filed)
    reported, passed_on = by(counted, "problem_id"), {text(row.get("task_id")) for row in transfers}
    longest = int(str(policy.value("rectification_max_days")))
    found = [_foreign(row) for row in filed if row not in counted]
    for problem in catalogue:
        name = text(problem["problem_id"])
        report = reported.get(name)
        due = day((report or problem).get("rectify_by") or problem.get("rectify_by"))
        begun = day(problem["_inspected_to"])
        if (
            report is None
            and due is None
            and text(problem["task_id"]) not in passed_on
            and ON_THE_SPOT not in problem["_dispositions"]
        ):
            found.append(Doubt(rule="X30", subject=name, message=f"问题 {name} 既没有整改期限，也没有移送。"))
        if due and begun and (due - begun).days > longest:
            found.append(Doubt(rule="X30", subject=name, message=f"问题 {name} 的整改期限超过 {longest} 天，请说明。"))
        if report is not None and not _is_same(report, problem):
            message = (
                f"整改台账 {name} 写的问题是“{text(report.get('problem'))}”，检查记录现在是“{text(problem['problem'])}”："
                "请核对整改的是不是这个问题，并按检查记录重新报送。"
            )
            found.append(Doubt(rule="X30", subject=name, message=message))
        if report is not None and yes(report.get("is_closed")) and not is_rectified(report):
            found.append(Doubt(rule="X30", subject=name, message=f"问题 {name} 已销号，但没有两名人员复查到位的记录。"))
        strangers = _not_officers(report or {}, officers)
        if strangers:
            message = f"问题 {name} 的复查人员 {'、'.join(strangers)} 不在执法检查人员名录，或者复查时没有有效执法证：复查须有两名执法人员。"
            found.append(Doubt(rule="X30", subject=name, message=message))
    known = {text(problem["problem_id"]) for problem in catalogue}
    found += [
        Doubt(rule="X30", subject=name, message=f"整改台账中的 {name} 没有对应的检查问题。")
        for name in reported
        if name not in known
    ]
    return found


def _foreign(row: Row) -> Doubt:
    name, by_whom = text(row.get("problem_id")), text(row.get("_unit"))
    unit = loader.units().get(by_whom)
    message = f"整改台账 {name} 由{unit.name if unit else by_whom}报来，问题不是它检查发现的，没有采用；应由检查单位或其上级报。"
    return Doubt(rule="X30", subject=name, message=message)


def _not_officers(report: Row, officers: Mapping[str, Sequence[date | None]]) -> list[str]:
    """Return the re-checkers of a closed problem who were no certified officers on the day."""
    if not is_rectified(report):
        return []
    on = day(report.get("rechecked_on"))
    names = (re.sub(r"[（(].*", "", one).strip() for one in several(report.get("recheckers")))
    return [
        one for one in names if not any(until is None or on is None or until >= on for until in officers.get(one, ()))
    ]


def _is_same(report: Row, problem: Row) -> bool:
    """Return whether T12 speaks of the problem as the record states it; blanks and the closing stop do not matter."""
    said, found = ("".join(text(one.get("problem")).split()).rstrip("。；;.") for one in (report, problem))
    return not said or said == found


def repeats(now: Sequence[Row], before: Sequence[Row], parents: Mapping[str, str] | None = None) -> list[Row]:
    """Return the problems of this year that the same target had on the same item in an earlier year (R47).

    parents: code of a refined item -> that of the provincial one; both are the same item here.
    """

    def key(row: Row) -> tuple[str, str]:
        code = text(row["item_code"])
        return text(row["target_id"]), (parents or {}).get(code) or code

    earlier = {key(row): row for row in before}
    return [{**row, "earlier_problem_id": earlier[key(row)]["problem_id"]} for row in now if key(row) in earlier]


def top(catalogue: Sequence[Row], size: int = 10) -> list[tuple[str, str, int]]:
    """Return the most frequent problems as (item code, problem text of the first, count) (R39)."""
    counts: dict[str, list[Row]] = {}
    for row in catalogue:
        counts.setdefault(text(row["item_code"]), []).append(row)
    ordered = sorted(counts.items(), key=lambda pair: (-len(pair[1]), pair[0]))
    return [(code, text(rows[0]["problem"]), len(rows)) for code, rows in ordered[:size]]
