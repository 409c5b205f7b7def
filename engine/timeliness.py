"""Who owes what until when, and how far everybody is: completeness, timeliness, reminders (intake 5.8; R02, R04, R05, R52, X09).

Five numbers for each node, as DHIS2 counts them: expected, received, received on time, accepted, accepted on time.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from statistics import median
from typing import TYPE_CHECKING, Any

from engine.calendar import SHANGHAI, add_working_days, deadline_end, is_working_day
from schemas import loader

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from schemas.declare import Policy, Unit

REMINDER_LENGTH = 70
GATHERED = ("T04", "T05")
"""The lists in which a city gathers what its counties and associations reported."""
ESCALATION_DAY, CAMPAIGN_DAYS = 2, 30


@dataclass(frozen=True, slots=True, kw_only=True)
class Owed:
    """One file that one unit owes: template, deadline (the day is included) and quota."""

    unit: str
    template: str
    period: str
    deadline: date
    quota: int | None


def deadline(policy: Policy, unit: Unit, template: str) -> date | None:
    """Return the last day on which `template` of `unit` is on time, None when nobody says so.

    A day of rest stays the last day unless the office decided that the next working day is (Q3).
    """
    day = policy.deadline(template, unit)
    if day is None or not policy.values.get("deadline_moves_to_working_day") or is_working_day(day):
        return day
    return add_working_days(day, 1)


def quota(policy: Policy, unit: Unit, template: str) -> int | None:
    """Return how many rows `unit` is to name in `template`, None when nobody says so (R04, R05, X08)."""
    return policy.quota(template, unit)


def owed_to(policy: Policy, receiver: Unit, excused: Iterable[tuple[str, str]] = ()) -> list[Owed]:
    """Return what the units directly below `receiver` owe it this year, by unit and template; excused duties are left out."""
    without = set(excused)
    found = []
    for unit in loader.children(receiver.code):
        for duty in policy.duties:
            if unit.level in duty.reporters and (unit.code, duty.template) not in without:
                day = deadline(policy, unit, duty.template)
                found.append(
                    Owed(
                        unit=unit.code,
                        template=duty.template,
                        period=duty.period,
                        deadline=day or duty.deadline,
                        quota=quota(policy, unit, duty.template),
                    )
                )
    return sorted(found, key=lambda one: (one.unit, one.template))


def excused(names: Iterable[str]) -> list[tuple[str, str]]:
    """Return the (unit, template) pairs that recorded decisions excuse; `names` are those of the documents `excuse`."""
    return [(unit, template) for unit, _, template in (name.rpartition("/") for name in names)]


def is_late(at: datetime, day: date | None) -> bool:
    """Return whether something received at `at` misses a deadline on `day`; the receiver's log decides (decisions 13)."""
    return day is not None and at >= deadline_end(day)


def board(owed: Iterable[Owed], submissions: Iterable[Mapping[str, Any]], now: datetime) -> list[dict[str, Any]]:
    """Return one line per file owed: flags received, on_time, accepted, accepted_on_time, returned, missing, and what is known.

    `submissions` are rows of the store (all states). A first version that came in time and was corrected later shows as
    按时首报，逾期通过.
    """
    by_slot: dict[tuple[str, str], list[Mapping[str, Any]]] = {}
    for row in submissions:
        by_slot.setdefault((row["unit"], row["template"]), []).append(row)
    lines = []
    for one in owed:
        found = by_slot.get((one.unit, one.template), [])
        unit = loader.units()[one.unit]
        sound = [row for row in found if row["state"] in ("accepted", "superseded")]
        current = [row for row in found if row["state"] == "accepted"]
        first = min((row["at"] for row in found), default=None)
        is_on_time = any(not _came_late(row, one.deadline) for row in found)
        accepted_on_time = any(not _came_late(row, one.deadline) for row in sound)
        has_conflict = any(row["state"] == "conflict" for row in found)
        count = sum(row["rows"] for row in current)
        lines.append(
            {
                "unit": one.unit,
                "unit_name": unit.name,
                "level": unit.level.value,
                "template": one.template,
                "deadline": one.deadline.isoformat(),
                "quota": one.quota,
                "expected": 1,
                "received": int(bool(found)),
                "on_time": int(is_on_time),
                "accepted": int(bool(current)),
                "accepted_on_time": int(bool(current) and accepted_on_time),
                "returned": sum(row["state"] == "returned" for row in found),
                "missing": int(not found),
                "conflict": int(has_conflict),
                "withdrawn": int(not current and any(row["state"] == "withdrawn" for row in found)),
                "rows": count,
                "first_received_at": first,
                "accepted_at": min((row["at"] for row in sound), default=None),
                "is_overdue": int(not found and is_late(now, one.deadline)),
                "state": _state(found, current, one, count, now, is_on_time=is_on_time, in_time=accepted_on_time),
            }
        )
    return lines


