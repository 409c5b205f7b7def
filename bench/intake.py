"""Durable, fully checked receiving of many workbooks against a bare fast read and against the script people write.

2,000 workbooks of 60 rows × 8 filled columns (bounded by the argument), all sound, from 15 offices. `receive` stores and
flushes originals, checks every rule, writes rows, receipts and journal; the bare read looks at every cell and keeps nothing;
the naive script is pandas.read_excel and concat and checks nothing.
Beside it one workbook of 100,000 rows, and the memory of the receiving process for a quarter and for all of the files.
All figures but the last are wall time: they say something on a quiet machine only.
"""

from __future__ import annotations

import io
import shutil
import statistics
import subprocess
import sys
import tempfile
import zipfile
from datetime import datetime, timedelta, timezone
from functools import partial
from pathlib import Path

from bench.figure import Figure, ratio, seconds
from engine import files

ROWS, COUNT = 60, 2000
MARK = "987654"
AT = datetime(2026, 6, 1, 9, tzinfo=timezone(timedelta(hours=8)))
COVER = {
    "filled_by": "钱明远",
    "checked_by": "孙立",
    "approved_by": "周正",
    "phone": "13900000001",
    "filled_on": "2026-05-30",
}


def workbooks(folder: Path, count: int = COUNT) -> list[Path]:
    """Write `count` different sound T16 workbooks of the offices of one city."""
    from schemas import loader
    from workbooks import template as writer

    form = loader.template("T16")
    units = [one for one in loader.children("420100") if one.level.value in ("county", "city_association")]
    patterns = []
    for unit in units:
        rows = [row(f"{MARK}-2026-Q{number + 1:02d}", number) for number in range(ROWS)]
        identity = writer.identity_of(form, unit=unit.code, year=2026)
        patterns.append(
            writer.write(form, identity, unit=unit, year=2026, rows={form.sheets[0].name: rows}, cover=COVER)
        )
    made = []
    for number in range(count):
        path = folder / f"{number:05d}.xlsx"
        path.write_bytes(stamped(patterns[number % len(patterns)], f"{number + 100000}"))
        made.append(path)
    return made


def row(request: str, number: int) -> dict[str, str]:
    """Return one sound line of a T16."""
    return {
        "request_id": request,
        "request_type": "名录变更",
        "register": "执法检查人员",
        "subject_id": f"I-420102-{number + 1:03d}",
        "changed_field": "职务",
        "new_value": "副股长",
        "effective_on": "2026-06-01",
        "change_reason": "新任",
        "explanation": "职务调整",
        "applicant": "钱明远",
        "applied_on": "2026-05-30",
    }


def stamped(pattern: bytes, mark: str) -> bytes:
    """Return the workbook with every `MARK` replaced, so that each file has content of its own."""
    out = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(pattern)) as old,
        zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as new,
    ):
        for info in old.infolist():
            new.writestr(info.filename, old.read(info).replace(MARK.encode(), mark.encode()))
    return out.getvalue()


def bare_read(paths: list[Path]) -> int:
    """Read every cell of every sheet with calamine in one process and keep nothing; return the number of cells."""
    from python_calamine import CalamineWorkbook

    cells = 0
    for path in paths:
        book = CalamineWorkbook.from_path(path)
        for name in book.sheet_names:
            cells += sum(len(row) for row in book.get_sheet_by_name(name).to_python())
    return cells


def naive_script(paths: list[Path]) -> int:
    """Read the data sheet of every workbook with pandas and put them under each other; return the number of rows."""
    import pandas as pd

    frames = [pd.read_excel(path, sheet_name=2, header=2, dtype=str) for path in paths]
    return len(pd.concat(frames))


def receive(paths: list[Path], place: Path, workers: int = 2) -> int:
    """Receive the files into a new workspace at `place` and return how many were accepted."""
    from engine.workflow import collect
    from engine.workspace import Workspace

    collect.init(place, "420100", 2026, at=AT)
    with Workspace(place) as workspace:
        found = collect.receive(workspace, paths, at=AT, workers=workers)["files"]
    accepted = sum(one["verdict"] == "accepted" for one in found)
    if accepted != len(paths):
        raise AssertionError(f"{len(paths) - accepted} of {len(paths)} sound workbooks were not accepted")
    return accepted


