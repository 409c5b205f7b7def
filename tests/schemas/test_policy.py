"""The parameters of a year: what the notice fixes, what a year or a unit may change, what a typo may not."""

import re
import tomllib
from datetime import date
from fractions import Fraction
from math import ceil
from pathlib import Path

import pytest

from schemas import loader
from schemas.declare import Level, SchemaError
from schemas.parameters import parameters, read

ROOT = Path(__file__).parents[2]
FULL = tomllib.loads((ROOT / "schemas" / "policy" / "base.toml").read_text("utf-8"))

BASE = {
    "duty": [{"template": "T06", "period": "NOM", "reporters": ["county"], "deadline": "05-22", "quota": 2}],
    "values": {"team_size": 2, "weights": {"credit": {"A": 1, "D": 4}}},
    "unit": {"421200": {"quota_T06": 2}},
}


@pytest.mark.parametrize(
    ("template", "level", "day", "quota"),
    [
        ("T06", Level.COUNTY, date(2026, 5, 22), 2),
        ("T06b", Level.CITY_ASSOCIATION, date(2026, 5, 22), 3),
        ("T04", Level.CITY, date(2026, 5, 24), None),
        ("T05", Level.PROVINCE_ASSOCIATION, date(2026, 5, 24), None),
        ("T07", Level.CITY, date(2026, 3, 31), None),
        ("T14", Level.CITY, date(2026, 12, 30), None),
    ],
)
def test_duties_are_those_of_the_notice(template, level, day, quota):
    duty = loader.policy(2026).duty(template, level)
    assert (duty.deadline, duty.quota) == (day, quota)
    assert duty.period == loader.template(template).period
    assert level in loader.template(template).reporters


@pytest.mark.parametrize(
    ("base", "drawn"),
    [
        (1, 1),
        (9, 1),
        (19, 1),
        (20, 1),
        (21, 2),
        (40, 2),
        (100, 5),
        (101, 6),
        (226, 12),
        (233, 12),
        (1780, 89),
        (2006, 101),
    ],
)
def test_the_ratio_is_an_exact_fraction(base, drawn):
    assert ceil(Fraction(loader.policy(2026).value("ratio")) * base) == drawn


def test_a_unit_may_have_its_own_quota_and_hands_it_to_those_below():
    units = loader.units()
    policy = loader.policy(2026)
    assert policy.quota("T06", units["421221"]) == 2
    assert policy.quota("T06", units["420700-GD"]) == 1
    assert policy.quota("T04", units["421200"]) is None
    assert policy.deadline("T06", units["421221"]) == date(2026, 5, 22)
    assert policy.deadline("T06", units["420000"]) is None


def test_a_year_changes_single_values_and_keeps_the_rest():
    own = {"values": {"weights": {"credit": {"D": 6}}}, "unit": {"421200": {"deadline_T06": "05-20"}}}
    policy = loader.read_policy(2027, BASE, own)
    assert policy.value("weights") == {"credit": {"A": 1, "D": 6}}
    assert policy.value("team_size") == 2
    assert policy.deadline("T06", loader.units()["421202"]) == date(2027, 5, 20)
    assert BASE["values"]["weights"]["credit"]["D"] == 4, "the base is not changed"


def test_a_year_replaces_the_duty_of_the_same_reporters():
    own = {"duty": [{"template": "T06", "period": "NOM", "reporters": ["county"], "deadline": "05-15", "quota": 3}]}
    (duty,) = loader.read_policy(2027, BASE, own).duties
    assert (duty.deadline, duty.quota) == (date(2027, 5, 15), 3)


@pytest.mark.parametrize(
    ("own", "word"),
    [
        ({"value": {}}, "'value'"),
        ({"values": {"team_sise": 3}}, "'team_sise'"),
        ({"unit": {"421200": {"qouta_T06": 2}}}, "'qouta_T06'"),
        ({"unit": {"999999": {"quota_T06": 2}}}, "999999"),
        ({"duty": [{"template": "T99"}]}, "T99"),
        ({"duty": [{"template": "T06", "deadlin": "05-22"}]}, "'deadlin'"),
        ({"duty": [{"template": "T06", "period": "NOM", "reporters": ["county"], "deadline": "02-30"}]}, "T06"),
        ({"duty": [{"template": "T06", "period": "NOM", "reporters": ["country"], "deadline": "05-22"}]}, "country"),
    ],
)
def test_a_typo_in_a_policy_is_refused(own, word):
    with pytest.raises(SchemaError, match=word):
        loader.read_policy(2027, BASE, own)


