"""Which file of a unit counts (D026-D028, decisions 17): a function of what arrived when, never of the order of work."""

import random

from engine.lifecycle import (
    ACCEPTED,
    CONFLICT,
    FIRST,
    OLD,
    RETURNED,
    SAME,
    SUPERSEDED,
    SUPPLEMENT,
    WITHDRAWN,
    Event,
    Filing,
    connected,
    current,
    settle,
)


def filing(number, digest, **more):
    return Filing(id=number, digest=digest, is_sound=more.pop("is_sound", True), **more)


def settled(*arrivals, **more):
    """Settle (filing, day, hour) arrivals and return {filing id: (state, version)}."""
    filings = {one.id: one for one, *_ in arrivals}
    events = [
        Event(f"2026-05-{day:02d}T{hour:02d}:00:00+08:00", f"{one.id:064d}", one.id) for one, day, hour in arrivals
    ]
    return {number: (one.state, one.version) for number, one in settle(filings.values(), events, **more).items()}


def test_a_changed_file_on_a_later_day_is_the_next_version():
    assert settled((filing(1, "a"), 18, 9), (filing(2, "b"), 19, 9)) == {1: (SUPERSEDED, 1), 2: (ACCEPTED, 2)}


def test_the_same_content_saved_again_makes_no_version():
    assert settled((filing(1, "a"), 18, 9), (filing(2, "a"), 19, 9)) == {1: (ACCEPTED, 1), 2: (SAME, 1)}


def test_the_content_of_an_old_version_is_refused_after_a_newer_one():
    found = settled((filing(1, "a"), 18, 9), (filing(2, "b"), 19, 9), (filing(3, "a"), 20, 9))
    assert found == {1: (SUPERSEDED, 1), 2: (ACCEPTED, 2), 3: (OLD, 0)}


def test_an_old_file_leads_to_the_one_that_counts_now():
    """The twin of a file that was replaced twice over is as old as that file."""
    content = {1: "a", 2: "a", 3: "b", 4: "a", 5: "c"}
    filings = [filing(number, digest) for number, digest in content.items()]
    events = [Event(f"2026-05-{10 + one.id}T09:00:00+08:00", f"{one.id:064d}", one.id) for one in filings]
    standings = settle(filings, events)
    assert [standings[number].state for number in content] == [SUPERSEDED, SAME, SUPERSEDED, OLD, ACCEPTED]
    assert {current(number, standings) for number in content} == {5}


def test_a_file_that_declares_an_older_version_is_old():
    found = settled((filing(1, "a"), 18, 9), (filing(2, "b"), 19, 9), (filing(3, "c", declared=1), 20, 9))
    assert found[3] == (OLD, 0)


def test_a_correction_that_keeps_its_number_is_the_next_version():
    """Whoever corrects a form on the returned copy rarely changes the number on it: only a lower one is older."""
    found = settled((filing(1, "a", declared=1), 18, 9), (filing(2, "b", declared=1), 19, 9))
    assert found == {1: (SUPERSEDED, 1), 2: (ACCEPTED, 2)}


def test_two_different_files_of_one_day_contend_and_neither_counts():
    assert settled((filing(1, "a"), 18, 9), (filing(2, "b"), 18, 15)) == {1: (CONFLICT, 1), 2: (CONFLICT, 2)}


def test_a_declared_next_version_of_the_same_day_is_no_contest():
    assert settled((filing(1, "a"), 18, 9), (filing(2, "b", declared=2), 18, 15))[2] == (ACCEPTED, 2)


def test_the_unit_decides_a_contest_by_sending_its_choice_once_more():
    first, second = filing(1, "a"), filing(2, "b")
    assert settled((first, 18, 9), (second, 18, 15), (first, 19, 9)) == {1: (ACCEPTED, 1), 2: (SUPERSEDED, 2)}


def test_the_same_bytes_on_the_same_day_decide_nothing():
    first, second = filing(1, "a"), filing(2, "b")
    assert settled((first, 18, 9), (second, 18, 15), (first, 18, 16))[1][0] == CONFLICT


def test_a_decision_adopts_the_file_it_names():
    found = settled((filing(1, "a" * 64), 18, 9), (filing(2, "b" * 64), 18, 15), chosen=["b" * 8])
    assert found == {1: (SUPERSEDED, 1), 2: (ACCEPTED, 2)}


def test_too_short_a_name_decides_nothing():
    assert settled((filing(1, "a" * 64), 18, 9), (filing(2, "b" * 64), 18, 15), chosen=["b"])[2][0] == CONFLICT


def test_a_returned_file_neither_counts_nor_contends():
    found = settled((filing(1, "a", is_sound=False), 18, 9), (filing(2, "b"), 18, 15))
    assert found == {1: (RETURNED, 0), 2: (ACCEPTED, 1)}


def test_a_second_nominee_supplements_the_first_within_the_quota():
    one = filing(1, "a", keys=frozenset({"x"}), rows=1)
    two = filing(2, "b", keys=frozenset({"y"}), rows=1)
    found = settle([one, two], [Event("2026-05-18", "1", 1), Event("2026-05-19", "2", 2)], quota=2)
    assert (found[1].state, found[2].state, found[2].kind) == (ACCEPTED, ACCEPTED, SUPPLEMENT)


def test_the_same_person_again_is_a_correction_and_no_supplement():
    one = filing(1, "a", keys=frozenset({"x"}), rows=1)
    two = filing(2, "b", keys=frozenset({"x"}), rows=1)
    assert settled((one, 18, 9), (two, 19, 9), quota=2) == {1: (SUPERSEDED, 1), 2: (ACCEPTED, 2)}


