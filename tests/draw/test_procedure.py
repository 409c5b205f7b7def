"""The order of the ceremony: what is refused, what is replayed, what a replacement may and may not touch."""

import json
import os
import subprocess
import sys
from itertools import pairwise
from pathlib import Path

import pytest

from engine import draw as vrd
from engine.draw import batches, eligibility, lfa, modes
from engine.draw.logchecks import flags
from engine.draw.refusal import DrawRefused

from . import instance
from .instance import at, codes, values

HOME = Path(__file__).resolve().parent.parent.parent


@pytest.fixture(scope="module")
def year():
    return instance.year()


@pytest.fixture(scope="module")
def fresh():
    return instance.year(replaced=False)


def refused(code, function, *parts, **named):
    with pytest.raises(DrawRefused) as raised:
        function(*parts, **named)
    assert raised.value.code == code, raised.value


def test_a_draw_on_anything_but_the_sealed_pool_is_refused(year):
    made, registers, *_ = year
    parts = {name: getattr(registers, name) for name in ("targets", "inspectors", "experts", "recusals", "salt_secret")}
    for name in ("targets", "inspectors", "experts", "recusals"):
        changed = vrd.Pool(**{**parts, name: parts[name][1:]})
        refused("roster_changed", vrd.draw, made, changed, values(), codes(1), at(10))
    edited = [dict(record) for record in registers.targets]
    edited[3]["name"] += "（新）"
    refused("roster_changed", vrd.draw, made, vrd.Pool(**{**parts, "targets": edited}), values(), codes(1), at(10))


def test_a_draw_with_the_wrong_numbers_or_codes_is_refused(year):
    made, registers, *_ = year
    good = values()

    def attempt(code, given=good, revealed=None, moment="2026-05-22T10:10:00+08:00"):
        refused(code, vrd.draw, made, registers, given, codes(1) if revealed is None else revealed, moment)

    attempt("missing_entropy_value", good[:3])
    attempt("repeated_entropy_value", [*good, good[0]])
    attempt("uncommitted_source", [*good, {**good[0], "source": "X"}])
    attempt("bad_entropy_value", [{**good[0], "values": [10**10]}, *good[1:]])
    attempt("bad_entropy_value", [{**good[0], "values": [1, 2]}, *good[1:]])
    attempt("bad_entropy_value", [{**good[0], "values": [True]}, *good[1:]])
    attempt("wrong_event", [{**good[0], "event": "OTHER"}, *good[1:]])
    attempt("entropy_before_commitment", [{**good[0], "at": "2026-05-20T08:59:59+08:00"}, *good[1:]])
    attempt("bad_time", [{**good[0], "at": "2026-05-22 10:00"}, *good[1:]])
    attempt("wrong_code", revealed=codes(2))
    attempt("wrong_code", revealed=codes(1)[::-1])
    attempt("wrong_number_of_codes", revealed=codes(1)[:1])
    attempt("bad_code_form", revealed=["x", "y"])
    attempt("code_before_entropy", moment=at(3))


def test_the_order_in_which_values_are_typed_does_not_matter(year):
    made, registers, drawn, *_ = year
    assert vrd.draw(made, registers, values()[::-1], codes(1), at(10)) == drawn


