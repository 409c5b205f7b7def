"""The intake reads cells: outcomes of the normaliser, units by name, swapped columns, proposals from the roster (D073, D103)."""

from __future__ import annotations

import re
from itertools import combinations, product
from typing import TYPE_CHECKING, Any

from engine import days, resolve
from engine.draft import COVER, add_explained, add_problem, address, issue, row_key, sheet_title, shown
from engine.identifiers import uscc_fault
from engine.model import Edit
from engine.normalise import Column, column, says_nothing
from engine.outcome import BAD, Outcome
from schemas import loader
from schemas.declare import FieldType, Shape
from schemas.loader import code_lists
from workbooks.model import Cell

if TYPE_CHECKING:
    from collections.abc import Mapping

    from engine.draft import Context, Draft
    from engine.model import Issue
    from schemas.declare import Field, Sheet
    from workbooks.model import Located, RawRow

ADOPT = "采用建议"
_SILENT = Outcome(BAD)
_WORDY = (FieldType.TEXT, FieldType.CODES)
_CONTINUED = 2
"""A row with no more cells than this, none of which says who or what it is about, goes on with the row above."""
_NUMBERED = (Shape.CERTIFICATE, Shape.LICENCE, Shape.PHONE, Shape.PERSON_ID, Shape.USCC)
_DIGITS = re.compile(r"[0-9A-Za-z\-]{5,}", re.ASCII)
_HAN = re.compile(r"[\u3400-\u9fff·]{2,6}")


def read_cover(draft: Draft, context: Context) -> None:
    """Read the cover: its values, and what is missing or wrong on it; a cover that is not there is one cause (D033)."""
    filled = draft.filled
    assert filled is not None
    if not filled.cover_cells:
        draft.add("DR-S001", params={"title": "封面", "name": "封面"}, sheet=COVER)
        return
    explanation = filled.cover["explanation"].text if "explanation" in filled.cover else ""
    for one in loader.template("T00").sheets[0].fields:
        place = filled.cover_cells.get(one.key)
        raw = filled.cover.get(one.key)
        if one.prefilled or one.computed:
            draft.cover[one.key] = raw.text if raw else ""
            continue
        found = column(one, draft.year)[raw] if raw else Outcome(None)
        draft.cover[one.key] = None if found.value is BAD else found.value
        params = {"where": "封面", "title": one.title, "expected": found.expected, "new": str(found.value)}
        given = {"sheet": COVER, "cell": place, "field": one.key, "value": raw.text if raw else None}
        if found.fixed and found.value is not BAD:
            draft.add(found.fixed, params=params, **given)
        if found.issue and found.issue != "DR-C008":
            told = issue(found.issue, params=params, proposal=found.proposal, **given)
            add_explained(draft, told, explanation)
        elif found.value is None and one.required:
            draft.add("DR-R003", params=params, **given)
        elif one.key == "filled_on" and context.today and str(found.value) > context.today:
            draft.add("DR-D013", params=params, **given)
        elif one.key == "filled_on" and str(found.value) < f"{draft.year - 1}-12":
            meant = f"{draft.year}{str(found.value)[4:]}"
            params["expected"] = str(draft.year)
            told = issue("DR-D014", params=params, proposal=_not_after(meant, context.today), **given)
            add_explained(draft, told, explanation)


def _not_after(day: str, today: str) -> str | None:
    """Return a day that exists and has come."""
    return day if day <= (today or day) and days.exists(day) else None


def read_remarks(draft: Draft) -> None:
    """Tell of private numbers and marks of secrecy outside the rows: on the cover, in explanations (D119, D120)."""
    from engine.checks.content import amiss

    filled = draft.filled
    assert filled is not None
    for one in loader.template("T00").sheets[0].fields:
        is_typed = one.type is FieldType.TEXT and one.shape is not Shape.PHONE and not (one.prefilled or one.computed)
        if is_typed and one.key in filled.cover:
            text, place = filled.cover[one.key].text, filled.cover_cells.get(one.key)
            for code in amiss(text):
                params = {"where": "封面", "title": one.title}
                draft.add(code, sheet=COVER, cell=place, field=one.key, value=text, params=params)
    for table in filled.tables:
        for row, text in sorted(table.explanations.items()):
            for code in amiss(text):
                params = {"where": f"“{sheet_title(draft, table.sheet)}”第 {row} 行", "title": "情况说明"}
                draft.add(code, sheet=table.sheet, cell=f"A{row}", value=text, params=params)