def test_every_value_of_the_credit_list_has_a_weight():
    weights = loader.policy(2026).value("weights")
    assert set(weights["credit"]) == {entry.code for entry in loader.code_lists()["C11"].entries}
    assert set(weights["judgement"]) == set(loader.code_lists()["C51"].labels)


def test_weights_rise_with_the_risk():
    credit = loader.policy(2026).value("weights")["credit"]
    assert credit["A"] <= credit["B"] <= credit["C"] <= credit["D"]
    assert credit["A"] < credit["N"] < credit["D"], "unknown is neutral"


def test_jurisdiction_covers_every_kind_of_object():
    policy = loader.policy(2026)
    kinds = {entry.label for entry in loader.code_lists()["C02"].entries} - {"法律援助人员"}
    assert set(policy.value("jurisdiction")) == kinds
    direct = {code for code, one in loader.divisions().items() if one.level == "county_direct"}
    assert set(policy.value("jurisdiction_without_city")["units"]) == direct


def test_values_that_name_labels_name_existing_ones():
    policy = loader.policy(2026)
    welfare = loader.code_lists()["C27"].labels
    assert policy.value("reduce_welfare") in welfare
    assert policy.value("key_welfare") in welfare
    kinds = loader.code_lists()["C02"].labels
    assert set(policy.value("licence_patterns")) <= set(kinds)
    assert set(policy.value("uscc_prefixes")) <= set(kinds)


def test_the_share_of_second_visits_is_an_exact_fraction_and_an_office_may_set_its_own():
    assert Fraction(loader.policy(2026).value("repeat_visit_share")) == Fraction(1, 10)
    base = {**BASE, "values": {"repeat_visit_share": "1/10"}}
    own = loader.read_policy(2027, base, {"unit": {"421200": {"repeat_visit_share": "0"}}})
    assert Fraction(own.value("repeat_visit_share", "421200")) == 0


def test_every_parameter_has_a_title_and_a_limit_and_is_read_by_the_product():
    """R03: a parameter nobody reads would promise what does not happen."""
    declared, values = parameters(), loader.policy(2026).values
    assert set(declared) == set(values)
    sources = [path.read_text("utf-8") for room in ("engine", "workbooks") for path in (ROOT / room).rglob("*.py")]
    assert [name for name in sorted(values) if not any(re.search(rf"['\"]{name}['\"]", text) for text in sources)] == []
    for one in declared.values():
        assert (one.kind == "table") == isinstance(values[one.name], dict | list), one.name
        assert not one.options or values[one.name] in one.options
        assert one.limit in ("", "fixed") or Fraction(str(values[one.name])) >= 0


@pytest.mark.parametrize("wrong", [{"kind": "numbr"}, {"limit": "more"}, {"title": ""}, {"name": "b", "title": "甲"}])
def test_a_wrong_line_in_the_list_of_parameters_is_refused(wrong):
    good = {"name": "a", "title": "甲", "kind": "number", "options": "", "limit": ""}
    with pytest.raises(SchemaError, match=r"parameters\.csv:3"):
        read([good, {**good, "name": "b", "title": "乙", **wrong}])


def test_what_an_office_set_lies_over_the_year_and_a_number_of_nought_asks_for_none():
    """R01: values of the office itself, numbers and days of those below it."""
    own = (("", "load_cap", 6), ("421200", "quota_T06", 0), ("421221", "quota_T06", 1))
    policy, units = loader.policy(2026, own), loader.units()
    assert (policy.value("load_cap", "421200"), policy.value("team_size", "421200")) == (6, 2)
    assert [policy.quota("T06", units[code]) for code in ("421221", "421222", "420102")] == [1, None, 2]


@pytest.mark.parametrize(
    ("factor", "table"),
    [
        ("credit", {"B": 5}),
        ("judgement", {"减少": 3}),
        ("years_since_inspection", {"2": 4}),
    ],
)
def test_worse_never_weighs_less(factor, table):
    """R34, decisions 5: a table by which a worse body had the smaller chance is refused, of a year as of a single unit."""
    weights = {"weights": {factor: table}}
    for own in ({"values": weights}, {"unit": {"421200": weights}}):
        with pytest.raises(SchemaError, match=f"weights.{factor}"):
            loader.read_policy(2027, FULL, own)
    sound = {"weights": {factor: dict.fromkeys(FULL["values"]["weights"][factor], 9)}}
    assert loader.read_policy(2027, FULL, {"values": sound}).value("weights")[factor] == sound["weights"][factor]
