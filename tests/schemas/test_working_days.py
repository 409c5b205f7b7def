"""Working days: the facts of the State Council's notices and the arithmetic on them."""

from collections import Counter
from datetime import date, datetime

import pytest

from engine.calendar import SHANGHAI, add_working_days, deadline_end, is_working_day, working_days_between
from engine.model import EngineError
from schemas import loader


@pytest.mark.parametrize(
    ("day", "works"),
    [
        (date(2023, 5, 22), True),
        (date(2023, 5, 24), True),
        (date(2024, 5, 22), True),
        (date(2024, 5, 24), True),
        (date(2025, 5, 24), False),
        (date(2026, 5, 24), False),
        (date(2023, 12, 30), False),
        (date(2026, 2, 14), True),
        (date(2026, 2, 16), False),
        (date(2026, 10, 10), True),
        (date(2025, 9, 28), True),
    ],
)
def test_working_and_rest_days(day, works):
    assert is_working_day(day) is works


@pytest.mark.parametrize("year", [2024, 2025, 2026])
def test_twenty_working_days_after_the_end_of_the_season(year):
    expected = {2024: date(2024, 11, 28), 2025: date(2025, 11, 28), 2026: date(2026, 11, 27)}
    assert add_working_days(date(year, 10, 31), 20) == expected[year]


def test_adding_and_counting_agree():
    for count in (0, 1, 5, 20, 60):
        assert working_days_between(date(2026, 1, 15), add_working_days(date(2026, 1, 15), count)) == count


def test_counting_back_lands_on_a_working_day():
    assert add_working_days(date(2026, 5, 24), -1) == date(2026, 5, 22)
    assert add_working_days(date(2026, 5, 6), -1) == date(2026, 4, 30)


def test_a_deadline_holds_until_midnight_even_on_a_rest_day():
    assert deadline_end(date(2026, 5, 24)) == datetime(2026, 5, 25, tzinfo=SHANGHAI)


def test_an_unannounced_year_is_refused_with_a_remedy():
    with pytest.raises(EngineError, match="没有 2027 年的节假日安排") as caught:
        add_working_days(date(2026, 12, 31), 1)
    assert "days.csv" in caught.value.hint


def test_a_range_may_end_inside_the_last_known_year():
    assert add_working_days(date(2026, 12, 1), 20) == date(2026, 12, 29)
    assert add_working_days(date(2026, 12, 31), 0) == date(2026, 12, 31)


def test_days_off_and_made_up_days_per_year_are_those_of_the_notices():
    counts = Counter((day[:4], kind) for day, (kind, _) in loader.holidays().items())
    assert counts == {
        ("2023", "off"): 28,
        ("2023", "work"): 7,
        ("2024", "off"): 28,
        ("2024", "work"): 8,
        ("2025", "off"): 28,
        ("2025", "work"): 5,
        ("2026", "off"): 33,
        ("2026", "work"): 6,
    }


def test_every_day_names_its_notice_and_only_weekends_are_made_up():
    for day, (kind, source) in loader.holidays().items():
        assert source.startswith("国办发明电〔")
        assert kind == "off" or date.fromisoformat(day).weekday() >= 5