def _came_late(row: Mapping[str, Any], deadline: date) -> bool:
    """Say whether a file came late; its earliest arrival counts, whichever was worked on first."""
    return bool(row["is_late"]) and is_late(datetime.fromisoformat(row["at"]), deadline)


def _state(
    found: list[Mapping[str, Any]],
    current: list[Mapping[str, Any]],
    owed: Owed,
    count: int,
    now: datetime,
    *,
    is_on_time: bool,
    in_time: bool,
) -> str:
    """Return where one file stands, in Chinese."""
    if not found:
        return "未报（已逾期）" if is_late(now, owed.deadline) else "未报"
    if any(one["state"] == "conflict" for one in found):
        return "同日两份，待单位确认"
    if not current:
        return "已撤回，待重报" if any(one["state"] == "withdrawn" for one in found) else "已退回，待重报"
    text = "通过" if in_time else "按时首报，逾期通过" if is_on_time else "逾期通过"
    if current[-1]["is_zero"]:
        return f"{text}（零报告）"
    if lacks_originals(owed.template, loader.units()[owed.unit], current[-1].get("package")):
        return f"{text}（无下级原件）"
    return f"{text}（{count}/{owed.quota}，不足额）" if owed.quota and count < owed.quota else text


def lacks_originals(template: str, unit: Unit, package: str | None) -> bool:
    """Return whether a city sent a list that gathers those of its counties without their files, as it may (decisions 17)."""
    return template in GATHERED and unit.level.value == "city" and not package


