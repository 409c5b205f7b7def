"""No contact data or identity number of anybody is in the repository, not even inside its sample workbooks (R06, R59)."""

from __future__ import annotations

import io
import re
import zipfile
from pathlib import Path

import pytest

from engine.identifiers import person_fault

HOME = Path(__file__).parents[1]
LEFT_OUT = {".git", ".venv", "out", "__pycache__", ".pytest_cache", ".ruff_cache", ".hypothesis"}
TELEPHONE = re.compile(r"(?<![0-9A-Za-z.])1[3-9]\d{9}(?![0-9A-Za-z])")
IDENTITY = re.compile(r"(?<![0-9A-Za-z])[1-6]\d{5}(?:19|20)\d{9}[0-9Xx](?![0-9A-Za-z])")
MAIL = re.compile(r"[\w.+-]{2,}@[\w-]{2,}(?:\.[A-Za-z]{2,})+")
NOBODY = {"13800000000", "13800138000", "13812345678", "13888888888", "13900139000"}
"""Numbers people type where they have none; the intake asks about them."""
EXAMPLES = {"11010519491231002X", "440524188001010014"}
"""The examples of the standard GB 11643 itself."""


def private(text: str) -> list[str]:
    """Return what could reach or identify a person: numbers and addresses that are none of ours made for the purpose."""
    phones = [one for one in TELEPHONE.findall(text) if not one.startswith("1390000000") and one not in NOBODY]
    people = [
        one for one in IDENTITY.findall(text) if not (one.startswith("429999") or one in EXAMPLES or person_fault(one))
    ]
    mails = [one for one in MAIL.findall(text) if not re.search(r"[@.]example\.(com|cn|gov\.cn)$", one)]
    return phones + people + mails


def texts(data: bytes) -> list[str]:
    """Return the text of a file, of a workbook or archive that of each part, of a picture or a base none."""
    if data.startswith(b"PK"):
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            return [archive.read(one).decode("utf-8", "ignore") for one in archive.namelist()]
    return [] if b"\0" in data[:4096] else [data.decode("utf-8", "ignore")]


def test_nobody_can_be_reached_or_identified_from_the_repository() -> None:
    paths = [
        one for one in sorted(HOME.rglob("*")) if not LEFT_OUT & set(one.relative_to(HOME).parts) and one.is_file()
    ]
    assert sum(one.suffix == ".xlsx" for one in paths) > 10, "samples are looked into"
    found = [
        (str(one.relative_to(HOME)), hit) for one in paths for text in texts(one.read_bytes()) for hit in private(text)
    ]
    assert found == []


@pytest.mark.parametrize(
    ("text", "hits"),
    [
        (f"联系人 138{'4' * 8}", 1),
        (f"tel:+86-139{'1' * 8}。", 1),
        ("13900000001 和 13800138000", 0),
        ("42122119900101" + "1231", 1),
        ("429999198001010010", 0),
        ("someone@" + "sfj.gov.cn", 1),
        ("a1@example.cn", 0),
    ],
)  # fmt: skip
def test_the_scan_itself_can_fail(text: str, hits: int) -> None:
    assert len(private(text)) == hits
