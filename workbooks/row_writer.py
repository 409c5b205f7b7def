"""Worksheets of xlsxwriter that take our formulas as they are, and one that keeps a data row only as its text.

xlsxwriter holds every cell as an object until the file is closed: 100,000 rows would not fit into what a worker may use.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any


class Digits(float):
    """A number with the digits its sender's file has for it: they go back as they are."""

    def __init__(self, digits: str) -> None:
        self.digits = digits


@lru_cache(maxsize=1)
def plain_formulas() -> type:
    """Return a worksheet that takes formulas as they are: ours need no prefix of a newer Excel, and a form has thousands."""
    from xlsxwriter.worksheet import Worksheet

    class PlainFormulas(Worksheet):
        def _prepare_formula(self, formula: str, expand_future_functions: bool = False) -> str:
            return formula.removeprefix("=")

    return PlainFormulas


@lru_cache(maxsize=4)
def row_by_row(first: int) -> type:
    """Return a worksheet whose rows from `first` (counted from 0) on are written one after the other, never again."""

    class RowByRow(plain_formulas()):  # type: ignore[misc]
        dim_rowmax: int  # the last row seen, as xlsxwriter counts

        def __init__(self) -> None:
            super().__init__()
            self.finished: list[str] = []
            self.number = first
            self.cells: dict[int, str] = {}

        def _write_string(self, row: int, col: int, string: str, cell_format: Any = None) -> int:
            if row < first:
                return super()._write_string(row, col, string, cell_format)
            index = self.str_table._get_shared_string_index(string)
            return self._keep(row, col, cell_format, f' t="s"><v>{index}</v></c>')

        def _write_number(self, row: int, col: int, number: float, cell_format: Any = None) -> int:
            if row < first:
                return super()._write_number(row, col, number, cell_format)
            digits = number.digits if isinstance(number, Digits) else f"{number:.16G}"
            return self._keep(row, col, cell_format, f"><v>{digits}</v></c>")

        def _write_blank(self, row: int, col: int, blank: object, cell_format: Any = None) -> int:
            if row < first:
                return super()._write_blank(row, col, blank, cell_format)
            return self._keep(row, col, cell_format, "/>")

        def _write_formula(self, row: int, col: int, formula: str, cell_format: Any = None, value: Any = 0) -> int:
            if row < first:
                return super()._write_formula(row, col, formula, cell_format, value)
            kind = ' t="str"' if isinstance(value, str) and value else ""
            text = self._escape_data(self._prepare_formula(formula))
            return self._keep(row, col, cell_format, f"{kind}><f>{text}</f><v>{self._escape_data(value)}</v></c>")

        def _keep(self, row: int, col: int, cell_format: Any, text: str) -> int:
            if row != self.number:
                if row < self.number:
                    raise ValueError(f"row {row + 1} is finished, {self.number + 1} is being written")
                self._finish()
                self.number = row
            if not self.cells:
                self._check_dimensions(row, col)
            style = f' s="{cell_format._get_xf_index()}"' if cell_format else ""
            self.cells[col] = f'<c r="{_letters(col)}{row + 1}"{style}{text}'
            return 0

        def _finish(self) -> None:
            if not self.cells:
                return
            info = self.row_info.pop(self.number, None)
            height = f' ht="{info.height * 0.75:.16g}" customHeight="1"' if info else ""
            cells = "".join(self.cells[col] for col in sorted(self.cells))
            self._check_dimensions(self.number, max(self.cells))
            self.finished.append(f'<row r="{self.number + 1}"{height}>{cells}</row>')
            self.cells = {}

        def _write_rows(self) -> None:
            self._finish()
            last, self.dim_rowmax = self.dim_rowmax, first - 1
            super()._write_rows()
            self.dim_rowmax = last
            self.fh.writelines(self.finished)

    return RowByRow


@lru_cache(maxsize=1024)
def _letters(column: int) -> str:
    from xlsxwriter.utility import xl_col_to_name

    return xl_col_to_name(column)
