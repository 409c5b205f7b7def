"""The yearly roster as it was published, held against the library of targets both ways (R19): nobody missing, nobody extra.

Who is in the roster and not in the library can never be drawn; who is in the library as listed and not in the roster must not be.
"""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from typing import TYPE_CHECKING

from engine.model import NotFound, Refused
from engine.values import Row, text, yes
from schemas import loader
from workbooks.container import open_book

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from pathlib import Path

    from workbooks.model import Cell

FORMS = {"T03": ("practitioners", ("licence_no",)), "T02": ("targets", ("uscc", "licence_no"))}
"""Template -> its sheet and the numbers that identify; people first, since their roster names their institution too."""
ROSTER_TYPES = ("公证机构", "司法鉴定机构", "公证员", "司法鉴定人")
"""The types of target that a yearly roster lists; of the others there is none."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Listed:
    """One entry of a published roster: which register it belongs to, its name, its numbers, and where it stands."""

    template: str
    name: str
    numbers: frozenset[str]
    place: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """What one register and the roster say differently.

    types: the types of target the roster lists. missing: in the roster only. extra: rows of the library said to be listed
    that are not. unmarked: listed, but the library says otherwise. differing: (entry, row) with one number and two names, or
    one name and two numbers. agreed: how many are the same in both.
    """

    template: str
    types: tuple[str, ...]
    missing: tuple[Listed, ...]
    extra: tuple[Row, ...]
    unmarked: tuple[Row, ...]
    differing: tuple[tuple[Listed, Row], ...]
    agreed: int

    @property
    def is_complete(self) -> bool:
        """Whether both say the same."""
        return not (self.missing or self.extra or self.unmarked or self.differing)


def read(path: Path) -> list[Listed]:
    """Return the entries of every table of a workbook or CSV that has a column of names and one of numbers.

    A heading may stand anywhere; its words are those of T02 and T03 and their synonyms. Raises NotFound without the file,
    Refused without such a table, `WorkbookError` for a file that is no table.
    """
    if not path.is_file():
        raise NotFound(f"没有文件“{path}”。", "请给出公布的年度名册（xlsx、xls、et、csv）。")
    found: list[Listed] = []
    for grid in open_book(path.read_bytes(), path.name).grids:
        template = ""
        columns: dict[str, int] = {}
        for number in sorted(grid.rows):
            row = grid.rows[number]
            heading = _heading(row)
            if heading:
                template, columns = heading
            elif template:
                name = _shown(row, columns["name"])
                numbers = frozenset(_plain(_shown(row, at)) for key, at in columns.items() if key != "name") - {""}
                if name and numbers:
                    place = f"{grid.name}第{number}行"
                    found.append(Listed(template=template, name=name, numbers=numbers, place=place))
    if not found:
        raise Refused(
            f"“{path.name}”里没有名册。",
            "需要一行标题，含“机构名称”或“姓名”，和“统一社会信用代码”或许可证号、执业证号。",
        )
    return found


def _heading(row: Mapping[int, Cell]) -> tuple[str, dict[str, int]] | None:
    """Return (template, key -> column) if `row` is a heading of names and numbers."""
    titles = {_plain(cell.text).lstrip("*"): column for column, cell in row.items()}
    for template, (sheet, numbers) in FORMS.items():
        fields = {one.key: one for one in loader.template(template).sheet(sheet).fields}
        columns = {}
        for key in ("name", *numbers):
            labels = (fields[key].title, *fields[key].aliases)
            column = next((titles[_plain(one)] for one in labels if _plain(one) in titles), None)
            if column is not None:
                columns[key] = column
        if "name" in columns and len(columns) > 1:
            return template, columns
    return None


def _plain(value: str) -> str:
    return unicodedata.normalize("NFKC", value).replace(" ", "").replace("\n", "").strip().upper()


def _shown(row: Mapping[int, Cell], column: int) -> str:
    cell = row.get(column)
    return "" if cell is None else cell.text.strip()


def compare(template: str, listed: Iterable[Listed], rows: Sequence[Row]) -> Difference:
    """Return how the roster and the library differ; only the types of target that the roster lists are asked about."""
    entries = [one for one in listed if one.template == template]
    numbers = FORMS[template][1]
    by_number = {_plain(text(row.get(key))): row for row in rows for key in numbers if text(row.get(key))}
    pairs = [(one, next((by_number[n] for n in sorted(one.numbers) if n in by_number), None)) for one in entries]
    met = {id(row) for _, row in pairs if row is not None}
    by_name = {_plain(text(row.get("name"))): row for row in rows if id(row) not in met}
    named = {one: by_name.get(_plain(one.name)) for one, row in pairs if row is None}
    met |= {id(row) for row in named.values() if row is not None}
    differing = [
        (one, row) for one, row in pairs if row is not None and _plain(one.name) != _plain(text(row.get("name")))
    ]
    differing += [(one, row) for one, row in named.items() if row is not None]
    same = [row for one, row in pairs if row is not None and _plain(one.name) == _plain(text(row.get("name")))]
    types = tuple(
        kind for kind in ROSTER_TYPES if any(id(r) in met and text(r.get("target_type")) == kind for r in rows)
    )
    return Difference(
        template=template,
        types=types,
        missing=tuple(one for one, row in named.items() if row is None),
        extra=tuple(
            row for row in rows if id(row) not in met and text(row.get("target_type")) in types and yes(row.get("is_in_roster"))
        ),
        unmarked=tuple(row for row in same if not yes(row.get("is_in_roster"))),
        differing=tuple(differing),
        agreed=sum(yes(row.get("is_in_roster")) for row in same),
    )  # fmt: skip


def findings(found: Difference) -> list[Row]:
    """Return {kind, name, number, place, id, advice} of every difference, in the order of their weight."""

    def entry(kind: str, one: Listed | None, row: Row | None, advice: str) -> Row:
        known = row or {}
        number = "、".join(sorted(one.numbers)) if one else text(known.get("uscc")) or text(known.get("licence_no"))
        name = one.name if one else text(known.get("name"))
        return {
            "kind": kind, "name": name, "number": number, "place": one.place if one else "",
            "id": text(known.get("target_id")), "advice": advice,
        }  # fmt: skip

    return [
        *(entry("名册有而名录库没有", one, None, "请补入名录库，否则不会被抽到。") for one in found.missing),
        *(entry("名录库写明在册而名册没有", None, row, "请核实：已注销的更新执业状态，未入册的改为不在册。") for row in found.extra),
        *(entry("在册而名录库写为不在册", None, row, "请把“是否在年度名册”改为“是”，否则不会被抽到。") for row in found.unmarked),
        *(
            entry("名称或号码不一致", one, row, f"名录库写的是“{text(row.get('name'))}”{text(row.get('uscc')) or text(row.get('licence_no'))}，请核对。")
            for one, row in found.differing
        ),
    ]  # fmt: skip