def test_a_commitment_that_could_not_be_drawn_is_refused():
    registers = instance.pool()
    four = vrd.onsite(["甲", "乙", "丙", "丁"], digits=10, time=instance.CEREMONY)
    chain = {"holder": "A", "anchor": "0" * 64, "n": 5}
    for code, change in (
        ("entropy_before_commitment", {"created_at": "2026-06-01T00:00:00+08:00"}),
        ("bad_time", {"created_at": "2026-05-20"}),
        ("bad_chains", {"chains": []}),
        ("bad_chains", {"chains": [chain, chain]}),
        ("bad_chains", {"chains": [{**chain, "n": 2}]}),
        ("bad_size", {"types": [{"type": "NOTARY_OFFICE", "size": 15}, {"type": "NOTARY", "size": 1}]}),
        ("bad_ratio", {"types": [{"type": "NOTARY_OFFICE", "ratio": [0, 1]}, {"type": "NOTARY", "size": 1}]}),
        ("bad_strata", {"types": [{"type": "NOTARY", "size": 1}]}),
        ("no_types", {"types": []}),
        ("team_too_small", {"types": [{"type": "NOTARY_OFFICE", "size": 1, "team": 1}, {"type": "NOTARY", "size": 1}]}),
        ("unknown_class", {"weights": {"credit": {"A": 1, "B": 1}}}),
        ("bad_weight_table", {"weights": {"credit": {"A": 0}}}),
        ("bad_rules", {"rules": {"inspectors": {"same_county": "maybe"}}}),
        ("bad_rules", {"rules": {"others": {}}}),
        ("bad_commit", {"mode": "dice"}),
        ("unknown_hash", {"profile": "md5"}),
        ("bad_source", {"entropy_block": {**four, "sources": [{**four["sources"][0], "bits_milli": 9}]}}),
    ):
        with pytest.raises(DrawRefused) as raised:
            instance.commit(registers, **change)
        assert raised.value.code == code, change
    refused("too_few_sources", vrd.onsite, ["甲", "乙"], digits=30, time=instance.CEREMONY)
    refused("entropy_too_weak", vrd.onsite, ["甲", "乙", "丙"], digits=6, time=instance.CEREMONY)
    refused("too_few_sources", vrd.onsite, ["甲", "甲", "甲", "甲"], digits=10, time=instance.CEREMONY)


LOTTERY = [
    {
        "id": "SSQ-RED",
        "kind": "numbers",
        "pick": 6,
        "of": 33,
        "operator": "福彩",
        "event": "2026058",
        "fallback": "next_issue",
    },
    {
        "id": "SSQ-BLUE",
        "kind": "numbers",
        "pick": 1,
        "of": 16,
        "operator": "福彩",
        "event": "2026058",
        "fallback": "next_issue",
    },
    {
        "id": "DLT-FRONT",
        "kind": "numbers",
        "pick": 5,
        "of": 35,
        "operator": "体彩",
        "event": "26057",
        "fallback": "next_issue",
    },
    {
        "id": "DLT-BACK",
        "kind": "numbers",
        "pick": 2,
        "of": 12,
        "operator": "体彩",
        "event": "26057",
        "fallback": "next_issue",
    },
    {"id": "P5", "kind": "number", "below": 10**5, "operator": "体彩", "event": "26130"},
    {"id": "DRAND", "kind": "hex", "bytes": 32, "operator": "drand", "event": "123", "fallback": "unavailable"},
    {"id": "NIST", "kind": "hex", "bytes": 64, "operator": "NIST", "event": "1", "reserve_for": "DRAND"},
]
DRAWN = [
    {"source": "SSQ-RED", "values": [31, 3, 7, 12, 18, 25], "event": "2026058"},
    {"source": "SSQ-BLUE", "values": [9], "event": "2026058"},
    {"source": "DLT-FRONT", "values": [1, 2, 3, 4, 35], "event": "26057"},
    {"source": "DLT-BACK", "values": [12, 1], "event": "26057"},
    {"source": "P5", "values": [42], "event": "26130"},
    {"source": "DRAND", "text": "AB" * 32, "event": "123"},
]


def public(change=(), drop=(), extra=()):
    registers = instance.pool()
    # A beacon may be given up after a day, so its round falls a day before the rest.
    sources = [{"time": instance.DAY_BEFORE if "bytes" in one else instance.CEREMONY, **one} for one in LOTTERY]
    made = instance.commit(registers, entropy_block=vrd.entropy_block("public", sources), weights={})
    given = [{"at": at(1), **value} for value in DRAWN if value["source"] not in drop] + [
        {"at": at(2), **one} for one in extra
    ]
    given = [{**value, **dict(change).get(value["source"], {})} for value in given]
    drawn = vrd.draw(made, registers, given, codes(1), at(10))
    return vrd.bundle_files(made, registers, drawn)


def test_public_events_make_the_entropy_string_of_rfc_3797():
    text = json.loads(public()["entropy.json"])["strings"]["draw"]
    assert text == "3.7.12.18.25.31./9./1.2.3.4.35./1.12./42./" + "ab" * 32 + "./"


