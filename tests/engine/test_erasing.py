"""Erasure of everything whose term is over: nothing of it stays in the workspace, what is still needed stays, audit proves both."""

import io
import json
import zipfile
from datetime import date
from pathlib import Path

import pytest
from sqlalchemy import event

import cli
from engine import archive as keeping
from engine.model import NotFound, Refused
from engine.workflow import archiving, collect, consolidating, erasing, evidence, tracing
from engine.workspace import Workspace
from schemas.declare import SchemaError
from simulate import pen
from simulate.offices import cover, nominee_row
from simulate.population import population
from tests.engine.registers_2026 import moment, put_accepted

PEOPLE = population("S", seed=2026, year=2026)
OVER, LATER = moment("2028-01-03T09:00:00"), moment("2028-01-04T09:00:00")
LEAVE = {"reason": "保管期满", "approver": "吴示例"}
PERSON = {"name": "鲁小满", "certificate_no": "42122100777", "post": "资料保管员"}
SECRETS = ("鲁小满", "42122100777", "资料保管员", "鲁小满推荐表")


def signed(day):
    return {**cover(PEOPLE, "421221", date.fromisoformat(day)), "explanation": "更正"}


def sent(ws, path, data, day):
    path.write_bytes(data)
    return collect.receive(ws, [path], at=moment(f"{day}T09:00:00"), workers=0)["files"]


def packed(**files):
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w") as archive:
        for name, content in files.items():
            archive.writestr(f"{name}.xlsx", content)
    return data.getvalue()


@pytest.fixture
def office(tmp_path):
    """An office that got three nominations of one county: one sent back, one replaced (in an archive), one that counts.

    Its database leaves deleted rows lying in its free pages, as SQLite does unless it was built otherwise.
    """
    collect.init(tmp_path / "ws", "421200", 2026, at=moment("2026-01-05T09:00:00"))
    with Workspace(tmp_path / "ws") as ws:
        event.listen(ws.store.engine, "connect", lambda one, _: one.execute("PRAGMA secure_delete=OFF"))
        ws.store.engine.dispose()
        written = collect.templates(["T06"], tmp_path / "out", year=2026, workspace=ws, units=["421221"])["written"]
        blank = Path(written[0]).read_bytes()
        rows = [nominee_row(one) for one in PEOPLE.inspectors if one.unit == "421221"]
        first = [{**rows[0], **PERSON}, *rows[1:]]

        def form(given, day):
            return pen.fill(blank, rows={"nominees": given}, cover=signed(day))

        bad = form([{**first[0], "certificate_valid_to": "2020-01-01"}, *first[1:]], "2026-05-08")
        assert sent(ws, tmp_path / "鲁小满推荐表.xlsx", bad, "2026-05-08")[0]["verdict"] == "returned"
        good = packed(鲁小满推荐表二=form(first, "2026-05-10"))
        assert sent(ws, tmp_path / "来件.zip", good, "2026-05-10")[0]["verdict"] == "accepted"
        assert sent(ws, tmp_path / "定稿.xlsx", form(rows, "2026-05-12"), "2026-05-12")[0]["verdict"] == "accepted"
        yield ws


def traces(root, words=SECRETS):
    """Return the files below `root` in which a word stands, also inside workbooks, archives and archives of workbooks."""

    def stands(data):
        if any(word.encode(code) in data for word in words for code in ("utf-8", "gb18030")):
            return True
        if not zipfile.is_zipfile(io.BytesIO(data)):
            return False
        with zipfile.ZipFile(io.BytesIO(data)) as inside:
            return any(stands(one.filename.encode()) or stands(inside.read(one)) for one in inside.infolist())

    return sorted(
        path.relative_to(root).as_posix()
        for path in root.rglob("*")
        if path.is_file() and (stands(path.name.encode()) or stands(path.read_bytes()))
    )


def state(root):
    return {
        path: path.read_bytes() for path in sorted(root.rglob("*")) if path.is_file() and "台账.db" not in path.name
    }


def of(ws, state):
    return next(one for one in ws.store.submissions("T06") if one["state"] == state)


def test_what_is_erased_leaves_no_byte_in_any_file_nor_in_the_database(office):
    """R62, decision 31: originals, the archive around, receipts, returned copy, rows, issues and free pages are gone."""
    before = traces(office.root)
    assert {name.split("/")[0] for name in before} >= {"收件", "退回", "回执"}
    assert any(name.startswith("台账.db") for name in before)
    found = erasing.destroy(office, at=OVER, is_confirmed=True, **LEAVE)
    assert (len(found["due"]), len(found["erased"]), found["held"]) == (2, 3, [])
    assert traces(office.root) == []
    office.close()
    assert traces(office.root) == []


