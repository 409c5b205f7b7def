"""The journal: append-only, hash-chained, honest about whose clock it was, and silent about people."""

import dataclasses

import pytest
from offices import moment

from engine import journal
from engine.store import Store, sqlite_url


@pytest.fixture
def store(tmp_path):
    made = Store(sqlite_url(tmp_path / "a.db"))
    made.migrate()
    for number in range(5):
        made.note("step", {"number": number}, moment(1 + number))
    yield made
    made.close()


def test_a_whole_journal_has_no_fault(store):
    assert journal.broken(store.lines()) == []


@pytest.mark.parametrize("place", range(5))
@pytest.mark.parametrize("name", ["at", "clock", "event", "body", "previous", "hash"])
def test_any_change_of_any_part_is_found(store, place, name):
    lines = store.lines()
    lines[place] = dataclasses.replace(lines[place], **{name: getattr(lines[place], name) + " "})
    assert journal.broken(lines)


@pytest.mark.parametrize("place", range(4))
def test_a_missing_line_is_found(store, place):
    lines = store.lines()
    del lines[place]
    assert journal.broken(lines)


def test_exchanged_lines_are_found(store):
    lines = store.lines()
    lines[1], lines[2] = lines[2], lines[1]
    assert journal.broken(lines)


def test_a_line_forged_with_its_own_hash_breaks_the_link_of_the_next(store):
    lines = store.lines()
    body = '{"number":99}'
    forged = journal.seal(2, lines[1].at, lines[1].clock, lines[1].event, body, lines[1].previous)
    lines[1] = dataclasses.replace(lines[1], body=body, hash=forged)
    assert journal.broken(lines) == ["日志第 3 行与上一行不相连"]


def test_a_supplied_clock_is_marked(tmp_path):
    kinds = []
    for clock in ("supplied", "system"):
        made = Store(sqlite_url(tmp_path / f"{clock}.db"), clock=clock)
        made.migrate()
        kinds.append(made.note("step", {}, moment(1)).clock)
        made.close()
    assert kinds == ["supplied", "system"]


def test_a_failed_transaction_leaves_no_line(store):
    def fail():
        with store.transaction():
            store.note("step", {"number": 6}, moment(9))
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()
    assert len(store.lines()) == 5
