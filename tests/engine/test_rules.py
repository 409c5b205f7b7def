"""X01-X33: every rule has a function that judges it, and a test in which it fails and one in which it passes."""

import importlib
from pathlib import Path

import pytest

from simulate.dirt import catalogue

HOME = Path(__file__).resolve().parents[2]
RULES = catalogue.rules()


def test_all_rules_are_listed_in_order():
    assert [one["rule"] for one in RULES] == [f"X{at:02d}" for at in range(1, 34)]


@pytest.mark.parametrize("rule", RULES, ids=[one["rule"] for one in RULES])
def test_the_function_and_the_tests_of_a_rule_exist(rule):
    module, _, name = rule["judged_by"].rpartition(".")
    assert callable(getattr(importlib.import_module(module), name))
    for place in (rule["fails_in"], rule["passes_in"]):
        file, _, test = place.partition("::")
        assert f"def {test}(" in (HOME / file).read_text(encoding="utf-8")
