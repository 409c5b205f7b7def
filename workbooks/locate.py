"""Finds in a book what its template asks for: identity, cover and tables, wherever the office moved them.

Never raises on content. `Filled.problems` holds what concerns the file, its identity and its sheets (DR-F1xx, DR-T,
DR-S00x), `Located.problems` what concerns one table (DR-S, DR-H).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from workbooks import asked, text_table
from workbooks import identity as carriers_of
from workbooks.addresses import address, letters
from workbooks.container import GUIDES
from workbooks.heading import (
    FIT,
    Heading,
    by_keys,
    by_titles,
    fit,
    is_transposed,
    key_row,
    normalise,
    words,
)
from workbooks.identity import META
from workbooks.model import Cell, Filled, Identity, Located, Problem
from workbooks.table_rows import read_table

if TYPE_CHECKING:
    from schemas.declare import Field, Sheet, Template
    from workbooks.model import Book, Grid

COVER = "封面"
_COVER_KEYS = 5
"""So many hidden keys of the cover make a sheet the cover, whatever it is called now."""
COVER_TEMPLATE = "T00"
# A home-made table counts as near enough to be mapped from this share of known headings on.
_NEAR = 0.5
_DRAFT_ROWS = 20


def locate(book: Book, templates: dict[str, Template]) -> Filled:
    """Return everything the book says in the terms of its template; `templates` by code, the cover T00 among them."""
    said = carriers_of.carriers(book)
    fronts = _covers(book, templates.get(COVER_TEMPLATE))
    front = cover_grid(book, templates.get(COVER_TEMPLATE))
    grids = [
        grid
        for grid in book.grids
        if grid.name.strip() not in (*GUIDES, META, COVER) and not any(grid is one for one in fronts)
    ]
    strong = next((said[name].template for name in (*carriers_of.STRONG, "printed", "footer") if name in said), "")
    fitting = _fitting(grids, templates, strong)
    spoken = strong if strong in fitting or not fitting else min(fitting)
    if fitting:
        said["keyrow"] = Identity(template=spoken)
    identity, problems = carriers_of.vote(said)
    template = templates.get(identity.template)
    if not said:
        template, problem = _nearest(grids, templates)
        identity = Identity(template=template.code if template else "")
        problems.append(problem)
    elif template is None:
        problems.append(Problem("DR-T004", params=(("template", identity.template),)))
    cover, cells = _read_cover(book, templates.get(COVER_TEMPLATE))
    if front is not None and front.name.strip() != COVER:
        params = (("found", front.name), ("title", COVER), ("name", COVER))
        problems.append(Problem("DR-S003", sheet=front.name, params=params))
    if len(fronts) > 1:
        names = "、".join(f"“{one.name}”" for one in fronts)
        problems.append(Problem("DR-S002", sheet=fronts[0].name, params=(("sheets", names), ("title", COVER))))
    tables: list[Located] = []
    if template is not None:
        tables, found = _read_tables(grids, template)
        problems += found
        problems += _strangers([grid for grid in grids if grid.name not in {table.grid for table in tables}], template)
    filled = Filled(
        identity=identity,
        carriers=said,
        cover=cover,
        cover_cells=cells,
        tables=tables,
        problems=[*book.problems, *problems],
        application=book.application,
        format=book.format,
        printed_unit=carriers_of.printed_unit(book),
    )
    return asked.recalled(filled, book, META)


# Which template ----------------------------------------------------------------------------------------------------


def _fitting(grids: list[Grid], templates: dict[str, Template], strong: str) -> set[str]:
    """Return the templates whose key rows these are: the best fit, several when they tie; `strong` is tried first."""
    scores: dict[str, float] = {}
    found = [key_row(grid) for grid in grids]
    rows = [set(one[1].values()) for one in found if one]
    if strong in templates and rows:
        sheets = templates[strong].sheets
        if all(any(fit(keys, sheet) == 1.0 for sheet in sheets) for keys in rows):
            return {strong}
    for keys in rows:
        for code, template in templates.items():
            score = max((fit(keys, sheet) for sheet in template.sheets), default=0.0)
            if score > FIT:
                scores[code] = max(scores.get(code, 0.0), score)
    best = max(scores.values(), default=0.0)
    return {code for code, score in scores.items() if score == best}


def _nearest(grids: list[Grid], templates: dict[str, Template]) -> tuple[Template | None, Problem]:
    """Return the template a home-made table comes near to, and the problem that says so (DR-T001)."""
    best, nearest = 0.0, None
    for template in templates.values():
        headings = [by_titles(grid, sheet) for grid in grids for sheet in template.sheets]
        score = max((one.score for one in headings if one), default=0.0)
        if score > best:
            best, nearest = score, template
    if nearest is None or best < _NEAR:
        return None, Problem("DR-T001", params=(("likely", ""),))
    likely = f"；表头与 {nearest.code}“{nearest.title}”相符 {best:.0%}"
    return nearest, Problem("DR-T001", params=(("likely", likely),))


# Tables ------------------------------------------------------------------------------------------------------------


def _read_tables(grids: list[Grid], template: Template) -> tuple[list[Located], list[Problem]]:
    tables: list[Located] = []
    problems: list[Problem] = []
    taken: set[str] = set()
    for sheet in template.sheets:
        candidates = _candidates([grid for grid in grids if grid.name not in taken], sheet, template)
        if not candidates:
            problems += _missing(grids, taken, sheet)
            continue
        grid, heading = candidates[0]
        filled = [one for one in candidates if _has_rows(one[0], one[1])]
        if len(filled) > 1:
            names = "、".join(f"“{one.name}”" for one, _ in filled)
            problems.append(Problem("DR-S002", sheet=grid.name, params=(("sheets", names), ("title", sheet.title))))
            taken |= {one.name for one, _ in filled}
        elif filled:
            grid, heading = filled[0]
        taken.add(grid.name)
        table = read_table(grid, sheet, heading)
        table.above = _lines_above(grid, heading)
        told = _heading_problems(grid, sheet, heading)
        # tables side by side leave nothing else to say: columns and rows mean two things at once
        table.problems = told if any(one.code == "DR-S017" for one in told) else told + table.problems
        tables.append(table)
        problems += _sheet_problems(grid, sheet, table)
    problems += _leftovers([grid for grid in grids if grid.name not in taken])
    return tables, problems


def _candidates(grids: list[Grid], sheet: Sheet, template: Template) -> list[tuple[Grid, Heading]]:
    """Return the grids that may hold this sheet, the likeliest first: by key row, else by headings.

    A grid whose keys fit another sheet of the template better belongs to that one.
    """
    keyed, titled = [], []
    for grid in grids:
        keys = key_row(grid)
        heading = by_keys(grid, sheet, *keys) if keys else None
        if keys and heading is not None:
            if heading.score >= max(fit(set(keys[1].values()), other) for other in template.sheets):
                keyed.append((grid, heading))
        elif not keys:
            heading = by_titles(grid, sheet)
            if heading is not None:
                titled.append((grid, heading))
    found = keyed or titled
    return sorted(found, key=lambda one: (-one[1].score, not _is_named(one[0], sheet)))


def _is_named(grid: Grid, sheet: Sheet) -> bool:
    return grid.name in (sheet.title, sheet.name)


def _lines_above(grid: Grid, heading: Heading) -> tuple[tuple[str, str], ...]:
    return tuple(
        (address(number, column), cell.text)
        for number, row in grid.rows.items()
        if number < heading.title_row
        for column, cell in row.items()
        if cell.text and cell.formula is None
    )


def _has_rows(grid: Grid, heading: Heading) -> bool:
    columns = set(heading.columns.values())
    return any(
        number >= heading.first
        and any(cell.text and cell.formula is None for column, cell in row.items() if column in columns)
        for number, row in grid.rows.items()
    )


def _missing(grids: list[Grid], taken: set[str], sheet: Sheet) -> list[Problem]:
    """Say why a sheet was not found: turned on its side, or not there at all."""
    for grid in grids:
        column = is_transposed(grid, sheet) if grid.name not in taken else None
        if column is not None:
            params = (("found", grid.name), ("column", letters(column)))
            return [Problem("DR-S018", sheet=grid.name, cell=address(1, column), params=params)]
    return [] if sheet.optional else [Problem("DR-S001", params=(("title", sheet.title), ("name", sheet.title)))]


def _heading_problems(grid: Grid, sheet: Sheet, heading: Heading) -> list[Problem]:
    """Return what is wrong with the columns: doubled, missing, moved, renamed, found by words only."""
    if len(heading.doubled) > max(1, len(heading.columns) // 3):
        places = "、".join(address(heading.title_row, columns[-1]) for columns in heading.doubled.values())
        return [_problem("DR-S017", grid, heading, found=grid.name, cells=places)]
    problems = []
    for key, columns in heading.doubled.items():
        names = "、".join(f"{letters(column)} 列" for column in columns)
        problems.append(_problem("DR-H003", grid, heading, columns[1], sheet.field(key), columns=names))
    for one in sheet.fields:
        if one.key not in heading.columns and not one.computed:
            code = "DR-H001" if one.required else "DR-H002"
            problems.append(_problem(code, grid, heading, None, one, found=grid.name))
    if not heading.has_keys:
        names = "、".join(f"“{sheet.field(key).title}”" for key in list(heading.columns)[:4])
        more = "等列" if len(heading.columns) > 4 else "列"
        problems.append(_problem("DR-H005", grid, heading, titles=names + more))
    order = [heading.columns[one.key] for one in sheet.fields if one.key in heading.columns]
    if order != sorted(order):
        problems.append(_problem("DR-H006", grid, heading))
    return problems + _renamed(grid, sheet, heading)


def _renamed(grid: Grid, sheet: Sheet, heading: Heading) -> list[Problem]:
    """Compare the visible headings with the keys below them: another field's heading is an error, a retyped one a note."""
    problems = []
    for one in sheet.fields:
        column = heading.columns.get(one.key)
        text = heading.titles.get(column or 0, "")
        if not text or text == one.title or words(one.title)[1] in words(text):
            continue
        others = {normalise(title): other.key for other in sheet.fields for title in (other.title, *other.aliases)}
        meant = others.get(words(text)[1], one.key)
        code = "DR-H007" if meant == one.key else "DR-H008"
        shown = text.strip()[:40]
        problems.append(_problem(code, grid, heading, column, one, column=letters(column or 0), heading=shown))
    return problems


