"""A bounded share of the kill -9 proof over a small year; the full one runs in `bench` (ecosystem 3.5)."""

from dataclasses import replace

import pytest

from bench import crash, state, steps

STAGES = ("receive", "submit", "freeze", "draw", "assign", "replace", "publish", "changes", "ledger", "restore")


def test_kills_at_random_points_of_the_year_lose_tear_and_double_nothing():
    found = crash.trials(len(STAGES), people=crash.small(), most=2, only=STAGES)
    assert found.kills == dict.fromkeys(STAGES, 1)


OFFICE = "工作文件夹/市"
BEFORE = state.State(files={f"{OFFICE}/a": "1"}, rows={(OFFICE, "arrivals"): {(1,): "x"}})
AFTER = state.State(files={f"{OFFICE}/a": "2", f"{OFFICE}/b": "3"}, rows={(OFFICE, "arrivals"): {(1,): "x", (2,): "y"}})


def with_files(one, **files):
    return replace(one, files={f"{OFFICE}/{name}": digest for name, digest in files.items()})


@pytest.mark.parametrize("found", [BEFORE, AFTER, with_files(BEFORE, a="2"), with_files(AFTER, a="1", b="3")])
def test_before_or_after_is_no_harm(found):
    assert state.torn(found, BEFORE, AFTER) == []


@pytest.mark.parametrize(
    ("found", "fault"),
    [
        (with_files(BEFORE), "a is lost"),
        (with_files(BEFORE, a="half"), "a is torn"),
        (with_files(BEFORE, a="1", c="9"), "c is stray"),
        (replace(BEFORE, rows={(OFFICE, "arrivals"): {}}), "is lost"),
        (replace(BEFORE, rows={(OFFICE, "arrivals"): {(1,): "half"}}), "neither old nor new"),
        (replace(BEFORE, rows={(OFFICE, "arrivals"): {(1,): "x", (3,): "z"}}), "neither old nor new"),
    ],
)
def test_harm_is_named(found, fault):
    assert fault in state.torn(found, BEFORE, AFTER)[0]


@pytest.mark.parametrize(
    ("found", "fault"),
    [
        (BEFORE, "a is different"),
        (with_files(AFTER, a="2"), "b is missing"),
        (with_files(AFTER, a="2", b="3", c="9"), "c is stray"),
        (replace(AFTER, rows={(OFFICE, "arrivals"): {(1,): "x"}}), "differs"),
        (replace(AFTER, rows={**AFTER.rows, (OFFICE, "submissions"): {(1,): "x"}}), "doubled"),
    ],
)
def test_a_repeated_verb_that_ends_elsewhere_is_named(found, fault):
    assert fault in state.unfinished(found, AFTER)[0]


def test_every_change_on_the_disk_is_a_step(tmp_path):
    with steps.counted() as count:
        (tmp_path / "a").write_bytes(b"1")
        (tmp_path / "a").rename(tmp_path / "b")
        (tmp_path / "b").read_bytes()
        (tmp_path / "b").unlink()
    assert count.number == 3
