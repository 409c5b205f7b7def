"""Private items planted in a year's workbooks do not come out in public (R59): a share of what `bench/leak.py` does."""

from __future__ import annotations

import zipfile
from typing import TYPE_CHECKING

import pytest

from bench import leak

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture(scope="module")
def found() -> dict[str, object]:
    return leak.trial(1_000)


def test_nothing_planted_comes_out(found: dict[str, object]) -> None:
    """R59: a thousand ID numbers, telephones, mails, cards and names marked internal, none in any public file."""
    assert found["planted"] == 1_000
    assert found["published"]
    assert found["leaks"] == []


def test_the_same_scan_finds_every_item_in_the_mail(found: dict[str, object]) -> None:
    assert found["found_in_mail"] == found["planted"]


def test_the_scan_sees_through_markup_and_archives(tmp_path: Path) -> None:
    tmp_path.joinpath("页.html").write_text("<p>139<b>0000</b>000&#49;</p>", "utf-8")
    with zipfile.ZipFile(tmp_path / "表.xlsx", "w") as archive:
        archive.writestr("xl/comments1.xml", "<t>司徒 犇骉羴</t>")
    assert leak.leaked(tmp_path, ["13900000001", "司徒犇骉羴", "13900000002"]) == [
        ("表.xlsx", "司徒犇骉羴"),
        ("页.html", "13900000001"),
    ]
