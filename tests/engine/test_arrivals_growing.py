"""A file that is still being copied, opened or taken away while it is read (D010): waited for, answered, never half read."""

from pathlib import Path

import pytest

from engine import arrivals
from engine.arrivals import unpack

WHOLE = b"PK\x03\x04" + b"w" * 60


class Disk:
    """Acts out what happens to one file between two looks at it; `looks` are its contents, the last one stays."""

    def __init__(self, monkeypatch, *looks):
        self.looks, self.pauses = list(looks), []

        def look(path):
            return self.read(path)

        monkeypatch.setattr(Path, "read_bytes", look)
        monkeypatch.setattr(arrivals.time, "sleep", self.pauses.append)

    def read(self, path):
        found = self.looks.pop(0) if len(self.looks) > 1 else self.looks[0]
        if isinstance(found, OSError):
            raise found
        with path.open("wb") as file:  # what stands on the disk after the look
            file.write(self.looks[0] if isinstance(self.looks[0], bytes) else b"")
        return found


def told(path):
    return [(one.data, one.problem[0] if one.problem else None) for one in unpack([path])]


@pytest.fixture
def path(tmp_path):
    place = tmp_path / "下载中.xlsx"
    place.write_bytes(WHOLE[:10])
    return place


@pytest.mark.parametrize(
    "looks",
    [
        [WHOLE[:10], WHOLE, WHOLE],
        [WHOLE[:10], WHOLE[:30], WHOLE, WHOLE],
        [WHOLE, WHOLE],
    ],
    ids=["grows once", "grows twice", "stands still"],
)
def test_a_file_that_comes_to_rest_is_read_whole(path, looks, monkeypatch):
    Disk(monkeypatch, *looks)
    assert told(path) == [(WHOLE, None)]


def test_a_file_that_shrinks_is_read_as_it_is_in_the_end(path, monkeypatch):
    Disk(monkeypatch, WHOLE, WHOLE[:30], WHOLE[:30])
    assert told(path) == [(WHOLE[:30], None)]


def test_a_file_that_never_comes_to_rest_is_answered_after_a_few_looks(path, monkeypatch):
    disk = Disk(monkeypatch, *(WHOLE * at for at in range(1, 20)))
    assert told(path) == [(b"", "DR-A002")]
    assert len(disk.pauses) == 3


@pytest.mark.parametrize("error", [PermissionError(13, "Permission denied"), FileNotFoundError(2, "gone")])
def test_a_file_that_is_locked_or_taken_away_is_answered(path, error, monkeypatch):
    Disk(monkeypatch, error)
    assert told(path) == [(b"", "DR-A001")]


def test_the_lock_file_beside_an_open_workbook_is_no_arrival_and_refused_when_it_is_named(tmp_path):
    (tmp_path / "表.xlsx").write_bytes(WHOLE)
    (tmp_path / "~$表.xlsx").write_bytes(b"\x05owner")
    assert [one.name for one in unpack([tmp_path])] == ["表.xlsx"]
    (named,) = unpack([tmp_path / "~$表.xlsx"])
    assert named.problem == ("DR-F009", {"name": "~$表.xlsx"})
