"""A clerk who does only what the returned copy says gets the file accepted; a copy nobody touched says the same again."""

from dataclasses import replace

import pytest

from engine import intake
from engine.model import Verdict
from simulate import clerk
from simulate.dirt import office
from simulate.dirt import proof as dirt
from simulate.dirt.case import FAULTS, Outcome

TRUE_COVER = {**office.COVER, "unit_code": office.COUNTY}
# The copy is a new form, so these faults of the old one are gone or show as the empty cells they leave.
REBUILT = {"D005", "D012", "D019", "D020", "D033", "D037", "D053", "D055", "D058", "D071", "D112"}


def examined(data, name, case):
    context = replace(dirt.context(case.form, case.receiver, case.roster), returns=True)
    return intake.examine([intake.Incoming(name=name, data=data, sha256="0")], context)[0]


def faults(checked):
    return sorted((one.code, one.field or "", one.cell or "") for one in checked.issues if one.severity in FAULTS)


@pytest.fixture(scope="module")
def returned():
    cases = [one for one in dirt.cases(1) if one.outcome is Outcome.RETURNED]
    return [(one, examined(one.data, one.name, one)) for one in cases]


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


def test_a_copy_nobody_touched_says_the_same_again(returned):
    changed = []
    for case, checked in returned:
        again = examined(checked.returned, checked.returned_name, case)
        if case.kind not in REBUILT and faults(again) != faults(checked):
            changed.append((case.kind, faults(checked), faults(again)))
    assert changed == []
