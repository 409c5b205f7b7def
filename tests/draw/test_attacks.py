"""An office that wants a favourite spared or a rival visited: whatever it tries is refused, or every verifier shows it.

Each forger here is careful: he rewrites both sums files, so that only what the protocol binds gives him away.
"""

import json
import subprocess

import pytest

from engine import drand
from engine import draw as vrd
from engine.draw import beacon, bundle, canonical, entropy
from engine.draw.hashing import SHA256, SM3
from engine.draw.refusal import DrawRefused
from tests.crosscheck import browser, perl

from . import bundles, instance
from .bundles import DEFAULT, QUICKNET, later
from .instance import at, codes


def refused(code, function, *parts, **named):
    with pytest.raises(DrawRefused) as raised:
        function(*parts, **named)
    assert raised.value.code == code, raised.value


def resealed(files):
    bare = {name: data for name, data in files.items() if name not in ("SHA256SUMS", "SM3SUMS")}
    bare["SM3SUMS"] = bundle.sums(bare, SM3.digest)
    bare["SHA256SUMS"] = bundle.sums(bare, SHA256.digest)
    return bare


def rewritten(files, name, change):
    """Return the bundle with `change` done to one document, all sums rewritten."""
    value = json.loads(files[name])
    change(value)
    return resealed({**files, name: canonical.encode(value) + b"\n"})


def patched(files, name, old, new):
    assert old in files[name], (name, old)
    return resealed({**files, name: files[name].replace(old, new, 1)})


def written(folder, files):
    folder.mkdir()
    for name, data in files.items():
        (folder / name).write_bytes(data)
    return folder


def text_with(files, change):
    """Return the bundle with a changed value and the entropy string that goes with it."""

    def both(value):
        change({one["source"]: one for one in value["values"]})
        commit = json.loads(files["commit.json"])
        parts = []
        for source in commit["entropy"]["sources"]:
            given = next((one for one in value["values"] if one["source"] == source["id"]), None)
            if given is not None:
                text = "unavailable." if given.get("text") == "unavailable" else ""
                text = text or "".join(f"{n}." for n in sorted(given.get("values", ()))) or f"{given['text']}."
                parts.append(f"{text}/")
        value["strings"] = {"assign": "".join(parts), "draw": "".join(parts)}

    return rewritten(files, "entropy.json", both)


@pytest.fixture(scope="module")
def every():
    return bundles.every()


# ---- forged bundles before all three verifiers -----------------------------------------------------------------------