def test_fall_backs_are_those_committed_and_never_a_choice():
    later = {"SSQ-RED": {"event": "2026059", "note": "第2026058期停开"}}
    assert public(later)
    for change in (
        {"SSQ-RED": {"event": "2026059"}},
        {"SSQ-RED": {"event": "2026057", "note": "x"}},
        {"SSQ-RED": {"event": "2026060", "note": "x"}},
        {"P5": {"event": "26131", "note": "x"}},
    ):
        refused("wrong_event", public, change)
    reserve = {"source": "NIST", "text": "cd" * 64, "event": "1"}
    gone = {"DRAND": {"text": "unavailable"}}
    text = json.loads(public(gone, extra=[reserve])["entropy.json"])["strings"]["draw"]
    assert text.endswith("./42./unavailable./" + "cd" * 64 + "./")
    refused("missing_entropy_value", public, gone)
    refused("reserve_not_called", public, extra=[reserve])
    refused("bad_entropy_value", public, {"SSQ-RED": {"values": [1, 1, 2, 3, 4, 5]}})
    refused("bad_entropy_value", public, {"DRAND": {"text": "ab"}})


def test_the_assignment_may_wait_for_a_later_event():
    registers = instance.pool()
    block = vrd.onsite(["甲", "乙", "丙", "丁"], digits=10, time=instance.CEREMONY)
    later = {"id": "BALLS", "kind": "number", "below": 10**6, "operator": "戊", "event": "ONSITE", "stage": "assign"}
    made = instance.commit(
        registers, entropy_block=vrd.entropy_block("onsite", [*block["sources"], {**later, "time": instance.CEREMONY}])
    )
    drawn = vrd.draw(made, registers, values(), codes(1), at(10))
    refused("missing_entropy_value", vrd.assign, made, registers, drawn, codes(2), at(20))
    teams = []
    for number in (1, 2):
        value = {"at": at(11), "event": "ONSITE", "source": "BALLS", "values": [number]}
        assigned = vrd.assign(made, registers, drawn, codes(2), at(20), values=[value])
        files = vrd.bundle_files(made, registers, drawn, assigned)
        teams.append(files["assign.json"])
        assert json.loads(files["entropy.json"])["strings"]["assign"].endswith(f"/{number}./")
    assert teams[0] != teams[1]


def test_a_single_chain_is_allowed():
    registers = instance.pool()
    chain = {"holder": "A", "anchor": vrd.new_chain(instance.SECRET_A, 9), "n": 9}
    made = instance.commit(registers, chains=[chain])
    assert vrd.draw(made, registers, values(), codes(1)[:1], at(10)).drawn


def test_the_same_inputs_give_the_same_bytes_in_other_processes_and_row_orders(year, tmp_path):
    expected = vrd.write_bundle(tmp_path / "own", *year, internal=True)
    program = (
        "import sys; sys.path.insert(0, sys.argv[1])\n"
        "import random\nfrom engine import draw as vrd\nfrom tests.draw import instance\n"
        "whole = instance.pool()\n"
        "def shuffled(*a, **k):\n"
        "    rows = {n: [dict(random.sample(list(r.items()), len(r))) for r in random.sample(list(getattr(whole, n)), "
        "len(getattr(whole, n)))] for n in ('targets', 'inspectors', 'experts', 'recusals')}\n"
        "    return vrd.Pool(salt_secret=whole.salt_secret, **rows)\n"
        "instance.pool = shuffled\n"
        "print(vrd.write_bundle(sys.argv[2], *instance.year(), internal=True))\n"
    )
    for seed in ("0", "1", "4711"):
        run = [sys.executable, "-c", program, str(HOME), str(tmp_path / seed)]
        done = subprocess.run(
            run, capture_output=True, text=True, check=True, env={**os.environ, "PYTHONHASHSEED": seed}
        )
        assert done.stdout.strip() == expected
        for path in (tmp_path / "own").iterdir():
            assert path.read_bytes() == (tmp_path / seed / path.name).read_bytes()


