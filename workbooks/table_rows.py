"""The rows under a heading: which are data, which are totals, signatures, repeated headings, blanks (intake S, 41-55).

One cause gives one problem, however many rows it touches.
"""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING

from workbooks.addresses import address, letters
from workbooks.heading import CHECK_KEY, EXPLAIN_KEY, ROW_KEY, heading_words, normalise, words
from workbooks.model import Cell, Located, Problem, RawRow
from workbooks.tints import GREY

if TYPE_CHECKING:
    from collections.abc import Iterable

    from schemas.declare import Sheet
    from workbooks.heading import Heading
    from workbooks.model import Grid

DITTO = frozenset(("〃", '"', "″", "”", "〞", "“", "''", "同上", "同 上", "同上。", "〃〃", "々", "ditto"))
_LONGEST_DITTO = max(map(len, DITTO))
DECISIONS = ("采用建议", "保留原值")
_TOTAL = re.compile(
    r"(?:本页|本表|本县|全县|全市|全省|累)?(?:合\s*计|小\s*计|总\s*计|共\s*计)(?:\s*[:：（(\d一二三四五六七八九十两].*|人数|人|数)?|计"
    r"|(?:以\s*上)?(?:合计|共计|共有|共)\s*[\d一二三四五六七八九十百两]+\s*(?:人|名|位|家|个|户|件|项|条|行)[。.]?"
)
_SIGNATURE = re.compile(
    r"(?:(?:填\s*报|填\s*表|制\s*表|审\s*核|负\s*责|签\s*发|经\s*办|复\s*核|联\s*系|报\s*送|上\s*报|统\s*计)\s*"
    r"(?:人|单位|日期|时间|电话|负责人)?|单位(?:负责人|盖章|公章|（盖章）|\(盖章\))|日\s*期|[（(]?(?:公章|盖章)[）)]?)"
    r"(?:（[^）]*）)?\s*(?:[:：].*|1[0-9]{10}.*|0[0-9]{2,3}-?[0-9]{7}.*|$)",
    re.DOTALL,
)
_CONTACT = re.compile(r"(?:联系|办公)?(?:电\s*话|手\s*机)(?:号码?)?|传\s*真|邮\s*箱|签\s*[字名]|盖\s*章")
_REMARK = re.compile(r"(?:附?注|备注|说明|填表说明|填报说明|附)\s*\d*\s*[:：].*|※.*", re.DOTALL)
_SHOWN = 40
_OTHER_TABLE = "DR-S027"
_LONGEST_HEAD = 12


def read_table(grid: Grid, sheet: Sheet, heading: Heading) -> Located:
    """Return the table: its data rows as found, explanations and decisions of a returned copy, and its problems."""
    table = Located(sheet=sheet.name, grid=grid.name, columns=dict(heading.columns), rows=[])
    scan = _Scan(grid, sheet, heading, table)
    scan.rows()
    scan.colours()
    scan.merges()
    scan.dittos()
    scan.notes()
    return table


