"""What a cover says of its own form beside the carriers: unit, level, period, version, typed over by hand (D021, D022)."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from engine import resolve
from schemas import loader

if TYPE_CHECKING:
    from collections.abc import Iterator

    from schemas.declare import Field, Template, Unit
    from workbooks.model import Filled


def deviations(filled: Filled, template: Template, unit: Unit | None) -> Iterator[tuple[Field, str, str]]:
    """Yield (field of the cover, text typed, text expected) where the cover departs from what is known without it.

    What is left blank departs from nothing, nor does another spelling: 县 for 县级, 1 for 1.0, 县司法局 for its full name.
    `unit` is None where nobody knows whose form it is; then only the form itself is compared.
    """
    declared = loader.template("T00").sheets[0]
    said = filled.identity
    known = {
        "unit_name": unit.name if unit else "",
        "unit_level": unit.level.value if unit else "",
        "period": said.period or template.period,
        "template_version": said.version or template.version,
    }
    for key, expected in known.items():
        one = declared.field(key)
        typed = filled.cover[key].text.strip() if key in filled.cover else ""
        if typed and expected and not _is_same(one, resolve.folded(typed), expected, unit):
            yield one, typed, _label(one, expected)


def _is_same(one: Field, typed: str, expected: str, unit: Unit | None) -> bool:
    if one.codes:
        entries = [each for each in loader.code_lists()[one.codes].entries if each.code == expected]
        return (
            any(typed in map(resolve.folded, (each.code, each.label, *each.aliases)) for each in entries) or not entries
        )
    if one.key == "template_version":
        return re.sub(r"(\.0+)+$", "", typed.lower().removeprefix("v")) == re.sub(r"(\.0+)+$", "", expected)
    names = [resolve.folded(each) for each in (unit.name, unit.short_name, *unit.aliases)] if unit else []
    return resolve.unit(typed, unit.code if unit else "") is not None or any(
        each in typed or each.endswith(typed) for each in names if each
    )


def _label(one: Field, code: str) -> str:
    entries = loader.code_lists()[one.codes].entries if one.codes else ()
    return next((each.label for each in entries if each.code == code), code)
