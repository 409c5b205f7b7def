"""A bounded share of the kill -9 proof; the full one runs in `bench` (ecosystem 3.5)."""

import os

import pytest

from bench import crash


@pytest.mark.parametrize("seed", [1, 2])
def test_kills_at_random_points_lose_tear_and_double_nothing(seed):
    assert hasattr(os, "fork")
    found = crash.trials(4, seed, finishes=4)
    assert found["kills"] == 4
    assert found["finished"] >= 1
