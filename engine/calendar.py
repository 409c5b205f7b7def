"""Working days from the State Council's yearly notices: nothing is guessed for a year that is not announced (R61).

A rest day is a Saturday, a Sunday or a day off of the notice, unless the notice makes it a working day.
Deadlines themselves are not moved (Q3); reminders name the working day to aim for (`engine.timeliness`).
"""

from __future__ import annotations

from datetime import date, datetime, time, timedelta, timezone

from engine.model import EngineError
from schemas import loader

SHANGHAI = timezone(timedelta(hours=8), "Asia/Shanghai")


def is_working_day(day: date) -> bool:
    """Return whether offices work on `day`; EngineError when the calendar of its year is not known."""
    if day.year not in loader.calendar_years():
        raise EngineError(
            f"没有 {day.year} 年的节假日安排，无法判断 {day.isoformat()} 是否工作日。",
            "国务院办公厅公布该年安排后，请更新 schemas/calendar/ 下的 days.csv 和 years.csv。",
        )
    kind, _ = loader.holidays().get(day.isoformat(), ("", ""))
    return kind == "work" or (kind != "off" and day.weekday() < 5)


def add_working_days(day: date, count: int) -> date:
    """Return the `count`-th working day after `day` (before it when negative); `day` itself is never counted.

    Only the days between have to lie in years whose calendar is known, so a range may end on 31 December of the last one.
    """
    step = timedelta(days=1 if count >= 0 else -1)
    left = abs(count)
    while left:
        day += step
        left -= is_working_day(day)
    return day


def add_weekdays(day: date, count: int) -> date:
    """Return the `count`-th Monday to Friday after `day`: all that is known of a year whose days off are not announced."""
    while count:
        day += timedelta(days=1)
        count -= day.weekday() < 5
    return day


def working_days_after(day: date, count: int) -> tuple[date, bool]:
    """Return the `count`-th working day after `day`, and whether it is provisional: weekends alone are known (R61)."""
    try:
        return add_working_days(day, count), False
    except EngineError:
        return add_weekdays(day, count), True


def working_days_between(first: date, last: date) -> int:
    """Return how many working days lie after `first` up to and including `last`; 0 when `last` is not later."""
    days = (last - first).days
    return sum(is_working_day(first + timedelta(days=number)) for number in range(1, days + 1))


def spoken(stamp: str | datetime) -> str:
    """Return a moment as an official paper writes it, in the time of Shanghai; seconds only where there are any.

    >>> spoken("2026-06-02T01:00:00+00:00"), spoken("2026-06-02T09:00:03+08:00")
    ('2026年6月2日 9时00分', '2026年6月2日 9时00分03秒')
    """
    at = (stamp if isinstance(stamp, datetime) else datetime.fromisoformat(stamp)).astimezone(SHANGHAI)
    seconds = f"{at.second:02d}秒" if at.second else ""
    return f"{at.year}年{at.month}月{at.day}日 {at.hour}时{at.minute:02d}分{seconds}"


def deadline_end(day: date) -> datetime:
    """Return the instant after which a submission due on `day` is late: 24:00 of that day in Shanghai (Q3, X09)."""
    return datetime.combine(day + timedelta(days=1), time(), SHANGHAI)
