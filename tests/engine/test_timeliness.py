"""Who owes what until when, the five numbers, and the texts that chase (R02, R04, R05, R52, X09)."""

from datetime import date, datetime

import pytest
from offices import moment

from engine import timeliness
from schemas import loader

POLICY = loader.policy(2026)
CITY = loader.units()["421200"]
PROVINCE = loader.units()["420000"]


def submission(unit, at, state="accepted", template="T06", rows=2, **more):
    return {
        "unit": unit, "template": template, "at": at.isoformat(), "state": state, "rows": rows,
        "is_late": int(timeliness.is_late(at, timeliness.deadline(POLICY, loader.units()[unit], template))),
        "is_zero": 0, "cover": {"filled_by": "钱明远", "phone": "13900000001"}, **more,
    }  # fmt: skip


def board(*submissions, now=None):
    owed = [one for one in timeliness.owed_to(POLICY, CITY) if one.template == "T06"]
    return {one["unit"]: one for one in timeliness.board(owed, submissions, now or moment(23))}


def test_xianning_expects_six_counties_and_two_associations():
    owed = timeliness.owed_to(POLICY, CITY)
    assert [(one.template, one.quota) for one in owed].count(("T06", 2)) == 6
    assert [(one.template, one.quota) for one in owed].count(("T06b", 3)) == 2
    assert {one.deadline for one in owed} == {date(2026, 5, 22)}


def test_the_province_expects_seventeen_cities_and_two_associations():
    owed = timeliness.owed_to(POLICY, PROVINCE)
    assert sum(one.template == "T04" for one in owed) == 17
    assert [one.unit for one in owed if one.template == "T05"] == ["420000-FA", "420000-NA"]
    assert {one.deadline for one in owed if one.template == "T04"} == {date(2026, 5, 24)}


def test_a_plan_that_is_missing_is_named_among_the_seventeen():
    """R27: every city owes its plan by 31 March; one has sent it, the board names the other sixteen."""
    owed = [one for one in timeliness.owed_to(POLICY, PROVINCE) if one.template == "T07"]
    assert {one.deadline for one in owed} == {date(2026, 3, 31)}
    sent = submission("421200", moment(20), template="T07", rows=1)
    found = timeliness.board(owed, [sent], moment(23))
    missing = {one["unit"] for one in found if one["missing"]}
    assert missing == {one.unit for one in owed} - {"421200"}
    assert len(missing) == 16


@pytest.mark.parametrize(("day", "hour", "on_time"), [(30, 23, 1), (31, 0, 0)])
def test_changes_are_filed_by_30_december_also_where_there_are_none(day, hour, on_time):
    """R54: seventeen cities and two associations owe the filing; a zero report is one; the last minute of the day counts."""
    owed = [one for one in timeliness.owed_to(POLICY, PROVINCE) if one.template == "T14"]
    assert (len(owed), {one.deadline for one in owed}) == (19, {date(2026, 12, 30)})
    sent = submission("421200", moment(day, hour, month=12), template="T14", rows=0, is_zero=1)
    found = {one["unit"]: one for one in timeliness.board(owed, [sent], moment(31, 9, month=12))}
    assert (found["421200"]["accepted"], found["421200"]["on_time"]) == (1, on_time)
    assert sum(one["missing"] for one in found.values()) == 18


def test_an_excused_duty_is_not_expected():
    owed = timeliness.owed_to(POLICY, CITY, [("421221", "T06")])
    assert ("421221", "T06") not in [(one.unit, one.template) for one in owed]
    assert len(owed) == 7


def test_the_five_numbers():
    found = board(
        submission("421202", moment(20)),
        submission("421221", moment(20), "returned"),
        submission("421221", moment(21), "accepted"),
        submission("421222", moment(24), "accepted"),
        submission("421223", moment(20), "returned"),
    )
    total = timeliness.totals(found.values())[0]
    assert [total[name] for name in timeliness.FIVE] == [6, 4, 3, 3, 2]
    assert (total["missing"], total["without_return"], total["median_returns"]) == (2, 2, 0)


@pytest.mark.parametrize(
    ("submissions", "state"),
    [
        ((), "未报（已逾期）"),
        ((submission("421221", moment(20)),), "通过"),
        ((submission("421221", moment(24)),), "逾期通过"),
        ((submission("421221", moment(20), rows=1),), "通过（1/2，不足额）"),
        ((submission("421221", moment(20), rows=0, is_zero=1),), "通过（零报告）"),
        ((submission("421221", moment(20), "returned"),), "已退回，待重报"),
        ((submission("421221", moment(20), "conflict"),), "同日两份，待单位确认"),
    ],
)
def test_a_unit_is_told_where_it_stands(submissions, state):
    assert board(*submissions)["421221"]["state"] == state


@pytest.mark.parametrize(
    ("day", "is_due"),
    [
        (14, False),
        (15, True),
        (16, False),
        (17, True),
        (18, False),
        (20, True),
        (22, True),
        (23, True),
        (24, False),
        (25, True),
        (26, False),
    ],
)
def test_reminders_come_five_two_and_no_days_before_and_on_the_day_after(day, is_due):
    found = timeliness.reminders(board(now=moment(day)).values(), moment(day), POLICY, CITY)
    assert {one["is_due_today"] for one in found} == {is_due}
    assert all(len(one["text"]) <= 70 for one in found)