def test_more_than_the_quota_is_a_correction_and_no_supplement():
    one = filing(1, "a", keys=frozenset({"x"}), rows=1)
    two = filing(2, "b", keys=frozenset({"y", "z"}), rows=2)
    assert settled((one, 18, 9), (two, 19, 9), quota=2)[1][0] == SUPERSEDED


def test_files_about_different_tasks_stand_beside_each_other():
    one, two = filing(1, "a", subjects=frozenset({"t1"})), filing(2, "b", subjects=frozenset({"t2"}))
    assert settled((one, 18, 9), (two, 18, 10)) == {1: (ACCEPTED, 1), 2: (ACCEPTED, 1)}


def test_a_corrected_task_replaces_its_file_only():
    one, two = filing(1, "a", subjects=frozenset({"t1"})), filing(2, "b", subjects=frozenset({"t2"}))
    three = filing(3, "c", subjects=frozenset({"t1"}))
    assert settled((one, 18, 9), (two, 18, 10), (three, 20, 9)) == {
        1: (SUPERSEDED, 1),
        2: (ACCEPTED, 1),
        3: (ACCEPTED, 2),
    }


def back(number, day, hour=9):
    """Return the consent to take back a filing, given at an hour of May."""
    return {number: f"2026-05-{day:02d}T{hour:02d}:00:00+08:00"}


def test_what_was_taken_back_counts_no_more_and_what_it_had_replaced_stays_replaced():
    found = settled((filing(1, "a"), 18, 9), (filing(2, "b"), 19, 9), withdrawn=back(2, 20))
    assert found == {1: (SUPERSEDED, 1), 2: (WITHDRAWN, 2)}


def test_the_same_content_may_be_reported_anew_after_it_was_taken_back():
    """As another file, and as the very same one; before the consent it was the same and stays so."""
    found = settled((filing(1, "a"), 18, 9), (filing(2, "a"), 19, 9), (filing(3, "a"), 21, 9), withdrawn=back(1, 20))
    assert found == {1: (WITHDRAWN, 1), 2: (SAME, 1), 3: (ACCEPTED, 2)}
    one = filing(1, "a")
    assert settled((one, 18, 9), (one, 21, 9), withdrawn=back(1, 20)) == {1: (ACCEPTED, 2)}


def test_after_a_withdrawal_one_person_is_a_first_report_and_no_supplement():
    """Of the two places of the quota none is taken: the one that was reported is none of the unit's nominees any more."""
    first, second = (filing(n, d, keys=frozenset({d}), rows=1) for n, d in ((1, "a"), (2, "b")))
    assert settled((first, 18, 9), (second, 21, 9), quota=2, withdrawn=back(1, 20)) == {
        1: (WITHDRAWN, 1),
        2: (ACCEPTED, 2),
    }
    filings, events = [first, second], [Event(f"2026-05-{d}T09:00:00+08:00", str(n), n) for n, d in ((1, 18), (2, 21))]
    assert settle(filings, events, quota=2)[2].kind == SUPPLEMENT
    assert settle(filings, events, quota=2, withdrawn=back(1, 20))[2].kind == FIRST


def test_of_two_that_contend_the_one_that_is_left_counts():
    found = settled((filing(1, "a"), 18, 9), (filing(2, "b"), 18, 15), withdrawn=back(1, 20))
    assert found == {1: (WITHDRAWN, 1), 2: (ACCEPTED, 2)}


def test_a_withdrawal_that_comes_after_the_next_version_takes_nothing():
    found = settled((filing(1, "a"), 18, 9), (filing(2, "b"), 19, 9), withdrawn=back(1, 20))
    assert found == {1: (SUPERSEDED, 1), 2: (ACCEPTED, 2)}


def test_the_order_of_work_does_not_matter():
    arrivals = [
        (filing(1, "a"), 18, 9),
        (filing(2, "b"), 18, 15),
        (filing(3, "a"), 19, 8),
        (filing(4, "c", is_sound=False), 19, 9),
        (filing(5, "d"), 21, 9),
        (filing(6, "b"), 22, 9),
    ]
    expected = settled(*arrivals)
    chance = random.Random(7)
    for _ in range(200):
        chance.shuffle(arrivals)
        assert settled(*arrivals) == expected


def test_what_a_new_file_cannot_touch_need_not_be_settled_again():
    chance, parted = random.Random(11), 0
    for _ in range(300):
        filings = [
            filing(
                number,
                chance.choice("abcdefgh"),
                subjects=frozenset(chance.sample(["t1", "t2", "t3", "t4", "t5", "t6"], chance.randint(1, 2))),
                is_sound=chance.random() < 0.9,
                declared=chance.choice((0, 0, 0, 1, 2)),
            )
            for number in range(1, 8)
        ]
        events = [
            Event(f"2026-05-{chance.randint(18, 20)}T09:00:00+08:00", f"{number:064d}", chance.randint(1, 7))
            for number in range(12)
        ]
        seeds = {chance.randint(1, 7)}
        near = connected(filings, seeds)
        ids = {one.id for one in near}
        whole = settle(filings, events)
        part = settle(near, [one for one in events if one.filing in ids])
        assert part == {number: standing for number, standing in whole.items() if number in ids}
        parted += len(near) < len(filings)
    assert parted > 100