def forgeries(every):
    """Return label -> (files, the check that must fail, whether Perl looks at this too)."""
    year, public, lost, tables, bounded = (
        {name: data for name, data in every[kind].items() if name != "internal.json"}
        for kind in ("sha256", "quicknet", "lost beacon", "ceremony sha256", "bounded sha256")
    )
    value = lambda number: lambda given: given["WITNESS-1"].update(values=[number])  # noqa: E731
    first = json.loads(year["rosters.json"])["targets"][0]["id"].encode()
    other = json.loads(public["entropy.json"])
    return {
        "a witness's number, forged": (text_with(year, value(7)), "code.draw", True),
        "another signature of the same length": (
            rewritten(public, "entropy.json", lambda v: v["values"][3].update(signature="0" * 96)), "entropy.string", True,
        ),
        "a round of the beacon that was not committed": (
            rewritten(public, "entropy.json", lambda v: v["values"][3].update(event="657412")), "entropy.string", False,
        ),
        "a past round under a future time": (
            rewritten(public, "commit.json", lambda v: v["entropy"]["sources"][3].update(event="657412")), "commit.form", True,
        ),
        "the issue after the next": (
            rewritten(public, "entropy.json", lambda v: v["values"][0].update(event="2023109", note="停开")),
            "entropy.string", False,
        ),
        "the next issue without a reason": (
            rewritten(public, "entropy.json", lambda v: v["values"][0].update(event="2023108")), "entropy.string", False,
        ),
        "a number before its event": (
            rewritten(public, "entropy.json", lambda v: v["values"][0].update(at="2023-09-15T18:59:59+08:00")),
            "entropy.string", False,
        ),
        "a beacon given up within the day": (
            rewritten(lost, "entropy.json", lambda v: v["values"][3].update(at="2023-09-16T19:00:02+08:00")),
            "entropy.string", False,
        ),
        "a reserve called without need": (
            rewritten(public, "entropy.json", lambda v: v["values"].append(
                {"at": other["values"][0]["at"], "event": "ONSITE", "source": "SPARE", "values": [1]})),
            "entropy.string", False,
        ),
        "one witness counted twice by a blank": (
            rewritten(year, "commit.json", lambda v: [
                s.update(operator=name) for s, name in zip(v["entropy"]["sources"], ("甲", "甲 ", " 甲", "乙"), strict=True)]),
            "commit.form", True,
        ),
        "a witness without a name": (
            rewritten(year, "commit.json", lambda v: v["entropy"]["sources"][0].update(operator=" ")), "commit.form", True,
        ),
        "supersedes something else": (
            rewritten(year, "commit.json", lambda v: v.update(supersedes={"root": "0" * 64, "commitment": "0" * 64})),
            "commit.form", True,
        ),
        "a target's id in look-alike letters": (
            patched(year, "rosters.json", b'"id":"' + first, '"id":"Ν'.encode() + first[1:]), "seal.targets", True,
        ),
        "a target twice": (
            rewritten(year, "rosters.json", lambda v: v["targets"].insert(1, v["targets"][0])), "seal.targets", True,
        ),
        "a key twice": (patched(year, "draw.json", b'"index":1', b'"index":1,"index":1'), "form.draw.json", True),
        "a float": (patched(year, "draw.json", b'"index":1', b'"index":1.0'), "form.draw.json", True),
        "an exponent": (patched(year, "draw.json", b'"index":1', b'"index":1e0'), "form.draw.json", True),
        "not a number": (patched(year, "draw.json", b'"index":1', b'"index":NaN'), "form.draw.json", True),
        "beyond 2^53": (patched(year, "draw.json", b'"index":1', b'"index":9007199254740993'), "form.draw.json", True),
        "a hundred thousand digits": (
            patched(year, "draw.json", b'"index":1', b'"index":' + b"9" * 100_000), "form.draw.json", True,
        ),
        "minus nought": (patched(year, "draw.json", b'"index":1', b'"index":-0'), "form.draw.json", True),
        "an escape where none is needed": (patched(year, "draw.json", b'"vrd1"', b'"\\u0076rd1"'), "form.draw.json", True),
        "a byte order mark": (resealed({**year, "draw.json": b"\xef\xbb\xbf" + year["draw.json"]}), "form.draw.json", True),
        "an invisible character in a name": (
            patched(year, "rosters.json", "公证处".encode(), "公\u200b证处".encode()), "form.rosters.json", True,
        ),
        "a poisoned prototype": (
            patched(year, "draw.json", b'{"commitment"', b'{"__proto__":{"ok":1},"commitment"'), "draw.rest", False,
        ),
        "a file outside the folder": (
            {**year, "SHA256SUMS": b"0" * 64 + b"  ../commit.json\n" + year["SHA256SUMS"]}, "files.listed", True,
        ),
        "a file under an absolute path": (
            {**year, "SHA256SUMS": b"0" * 64 + b"  /etc/hostname\n" + year["SHA256SUMS"]}, "files.listed", True,
        ),
        "a file listed twice": ({**year, "SHA256SUMS": year["SHA256SUMS"] * 2}, "form.SHA256SUMS", False),
        "an unlisted file": ({**year, "draw.json.bak": year["draw.json"]}, "files.listed", True),
        "a verifier that always agrees": (
            {**resealed({**year, "verify.html": b"<p>ok</p>"}), "verify.html": b"<p>OK</p>"}, "file.verify.html", True,
        ),
        "tables of a ceremony taken away": (
            resealed({name: data for name, data in tables.items() if name != "ceremony.json"}), "assign.tables", False,
        ),
        "tables in a draw without a ceremony": (
            resealed({**year, "ceremony.json": tables["ceremony.json"]}), "assign.tables", False,
        ),
        "another table chosen than the balls say": (
            rewritten(tables, "assign.json", lambda v: v["choice"].update(balls=[0, 4, 3])), "assign.tables", True,
        ),
        "the chosen table rewritten": (
            rewritten(tables, "ceremony.json", lambda v: v["tables"].__setitem__(42, v["tables"][41])), "assign.tables", True,
        ),
        "a table that was not chosen, with a team too small": (
            rewritten(tables, "ceremony.json", lambda v: v["tables"][7].__setitem__(0, "INS-01/")), "assign.tables", True,
        ),
        "999 tables": (rewritten(tables, "ceremony.json", lambda v: v["tables"].pop()), "assign.tables", True),
        "balls older than the tables": (
            rewritten(tables, "assign.json", lambda v: v["choice"].update(at=at(19))), "assign.tables", False,
        ),
        "probabilities changed after the code": (
            rewritten(bounded, vrd.SHARES, lambda v: v["rows"][0]["shares"].popitem()), "assign.shares", True,
        ),
        "probabilities beside an ordinary draw": (
            resealed({**year, vrd.SHARES: bounded[vrd.SHARES]}), "assign.shares", False,
        ),
        "a vacancy in a draw that was never made": (
            resealed({**every["given up"], "replacements.jsonl": every["given up"]["replacements.jsonl"] * 2}), "log.order", True,
        ),
        "a given-up draw that drops its void line": (
            resealed({**every["given up"], "replacements.jsonl": b""}), "log.order", False,
        ),
    }  # fmt: skip


