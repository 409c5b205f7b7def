"""模板: the pre-filled workbook of every unit, one by one or all in a zip."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from desk.shelf import attachment, packed
from engine import timeliness
from engine.workflow import collect
from schemas import loader

if TYPE_CHECKING:
    from starlette.responses import Response

    from desk.office import Visit

BLANK = "blank"


def listing(visit: Visit) -> Response:
    """Show which templates the units below owe, and the others as blanks."""
    with visit.office.reading() as workspace:
        owed: dict[str, list[timeliness.Owed]] = {}
        for one in timeliness.owed_to(workspace.policy, workspace.unit):
            owed.setdefault(one.template, []).append(one)
        others = [
            one
            for one in loader.templates().values()
            if one.direction == "up" and one.code != "T00" and one.code not in owed
        ]
        return visit.show("forms", workspace, owed=owed, others=others, units=loader.units())


def single(visit: Visit) -> Response:
    """Return the template of one unit, or a blank for whoever needs it."""
    code, unit = visit.place("template"), visit.place("unit")
    [(name, data)] = _written(visit, code, () if unit == BLANK else (unit,), is_blank=unit == BLANK)
    return attachment(data, name)


def all_of_one(visit: Visit) -> Response:
    """Return one template for every unit that owes it, as a zip."""
    code = visit.place("template")
    written = _written(visit, code, ())
    return attachment(packed(written), f"{code}_{loader.template(code).title}_{len(written)}份.zip")


def _written(visit: Visit, code: str, units: tuple[str, ...], *, is_blank: bool = False) -> list[tuple[str, bytes]]:
    """Return (name, bytes) of the workbooks that were made."""
    with visit.office.reading() as workspace, visit.office.borrowed() as folder:
        found = collect.templates(
            (code,), folder, year=workspace.year, workspace=None if is_blank else workspace, units=units
        )
        return [(Path(one).name, Path(one).read_bytes()) for one in found["written"]]