def totals(lines: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Return the five numbers per template and level, and what returns cost: share without, median count, median hours."""
    groups: dict[tuple[str, str], list[Mapping[str, Any]]] = {}
    for one in lines:
        groups.setdefault((one["template"], one["level"]), []).append(one)
    found = []
    for (template, level), inside in sorted(groups.items()):
        accepted = [one for one in inside if one["accepted"]]
        hours = [
            (
                datetime.fromisoformat(one["accepted_at"]) - datetime.fromisoformat(one["first_received_at"])
            ).total_seconds()
            / 3600
            for one in accepted
            if one["accepted_at"]
        ]
        found.append(
            {
                "template": template,
                "level": level,
                **{name: sum(one[name] for one in inside) for name in FIVE},
                "missing": sum(one["missing"] for one in inside),
                "without_return": sum(not one["returned"] for one in accepted),
                "median_returns": median([one["returned"] for one in accepted]) if accepted else None,
                "median_hours_to_acceptance": round(median(hours), 1) if hours else None,
            }
        )
    return found


FIVE = ("expected", "received", "on_time", "accepted", "accepted_on_time")


def reminders(
    lines: Iterable[Mapping[str, Any]], now: datetime, policy: Policy, receiver: Unit
) -> list[dict[str, Any]]:
    """Return the texts due today, at most 70 characters each: T-5, T-2, T-0, T+1; from T+2 it is the office's turn.

    Nobody who has sent something sound (a zero report too) is reminded; a returned file is. What falls on a day of rest is due
    on the working day before as well, and a deadline there names that day; a day after the deadline is made up for (Q3).
    """
    today = now.astimezone(SHANGHAI).date()
    days = {int(one) for one in policy.value("reminder_days", receiver.code)}
    found = []
    for one in lines:
        if one["accepted"]:
            continue
        due = date.fromisoformat(one["deadline"])
        left = (due - today).days
        name, title = loader.units()[one["unit"]].short_name, loader.template(one["template"]).title
        day, rest = f"{due.month}月{due.day}日", _rest(due, today)
        if one["conflict"]:
            text = f"{name}：收到两份不同的《{title}》，请确认以哪份为准后再发一次。"
        elif one["withdrawn"]:
            text = (
                f"{name}：《{title}》已按申请撤回，请在{day}前重新报来。"
                if left >= 0
                else f"{name}：《{title}》已按申请撤回，请今日重新报来。"
            )
        elif one["received"]:
            until = "已逾期" if left < 0 else f"期限{day}{rest}"
            text = f"{name}：《{title}》已退回，请在退回件上改好发回，{until}。"
        elif left < 0:
            text = f"{name}：《{title}》应于{day}前报送，现已逾期，请今日报来。"
        elif left == 0:
            text = f"{name}：《{title}》今日24时截止，请抓紧报送。"
        else:
            text = f"{name}：《{title}》请于{day}前报送，还有{left}天{rest}。"
        is_due = today in _occasions(due, days)
        found.append(
            {
                "unit": one["unit"],
                "template": one["template"],
                "days_left": left,
                "is_due_today": is_due,
                "escalates": -CAMPAIGN_DAYS <= left <= -ESCALATION_DAY,
                "text": text[:REMINDER_LENGTH],
            }
        )
    return found


def _rest(due: date, today: date) -> str:
    """Return which working day to aim for when the deadline is a day of rest still to come, '' otherwise."""
    aim = _worked(due, -1)
    return f"（当日休息，建议{aim.month}月{aim.day}日前）" if today <= aim < due else ""


def _occasions(due: date, days: Iterable[int]) -> set[date]:
    """Return the days of the reminders: so many before `due`, or after it when negative, and the working days in their place."""
    found = set()
    for left in days:
        day = due - timedelta(days=left)
        found |= {day, _worked(day, -1 if left >= 0 else 1)}
    return found


def _worked(day: date, step: int) -> date:
    """Return `day` if offices work then or nobody knows, else the nearest working day after it (before it: step -1)."""
    if day.year not in loader.calendar_years() or is_working_day(day):
        return day
    return add_working_days(day, step)


def escalation(lines: Iterable[Mapping[str, Any]], now: datetime, receiver: Unit) -> str:
    """Return one sentence for the office's own superior naming who is two days late or more, '' when nobody is.

    What was due in an earlier campaign is settled otherwise: in January nobody rings about a list of May.
    """
    today = now.astimezone(SHANGHAI).date()
    late = sorted(
        {
            one["unit"]
            for one in lines
            if not one["accepted"]
            and ESCALATION_DAY <= (today - date.fromisoformat(one["deadline"])).days <= CAMPAIGN_DAYS
        }
    )
    names = "、".join(loader.units()[code].short_name for code in late)
    return f"{receiver.short_name}：逾期两日以上仍未通过的单位 {len(late)} 个：{names}。" if late else ""


def calls(
    lines: Iterable[Mapping[str, Any]],
    submissions: Iterable[Mapping[str, Any]],
    contacts: Mapping[str, Mapping[str, str]],
    now: datetime | None = None,
) -> list[dict[str, Any]]:
    """Return whom to ring: every unit that still owes something, with name and number of the imported list of contacts, or
    else of the last cover it sent (decisions 34). `is_current`: at `now` the campaign it belongs to has begun and is not over."""
    covers = {one["unit"]: one["cover"] for one in submissions if one.get("cover")}
    found = []
    for one in lines:
        if one["accepted"]:
            continue
        known, cover = contacts.get(one["unit"], {}), covers.get(one["unit"], {})
        found.append(
            {
                "unit": one["unit"],
                "unit_name": one["unit_name"],
                "template": one["template"],
                "state": one["state"],
                "is_current": now is None
                or abs(now.astimezone(SHANGHAI).date() - date.fromisoformat(one["deadline"])).days <= CAMPAIGN_DAYS,
                "person": known.get("name") or cover.get("filled_by") or "",
                "phone": known.get("phone") or cover.get("phone") or "",
            }
        )
    return found
