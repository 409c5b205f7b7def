"""What a template says about itself while it is being filled: formulas Excel 2010, WPS and LibreOffice all know.

Column A counts the rows and adds ✗ with the number of faults of its row; the 自检 line sums up; conditional formats mark
the cells. Every formula is written with the value it has for the rows written, since a file is often read before any
program has calculated it. `Rules` is the one list of what is looked at; formula and value come from the same rule.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from schemas.declare import FieldType, Shape
from workbooks import addresses

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from schemas.declare import Field, Sheet

FIRST_ROW = 5
# Stands for the row number in a formula until it is written into its row.
ROW = "§"
_CHARACTERS = "0123456789ABCDEFGHJKLMNPQRTUWXY"
_PLACES = "{" + ",".join(str(place) for place in range(1, 18)) + "}"
_WEIGHTS = tuple(pow(3, place, 31) for place in range(17))
# Exact comparison of a column with itself grows with the square of its length.
_MOST_ROWS = 200
_MOST_MARKED = 1000
# Excel takes 8192 characters; row numbers of several digits need room.
_LONGEST = 7000
_LONGEST_LINE = 8000
# Said of each kind in the 自检 line, after its number; blanks and the number of people are said on their own.
_WORDS = {"code": "处校验位不对", "double": "处重复", "order": "处日期先后颠倒"}
_ZERO = "自检：已声明零报告，可以报送"
_NO_REASON, _NO_ZERO = "自检：已声明零报告，还没有写情况说明", "自检：这张表不能零报告"
_ORDERED = (
    ("valid_from", "valid_to"),
    ("licence_issued_on", "licence_valid_to"),
    ("first_licensed_on", "licence_valid_to"),
    ("unavailable_from", "unavailable_to"),
    ("inspected_from", "inspected_to"),
    ("inspected_from", "rectify_by"),
    ("starts_on", "ends_on"),
    ("transferred_on", "received_on"),
    ("filed_on", "decided_on"),
    ("applied_on", "decided_on"),
)


def letters(column: int) -> str:
    """Return the letters of a column counted from 0."""
    return addresses.letters(column + 1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """One thing looked at in a row: the column it marks, a formula that is TRUE for a fault, and the same in Python."""

    kind: str
    column: int
    formula: str
    broken: Callable[[Mapping[str, Any], Sequence[Mapping[str, Any]]], bool]


def rules(sheet: Sheet, last_row: int) -> tuple[Rule, ...]:
    """Return what is looked at in the first data row of a sheet; `$` marks make the formulas fit every row.

    A sheet of thousands of rows is only counted: formulas in each of them would make the office wait at every key.
    """
    if last_row - FIRST_ROW > _MOST_MARKED:
        return ()
    columns = {one.key: number for number, one in enumerate(sheet.fields, 1)}
    return (
        *_blanks(sheet, columns),
        *_codes(sheet, columns),
        *_doubles(sheet, columns, last_row),
        *_orders(columns),
    )


def _here(column: int) -> str:
    return f"${letters(column)}{ROW}"


def _blanks(sheet: Sheet, columns: Mapping[str, int]) -> Iterator[Rule]:
    for one in sheet.fields:
        if one.computed or one.prefilled:
            continue
        if one.required:
            yield Rule(
                kind="blank", column=columns[one.key], formula=f'{_here(columns[one.key])}=""', broken=_is_blank(one)
            )
        for other, values in one.required_if:
            place = _here(columns[other])
            is_list = sheet.field(other).type is FieldType.CODES
            asks = [f'ISNUMBER(FIND("{value}",{place}))' if is_list else f'{place}="{value}"' for value in values]
            formula = f'AND({_here(columns[one.key])}="",OR({",".join(asks)}))'
            if len(formula) < 250:
                yield Rule(
                    kind="blank", column=columns[one.key], formula=formula, broken=_is_blank_when(one, other, values)
                )


def _codes(sheet: Sheet, columns: Mapping[str, int]) -> Iterator[Rule]:
    for one in sheet.fields:
        if one.shape is Shape.USCC:
            yield Rule(
                kind="code",
                column=columns[one.key],
                formula=uscc_formula(_here(columns[one.key])),
                broken=_has_bad_code(one),
            )


def uscc_formula(place: str) -> str:
    """Return the formula that is TRUE when the credit code in `place` has a wrong length, letter or check digit."""
    text = f"UPPER({place})"
    found = f'FIND(MID({text},{_PLACES},1),"{_CHARACTERS}")-1'
    weights = "{" + ",".join(str(weight) for weight in _WEIGHTS) + "}"
    check = f'MID("{_CHARACTERS}",MOD(31-MOD(SUMPRODUCT(({found})*{weights}),31),31)+1,1)<>RIGHT({text},1)'
    return f'IF({place}="",FALSE,IF(LEN({place})<>18,TRUE,IF(ISERROR(SUMPRODUCT({found})),TRUE,{check})))'


def _doubles(sheet: Sheet, columns: Mapping[str, int], last_row: int) -> Iterator[Rule]:
    if last_row - FIRST_ROW > _MOST_ROWS:
        return
    for one in sheet.fields:
        if one.unique or sheet.key == (one.key,):
            letter = letters(columns[one.key])
            area = f"${letter}${FIRST_ROW}:${letter}${last_row}"
            # SUMPRODUCT compares exactly; COUNTIF would read 18 digits as a number and see doubles that are none.
            formula = f'IF({_here(columns[one.key])}="",FALSE,SUMPRODUCT(--({area}={_here(columns[one.key])}))>1)'
            yield Rule(kind="double", column=columns[one.key], formula=formula, broken=_is_doubled(one))


def _orders(columns: Mapping[str, int]) -> Iterator[Rule]:
    for first, last in _ORDERED:
        if first in columns and last in columns:
            one, two = _here(columns[first]), _here(columns[last])
            formula = f'AND({one}<>"",{two}<>"",ISTEXT({one})=ISTEXT({two}),{two}<{one})'
            yield Rule(kind="order", column=columns[last], formula=formula, broken=_is_reversed(first, last))


# the same rules in Python, for the value a formula is written with ----------------------------------------------------


def _is_blank(one: Field) -> Callable[..., bool]:
    return lambda row, _rows: row.get(one.key) in (None, "")


def _is_blank_when(one: Field, other: str, values: tuple[str, ...]) -> Callable[..., bool]:
    return lambda row, _rows: (
        row.get(one.key) in (None, "") and any(value in str(row.get(other) or "").split("；") for value in values)
    )


def _has_bad_code(one: Field) -> Callable[..., bool]:
    def broken(row: Mapping[str, Any], _rows: Sequence[Mapping[str, Any]]) -> bool:
        text = str(row.get(one.key) or "").upper()
        if not text:
            return False
        if len(text) != 18 or any(char not in _CHARACTERS for char in text[:17]):
            return True
        total = sum(_CHARACTERS.index(char) * weight for char, weight in zip(text[:17], _WEIGHTS, strict=True))
        return _CHARACTERS[(31 - total % 31) % 31] != text[17]

    return broken


def _is_doubled(one: Field) -> Callable[..., bool]:
    return lambda row, rows: (
        row.get(one.key) not in (None, "") and sum(other.get(one.key) == row.get(one.key) for other in rows) > 1
    )


def _is_reversed(first: str, last: str) -> Callable[..., bool]:
    return lambda row, _rows: bool(row.get(first)) and bool(row.get(last)) and str(row[last]) < str(row[first])


# what is written --------------------------------------------------------------------------------------------------------


def row_formula(sheet: Sheet, found: Sequence[Rule]) -> str:
    """Return the formula of column A with `ROW` for the row: its number, and ✗ with the faults of the row."""
    begun = f"COUNTA({letters(1)}{ROW}:{letters(len(sheet.fields))}{ROW})=0"
    number = f"ROW()-{FIRST_ROW - 1}"
    faults = "+".join(f"({one.formula})" for one in found) or "0"
    full = f'=IF({begun},"",IF(({faults})>0,{number}&" ✗"&({faults}),{number}))'
    return full if len(full) < _LONGEST else f'=IF({begun},"",{number})'


def row_value(found: Sequence[Rule], number: int, row: Mapping[str, Any], rows: Sequence[Mapping[str, Any]]) -> Any:
    """Return what column A shows for a row that is written filled in."""
    faults = sum(one.broken(row, rows) for one in found)
    return f"{number} ✗{faults}" if faults else number


@dataclass(frozen=True, slots=True, kw_only=True)
class Declared:
    """What 封面 declares about a zero report: where it says so and why, what it says as written, and what the form allows."""

    zero_at: str
    reason_at: str
    is_zero: bool
    has_reason: bool
    may_be_zero: bool

    def formula(self, begun: str) -> str:
        """Return the formula of what the line says of a zero report; `begun` counts the rows."""
        said = f'IF({self.reason_at}="","{_NO_REASON}","{_ZERO}")' if self.may_be_zero else f'"{_NO_ZERO}"'
        return f'IF({begun}>0,"自检：封面写了零报告，这里却填了 "&{begun}&" 行，请改其一",{said})'

    def value(self, count: int) -> str:
        """Return what it says for `count` rows."""
        if count:
            return f"自检：封面写了零报告，这里却填了 {count} 行，请改其一"
        if not self.may_be_zero:
            return _NO_ZERO
        return _ZERO if self.has_reason else _NO_REASON


def line(sheet: Sheet, last_row: int, quota: int | None, declared: Declared | None = None) -> str:
    """Return the formula of the 自检 line."""
    if declared is None:
        return f"={_line(sheet, last_row, quota, _LONGEST_LINE)}"
    zero = declared.formula(_begun(last_row))
    start = f'=IF({declared.zero_at}="是",{zero},'
    return start + _line(sheet, last_row, quota, _LONGEST_LINE - len(start)) + ")"


def _begun(last_row: int) -> str:
    return f'SUMPRODUCT(--(A{FIRST_ROW}:A{last_row}<>""))'


def _line(sheet: Sheet, last_row: int, quota: int | None, longest: int) -> str:
    begun = _begun(last_row)
    marked = f'COUNTIF(A{FIRST_ROW}:A{last_row},"*✗*")'
    needed = [
        letters(at) for at, one in enumerate(sheet.fields, 1) if one.required and not (one.computed or one.prefilled)
    ]
    rows = f'(A{FIRST_ROW}:A{last_row}<>"")'
    blanks = "+".join(f'SUMPRODUCT({rows}*({at}{FIRST_ROW}:{at}{last_row}=""))' for at in needed) or "0"
    parts = [
        f'IF(({blanks})>0,"还有 "&({blanks})&" 处必填未填；","")',
        f'IF({marked}>0,{marked}&" 行标 ✗ 的有问题；","")',
    ]
    kinds = [f'IF(({count})>0,({count})&" {_WORDS[kind]}；","")' for kind, count in _counts(sheet, last_row)]
    people = [f'IF({begun}={quota},"","应报 {quota} 人，现 "&{begun}&" 人；")'] if quota else []
    for chosen in ([*parts, *kinds, *people], [*parts, *people]):
        whole = "&".join(chosen)
        full = f'IF({begun}=0,"自检：还没有填","自检："&IF({whole}="","没有发现问题",{whole}))'
        if len(full) < longest:
            return full
    return f'IF({begun}=0,"自检：还没有填","自检："&IF({marked}>0,{marked}&" 行标 ✗ 的有问题","没有发现问题"))'


def _counts(sheet: Sheet, last_row: int) -> Iterator[tuple[str, str]]:
    """Yield (kind, formula that counts it over all rows) in the order of the line; only what is looked at in the rows.

    SUMPRODUCT takes arrays without being told to, in every program; so does everything inside, and nothing in it can fail.
    """
    looked_at = {(one.kind, one.column) for one in rules(sheet, last_row)}
    columns = {one.key: number for number, one in enumerate(sheet.fields, 1)}

    def area(key: str) -> str:
        return f"{letters(columns[key])}{FIRST_ROW}:{letters(columns[key])}{last_row}"

    counts: dict[str, list[str]] = {}
    for one in sheet.fields:
        if ("code", columns[one.key]) in looked_at:
            counts.setdefault("code", []).append(_bad_codes(area(one.key)))
        if ("double", columns[one.key]) in looked_at:
            rows, first = area(one.key), f"{letters(columns[one.key])}{FIRST_ROW}"
            again = f'(MATCH({rows}&"",{rows}&"",0)<>ROW({rows})-ROW({first})+1)'
            counts.setdefault("double", []).append(f'SUMPRODUCT(({rows}<>"")*{again})')
    for first, last in _ORDERED:
        if first in columns and last in columns and ("order", columns[last]) in looked_at:
            one_, two = area(first), area(last)
            both = f'({one_}<>"")*({two}<>"")*(ISTEXT({one_})=ISTEXT({two}))'
            counts.setdefault("order", []).append(f"SUMPRODUCT({both}*({two}<{one_}))")
    for kind in _WORDS:
        if kind in counts:
            yield kind, "+".join(counts[kind])


def _bad_codes(area: str) -> str:
    """Return the formula that counts the credit codes of an area with a wrong length, letter or check digit."""
    text = f"UPPER({area})"
    # Short codes are filled up: not every program finds the empty text.
    letter = f'MID({text}&"{"0" * 17}",{_PLACES},1)'
    # A letter that is none is looked for behind all others: the place is 32, and FIND cannot fail.
    values = f'(FIND({letter},"{_CHARACTERS}"&{letter})-1)'
    weights = "{" + ",".join(str(weight) for weight in _WEIGHTS) + "}"
    ones = "{" + ";".join("1" * 17) + "}"
    check = f'MID("{_CHARACTERS}",MOD(31-MOD(MMULT({values}*{weights},{ones}),31),31)+1,1)<>RIGHT({text},1)'
    strange = f"MMULT(--({values}>30),{ones})"
    return f'SUMPRODUCT(({area}<>"")*(((LEN({area})<>18)+({check})+{strange})>0))'


def line_value(
    sheet: Sheet,
    found: Sequence[Rule],
    rows: Sequence[Mapping[str, Any]],
    quota: int | None,
    declared: Declared | None = None,
) -> str:
    """Return what the 自检 line shows for the rows that are written filled in."""
    if declared is not None and declared.is_zero:
        return declared.value(len(rows))
    if not rows:
        return "自检：还没有填"
    keys = [one.key for one in sheet.fields if one.required and not (one.computed or one.prefilled)]
    blanks = sum(row.get(key) in (None, "") for row in rows for key in keys)
    marked = sum(any(one.broken(row, rows) for one in found) for row in rows)
    text = f"还有 {blanks} 处必填未填；" if blanks else ""
    text += f"{marked} 行标 ✗ 的有问题；" if marked else ""
    text += "".join(f"{count} {_WORDS[kind]}；" for kind, count in _counted(sheet, found, rows) if count)
    text += f"应报 {quota} 人，现 {len(rows)} 人；" if quota and quota != len(rows) else ""
    return "自检：" + (text or "没有发现问题")


def _counted(sheet: Sheet, found: Sequence[Rule], rows: Sequence[Mapping[str, Any]]) -> Iterator[tuple[str, int]]:
    """Yield (kind, how many) as the line counts them: of doubles only those after the first."""
    keys = [one.key for one in sheet.fields]
    for kind in _WORDS:
        count = 0
        for one in found:
            if one.kind == kind == "double":
                values = [row[keys[one.column - 1]] for row in rows if row.get(keys[one.column - 1]) not in (None, "")]
                count += len(values) - len(set(values))
            elif one.kind == kind:
                count += sum(one.broken(row, rows) for row in rows)
        yield kind, count