def test_a_deadline_on_a_day_of_rest_names_the_working_day_before():
    owed = [one for one in timeliness.owed_to(POLICY, PROVINCE) if (one.unit, one.template) == ("421200", "T04")]

    def texts(day, *found):
        lines = timeliness.board(owed, found, moment(day))
        return [
            (one["is_due_today"], one["text"]) for one in timeliness.reminders(lines, moment(day), POLICY, PROVINCE)
        ]

    plain = "咸宁市司法局：《执法检查人员名录库》"
    assert texts(22) == [(True, f"{plain}请于5月24日前报送，还有2天（当日休息，建议5月22日前）。")]
    assert texts(24) == [(True, f"{plain}今日24时截止，请抓紧报送。")]
    assert texts(25) == [(True, f"{plain}应于5月24日前报送，现已逾期，请今日报来。")]
    back = submission("421200", moment(20), "returned", template="T04")
    assert texts(21, back) == [
        (False, f"{plain}已退回，请在退回件上改好发回，期限5月24日（当日休息，建议5月22日前）。")
    ]
    assert texts(25, back) == [(True, f"{plain}已退回，请在退回件上改好发回，已逾期。")]


@pytest.mark.parametrize(("package", "state"), [(None, "通过（无下级原件）"), ("a" * 64, "通过")])
def test_a_city_list_without_the_counties_files_is_marked(package, state):
    owed = [one for one in timeliness.owed_to(POLICY, PROVINCE) if (one.unit, one.template) == ("421200", "T04")]
    (line,) = timeliness.board(owed, [submission("421200", moment(20), template="T04", package=package)], moment(23))
    assert line["state"] == state


def test_nobody_who_has_reported_is_reminded():
    lines = board(submission("421221", moment(18))).values()
    assert "421221" not in [one["unit"] for one in timeliness.reminders(lines, moment(20), POLICY, CITY)]


def test_what_was_taken_back_is_asked_for_anew_and_not_called_returned():
    """There is no returned copy to correct: the unit itself took the report back."""
    lines = board(submission("421221", moment(18), "withdrawn")).values()
    (one,) = [one for one in timeliness.reminders(lines, moment(20), POLICY, CITY) if one["unit"] == "421221"]
    assert one["text"] == "嘉鱼县司法局：《县级执法检查人员推荐表》已按申请撤回，请在5月22日前重新报来。"


@pytest.mark.parametrize(
    ("sent", "on_time"),
    [
        ([("superseded", moment(18), 0), ("accepted", moment(25), 1)], 1),
        ([("accepted", moment(25), 1)], 0),
        ([("accepted", moment(18), 1)], 1),
    ],
)
def test_accepted_in_time_stays_so_when_a_better_file_follows_and_the_earliest_arrival_decides(sent, on_time):
    rows = [{**submission("421221", at, state), "is_late": late} for state, at, late in sent]
    assert board(*rows)["421221"]["accepted_on_time"] == on_time


def test_only_what_is_missing_is_overdue():
    found = board(submission("421221", moment(20), "returned"), now=moment(26))
    assert (found["421221"]["is_overdue"], found["421222"]["is_overdue"]) == (0, 1)


def test_every_text_of_every_unit_and_template_is_short_enough_to_send():
    for receiver in (PROVINCE, *loader.children("420000")):
        owed = timeliness.owed_to(POLICY, receiver)
        for now in (moment(17), moment(22), moment(26)):
            lines = timeliness.board(owed, [], now)
            assert all(len(one["text"]) < 70 for one in timeliness.reminders(lines, now, POLICY, receiver))


def test_the_office_above_hears_of_two_days_delay():
    assert timeliness.escalation(board().values(), moment(23), CITY) == ""
    text = timeliness.escalation(board(submission("421221", moment(20))).values(), moment(24), CITY)
    assert "5 个" in text
    assert "嘉鱼" not in text


def test_nobody_rings_in_winter_about_a_list_of_may():
    winter = datetime.fromisoformat("2027-01-15T09:00:00+08:00")
    lines = board(now=winter).values()
    assert timeliness.escalation(lines, winter, CITY) == ""
    assert not [one for one in timeliness.reminders(lines, winter, POLICY, CITY) if one["is_due_today"]]
    assert not [one for one in timeliness.calls(lines, [], {}, winter) if one["is_current"]]
    assert all(one["is_current"] for one in timeliness.calls(lines, [], {}, moment(24)))


def test_nobody_rings_in_march_about_a_list_of_may():
    spring = datetime.fromisoformat("2026-03-10T09:00:00+08:00")
    assert not [one for one in timeliness.calls(board(now=spring).values(), [], {}, spring) if one["is_current"]]


def test_the_last_cover_says_whom_to_ring_and_the_list_of_contacts_knows_better():
    sent = submission("421221", moment(20), "returned")
    lines = board(sent).values()
    plain = {one["unit"]: one["phone"] for one in timeliness.calls(lines, [sent], {})}
    known = {one["unit"]: one["phone"] for one in timeliness.calls(lines, [sent], {"421221": {"phone": "13900000009"}})}
    assert (plain["421221"], known["421221"]) == ("13900000001", "13900000009")
