"""A worksheet as expat tells it: any namespace prefix, encoding, attribute order or missing address."""

from __future__ import annotations

from typing import TYPE_CHECKING

from workbooks.addresses import split_address
from workbooks.gate import local

if TYPE_CHECKING:
    from workbooks.xlsx_sheet import SheetReader

_TRUE = ("1", "true", "on")


class SheetEvents:
    """The expat handlers of a worksheet in any namespace prefix, encoding and order."""

    def __init__(self, reader: SheetReader) -> None:
        self._reader = reader
        self._row = self._column = 0
        self._cell: dict[str, str] = {}
        self._raw: str | None = None
        self._formula: str | None = None
        self._pieces: list[str] = []
        self._inline: list[str] = []
        self._phonetic = 0
        self._depth_of_extension = 0
        self._names: dict[str, str] = {}

    def start(self, tag: str, given: dict[str, str]) -> None:
        """Handle the start of an element."""
        short = self._names.get(tag)
        if short is None:
            short = self._names[tag] = local(tag)
        if self._depth_of_extension or short == "extLst":
            self._depth_of_extension += 1
        elif short == "c":
            self._start_cell(given)
        elif short in ("v", "f", "t", "oddFooter"):
            self._pieces = []
        elif short == "row":
            self._start_row(given)
        elif short == "rPh":
            self._phonetic += 1
        else:
            self._frame(short, given)

    def _frame(self, short: str, given: dict[str, str]) -> None:
        grid = self._reader.grid
        if short == "col":
            if given.get("hidden") in _TRUE and given.get("min", "").isdigit() and given.get("max", "").isdigit():
                self._reader.add_columns(int(given["min"]), int(given["max"]))
        elif short == "mergeCell":
            self._reader.add_merge(given.get("ref", ""))
        elif short == "filterColumn" or (short == "sheetPr" and given.get("filterMode") in _TRUE):
            grid.is_filtered = True

    def _start_row(self, given: dict[str, str]) -> None:
        number = given.get("r")
        if number is None:
            self._row += 1
        elif number.isascii() and number.isdigit() and int(number) > 0:
            self._row = int(number)
        else:
            self._reader.refuse_cell(f"第 {number[:20]} 行", "行号不合法")
        self._column = 0
        height = given.get("ht", "")
        is_flat = height.startswith("0") and not height.strip("0.")
        self._reader.add_row(self._row, is_hidden=given.get("hidden") in _TRUE or is_flat)

    def _start_cell(self, given: dict[str, str]) -> None:
        place = given.get("r")
        if place is None:
            self._column += 1
        else:
            found = split_address(place)
            if found is None or found[0] == 0:
                self._reader.refuse_cell(place[:20], "单元格地址不合法")
            else:
                self._row, self._column = found
        self._cell, self._raw, self._formula = given, None, None
        self._inline = []

    def text(self, data: str) -> None:
        """Handle character data."""
        self._pieces.append(data)

    def end(self, tag: str) -> None:
        """Handle the end of an element."""
        if self._depth_of_extension:
            self._depth_of_extension -= 1
            return
        short = self._names[tag]
        if short == "v":
            self._raw = "".join(self._pieces)
        elif short == "f":
            self._formula = "".join(self._pieces)
        elif short == "t" and not self._phonetic:
            self._inline.append("".join(self._pieces))
        elif short == "rPh":
            self._phonetic -= 1
        elif short == "c":
            self._end_cell()
        elif short == "oddFooter":
            self._reader.footers.append("".join(self._pieces))

    def _end_cell(self) -> None:
        is_inline = self._cell.get("t") == "inlineStr" and self._inline
        raw = "".join(self._inline) if is_inline else self._raw
        self._reader.add((self._row, self._column), self._cell, raw, self._formula)
