"""Two years of 咸宁 in a row: the second begins with what the first left, and an independent recount agrees with both."""

import json
import re
from collections import Counter
from pathlib import Path

import openpyxl
import pytest

from engine.workflow import collect
from engine.workflow.findings import Findings
from engine.workspace import Workspace
from simulate import pen
from simulate.offices import at, cover
from simulate.recount import differences, figure
from simulate.turnover import lives
from simulate.year import play
from tests import dates

CITY, PROVINCE = "421200", "420000"
END = at(2026, 12, 31).date()


@pytest.fixture(scope="module")
def played(tmp_path_factory):
    return play(tmp_path_factory.mktemp("years") / "S", "S", seed=7, years=2)


@pytest.fixture(scope="module")
def office(played):
    with Workspace(played["workspaces"][CITY]) as ws:
        yield ws


def test_the_recount_without_the_engine_agrees_with_both_years(played):
    assert [one["year"] for one in (*played["earlier"], played)] == [2025, 2026]
    assert differences(played) == []


@pytest.mark.parametrize("unit", [CITY, PROVINCE])
def test_no_two_dates_of_either_year_contradict_each_other(played, unit):
    assert [dates.contradictions(dates.told(one, unit)) for one in (*played["earlier"], played)] == [[], []]


@pytest.mark.parametrize(
    ("place", "key", "value"),
    [
        (("carried", CITY, "unfinished"), "problems", 99),
        (("carried", PROVINCE), "never_inspected", 99),
        (("carried", CITY, "registers"), "T02/targets", 26),
        (("settled", CITY), "transfers", 0),
        (("repeats",), PROVINCE, 0),
    ],
)
def test_the_recount_would_notice_what_was_lost_on_the_way(played, place, key, value):
    wrong = json.loads(json.dumps(played, ensure_ascii=False))
    where = wrong
    for name in place:
        where = where[name]
    where[key] = value
    assert len(differences(wrong)) == 1


def test_everything_left_open_was_ended_by_its_own_number(played, office):
    assert played["earlier"][0]["left"][CITY] == played["settled"][CITY]
    assert all(played["settled"][CITY].values())
    with Workspace(played["workspaces"][PROVINCE]) as province:
        for ws in (office, province):
            left = Findings(ws).matters(END)
            assert [row for found in left.values() for row in found if not row["is_closed"]] == []


def test_the_visit_put_off_is_put_off_to_a_named_day_and_made_before_it(played, office):
    """R29, R65: an extension ends on the day its request names (T16 变更后)."""
    with Workspace(played["earlier"][0]["workspaces"][CITY]) as before:
        asked = [row for row in before.store.accepted_rows("T16", "requests") if row["request_type"] == "检查延期"]
    made = {row["task_id"]: row["inspected_to"] for row in office.store.accepted_rows("T10", "results")}
    assert [row["new_value"] for row in asked] == ["2026-03-31"]
    assert made[asked[0]["reference"]] <= "2026-03-31"


def test_what_was_carried_is_no_figure_of_this_year(played, office):
    findings = Findings(office)
    carried = findings.carried
    numbers = {row["problem_id"] for row in findings.problems(END)}
    assert not numbers & set(carried.open("problems"))
    assert not {row["transfer_id"] for row in findings.transfers} & set(carried.open("transfers"))
    assert figure(played, "移送数", CITY) == (1, None)
    assert figure(played, "本级检查任务数", CITY)[0] == len(played["draws"][CITY]["drawn"])
    assert not any("上年结转" in one.message or "没有对应" in one.message for one in findings.doubts(END))


def sheet_of(found, unit, title):
    """Return the rows of one sheet of the ledger of an office, by heading."""
    (path,) = Path(found["workspaces"][unit], "台账").glob("*年度台账.xlsx")
    _, _, _, head, *rows = openpyxl.load_workbook(path)[title].iter_rows(values_only=True)
    return [dict(zip(head, row, strict=True)) for row in rows]


def test_a_visit_put_off_is_owed_in_both_years_and_made_in_the_second(played):
    """R15, R29, R60: 应检查 of the ledger never is less than 已检查; what was carried is owed again, and no visit is lost."""
    before = played["earlier"][0]
    for found, missing in ((before, 1), (played, 0)):
        total = sheet_of(found, CITY, "按地区")[-1]
        drawn = len(found["draws"][CITY]["drawn"]) + (found is played) * before["left"][CITY]["tasks"]
        assert (total["应检查"], total["已检查"]) == (drawn, drawn - missing)
        above = sheet_of(found, PROVINCE, "按地区")[-1]
        drawn += len(found["draws"][PROVINCE]["drawn"])
        assert (above["应检查"], above["已检查"]) == (drawn, drawn - missing)