def test_every_forgery_is_named_by_python_and_the_page_and_seen_by_perl(every, tmp_path):
    cases = forgeries(every)
    base = cases["a witness's number, forged"][0]
    pages = browser.reports([{**dict.fromkeys(base), **files} for files, _, _ in cases.values()], base, None)
    for number, ((label, (files, check, in_perl)), page) in enumerate(zip(cases.items(), pages, strict=True)):
        folder = written(tmp_path / str(number), files)
        ours = {one.name: one.status for one in vrd.verify(folder).checks}
        assert ours[check] == "fail", (label, ours)
        assert page[check] == "fail", (label, page)
        assert page == ours, (label, {name for name in {*page, *ours} if page.get(name) != ours.get(name)})
        if in_perl:
            told = subprocess.run(perl.command("verify.pl", str(folder)), check=False, capture_output=True)
            assert told.returncode or json.loads(told.stdout)["wrong"], label


def test_every_honest_bundle_stands_before_all_three(every, tmp_path):
    public = [{name: data for name, data in files.items() if name != "internal.json"} for files in every.values()]
    base = public[0]
    pages = browser.reports([{**dict.fromkeys(base), **files} for files in public], base, None)
    for number, (label, files, page) in enumerate(zip(every, public, pages, strict=True)):
        folder = written(tmp_path / str(number), files)
        ours = {one.name: one.status for one in vrd.verify(folder).checks}
        assert "fail" not in ours.values(), (label, ours)
        assert page == ours, label
        told = json.loads(
            subprocess.run(perl.command("verify.pl", str(folder)), check=True, capture_output=True).stdout
        )
        assert told["wrong"] == [], label


def test_a_link_or_a_folder_in_a_bundle_is_reported_and_not_followed(every, tmp_path):
    folder = written(tmp_path / "b", {name: data for name, data in every["drawn"].items() if name != "draw.json"})
    (tmp_path / "elsewhere").write_bytes(every["drawn"]["draw.json"])
    (folder / "draw.json").symlink_to(tmp_path / "elsewhere")
    report = vrd.verify(folder)
    assert {"files.stages"} <= set(report.failed)
    assert json.loads(subprocess.run(perl.command("verify.pl", str(folder)), check=False, capture_output=True).stdout)[
        "wrong"
    ]


def test_two_attachments_that_one_disk_cannot_hold_are_refused():
    made = instance.commit(instance.pool())
    for names in (
        ("a.txt", "A.txt"),
        ("Draw.json", "x"),
        ("sha256sums", "x"),
        ("../x", "x"),
        (".x", "x"),
        ("a/b", "x"),
    ):
        refused("bad_attachment_name", vrd.bundle_files, made, attachments=dict.fromkeys(names, b""))


# ---- numbers, codes, rosters -----------------------------------------------------------------------------------------


