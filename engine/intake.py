"""Files in, submissions and issues out: a pure function of bytes and context, run in workers on chunks of workbooks.

    open → locate → who are you → normalise cells → one merged frame per sheet → rules → verdict, digest, returned copy

Each step is a paragraph below. Nothing is raised for what an office typed; one cause gives one issue, because a step that
fails silences the steps after it for the same place (intake 5, decisions 13-23).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from engine import front, mentions, resolve, waivers
from engine.cells import read_cover, read_remarks, read_tables
from engine.draft import COVER, Context, Draft, Incoming, add_problem
from engine.judgement import judge
from engine.model import Severity
from engine.verdict import finished
from schemas import loader
from schemas.declare import Level
from workbooks.container import open_book
from workbooks.locate import locate
from workbooks.model import Problem, WorkbookError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from engine.model import Checked
    from schemas.declare import Unit

__all__ = ["Context", "Incoming", "examine"]

# Codes that say what the file is not; nothing after them can be judged.
_IDENTITY = (
    "DR-T001",
    "DR-T004",
    "DR-T101",
    "DR-T102",
    "DR-U001",
    "DR-U002",
    "DR-U003",
    "DR-U004",
    "DR-U006",
    "DR-U008",
)


def examine(files: Sequence[Incoming], context: Context) -> list[Checked]:
    """Return one `Checked` per file, in order; equal input gives equal output in any process."""
    drafts = [_opened(one) for one in files]
    for draft in drafts:
        if not draft.stops:
            _identify(draft, context)
        if not draft.stops:
            read_cover(draft, context)
            read_remarks(draft)
            read_tables(draft, context)
    judge(drafts, context)
    for draft in drafts:
        waivers.apply(draft, context.waivers, context.today or draft.file.received_at[:10])
    return [finished(draft, context) for draft in drafts]


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


def _identify(draft: Draft, context: Context) -> None:
    filled = draft.filled
    assert filled is not None
    for problem in filled.problems:
        add_problem(draft, problem)
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
    else:
        _compare_cover(draft)
    draft.stops = any(one.code in _IDENTITY and one.severity is Severity.ERROR for one in draft.issues)
    if draft.unit is not None and not draft.stops:
        _compare_titles(draft, draft.unit)


def _compare_titles(draft: Draft, own: Unit) -> None:
    """Compare what the lines over the tables and the name of the file say with what was decided (D011, D021, D022).

    A table under the title of another unit or year may have been copied whole from there: asked like any contradiction of
    the carriers. The name of a file is ignored, and only a note says that it speaks of another unit. One cause is told once.
    """
    filled = draft.filled
    assert filled is not None
    if any(one.code == "DR-T002" for one in draft.issues):
        return
    told = f"{own.name}（{own.code}）"
    for table in filled.tables:
        for cell, text in table.above:
            other, year = mentions.in_title(text, own), mentions.year_in_title(text)
            found = (other.name, told) if other else None
            if found is None and year and filled.identity.year and year != draft.year:
                found = f"{year} 年度", f"{draft.year} 年度"
            if found is not None:
                values = f"“{table.grid}”{cell} 写的是{found[0]}，模板是{found[1]}"
                # kept with what the reader noticed, so that the copy that goes back asks it again
                filled.problems.append(Problem("DR-T002", sheet=table.grid, cell=cell, params=(("values", values),)))
                add_problem(draft, filled.problems[-1])
                return
    other = mentions.in_file_name(draft.file.name, own)
    if other is not None:
        draft.add("DR-U009", value=other.name, params={"expected": told})


def _compare_cover(draft: Draft) -> None:
    """Compare what is typed on the cover with what the carriers of the template say (D019, D021).

    Another year or form may mean that the content is another one: that is asked. The rest of what the form says of itself
    decides nothing, the carriers count; but nobody overlooks it.
    """
    filled, template = draft.filled, draft.template
    assert filled is not None and template is not None
    typed = {key: filled.cover[key].text.strip() for key in ("year", "template_code") if key in filled.cover}
    year, code = typed.get("year", "").removesuffix("年"), typed.get("template_code", "")
    if year and filled.identity.year and year != filled.identity.year:
        place = {"sheet": COVER, "cell": filled.cover_cells.get("year"), "field": "year"}
        draft.add("DR-U003", value=year, params={"expected": filled.identity.year}, **place)
    if code and code.lower() != template.code.lower():
        place = {"sheet": COVER, "cell": filled.cover_cells.get("template_code"), "field": "template_code"}
        draft.add("DR-T002", value=code, params={"values": f"封面表号 {code}，模板 {template.code}"}, **place)
        return  # the period and the version of that other form are no causes of their own
    for one, value, expected in front.deviations(filled, template, draft.unit):
        place = {"sheet": COVER, "cell": filled.cover_cells.get(one.key), "field": one.key}
        draft.add("DR-T103", value=value, params={"title": one.title, "expected": expected}, **place)


def _other_unit(typed: str, named: str, told: str) -> tuple[str, str] | None:
    """Return (field, text) of the cover that means another unit than the one the template was issued to (D022)."""
    if typed and typed != told:
        return "unit_code", typed
    meant = resolve.unit(named, told) if named.strip() and told in loader.units() else None
    return ("unit_name", named.strip()) if meant not in (None, told) else None


def _identify_unit(draft: Draft, context: Context) -> None:
    filled, template = draft.filled, draft.template
    assert filled is not None and template is not None
    typed = filled.cover["unit_code"].text.strip() if "unit_code" in filled.cover else ""
    named = filled.cover["unit_name"].text if "unit_name" in filled.cover else ""
    told = filled.identity.unit
    code = told or typed or resolve.unit(named, context.unit or "") or ""
    if not code and not filled.cover_cells and filled.printed_unit:
        # A table that came without its cover (CSV) still says over its columns to whom the form was issued.
        code = resolve.unit(filled.printed_unit, context.unit or "") or ""
    other = _other_unit(typed, named, told) if told else None
    if other is not None:
        field, value = other
        own = loader.units()[told].name if told in loader.units() else told
        place = {"sheet": COVER, "cell": filled.cover_cells.get(field), "field": field}
        draft.add("DR-U006", value=value, params={"expected": f"{own}（{told}）"}, **place)
        return
    draft.unit = loader.units().get(code)
    if not told and draft.unit is not None and _other_unit(typed, named, code) is not None:
        place = {"sheet": COVER, "cell": filled.cover_cells.get("unit_name"), "field": "unit_name"}
        draft.add("DR-U008", value=named.strip(), params={"expected": f"{code}（{draft.unit.name}）"}, **place)
        draft.unit = None
        return
    if draft.unit is None:
        cell_of_code = filled.cover_cells.get("unit_code")
        draft.add("DR-U001", value=code or None, sheet=COVER, cell=cell_of_code, field="unit_code")
        return
    # Where the name alone decides whose report this is, the way it was understood is said (D031).
    if not (told or typed) and named.strip() and draft.unit.name not in named:
        cell = filled.cover_cells.get("unit_name")
        params = {"where": f"“封面”{cell or ''}", "title": "报送单位", "new": f"{draft.unit.code}（{draft.unit.name}）"}
        draft.add("DR-U010", value=named.strip(), params=params, sheet=COVER, cell=cell, field="unit_name")
    if context.unit and loader.comes_from_above(template.code, draft.unit.code, context.unit):
        return
    if context.unit and draft.unit.code not in loader.subtree(context.unit):
        receiver = loader.units()[context.unit].name
        draft.add("DR-U002", value=draft.unit.name, params={"expected": receiver})
    elif template.reporters and draft.unit.level not in template.reporters and draft.unit.level is not Level.PROVINCE:
        draft.add("DR-U004", value=draft.unit.name)
    elif context.unit and context.unit not in (draft.unit.code, draft.unit.parent):
        draft.add("DR-U007", value=draft.unit.name, params={"expected": loader.units()[draft.unit.parent].name})
