"""The guide shows what there is: pictures and links lead somewhere, and the worked year is what the program says."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from simulate.year import play

GUIDE = Path(__file__).parents[1] / "docs" / "guide"
PAGES = sorted(GUIDE.glob("*.md"))


def targets(page: Path) -> list[str]:
    return re.findall(r"\]\(([^)]+)\)", page.read_text("utf-8"))


@pytest.mark.parametrize("page", PAGES, ids=lambda one: one.stem)
def test_every_link_and_picture_leads_somewhere(page: Path) -> None:
    assert [one for one in targets(page) if not (GUIDE / one).is_file()] == []


def test_every_picture_is_shown() -> None:
    shown = {one for page in PAGES for one in targets(page) if one.endswith(".png")}
    assert {f"pictures/{one.name}" for one in (GUIDE / "pictures").iterdir()} == shown


def test_every_reader_has_a_page_and_the_index_leads_to_each() -> None:
    assert {one.name for one in PAGES} - {"README.md"} == {
        one for one in targets(GUIDE / "README.md") if one.endswith(".md")
    }
    assert len(PAGES) == 7


def test_the_worked_year_is_what_the_demonstration_says(tmp_path: Path) -> None:
    said = play(tmp_path / "out", "S")["lines"]
    told = [line for line in said[1:] if not line.startswith((" ", "请打开"))]
    page = (GUIDE / "xianning.md").read_text("utf-8")
    assert re.findall(r"^> (.*)$", page, re.MULTILINE) == told