class _Scan:
    """One walk over the rows below a heading; collects row numbers by cause."""

    def __init__(self, grid: Grid, sheet: Sheet, heading: Heading, table: Located) -> None:
        self.grid, self.sheet, self.heading, self.table = grid, sheet, heading, table
        self.by_column = {column: key for key, column in heading.columns.items()}
        self.fields = {one.key: one for one in sheet.fields}
        self.computed = {one.key for one in sheet.fields if one.computed}
        if len(self.computed) == len(sheet.fields):  # a table we write ourselves: what is computed is all there is
            self.computed = set()
        self.typed_columns = {column for key, column in heading.columns.items() if key not in self.computed}
        self.typed = max(len(self.typed_columns), 1)
        self.initials = {title.lstrip()[0] for title in heading.titles.values() if title.strip()}
        self.set_aside: dict[str, list[int]] = {}
        self.other_table: tuple[int, str] | None = None
        self.quoted = ""
        self.numbering: list[str] = []
        self.loose: list[tuple[int, int, str]] = []
        self.ditto_places: dict[str, list[int]] = {}
        self.ditto_mark: dict[str, str] = {}
        self.pictures: dict[str, int] = {}

    def rows(self) -> None:
        """Sort every row below the heading into data or one of the causes for leaving it out."""
        own = self.heading.own
        row_column, check, explain = (own.get(key) for key in (ROW_KEY, CHECK_KEY, EXPLAIN_KEY))
        ours = {column for column in (row_column, check, explain) if column}
        by_column, typed_columns, first = self.by_column, self.typed_columns, self.heading.first
        longest = _LONGEST_DITTO
        for number, row in self.grid.rows.items():
            if number < first:
                continue
            cells: dict[str, Cell] = {}
            others: dict[int, str] = {}
            typed, is_odd = 0, False
            for column, cell in row.items():
                kind, text, formula, _, is_struck = cell
                key = by_column.get(column)
                if key is not None:
                    if text or kind == "formula":
                        cells[key] = cell
                        typed += column in typed_columns and not text.isspace()
                        # A function of its own for ditto marks would cost a tenth of the walk.
                        is_odd = (
                            is_odd
                            or is_struck
                            or formula is not None
                            or (len(text) <= longest and text.strip() in DITTO)
                        )
                elif column not in ours and text and not text.isspace():
                    others[column] = text
            if self._is_left_out(number, row, cells, typed, is_empty=not typed and not others):
                continue
            if typed:
                self.table.rows.append(self._row(number, cells, others, is_odd=is_odd))
            else:
                self.loose.extend((number, column, text) for column, text in others.items())
            if typed and row_column in row and row[row_column].formula is None:
                self.numbering.append(row[row_column].text.strip())
            if explain in row and row[explain].text.strip():
                self.table.explanations[number] = row[explain].text.strip()
            if check in row and row[check].text.strip() in DECISIONS:
                self.table.decisions[number] = row[check].text.strip()

    def _row(self, number: int, cells: dict[str, Cell], others: dict[int, str], *, is_odd: bool) -> RawRow:
        extra: dict[str, str] = {}
        for column, text in others.items():
            if column in self.heading.titles:
                extra[self.heading.titles[column]] = text
            else:
                self.loose.append((number, column, text))
        is_struck = is_odd and 2 * sum(cell.struck for cell in cells.values()) > len(cells)
        if is_odd:
            self._note_odd(number, cells)
        return RawRow(number, cells, extra, number in self.grid.hidden_rows, is_struck)

    def _note_odd(self, number: int, cells: dict[str, Cell]) -> None:
        """Remember ditto marks and pictures inside cells."""
        for key, cell in cells.items():
            if _is_ditto(cell.text):
                self.ditto_places.setdefault(key, []).append(number)
                self.ditto_mark[key] = cell.text.strip()
            if cell.formula is not None and "DISPIMG" in cell.formula:
                self.pictures.setdefault(key, number)
                self.table.unreadable.add((number, key))

    # Rows that are no data -----------------------------------------------------------------------------------------

    def _is_left_out(
        self, number: int, row: dict[int, Cell], cells: dict[str, Cell], typed: int, *, is_empty: bool
    ) -> bool:
        """Return True when the row is blank or set aside, and remember why."""
        if is_empty and not any(cell.formula is None for cell in row.values()):
            return True
        code = self._cause(number, row, cells, typed)
        if code is not None:
            self.set_aside.setdefault(code, []).append(number)
        if code == "DR-S011":
            beside = {letters(column): one.text for column, one in row.items() if column not in self.by_column}
            self.table.totals.append(RawRow(number, cells, beside))
        return is_empty or code is not None

    def _cause(self, number: int, row: dict[int, Cell], cells: dict[str, Cell], typed: int) -> str | None:
        if self._repeats_heading(row):
            return "DR-S010"
        if self.other_table or self._heads_another_table(number, row):
            return _OTHER_TABLE
        if typed > 1 and self._is_example(cells):
            return "DR-S022"
        if typed * 2 <= self.typed or typed <= 2:
            texts = [cell.text.strip() for cell in row.values() if cell.kind == "text" and cell.text.strip()]
            if is_total(texts):
                return "DR-S011"
            if is_signature(texts):
                self.quoted = self.quoted or texts[0][:_SHOWN]
                return "DR-S012"
        return None

    def _repeats_heading(self, row: dict[int, Cell]) -> bool:
        """Return True for a heading, key row or title that stands in the table a second time."""
        hits = filled = 0
        for column, cell in row.items():
            text = cell.text
            if text:
                filled += 1
                if text[0] == "#" or text[0] in self.initials:
                    hits += text[0] == "#" or normalise(text) == normalise(self.heading.titles.get(column, ""))
                if filled == 4 and not hits:
                    return False
        if hits > 1 and hits * 2 > filled:
            return True
        text = next((cell.text for cell in row.values() if cell.text), "")
        return filled < 3 and len(text) > 3 and text in self.heading.above

    def _heads_another_table(self, number: int, row: dict[int, Cell]) -> bool:
        """Return True for a row of column headings that are not those of this table: a second table begins here."""
        first = next((cell.text for cell in row.values() if cell.text), "")
        if len(first) > _LONGEST_HEAD or first.isdigit() or normalise(first) not in heading_words():
            return False
        texts = [cell.text.strip() for cell in row.values() if cell.formula is None and cell.text.strip()]
        # With a colon it is a line of signatures or contacts that waits to be filled in.
        heads = sum(
            len(text) <= _LONGEST_HEAD and text[-1] not in ":：" and words(text)[1] in heading_words() for text in texts
        )
        if len(texts) < 2 or heads < 2 or 3 * heads < 2 * len(texts):
            return False
        self.other_table = number, "、".join(texts)[:_SHOWN]
        return True

    def _is_example(self, cells: dict[str, Cell]) -> bool:
        """Return True when the row is the whole example of the template and nothing else."""
        for key, cell in cells.items():
            if key not in self.computed and (not cell.text or cell.text != self.fields[key].example):
                return False
        return not any(one.example and key not in cells for key, one in self.fields.items())

    # After the walk ------------------------------------------------------------------------------------------------

    def merges(self) -> None:
        """Fill vertically merged cells of `fill_down` fields; any other merge over several rows is an error."""
        if not self.grid.merges:
            return
        rows = {one.number: one for one in self.table.rows}
        last = max(rows, default=0)
        filled: dict[str, list[str]] = {}
        wrong: dict[str, list[str]] = {}
        for top, left, bottom, right in self.grid.merges:
            if top not in rows:
                continue
            touched = [number for number in range(top, min(bottom, last) + 1) if number in rows]
            place = f"{address(top, left)}:{address(bottom, right)}"
            keys = [self.by_column[column] for column in range(left, right + 1) if column in self.by_column]
            head = rows[top].cells.get(keys[0]) if keys else None
            if head is None or not (len(touched) > 1 or len(keys) > 1):
                continue
            key = keys[0]
            if len(keys) == 1 and self.fields[key].fill_down:
                for number in touched[1:]:
                    rows[number].cells[key] = head
                filled.setdefault(key, []).append(place)
            else:
                wrong.setdefault(key, []).append(place)
                self.table.unreadable.update((number, key) for number in touched[1:])
                self.table.unreadable.update((top, one) for one in keys[1:])
        self._tell_merges("DR-S013", filled)
        self._tell_merges("DR-S014", wrong)

    def _tell_merges(self, code: str, found: dict[str, list[str]]) -> None:
        """Tell all merges of one kind at once: whoever merged one column of a record merged the others with it."""
        if found:
            places = [place for ranges in found.values() for place in ranges]
            titles = "、".join(self.fields[key].title for key in list(found)[:5])
            shown = "、".join(places[:5]) + ("等" if len(places) > 5 else "")
            self._tell(code, places[0].split(":")[0], next(iter(found)), title=titles, range=shown)

    def colours(self) -> None:
        """Take a row that is grey as a whole for one that is struck through; tell once where else colour sets rows apart.

        What stands in the same colour all down its column is decoration, and so are bands of every other row.
        """
        first, columns = self.heading.first, self.typed_columns
        if not any(row >= first and column in columns for row, column in self.grid.tints):
            return
        usual = {column: self._usual_tint(column) for column in self.typed_columns}
        marked: list[int] = []
        for place, row in enumerate(self.table.rows):
            odd = [
                tint
                for key in row.cells
                if (column := self.heading.columns[key]) in usual
                and (tint := self.grid.tints.get((row.number, column), "")) != usual[column]
            ]
            if 2 * odd.count(GREY) > len(row.cells):
                cells = {key: cell._replace(struck=True) for key, cell in row.cells.items()}
                self.table.rows[place] = replace(row, cells=cells, is_struck=True)
            elif odd:
                marked.append(row.number)
        numbers = [row.number for row in self.table.rows]
        if len(marked) < 2 or marked not in (numbers[::2], numbers[1::2]):
            self._tell_rows("DR-S026", marked)

    def _usual_tint(self, column: int) -> str:
        found = {self.grid.tints.get((row.number, column), "") for row in self.table.rows}
        return found.pop() if len(found) == 1 else ""

    def dittos(self) -> None:
        """Replace ditto marks in `fill_down` fields by the value above; elsewhere they are an error."""
        for key, numbers in self.ditto_places.items():
            code = "DR-S016"
            if self.fields[key].fill_down:
                marked, above = set(numbers), None
                for row in self.table.rows:
                    if row.number not in marked:
                        above = row.cells.get(key)
                    elif above is not None:
                        row.cells[key] = above
                if self.table.rows[0].number not in marked:
                    code = "DR-S015"
            if code == "DR-S016":
                self.table.unreadable.update((number, key) for number in numbers)
            place = address(numbers[0], self.heading.columns[key])
            params = {"title": self.fields[key].title, "rows": spans(numbers), "mark": self.ditto_mark[key]}
            self._tell(code, place, key, **params)

    def notes(self) -> None:
        """Tell every remaining cause once."""
        data = [row.number for row in self.table.rows]
        self._tell_other_table()
        for code, numbers in self.set_aside.items():
            self._tell(code, address(numbers[0], self._first_column()), rows=spans(numbers), text=self.quoted)
        for key, number in self.pictures.items():
            self._tell("DR-S021", address(number, self.heading.columns[key]), key, title=self.fields[key].title)
        self._tell_rows("DR-S006", (row.number for row in self.table.rows if row.is_hidden), how=self._how_hidden())
        for row in self.table.rows:
            if row.is_struck:  # each of them asks a question of its own
                self._tell_rows("DR-S008", [row.number])
        if data:
            inner = set(range(self.heading.first, data[-1] + 1)) - set(data)
            inner -= {number for numbers in self.set_aside.values() for number in numbers}
            inner -= {number for number, _, _ in self.loose} | self._merged_away(data)
            self._tell_rows("DR-S009", sorted(inner))
            limit = self.heading.first + self.sheet.rows - 1
            if self.heading.has_keys and data[-1] > limit:
                self._tell("DR-S023", address(data[-1], self._first_column()), last=str(data[-1]), limit=str(limit))
        self._note_columns()
        self._note_numbering()
        self._note_drawings()

    def _tell_other_table(self) -> None:
        """Tell once that a second table begins, where, and under which words; its title above it is part of it."""
        if self.other_table is None:
            return
        number, heads = self.other_table
        rows = self.set_aside.pop(_OTHER_TABLE)
        last = max((row.number for row in self.table.rows if row.number < number), default=0)
        self.loose = [one for one in self.loose if not last < one[0] <= rows[-1]]
        above = [one for one in self.set_aside.pop("DR-S012", ()) if not last < one < number]
        self.set_aside |= {"DR-S012": above} if above else {}
        self._tell(
            _OTHER_TABLE, address(number, min(self.grid.rows[number])), where=f"第 {spans(rows)} 行", heads=heads
        )

    def _merged_away(self, data: list[int]) -> set[int]:
        """Return the rows that are only the lower part of a tall record."""
        known = set(data)
        return {
            number
            for top, _, bottom, _ in self.grid.merges
            if top in known and bottom - top < 1000
            for number in range(top + 1, bottom + 1)
        }

    def _how_hidden(self) -> str:
        return "筛选隐藏" if self.grid.is_filtered else "隐藏"

    def _note_columns(self) -> None:
        hidden = [
            column
            for key, column in self.heading.columns.items()
            if column in self.grid.hidden_columns
            and not (self.fields[key].computed or self.fields[key].prefilled)
            and any(key in row.cells for row in self.table.rows)
        ]
        if hidden:
            self._tell(
                "DR-S007", address(self.heading.first, hidden[0]), columns="、".join(map(letters, sorted(hidden)))
            )
        extra: dict[str, int] = {}
        for row in self.table.rows:
            for title in row.extra:
                extra.setdefault(title, row.number)
        places = {title: column for column, title in self.heading.titles.items()}
        beside = self._other_table_beside(extra, places)
        for title in beside:
            del extra[title]
        for title, number in extra.items():
            column = places[title]
            self._tell("DR-H004", address(number, column), column=letters(column), heading=title.strip()[:_SHOWN])
        if self.loose:
            number, column, text = self.loose[0]
            self._tell("DR-S025", address(number, column), text=text.strip()[:_SHOWN])

    def _other_table_beside(self, extra: dict[str, int], places: dict[str, int]) -> list[str]:
        """Tell of a second table beside this one and return its headings: they stand apart, and each heads a column."""
        edge = max((*self.heading.columns.values(), *self.heading.own.values()), default=0) + 1
        found = sorted((title for title in extra if places[title] > edge), key=places.__getitem__)
        if len(found) < 2 or edge in self.heading.titles:
            return []
        if not all(len(title.strip()) <= _LONGEST_HEAD and words(title)[1] in heading_words() for title in found):
            return []
        first, last = (letters(places[found[place]]) for place in (0, -1))
        heads = "、".join(title.strip() for title in found)[:_SHOWN]
        self._tell(
            _OTHER_TABLE, address(self.heading.title_row, places[found[0]]), where=f"{first}–{last} 列", heads=heads
        )
        self.loose = [one for one in self.loose if one[1] <= edge]
        return found

    def _note_numbering(self) -> None:
        typed = [text for text in self.numbering if text]
        if typed and typed != [str(number) for number in range(1, len(typed) + 1)] and self.heading.has_keys:
            self._tell("DR-S024", address(self.heading.first, self.heading.own[ROW_KEY]))

    def _note_drawings(self) -> None:
        if self.grid.drawings:
            self._tell("DR-S020", None, found=self.grid.name, count=str(self.grid.drawings))
        if CHECK_KEY in self.heading.own:  # the comments of a returned copy are ours
            return
        last = self.table.rows[-1].number if self.table.rows else 0
        for (number, column), text in sorted(self.grid.comments.items()):
            if self.heading.first <= number <= last and text.strip():
                self._tell("DR-S019", address(number, column), self.by_column.get(column), text=text.strip()[:_SHOWN])

    def _first_column(self) -> int:
        return min((*self.heading.columns.values(), *self.heading.own.values()), default=1)

    def _tell_rows(self, code: str, numbers: Iterable[int], **params: str) -> None:
        found = list(numbers)
        if found:
            self._tell(code, address(found[0], self._first_column()), rows=spans(found), **params)

    def _tell(self, code: str, cell: str | None, field: str | None = None, **params: str) -> None:
        self.table.problems.append(
            Problem(code, sheet=self.grid.name, cell=cell, field=field, params=tuple(params.items()))
        )