def test_look_alike_and_repeated_ids_cannot_be_frozen():
    pool = instance.pool()
    targets = [dict(record) for record in pool.targets]
    for name in ("OFF-００１", "ОFF-001", "OFF-001 ", "off-001", "OFF/001", "OFF-001\u200b", "", None, 7):
        changed = [{**targets[0], "id": name}, *targets[1:]]
        with pytest.raises(DrawRefused) as raised:
            instance.commit(vrd.Pool(targets=changed, inspectors=pool.inspectors, salt_secret=instance.SALTS))
        assert raised.value.code == "bad_id"
    twice = vrd.Pool(targets=[*targets, targets[0]], inspectors=pool.inspectors, salt_secret=instance.SALTS)
    refused("duplicate_id", instance.commit, twice)


def test_a_look_alike_in_the_published_roster_excuses_nobody(every, tmp_path):
    folder = written(tmp_path / "b", every["drawn"])
    names = [row["id"] for row in json.loads(every["drawn"]["rosters.json"])["targets"]]
    assert vrd.verify(folder, roster=[{"id": name} for name in names]).ok
    for roster in (
        [{"id": name} for name in (*names[1:], names[0].replace("O", "О"))],
        [*({"id": name} for name in names), {"id": "OFF-777"}, {"id": "OFF-777", "excluded": "停业"}],
    ):
        assert vrd.verify(folder, roster=roster).failed == ["rosters.published"]
    files = {name: base for name, base in every["drawn"].items() if name != "internal.json"}
    doubled = [*({"id": name} for name in names), {"id": names[0]}]
    script = (
        "const unpack = (files) => Object.fromEntries(Object.entries(files).map(([n, t]) => [n, t]));"
        "const work = (task) => window.verifyBundle(unpack(task.files), { roster: task.roster })"
        ".checks.find((one) => one.name === 'rosters.published').status;"
    )
    tasks = [{"files": {n: d.decode() for n, d in files.items()}, "roster": rows} for rows in (doubled, doubled[:-1])]
    assert browser.run(script, tasks) == ["fail", "pass"]


def test_no_number_may_fall_before_the_commitment_or_before_its_event():
    block = vrd.entropy_block("public", bundles.sources())
    for created in ("2023-09-15T19:00:01+08:00", "2023-09-16T00:00:00+08:00"):
        refused("entropy_before_commitment", entropy.check_block, block, created)
    early = {"at": "2023-09-15T18:59:59+08:00"}
    refused("entropy_before_event", bundles.public, RED=early)
    refused("entropy_before_event", bundles.public, DRAND=early)
    refused("unavailable_too_early", bundles.public, None, DRAND={"at": "2023-09-16T19:00:02+08:00"})


def test_a_code_is_used_once_and_for_its_own_step():
    made, pool, drawn, assigned, _ = instance.year(replaced=False)
    person = assigned.teams[0]["inspectors"][0]
    log = vrd.vacancy(made, (), at=at(30), fact="after_draw", reason="ill", approver="李", person=person)
    for index in (1, 2, 4):
        refused("wrong_code", vrd.replace, made, pool, drawn, assigned, log, at=at(31), revealed=codes(index))
    log = vrd.replace(made, pool, drawn, assigned, log, at=at(31), revealed=codes(3))
    team = vrd.current(made, drawn, assigned, log).teams[assigned.teams[0]["target"]]
    log = vrd.vacancy(
        made, log, at=at(32), fact="after_draw", reason="ill", approver="李", target=team["target"],
        person=team["inspectors"][0],
    )  # fmt: skip
    refused("wrong_code", vrd.replace, made, pool, drawn, assigned, log, at=at(33), revealed=codes(3))


def test_shopping_for_a_substitute_raises_a_flag_that_stays():
    made, pool, drawn, assigned, log = instance.year(replaced=False)
    target = assigned.teams[0]["target"]
    for number in range(4):
        person = vrd.current(made, drawn, assigned, log).teams[target]["inspectors"][0]
        log = vrd.vacancy(
            made, log, at=at(30 + number), fact="after_draw", reason="因故", approver="李", target=target, person=person
        )
        log = vrd.replace(made, pool, drawn, assigned, log, at=at(30 + number), revealed=codes(3 + number))
        if isinstance(log, vrd.Certificate):
            raise AssertionError(log)
    raised = vrd.flags(drawn.document, assigned.eligibility, assigned.document, log)
    assert "approver:李:4" in raised


