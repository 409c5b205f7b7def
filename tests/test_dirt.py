"""Every catalogued kind of dirt is put into sound workbooks; the intake must say the right thing at the right cell."""

from pathlib import Path

import pytest

from engine import intake
from engine.model import Severity
from simulate.dirt import catalogue, numbers, parcels
from simulate.dirt import proof as dirt
from simulate.dirt.case import open_form, saved, table

HOME = Path(__file__).resolve().parents[1]
FORMS = ("T06", "T06b", "T04", "T02", "T01")


@pytest.fixture(scope="module")
def digests():
    return {form: dirt.clean_digest(form) for form in FORMS}


@pytest.fixture(scope="module")
def first_of_each():
    cases = list(dirt.cases(1))
    return list(zip(cases, dirt.examined(cases), strict=True))


def test_every_kind_is_injected_in_five_variants_or_acted_out_elsewhere():
    made = catalogue.injected()
    assert set(made) <= set(dirt.KINDS)
    assert set(dirt.KINDS) - set(made) == set(dirt.ELSEWHERE)
    assert {kind: count for kind, count in made.items() if count < 5} == {}
    assert len(made) >= 120
    assert all((HOME / place).is_file() for place in dirt.ELSEWHERE.values())


def test_every_kind_is_told_at_its_cell_and_nothing_changes_unseen(first_of_each, digests):
    wrong = {f"{case.kind}/{case.variant}": dirt.judge(case, found, digests) for case, found in first_of_each}
    assert {place: why for place, why in wrong.items() if why} == {}


def test_three_kinds_in_one_workbook_are_three_problems():
    combined = dirt.combinations(seed=7, count=24)
    found = dirt.examined_combinations(combined)
    wrong = {
        " + ".join(part.kind for part in one.parts): dirt.judge_combination(one, checked)
        for one, checked in zip(combined, found, strict=True)
    }
    assert {place: why for place, why in wrong.items() if why} == {}


def test_equal_seeds_give_equal_combinations():
    assert [one.parts for one in dirt.combinations(3, 5)] == [one.parts for one in dirt.combinations(3, 5)]


def test_a_lost_number_is_proposed_only_if_one_known_person_fits():
    known = next(one for one in dirt.files.cases() if one.kind == "D073" and one.roster)
    issue = next(one for one in dirt.examined([known])[0].issues if one.code == "DR-C012")
    assert (issue.cell, issue.proposal) == ("F5", "421221199001011234")


FIRST = [one for one in parcels.scenarios() if one.variant == 1]


@pytest.mark.parametrize("one", FIRST, ids=[one.kind for one in FIRST])
def test_what_shows_only_among_several_files_is_told(one, tmp_path):
    assert parcels.judge(one, parcels.play(one, tmp_path)) == []


def test_an_identity_number_is_read_or_asked_back_and_never_changed_unseen():
    assert [why for one in numbers.numbers() for why in numbers.judge(one)] == []


@pytest.mark.parametrize("word", ["无", "/", "——", "暂无", " "])
def test_rows_of_words_for_nothing_are_no_rows(word):
    """D024: a form whose every cell says 无 was not filled in, and is told so once."""
    opened = open_form("T06")
    for number in (5, 6):
        for column in range(2, 11):
            table(opened).cell(number, column).value = word
    incoming = intake.Incoming(name="表.xlsx", data=saved(opened), sha256="0")
    (found,) = intake.examine([incoming], dirt.context("T06"))
    assert [one.code for one in found.issues if one.severity is Severity.ERROR] == ["DR-Q010"]


def test_a_word_for_nothing_beside_other_content_is_a_fault_of_its_cell():
    opened = open_form("T06")
    table(opened)["E5"].value = "无"
    incoming = intake.Incoming(name="表.xlsx", data=saved(opened), sha256="0")
    (found,) = intake.examine([incoming], dirt.context("T06"))
    assert ("DR-V001", "E5") in [(one.code, one.cell) for one in found.issues]
