"""Divisions and reporting units: the counts everybody knows, the old names, the associations."""

from collections import Counter

import pytest

from schemas import loader
from schemas.declare import Level

DIVISIONS = loader.divisions()
UNITS = loader.units()
CURRENT = {code: one for code, one in DIVISIONS.items() if not one.valid_to}


def test_hubei_has_117_current_divisions():
    assert Counter(one.level for one in CURRENT.values()) == {
        "province": 1,
        "prefecture": 13,
        "county": 99,
        "county_direct": 4,
    }


def test_xianning_has_six_counties():
    names = [one.name for one in CURRENT.values() if one.parent == "421200"]
    assert names == ["咸安区", "嘉鱼县", "通城县", "崇阳县", "通山县", "赤壁市"]


def test_four_divisions_report_to_the_province_directly():
    direct = {code: one.parent for code, one in CURRENT.items() if one.level == "county_direct"}
    assert direct == dict.fromkeys(("429004", "429005", "429006", "429021"), "420000")


def test_county_counts_per_prefecture():
    counts = Counter(one.parent for one in CURRENT.values() if one.level == "county")
    expected = {"4201": 13, "4202": 6, "4203": 8, "4205": 13, "4206": 9, "4207": 3, "4208": 5, "4209": 7, "4210": 8}
    expected |= {"4211": 10, "4212": 6, "4213": 3, "4228": 8}
    assert counts == {f"{code}00": number for code, number in expected.items()}


@pytest.mark.parametrize(
    ("old", "name", "successor"),
    [
        ("420821", "京山县", "420882"),
        ("421023", "监利县", "421088"),
        ("420321", "郧县", "420304"),
        ("420621", "襄阳县", "420607"),
    ],
)
def test_an_abolished_division_names_its_successor(old, name, successor):
    assert DIVISIONS[old].name == name
    assert DIVISIONS[old].valid_to
    assert DIVISIONS[old].successor == successor
    assert successor in CURRENT


def test_a_renamed_division_keeps_its_old_name_as_alias():
    assert "襄樊市" in DIVISIONS["420600"].aliases
    assert "蒲圻市" in DIVISIONS["421281"].aliases


@pytest.mark.parametrize("text", ["咸安区", "咸宁市咸安区", "湖北省咸宁市咸安区", "咸安"])
def test_a_county_is_written_in_many_ways(text):
    assert [code for code, one in CURRENT.items() if text in (one.name, *one.aliases)] == ["421202"]
    assert text in UNITS["421202"].aliases


def test_a_name_that_fits_two_divisions_is_left_to_the_resolver():
    assert {code for code, one in CURRENT.items() if "恩施" in one.aliases} == {"422800", "422801"}


def test_every_parent_exists_and_lies_above():
    for one in DIVISIONS.values():
        assert one.level == "province" or one.parent in CURRENT


def test_reporting_units_by_level():
    assert Counter(one.level for one in UNITS.values()) == {
        Level.PROVINCE: 1,
        Level.CITY: 17,
        Level.COUNTY: 99,
        Level.CITY_ASSOCIATION: 26,
        Level.PROVINCE_ASSOCIATION: 2,
        Level.CENTRE: 1,
        Level.ZONE: 2,
    }


def test_xianning_expects_eight_reporters():
    policy = loader.policy(2026)
    owing = [
        one.code for one in loader.children("421200") if policy.duty("T06", one.level) or policy.duty("T06b", one.level)
    ]
    assert owing == ["421200-FA", "421200-NA", "421202", "421221", "421222", "421223", "421224", "421281"]


def test_the_province_expects_17_cities_and_two_associations():
    policy = loader.policy(2026)
    below = loader.children("420000")
    assert sum(policy.duty("T04", one.level) is not None for one in below) == 17
    assert sum(policy.duty("T05", one.level) is not None for one in below) == 2


def test_the_seventeen_are_twelve_cities_enshi_three_direct_cities_and_the_forest_district_and_the_centre_owes_nothing():
    """R08: the direct reporters by name; the legal-aid centre is addressed as the eighteenth and reports nothing."""
    policy = loader.policy(2026)
    below = loader.children("420000")
    owing = [one.code for one in below if policy.duty("T04", one.level)]
    assert {"422800", "429004", "429005", "429006", "429021"} <= set(owing)
    assert sum(one.endswith("00") and one != "422800" for one in owing) == 12
    assert len(owing) == len(set(owing)) == 17
    (centre,) = [one for one in below if one.level is Level.CENTRE]
    assert (centre.code, centre.name) == ("420000-LA", "湖北省法律援助中心")
    assert [one.template for one in policy.duties if centre.level in one.reporters] == []


def test_the_province_names_99_counties_for_nominations():
    policy = loader.policy(2026)
    assert sum(policy.duty("T06", one.level) is not None for one in UNITS.values()) == 99


def test_every_unit_lies_in_a_current_division_and_codes_are_ascii():
    for one in UNITS.values():
        assert one.division in CURRENT
        assert one.code.isascii()


def test_an_association_knows_its_trade():
    sectors = {one.code.rsplit("-", 1)[1]: one.sector for one in UNITS.values() if "association" in one.level}
    assert sectors == {"NA": "NOT", "FA": "FOR"}


def test_the_subtree_of_a_city_holds_its_counties_and_associations():
    assert len(loader.subtree("421200")) == 9
    assert "420700-GD" in loader.subtree("420700")
    assert len(loader.subtree("420000")) == len(UNITS)
