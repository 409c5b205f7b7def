"""The public edition as files: plain pages that need no script, tables as CSV, XLSX and JSON beside them.

Everything is a function of its input: the same rows give the same bytes. R18, R20, R37; decisions 33, 38.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from engine import csvfile
from engine.values import Row, text
from portal import HOME, verifier
from schemas import loader
from schemas.declare import FieldType, Shape

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import jinja2

    from schemas.declare import Field


@dataclass(frozen=True, slots=True, kw_only=True)
class Chapter:
    """One public table: file name stem, title, the sheet its columns come from, its rows, sentences above it."""

    stem: str
    title: str
    template: str
    sheet: str
    rows: Sequence[Row]
    notes: tuple[str, ...] = ()
    lead: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class DrawPage:
    """One draw as published: what it is, its code, the files of its bundle (after dispatch, before it the commitment)."""

    name: str
    sentence: str
    commitment: str
    root: str = ""
    files: Mapping[str, bytes] = field(default_factory=dict)


def render(
    *,
    organ: str,
    year: int,
    on: str,
    chapters: Sequence[Chapter],
    figures: Sequence[tuple[str, str, str]],
    draws: Sequence[DrawPage] = (),
    missing: str = "",
    results: str = "results",
) -> dict[str, bytes]:
    """Return file name -> bytes of the whole edition; `figures` are (title, value, note), `results` the chapter of the fragment."""
    pages = _environment()
    menu: list[dict[str, Any]] = [{"href": "index.html", "title": "首页", "count": None}]
    menu += [{"href": f"{one.stem}.html", "title": one.title, "count": len(one.rows)} for one in chapters]
    common = {"organ": organ, "year": year, "on": on, "menu": menu}
    files: dict[str, bytes] = {
        "style.css": HOME.joinpath("templates/style.css").read_bytes(),
        "find.js": HOME.joinpath("templates/find.js").read_bytes(),
    }
    for one in chapters:
        fields, cells, lead = _table(one)
        columns = [field.title for field in fields]
        table = {
            **common,
            "title": one.title,
            "here": f"{one.stem}.html",
            "columns": columns,
            "rows": [[placed(cell, field) for cell, field in zip(row, fields, strict=True)] for row in cells],
            "lead": lead,
        }
        links = [
            {"href": f"data/{one.stem}.{kind}", "title": label}
            for kind, label in (("xlsx", "Excel"), ("csv", "CSV"), ("json", "JSON"))
        ]
        files[f"{one.stem}.html"] = _page(pages, "table.html.j2", **table, notes=one.notes, files=links)
        files |= _data(one, columns, cells, organ)
        if one.stem == results:
            files["fragment.html"] = _page(pages, "fragment.html.j2", **table)
    shown = []
    for draw in draws:
        files |= {f"draws/{draw.name}/{name}": data for name, data in draw.files.items()}
        # Opened from a disk, a page cannot read the folder beside it: this one carries the record inside.
        files[f"draws/{draw.name}.html"] = verifier.page(draw.files)
        shown.append(_draw(draw))
    index = {
        "title": "行政检查公示",
        "here": "index.html",
        "figures": [{"title": title, "value": value, "note": note} for title, value, note in figures],
        "draws": shown,
        "missing": missing,
    }
    files["index.html"] = _page(pages, "index.html.j2", **common, **index)
    return files


def shown(value: object, field: Field) -> str:
    """Return a cell as people read it."""
    if field.type is FieldType.BOOLEAN and isinstance(value, bool):
        return "是" if value else "否"
    return text(value)


def placed(cell: str, field: Field) -> str:
    """Return a cell of a page: an office by its name, a place with its name beside the code; the data keep the codes to join by."""
    if field.shape is Shape.UNIT and cell in loader.units():
        return loader.units()[cell].name
    if field.shape is Shape.DIVISION and cell in loader.divisions():
        return f"{cell} {loader.divisions()[cell].name}"
    return cell


def _draw(one: DrawPage) -> Row:
    base = f"draws/{one.name}"
    return {
        "name": one.name,
        "sentence": one.sentence,
        "commitment": one.commitment,
        "root": one.root,
        "verifier": f"{base}.html",
        "files": [{"href": f"{base}/{name}", "title": name} for name in sorted(one.files)],
    }


def _environment() -> jinja2.Environment:
    import jinja2

    def source(name: str) -> str:
        return HOME.joinpath("templates", name).read_text(encoding="utf-8")

    loader_ = jinja2.FunctionLoader(source)
    return jinja2.Environment(
        loader=loader_, autoescape=True, undefined=jinja2.StrictUndefined, keep_trailing_newline=True, trim_blocks=True
    )


def _page(pages: jinja2.Environment, template: str, **given: object) -> bytes:
    return pages.get_template(template).render(**given).encode()


def _table(one: Chapter) -> tuple[list[Field], list[list[str]], int]:
    """Return columns, cells and the column that names a row; columns nobody filled are left out."""
    sheet = loader.template(one.template).sheet(one.sheet)
    known = {key for row in one.rows for key, value in row.items() if text(value)}
    fields = [field for field in sheet.fields if field.key in known or (not one.rows and field.required)]
    keys = [field.key for field in fields]
    lead = next(
        (keys.index(key) for key in (one.lead, "target_name", "name", "item_name", "plan_name") if key in keys), 0
    )
    return (
        fields,
        [[shown(row.get(f.key), f) for f in fields] for row in one.rows],
        lead,
    )


def _data(one: Chapter, columns: Sequence[str], cells: Sequence[Sequence[str]], organ: str) -> dict[str, bytes]:
    from workbooks import register

    records = [dict(zip(columns, row, strict=True)) for row in cells]
    table = register.Table(
        name=one.title[:31],
        title=one.title,
        columns=list(columns) or ["（无）"],
        rows=cells,
        notes=(f"公示机关：{organ}",),
    )
    return {
        f"data/{one.stem}.csv": csvfile.text([columns, *cells]),
        f"data/{one.stem}.json": (json.dumps(records, ensure_ascii=False, indent=1) + "\n").encode(),
        f"data/{one.stem}.xlsx": register.write([table]),
    }
