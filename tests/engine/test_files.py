"""Files are wholly there or not at all, and one office has one writer."""

import csv
import io
import subprocess
import sys

import pytest
from offices import moment

from engine import backup, csvfile, files
from engine.model import Busy, NotFound, Refused
from engine.workflow import collect, evidence
from engine.workspace import Workspace


def test_a_file_replaces_the_old_one_and_leaves_nothing_beside_it(tmp_path):
    for data in (b"old", b"new"):
        files.write_atomic(tmp_path / "文件.txt", data)
    assert [path.name for path in tmp_path.iterdir()] == ["文件.txt"]
    assert (tmp_path / "文件.txt").read_bytes() == b"new"


def test_a_failed_write_keeps_the_old_file(tmp_path, monkeypatch):
    files.write_atomic(tmp_path / "a", b"old")

    def full(_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(files.os, "fsync", full)
    with pytest.raises(Refused, match="磁盘已满"):
        files.write_atomic(tmp_path / "a", b"new")
    assert (tmp_path / "a").read_bytes() == b"old"
    assert [path.name for path in tmp_path.iterdir()] == ["a"]


def test_a_full_disk_records_nothing(tmp_path, monkeypatch):
    collect.init(tmp_path / "w", "421200", 2026, at=moment(1))
    (tmp_path / "件.xlsx").write_bytes(b"x")
    with Workspace(tmp_path / "w") as workspace:
        before = len(workspace.store.lines())

        def full(_):
            raise OSError(28, "No space left on device")

        with monkeypatch.context() as patched:
            patched.setattr(files.os, "fsync", full)
            with pytest.raises(Refused):
                collect.receive(workspace, [tmp_path / "件.xlsx"], at=moment(2), workers=0)
        assert len(workspace.store.lines()) == before
        assert list(workspace.originals.iterdir()) == []


def test_originals_are_stored_once_under_their_hash(tmp_path):
    digest = files.sha256(b"x")
    assert files.write_originals(tmp_path, [(digest, b"x"), (digest, b"x")]) == [digest]
    assert files.write_originals(tmp_path, [(digest, b"x")]) == []
    assert [path.name for path in tmp_path.iterdir()] == [digest]


def test_half_written_files_are_swept_when_the_workspace_opens(tmp_path):
    collect.init(tmp_path / "w", "421200", 2026, at=moment(1))
    stray = tmp_path / "w" / "退回" / f".退回件.xlsx.77{files.TEMPORARY}"
    stray.write_bytes(b"half")
    Workspace(tmp_path / "w")
    assert not stray.exists()


def test_a_second_writer_is_told_who_is_writing(tmp_path):
    collect.init(tmp_path / "w", "421200", 2026, at=moment(1))
    code = (
        "import sys; from engine.workspace import Workspace\n"
        "w = Workspace(sys.argv[1]); w.lock(); print('locked', flush=True); sys.stdin.read()"
    )
    other = subprocess.Popen(
        [sys.executable, "-c", code, str(tmp_path / "w")], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    try:
        assert other.stdout.readline() == "locked\n"
        with Workspace(tmp_path / "w") as workspace:
            with pytest.raises(Busy, match=f"进程 {other.pid}"):
                workspace.store.note("step", {}, moment(2))
            assert collect.status(workspace, at=moment(2))["units"]
    finally:
        other.communicate("")
    with Workspace(tmp_path / "w") as workspace:
        workspace.store.note("step", {}, moment(3))


def test_two_workspaces_of_one_process_share_the_lock(tmp_path):
    collect.init(tmp_path / "w", "421200", 2026, at=moment(1))
    with Workspace(tmp_path / "w") as one, Workspace(tmp_path / "w") as two:
        one.store.note("a", {}, moment(2))
        two.store.note("b", {}, moment(2))
        assert [line.event for line in one.store.lines()] == ["init", "a", "b"]


@pytest.mark.parametrize("name", ["没有标记", "不存在"])
def test_a_folder_that_is_no_workspace_is_named(tmp_path, name):
    with pytest.raises(NotFound, match="不是工作文件夹"):
        Workspace(tmp_path / name)


def test_init_does_not_move_into_a_folder_with_other_things(tmp_path):
    (tmp_path / "w").mkdir()
    (tmp_path / "w" / "别的.txt").write_text("x")
    with pytest.raises(Refused):
        collect.init(tmp_path / "w", "421200", 2026, at=moment(1))


def test_init_again_is_the_same_workspace_and_no_second_start(tmp_path):
    for day in (1, 2):
        collect.init(tmp_path / "w", "421200", 2026, at=moment(day))
    with Workspace(tmp_path / "w") as workspace:
        assert [line.event for line in workspace.store.lines()] == ["init"]
    with pytest.raises(Refused):
        collect.init(tmp_path / "w", "421200", 2027, at=moment(3))


def test_a_backup_comes_back_whole(tmp_path):
    collect.init(tmp_path / "w", "421200", 2026, at=moment(1))
    with Workspace(tmp_path / "w") as workspace:
        workspace.store.put_document("plan", "p", {"a": 1}, moment(2))
        collect.backup(workspace, tmp_path / "备份.zip", at=moment(3))
    collect.restore(tmp_path / "备份.zip", tmp_path / "again")
    with Workspace(tmp_path / "again") as workspace:
        assert workspace.store.document("plan", "p") == {"a": 1}
        assert evidence.audit(workspace)["ok"]


def test_a_backup_overwrites_nothing_and_a_damaged_one_is_refused(tmp_path):
    collect.init(tmp_path / "w", "421200", 2026, at=moment(1))
    first = backup.write(tmp_path / "w", tmp_path / "b.zip")
    assert backup.write(tmp_path / "w", tmp_path / "b.zip") == first
    with Workspace(tmp_path / "w") as workspace:
        workspace.store.note("step", {}, moment(2))
    with pytest.raises(Refused):
        backup.write(tmp_path / "w", tmp_path / "b.zip")
    assert files.sha256((tmp_path / "b.zip").read_bytes()) == first["sha256"]
    data = bytearray((tmp_path / "b.zip").read_bytes())
    data[len(data) // 2] ^= 1
    (tmp_path / "c.zip").write_bytes(data)
    # One flipped bit breaks the sum; a run of them breaks the packing itself, which another error tells.
    data[len(data) // 2 : len(data) // 2 + 64] = b"\xff" * 64
    (tmp_path / "d.zip").write_bytes(data)
    for name in ("c.zip", "d.zip"):
        with pytest.raises(Refused):
            backup.restore(tmp_path / name, tmp_path / "again")
        assert not (tmp_path / "again").exists()
    with pytest.raises(Refused):
        backup.restore(tmp_path / "b.zip", tmp_path / "w")


def test_a_file_written_again_takes_away_what_a_killed_run_left_beside_it(tmp_path):
    stray = tmp_path / f".报送包.zip.77{files.TEMPORARY}"
    other = tmp_path / f".别的.zip.77{files.TEMPORARY}"
    for path in (stray, other):
        path.write_bytes(b"half")
    files.write_atomic(tmp_path / "报送包.zip", b"whole")
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted(["报送包.zip", other.name])


def test_a_set_of_files_outside_the_workspace_takes_away_strays_too(tmp_path):
    collect.init(tmp_path / "w", "421200", 2026, at=moment(1))
    site = tmp_path / "网站"
    (site / "data").mkdir(parents=True)
    stray = site / "data" / f".T02.csv.77{files.TEMPORARY}"
    stray.write_bytes(b"half")
    with Workspace(tmp_path / "w") as workspace:
        workspace.write_set(site, {"index.html": b"page", "data/T02.csv": b"rows"})
    assert sorted(path.name for path in site.rglob("*") if path.is_file()) == ["T02.csv", "index.html"]


def test_an_interrupted_init_goes_on(tmp_path, monkeypatch):
    def stop(*_, **__):
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(files, "write_atomic", stop)
        with pytest.raises(KeyboardInterrupt):
            collect.init(tmp_path / "w", "421200", 2026, at=moment(1))
    assert collect.init(tmp_path / "w", "421200", 2026, at=moment(1))["unit"] == "421200"


def test_an_interrupted_restore_leaves_no_half_workspace_and_goes_on(tmp_path, monkeypatch):
    collect.init(tmp_path / "w", "421200", 2026, at=moment(1))
    backup.write(tmp_path / "w", tmp_path / "b.zip")

    def stop(*_):
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(backup.os, "fsync", stop)
        patched.setattr(backup.shutil, "rmtree", lambda *_, **__: None)  # a killed process tidies nothing
        with pytest.raises(KeyboardInterrupt):
            backup.restore(tmp_path / "b.zip", tmp_path / "again")
    assert not (tmp_path / "again").exists()
    backup.restore(tmp_path / "b.zip", tmp_path / "again")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["again", "b.zip", "w"]


@pytest.mark.parametrize(
    ("cell", "kept"),
    [
        ("=1+1", "'=1+1"), ("@SUM(A1)", "'@SUM(A1)"), ("＝HYPERLINK(1)", "'＝HYPERLINK(1)"), ("-乙", "'-乙"), ("\tx", "'\tx"),
        ("-0.5", "-0.5"), ("+86", "+86"), ("甲=乙", "甲=乙"), ("", ""),
    ],
)  # fmt: skip
def test_no_cell_of_a_csv_starts_to_calculate(cell, kept):
    """Ecosystem 3.1: what somebody typed into a free text comes out as text, in Excel and WPS alike."""
    (row,) = csv.reader(io.StringIO(csvfile.text([[cell, "x"]]).decode("utf-8-sig"), newline=""))
    assert row == [kept, "x"]
