"""From a cell of the ledger back to what somebody typed: figure, rows, file, sheet, cell (R60)."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from engine import rollover
from engine.arrivals import MANIFEST
from engine.model import NotFound
from engine.values import Row, text
from schemas import loader

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from engine.counted import Counted, Ref
    from engine.figures import Figure
    from engine.store import Store

NAMED = ("figure", "item_name", "target_name", "name", "unit_name", "target_type")
"""Columns of a ledger by which people know a row; else its first."""
KEPT = {"task": "检查任务", "freeze": "锁定名单", "log": "抽取变更记录", "publication": "公示版本"}
"""What people call the documents that the program itself keeps."""
FIRST_ROW = 5
FIRST_COLUMN = 1
_CELL = re.compile(r"(?:(?P<sheet>[^!]+)!)?\$?(?P<column>[A-Za-z]{1,3})\$?(?P<row>\d{1,7})")


def document(sheets: Mapping[str, Sequence[Row]], counted: Sequence[Figure]) -> Row:
    """Return what the store keeps of a ledger: per sheet its columns and per row its values and references (by number)."""
    refs: dict[Ref, int] = {}
    kept = {}
    for sheet in loader.template("T15").sheets:
        rows = []
        for row in sheets.get(sheet.name, ()):
            figure = row.get("_figure")
            rows.append(
                {
                    "values": {field.key: text(row.get(field.key)) for field in sheet.fields},
                    "refs": [refs.setdefault(tuple(ref), len(refs)) for ref in row.get("_refs", ())],
                    "cells": {key: _kept(one, refs) for key, one in row.get("_cells", {}).items()},
                    "above": len(figure.rows) if figure else None,
                    "formula": figure.formula if figure else None,
                }
            )
        kept[sheet.name] = {"title": sheet.title, "keys": [field.key for field in sheet.fields], "rows": rows}
    return {"sheets": kept, "refs": [list(ref) for ref in refs], "figures": len(counted)}


def _kept(one: Counted, refs: dict[Ref, int]) -> Row:
    """Return a cell as the store keeps it: references by number, with numerator and denominator where it is a share."""
    rows = [refs.setdefault(ref, len(refs)) for ref in one.refs()]
    return {"refs": rows} if one.of is None else {"refs": rows, "formula": one.formula, "of": [one.number, one.of]}


def lookup(kept: Mapping[str, Any], cell: str) -> Row:
    """Return what stands in `cell` of the ledger: title, value, formula and the references behind it.

    Raises NotFound for an address outside the data.
    """
    named, across, down = address_of(cell)
    wanted = named or next(iter(kept["sheets"].values()))["title"]
    sheet = next((one for one in kept["sheets"].values() if one["title"] == wanted), None)
    if sheet is None:
        raise NotFound(f"台账没有名为“{wanted}”的工作表。")
    place, column = down - FIRST_ROW, across - FIRST_COLUMN
    shown = cell.rpartition("!")[2].replace("$", "").strip().upper()
    if not 0 <= place < len(sheet["rows"]) or not 0 <= column < len(sheet["keys"]):
        raise NotFound(f"{wanted}!{shown} 不在数据区内。")
    row, key = sheet["rows"][place], sheet["keys"][column]
    values = row["values"]
    chosen = row["refs"]
    formula, above, below = row["formula"], values.get("numerator"), values.get("denominator")
    if row["above"] is not None and key == "numerator":
        chosen = chosen[: row["above"]]
    elif key in row.get("cells", {}):
        one = row["cells"][key]
        chosen = one["refs"]
        if "of" in one:
            formula, (above, below) = one["formula"], map(str, one["of"])
    elif key in row.get("said", {}):
        # Ledgers of earlier programs know one reference for such a cell.
        chosen = [row["said"][key]]
    return {
        "cell": f"{wanted}!{shown}",
        "key": key,
        "title": _title(sheet, values, key),
        "value": values[key],
        "formula": formula,
        "numerator": above,
        "denominator": below,
        "rows": [tuple(kept["refs"][number]) for number in chosen],
    }


def named(sheet: Mapping[str, Any], values: Mapping[str, str]) -> str:
    """Return by what people know a row of a ledger sheet: its figure, place, item or target, else its first column."""
    if values.get("figure") and values.get("unit_name"):
        return f"{values['unit_name']} {values['figure']}"
    return next(values[key] for key in (*NAMED, *sheet["keys"]) if values.get(key))


def _title(sheet: Mapping[str, Any], values: Mapping[str, str], key: str) -> str:
    """Return what a cell is called: the figure on the first sheet, elsewhere its row and its column."""
    fields = {
        field.key: field.title
        for one in loader.template("T15").sheets
        if one.title == sheet["title"]
        for field in one.fields
    }
    return values["figure"] if values.get("numerator") else f"{named(sheet, values)}·{fields.get(key, key)}"


def address_of(cell: str) -> tuple[str, int, int]:
    """Return (sheet or '', column, row) of an address like `总览!D7`; NotFound when it is none."""
    match = _CELL.fullmatch(cell.strip())
    if match is None:
        raise NotFound(f"“{cell}”不是单元格地址。", "写成 总览!D7 这样。")
    return (match["sheet"] or "").strip("'"), _number(match["column"]), int(match["row"])


class Remembered:
    """A store that is asked the same once: tracing a total asks for every row it counts. Reading only."""

    def __init__(self, store: Store) -> None:
        """Begin with nothing read."""
        self._store = store
        self._kept: dict[Any, Any] = {}

    def __getattr__(self, name: str) -> Any:
        """Return the reading method `name` of the store, remembering its answers."""
        method = getattr(self._store, name)

        def read(*given: Any) -> Any:
            if (name, given) not in self._kept:
                self._kept[name, given] = method(*given)
            return self._kept[name, given]

        return read


def resolve(store: Store | Remembered, ref: Sequence[str], field: str = "", version: int | None = None) -> list[Row]:
    """Return where one counted row stands, nearest first: `{register, file, sheet, cell, sha256, unit}`.

    version: the edition of the register that is meant, the newest when None.

    A row of a register leads through this level's file down to the lower level's original; what the program made itself
    (a task, a draw) names its document.
    """
    from engine import consolidate

    template, sheet, key = ref
    if template == "报送":
        return _submitted(store, key)
    if template == "package":
        return _told(store, sheet, key)
    if template == rollover.KIND:
        return _carried(store, sheet, key)
    if not sheet:
        return [
            {
                "register": template,
                "file": KEPT.get(template, template),
                "sheet": "系统登记",
                "cell": key,
                "sha256": "",
                "unit": "",
            }
        ]
    if template == "schemas":
        return [
            {"register": "T01", "file": "省级随机抽查事项清单", "sheet": sheet, "cell": key, "sha256": "", "unit": ""}
        ]
    steps = consolidate.provenance(store, template, sheet, key, version)
    return [_place(one, template, field) for one in steps] or _accepted(store, template, sheet, key, field)


def _submitted(store: Store | Remembered, key: str) -> list[Row]:
    """Return every file a unit sent for one duty (`unit/template`), oldest first."""
    unit, code = key.split("/")
    return [
        {"register": code, "file": one["file"], "sheet": "封面", "cell": "B1", "sha256": one["sha256"], "unit": unit}
        for one in store.submissions(code)
        if one["unit"] == unit
    ]


def _told(store: Store | Remembered, part: str, key: str) -> list[Row]:
    """Return the place in the manifest of a package that says something (`<SHA-256 of the package>/<subject>`)."""
    digest, _, subject = key.partition("/")
    unit = text((store.document("package", digest) or {}).get("unit"))
    name = next((one["name"] for one in store.arrivals() if one["sha256"] == digest), f"package/{digest}")
    return [
        {
            "register": "报送包",
            "file": name,
            "sheet": MANIFEST,
            "cell": f"{part}/{subject}",
            "sha256": digest,
            "unit": unit,
        }
    ]


def _carried(store: Store | Remembered, kind: str, key: str) -> list[Row]:
    """Return the place of what an earlier year left: it was taken over with the folder of that year, which has the originals."""
    source = store.document(rollover.KIND, "source") or {}
    return [
        {
            "register": rollover.KIND,
            "file": f"{source.get('year', '上')}年工作文件夹（结转）",
            "sheet": rollover.TITLES[kind],
            "cell": key,
            "sha256": "",
            "unit": "",
        }
    ]


def _accepted(store: Store | Remembered, template: str, sheet: str, key: str, field: str) -> list[Row]:
    """Return the place of a row that no register holds: the accepted submission itself."""
    for one in store.submissions(template, "accepted"):
        grid, columns, rows = store.table(one["id"], sheet)
        for number, name, _ in rows:
            if name == key:
                cells = {column: f"{letter}{number}" for column, letter in columns.items()}
                step = {
                    "file": one["file"],
                    "grid": grid,
                    "row": number,
                    "cells": cells,
                    "sha256": one["sha256"],
                    "unit": one["unit"],
                }
                return [_place(step, template, field)]
    return []


def _place(step: Mapping[str, Any], template: str, field: str) -> Row:
    cells = step.get("cells") or {}
    cell = cells.get(field) or next(iter(cells.values()), f"第{step['row']}行")
    return {
        "register": step.get("template", template),
        "file": step["file"],
        "sheet": step["grid"],
        "cell": cell,
        "sha256": step["sha256"],
        "unit": step["unit"],
    }


def _number(letters: str) -> int:
    number = 0
    for letter in letters.upper():
        number = number * 26 + ord(letter) - 64
    return number
