"""Synthetic people and bodies: real divisions, plausible numbers, and nobody who exists."""

import math
import re
from collections import Counter
from fractions import Fraction

import pytest

from simulate.bodies import ALPHABET, CREDIT_WEIGHTS, credit_code, spread
from simulate.people import stream
from simulate.population import population

MOBILE = re.compile(r"(?<!\d)1[3-9]\d{9}(?!\d)")


@pytest.fixture(scope="module")
def small():
    return population("S", seed=7)


@pytest.fixture(scope="module")
def province():
    return population("M", seed=7)


def test_one_seed_makes_the_same_people_and_another_seed_makes_others(small):
    assert population("S", seed=7) == small
    assert population("S", seed=8).inspectors != small.inspectors


def test_xianning_has_twelve_officers_and_six_experts(small):
    assert len(small.counties) == 6
    assert len(small.inspectors) == 12
    assert Counter(one.sector for one in small.experts if one.association[:6] == "421200") == {"公证": 3, "司法鉴定": 3}


def test_xianning_has_the_documented_institutions(small):
    assert Counter(one.kind for one in small.bodies) == {
        "公证机构": 7,
        "司法鉴定机构": 6,
        "法律援助机构": 7,
        "公共法律服务中心": 7,
    }
    assert Counter(one.kind for one in small.practitioners) == {"公证员": 24, "司法鉴定人": 60}


def test_the_province_has_exactly_the_documented_totals(province):
    assert Counter(one.kind for one in province.bodies) == {
        "公证机构": 116,
        "司法鉴定机构": 110,
        "法律援助机构": 118,
        "公共法律服务中心": 117,
    }
    assert Counter(one.kind for one in province.practitioners) == {"公证员": 480, "司法鉴定人": 1300}
    assert len(province.inspectors) == 400
    assert (len(province.cities), len(province.counties)) == (17, 99)


def test_xianning_is_the_same_in_the_city_and_in_the_province(small, province):
    assert small.bodies == province.bodies_of("421200")
    assert small.practitioners == province.practitioners_of("421200")


def test_five_percent_of_each_kind_gives_the_sizes_of_the_ceiling_table(province):
    counts = Counter(one.kind for one in (*province.bodies, *province.practitioners))
    sizes = {kind: math.ceil(Fraction(5, 100) * count) for kind, count in counts.items()}
    assert (sizes["公证机构"], sizes["司法鉴定机构"], sizes["法律援助机构"], sizes["公共法律服务中心"]) == (6, 6, 6, 6)
    assert (sizes["公证员"], sizes["司法鉴定人"]) == (24, 65)


def test_every_identifier_and_number_is_unique(province):
    for numbers in (
        [one.id for one in (*province.bodies, *province.practitioners, *province.inspectors, *province.experts)],
        [one.uscc for one in province.bodies],
        [one.licence for one in province.bodies if one.licence],
        [one.licence for one in province.practitioners],
        [one.certificate for one in province.inspectors],
        [(one.name, one.kind) for one in province.bodies],
    ):
        assert [number for number, times in Counter(numbers).items() if times > 1] == []


def test_no_number_looks_like_a_mobile_number_except_the_ten_reserved_ones(province):
    numbers = [one.certificate for one in province.inspectors]
    numbers += [text for one in province.bodies for text in (one.uscc, one.licence, one.id)]
    numbers += [text for one in province.practitioners for text in (one.licence, one.id)]
    assert [text for text in numbers if MOBILE.search(text)] == []
    assert {one.phone[:10] for one in province.inspectors} == {"1390000000"}


def test_licences_have_the_shapes_of_the_trade(province):
    kinds = {one.id: one for one in province.bodies}
    for one in province.practitioners:
        if one.kind == "司法鉴定人":
            assert re.fullmatch(r"\d{9}", kinds[one.body].licence)
            assert re.fullmatch(kinds[one.body].licence + r"\d{3}", one.licence)


def test_credit_codes_carry_both_check_digits():
    code = credit_code("34", "421202", 2)
    organisation = sum(
        int(char, 36) * weight for char, weight in zip(code[8:16], (3, 7, 9, 10, 5, 8, 4, 2), strict=True)
    )
    assert code[16] == {10: "X", 11: "0"}.get(11 - organisation % 11, str(11 - organisation % 11))
    whole = sum(ALPHABET.index(char) * weight for char, weight in zip(code[:17], CREDIT_WEIGHTS, strict=True))
    assert ALPHABET.index(code[17]) == (31 - whole % 31) % 31


def test_every_kind_of_institution_keeps_its_legal_minimum_of_people(province):
    assert min(one.staff for one in province.bodies if one.kind == "公证机构") >= 2
    assert min(one.staff for one in province.bodies if one.kind == "司法鉴定机构") >= 3
    members = Counter(one.body for one in province.practitioners)
    assert all(members[one.id] == one.staff for one in province.bodies if one.id in members)


def test_a_spread_keeps_its_sum_and_its_minimum():
    parts = spread(stream(1, "spread"), 60, 6, 6)
    assert (sum(parts), len(parts), min(parts) >= 6) == (60, 6, True)


def test_names_hold_rare_characters_and_dots(province):
    names = [one.person.name for one in province.practitioners]
    assert any(ord(char) > 0xFFFF for name in names for char in name)
    assert any("·" in name for name in names)


def test_the_province_with_stations_has_1475_of_them():
    assert sum(one.kind == "公共法律服务工作站" for one in population("L", seed=7).bodies) == 1475
