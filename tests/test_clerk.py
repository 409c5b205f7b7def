"""A clerk who does only what the returned copy says gets the file accepted; a copy nobody touched says the same again."""

from dataclasses import replace

import pytest

from engine import intake
from engine.model import Verdict
from simulate import clerk
from simulate.dirt import office, structure
from simulate.dirt import proof as dirt
from simulate.dirt.case import FAULTS, Outcome

TRUE_COVER = {**office.COVER, "unit_code": office.COUNTY}
# A row inserted on the cover, a heading deleted, a column doubled: the copy is a sound form, where the cell has its own place.
MOVED = {"D112", "D035", "D039"}


def examined(data, name, case):
    context = replace(dirt.context(case.form, case.receiver, case.roster), returns=True)
    return intake.examine([intake.Incoming(name=name, data=data, sha256="0")], context)[0]


def faults(checked, *, is_moved=False):
    told = [one for one in checked.issues if one.severity in FAULTS]
    if is_moved:
        return sorted((one.code, one.field or "") for one in told)
    return sorted((one.code, one.field or "", one.cell or "", one.message) for one in told)


@pytest.fixture(scope="module")
def returned():
    """Return every kind of dirt that sends a file back, and every way to spoil the shape of a workbook, examined."""
    made = {(one.kind, one.data): one for one in (*dirt.cases(1), *structure.cases(2))}
    return [(one, examined(one.data, one.name, one)) for one in made.values() if one.outcome is Outcome.RETURNED]


def test_every_returned_file_comes_with_a_copy(returned):
    assert [case.kind for case, checked in returned if not checked.returned] == []


def test_a_clerk_who_follows_the_copy_is_accepted_at_once(returned):
    refused = []
    for case, checked in returned:
        true = next(iter(office.rows(case.form).values()))
        sent = clerk.correct(checked.returned, true, TRUE_COVER)
        again = examined(sent, checked.returned_name, case)
        if again.verdict is not Verdict.ACCEPTED:
            refused.append((case.kind, faults(again)))
    # a file of a county elsewhere belongs to another receiver: no correction makes it ours
    assert [one for one in refused if one[0] != "D022"] == []


def test_a_copy_nobody_touched_says_the_same_again_and_again(returned):
    changed = []
    for case, checked in returned:
        again = examined(checked.returned, checked.returned_name, case)
        third = examined(again.returned or checked.returned, checked.returned_name, case)
        is_moved = case.kind in MOVED
        before, after = faults(checked, is_moved=is_moved), faults(again, is_moved=is_moved)
        if before != after:
            changed.append((case.kind, before, after))
        if faults(again) != faults(third):  # from copy to copy nothing moves any more
            changed.append((case.kind, faults(again), faults(third)))
    assert changed == []