def _is_ditto(text: str) -> bool:
    return len(text) <= _LONGEST_DITTO and text.strip() in DITTO


def is_total(texts: list[str]) -> bool:
    """Return True when one of the first texts of a row announces a total."""
    return any(_TOTAL.fullmatch(text) for text in texts[:3])


def is_signature(texts: list[str]) -> bool:
    """Return True when a row begins like a signature or a remark under the table; a bare word only if it stands alone or
    another such word follows.
    """
    if not texts:
        return False
    match = _SIGNATURE.match(texts[0]) or _REMARK.match(texts[0])
    if match is None or len(texts) < 3 or any(mark in texts[0] for mark in ":：※"):
        return match is not None
    # Each word and what belongs to it in a cell of its own: 联系人 | 孙立 | 电话 | 0715-8255001.
    return sum(bool(_SIGNATURE.match(text) or _CONTACT.fullmatch(text)) for text in texts) > 1


def spans(numbers: Iterable[int]) -> str:
    """Return row numbers in the shortest words: 5–8、12; at most ten pieces."""
    pieces: list[list[int]] = []
    for number in sorted(numbers):
        if pieces and number == pieces[-1][1] + 1:
            pieces[-1][1] = number
        else:
            pieces.append([number, number])
    shown = [str(first) if first == last else f"{first}–{last}" for first, last in pieces[:10]]
    return "、".join(shown) + ("等" if len(pieces) > 10 else "")
