"""Ten thousand private items planted in what offices send through a whole year; how many come out in public (R59).

Every workbook of the year gets items where a clerk would leave them: in columns that are not public, in a comment, on a
hidden sheet, in the properties, in a defined name. The scan at the end knows nothing of the engine: it opens every public
file as bytes, parts of archives too, and slides over the text.
"""

from __future__ import annotations

import html
import io
import random
import re
import tempfile
import unicodedata
import zipfile
from itertools import product
from pathlib import Path
from typing import TYPE_CHECKING
from unittest import mock

from bench.figure import Figure
from engine.identifiers import person_check
from schemas import loader
from schemas.declare import FieldType, Privacy
from simulate import pen, year
from workbooks.container import open_book
from workbooks.locate import locate

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from schemas.declare import Field

Row = dict[str, object]
KINDS = ("身份证号", "手机号", "邮箱", "银行卡号", "内部姓名")
_SYLLABLES = "淼焱垚鑫犇骉羴毳掱猋蟲惢叒歮芔"
PER_CELL, LONGEST = 40, 30
"""Items in one sentence at most, and characters an item takes with its separator."""
CONDITIONAL = frozenset({"problem", "handling", "measures", "opinion", "evidence", "requirement"})
"""Sentences that are asked for only when something was found: lengthened, never begun."""
SENTENCES = frozenset(
    {"remark", "change_note", "department", "former_employers", "strengths", "target_opinion", "problem", "handling"}
    | {
        "description",
        "measures",
        "requirement",
        "explanation",
        "opinion",
        "evidence",
        "satisfaction_source",
        "material",
    }
)
"""Free text that is not public: where a clerk writes what he should keep to himself."""


def items(seed: int) -> Iterator[str]:
    """Yield ever new private items, one kind after the other; all synthetic, no two alike."""
    rng = random.Random(seed)
    names = ["司徒" + "".join(one) for one in product(_SYLLABLES, repeat=3)]
    rng.shuffle(names)
    for number, name in enumerate(names):
        birth = f"{1950 + number // 1000}{rng.randrange(1, 13):02d}{rng.randrange(1, 28):02d}"
        body = f"429999{birth}{number % 1000:03d}"
        yield body + person_check(body)
        yield f"139{number:08d}"
        yield f"clerk{number:05d}@office{number % 7}.example"
        yield luhn(f"621700{number:012d}")
        yield name


def luhn(digits: str) -> str:
    """Return the card number with its check digit.

    >>> luhn("621700000000000001")
    '6217000000000000019'
    """
    total = sum(sum(divmod(int(one) * (2 - place % 2), 10)) for place, one in enumerate(reversed(digits)))
    return digits + str(-total % 10)


class Planter:
    """Types private items into workbooks on their way to an office and remembers every one."""

    def __init__(self, seed: int, most: int) -> None:
        self.source, self.most = items(seed), most
        self.planted: list[str] = []
        self.books = 0

    def some(self, count: int) -> list[str]:
        """Return the next `count` items, fewer when enough are planted."""
        found = [next(self.source) for _ in range(min(count, self.most - len(self.planted)))]
        self.planted += found
        return found

    def fill(
        self,
        original: object,
        data: bytes,
        *,
        rows: Mapping[str, Sequence[Row]] | None = None,
        cover: Row | None = None,
    ) -> bytes:
        """Fill a workbook as `pen.fill` does, with items in every empty free-text column that is not public."""
        places = asked(data)
        sheets = {name: [self.row(one, places[name]) for one in given] for name, given in (rows or {}).items()}
        self.books += 1
        return self.hide(original(data, rows=sheets, cover=cover))  # type: ignore[operator]

    def row(self, row: Row, places: Sequence[Field]) -> Row:
        """Return the row with items behind what stands in its sentences; a conditional column left empty stays empty."""
        found = dict(row)
        for field in places:
            key, old = field.key, str(row.get(field.key) or "")
            room = PER_CELL if field.max_length is None else (field.max_length - len(old)) // LONGEST
            if any(row.values()) and (old or key not in CONDITIONAL):
                found[key] = "；".join([old, *self.some(max(0, min(PER_CELL, room)))]).strip("；") or None
        return found

    def hide(self, data: bytes) -> bytes:
        """Return the workbook with items in places nobody looks at: properties, a hidden sheet's text, a comment."""
        out = io.BytesIO()
        with zipfile.ZipFile(io.BytesIO(data)) as old, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as new:
            for info in old.infolist():
                content = old.read(info)
                if info.filename == "docProps/core.xml":
                    content = content.replace(
                        b"</cp:coreProperties>",
                        f"<cp:lastModifiedBy>{' '.join(self.some(45))}</cp:lastModifiedBy></cp:coreProperties>".encode(),
                    )
                new.writestr(zipfile.ZipInfo(info.filename, info.date_time), content, zipfile.ZIP_DEFLATED)
            new.writestr("xl/comments99.xml", f"<comments>{' '.join(self.some(45))}</comments>")
        return out.getvalue()


