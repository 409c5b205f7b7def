"""The pictures of docs/guide: `python -m simulate.pictures` plays the year of one city and renders what people open in it.

Workbooks and letters go through LibreOffice, pages through Chromium, ImageMagick cuts the margins; all must be installed. The play
is seeded, so that the
pictures show the same people every time; the pixels belong to the installed fonts and are not compared.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
import tempfile
import zipfile
from dataclasses import dataclass
from pathlib import Path

from engine.workflow import collect
from engine.workspace import Workspace
from simulate import year
from simulate.offices import at

GUIDE = Path(__file__).resolve().parents[1] / "docs" / "guide" / "pictures"
CITY, PROVINCE = "421200", "420000"
DOTS = 90
"""Dots per inch: small print on an A4 page is then readable."""
RECALCULATE = """<?xml version="1.0" encoding="UTF-8"?>
<oor:items xmlns:oor="http://openoffice.org/2001/registry"><item oor:path="/org.openoffice.Office.Calc/Formula/Load">
<prop oor:name="OOXMLRecalcMode" oor:op="fuse"><value>0</value></prop></item></oor:items>
"""
"""LibreOffice's setting to calculate on opening, as Excel does with our workbooks."""


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture `name` of the first page of `file` (a pattern below the play) that shows `words`."""

    name: str
    file: str
    words: str = ""


PAPERS = (
    Picture("form-guide", "往来文件/421200*/05-*/*421222_T06_v1.xlsx", "填报说明"),
    Picture("form", "往来文件/421200*/05-*/*421222_T06_v1.xlsx", "自检："),
    Picture("returned-guide", "工作文件夹/421200*/退回/*T06*.xlsx", "退回说明"),
    Picture("returned", "工作文件夹/421200*/退回/*T06*.xlsx", "自检："),
    Picture("board", "进度.xlsx"),
    Picture("letter", "报送函.docx"),
    Picture("draw", "工作文件夹/421200*/抽取/*/*_抽取记录.xlsx", "——对象抽取"),
    Picture("approval", "工作文件夹/421200*/任务/*/001_*/*审批表.docx"),
    Picture("notice", "工作文件夹/421200*/任务/*/001_*/*通知书.docx"),
    Picture("record", "工作文件夹/421200*/任务/*/001_*/*检查记录.xlsx", "——事项明细"),
    Picture("announcement", "工作文件夹/421200*/公示/网站/公告.docx"),
    Picture("ledger", "工作文件夹/420000*/台账/*年度台账.xlsx", "总览"),
    Picture("ledger-places", "工作文件夹/420000*/台账/*年度台账.xlsx", "按地区"),
)
PAGES = (
    ("public", "工作文件夹/420000*/公示/网站/index.html", (900, 1150)),
    ("verifier", "工作文件夹/420000*/公示/网站/draws/*.html", (900, 1150)),
)


def draw_all(out: Path = GUIDE, *, seed: int = 2026) -> list[Path]:
    """Play, render everything into `out` and return the pictures written; raises FileNotFoundError for a paper that is missing."""
    out.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as place:
        root = Path(place) / "play"
        year.play(root, "S", seed=seed)
        add_board_and_letter(root)
        written = [paper(root, one, out, Path(place)) for one in PAPERS]
        return [*written, *(page(root, name, file, size, out, Path(place)) for name, file, size in PAGES)]


def add_board_and_letter(root: Path) -> None:
    """Write the board of a day in May, and unpack the covering letter of the city's package."""
    office = first(root, "工作文件夹/421200*")
    with Workspace(office) as workspace:
        collect.status(workspace, at=at(2026, 5, 21, 9, 0), xlsx=root / "进度.xlsx")
    with zipfile.ZipFile(first(root, "往来文件/420000*/05-24 咸宁*/*.zip")) as package:
        name = next(one for one in package.namelist() if one.endswith("报送函.docx"))
        (root / "报送函.docx").write_bytes(package.read(name))


def paper(root: Path, one: Picture, out: Path, work: Path) -> Path:
    """Render the wanted page of a workbook or letter."""
    source = first(root, one.file)
    pdf = work / f"{source.stem}.pdf"
    if not pdf.exists():
        settings = work / "profile" / "user" / "registrymodifications.xcu"
        if not settings.exists():
            settings.parent.mkdir(parents=True)
            settings.write_text(RECALCULATE, encoding="utf-8")
        profile = f"-env:UserInstallation={(work / 'profile').as_uri()}"
        run("soffice", profile, "--headless", "--convert-to", "pdf", "--outdir", str(work), str(source))
    number = next((at for at, text in enumerate(texts(pdf), 1) if one.words in "".join(text.split())), None)
    if number is None:
        raise FileNotFoundError(f"no page of {source.name} says {one.words}")
    target = out / one.name
    span = ("-f", str(number), "-l", str(number))
    run("pdftoppm", "-png", "-singlefile", "-r", str(DOTS), *span, str(pdf), str(target))
    return trimmed(target.with_suffix(".png"))


def trimmed(picture: Path) -> Path:
    """Cut the white margins off and keep 64 colours."""
    run(
        "convert",
        str(picture),
        "-trim",
        "-bordercolor",
        "white",
        "-border",
        "12",
        "-strip",
        "-colors",
        "64",
        str(picture),
    )
    return picture


def texts(pdf: Path) -> list[str]:
    """Return the text of each page."""
    found = subprocess.run(["pdftotext", str(pdf), "-"], check=True, capture_output=True, text=True)
    return found.stdout.split("\f")[:-1]


def page(root: Path, name: str, file: str, size: tuple[int, int], out: Path, work: Path) -> Path:
    """Render a page of the publication as a browser shows it."""
    target = out / f"{name}.png"
    browser = shutil.which("chromium") or shutil.which("google-chrome") or "chromium"
    run(
        browser,
        "--headless",
        "--no-sandbox",
        "--disable-gpu",
        "--hide-scrollbars",
        "--virtual-time-budget=20000",
        f"--user-data-dir={work / 'browser'}",
        f"--window-size={size[0]},{size[1]}",
        f"--screenshot={target}",
        first(root, file).as_uri(),
    )
    return trimmed(target)


def first(root: Path, pattern: str) -> Path:
    """Return the first file that fits, in order of name."""
    for found in sorted(root.glob(pattern)):
        return found
    raise FileNotFoundError(f"nothing in the play fits {pattern}")


def run(*command: str) -> None:
    """Run a program that must succeed."""
    subprocess.run(command, check=True, capture_output=True)


if __name__ == "__main__":
    for written in draw_all():
        sys.stdout.write(f"{written.name}\n")