def test_hashes_and_tombstones_prove_what_was_erased_and_audit_is_whole(office, tmp_path):
    """R62, decision 31: one tombstone each with reason, basis and approver; audit and archive say 依法销毁; nothing is due."""
    hashes = {one["sha256"] for one in office.store.arrivals()}
    erased = erasing.destroy(office, at=OVER, is_confirmed=True, **LEAVE)["erased"]
    found = erasing.graves(office)
    assert sorted(one["sha256"] for one in found) == sorted(erased)
    basis = keeping.terms()["nominations"].basis
    assert {(one["reason"], one["basis"], one["approver"]) for one in found} == {("保管期满", basis, "吴示例")}
    assert {one["sha256"] for one in office.store.arrivals()} == hashes
    audit = evidence.audit(office)
    assert audit["ok"], audit["lines"]
    assert (audit["destroyed"], any("依法销毁 3 件" in line for line in audit["lines"])) == (3, True)
    again = erasing.destroy(office, at=LATER)
    assert (again["due"], again["must_act"]) == ([], False)
    closed = archiving.archive(office, at=LATER, out=tmp_path / "归档")
    assert not [row for row in closed["due"] if row["then"] == "erase"]
    assert [row["sha256"] for row in closed["destroyed"]] == [row["sha256"] for row in found]
    kept = office.store.accepted("T06", "nominees")
    assert len(kept) == 2
    assert (office.originals / of(office, "accepted")["sha256"]).is_file()


def test_a_missing_original_that_no_tombstone_covers_is_still_a_fault(office):
    """R43: erasure by rule opens no door for loss."""
    erasing.destroy(office, at=OVER, is_confirmed=True, **LEAVE)
    (office.originals / of(office, "accepted")["sha256"]).unlink()
    assert not evidence.audit(office)["ok"]


def test_the_list_alone_erases_nothing(office):
    """R62: what is due is shown first; nothing goes before it was confirmed."""
    before, lines = state(office.root), len(office.store.lines())
    found = erasing.destroy(office, at=OVER, **LEAVE)
    assert (len(found["due"]), found["erased"], found["must_act"]) == (2, [], True)
    assert any(of(office, "superseded")["file"] in line for line in found["lines"])
    assert (state(office.root), len(office.store.lines())) == (before, lines)


def test_before_the_term_is_over_nothing_is_due(office):
    found = erasing.destroy(office, at=moment("2027-12-31T09:00:00"), is_confirmed=True, **LEAVE)
    assert (found["due"], found["erased"]) == ([], [])
    assert traces(office.root)


@pytest.mark.parametrize("missing", ["reason", "approver"])
def test_without_reason_or_approver_nothing_is_erased(office, missing):
    before = state(office.root)
    with pytest.raises(Refused, match="理由、依据和批准人"):
        erasing.destroy(office, at=OVER, is_confirmed=True, **{**LEAVE, missing: " "})
    assert (state(office.root), erasing.graves(office)) == (before, [])


def test_what_a_register_rests_on_is_not_due(office, tmp_path):
    """R62, R43: a nomination that stood in an edition was used; its original follows the longer term."""
    office.close()
    collect.init(tmp_path / "other", "421200", 2026, at=moment("2026-01-05T09:00:00"))
    with Workspace(tmp_path / "other") as ws:
        for name, day in (("来件.zip", "2026-05-10"), ("定稿.xlsx", "2026-05-12")):
            sent(ws, tmp_path / name, (tmp_path / name).read_bytes(), day)
            collect.consolidate(ws, at=moment(f"{day}T10:00:00"))
        assert of(ws, "superseded")
        assert erasing.destroy(ws, at=OVER)["due"] == []


def test_a_held_original_stays_until_the_hold_is_released(office):
    """R62: litigation or review keeps it; also a single erasure is refused."""
    number = next(one for one in office.store.arrivals() if one["sha256"] == of(office, "superseded")["sha256"])[
        "number"
    ]
    erasing.hold(office, number, at=OVER, reason="行政复议", approver="吴示例")
    found = erasing.destroy(office, at=OVER, is_confirmed=True, **LEAVE)
    assert [row["why"] for row in found["held"]] == ["暂缓销毁（行政复议；批准：吴示例）"]
    whole = of(office, "superseded")["sha256"]
    assert (office.originals / whole).is_file()
    with pytest.raises(Refused, match="暂缓销毁"):
        erasing.erase(office, whole, at=OVER, basis="依据", **LEAVE)
    erasing.hold(office, whole, at=LATER, reason="复议终结", approver="吴示例", is_released=True)
    assert len(erasing.destroy(office, at=LATER, is_confirmed=True, **LEAVE)["erased"]) == 2
    assert evidence.audit(office)["ok"]


