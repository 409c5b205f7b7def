"""Writes docs/templates.md from the declarations: `python -m schemas.pages` after a change; a test compares the two."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from schemas import loader

if TYPE_CHECKING:
    from collections.abc import Iterable

    from schemas.declare import Field, Sheet, Template

INTRODUCTION = """# Templates

Generated from `schemas/sheets/*.toml` by `python -m schemas.pages`; change the declaration, not this page.

The key of a field stands in the hidden key row of the workbook and names the column everywhere else: in the returned copy,
the register, the JSON and the ledger. A key is frozen once released. Column A (序号) is numbered by the workbook and is not a field.

- **filled**: by the office; *pre-filled*: written by us before the workbook goes out; *computed*: never asked.
- **need**: ● required, ◐ required when the named condition holds, ○ optional; *unknown* means 未掌握 may be entered (neutral, counted).
- **for**: who may read the column: everybody (public), the offices (internal), the owner and the level above (restricted),
  nobody outside the owner (private).
- **wins**: whose value holds when two sources differ: the unit's own, the official roster's, or that of the level above.
"""


def _row(cells: Iterable[str]) -> str:
    return "| " + " | ".join(one.replace("|", "\\|") for one in cells) + " |"


def _need(field: Field) -> str:
    if field.required:
        mark = "●"
    elif field.required_if:
        mark = "◐ " + "; ".join(f"{key} = {' / '.join(values)}" for key, values in field.required_if)
    else:
        mark = "○"
    return mark + (" unknown" if field.unknown_allowed else "")


def _field_row(field: Field) -> str:
    kind = f"{field.type} {field.codes}" if field.codes else str(field.shape or field.type)
    filled = "computed" if field.computed else "pre-filled" if field.prefilled else "filled"
    return _row((f"`{field.key}`", field.title, kind, _need(field), filled, str(field.privacy), field.authority))


def _sheet(sheet: Sheet) -> list[str]:
    facts = [f"key: {', '.join(f'`{key}`' for key in sheet.key)}" if sheet.key else "one row"]
    if sheet.checks:
        facts.append("checks: " + ", ".join(f"`{name}`" for name in sheet.checks))
    if sheet.optional:
        facts.append("optional sheet")
    titles = ("key", "heading", "type", "need", "filled", "for", "wins")
    return [
        f"### `{sheet.name}` {sheet.title}",
        "",
        "; ".join(facts),
        "",
        _row(titles),
        _row(["---"] * len(titles)),
        *map(_field_row, sheet.fields),
        "",
    ]


def _template(one: Template) -> list[str]:
    facts = [f"`{one.name}`", f"version {one.version}", f"period {one.period}"]
    facts.append("filled in by " + ", ".join(one.reporters) if one.direction == "up" else "written by the program")
    if one.consolidates_to:
        facts.append(f"rows go to the register {one.consolidates_to}")
    if one.zero_report:
        facts.append("零报告 allowed")
    lines = [f"## {one.code} {one.title}", "", "; ".join(facts), ""]
    for sheet in one.sheets:
        lines += _sheet(sheet)
    return lines


def templates_page() -> str:
    """Return docs/templates.md: every template with its fields, the named checks and the code lists."""
    lines = INTRODUCTION.splitlines()
    for one in loader.templates().values():
        lines += ["", *_template(one)[:-1]]
    lines += ["", "## Cross-field checks", "", _row(("name", "asserts")), _row(("---", "---"))]
    lines += [_row((f"`{name}`", meaning)) for name, meaning in loader.check_rules().items()]
    lines += ["", "## Code lists", "", "C45 and above are ours; an open list takes other values with a note.", ""]
    lines += [_row(("list", "title", "values")), _row(("---", "---", "---"))]
    for known in loader.code_lists().values():
        title = known.title + ("（open）" if known.is_open else "")
        lines.append(_row((known.code, title, " · ".join(known.labels))))
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    (Path(__file__).parents[1] / "docs" / "templates.md").write_text(templates_page(), encoding="utf-8")
