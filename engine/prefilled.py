"""A template of ours with rows already in it: plans, records, filings and control sheets all leave the program this way."""

from __future__ import annotations

from typing import TYPE_CHECKING

from engine import timeliness
from schemas import loader

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from engine.values import Row
    from schemas.declare import Policy, Unit


def form(
    code: str,
    rows: Mapping[str, Sequence[Row]],
    unit: Unit,
    year: int,
    *,
    policy: Policy | None = None,
    cover: Row | None = None,
    is_complete: bool = False,
) -> tuple[str, bytes]:
    """Return (file name, bytes) of template `code` of one unit and year with `rows` (sheet -> rows by field key) in it.

    policy: prints the deadline of the unit, for what is to be reported upward. is_complete: nobody adds rows, so that only
    those are printed. Keys a sheet does not have are left out.
    """
    from workbooks import template as forms

    found = loader.template(code)
    known = {name: {field.key for field in found.sheet(name).fields} for name in rows}
    due = timeliness.deadline(policy, unit, code) if policy else None
    identity = forms.identity_of(found, unit=unit.code, year=year)
    data = forms.write(
        found,
        identity,
        unit=unit,
        year=year,
        deadline=due.isoformat() if due else "",
        rows={name: [{k: v for k, v in row.items() if k in known[name]} for row in rows[name]] for name in rows},
        cover=cover,
        is_complete=is_complete,
    )
    return forms.file_name(identity), data