def test_every_matter_carried_stands_in_the_ledger_with_its_end(played):
    """R15: what January closed is in the ledger of the year that closed it, by its own number."""
    rows = sheet_of(played, CITY, "上年结转事项")
    left = played["earlier"][0]["left"][CITY]
    assert Counter(row["类别"] for row in rows) == {
        "整改问题": left["problems"], "移送": left["transfers"], "检查任务": left["tasks"],
    }  # fmt: skip
    assert {row["是否了结"] for row in rows} == {"是"}
    assert {row["编号"].split("-")[1] for row in rows} == {"2025"}


def test_what_the_city_counts_of_itself_is_what_the_province_counts_of_it(played):
    """R60, X32: county, city and province agree figure by figure, in both years."""
    for found in (*played["earlier"], played):
        rows = sheet_of(found, PROVINCE, "上下级核对")
        assert len(rows) > 15
        assert {(row["单位"], row["是否相符"]) for row in rows} == {("咸宁市司法局", "是")}
        own = {
            row["指标编号"]: [one for one in (row["分子"], row["分母"]) if one not in (None, "")]
            for row in sheet_of(found, CITY, "总览")
            if row["单位"] == "咸宁市司法局"
        }
        for row in rows:
            numbers = re.search(r"（(.*)）", row["本级计数"])
            counted = [int(one) for one in (numbers[1] if numbers else row["本级计数"]).split("/")]
            assert own[row["指标编号"]] == counted, row


def test_the_planted_body_is_a_repeat(office):
    assert "O-FOR-421281-001" in {row["target_id"] for row in Findings(office).repeats(END)}


def test_nobody_is_left_out_for_two_years_where_everybody_is_visited_each_year(office):
    bodies = [row for row in Findings(office).uncovered(2) if row["target_id"].startswith("O-")]
    assert bodies == []
    assert len(Findings(office).uncovered(2)) > 40  # persons are sampled by the province, not by the city


def test_a_county_that_changes_nothing_signs_the_pre_filled_form_and_sends_it_back(played, office, tmp_path):
    found = collect.templates(["T06"], tmp_path, year=2026, workspace=office, units=["421222"])
    path = Path(found["written"][0])
    people = lives("S", seed=7, year=2026, first=2025)
    path.write_bytes(pen.fill(path.read_bytes(), cover=cover(people, "421222", at(2026, 5, 12).date())))
    (checked,) = collect.check([path], year=2026, at=at(2026, 5, 12), workers=0)["files"]
    assert (checked["verdict"], checked["rows"]) == ("accepted", 2)


def test_the_office_gets_its_own_rosters_pre_filled(office, tmp_path):
    (written,) = collect.templates(["T03"], tmp_path, year=2026, workspace=office)["written"]
    rows = pen.read(Path(written).read_bytes())["practitioners"]
    assert len(rows) == 85
    assert not any(row.get("complaints_last_year") for row in rows)


def test_everybody_keeps_the_number_they_were_given(played, office):
    with Workspace(played["earlier"][0]["workspaces"][CITY]) as before:
        for code in ("T04", "T05"):
            old, new = before.store.identifiers(code), office.store.identifiers(code)
            assert old.items() <= new.items()
            assert len(set(new.values())) == len(new)
        moved = before.store.identifiers("T04")["42122100001"]
    (row,) = [one for one in office.store.edition("T04", "inspectors")["rows"] if one["key"] == "42122100001"]
    assert (row["values"]["inspector_id"], row["values"]["unit_code"]) == (moved, "421222")


def test_the_filing_names_every_kind_of_change_at_new_year(played):
    path = next(Path(played["workspaces"][CITY], "汇总").glob("2026_CHANGE_*.xlsx"))
    rows = pen.read(path.read_bytes())["changes"]
    assert {row["change_type"] for row in rows} == {"修改", "停用或移出", "新增", "迁入"}
    shown = {(row.get("changed_field"), row["change_type"]) for row in rows}
    assert ("机构名称", "修改") in shown  # renamed
    assert ("所属机构编号", "迁入") in shown  # moved, and merged into another office
