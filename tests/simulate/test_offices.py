"""How offices answer: the shares hold, 咸宁 ends complete, and nobody silent sits inside it."""

from collections import Counter
from datetime import date

import pytest

from schemas import loader
from simulate import turnover
from simulate.offices import (
    EXPECTATIONS,
    SHARES,
    Manner,
    cover,
    expert_row,
    inspector_row,
    manners,
    nominee_row,
    practitioner_row,
    provincial_expert_row,
    target_row,
)
from simulate.population import population


@pytest.fixture(scope="module")
def province():
    return population("M", seed=7)


def test_every_county_and_city_association_has_a_manner(province):
    answering = manners(province)
    assert len([unit for unit in answering if unit.isdigit()]) == 99
    assert len([unit for unit in answering if not unit.isdigit()]) == 26


def test_xianning_always_ends_complete(province):
    inside = {unit: manner for unit, manner in manners(province).items() if unit.startswith("4212")}
    assert len(inside) == 8
    assert all(EXPECTATIONS[manner].accepted for manner in inside.values())


def test_silent_offices_are_counties_outside_xianning(province):
    silent = [unit for unit, manner in manners(province).items() if manner is Manner.SILENT]
    assert silent
    assert all(unit.isdigit() and not unit.startswith("4212") for unit in silent)


def test_the_shares_of_the_other_counties_are_met_within_one(province):
    counted = Counter(manner for unit, manner in manners(province).items() if unit.isdigit() and unit[:4] != "4212")
    for manner, share in SHARES:
        assert abs(counted[manner] - share * 93 / 100) < 1


def test_the_cover_is_signed_by_three_different_people(province):
    for unit in manners(province):
        row = cover(province, unit, on=date(2026, 5, 18))
        assert len({row["filled_by"], row["checked_by"], row["approved_by"]}) == 3


def test_nobody_keeps_away_from_a_body_of_the_own_county(province):
    supervisors = {one.name: one.supervisor for one in province.bodies}
    recused = [one for one in province.inspectors if one.recuse]
    assert recused
    assert all(supervisors[one.recuse] != one.unit for one in recused)
    assert nominee_row(recused[0])["recused_targets"] == recused[0].recuse


def test_every_typed_column_is_declared_and_every_required_column_is_typed(province):
    names = {one.id: one.name for one in province.bodies}
    city = next(one for one in province.inspectors if not one.nominated)
    member = province.practitioners[0]
    typed = {
        ("T02", "targets"): target_row(province.bodies[0], 2026, "咸安区司法局"),
        ("T03", "practitioners"): practitioner_row(member, 2026, names[member.body]),
        ("T04", "inspectors"): inspector_row(city, 2026),
        ("T05", "experts"): provincial_expert_row(province.experts[-1]),
        ("T06", "nominees"): nominee_row(province.inspectors[0]),
        ("T06b", "nominees"): expert_row(province.experts[0]),
    }
    for (code, name), row in typed.items():
        sheet = loader.template(code).sheet(name)
        assert [key for key in row if key not in {one.key for one in sheet.fields}] == [], code
        needed = [one.key for one in sheet.fields if one.required and not (one.prefilled or one.computed)]
        assert [key for key in needed if row.get(key) in (None, "")] == [], code


def test_every_typed_code_is_one_of_the_list(province):
    sheet = loader.template("T02").sheet("targets")
    for body in province.bodies:
        row = target_row(body, 2026, "某司法局")
        for one in sheet.fields:
            if one.codes and row.get(one.key):
                assert set(str(row[one.key]).split("；")) <= set(loader.code_lists()[one.codes].labels), one.key


def test_nobody_stands_on_a_list_that_came_out_before_he_was_licensed(province):
    later = [turnover.autumn(province, city.code).appointed for city in province.cities]
    rows = [practitioner_row(one, 2026, "某公证处") for one in (*province.practitioners, *later)]
    assert not [row for row in rows if row["published_on"] and row["published_on"] < row["first_licensed_on"]]
    assert {practitioner_row(one, 2026, "某公证处")["published_on"] for one in later} == {None}
