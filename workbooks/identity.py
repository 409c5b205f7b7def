"""Who a workbook says it is: up to seven carriers, one vote (decisions 13-16, intake 5.2).

    property   custom document property `taizhang_id`        name      defined name `tz_id`
    meta       a cell of the very hidden sheet `_meta`        keywords  core keywords
    printed    表号 … 版本 … 校验码 … in a cell                footer    the same line in the page footer
    keyrow     the hidden key row under the headings (template only)

The first four carry the whole identity string; the printed line survives paper and retyping, the key row survives
copying a block into another file.
"""

from __future__ import annotations

import re
from dataclasses import fields
from typing import TYPE_CHECKING

from workbooks.addresses import split_address
from workbooks.model import Identity, Problem

if TYPE_CHECKING:
    from collections.abc import Iterator

    from workbooks.model import Book

PROPERTY = "taizhang_id"
NAME = "tz_id"
META = "_meta"
STRONG = ("property", "meta", "name", "keywords")
TITLES = {
    "property": "文档属性",
    "meta": "隐藏表 _meta",
    "name": "定义名称",
    "keywords": "关键词",
    "printed": "表内印制的表号",
    "footer": "页脚",
    "keyrow": "隐藏的列标识行",
}
_UNIT = re.compile(r"报送单位：([^\s　]+)")
_PRINTED = re.compile(
    r"表号\s*[:：]?\s*(T[0-9]{2}[a-z]?)(?:\s*版本\s*[:：]?\s*([0-9][0-9.]*))?(?:.*?校验码\s*[:：]?\s*(\w+))?"
)
_TEXT = re.compile(r"(T[0-9]{2}[a-z]?)/([^/\s]*)/([^/\s]*)/([^/\s]*)/([^/\s]*)/([^/\s]*)/([0-9A-Za-z]*)")
_DECISIVE = tuple(one.name for one in fields(Identity) if one.name != "digest")
_LABELS = {
    "template": "模板",
    "version": "版本",
    "year": "年度",
    "period": "期次",
    "unit": "单位",
    "issue_no": "发放号",
}
# Rows in which the printed line can stand.
_TOP = 6


def parse(text: str) -> Identity | None:
    """Return the identity written anywhere in `text`, or None."""
    match = _TEXT.search(text)
    if match is None:
        return None
    template, version, year, period, unit, issue_no, digest = match.groups()
    return Identity(
        template=template, version=version, year=year, period=period, unit=unit, issue_no=issue_no, digest=digest
    )


def parse_printed(text: str) -> Identity | None:
    """Return what the printed line says: template, version and digest only."""
    match = _PRINTED.search(text) if "表号" in text else None
    return Identity(template=match[1], version=match[2] or "", digest=match[3] or "") if match else None


def printed_unit(book: Book) -> str:
    """Return the name of the office in the line printed over a table, '' where it was issued to nobody.

    No carrier: it says nothing against what the others say, and speaks where a table came alone, as CSV does.
    """
    found = (_UNIT.search(text) for text in _top_texts(book))
    return next((match[1] for match in found if match), "")


def carriers(book: Book) -> dict[str, Identity]:
    """Return what each carrier of the book says, the key row excepted; a silent carrier is absent."""
    said = {
        "property": parse(book.properties.get(PROPERTY, "")),
        "meta": _first(parse(text) for text in _meta_texts(book)),
        "name": parse(_named_text(book)),
        "keywords": parse(book.keywords),
        "printed": _first(parse_printed(text) for text in _top_texts(book)),
        "footer": _first(parse_printed(text) for text in book.footers),
    }
    return {name: identity for name, identity in said.items() if identity is not None}


def _first(found: Iterator[Identity | None]) -> Identity | None:
    return next((one for one in found if one is not None), None)


def _meta_texts(book: Book) -> Iterator[str]:
    for grid in book.grids:
        if grid.name.strip() == META:
            yield from (cell.text for row in grid.rows.values() for cell in row.values() if "/" in cell.text)


def _named_text(book: Book) -> str:
    """Return the text behind the defined name: a constant, or the cell it points to."""
    value = book.names.get(NAME, "")
    sheet, mark, place = value.rpartition("!")
    where = split_address(place) if mark else None
    if where is None:
        return value
    for grid in book.grids:
        if grid.name == sheet.strip("'"):
            cell = grid.rows.get(where[0], {}).get(where[1])
            return cell.text if cell else ""
    return ""


def _top_texts(book: Book) -> Iterator[str]:
    for grid in book.grids:
        for number, row in grid.rows.items():
            if number > _TOP:
                break
            yield from (cell.text for cell in row.values() if "表号" in cell.text)


def vote(said: dict[str, Identity]) -> tuple[Identity, list[Problem]]:
    """Return the identity most carriers agree on, and what speaks against it.

    Problems: DR-T002 (they contradict each other), DR-T003 (only weak carriers are left), DR-T005 (digest differs).
    Nothing said at all gives an empty identity and no problem: only the locator knows how near the file comes.
    """
    agreed: dict[str, str] = {}
    disputed: list[str] = []
    for name in (*_DECISIVE, "digest"):
        votes: dict[str, list[str]] = {}
        for carrier, identity in said.items():
            value = getattr(identity, name)
            if value:
                votes.setdefault(value, []).append(carrier)
        agreed[name] = max(votes, key=lambda value: len(votes[value]), default="")
        if len(votes) > 1:
            disputed.append(name)
    problems = []
    if any(name != "digest" for name in disputed):
        problems.append(Problem("DR-T002", params=(("values", _differences(said, disputed)),)))
    elif disputed:
        values = "、".join(f"{TITLES[name]} {one.digest}" for name, one in said.items() if one.digest)
        problems.append(Problem("DR-T005", params=(("values", values),)))
    if said and not any(name in said for name in STRONG):
        left = "、".join(TITLES[name] for name in said)
        problems.append(Problem("DR-T003", params=(("carriers", left), ("template", agreed["template"]))))
    return Identity(**agreed), problems


def _differences(said: dict[str, Identity], disputed: list[str]) -> str:
    return "；".join(
        f"{_LABELS[name]}："
        + "、".join(f"{TITLES[one]} {getattr(who, name)}" for one, who in said.items() if getattr(who, name))
        for name in disputed
        if name != "digest"
    )