def test_verify_accepts_what_the_whole_procedure_made(year, tmp_path):
    for profile in ("sha256", "sm3"):
        made = year if profile == "sha256" else instance.year("sm3")
        root = vrd.write_bundle(tmp_path / profile, *made, internal=True, attachments={"verify.html": b"<html>"})
        report = vrd.verify(tmp_path / profile, root, made[1].targets, commitment=vrd.commitment(made[0]))
        assert report.ok, report.failed
        assert {check.status for check in report.checks} == {"pass", "skipped"}
        assert json.dumps(report.document())


def test_every_stage_of_the_procedure_can_be_published_and_read_back(year, tmp_path):
    made, registers, drawn, assigned, log = year
    before = log[: assigned.document["after"]]
    for parts in ((), (registers,), (registers, drawn, None, before), (registers, drawn, assigned, log)):
        root = vrd.write_bundle(tmp_path / "b", made, *parts, internal=True)
        report = vrd.verify(tmp_path / "b", root)
        assert report.ok, report.failed
        back = vrd.read_bundle(tmp_path / "b")
        assert vrd.bundle_files(back.commit, back.pool, back.drawn, back.assigned, back.log, internal=True) == (
            vrd.bundle_files(made, *parts, internal=True)
        )
    refused("no_commit", vrd.read_bundle, tmp_path)
    refused("bad_attachment_name", vrd.bundle_files, made, attachments={"draw.json": b""})
    assert not list((tmp_path / "b").glob(".*"))


def test_no_team_has_a_conflict_and_every_team_is_complete(year):
    made, registers, drawn, assigned, log = year
    state = vrd.current(made, drawn, assigned, log)
    county = {record["id"]: record.get("county") for record in (*registers.targets, *registers.inspectors)}
    barred = {(record["target"], record["person"]) for record in registers.recusals}
    kinds = {record["id"]: record["type"] for record in registers.targets}
    for teams in (assigned.teams, state.teams.values()):
        for team in teams:
            assert len(set(team["inspectors"])) == 2
            assert len(team["experts"]) == (kinds[team["target"]] == "NOTARY_OFFICE")
            for person in team["inspectors"]:
                assert county[person] != county[team["target"]]
                assert (team["target"], person) not in barred


def test_a_better_class_never_has_the_greater_chance(year):
    _, registers, drawn, *_ = year
    offices = [
        record for record in registers.targets if record["stratum" if "stratum" in record else "id"].endswith("420102")
    ]
    names = {record["id"] for record in offices if record["type"] == "NOTARY_OFFICE"}
    document = {"targets": [row for row in drawn.document["targets"] if row["id"] in names]}
    report = vrd.chances_by_class(document, registers.targets, "credit")
    ladder = [report[grade] for grade in "ABCD" if grade in report]
    assert len(ladder) >= 2
    assert all(better["most"] <= worse["least"] for better, worse in pairwise(ladder))
    assert sum(row["count"] for row in ladder) == len(names)


def test_the_lead_may_lead_and_is_drawn(year):
    _, registers, _, assigned, _ = year
    leaders = {record["id"] for record in registers.inspectors if record["may_lead"]}
    for team in assigned.teams:
        able = leaders.intersection(team["inspectors"])
        assert (team["lead"] in able) if able else team["lead"] is None


def test_a_replacement_touches_only_the_vacated_places(year):
    made, _, drawn, assigned, log = year
    gone, other = log[2]["person"], (log[3]["target"], log[3]["person"])
    closed = log[4]["target"]
    before = {team["target"]: team for team in assigned.teams}
    after = vrd.current(made, drawn, assigned, log).teams
    assert closed in before
    assert closed not in after
    for target, team in before.items():
        if target == closed:
            continue
        kept = [name for name in team["inspectors"] if name != gone and (target, name) != other]
        assert set(kept) <= set(after[target]["inspectors"])
        if len(kept) == len(team["inspectors"]):
            assert after[target] == team
    assert gone not in {name for team in after.values() for name in team["inspectors"]}
    assert other[1] not in after[other[0]]["inspectors"]