def read_tables(draft: Draft, context: Context) -> None:
    """Read every table cell by cell, equal cells of a column once."""
    filled, template = draft.filled, draft.template
    assert filled is not None and template is not None
    for table in filled.tables:
        for problem in table.problems:
            number = int(re.sub("[^0-9]", "", problem.cell or "") or 0)
            add_problem(draft, problem, table.sheet, table.explanations.get(number, ""))
        declared = {one.key: one for one in template.sheet(table.sheet).fields}
        columns = {key: _column(one, draft) for key, one in declared.items()}
        silent: dict[int, list[str]] = {}
        for number, key in sorted(table.unreadable | _swapped(draft, table, declared)):
            silent.setdefault(number, []).append(key)
        rows: list[tuple[Any, dict[str, Outcome]]] = []
        for row in table.rows:
            outcomes = {key: columns[key][raw] for key, raw in row.cells.items()}
            for key in silent.get(row.number, ()):
                outcomes[key] = _SILENT
            if len(row.cells) <= _CONTINUED and rows and _continues(row, rows[-1][0], template.sheet(table.sheet)):
                # Neither a person nor a fault of his cells: the whole row is one cause (D058).
                cell = address(table, next(iter(row.cells)), row.number)
                params = {"where": f"“{sheet_title(draft, table.sheet)}”第 {row.number} 行"}
                draft.add("DR-S028", sheet=table.sheet, cell=cell, params=params)
            elif _says_anything(row, outcomes):
                rows.append((row, _with_decisions(outcomes, columns, table.decisions.get(row.number, ""))))
        draft.rows[table.sheet] = rows
        for row, outcomes in rows:
            _note_outcomes(draft, table, row, outcomes, declared, context)
        _swapped_codes(draft, table, declared)


def _says_anything(row: RawRow, outcomes: Mapping[str, Outcome]) -> bool:
    """Return whether a row is one: a 无 in a column of codes is a fault beside other content, and nothing by itself (D024)."""
    for one in outcomes.values():  # a loop, because it ends at the first cell of nearly every row
        if one.value is not None and one.value is not BAD:
            return True
    faulty = [key for key, one in outcomes.items() if one.value is BAD]
    return any(key not in row.cells or not says_nothing(row.cells[key].text) for key in faulty)


def _continues(row: RawRow, before: RawRow, sheet: Sheet) -> bool:
    """Return whether a row only goes on with free texts of the row above it, as lines broken by hand do."""
    filled = [key for key, one in row.cells.items() if one.text.strip()]
    free = {one.key for one in sheet.fields if one.type in _WORDY and not one.shape and one.key not in sheet.key}
    return (
        0 < len(filled) <= _CONTINUED
        and row.number == before.number + 1
        and all(key in free and key in before.cells and before.cells[key].text.strip() for key in filled)
    )


def _column(declared: Field, draft: Draft) -> Column:
    """Return the outcomes of a column; what a unit or division means depends on the sender."""
    if declared.shape in (Shape.UNIT, Shape.DIVISION) and draft.unit is not None:
        return _Resolved(declared, draft.unit.code)
    return column(declared, draft.year)


class _Resolved(Column):
    """A column of units or divisions as one sender understands them."""

    def __init__(self, field: Field, sender: str) -> None:
        super().__init__(field)
        self.sender = sender

    def __missing__(self, one: Cell) -> Outcome:
        found = self[one] = _resolved(self.field, self.sender, column(self.field)[one])
        return found


def _resolved(declared: Field, sender: str, found: Outcome) -> Outcome:
    """Return the outcome with a unit or division read as its code, if it has one meaning for this sender (D030, D031).

    Other organs than ours may stand in a unit column; only a column of codes refuses what it does not know.
    """
    if declared.shape is None or not isinstance(found.value, str):
        return found
    kind = declared.shape.value
    code = (resolve.unit if declared.shape is Shape.UNIT else resolve.division)(found.value, sender)
    if code is not None:
        return found if code == found.value else Outcome(code, "DR-U010")
    if declared.key != "unit_code" and (declared.shape is Shape.UNIT or found.value.isdigit()):
        return found
    near = resolve.nearest(kind, found.value, sender)
    return Outcome(BAD, issue="DR-U011", expected="、".join(near) or "名称和代码见单位名录")


def _swapped(draft: Draft, table: Located, declared: Mapping[str, Field]) -> set[tuple[int, str]]:
    """Return the cells of two columns whose contents stand in each other's place, told once (D103)."""
    names = [key for key, one in declared.items() if one.shape is Shape.PERSON_NAME and key in table.columns]
    numbers = [key for key, one in declared.items() if one.shape in _NUMBERED and key in table.columns]
    codes = [key for key, one in declared.items() if one.shape is Shape.USCC and key in table.columns]
    licences = [key for key, one in declared.items() if one.shape is Shape.LICENCE and key in table.columns]
    for ones, others, is_other, is_one in (
        (names, numbers, _is_digits, _is_han),
        (codes, licences, _is_no_uscc, _is_uscc),
    ):
        for name, number in product(ones, others):
            rows = [
                row.number
                for row in table.rows
                if name in row.cells
                and number in row.cells
                and is_other(row.cells[name].text.strip())
                and is_one(row.cells[number].text.strip())
            ]
            if rows:
                place = address(table, name, rows[0])
                titles = {"title": declared[name].title, "other": declared[number].title, "count": str(len(rows))}
                params = {"where": f"“{sheet_title(draft, table.sheet)}”{place}", **titles}
                draft.add("DR-V055", sheet=table.sheet, cell=place, field=name, params=params)
                return {(row, key) for row in rows for key in (name, number)}
    return set()


