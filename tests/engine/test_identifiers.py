"""Check digits of credit codes and identity numbers, against made-up and published examples (domain rules 3.3 and 3.4)."""

import pytest

from engine.identifiers import person_fault, uscc_fault

CODES = ["32421200000000019D", "34421202000000027Y", "12420100000000035K", "124212210000001749", "34420100MA000004XR"]


@pytest.mark.parametrize("code", CODES)
def test_a_right_credit_code_has_no_fault_and_no_single_slip_passes(code):
    assert uscc_fault(code) == ""
    for place, char in enumerate(code):
        slip = code[:place] + ("1" if char != "1" else "2") + code[place + 1 :]
        assert uscc_fault(slip) != ""


@pytest.mark.parametrize(
    ("code", "fault"),
    [("3242120000000001", "length"), ("32421200000000019D1", "length"), ("3242120O000000019D", "character")],
)
def test_a_credit_code_says_what_is_wrong(code, fault):
    assert uscc_fault(code) == fault


@pytest.mark.parametrize(
    "number",
    ["11010519491231002X", "440524188001010014", "429999198001010010", "429999197512310037", "42999919880808888X"],
)
def test_a_right_identity_number_has_no_fault(number):
    assert person_fault(number) == ""


def test_an_impossible_day_of_birth_and_a_wrong_check_digit_are_told_apart():
    assert person_fault("429999199002290020") == "date"
    assert person_fault("429999198001010011") == "check"
    assert person_fault("429999198001010") == "length"