TASK = {
    "task_id": "421200-2026-P01-D1-001",
    "target_id": "O-1",
    "inspectors": "鲁小满（42122100777）；乙（42122100102）",
}


def undecided(office, **changes):
    request = {
        "request_id": "421200-2026-Q01",
        "request_type": "解锁更正",
        "reference": "421221-T06",
        "subject_id": "x",
    }
    put_accepted(office, "T16", {"requests": [{**request, **changes}]}, number=99)


def open_task(office):
    office.store.put_document("task", TASK["task_id"], TASK, OVER)


@pytest.mark.parametrize(
    ("matter", "why", "count"),
    [
        (open_task, "任务 421200-2026-P01-D1-001 未完成", 1),
        (undecided, "变更申请 421200-2026-Q01 未决定", 2),
        (lambda office: undecided(office, is_approved=True), "", 0),
        (lambda office: undecided(office, reference="421222-T06"), "", 0),
    ],
    ids=["officer of an open task", "undecided request", "decided request", "request about another unit"],
)
def test_what_an_unfinished_matter_rests_on_stays(office, matter, why, count):
    """R62: the nomination of an officer whose visit is open, and what an undecided request speaks of, are kept."""
    matter(office)
    found = erasing.destroy(office, at=OVER)
    assert [row["why"] for row in found["held"]] == [why] * count
    assert len(found["due"]) == 2 - count
    for row in found["held"]:
        erasing.hold(office, row["sha256"], at=OVER, reason="已于次年办结", approver="吴示例", is_released=True)
    assert len(erasing.destroy(office, at=OVER)["due"]) == 2


def test_a_hold_needs_a_reason_an_approver_and_a_known_original(office):
    with pytest.raises(Refused):
        erasing.hold(office, of(office, "accepted")["sha256"], at=OVER, reason="", approver="吴示例")
    with pytest.raises(NotFound):
        erasing.hold(office, "SJ-2026-421200-99999", at=OVER, reason="诉讼", approver="吴示例")


def test_a_stop_before_the_commit_erases_nothing(office, monkeypatch):
    """R62: half of an erasure does not exist."""
    calls, real = [], erasing.append

    def stops(*given):
        calls.append(given)
        if len(calls) == 2:
            raise KeyboardInterrupt
        return real(*given)

    before = state(office.root)
    monkeypatch.setattr(erasing, "append", stops)
    with pytest.raises(KeyboardInterrupt):
        erasing.destroy(office, at=OVER, is_confirmed=True, **LEAVE)
    assert (state(office.root), erasing.graves(office)) == (before, [])
    assert evidence.audit(office)["ok"]


def test_a_stop_after_the_commit_is_finished_by_whoever_opens_the_workspace_next(office, monkeypatch):
    """R62: tombstones stand, files are promised to go, the next opening removes them and cleans the database."""

    def stops(_):
        raise KeyboardInterrupt

    monkeypatch.setattr(Workspace, "deliver", stops)
    with pytest.raises(KeyboardInterrupt):
        erasing.destroy(office, at=OVER, is_confirmed=True, **LEAVE)
    monkeypatch.undo()
    assert traces(office.root)
    office.close()
    with Workspace(office.root) as again:
        assert evidence.audit(again)["ok"]
        assert traces(again.root) == []


def test_one_erased_file_takes_its_receipt_and_its_returned_copy_along(office):
    """R62: a person asks for one file; the copy that went back and the receipt name the same person."""
    bad = of(office, "returned")["sha256"]
    done = erasing.erase(office, bad, at=OVER, basis="个人信息保护法第四十七条", **LEAVE)
    assert not list(office.root.glob(f"[回退]*/{done['number']}_*"))
    assert not any(name.startswith(("退回", "回执/" + done["number"])) for name in traces(office.root))
    assert evidence.audit(office)["ok"]