def asked(data: bytes) -> dict[str, list[Field]]:
    """Return sheet -> the sentences of a workbook that are not public."""
    found = locate(open_book(data, "表.xlsx"), loader.templates())
    shown = {table.sheet: set(table.columns) for table in found.tables}
    return {
        sheet.name: [
            field
            for field in sheet.fields
            if field.key in SENTENCES & shown.get(sheet.name, set())
            and field.privacy is not Privacy.PUBLIC
            and field.type is FieldType.TEXT
        ]
        for sheet in loader.template(found.identity.template).sheets
    }


def leaked(folder: Path, planted: Sequence[str]) -> list[tuple[str, str]]:
    """Return (file, item) of everything planted that stands in a file of `folder`, whatever wraps or splits it."""
    wanted = {plain(one) for one in planted}
    lengths = sorted({len(one) for one in wanted})
    found = []
    for path in sorted(one for one in folder.rglob("*") if one.is_file()):
        for part in _parts(path.name, path.read_bytes()):
            raw = html.unescape(part.decode("utf-8", "replace"))
            for text in {plain(raw), plain(re.sub(r"<[^>]*>", "", raw))}:
                for length in lengths:
                    windows = {text[at : at + length] for at in range(len(text) - length + 1)}
                    found += [(str(path.relative_to(folder)), one) for one in windows & wanted]
    return sorted(set(found))


def plain(text: str) -> str:
    """Return a text as it is compared: one width, no blanks, small letters."""
    return "".join(unicodedata.normalize("NFKC", text).split()).lower()


def _parts(name: str, data: bytes) -> list[bytes]:
    if name.endswith((".xlsx", ".docx", ".zip")):
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            return [part for one in archive.namelist() for part in _parts(one, archive.read(one))]
    return [data]


def trial(count: int, seed: int = 59) -> dict[str, object]:
    """Play the year of one city with up to `count` items planted.

    Returns {planted, found_in_mail, books, files, published, leaks: [(file, item)]}; what the same scan finds in the mail that
    came in shows that it would find what came out.
    """
    planter, original = Planter(seed, count), pen.fill
    with tempfile.TemporaryDirectory() as place:
        root = Path(place) / "年"
        with mock.patch.object(pen, "fill", lambda data, **given: planter.fill(original, data, **given)):
            played = year.play(root, "S", seed=seed)
        sites = sorted(root.glob("工作文件夹/*/公示/网站"))
        return {
            "planted": len(planter.planted),
            "found_in_mail": len({one for _, one in leaked(root / "往来文件", planter.planted)}),
            "books": planter.books,
            "files": sum(one.is_file() for site in sites for one in site.rglob("*")),
            "published": sum(one["numerator"] for one in played["figures"] if one["name"] == "公示率"),
            "leaks": [leak for site in sites for leak in leaked(site, planter.planted)],
        }


def figures(count: int = 10_000) -> list[Figure]:
    """Return how many of ten thousand planted items stand in a public file; the aim is none."""
    found = trial(count)
    leaks = found["leaks"]
    return [
        Figure(
            room="泄露",
            name=f"private items in public files, of {found['planted']} planted in a year's workbooks",
            value=len(leaks),
            unit="",
            baseline="a scan that knows nothing of the engine",
            aim="0 of 10,000",
            reached=not leaks and found["planted"] == found["found_in_mail"] == count,
            detail=f"{found['books']} workbooks, {found['files']} public files, {found['published']} results published; "
            f"the same scan finds {found['found_in_mail']} in the mail",
        )
    ]