def test_an_alternate_follows_in_the_published_order(fresh):
    made, registers, drawn, _, _ = fresh
    rows = {row["id"]: row for row in drawn.document["targets"]}
    old = drawn.drawn[0]
    stratum = rows[old]["stratum"]
    log = ()
    expected = drawn.alternates[stratum]
    for number, new in enumerate(expected[:3]):
        log = vrd.vacancy(
            made, log, at=at(11 + number), fact="before_freeze", reason="deregistered", approver="张", target=old
        )
        log = vrd.replace(made, registers, drawn, None, log, at=at(11 + number))
        assert log[-1]["targets"] == [{"new": new, "old": old}]
        old = new


def test_a_stratum_without_reserve_shrinks_and_says_so():
    registers = instance.pool(offices=3, notaries=2)
    types = [{"type": "NOTARY_OFFICE", "ratio": [1, 1]}, {"type": "NOTARY", "ratio": [1, 1]}]
    made = instance.commit(registers, types=types)
    drawn = vrd.draw(made, registers, values(), codes(1), at(10))
    assert len(drawn.drawn) == 5
    log = vrd.vacancy(made, (), at=at(11), fact="before_freeze", reason="closed", approver="张", target="OFF-001")
    log = vrd.replace(made, registers, drawn, None, log, at=at(12))
    assert log[-1]["targets"] == [{"new": None, "old": "OFF-001"}]
    assigned = vrd.assign(made, registers, drawn, codes(2), at(20), log=log)
    assert len(assigned.teams) == 4


def test_the_log_refuses_what_the_procedure_forbids(fresh):
    made, registers, drawn, assigned, _ = fresh
    refused("bad_vacancy", vrd.vacancy, made, (), at=at(30), fact="after_draw", reason="ill", approver="李")
    refused("bad_vacancy", vrd.vacancy, made, (), at=at(30), fact="maybe", reason="ill", approver="李", person="INS-01")
    refused("no_open_vacancy", vrd.replace, made, registers, drawn, assigned, (), at=at(30))
    person = assigned.teams[0]["inspectors"][0]
    log = vrd.vacancy(made, (), at=at(30), fact="after_draw", reason="ill", approver="李", person=person)
    refused("code_needed", vrd.replace, made, registers, drawn, assigned, log, at=at(31))
    refused("wrong_code", vrd.replace, made, registers, drawn, assigned, log, at=at(31), revealed=codes(2))
    refused("code_before_vacancy", vrd.replace, made, registers, drawn, assigned, log, at=at(29), revealed=codes(3))
    refused("open_vacancy", vrd.assign, made, registers, drawn, codes(2), at(40), log=log)
    refused("log_runs_backwards", vrd.note, made, log, at=at(29), approver="x", text="y")
    same = vrd.vacancy(made, (), at=at(30), fact="before_freeze", reason="unqualified", approver="李", person=person)
    refused("code_not_needed", vrd.replace, made, registers, drawn, assigned, same, at=at(31), revealed=codes(3))
    done = vrd.replace(made, registers, drawn, assigned, same, at=at(31))
    assert done[-1]["index"] is None
    void = vrd.void(made, done, at=at(32), reason="全部重抽", approver="张", successor="00" * 32)
    refused("draw_is_void", vrd.note, made, void, at=at(33), approver="x", text="y")
    refused("draw_is_void", vrd.assign, made, registers, drawn, codes(2), at(40), log=void)


def test_a_void_draw_stays_visible(fresh, tmp_path):
    made, registers, drawn, assigned, _ = fresh
    log = vrd.void(made, (), at=at(32), reason="全部重抽", approver="张", successor="00" * 32)
    vrd.write_bundle(tmp_path, made, registers, drawn, assigned, log)
    report = vrd.verify(tmp_path)
    assert report.ok
    assert report.void
    again = instance.commit(registers, supersedes={"commitment": vrd.commitment(made), "draw": "P01-D1"})
    vrd.write_bundle(tmp_path / "next", again)
    shown = {check.name: check.found for check in vrd.verify(tmp_path / "next").checks}
    assert shown["commit.supersedes"] == f"follows the void draw P01-D1, commitment {vrd.commitment(made)}"


