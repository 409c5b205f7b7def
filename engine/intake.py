"""Files in, submissions and issues out: a pure function of bytes and context, run in workers on chunks of workbooks.

    open → locate → who are you → normalise cells → one merged frame per sheet → rules → verdict, digest, returned copy

Each step is a paragraph below. Nothing is raised for what an office typed; one cause gives one issue, because a step that
fails silences the steps after it for the same place (intake 5, decisions 13-23).
"""

from __future__ import annotations

import hashlib
import json
import re
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from engine import resolve
from engine.model import Checked, Edit, Issue, Row, Severity, Submission, Verdict
from engine.normalise import BAD, Outcome, cell
from schemas import loader
from schemas.declare import Level, Shape
from workbooks.container import open_book
from workbooks.locate import locate
from workbooks.model import Problem, WorkbookError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from engine.checks.table import Hit, Merged
    from schemas.declare import Field, Template, Unit
    from workbooks.model import Filled, Located

COVER = "cover"
ADOPT = "采用建议"
# With two tables, or one beside the other, nobody can say how many rows there are.
_NO_COUNT = ("DR-S001", "DR-S002", "DR-S017", "DR-S018", "DR-T006")
_GROUP_FROM = 6
_SILENT = Outcome(BAD)
_NUMBERED = (Shape.CERTIFICATE, Shape.LICENCE, Shape.PHONE, Shape.PERSON_ID, Shape.USCC)
_DIGITS = re.compile(r"[0-9A-Za-z\-]{5,}", re.ASCII)
_HAN = re.compile(r"[\u3400-\u9fff·]{2,6}")
# Codes that say what the file is not; nothing after them can be judged.
_IDENTITY = ("DR-T001", "DR-T004", "DR-T101", "DR-T102", "DR-U001", "DR-U002", "DR-U003", "DR-U004", "DR-U006")


@dataclass(frozen=True, slots=True, kw_only=True)
class Incoming:
    """One file to be examined; `received_at` is ISO text of the receiver's log."""

    name: str
    data: bytes
    sha256: str
    received_at: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Context:
    """What the receiver knows: its unit and year (None when a file is only checked), and numbers of known people.

    `roster` maps a field key to name -> number; it is only used to propose what a lost number may have been.
    """

    unit: str | None = None
    year: int | None = None
    today: str = ""
    roster: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    returns: bool = True


@dataclass(slots=True)
class Draft:
    """One file on its way through the steps."""

    file: Incoming
    filled: Filled | None = None
    template: Template | None = None
    unit: Unit | None = None
    year: int = 0
    issues: list[Issue] = field(default_factory=list)
    edits: list[Edit] = field(default_factory=list)
    rows: dict[str, list[tuple[Any, dict[str, Outcome]]]] = field(default_factory=dict)
    cover: dict[str, object] = field(default_factory=dict)
    stops: bool = False
    is_refused: bool = False

    def add(self, code: str, **place: Any) -> None:
        """Add one issue of the catalogue; `params` are the gaps of its sentence."""
        self.issues.append(issue(code, **place))

    @property
    def has_errors(self) -> bool:
        """Say whether something must be corrected or is still unexplained."""
        return any(one.severity in (Severity.ERROR, Severity.EXPLAIN) for one in self.issues)


def examine(files: Sequence[Incoming], context: Context) -> list[Checked]:
    """Return one `Checked` per file, in order; equal input gives equal output in any process."""
    drafts = [_opened(one) for one in files]
    for draft in drafts:
        if not draft.stops:
            _identify(draft, context)
        if not draft.stops:
            _read_cover(draft, context)
            _read_tables(draft, context)
    _judge(drafts, context)
    return [_finished(draft, context) for draft in drafts]


def issue(code: str, *, params: Mapping[str, object] | None = None, **place: Any) -> Issue:
    """Return the issue `code` at a place, its sentence filled from `params`, `value`, `proposal` and `title`."""
    text = loader.issue_texts()[code]
    gaps = _Gaps(
        {
            "where": "",
            "title": "",
            "value": place.get("value") or "",
            "proposal": place.get("proposal") or "",
            **(params or {}),
        }
    )
    return Issue(
        code=code,
        severity=Severity(text.severity),
        message=text.message.format_map(gaps),
        fix=text.fix.format_map(gaps),
        basis=text.basis,
        **place,
    )