def large(path: Path, rows: int = 100_000) -> Path:
    """Write one sound T16 of `rows` rows."""
    from schemas import loader
    from workbooks import template as writer

    form, unit = loader.template("T16"), loader.units()["420102"]
    lines = [row(f"{number + 100000}-2026-Q01", number) for number in range(rows)]
    identity = writer.identity_of(form, unit=unit.code, year=2026)
    path.write_bytes(writer.write(form, identity, unit=unit, year=2026, rows={form.sheets[0].name: lines}, cover=COVER))
    return path


def examine(path: Path) -> None:
    """Read and check one file with every rule, as a worker does, up to the rows the recorder keeps."""
    from engine import examination, intake

    context = intake.Context(unit="420100", year=2026, today=AT.date().isoformat())
    data = path.read_bytes()
    (found,) = examination.examine([(path.name, data, files.sha256(data), AT.isoformat())], context)
    if found.verdict != "accepted":
        raise AssertionError(f"the sound roster was not accepted: {[one['message'] for one in found.issues]}")


def peak(paths: list[Path], place: Path) -> float:
    """Return the largest memory in MB of a process that receives the files, its workers not counted."""
    program = (
        "import resource, sys, pathlib; from bench import intake\n"
        "intake.receive([pathlib.Path(one) for one in sys.stdin.read().split('\\n')], pathlib.Path(sys.argv[1]))\n"
        "print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)"
    )
    given = "\n".join(map(str, paths))
    command = [sys.executable, "-c", program, str(place)]
    return float(subprocess.run(command, input=given, text=True, check=True, capture_output=True).stdout)


def figures(rounds: int = 3, count: int = COUNT) -> list[Figure]:
    """Return ratios, the large workbook and the memory; the naive script is timed on a tenth of the files and scaled, as it only grows linearly."""
    place = Path(tempfile.mkdtemp())
    try:
        (place / "sent").mkdir()
        paths = workbooks(place / "sent", count)
        few = paths[: max(1, count // 10)]
        homes = [place / f"office{number}" for number in range(rounds)]
        taken = [
            (
                seconds(partial(receive, paths, home)),
                seconds(lambda: bare_read(paths)),
                seconds(lambda: naive_script(few)) * count / len(few),
            )
            for home in homes
        ]
        quarter, whole = peak(paths[: count // 4], place / "quarter"), peak(paths, place / "whole")
        roster = large(place / "roster.xlsx")
        long, checked, plain = ratio(lambda: examine(roster), lambda: bare_read([roster]), rounds)
    finally:
        shutil.rmtree(place, ignore_errors=True)
    own, base, naive = (statistics.median(one[place] for one in taken) for place in range(3))
    against_read = statistics.median(one[0] / one[1] for one in taken)
    against_naive = statistics.median(one[2] / one[0] for one in taken)
    detail = f"{count} files, {own:.1f} s : {base:.1f} s : {naive:.1f} s"
    return [
        Figure(
            room="收件", name="receive, durable and fully checked, 2 workers", value=round(against_read, 2), unit="×",
            baseline="bare calamine read of the same files, one process", aim="≤ 4", reached=against_read <= 4, detail=detail,
        ),
        Figure(
            room="收件", name="receive is faster than the naive script by", value=round(against_naive, 2), unit="×",
            baseline="pandas.read_excel + concat, nothing checked", aim="≥ 5", reached=against_naive >= 5, detail=detail,
        ),
        Figure(
            room="收件", name="a workbook of 100,000 rows, fully checked", value=round(long, 2), unit="×",
            baseline="bare calamine read of the same file", aim="≤ 5", reached=long <= 5,
            detail=f"{checked:.1f} s : {plain:.1f} s",
        ),
        Figure(
            room="收件", name="peak memory, four times as many workbooks", value=round(whole / quarter, 2), unit="×",
            baseline="a quarter of the files, parent process", aim="≤ 1.1", reached=whole <= quarter * 1.1,
            detail=f"{count} files {whole:.0f} MB, {count // 4} files {quarter:.0f} MB",
        ),
    ]  # fmt: skip
