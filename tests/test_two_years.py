"""Two years of 咸宁 in a row: the second begins with what the first left, and an independent recount agrees with both."""

import json
from pathlib import Path

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
