"""The intake judges rows: one merged frame per sheet of a chunk, every rule once, then each file as a whole (decision 22; X08, X11)."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from engine import totals
from engine.draft import COVER, add_explained, address, cover_cell, issue, row_key, shown
from engine.model import Severity
from engine.outcome import BAD, Outcome
from schemas import loader

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from engine.checks.table import Hit, Merged
    from engine.draft import Context, Draft
    from schemas.declare import Template
    from workbooks.model import Located

_LACKING, NOTHING = ("DR-R001", "DR-R002"), "DR-C008"
# With two tables, or one beside the other, nobody can say how many rows there are.
_NO_COUNT = ("DR-S001", "DR-S002", "DR-S017", "DR-S018", "DR-T006")
_NOTHING = Outcome(None)


def judge(drafts: Sequence[Draft], context: Context) -> None:
    """Apply the rules to all drafts of one form and year together, then to each as a whole."""
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
            _judge_whole(draft, context)


def _merge(
    template: Template, sheet: str, drafts: Sequence[Draft], numbers: Iterable[int], year: int, context: Context
) -> Merged:
    import numpy as np
    import pandas as pd

    from engine.checks.table import Merged

    fields = template.sheet(sheet).fields
    files = [number for number in numbers for _ in drafts[number].rows.get(sheet, ())]
    found = [one for number in numbers for one in drafts[number].rows.get(sheet, ())]
    columns: dict[str, pd.Series] = {}
    bad: dict[str, np.ndarray] = {}
    filled = set().union(*(outcomes for _, outcomes in found))
    nothing, readable = [None] * len(found), np.zeros(len(found), dtype=bool)
    for key in (one.key for one in fields):
        values = [outcomes.get(key, _NOTHING).value for _, outcomes in found] if key in filled else nothing
        bad[key] = readable
        if BAD in values:
            bad[key] = np.array([value is BAD for value in values], dtype=bool)
            values = [None if value is BAD else value for value in values]
        columns[key] = pd.Series(values, dtype=object)
    frame = pd.DataFrame(columns)
    frame["_file"] = np.array(files, dtype=int)
    frame["_row"] = np.array([row.number for row, _ in found], dtype=int)
    return Merged(
        template=template,
        sheet=template.sheet(sheet),
        frame=frame,
        bad=bad,
        policy=context.policy(year or 2026),
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


def _instead_of_note(draft: Draft, sheet: str, place: str | None) -> str | None:
    """Take back the note that a word for nothing counts as blank, where a blank is the fault; return the word (D069)."""
    found = [one for one in draft.issues if (one.code, one.sheet, one.cell) == (NOTHING, sheet, place)]
    draft.issues[:] = [one for one in draft.issues if one not in found]
    return found[0].value if found else None


def _place_hit(table: Merged, hit: Hit, drafts: Sequence[Draft], files: Any, rows: Any) -> None:
    values = table.frame[hit.field]
    known: dict[int, dict[int, dict[str, Outcome]]] = {}
    for at, position in enumerate(hit.rows):
        draft = drafts[files[position]]
        assert draft.filled is not None
        located = next(one for one in draft.filled.tables if one.sheet == table.sheet.name)
        if hit.field not in located.columns and hit.code in ("DR-R001", "DR-R002"):
            _miss_column(draft, located, hit.field, table.title(hit.field))
            continue  # the missing column is reported once
        row = int(rows[position])
        place = address(located, hit.field, row)
        value = values.iat[position]
        params: dict[str, Any] = {key: many if isinstance(many, str) else many[at] for key, many in hit.params.items()}
        typed = str(params.pop("value", "") or shown(value)) or None
        if files[position] not in known:
            known[files[position]] = {one.number: found for one, found in draft.rows[table.sheet.name]}
        outcomes = known[files[position]][row]
        is_word = hit.code in _LACKING and hit.field in outcomes and outcomes[hit.field].issue == NOTHING
        if is_word:
            typed = _instead_of_note(draft, table.sheet.name, place)
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
            value=typed,
            row_key=row_key(draft, table.sheet.name, outcomes),
        )
        if is_word and typed:
            one = replace(one, message=one.message.replace("没有填", f"填的是“{typed}”，按没有填处理", 1))
        add_explained(draft, one, located.explanations.get(row, ""))


def _miss_column(draft: Draft, located: Located, name: str, title: str) -> None:
    """Make the note that a column is missing an error: a row needs it (D037, X02)."""
    for at, one in enumerate(draft.issues):
        if one.code == "DR-H002" and (one.sheet, one.field) == (located.sheet, name):
            params = {"found": located.grid, "title": title}
            draft.issues[at] = issue("DR-H001", params=params, sheet=one.sheet, cell=one.cell, field=name)


def _judge_whole(draft: Draft, context: Context) -> None:
    """Judge what concerns the whole file: empty or zero report, quota, and the cover's own rules (X08, X11)."""
    template, unit = draft.template, draft.unit
    assert template is not None and unit is not None
    explanation = str(draft.cover.get("explanation") or "")
    by, checked = draft.cover.get("filled_by"), draft.cover.get("checked_by")
    if by and by == checked:
        draft.add("DR-P001", value=str(by), sheet=COVER, cell=cover_cell(draft, "checked_by"), field="checked_by")
    first = template.sheets[0]
    count = len(draft.rows.get(first.name, ()))
    total = sum(len(rows) for rows in draft.rows.values())
    place = {"sheet": first.name, "cell": "A5"}
    if draft.cover.get("is_zero_report") == "是":
        where = {"sheet": COVER, "cell": cover_cell(draft, "is_zero_report"), "field": "is_zero_report"}
        if total:
            draft.add("DR-Q011", value=str(total), **where)
        elif not template.zero_report:
            draft.add("DR-Q013", **where)
        elif not explanation:
            draft.add("DR-Q012", sheet=COVER, cell=cover_cell(draft, "explanation"), field="explanation")
        return
    written = draft.filled.cover.get("is_zero_report") if draft.filled else None
    if written is not None and draft.cover.get("is_zero_report") is None and not total:
        return  # what is written there cannot be read, which is told: whether it is a zero report is not known
    if (
        not any(one.code.startswith(("DR-S", "DR-H")) and one.severity is Severity.ERROR for one in draft.issues)
        and not total
    ):
        draft.add("DR-Q010", **place)
        return
    if any(one.code in _NO_COUNT for one in draft.issues):
        return
    totals.compare(draft)
    quota = context.policy(draft.year).quota(template.code, unit) if "quota" in first.checks else None
    if quota and count > quota:
        draft.add("DR-Q002", value=str(count), params={"expected": str(quota)}, **{**place, "cell": f"A{5 + quota}"})
    elif quota and 0 < count < quota:
        code = "DR-Q003" if explanation else "DR-Q001"
        draft.add(code, value=str(count), params={"expected": str(quota)}, **{**place, "cell": f"A{5 + count}"})