def test_a_draw_made_again_names_the_void_one_before_every_verifier(every, tmp_path):
    report = vrd.verify(written(tmp_path / "b", every["second"]))
    shown = next(check.found for check in report.checks if check.name == "commit.supersedes")
    assert "P01-D1" in shown
    void = vrd.verify(written(tmp_path / "v", every["given up"]))
    assert void.void
    assert "号码抄错" in next(check.found for check in void.checks if check.name == "log.void")


# ---- drand -----------------------------------------------------------------------------------------------------------


def signed(folder, check=drand.is_signed):
    report = vrd.verify(folder, is_signed=check)
    return next((one.status, one.found) for one in report.checks if one.name == "entropy.beacon")


def test_the_signatures_of_both_networks_are_checked_offline(every, tmp_path):
    for kind, round_ in (("quicknet", QUICKNET), ("default", DEFAULT)):
        folder = written(tmp_path / kind, every[kind])
        assert signed(folder) == ("pass", f"['DRAND {round_['event']}']")
        assert signed(folder, None)[0] == "skipped"
        assert signed(folder, lambda *_: False)[0] == "fail"
    assert signed(written(tmp_path / "lost", every["lost beacon"]))[0] == "skipped"
    assert signed(written(tmp_path / "onsite", every["sha256"]))[0] == "skipped"


def test_only_the_networks_own_signature_of_that_very_round_is_one():
    for chain, round_ in ((beacon.QUICKNET, QUICKNET), (beacon.DEFAULT, DEFAULT)):
        source, key = {"chain": chain.hash, "event": round_["event"]}, bytes.fromhex(chain.public_key)
        signature, message = bytes.fromhex(round_["signature"]), beacon.message(source, round_)
        assert drand.is_signed(chain.scheme, key, message, signature)
        assert beacon.moment_of(chain, int(round_["event"])) == canonical.instant(round_["time"])
        next_round = beacon.message({**source, "event": str(int(round_["event"]) + 1)}, round_)
        infinity = b"\xc0" + bytes(len(signature) - 1)
        for wrong in (
            (chain.scheme, key, next_round, signature),
            (chain.scheme, key, message, signature[:-1] + b"\0"),
            (chain.scheme, key, message, bytes(len(signature))),
            (chain.scheme, key, message, infinity),
            (chain.scheme, b"\xc0" + bytes(len(key) - 1), message, infinity),
            (chain.scheme, key, message, b""),
        ):
            assert not drand.is_signed(*wrong)


def test_without_the_extra_there_is_no_checker(monkeypatch):
    assert drand.checker() is drand.is_signed
    monkeypatch.setattr(drand, "find_spec", lambda name: None)
    assert drand.checker() is None


def test_a_drand_source_that_is_not_what_it_says_is_refused():
    for change in (
        {"chain": "0" * 64}, {"bytes": 48}, {"event": "0657413"}, {"event": "-1"}, {"event": "657413.0"}, {"event": 657413},
        {"kind": "number", "below": 10**9},
    ):  # fmt: skip
        block = bundles.sources()
        block[3] = {**block[3], **change}
        refused("bad_source", vrd.entropy_block, "public", block)
    block = bundles.sources()
    block[3] = {**block[3], "event": "657414"}
    refused("wrong_round_time", vrd.entropy_block, "public", block)
    refused("wrong_randomness", bundles.public, DRAND={"text": "0" * 64})
    refused("bad_signature_form", bundles.public, DRAND={"signature": "00"})
    refused("bad_hex", bundles.public, DRAND={"signature": None})
    refused("bad_signature_form", bundles.public, DEFAULT, DEFAULT, DRAND={"previous": "00"})


def test_a_reserve_that_could_not_carry_the_draw_is_refused_beforehand():
    weak = [one for one in bundles.sources() if one["id"] != "SPARE"]
    refused("entropy_too_weak", vrd.entropy_block, "public", weak)
    assert later(0) > bundles.EVENT