def _swapped_codes(draft: Draft, table: Located, declared: Mapping[str, Field]) -> None:
    """Tell once of two columns whose values are each in the other's list, in the place of a fault for every cell (D103)."""
    labels = {key: frozenset(code_lists()[field.codes].labels) for key, field in declared.items() if field.codes}
    odd: dict[str, dict[str, Issue]] = {}
    for fault in draft.issues:
        if fault.code == "DR-V001" and fault.sheet == table.sheet and fault.field in labels:
            odd.setdefault("".join(filter(str.isdigit, fault.cell or "")), {})[fault.field] = fault
    pairs: dict[tuple[str, str], list[Issue]] = {}
    for found in odd.values():
        said = {key: (fault.value or "").strip() for key, fault in found.items()}
        for left, right in combinations(found, 2):
            if said[left] in labels[right] and said[right] in labels[left]:
                pairs.setdefault((left, right), []).extend((found[left], found[right]))
    for (left, right), faults in pairs.items():
        told = {id(fault) for fault in faults}
        draft.issues = [fault for fault in draft.issues if id(fault) not in told]
        place = faults[0].cell
        titles = {"title": declared[left].title, "other": declared[right].title, "count": str(len(faults) // 2)}
        params = {"where": f"“{sheet_title(draft, table.sheet)}”{place}", **titles}
        draft.add("DR-V055", sheet=table.sheet, cell=place, field=left, params=params)


def _is_digits(text: str) -> bool:
    return _DIGITS.fullmatch(text) is not None


def _is_han(text: str) -> bool:
    return _HAN.fullmatch(text) is not None


def _is_uscc(text: str) -> bool:
    return not uscc_fault(text.upper())


def _is_no_uscc(text: str) -> bool:
    return bool(text) and not _is_uscc(text)


def _with_decisions(outcomes: dict[str, Outcome], columns: Mapping[str, Column], decision: str) -> dict[str, Outcome]:
    """Return the outcomes with every proposal taken that the sender has adopted in the returned copy, read like a typed one."""
    if decision.strip() != ADOPT:
        return outcomes
    found = dict(outcomes)
    for key, one in outcomes.items():
        if one.issue and one.proposal:
            adopted = columns[key][Cell("text", one.proposal)]
            if adopted.value is not BAD:
                found[key] = Outcome(adopted.value, "DR-P002")
    return found


def _note_outcomes(
    draft: Draft, table: Located, row: Any, outcomes: dict[str, Outcome], declared: Mapping[str, Any], context: Context
) -> None:
    for key, one in outcomes.items():
        if not (one.issue or one.fixed):
            continue
        raw = row.cells[key]
        place = address(table, key, row.number)
        title = declared[key].title
        given = {
            "sheet": table.sheet,
            "cell": place,
            "field": key,
            "value": raw.text,
            "row_key": row_key(draft, table.sheet, outcomes),
        }
        params = {
            "where": f"“{sheet_title(draft, table.sheet)}”{place or ''}",
            "title": title,
            "expected": one.expected,
        }
        if one.issue:
            proposal = one.proposal
            if one.issue == "DR-C012":
                proposal = _from_roster(context, key, outcomes, raw.text)
            explained = table.explanations.get(row.number, "") if _asks(one.issue) else ""
            add_explained(draft, issue(one.issue, params=params, proposal=proposal, **given), explained)
        if one.fixed and one.value is not BAD:
            draft.edits.append(
                Edit(sheet=table.sheet, cell=place or "", field=key, old=raw.text, new=shown(one.value), rule=one.fixed)
            )
            draft.add(one.fixed, params={**params, "new": shown(one.value)}, **given)


def _asks(code: str) -> bool:
    return loader.issue_texts()[code].severity == "explain"


def _from_roster(context: Context, key: str, outcomes: Mapping[str, Outcome], text: str) -> str | None:
    """Return the one known number of this person that begins with the same fifteen digits (D073), or None."""
    known = context.roster.get(key, {})
    name = outcomes.get("name")
    digits = text.split(".", maxsplit=1)[0] if text.replace(".", "").isdigit() else format(int(float(text)), "d")
    number = known.get(str(name.value)) if name else None
    return number if number and number[:15] == digits[:15] else None
