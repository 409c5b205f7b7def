"""`python -m simulate.sample`: writes the committed sample year, a handful of workbooks out of the played year of 咸宁.

They show what a clerk sends (well, untidy, wrong, late), what goes back, what comes again, a plan, a record, what follows
from it, a change filing and the ledger of the province.
"""

from __future__ import annotations

import shutil
import sys
import tempfile
from pathlib import Path

from simulate.year import play

FOLDER = Path(__file__).resolve().parents[1] / "workbooks" / "sample"
SEED = 2026
LARGEST = 300_000
"""Bytes all sample files may have together."""
CITY = "往来文件/421200 咸宁市司法局"
CHOSEN = (
    ("01_按时报送", f"{CITY}/*咸安区司法局/2026_NOM_421202_T06_v1.xlsx"),
    ("02_填写不规范_自动整理", f"{CITY}/*通城县司法局/2026_NOM_421222_T06_v1.xlsx"),
    ("03_有错_被退回", f"{CITY}/*嘉鱼县司法局/2026_NOM_421221_T06_v1.xlsx"),
    ("04_退回件", "工作文件夹/421200*/退回/*421221_T06_v1.xlsx"),
    ("05_在退回件上改正", f"{CITY}/*嘉鱼县司法局/2026_NOM_421221_T06_v2.xlsx"),
    ("06_逾期报送", f"{CITY}/*通山县司法局/2026_NOM_421224_T06_v1.xlsx"),
    ("07_协会推荐专家", f"{CITY}/*公证员协会/2026_NOM_421200-NA_T06b_v1.xlsx"),
    ("08_年度抽查计划", f"{CITY}/*/2026_PLAN_421200_T07_v1.xlsx"),
    ("09_检查记录", f"{CITY}/*/2_421200-2026-P01-D1-001_检查记录.xlsx"),
    ("10_整改与复查", f"{CITY}/*/2026_CASE_421200_T12_v1.xlsx"),
    ("11_动态调整备案", f"{CITY}/*/2026_CHANGE_421200_T14_v1.xlsx"),
    ("12_结果公示表", "工作文件夹/421200*/公示/网站/抽查结果公示表.xlsx"),
    ("13_年度台账", "工作文件夹/420000*/台账/*.xlsx"),
)


def write(folder: Path) -> list[Path]:
    """Play the year of 咸宁, then copy the chosen workbooks into `folder` in place of what lies there; return what was written."""
    written = []
    with tempfile.TemporaryDirectory() as place:
        played = Path(place) / "S"
        play(played, "S", seed=SEED)
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        for name, pattern in CHOSEN:
            (source,) = sorted(played.glob(pattern))
            written.append(folder / f"{name}.xlsx")
            written[-1].write_bytes(source.read_bytes())
    return written


if __name__ == "__main__":
    paths = write(FOLDER)
    total = sum(path.stat().st_size for path in paths)
    print(f"{len(paths)} workbooks, {total} bytes")
    sys.exit(total > LARGEST)