def test_replacements_use_one_code_each(fresh, tmp_path):
    made, registers, drawn, assigned, log = fresh
    for number in range(3):
        team = vrd.current(made, drawn, assigned, log).teams[assigned.teams[0]["target"]]
        log = vrd.vacancy(
            made, log, at=at(30 + number), fact="after_draw", reason="conflict", approver=f"李{number}",
            target=team["target"], person=team["inspectors"][0],
        )  # fmt: skip
        log = vrd.replace(made, registers, drawn, assigned, log, at=at(30 + number), revealed=codes(3 + number))
        assert log[-1]["index"] == 3 + number
    vrd.write_bundle(tmp_path, made, registers, drawn, assigned, log, internal=True)
    report = vrd.verify(tmp_path)
    assert report.failed in ([], ["log.flags"])


def test_too_few_people_give_a_certificate_before_any_code_falls(fresh):
    registers = instance.pool(people=2)
    made = instance.commit(registers)
    drawn = vrd.draw(made, registers, values(), codes(1), at(10))
    stuck = vrd.feasibility(made, registers, drawn)
    assert isinstance(stuck, lfa.Certificate)
    assert stuck.demand > stuck.supply
    assert vrd.assign(made, registers, drawn, codes(2), at(20)) == stuck
    made, registers, drawn, assigned, _ = fresh
    assert vrd.feasibility(made, registers, drawn) is None
    log = ()
    for record in registers.inspectors[:7]:
        log = vrd.vacancy(made, log, at=at(30), fact="after_draw", reason="ill", approver="李", person=record["id"])
    assert isinstance(vrd.replace(made, registers, drawn, assigned, log, at=at(31)), lfa.Certificate)


def test_an_approved_direct_assignment_fills_a_vacancy_nobody_else_can(tmp_path):
    registers = instance.pool(offices=3, notaries=1, people=4)
    types = [{"type": "NOTARY_OFFICE", "size": 1}, {"type": "NOTARY", "size": 1}]
    made = instance.commit(registers, types=types, weights={})
    drawn = vrd.draw(made, registers, values(), codes(1), at(10))
    assigned = vrd.assign(made, registers, drawn, codes(2), at(20))
    county = {record["id"]: record.get("county") for record in (*registers.targets, *registers.inspectors)}
    barred = {(record["target"], record["person"]) for record in registers.recusals}
    target, local = next(
        (team["target"], name) for team in assigned.teams for name in county
        if name.startswith("INS") and county[name] == county[team["target"]] and (team["target"], name) not in barred
    )  # fmt: skip
    team = next(team for team in assigned.teams if team["target"] == target)
    able = [name for name in county if name.startswith("INS") and name not in (local, team["inspectors"][0])]
    log = ()
    for name in able:
        log = vrd.vacancy(
            made, log, at=at(21), fact="after_draw", reason="conflict", approver=f"张{name}", target=target, person=name
        )
    stuck = vrd.replace(made, registers, drawn, assigned, log, at=at(22))
    assert isinstance(stuck, lfa.Certificate)
    direct = [{"approver": "局长", "basis": "批〔2026〕2号", "person": local, "target": target}]
    log = vrd.replace(made, registers, drawn, assigned, log, at=at(22), revealed=codes(3), direct=direct)
    assert local in vrd.current(made, drawn, assigned, log).teams[target]["inspectors"]
    vrd.write_bundle(
        tmp_path,
        made,
        registers,
        drawn,
        assigned,
        vrd.note(made, log, at=at(23), approver="监督", text="x"),
        internal=True,
    )
    report = vrd.verify(tmp_path)
    assert report.ok, report.failed
    gone = [{**direct[0], "person": able[0]}]
    refused(
        "direct_not_allowed",
        vrd.replace,
        made,
        registers,
        drawn,
        assigned,
        log[:-1],
        at=at(22),
        revealed=codes(3),
        direct=gone,
    )


