"""The parameters a unit works by, and what changed: between years, and since they were last recorded (R01, R03)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from schemas import loader

if TYPE_CHECKING:
    from collections.abc import Mapping

    from engine.values import Row
    from schemas.declare import Policy


def effective(policy: Policy, unit: str) -> dict[str, str]:
    """Return name -> value as text of everything that holds for `unit`: own values over the year's, the rules nobody need
    keep, and what each unit below owes it - number and day per template and unit, where they differ from the rest of the
    level too.
    """
    found = {name: _text(policy.value(name, unit)) for name in sorted(policy.values)}
    found |= {f"停用规则 {one.code}": f"自 {one.since} 起：{one.reason}" for one in policy.switched_off}
    for one in loader.children(unit):
        for duty in policy.duties:
            if one.level in duty.reporters:
                found[f"{duty.template} {one.name} 截止"] = _text(policy.deadline(duty.template, one))
                found[f"{duty.template} {one.name} 人数"] = _text(policy.quota(duty.template, one))
    return found


def _text(value: object) -> str:
    if isinstance(value, dict):
        return "；".join(f"{key}={_text(one)}" for key, one in sorted(value.items()))
    if isinstance(value, list | tuple):
        return "、".join(_text(one) for one in value)
    return "" if value is None else str(value)


def differences(before: Mapping[str, str], after: Mapping[str, str]) -> list[Row]:
    """Return {name, before, after} of every parameter that is not the same; None where there was none.

    Days of two years are compared as month and day: a new year alone is no change.
    """
    names = [*after, *(name for name in before if name not in after)]
    return [
        {"name": name, "before": before.get(name), "after": after.get(name)}
        for name in names
        if _plain(name, before.get(name)) != _plain(name, after.get(name))
    ]


def _plain(name: str, value: str | None) -> str | None:
    return value[5:] if value and name.endswith(" 截止") else value
