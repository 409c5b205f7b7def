"""Archive and retention: every record with hash and term, what is due, and lawful erasure that audit accepts."""

import hashlib
import subprocess
from datetime import date
from pathlib import Path

import openpyxl
import pytest

import cli
from engine import archive as keeping
from engine.model import Refused
from engine.workflow import archiving, collect, erasing, evidence
from schemas.declare import SchemaError
from simulate import pen
from simulate.offices import cover, nominee_row
from simulate.population import population
from tests.engine.registers_2026 import moment

PEOPLE = population("S", seed=2026, year=2026)


@pytest.fixture
def office(tmp_path):
    """An office that got one good nomination and one that was sent again corrected."""
    collect.init(tmp_path / "ws", "421200", 2026, at=moment("2026-01-05T09:00:00"))
    from engine.workspace import Workspace

    with Workspace(tmp_path / "ws") as ws:
        blank = Path(
            collect.templates(["T06"], tmp_path / "out", year=2026, workspace=ws, units=["421221"])["written"][0]
        ).read_bytes()
        rows = [nominee_row(one) for one in PEOPLE.inspectors if one.unit == "421221"]
        for day, given in (("2026-05-10", rows), ("2026-05-12", [{**row, "post": "副股长"} for row in rows])):
            signed = {**cover(PEOPLE, "421221", date.fromisoformat(day)), "explanation": "更正职务"}
            path = tmp_path / f"嘉鱼县_{day}.xlsx"
            path.write_bytes(pen.fill(blank, rows={"nominees": given}, cover=signed))
            got = collect.receive(ws, [path], at=moment(f"{day}T09:00:00"), workers=0)["files"][0]
            assert got["verdict"] == "accepted", got["issues"]
        yield ws


def test_the_archive_holds_every_record_with_its_hash_and_can_be_checked_with_common_tools(office, tmp_path):
    """R30, R62: archive directory with index and hashes."""
    found = archiving.archive(office, at=moment("2026-12-31T09:00:00"), out=tmp_path / "归档")
    home = tmp_path / "归档"
    originals = [row for row in found["files"] if row["path"].startswith("收件/原件/")]
    assert len(originals) == 2
    for row in found["files"]:
        assert hashlib.sha256((home / row["path"]).read_bytes()).hexdigest() == row["sha256"]
    done = subprocess.run(["sha256sum", "--quiet", "-c", "SHA256SUMS"], cwd=home, capture_output=True, check=False)
    assert done.returncode == 0, done.stderr
    index = list(openpyxl.load_workbook(home / "归档目录.xlsx").active.iter_rows(min_row=4, values_only=True))
    assert {row[0] for row in index} == {row["path"] for row in found["files"]}
    assert "日志/日志.jsonl" in {row[0] for row in index}
    assert not any("台账.db" in row[0] for row in index)
    (home / originals[0]["path"]).write_bytes(b"x")
    done = subprocess.run(["sha256sum", "--quiet", "-c", "SHA256SUMS"], cwd=home, capture_output=True, check=False)
    assert done.returncode != 0


def test_a_nomination_nobody_used_is_due_after_a_year_and_only_that(office):
    """R62, domain 7: nominations that were not accepted go by rule after the year; what is in use stays."""
    assert archiving.archive(office, at=moment("2027-12-31T09:00:00"))["due"] == []
    due = archiving.archive(office, at=moment("2028-01-01T09:00:00"))["due"]
    states = {row["sha256"]: row["state"] for row in office.store.submissions()}
    originals = [row for row in due if row["path"].startswith("收件/原件/")]
    assert [states[row["sha256"]] for row in originals] == ["superseded"]
    assert originals[0]["then"] == "erase"


def test_what_is_due_can_be_erased_and_audit_accepts_exactly_that(office):
    """R62, decisions 31: erasure leaves a tombstone; any other missing original is a fault."""
    due = archiving.archive(office, at=moment("2028-01-01T09:00:00"))["due"]
    gone = next(row["sha256"] for row in due if row["then"] == "erase")
    given = {"reason": "保管期满", "basis": "个人信息保护法第四十七条", "approver": "吴示例"}
    erasing.erase(office, gone, at=moment("2028-01-02T09:00:00"), **given)
    assert evidence.audit(office)["ok"]
    again = archiving.archive(office, at=moment("2028-01-03T09:00:00"))
    assert gone not in {row["sha256"] for row in again["files"]}
    kept = next(row["sha256"] for row in office.store.submissions("T06", "accepted"))
    (office.originals / kept).unlink()
    assert not evidence.audit(office)["ok"]


def test_terms_are_data_with_a_basis():
    """R62: retention terms as policy data, each with its legal basis."""
    assert keeping.terms()["nominations"].until(2026) == "2027-12-31"
    assert keeping.terms()["ledgers"].until(2026) == "永久"
    line = {"kind": "x", "title": "x", "folder": "x", "years": "1", "then": "erase", "basis": ""}
    for wrong in (line, {**line, "basis": "甲", "years": "ever"}, {**line, "basis": "甲", "then": "burn"}):
        with pytest.raises(SchemaError, match=r"retention\.csv:2"):
            keeping.read([wrong])


def test_the_archive_does_not_lie_inside_what_it_archives(office):
    with pytest.raises(Refused, match="不能放在工作文件夹里"):
        archiving.archive(office, at=moment("2026-12-31T09:00:00"), out=office.root / "归档")


def test_a_governing_document_is_kept_by_hash_with_version_and_year(office, tmp_path, capsys):
    """R07, R01: source documents by hash with version and effective year; the archive index names them."""
    office.close()
    for name, text in (("方案.txt", "一"), ("方案.txt", "一"), ("方案_新.txt", "二")):
        (tmp_path / name).write_text(text, encoding="utf-8")
        where = ["-C", str(office.root), "keep", str(tmp_path / name)]
        assert cli.run([*where, "--title", "实施方案", "--year", "2026"]) == 0
    capsys.readouterr()
    known = sorted(office.store.documents("basis").values(), key=lambda one: one["version"])
    assert [(one["version"], one["year"]) for one in known] == [(1, 2026), (2, 2026)]
    assert known[0]["sha256"] == hashlib.sha256("一".encode()).hexdigest()
    files = archiving.archive(office, at=moment("2026-12-31T09:00:00"))["files"]
    assert [row["until"] for row in files if row["name"] == "实施方案"] == ["永久", "永久"]
    assert evidence.audit(office)["ok"]
