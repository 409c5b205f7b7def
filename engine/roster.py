"""The published register as a stranger has it in hand - XLSX, CSV or JSON - to hold against the sealed one (decisions 12)."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from engine.model import NotFound, Refused
from engine.values import text
from workbooks.container import open_book

if TYPE_CHECKING:
    from pathlib import Path

    from engine.values import Row
    from workbooks.model import Cell

NAMES = ("id", "target_id", "编号", "对象编号")
REASONS = ("excluded", "未纳入原因")
HINT = "需要一列“编号”（或“对象编号”）；未纳入抽取的另有一列“未纳入原因”。"


def read(path: Path) -> list[Row]:
    """Return `{id, excluded}` rows, `excluded` being the public reason or None.

    The heading may stand anywhere above the rows. Raises NotFound without the file, Refused when there is no column of
    ids, no row, or an id twice; `WorkbookError` for a file that is no table.
    """
    if not path.is_file():
        raise NotFound(f"没有文件“{path}”。", "请给出公布的名录文件（xlsx、csv 或 json）。")
    data = path.read_bytes()
    found = _from_json(data) if path.suffix.lower() == ".json" else _from_table(data, path.name)
    if not found:
        raise Refused(f"“{path.name}”里没有名录。", HINT)
    names = [text(row["id"]) for row in found]
    twice = sorted({name for name in names if names.count(name) > 1}) if len(set(names)) < len(names) else []
    if twice:
        raise Refused(f"“{path.name}”里编号 {twice[0]} 重复。", "同一对象只能出现一次。")
    return found


def _from_json(data: bytes) -> list[Row]:
    try:
        body = json.loads(data.decode("utf-8-sig"))
    except ValueError as error:
        raise Refused("名录不是有效的 JSON。", HINT) from error
    if not isinstance(body, list) or not all(isinstance(row, dict) and text(row.get("id")) for row in body):
        raise Refused("JSON 名录应是由 id 和 excluded 组成的列表。", HINT)
    return [{"id": text(row["id"]), "excluded": text(row.get("excluded")) or None} for row in body]


def _from_table(data: bytes, name: str) -> list[Row]:
    for grid in open_book(data, name).grids:
        columns: dict[str, int] = {}
        found = []
        for number in sorted(grid.rows):
            row = grid.rows[number]
            heading = _heading(row)
            if heading:
                columns = heading
            elif columns and _shown(row, columns["id"]):
                reason = _shown(row, columns["excluded"]) if "excluded" in columns else ""
                found.append({"id": _shown(row, columns["id"]), "excluded": reason or None})
        if found:
            return found
    return []


def _heading(row: dict[int, Cell]) -> dict[str, int]:
    """Return the columns of id and reason if `row` is a heading, else nothing."""
    titles = {cell.text.strip().lstrip("*").strip(): column for column, cell in row.items()}
    found = {}
    for key, known in (("id", NAMES), ("excluded", REASONS)):
        column = next((titles[one] for one in known if one in titles), None)
        if column is not None:
            found[key] = column
    return found if "id" in found else {}


def _shown(row: dict[int, Cell], column: int) -> str:
    cell = row.get(column)
    return "" if cell is None else cell.text.strip()
