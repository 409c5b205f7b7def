"""The parameters a unit works by, what it may set of its own, and what changed since they were last recorded (R01, R03)."""

from __future__ import annotations

import re
from contextlib import suppress
from datetime import date
from fractions import Fraction
from typing import TYPE_CHECKING, Any

from engine import timeliness
from engine.model import NotFound, Refused
from schemas import loader
from schemas.parameters import Parameter, parameters

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from engine.values import Row
    from schemas.declare import Policy, Unit

OWN = ("parameters", "own")
"""The document that keeps what an office set of its own: key -> {unit, name, value, basis, on}."""
OWED = {"人数": "quota", "截止": "deadline"}
_OWED_NAME = re.compile(r"(T\w+)\s+(?:(\S+)\s+)?(人数|截止)|(quota|deadline)_(T\w+)")
_WORDS = {"是": True, "否": False}
_DAY = re.compile(r"(\d{1,2})(?:-|月)(\d{1,2})日?")


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
                found[f"{duty.template} {one.name} 截止"] = _text(timeliness.deadline(policy, one, duty.template))
                found[f"{duty.template} {one.name} 人数"] = _text(policy.quota(duty.template, one))
    return found


def _text(value: object) -> str:
    if isinstance(value, dict):
        return "；".join(f"{key}={_text(one)}" for key, one in sorted(value.items()))
    if isinstance(value, list | tuple):
        return "、".join(_text(one) for one in value)
    return "" if value is None else str(value)


def shown(policy: Policy, unit: str) -> Iterator[str]:
    """Yield one sentence per parameter as people read it; what every unit below owes alike is one sentence."""
    for one in parameters().values():
        if one.kind != "table":
            yield f"{one.title}：{spoken(one, policy.value(one.name, unit))}"
    owed: dict[str, dict[str, list[str]]] = {}
    for name, value in effective(policy, unit).items():
        parts = name.split(" ")
        if parts[-1] in OWED and value:
            owed.setdefault(f"{parts[0]} {parts[-1]}", {}).setdefault(value, []).append(parts[1])
    for name, values in owed.items():
        for value, units in values.items():
            yield f"{name}：{value}（{'、'.join(units) if len(values) > 1 else f'{len(units)} 个单位'}）"


def spoken(one: Parameter, value: object) -> str:
    """Return `value` of a parameter in the words of its kind: a share as percentage, yes or no, a word of its list."""
    if one.kind == "share":
        hundred = Fraction(str(value)) * 100
        return f"{hundred.numerator if hundred.denominator == 1 else f'{float(hundred):.2f}'}%"
    if one.kind == "yes_no":
        return "是" if value else "否"
    return one.options.get(str(value), str(value))


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


def own(document: Mapping[str, Row] | None) -> tuple[tuple[str, str, Any], ...]:
    """Return what an office set of its own as `loader.policy` takes it."""
    return tuple(sorted((one["unit"], one["name"], one["value"]) for one in (document or {}).values()))


def named(one: Row, office: str) -> str:
    """Return an entry of the document OWN of `office` as people read it, e.g. `T06 各单位 人数：3`."""
    declared = parameters().get(one["name"])
    if declared:
        return f"{declared.title}：{spoken(declared, one['value'])}"
    which, _, template = one["name"].partition("_")
    word = next(label for label, name in OWED.items() if name == which)
    value = "不限" if one["value"] == 0 else one["value"]
    return f"{template} {loader.units()[one['unit']].name if one['unit'] != office else '各单位'} {word}：{value}"


def setting(name: str, given: str, unit: Unit, year: int) -> tuple[str, str, object | None]:
    """Return (unit or '', name, value) for what an office wants to set; value None goes back to what the year says.

    name: the name or title of a parameter, `T06 人数` for all who owe it to `unit`, `T06 嘉鱼县司法局 人数` for one of them.
    Raises NotFound for an unknown name, Refused for a value that is none, that the year alone decides, or that is laxer than
    the year allows.
    """
    policy = loader.policy(year)
    found = _OWED_NAME.fullmatch(name.strip())
    if found:
        template, which = found[1] or found[5], OWED.get(found[3] or "") or found[4]
        return _owed(template, which, found[2] or "", given.strip(), unit, policy)
    known = {one.title: one for one in parameters().values()} | parameters()
    one = known.get(name.strip())
    if one is None:
        raise NotFound(f"没有叫“{name}”的参数。", "运行 taizhang parameters 查看有哪些参数，照写其名称。")
    if one.limit == "fixed" or one.kind == "table":
        raise Refused(f"“{one.title}”由法规或年度方案统一规定，不能自行设定。")
    if not given.strip():
        return "", one.name, None
    value = _value(one, given.strip())
    _require_within(one, value, policy.values[one.name])
    return "", one.name, value


def _owed(
    template: str, which: str, name: str, given: str, unit: Unit, policy: Policy
) -> tuple[str, str, object | None]:
    """Return what `unit` asks of those below: a number of rows (0: no number) or a last day."""
    owing = [one for one in loader.children(unit.code) if policy.duty(template, one.level)]
    if name:
        owing = [one for one in owing if name == one.code or one.name.startswith(name)]
    if not owing or (name and len(owing) > 1):
        raise NotFound(f"没有{f'唯一叫“{name}”的' if name else ''}下级单位向{unit.name}报送 {template}。")
    if which == "quota" and "quota" not in loader.template(template).sheets[0].checks:
        raise Refused(f"{template} 不限定人数。")
    where = owing[0].code if name else unit.code
    if not given:
        return where, f"{which}_{template}", None
    if which == "quota":
        return where, f"quota_{template}", _number(given)
    parts = _DAY.fullmatch(given)
    with suppress(ValueError):
        if parts:
            day = date(policy.year, int(parts[1]), int(parts[2]))
            return where, f"deadline_{template}", f"{day:%m-%d}"
    raise Refused(f"“{given}”不是月和日。", "写成 05-20 或 5月20日。")


def _value(one: Parameter, given: str) -> object:
    if one.kind == "number":
        return _number(given)
    if one.kind == "yes_no":
        if given not in _WORDS:
            raise Refused(f"“{one.title}”写“是”或“否”。")
        return _WORDS[given]
    if one.kind == "share":
        with suppress(ValueError, ZeroDivisionError):
            share = Fraction(given[:-1]) / 100 if given.endswith(("%", "％")) else Fraction(given)
            if 0 <= share <= 1:
                return f"{share.numerator}/{share.denominator}"
        raise Refused(f"“{given}”不是比例。", "写成 10% 或 1/10，不超过 100%。")
    found = {label: value for value, label in one.options.items()} | {value: value for value in one.options}
    if given not in found:
        raise Refused(f"“{one.title}”没有“{given}”这个选项。", f"可选：{'、'.join(one.options.values())}。")
    return found[given]


def _number(given: str) -> int:
    if not (given.isascii() and given.isdecimal() and len(given) <= 5):
        raise Refused(f"“{given}”不是整数。", "写成 0、1、2……")
    return int(given)


def _require_within(one: Parameter, value: object, year: object) -> None:
    """Refuse what is laxer than the year asks: an office completes the provincial document and may only be stricter."""
    wanted, bound = Fraction(str(value)) if one.limit else 0, Fraction(str(year)) if one.limit else 0
    if (one.limit == "least" and wanted < bound) or (one.limit == "most" and wanted > bound):
        word = "低于" if one.limit == "least" else "高于"
        raise Refused(f"“{one.title}”不能{word} {spoken(one, year)}。", "本单位的规定可以更严，不能更宽。")