def test_a_file_sent_once_more_after_its_erasure_is_no_fault_and_can_be_erased_again(office, tmp_path):
    """R62, R43: somebody mails the same bytes again; the workspace is whole, they are due, and go once more."""
    erasing.destroy(office, at=OVER, is_confirmed=True, **LEAVE)
    again = tmp_path / "鲁小满推荐表.xlsx"
    collect.receive(office, [again], at=OVER, workers=0)
    assert evidence.audit(office)["ok"]
    assert traces(office.root)
    found = erasing.destroy(office, at=LATER, is_confirmed=True, **{**LEAVE, "reason": "再次来件，保管期满"})
    assert len(found["erased"]) == 1
    assert traces(office.root) == []
    audit = evidence.audit(office)
    assert (audit["ok"], audit["destroyed"]) == (True, 3), audit["lines"]
    assert "再次来件，保管期满" in {one["reason"] for one in erasing.graves(office)}


def test_an_original_put_back_by_hand_is_a_fault(office, tmp_path):
    """R43: only what was received again may stand beside its tombstone."""
    bad = of(office, "returned")["sha256"]
    erasing.destroy(office, at=OVER, is_confirmed=True, **LEAVE)
    (office.originals / bad).write_bytes((tmp_path / "鲁小满推荐表.xlsx").read_bytes())
    assert not evidence.audit(office)["ok"]


def test_a_rule_can_only_erase_originals():
    line = {"kind": "x", "title": "x", "folder": "台账", "years": "1", "then": "erase", "basis": "甲"}
    with pytest.raises(SchemaError, match="only originals"):
        keeping.read([line])


def test_an_office_erases_what_is_due_from_the_command_line(office, capsys):
    """R62: list with status 1, a refusal without reason, the erasure with status 0, and an audit that is whole."""
    office.close()

    def run(*arguments, at="2028-01-03T09:00:00+08:00"):
        status = cli.run(["-C", str(office.root), *arguments, "--at", at])
        return status, capsys.readouterr()

    status, shown = run("destroy")
    assert (status, "--yes" in shown.out) == (1, True)
    status, shown = run("destroy", "--yes")
    assert (status, "理由、依据和批准人" in shown.err) == (3, True)
    status, shown = run("destroy", "--yes", "--reason", "保管期满", "--approver", "吴示例", "--json")
    assert (status, len(json.loads(shown.out)["erased"])) == (0, 3)
    assert run("destroy")[0] == 0
    status, shown = run("audit")
    assert (status, "依法销毁 3 件" in shown.out) == (0, True)


# ---- what people must appraise first -----------------------------------------------------------------------------------

APPRAISED = {**LEAVE, "appraisal": "鉴定小组2037年第3号意见"}


def test_receipts_and_returned_copies_go_after_their_year_on_an_appraisal_and_originals_stay(office):
    """R62: the term of receipts ends after a year, in a review; who appraised them is kept, and audit stays whole."""
    assert erasing.destroy(office, at=moment("2027-12-31T09:00:00"), kind="receipts")["due"] == []
    listed = erasing.destroy(office, at=OVER, kind="receipts")
    assert (len(listed["due"]), listed["must_act"], listed["erased"]) == (3, True, [])
    with pytest.raises(Refused, match="须先鉴定"):
        erasing.destroy(office, at=OVER, kind="receipts", is_confirmed=True, **LEAVE)
    assert len(list(office.path("回执").iterdir())) == 3
    originals = sorted(path.name for path in office.originals.iterdir())
    done = erasing.destroy(office, at=OVER, kind="receipts", is_confirmed=True, **APPRAISED)
    assert (done["erased"], "回执和退回件 3 件" in done["lines"][0]) == ([], True)
    assert [list(office.path(one).iterdir()) for one in ("回执", "退回")] == [[], []]
    assert sorted(path.name for path in office.originals.iterdir()) == originals
    kept = office.store.document("disposal", "receipts")
    assert "鉴定小组2037年第3号意见" in kept["basis"] and len(kept["numbers"]) == 3
    assert erasing.destroy(office, at=LATER, kind="receipts")["due"] == []
    assert evidence.audit(office)["ok"]


def test_used_originals_go_after_ten_years_on_an_appraisal_and_registers_stay(office):
    """R62: the used nomination is due in 2037, is gone with its rows after the appraisal, and its grave names it."""
    after = moment("2037-01-04T09:00:00")
    used = of(office, "accepted")["sha256"]
    (archive,) = [one["sha256"] for one in office.store.arrivals() if one["role"] == "container"]
    assert erasing.destroy(office, at=moment("2036-12-31T09:00:00"), kind="originals")["due"] == []
    assert [row["sha256"] for row in erasing.destroy(office, at=after, kind="originals")["due"]] == [archive, used]
    with pytest.raises(Refused, match="须先鉴定"):
        erasing.destroy(office, at=after, kind="originals", is_confirmed=True, **LEAVE)
    erasing.hold(office, used, at=after, reason="行政复议", approver="吴示例")
    assert erasing.destroy(office, at=after, kind="originals", is_confirmed=True, **APPRAISED)["erased"] == [archive]
    erasing.hold(office, used, at=after, reason="已结案", approver="吴示例", is_released=True)
    assert erasing.destroy(office, at=after, kind="originals", is_confirmed=True, **APPRAISED)["erased"] == [used]
    graves = erasing.graves(office)
    assert {one["sha256"] for one in graves} == {archive, used}
    assert all(one["basis"].endswith("鉴定：鉴定小组2037年第3号意见") for one in graves)
    assert not (office.originals / used).exists()
    assert evidence.audit(office)["ok"]