class _Gaps(dict):
    def __missing__(self, key: str) -> str:
        return ""


# open, locate ----------------------------------------------------------------------------------------------------------


def _opened(file: Incoming) -> Draft:
    draft = Draft(file)
    try:
        book = open_book(file.data, file.name)
    except WorkbookError as error:
        draft.add(error.code, params={"name": file.name, **{key: str(value) for key, value in error.params.items()}})
        draft.stops = draft.is_refused = True
        return draft
    draft.filled = locate(book, loader.templates())
    return draft


def _add_problem(draft: Draft, problem: Problem, sheet: str | None = None, explanation: str = "") -> None:
    params = {"title": problem.field or "", **dict(problem.params)}
    where = f"“{problem.sheet}”{problem.cell or ''}" if problem.sheet else ""
    place = {"sheet": sheet or problem.sheet, "cell": problem.cell, "field": problem.field}
    told = {"value": problem.value, "proposal": problem.proposal, **place}
    _add_explained(draft, issue(problem.code, params={"where": where, **params}, **told), explanation)


# who are you -----------------------------------------------------------------------------------------------------------


def _identify(draft: Draft, context: Context) -> None:
    filled = draft.filled
    assert filled is not None
    for problem in filled.problems:
        _add_problem(draft, problem)
    said = filled.identity
    draft.template = loader.templates().get(said.template)
    if draft.template is None:
        draft.stops = draft.is_refused = True
        return
    if draft.template.direction != "up" or draft.template.code == "T00":
        draft.add("DR-T102", value=draft.template.title)
        draft.stops = draft.is_refused = True
        return
    if said.version and said.version not in draft.template.accepts:
        draft.add("DR-T101", value=said.version, params={"expected": draft.template.version})
    if not any(one.code == "DR-T001" for one in draft.issues):
        _identify_unit(draft, context)
    year = said.year or (filled.cover["year"].text if "year" in filled.cover else "")
    draft.year = int(year) if year.isdigit() else context.year or 0
    if context.year and draft.year and draft.year != context.year:
        draft.add("DR-U003", value=str(draft.year), params={"expected": str(context.year)})
    draft.stops = any(one.code in _IDENTITY and one.severity is Severity.ERROR for one in draft.issues)


def _identify_unit(draft: Draft, context: Context) -> None:
    filled, template = draft.filled, draft.template
    assert filled is not None and template is not None
    typed = filled.cover["unit_code"].text.strip() if "unit_code" in filled.cover else ""
    code = filled.identity.unit or typed
    if typed and filled.identity.unit and typed != filled.identity.unit:
        draft.add(
            "DR-U006",
            value=typed,
            params={"expected": filled.identity.unit},
            sheet=COVER,
            cell=filled.cover_cells.get("unit_code"),
        )
        return
    draft.unit = loader.units().get(code)
    if draft.unit is None:
        cell_of_code = filled.cover_cells.get("unit_code")
        draft.add("DR-U001", value=code or None, sheet=COVER, cell=cell_of_code, field="unit_code")
        return
    if context.unit and draft.unit.code not in loader.subtree(context.unit):
        receiver = loader.units()[context.unit].name
        draft.add("DR-U002", value=draft.unit.name, params={"expected": receiver})
    elif template.reporters and draft.unit.level not in template.reporters and draft.unit.level is not Level.PROVINCE:
        draft.add("DR-U004", value=draft.unit.name)
    elif context.unit and context.unit not in (draft.unit.code, draft.unit.parent):
        draft.add("DR-U007", value=draft.unit.name, params={"expected": loader.units()[draft.unit.parent].name})


# cells to values -------------------------------------------------------------------------------------------------------


def _read_cover(draft: Draft, context: Context) -> None:
    filled = draft.filled
    assert filled is not None
    for one in loader.template("T00").sheets[0].fields:
        place = filled.cover_cells.get(one.key)
        raw = filled.cover.get(one.key)
        if one.prefilled or one.computed:
            draft.cover[one.key] = raw.text if raw else ""
            continue
        found = cell(one, raw) if raw else Outcome(None)
        draft.cover[one.key] = None if found.value is BAD else found.value
        params = {"where": "封面", "title": one.title, "expected": found.expected, "new": str(found.value)}
        given = {"sheet": COVER, "cell": place, "field": one.key, "value": raw.text if raw else None}
        if found.issue and found.issue != "DR-C008":
            draft.add(found.issue, params=params, proposal=found.proposal, **given)
        elif found.value is None and one.required:
            draft.add("DR-R003", params=params, **given)
        elif one.key == "filled_on" and context.today and str(found.value) > context.today:
            draft.add("DR-D013", params=params, **given)


