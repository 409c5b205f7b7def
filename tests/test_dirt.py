"""Every catalogued kind of dirt is put into sound workbooks; the intake must say the right thing at the right cell."""

from pathlib import Path

import pytest

from simulate.dirt import proof as dirt

HOME = Path(__file__).resolve().parents[1]
FORMS = ("T06", "T06b", "T04", "T02", "T01")


@pytest.fixture(scope="module")
def digests():
    return {form: dirt.clean_digest(form) for form in FORMS}


@pytest.fixture(scope="module")
def first_of_each():
    cases = list(dirt.cases(1))
    return list(zip(cases, dirt.examined(cases), strict=True))


def test_every_kind_is_injected_or_proven_elsewhere_or_named_as_open():
    made = {one.kind for one in dirt.cells.dirt()} | {one.kind for one in dirt.structure.cases(1)}
    made |= {one.kind for one in dirt.files.cases()}
    assert made <= set(dirt.KINDS)
    assert set(dirt.KINDS) - made == set(dirt.ELSEWHERE) | set(dirt.OPEN)
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