def test_an_approved_direct_assignment_overrules_the_county_and_nothing_else(fresh, tmp_path):
    made, registers, drawn, _, _ = fresh
    county = {record["id"]: record.get("county") for record in (*registers.targets, *registers.inspectors)}
    barred = {(record["target"], record["person"]) for record in registers.recusals}
    pair = next(
        (target, person["id"]) for target in drawn.drawn for person in registers.inspectors
        if county[target] == county[person["id"]] and (target, person["id"]) not in barred
    )  # fmt: skip
    direct = [{"approver": "局长", "basis": "批〔2026〕1号", "person": pair[1], "target": pair[0]}]
    assigned = vrd.assign(made, registers, drawn, codes(2), at(20), direct=direct)
    team = next(team for team in assigned.teams if team["target"] == pair[0])
    assert pair[1] in team["inspectors"]
    vrd.write_bundle(tmp_path, made, registers, drawn, assigned, internal=True)
    assert vrd.verify(tmp_path).ok
    late = [{"approver": "张", "at": at(12), "person": pair[1], "reason": "kinship", "target": pair[0]}]
    refused("direct_not_allowed", vrd.assign, made, registers, drawn, codes(2), at(20), direct=direct, late=late)
    refused(
        "bad_forced_pair", vrd.assign, made, registers, drawn, codes(2), at(20), direct=[{**direct[0], "approver": ""}]
    )


def test_a_recusal_after_the_draw_counts_and_is_counted(fresh, tmp_path):
    made, registers, drawn, assigned, _ = fresh
    team = assigned.teams[0]
    late = [
        {"approver": "张", "at": at(12), "person": team["inspectors"][0], "reason": "kinship", "target": team["target"]}
    ]
    again = vrd.assign(made, registers, drawn, codes(2), at(20), late=late)
    assert team["inspectors"][0] not in again.teams[0]["inspectors"]
    assert again.eligibility["late"]["count"] == 1
    vrd.write_bundle(tmp_path, made, registers, drawn, again, internal=True)
    assert vrd.verify(tmp_path).ok
    refused(
        "late_recusal_unsigned",
        vrd.assign,
        made,
        registers,
        drawn,
        codes(2),
        at(20),
        late=[{**late[0], "approver": ""}],
    )


def test_flags_are_raised_and_answered_by_a_note(fresh, tmp_path):
    made, registers, drawn, assigned, _ = fresh
    log = ()
    for target in drawn.drawn[:4]:
        log = vrd.vacancy(made, log, at=at(30), fact="after_draw", reason="closed", approver="李", target=target)
    log = vrd.replace(made, registers, drawn, assigned, log, at=at(31), revealed=codes(3))
    raised = flags(drawn.document, assigned.eligibility, assigned.document, log)
    assert raised[0] == "approver:李:4"
    assert any(flag.startswith("targets:4/") for flag in raised)
    vrd.write_bundle(tmp_path, made, registers, drawn, assigned, log)
    assert vrd.verify(tmp_path).failed == ["log.flags"]
    log = vrd.note(made, log, at=at(32), approver="监督", text="情况属实")
    vrd.write_bundle(tmp_path, made, registers, drawn, assigned, log)
    assert vrd.verify(tmp_path).ok


def test_the_ceremony_mode_draws_the_number_of_an_assignment_with_balls(tmp_path):
    registers = instance.pool()
    made = instance.commit(registers, mode="ceremony")
    drawn = vrd.draw(made, registers, values(), codes(1), at(10))
    refused("bad_choice", vrd.assign, made, registers, drawn, codes(2), at(20), choice={"balls": [0, 0, 0]})
    prepared = vrd.assign(made, registers, drawn, codes(2), at(20))
    assert prepared.document is None
    assert prepared.teams == []
    assert len(prepared.tables["tables"]) == 1000
    vrd.write_bundle(tmp_path, made, registers, drawn, prepared, internal=True)
    published = (tmp_path / "ceremony.json").read_bytes()
    assert vrd.verify(tmp_path).ok
    assert not (tmp_path / "assign.json").exists()
    back = vrd.read_bundle(tmp_path)
    refused("balls_before_tables", vrd.choose, made, registers, prepared, [0, 4, 2], at(19))
    refused("bad_balls", vrd.choose, made, registers, prepared, [0, 4, 10], at(21))
    away = vrd.vacancy(made, (), at=at(22), fact="after_draw", reason="ill", approver="李", person="INS-01")
    refused("balls_not_drawn", vrd.replace, made, registers, drawn, prepared, away, at=at(22), revealed=codes(3))
    results = set()
    for balls in ([0, 0, 0], [0, 4, 2], [9, 9, 9]):
        assigned = vrd.choose(made, registers, back.assigned, balls, at(21))
        results.add(str(assigned.teams))
        vrd.write_bundle(tmp_path, made, registers, drawn, assigned, internal=True)
        assert vrd.verify(tmp_path).ok
        assert (tmp_path / "ceremony.json").read_bytes() == published
    assert len(results) == 3
    refused("bad_choice", vrd.choose, made, registers, assigned, [0, 0, 1], at(22))
    log = vrd.vacancy(
        made, (), at=at(22), fact="after_draw", reason="ill", approver="李", person=assigned.teams[0]["inspectors"][0]
    )
    log = vrd.replace(made, registers, drawn, assigned, log, at=at(23), revealed=codes(3))
    vrd.write_bundle(tmp_path, made, registers, drawn, assigned, log, internal=True)
    report = vrd.verify(tmp_path)
    assert report.failed in ([], ["log.flags"])