def _read_tables(draft: Draft, context: Context) -> None:
    filled, template = draft.filled, draft.template
    assert filled is not None and template is not None
    for table in filled.tables:
        for problem in table.problems:
            row = int(re.sub("[^0-9]", "", problem.cell or "") or 0)
            _add_problem(draft, problem, table.sheet, table.explanations.get(row, ""))
        declared = {one.key: one for one in template.sheet(table.sheet).fields}
        caches: dict[str, dict[tuple[str, str, bool, str], Outcome]] = {key: {} for key in declared}
        rows = []
        swapped = _swapped(draft, table, declared)
        for row in table.rows:
            outcomes: dict[str, Outcome] = {}
            for key, raw in row.cells.items():
                if key not in declared:
                    continue
                if (row.number, key) in table.unreadable or (row.number, key) in swapped:
                    outcomes[key] = _SILENT
                    continue
                cache, sign = caches[key], (raw.kind, raw.text, raw.formula is not None, raw.shown)
                if sign not in cache:
                    cache[sign] = _resolved(draft, declared[key], cell(declared[key], raw))
                outcomes[key] = cache[sign]
            outcomes |= {key: _SILENT for number, key in table.unreadable if number == row.number and key in declared}
            if any(one.value is not None for one in outcomes.values()):
                rows.append((row, _with_decisions(outcomes, table.decisions.get(row.number, ""))))
        draft.rows[table.sheet] = rows
        for row, outcomes in rows:
            _note_outcomes(draft, table, row, outcomes, declared, context)


def _resolved(draft: Draft, declared: Field, found: Outcome) -> Outcome:
    """Return the outcome with a unit or division read as its code, if it has one meaning for this sender (D030, D031).

    Other organs than ours may stand in a unit column; only a column of codes refuses what it does not know.
    """
    if declared.shape not in (Shape.UNIT, Shape.DIVISION) or not isinstance(found.value, str) or draft.unit is None:
        return found
    kind = declared.shape.value
    code = (resolve.unit if declared.shape is Shape.UNIT else resolve.division)(found.value, draft.unit.code)
    if code is not None:
        return found if code == found.value else Outcome(code, "DR-U010")
    if declared.key != "unit_code" and (declared.shape is Shape.UNIT or found.value.isdigit()):
        return found
    near = resolve.nearest(kind, found.value, draft.unit.code)
    return Outcome(BAD, issue="DR-U011", expected="、".join(near) or "名称和代码见单位名录")


def _swapped(draft: Draft, table: Located, declared: Mapping[str, Field]) -> set[tuple[int, str]]:
    """Return the cells of two columns whose contents stand in each other's place, told once (D103)."""
    names = [key for key, one in declared.items() if one.shape is Shape.PERSON_NAME and key in table.columns]
    numbers = [key for key, one in declared.items() if one.shape in _NUMBERED and key in table.columns]
    for name in names:
        for number in numbers:
            rows = [
                row.number
                for row in table.rows
                if name in row.cells
                and number in row.cells
                and _DIGITS.fullmatch(row.cells[name].text.strip())
                and _HAN.fullmatch(row.cells[number].text.strip())
            ]
            if rows:
                place = _address(table, name, rows[0])
                titles = {"title": declared[name].title, "other": declared[number].title, "count": str(len(rows))}
                params = {"where": f"“{_title(draft, table.sheet)}”{place}", **titles}
                draft.add("DR-V055", sheet=table.sheet, cell=place, field=name, params=params)
                return {(row, key) for row in rows for key in (name, number)}
    return set()


def _with_decisions(outcomes: dict[str, Outcome], decision: str) -> dict[str, Outcome]:
    """Return the outcomes with every proposal taken that the sender has adopted in the returned copy."""
    if decision.strip() != ADOPT:
        return outcomes
    return {
        key: Outcome(one.proposal, "DR-P002") if one.issue and one.proposal else one for key, one in outcomes.items()
    }


