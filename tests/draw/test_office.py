"""The draw as an office uses it: through the command line, from the freeze to the published folder."""

from dataclasses import replace

import pytest

from engine import campaign, pool
from engine.workflow import conduct
from tests.engine.registers_2026 import workspace

PLAN = "421200-2026-P01"


@pytest.fixture
def office(tmp_path):
    with workspace(tmp_path / "ws") as ws:
        yield ws


def test_the_share_of_second_visits_is_a_value_of_the_policy(office):
    plan = conduct.Registers(office).plan(PLAN)
    code = pool.type_code(plan.target_types[0])
    targets = [{"county": "421202", "id": f"T-{k:02d}", "type": code} for k in range(20)]
    frozen = pool.Frozen(targets=targets, inspectors=[], experts=[], recusals=[])
    visits = {f"T-{k:02d}": 1 for k in range(10)}
    sizes = {}
    for share in ("0", "1/10", "1/2"):
        policy = replace(office.policy, values={**office.policy.values, "repeat_visit_share": share})
        batch = campaign.batch_of(plan, frozen, (), policy, visits, 2, 2)
        sizes[share] = {one["type"].removeprefix(code): one["size"] for one in batch.types}
    assert sizes == {"0": {"": 10}, "1/10": {"": 10, "-AGAIN": 1}, "1/2": {"": 10, "-AGAIN": 5}}