def test_the_bounded_mode_rounds_published_marginals(tmp_path):
    registers = instance.pool()
    made = instance.commit(registers, mode="bounded")
    drawn = vrd.draw(made, registers, values(), codes(1), at(10))
    allowed = {target: _allowed(registers, target) for target in drawn.drawn}
    base = {record["id"]: record["load"] for record in registers.inspectors}
    shares = modes.marginals(dict.fromkeys(allowed, 2), allowed, base, dict.fromkeys(base), 1000)
    rows: dict = {}
    for (target, person), share in shares.items():
        rows.setdefault(target, {})[person] = share
    choice = {"denominator": 1000, "rows": [{"shares": row, "target": target} for target, row in sorted(rows.items())]}
    assigned = vrd.assign(made, registers, drawn, codes(2), at(20), choice=choice)
    assert all(len(team["inspectors"]) == 2 for team in assigned.teams)
    vrd.write_bundle(tmp_path, made, registers, drawn, assigned, internal=True)
    assert vrd.verify(tmp_path).ok


def _allowed(registers, target):
    county = next(record["county"] for record in registers.targets if record["id"] == target)
    barred = {record["person"] for record in registers.recusals if record["target"] == target}
    return [
        record["id"] for record in registers.inspectors if record["county"] != county and record["id"] not in barred
    ]


def test_four_quarters_cover_a_city_and_nobody_is_safe_in_between():
    targets = [{"county": "421202", "id": f"T-{k:02d}", "type": "T"} for k in range(23)]
    visits, second = {}, 0
    for left in (4, 3, 2, 1):
        batch = batches.quarter(targets, visits, quarters_left=left)
        registers = vrd.Pool(targets=batch.targets, salt_secret=instance.SALTS)
        made = instance.commit(registers, types=batch.types, weights={})
        drawn = vrd.draw(made, registers, values(left), codes(1), at(10)).drawn
        second += sum(name in visits for name in drawn)
        for name in drawn:
            visits[name] = visits.get(name, 0) + 1
    assert set(visits) == {target["id"] for target in targets}
    assert max(visits.values()) <= 2
    assert second == 3
    refused("bad_quarter", batches.quarter_size, 3, 0)


def test_a_certificate_of_exactly_the_window_is_valid_and_nobody_without_a_county_shares_one():
    rules = {
        **eligibility.DEFAULT_RULES,
        "same_county": "exclude",
        "window": {"from": "2026-05-26", "to": "2026-10-31"},
    }
    target = {"id": "T-1", "type": "01", "needs": []}

    def allowed(**given):
        person = {"id": "P-1", "quals": [], **given}
        return eligibility.decide("inspectors", rules, [target], [person], []).allowed("T-1")

    assert list(allowed(valid_from="2026-05-26", valid_to="2026-10-31")) == ["P-1"]
    assert list(allowed(valid_to="2026-10-30")) == []
    assert list(allowed(valid_from="2026-05-27")) == []
    assert list(allowed(county="")) == ["P-1"]
