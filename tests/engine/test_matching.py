"""Who goes where: by field and speciality (R22, R23), two officers first and experts beside them (R25)."""

import pytest

from engine.values import by, several, text
from engine.workflow import conduct
from schemas import loader
from tests.engine.registers_2026 import freeze, put_register, registers, through
from tests.engine.registers_2026 import workspace as city

PLAN = "421200-2026-P01"
FIELD_ONLY = {"specialities": "信息化/网络监测"}


@pytest.fixture
def office(tmp_path):
    with city(tmp_path / "ws") as ws:
        yield ws


def asked(kind):
    """Return the specialities that any item on a type of target asks for; one of them is enough."""
    rows = loader.provincial_items(2026)
    return {one for row in rows if kind in row["target_types"] for one in several(row["specialities_needed"])}


def sent(ws):
    """Return (type of target, T04 row) of every officer of every team."""
    kept = conduct.Stage(ws, PLAN)
    people, bodies = kept.frozen["frozen"]["people"], kept.frozen["frozen"]["bodies"]
    rows = by(ws.store.register("T04", "inspectors").to_dict("records"), "certificate_no")
    teams = kept.state().teams.values()
    return [
        (bodies[team["target"]]["type"], rows[people[one]["certificate"]])
        for team in teams
        for one in team["inspectors"]
    ]


def test_every_officer_of_a_team_has_the_field_and_a_speciality_its_items_ask_for(office, tmp_path):
    """R23: half of the officers know nothing of notaries or of forensic bodies; none of them is sent there."""
    through(office, PLAN, tmp_path / "holders")
    found = sent(office)
    for kind in ("公证机构", "司法鉴定机构"):
        unfit = [one for one in registers()["T04"] if not asked(kind) & set(several(one["specialities"]))]
        assert len(unfit) >= 3, "chance alone would send one of them"
        assert [
            row["name"] for type_, row in found if type_ == kind and not asked(kind) & set(several(row["specialities"]))
        ] == []
    fields = {
        "公证机构": "公证",
        "司法鉴定机构": "司法鉴定",
        "法律援助机构": "法律援助",
        "公共法律服务中心": "公共法律服务体系建设",
    }
    assert {type_ for type_, _ in found} == set(fields)
    assert all(fields[type_] in several(row["fields"]) for type_, row in found)


def test_where_nobody_has_the_speciality_the_field_still_decides_and_it_is_said(office, tmp_path):
    """R23: without people of the speciality the draw goes on by field, with a note that is sealed and published with it."""
    rows = [{**one, "specialities": "法律援助管理；公共法律服务体系；司法鉴定管理"} for one in registers()["T04"]]
    rows[0] = {**rows[0], "fields": "法律援助；司法鉴定；公共法律服务体系建设"}
    put_register(office, "T04", "inspectors", rows, version=5)
    frozen, _, _ = through(office, PLAN, tmp_path / "holders")
    assert [one for one in frozen["notes"] if "业务专长" in one] == [
        "公证机构：具备所需业务专长的可派人员不足一组，本次按可检查领域匹配。"
    ]
    assert any("公证机构：具备所需业务专长" in line for line in frozen["lines"])
    visits = [row for type_, row in sent(office) if type_ == "公证机构"]
    assert visits
    assert rows[0]["certificate_no"] not in {row["certificate_no"] for row in visits}


def test_a_sound_roster_gives_no_note_about_specialities(office, tmp_path):
    assert [one for one in freeze(office, PLAN, tmp_path / "holders")["notes"] if "业务专长" in one] == []


def test_experts_stand_beside_two_officers_and_neither_count_nor_lead(office, tmp_path):
    """R25, X14: as many experts as the plan names at most, never of the body itself, never among the two, never leading."""
    through(office, PLAN, tmp_path / "holders")
    kept = conduct.Stage(office, PLAN)
    people, bodies = kept.frozen["frozen"]["people"], kept.frozen["frozen"]["bodies"]
    experts = by(registers()["T05"], "licence_no")
    teams = list(kept.state().teams.values())
    beside = [(team, one) for team in teams for one in team["experts"]]
    assert beside, "this plan takes experts along"
    for team in teams:
        assert [people[one]["kind"] for one in team["inspectors"]] == ["inspector"] * 2
        assert len(team["experts"]) <= kept.plan.expert_count
        assert team["lead"] in team["inspectors"]
    for team, one in beside:
        assert people[one]["kind"] == "expert"
        row = next(row for row in experts.values() if text(row["name"]) == people[one]["name"])
        assert text(row.get("employer_name")) != bodies[team["target"]]["name"]