def _note_outcomes(
    draft: Draft, table: Located, row: Any, outcomes: dict[str, Outcome], declared: Mapping[str, Any], context: Context
) -> None:
    for key, one in outcomes.items():
        if not (one.issue or one.fixed):
            continue
        raw = row.cells[key]
        place = _address(table, key, row.number)
        title = declared[key].title
        given = {
            "sheet": table.sheet,
            "cell": place,
            "field": key,
            "value": raw.text,
            "row_key": _row_key(draft, table.sheet, outcomes),
        }
        params = {"where": f"“{_title(draft, table.sheet)}”{place or ''}", "title": title, "expected": one.expected}
        if one.issue:
            proposal = one.proposal
            if one.issue == "DR-C012":
                proposal = _from_roster(context, key, outcomes, raw.text)
            explained = table.explanations.get(row.number, "") if _asks(one.issue) else ""
            _add_explained(draft, issue(one.issue, params=params, proposal=proposal, **given), explained)
        if one.fixed and one.value is not BAD:
            draft.edits.append(
                Edit(
                    sheet=table.sheet, cell=place or "", field=key, old=raw.text, new=_shown(one.value), rule=one.fixed
                )
            )
            if not one.issue:
                draft.add(one.fixed, params={**params, "new": _shown(one.value)}, **given)


def _asks(code: str) -> bool:
    return loader.issue_texts()[code].severity == "explain"


def _add_explained(draft: Draft, one: Issue, explanation: str) -> None:
    """Add an issue; an explanation given in the returned copy answers a question and leaves it as a note."""
    if one.severity is Severity.EXPLAIN and explanation.strip():
        one = replace(one, severity=Severity.NOTE, message=f"{one.message}（已说明：{explanation.strip()}）")
    draft.issues.append(one)


def _from_roster(context: Context, key: str, outcomes: Mapping[str, Outcome], text: str) -> str | None:
    """Return the one known number of this person that begins with the same fifteen digits (D073), or None."""
    known = context.roster.get(key, {})
    name = outcomes.get("name")
    digits = text.split(".", maxsplit=1)[0] if text.replace(".", "").isdigit() else format(int(float(text)), "d")
    number = known.get(str(name.value)) if name else None
    return number if number and number[:15] == digits[:15] else None


def _title(draft: Draft, sheet: str) -> str:
    return draft.template.sheet(sheet).title if draft.template else sheet


def _address(table: Located, key: str, row: int) -> str | None:
    from workbooks.template import letters

    column = table.columns.get(key)
    return f"{letters(column - 1)}{row}" if column else None


def _row_key(draft: Draft, sheet: str, outcomes: Mapping[str, Outcome]) -> str:
    assert draft.template is not None
    keys = draft.template.sheet(sheet).key
    values = [outcomes[key].value for key in keys if key in outcomes]
    parts = [str(value) for value in values if value not in (None, BAD)]
    name = outcomes.get("name")
    if not parts and name and name.value not in (None, BAD):
        parts = [str(name.value)]
    return "/".join(parts)


def _shown(value: object) -> str:
    return "" if value is None else str(value)


# rules over merged frames ------------------------------------------------------------------------------------------------


def _judge(drafts: Sequence[Draft], context: Context) -> None:
    groups: dict[tuple[str, int], list[int]] = {}
    for number, draft in enumerate(drafts):
        if not draft.stops and draft.template is not None:
            groups.setdefault((draft.template.code, draft.year), []).append(number)
    for (code, year), numbers in groups.items():
        template = loader.template(code)
        merged: dict[str, Merged] = {}
        for sheet in template.sheets:
            merged[sheet.name] = _merge(template, sheet.name, drafts, numbers, year, context)
        for name, table in merged.items():
            table.others.update({other: one for other, one in merged.items() if other != name})
            if len(table):
                _apply(table, drafts)
    for draft in drafts:
        if not draft.stops and draft.template is not None:
            _judge_whole(draft)


