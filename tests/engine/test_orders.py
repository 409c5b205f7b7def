"""Arrival times are facts, the order of work is chance: any order, with repeats, gives one register and one ledger (decision 19)."""

from pathlib import Path

from engine import examination
from simulate.dirt import orders

ORDERS = 40


def test_forty_orders_of_work_with_repeats_give_one_digest(tmp_path, monkeypatch):
    monkeypatch.setattr(examination, "examine", orders.examined_once)
    arrivals = orders.season()
    found = {}
    for seed in range(ORDERS):
        folder = Path(tmp_path / str(seed))
        folder.mkdir()
        found.setdefault(orders.play(orders.shuffled(arrivals, seed), folder), []).append(seed)
    assert len(found) == 1, found


def test_another_time_of_arrival_is_another_fact(tmp_path, monkeypatch):
    monkeypatch.setattr(examination, "examine", orders.examined_once)
    arrivals = orders.season()
    moved = [(24, 9, data) if at == 0 else (day, hour, data) for at, (day, hour, data) in enumerate(arrivals)]
    for name in ("a", "b"):
        (tmp_path / name).mkdir()
    assert orders.play(arrivals, tmp_path / "a") != orders.play(moved, tmp_path / "b")
