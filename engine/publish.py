"""What is published, until when, with which exceptions, and how much of it is: 谁检查、谁录入、谁公开.

R14, R35-R37; X26-X28; decisions 33. Both clocks are shown: 20 working days and the end of December.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

from engine import calendar
from engine.consent import may_decide
from engine.results import is_random
from engine.values import Row, by, day, no, percent, several, text, yes
from schemas import loader, readers

if TYPE_CHECKING:
    from collections.abc import Container, Iterable, Mapping, Sequence

    from schemas.declare import Policy

PUBLISHED, CORRECTED, WITHDRAWN = "已公示", "已更正", "已撤回"
NOT_PUBLIC, WAITING, LATE = "批准不公示", "待公示", "逾期未公示"
EXCEPTED = (NOT_PUBLIC, WITHDRAWN)
"""What is lawfully not to be seen now: excepted from publication, or withdrawn by an approved request until it is corrected."""
WITHDRAWAL, CORRECTION = "公示撤回", "结果更正"


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One finished result: the row for the public (as it stands while a `problem` blocks a change), and what only the office sees.

    corrected_by: the approved requests (T16 结果更正) that what stands published has used up; each allows one change.
    decision: the newest approved request to withdraw or correct it, {} for none.
    published_on: '' unless it stands published; first_on: the day it was first, also for what was withdrawn since.
    is_provisional: `due_on` counts weekends only, because the calendar of its year is not announced.
    """

    task_id: str
    unit: str
    public: Row
    state: str
    due_on: date
    season_due_on: date
    published_on: str
    first_on: str
    corrected_on: str
    corrected_by: tuple[str, ...]
    problem: str
    decision: Row
    origin: Row
    is_provisional: bool = False

    def is_late(self, published_on: str, on: date) -> bool:
        """Say whether the result was published after its day (20 working days), or is not and should be on `on`.

        By a provisional clock nobody is late before the season ends.
        """
        if self.state in EXCEPTED:
            return False
        due = max(self.season_due_on, self.due_on) if self.is_provisional else self.due_on
        return (date.fromisoformat(published_on) if published_on else on) > due

    def control(self, reviewer: str, url: str) -> Row:
        """Return the row of the internal sheet T11 公示管理; `url` is where this result stands, '' when nobody said."""
        return {
            "task_id": self.task_id,
            "publication_state": self.state,
            "due_on": self.due_on.isoformat(),
            "season_due_on": self.season_due_on.isoformat(),
            "reviewed_by": reviewer,
            "published_url": url or None,
            "corrected_on": text(self.decision.get("decided_on"))
            if self.state == WITHDRAWN
            else self.corrected_on or None,
            "correction_reason": text(self.decision.get("explanation")) or None,
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Rate:
    """Published of what had to be: `numerator` / `denominator`, and the missing tasks by name (X26)."""

    unit: str
    numerator: int
    denominator: int
    missing: tuple[str, ...]

    @property
    def shown(self) -> str:
        """The rate as a percentage."""
        return percent(self.numerator, self.denominator)


def entries(
    results: Sequence[Row],
    tasks: Mapping[str, Row],
    requests: Sequence[Row],
    rectified: Mapping[str, Sequence[Row]],
    earlier: Mapping[str, Row],
    policy: Policy,
    on: date,
    *,
    bodies: Mapping[str, Row],
    barred: Mapping[str, str] | None = None,
) -> list[Entry]:
    """Return every finished 双随机 result with its state of publication on the day `on`, by task.

    rectified: task id -> followed problems. earlier: what the editions said (`earlier_of`).
    bodies: target id -> {number}. barred: task id -> why its result was not lawfully made. A result is finished when the unit approved it.
    """
    asked = _by_what(row for row in requests if yes(row.get("is_approved")))
    finished = (row for row in results if is_random(row) and text(row.get("result")) and text(row.get("approved_on")))
    found = []
    for row in sorted(finished, key=lambda one: text(one["task_id"])):
        name = text(row["task_id"])
        task = tasks.get(name, {})
        public = public_row(row, task, rectified.get(name, ()), bodies, policy)
        due, season, is_provisional = deadlines(row, policy)
        last = earlier.get(name, {})
        before = None if last.get("is_withdrawn") else last or None
        near = (*asked.get(name, ()), *asked.get(text(row.get("nonpublic_request")), ()))
        approved = [one for one in near if may_decide(one, text(row.get("inspecting_unit")))]
        if before and not _fresh(approved, name, before):
            # A register that learns another number later changes nothing about a visit that was published.
            public["public_number"] = before["public"].get("public_number")
        decision = _decision(approved, name)
        state, problem = _state(row, approved, before, public, on, max(season, due) if is_provisional else due)
        if not problem and (barred or {}).get(name) and state != NOT_PUBLIC:
            problem = f"{(barred or {})[name]}检查不合规定的结果不能公示，请更正检查记录或补办批准。"
        if text(decision.get("request_type")) == WITHDRAWAL and state != NOT_PUBLIC:
            state, problem = WITHDRAWN, ""
        if before and problem:
            # What nobody approved changes nothing: the words that stand published stay until then.
            public = before["public"]
        corrected, used = text((before or {}).get("corrected_on")), (before or {}).get("corrected_by", ())
        if before is None or _differs(before["public"], public):
            # What is published now answers every request decided until now, also those about words nobody saw yet.
            corrected, used = on.isoformat() if last else "", _requests(approved, CORRECTION, name)
        found.append(
            Entry(
                task_id=name,
                unit=text(row.get("inspecting_unit")),
                public=public,
                state=state,
                due_on=due,
                season_due_on=season,
                published_on=text(before["published_on"]) if before else "",
                first_on=text(last.get("published_on")),
                corrected_on=corrected,
                corrected_by=tuple(used),
                problem=problem,
                decision=decision,
                origin=row,
                is_provisional=is_provisional,
            )
        )
    return found


def public_row(row: Row, task: Row, problems: Sequence[Row], bodies: Mapping[str, Row], policy: Policy) -> Row:
    """Return the public columns of one result (T11), masked by policy; date of publication left open (X28)."""
    unit = loader.units().get(text(row.get("inspecting_unit")))
    organ = unit.name if unit else text(row.get("inspecting_unit"))
    with_number = bool(policy.value("publish_certificate_no_in_results"))
    body = bodies.get(text(row.get("target_id")), {})
    return {
        "inspecting_organ": organ,
        "plan_name": text(task.get("plan_name")) or "双随机抽查",
        "item_names": text(task.get("item_names")),
        "target_name": text(row.get("target_name")),
        "public_number": text(body.get("number")) or None,
        "inspected_on": text(row.get("inspected_to"))[:10],
        "methods": text(row.get("methods")),
        "result": text(row.get("result")),
        "handling": _handling(row, problems),
        "inspectors": text(row.get("inspectors")) if with_number else names_only(row.get("inspectors")),
        "published_on": None,
        "publishing_organ": organ,
        "remark": None,
    }


def names_only(inspectors: object) -> str:
    """Return a team without certificate numbers.

    >>> names_only("王示例（42122100101）；李示例（42122200102）")
    '王示例；李示例'
    """
    return "；".join(re.sub(r"[（(].*", "", one).strip() for one in several(inspectors))


def deadlines(row: Row, policy: Policy) -> tuple[date, date, bool]:
    """Return both clocks of a result: 20 working days after its approval, and the end of the publication month (X27).

    The third says whether the first is provisional: it runs through a year whose calendar is not announced, so only weekends
    are known to be days of rest (R61).
    """
    begun = day(row.get("approved_on")) or day(row.get("inspected_to"))
    season = date(policy.year, int(str(policy.value("publication_month"))), 31)
    if begun is None:
        return season, season, False
    days = int(str(policy.value("publication_working_days")))
    due, is_provisional = calendar.working_days_after(begun, days)
    return due, season, is_provisional


def _handling(row: Row, problems: Sequence[Row]) -> str:
    shown = text(row.get("dispositions"))
    if problems:
        closed = sum(bool(one.get("is_closed")) for one in problems)
        shown += "（已整改到位）" if closed == len(problems) else f"（{len(problems)} 个问题，已整改 {closed} 个）"
    return shown


def _state(row: Row, approved: Sequence[Row], before: Row | None, public: Row, on: date, due: date) -> tuple[str, str]:
    """Return the state C44 of one result and what stands in the way of its publication, '' if nothing does."""
    name = text(row["task_id"])
    standing = CORRECTED if before and before.get("corrected_on") else PUBLISHED
    waiting = standing if before else LATE if on > due else WAITING
    if no(row.get("is_public")):
        return (
            (NOT_PUBLIC, "")
            if exception_holds(row, approved)
            else (waiting, "不公示没有理由、依据或批准（T16 不公示审批）")
        )
    if before is None or not _differs(before["public"], public):
        return waiting, ""
    if _fresh(approved, name, before):
        return CORRECTED, ""
    again = "再次" if before.get("corrected_on") else ""
    return waiting, f"已公示的内容{again}有变动，但没有{'新的、' if again else ''}批准的结果更正（T16）"


def _decision(approved: Sequence[Row], name: str) -> Row:
    """Return what was decided last about a publication, withdrawal or correction, {} for nothing: a later correction brings
    a withdrawn result back.
    """
    about = [
        one
        for one in approved
        if text(one.get("reference")) == name and text(one.get("request_type")) in (WITHDRAWAL, CORRECTION)
    ]
    return max(about, key=lambda one: (text(one.get("decided_on")), text(one.get("request_id"))), default={})


def _fresh(approved: Sequence[Row], name: str, before: Row) -> set[str]:
    """Return the approved corrections that what stands published has not used up."""
    return set(_requests(approved, CORRECTION, name)) - set(before.get("corrected_by", ()))


def _differs(before: Row, public: Row) -> bool:
    """Return whether the words of a result changed: progress of a rectification may be added freely, nothing else may."""
    return any(before.get(key) != public[key] for key in public if key != "handling")


def exception_holds(row: Row, approved: Iterable[Row]) -> bool:
    """Return whether a result may stay unpublished: reason, and an approved T16 with decider and explanation (X26)."""
    wanted = text(row.get("nonpublic_request"))
    return bool(text(row.get("nonpublic_reason"))) and any(
        text(one.get("request_id")) == wanted
        and text(one.get("request_type")) == "不公示审批"
        and bool(text(one.get("decided_by")))
        and bool(text(one.get("explanation")))
        for one in approved
    )


def _by_what(approved: Iterable[Row]) -> dict[str, list[Row]]:
    """Return the requests by the task they are about and by their own number."""
    found: dict[str, list[Row]] = {}
    for one in approved:
        for name in {text(one.get("reference")), text(one.get("request_id"))} - {""}:
            found.setdefault(name, []).append(one)
    return found


def _requests(approved: Sequence[Row], kind: str, reference: str) -> list[str]:
    """Return the numbers of the approved requests of one kind about one task."""
    return sorted(
        {
            text(one.get("request_id"))
            for one in approved
            if text(one.get("request_type")) == kind and text(one.get("reference")) == reference
        }
    )


def told_provisional(found: Iterable[Entry]) -> list[str]:
    """Return the sentence that some clocks count weekends only (R61), nothing when every calendar is known."""
    spans = {(text(one.origin.get("approved_on"))[:4], str(one.due_on.year)) for one in found if one.is_provisional}
    known = {str(year) for year in loader.calendar_years()}
    years = sorted({year for span in spans for year in span if year and year not in known})
    if not years:
        return []
    return [
        f"  ！还没有 {'、'.join(years)} 年的放假安排，20 个工作日的期限暂只扣除周末，仅供参考；"
        "安排公布后请更新程序，再核对是否逾期。"
    ]


def to_publish(found: Sequence[Entry], unit: str) -> list[Entry]:
    """Return what `unit` publishes now: its own results, neither withdrawn nor excepted (X26, R35).

    A blocked result is not published; one that stands published already stays, in the words that it was published in.
    """
    return [
        one for one in found if one.unit == unit and one.state not in EXCEPTED and (not one.problem or one.published_on)
    ]


def taken_back(found: Iterable[Entry], editions: Iterable[Row]) -> list[str]:
    """Return the tasks that an edition published and that left the page since: withdrawn, or excepted afterwards (R37)."""
    shown = {name for edition in editions for name in edition["tasks"]}
    return [one.task_id for one in found if one.state in EXCEPTED and one.task_id in shown]


def to_take_down(found: Iterable[Entry], standing: Container[str], policy: Policy) -> list[Row]:
    """Return what may not be seen any more and still stands on the page: {task_id, target_name, decided_on, due_on}.

    due_on: the last working day of `withdrawal_working_days` after the decision (行政处罚法 48), '' where no day was written.
    """
    rows = []
    for one in found:
        if one.state in EXCEPTED and one.task_id in standing:
            decided = day(one.decision.get("decided_on"))
            days = int(str(policy.value("withdrawal_working_days")))
            due = calendar.working_days_after(decided, days)[0].isoformat() if decided else ""
            rows.append(
                {
                    "task_id": one.task_id,
                    "target_name": one.public["target_name"],
                    "decided_on": decided.isoformat() if decided else "",
                    "due_on": due,
                }
            )
    return rows


def rates(found: Sequence[Entry], published: Iterable[str]) -> list[Rate]:
    """Return the publication rate of each inspecting unit and, last, of all together (R14).

    published: task ids that stand published. The rate is published / (finished − approved exceptions): a withdrawn result is
    owed until a correction brings it back or an exception is approved.
    """
    standing = set(published)
    owed: dict[str, list[Entry]] = {}
    for one in found:
        if one.state != NOT_PUBLIC:
            owed.setdefault(one.unit, []).append(one)
    done = [_rate(unit, members, standing) for unit, members in sorted(owed.items())]
    return [*done, _rate("合计", [one for members in owed.values() for one in members], standing)]


def _rate(unit: str, members: Sequence[Entry], standing: set[str]) -> Rate:
    missing = tuple(one.task_id for one in members if one.task_id not in standing)
    return Rate(unit=unit, numerator=len(members) - len(missing), denominator=len(members), missing=missing)


def stamped(one: Entry, on: date) -> Row:
    """Return the public row with its date of publication: the first one for what stands published already."""
    return as_published({"public": one.public, "corrected_on": one.corrected_on}, one.first_on or on.isoformat())


def as_published(kept: Row, published_on: str) -> Row:
    """Return the row everybody sees of what an edition keeps, {public, corrected_on}: that it was corrected stays said (R37)."""
    day_of = text(kept.get("corrected_on"))
    return {**kept["public"], "published_on": published_on, "remark": f"更正（{day_of}）" if day_of else None}


def public_rows(template: str, sheet: str, rows: Iterable[Row], *, apart: Iterable[str] = ()) -> list[Row]:
    """Return rows with the columns granted to everybody only (R18, R20); `apart` are those a policy holds back."""
    granted = frozenset().union(
        *(one.keys for one in readers.rules() if (one.template, one.sheet, one.reader) == (template, sheet, "public"))
    )
    kept = [one.key for one in loader.template(template).sheet(sheet).fields if one.key in granted - set(apart)]
    return [{key: row.get(key) for key in kept} for row in rows]


def earlier_of(documents: Mapping[str, Row]) -> dict[str, Row]:
    """Return task id -> {public, published_on, corrected_on, corrected_by, is_withdrawn} of everything the editions kept so far
    published: the newest wording, the first day, and whether the last edition took it back.
    """
    found: dict[str, Row] = {}
    for _, edition in sorted(documents.items()):
        for name, row in edition["tasks"].items():
            first = found.get(name, row)["published_on"]
            found[name] = {**row, "published_on": first, "is_withdrawn": False}
        for name in found.keys() & set(edition.get("withdrawn", ())):
            found[name] = {**found[name], "is_withdrawn": True}
    return found


def bodies_of(targets: Iterable[Row], practitioners: Iterable[Row]) -> dict[str, Row]:
    """Return target id -> {name, number} for the public number column: credit code, else licence number."""
    found = {}
    for name, row in {**by(targets, "target_id"), **by(practitioners, "target_id")}.items():
        found[name] = {"name": text(row.get("name")), "number": text(row.get("uscc")) or text(row.get("licence_no"))}
    return found