def _problem(
    code: str, grid: Grid, heading: Heading, column: int | None = None, field: Field | None = None, /, **params: str
) -> Problem:
    """Return a problem of the heading; `/` because the message of some has a gap called heading or column."""
    if field is not None:
        params["title"] = field.title
    cell = address(heading.title_row, column) if column else None
    return Problem(code, sheet=grid.name, cell=cell, field=field.key if field else None, params=tuple(params.items()))


def _sheet_problems(grid: Grid, sheet: Sheet, table: Located) -> list[Problem]:
    problems = []
    if not _is_named(grid, sheet) and grid.name != text_table.NAME:  # a text file names no sheet
        params: tuple[tuple[str, str], ...] = (("found", grid.name), ("title", sheet.title), ("name", sheet.title))
        problems.append(Problem("DR-S003", sheet=grid.name, params=params))
    if grid.state != "visible" and table.rows:
        params = (("found", grid.name), ("count", str(len(table.rows))))
        problems.append(Problem("DR-S004", sheet=grid.name, params=params))
    return problems


def _leftovers(grids: list[Grid]) -> list[Problem]:
    """Return one note for each sheet of the office's own that holds more than a scribble."""
    problems = []
    for grid in grids:
        count = sum(any(cell.text.strip() for cell in row.values()) for row in grid.rows.values())
        if count > _DRAFT_ROWS:
            params = (("found", grid.name), ("count", str(count)))
            problems.append(Problem("DR-S005", sheet=grid.name, params=params))
    return problems