def _merge(
    template: Template, sheet: str, drafts: Sequence[Draft], numbers: Iterable[int], year: int, context: Context
) -> Merged:
    import numpy as np
    import pandas as pd

    from engine.checks.table import Merged

    fields = template.sheet(sheet).fields
    columns: dict[str, list[object]] = {one.key: [] for one in fields}
    bad: dict[str, list[bool]] = {one.key: [] for one in fields}
    files: list[int] = []
    rows: list[int] = []
    for number in numbers:
        for row, outcomes in drafts[number].rows.get(sheet, ()):
            files.append(number)
            rows.append(row.number)
            for one in fields:
                value = outcomes[one.key].value if one.key in outcomes else None
                columns[one.key].append(None if value is BAD else value)
                bad[one.key].append(value is BAD)
    frame = pd.DataFrame({key: pd.Series(values, dtype=object) for key, values in columns.items()})
    frame["_file"], frame["_row"] = np.array(files, dtype=int), np.array(rows, dtype=int)
    return Merged(
        template=template,
        sheet=template.sheet(sheet),
        frame=frame,
        bad={key: np.array(values, dtype=bool) for key, values in bad.items()},
        policy=loader.policy(year or 2026),
        year=year,
        today=context.today,
        units=[one.unit.code if one.unit else "" for one in drafts],
        roster=context.roster,
    )


def _apply(table: Merged, drafts: Sequence[Draft]) -> None:
    from engine.checks import ALWAYS, NAMED

    chosen = [*ALWAYS, *(NAMED[name] for name in table.sheet.checks if name in NAMED)]
    files, rows = table.frame["_file"].to_numpy(), table.frame["_row"].to_numpy()
    for check in chosen:
        for hit in check(table):
            _place_hit(table, hit, drafts, files, rows)


def _place_hit(table: Merged, hit: Hit, drafts: Sequence[Draft], files: Any, rows: Any) -> None:
    values = table.frame[hit.field]
    known: dict[int, dict[int, dict[str, Outcome]]] = {}
    for at, position in enumerate(hit.rows):
        draft = drafts[files[position]]
        assert draft.filled is not None
        located = next(one for one in draft.filled.tables if one.sheet == table.sheet.name)
        if hit.field not in located.columns and hit.code in ("DR-R001", "DR-R002"):
            continue  # the missing column has been reported once
        row = int(rows[position])
        place = _address(located, hit.field, row)
        value = values.iat[position]
        params: dict[str, object] = {
            key: many if isinstance(many, str) else many[at] for key, many in hit.params.items()
        }
        shown = str(params.pop("value", "") or _shown(value)) or None
        if files[position] not in known:
            known[files[position]] = {one.number: found for one, found in draft.rows[table.sheet.name]}
        outcomes = known[files[position]][row]
        one = issue(
            hit.code,
            params={
                "where": f"“{table.sheet.title}”{place or f'第 {row} 行'}",
                "title": table.title(hit.field),
                **params,
            },
            sheet=table.sheet.name,
            cell=place or f"A{row}",
            field=hit.field,
            value=shown,
            row_key=_row_key(draft, table.sheet.name, outcomes),
        )
        _add_explained(draft, one, located.explanations.get(row, ""))


def _judge_whole(draft: Draft) -> None:
    """Judge what concerns the whole file: empty or zero report, quota, and the cover's own rules (X08, X11)."""
    template, unit = draft.template, draft.unit
    assert template is not None and unit is not None
    explanation = str(draft.cover.get("explanation") or "")
    by, checked = draft.cover.get("filled_by"), draft.cover.get("checked_by")
    if by and by == checked:
        draft.add("DR-P001", value=str(by), sheet=COVER, cell=_cover_cell(draft, "checked_by"), field="checked_by")
    first = template.sheets[0]
    count = len(draft.rows.get(first.name, ()))
    total = sum(len(rows) for rows in draft.rows.values())
    place = {"sheet": first.name, "cell": "A5"}
    if draft.cover.get("is_zero_report") == "是":
        where = {"sheet": COVER, "cell": _cover_cell(draft, "is_zero_report"), "field": "is_zero_report"}
        if total:
            draft.add("DR-Q011", value=str(total), **where)
        elif not template.zero_report:
            draft.add("DR-Q013", **where)
        elif not explanation:
            draft.add("DR-Q012", sheet=COVER, cell=_cover_cell(draft, "explanation"), field="explanation")
        return
    if (
        not any(one.code.startswith(("DR-S", "DR-H")) and one.severity is Severity.ERROR for one in draft.issues)
        and not total
    ):
        draft.add("DR-Q010", **place)
        return
    if any(one.code in _NO_COUNT for one in draft.issues):
        return
    quota = loader.policy(draft.year).quota(template.code, unit) if "quota" in first.checks else None
    if quota and count > quota:
        draft.add("DR-Q002", value=str(count), params={"expected": str(quota)}, **{**place, "cell": f"A{5 + quota}"})
    elif quota and 0 < count < quota:
        code = "DR-Q003" if explanation else "DR-Q001"
        draft.add(code, value=str(count), params={"expected": str(quota)}, **{**place, "cell": f"A{5 + count}"})