def test_no_byte_stays_of_a_used_original_once_the_term_is_over_for_all_of_them(office):
    """R62: nobody's certificate number stands anywhere after the unused and the used nominations have gone; hashes do."""
    numbers = tuple(nominee_row(one)["certificate_no"] for one in PEOPLE.inspectors if one.unit == "421221")
    after, used = moment("2037-01-04T09:00:00"), of(office, "accepted")["sha256"]
    erasing.destroy(office, at=after, is_confirmed=True, **LEAVE)
    assert f"收件/原件/{used}" in traces(office.root, numbers)
    erasing.destroy(office, at=after, kind="originals", is_confirmed=True, **APPRAISED)
    assert traces(office.root, (*numbers, "定稿")) == []
    office.close()
    assert traces(office.root, (*numbers, "定稿")) == []
    assert evidence.audit(office)["ok"]


def test_receipts_of_a_file_sent_twice_and_of_a_refused_one_go_with_the_others(office, tmp_path):
    """R62: every receipt of the year is listed once, whatever became of its file, and none is listed again."""
    assert sent(office, tmp_path / "定稿.xlsx", (tmp_path / "定稿.xlsx").read_bytes(), "2026-05-13")
    assert sent(office, tmp_path / "坏.xlsx", b"not a workbook", "2026-05-14")[0]["verdict"] == "refused"
    written = {path.name.partition("_")[0] for path in office.path("回执").iterdir()}
    gone = erasing.destroy(office, at=OVER, kind="receipts", is_confirmed=True, **APPRAISED)["due"]
    assert sorted(row["number"] for row in gone) == sorted(written)
    assert [list(office.path(one).iterdir()) for one in ("回执", "退回")] == [[], []]
    sent(office, tmp_path / "坏二.xlsx", b"nor is this one", "2026-05-15")
    assert len(erasing.destroy(office, at=LATER, kind="receipts")["due"]) == 1


def test_only_what_lies_there_one_by_one_can_be_destroyed(office):
    """Draws and tasks are records of a year: they go to the archive as a whole."""
    with pytest.raises(NotFound, match="没有类别"):
        erasing.destroy(office, at=OVER, kind="draws")


def test_an_original_that_counts_is_erased_only_when_somebody_says_so(office):
    """R60, R62: no roster loses rows unnoticed; where the law wants it gone at once, what is lost is told."""
    given = {"at": OVER, "basis": "个人信息保护法第四十七条", **LEAVE}
    digest = of(office, "accepted")["sha256"]
    with pytest.raises(Refused, match="T06 的 2 行正在使用"):
        erasing.erase(office, digest, **given)
    assert len(office.store.accepted("T06", "nominees")) == 2
    told = erasing.erase(office, digest, in_use=True, **given)
    assert any(line.startswith("！T06 的 2 行不再计入") for line in told["lines"])
    assert not any("不引用它" in line for line in told["lines"])
    assert len(office.store.accepted("T06", "nominees")) == 0
    assert evidence.audit(office)["ok"]


def test_a_trace_says_that_the_original_behind_a_row_was_erased(office):
    """R62, decision 31: neither a row that still leads there nor the original itself is called unknown."""
    consolidating.consolidate(office, at=moment("2026-05-20T09:00:00"))
    book = next((office.root / "汇总").glob("T04*.xlsx"))
    digest = of(office, "accepted")["sha256"]
    assert not any("依法删除" in line for line in tracing.follow(office, str(book), "C5")["lines"])
    erasing.erase(office, digest, at=OVER, basis="个人信息保护法第四十七条", in_use=True, **LEAVE)
    assert tracing.follow(office, str(book), "C5")["lines"][-1].endswith("（原件已于 2028-01-03 依法删除）")
    with pytest.raises(NotFound, match="已于 2028-01-03 依法删除"):
        tracing.follow(office, digest, forward=True)
