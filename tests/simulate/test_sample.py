"""The committed sample year is small, and every workbook of it meets the fate its name says."""

from datetime import datetime, timedelta, timezone

from engine.workflow import collect
from simulate import pen
from simulate.sample import CHOSEN, FOLDER, LARGEST

NOON = datetime(2026, 12, 31, 12, tzinfo=timezone(timedelta(hours=8)))
WRONG = ("03_有错_被退回", "04_退回件")
WRITTEN_BY_US = ("12_结果公示表", "13_年度台账")


def test_the_sample_is_complete_and_small():
    files = sorted(FOLDER.glob("*.xlsx"))
    assert [path.stem for path in files] == sorted(name for name, _ in CHOSEN)
    assert sum(path.stat().st_size for path in files) <= LARGEST


def test_every_sample_is_accepted_or_returned_as_its_name_says():
    files = [path for path in sorted(FOLDER.glob("*.xlsx")) if path.stem not in WRITTEN_BY_US]
    found = collect.check(files, year=2026, at=NOON, workers=0)["files"]
    verdicts = {one["file"].removesuffix(".xlsx"): one["verdict"] for one in found}
    assert verdicts == {path.stem: "returned" if path.stem in WRONG else "accepted" for path in files}


def test_the_returned_sample_differs_from_the_corrected_one_only_where_it_was_wrong():
    wrong, right = (
        pen.read((FOLDER / f"{name}.xlsx").read_bytes())["nominees"] for name in ("04_退回件", "05_在退回件上改正")
    )
    changed = [
        (key, row.get(key))
        for row, fixed in zip(wrong, right, strict=True)
        for key in fixed
        if row.get(key) != fixed[key]
    ]
    assert len(changed) == 1
    assert changed[0][1] in (None, "")