def _cover_cell(draft: Draft, key: str) -> str | None:
    return draft.filled.cover_cells.get(key) if draft.filled else None


# verdict, digest, returned copy --------------------------------------------------------------------------------------------


def _finished(draft: Draft, context: Context) -> Checked:
    verdict = Verdict.REFUSED if draft.is_refused else Verdict.RETURNED if draft.has_errors else Verdict.ACCEPTED
    submission = _submission(draft) if draft.template and draft.unit else None
    returned, name = b"", ""
    if verdict is Verdict.RETURNED and context.returns and draft.template is not None:
        from engine.review import returned_copy

        returned, name = returned_copy(draft, context.year), f"退回_{_stem(draft.file.name)}.xlsx"
    return Checked(
        file=draft.file.name,
        sha256=draft.file.sha256,
        verdict=verdict,
        submission=submission,
        issues=tuple(_grouped(draft.issues)),
        returned=returned or None,
        returned_name=name,
    )


def _stem(name: str) -> str:
    stem = name.replace("\\", "/").rsplit("/", 1)[-1]
    stem = stem.rsplit(".", 1)[0] if "." in stem else stem
    return stem.removeprefix("退回_")


def _grouped(issues: Sequence[Issue]) -> list[Issue]:
    """Return the issues with a cause that repeats in many rows said once, at its first cell, with its count."""
    groups: dict[tuple[str, str | None, str | None, Severity], list[Issue]] = {}
    for one in issues:
        groups.setdefault((one.code, one.sheet, one.field, one.severity), []).append(one)
    found: list[Issue] = []
    for many in groups.values():
        if len(many) < _GROUP_FROM:
            found += many
        else:
            cells = "、".join(str(one.cell) for one in many[:3])
            found.append(replace(many[0], message=f"{many[0].message}同类问题共 {len(many)} 处（{cells} 等）。"))
    order = {Severity.ERROR: 0, Severity.EXPLAIN: 1, Severity.FIXED: 2, Severity.NOTE: 3}
    return sorted(found, key=lambda one: order[one.severity])


def _submission(draft: Draft) -> Submission:
    template, unit = draft.template, draft.unit
    assert template is not None and unit is not None and draft.filled is not None
    rows = []
    tables = {one.sheet: one for one in draft.filled.tables}
    for sheet, found in draft.rows.items():
        table = tables[sheet]
        columns = {key: _address(table, key, 0) or "" for key in table.columns}
        columns = {key: place.rstrip("0") for key, place in columns.items()}
        for row, outcomes in found:
            values = {one.key: None for one in template.sheet(sheet).fields}
            values |= {key: None if one.value is BAD else one.value for key, one in outcomes.items()}
            rows.append(
                Row(
                    sheet=sheet,
                    grid=table.grid,
                    number=row.number,
                    key=_row_key(draft, sheet, outcomes),
                    values=values,
                    columns=columns,
                )
            )
    return Submission(
        template=template.code,
        version=draft.filled.identity.version or template.version,
        unit=unit.code,
        year=draft.year,
        period=template.period,
        kind="零报告" if draft.cover.get("is_zero_report") == "是" else "首报",
        cover=dict(draft.cover),
        rows=tuple(rows),
        digest=digest(template.code, unit.code, draft.year, rows),
        edits=tuple(draft.edits),
        is_zero=draft.cover.get("is_zero_report") == "是",
    )


def digest(template: str, unit: str, year: int, rows: Iterable[Row]) -> str:
    """Return SHA-256 over the normalised content: independent of file bytes, row order and column order (intake 5.7)."""
    body = sorted(
        json.dumps([one.sheet, one.values], ensure_ascii=False, sort_keys=True, separators=(",", ":")) for one in rows
    )
    whole = json.dumps([template, unit, year, body], ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(whole.encode()).hexdigest()