def _strangers(grids: list[Grid], template: Template) -> list[Problem]:
    """Return a problem for filled-in sheets whose key row belongs to another template (DR-T006)."""
    strangers = []
    for grid in grids:
        found = key_row(grid)
        keys = set(found[1].values()) if found else set()
        filled = found and any(
            number > found[0] and any(one.text for one in row.values()) for number, row in grid.rows.items()
        )
        if filled and not any(fit(keys, sheet) > FIT for sheet in template.sheets):
            strangers.append(grid.name)
    if not strangers:
        return []
    values = "、".join(f"“{name}”" for name in strangers)
    return [Problem("DR-T006", sheet=strangers[0], params=(("values", values),))]


# Cover -------------------------------------------------------------------------------------------------------------


def _read_cover(book: Book, template: Template | None) -> tuple[dict[str, Cell], dict[str, str]]:
    """Return (cells by key, addresses by key) of the cover: by its hidden keys, else by its labels."""
    grid = cover_grid(book, template) if template else None
    if template is None or grid is None:
        return {}, {}
    fields = {one.key: one for sheet in template.sheets for one in sheet.fields}
    labels = {normalise(title): one.key for one in fields.values() for title in (one.title, *one.aliases)}
    cells: dict[str, Cell] = {}
    places: dict[str, str] = {}
    for number, row in grid.rows.items():
        columns = sorted(row)
        keyed = {column: row[column].text.strip()[1:] for column in columns if row[column].text.lstrip()[:1] == "#"}
        for column in columns:
            key = keyed.get(column)
            label = next((later for later in columns if later > column), column + 1) if key in fields else column
            if key not in fields:
                key = labels.get(words(row[column].text)[1]) if not keyed else None
            if key is None or key in places:
                continue
            value = next((later for later in columns if later > label), label + 1)
            if value in row and _is_other_label(row[value], labels):
                value = label + 1
            places[key] = address(number, value)
            if value in row and (row[value].text.strip() or row[value].kind == "formula"):
                cells[key] = row[value]
    return cells, places


def cover_grid(book: Book, template: Template | None) -> Grid | None:
    """Return the cover: the sheet of that name, else the first with enough of its hidden keys (D032)."""
    found = _covers(book, template)
    return next((one for one in found if one.name.strip() == COVER), found[0] if found else None)


def _covers(book: Book, template: Template | None) -> list[Grid]:
    """Return every sheet that may be the cover: called so, or with enough of its hidden keys; two of them contradict (D032)."""
    if template is None:
        return [one for one in book.grids if one.name.strip() == COVER]
    keys = {f"#{one.key}" for sheet in template.sheets for one in sheet.fields}

    def count(grid: Grid) -> int:
        return sum(cell.text.strip() in keys for row in grid.rows.values() for cell in row.values())

    return [
        one
        for one in book.grids
        if one.name.strip() == COVER or (one.name.strip() not in (*GUIDES, META) and count(one) >= _COVER_KEYS)
    ]


def _is_other_label(cell: Cell, labels: dict[str, str]) -> bool:
    return cell.text.startswith("#") or normalise(cell.text) in labels
