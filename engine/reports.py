"""What people who lead ask during the year: how far, what was missed, what comes back, what is common, who could go.

Every report is a table with numerator, denominator and the rows behind it (R12, R28, R29, R39, R40, R45, R47-R49, R55).
Pure functions over rows; nothing here is published.
"""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING

from engine.figures import unit_name
from engine.plan import COVERED_TYPES, FIELD_OF_TYPE, is_officer
from engine.results import EXTENSION, INSPECTED, OPEN, end_states, extension, is_inspected, is_random
from engine.values import Row, by, day, several, text, whole
from schemas import loader

if TYPE_CHECKING:
    from collections.abc import Callable, Container, Iterable, Mapping, Sequence
    from datetime import date

    from schemas.declare import Field

TOTAL = "合计"
LABELS = ("qualification", "specialities", "fields")


def progress(
    tasks: Sequence[Row],
    results: Sequence[Row],
    requests: Sequence[Row],
    on: date,
    *,
    place: Callable[[Row], str],
) -> list[Row]:
    """Return one row per unit and field, then the total: tasks, ends, overdue, visits by month (R29, R40).

    `place` tells where a task or result belongs. Rows: {unit, field, tasks, inspected, otherwise, open, overdue, months:
    {"2026-06": n}, open_tasks: ids}. A result from below without a task here counts as a task of its own.
    """
    ends, known = end_states(tasks, results, requests), by(tasks, "task_id")
    done = by(results, "task_id")
    from_below = [row for row in results if is_random(row) and text(row.get("task_id")) not in known]
    groups: dict[tuple[str, str], list[tuple[Row, str]]] = {}
    for row in (*tasks, *from_below):
        name = text(row["task_id"])
        state = ends.get(name) or (INSPECTED if is_inspected(row) else "状态终结")
        groups.setdefault((place(row), FIELD_OF_TYPE.get(text(row.get("target_type")), "")), []).append((row, state))
    asked = _extensions(requests)
    late = {
        text(row["task_id"])
        for members in groups.values()
        for row, state in members
        if state == OPEN
        and (due := day(row.get("ends_on"))) is not None
        and due < on
        and not extension(row, asked.get(text(row["task_id"]), ()), on)
    }
    rows = [_progress(unit, field, members, done, late) for (unit, field), members in sorted(groups.items())]
    everything = [one for members in groups.values() for one in members]
    return [*rows, _progress(TOTAL, "", everything, done, late)]


def _progress(
    unit: str, field: str, members: Sequence[tuple[Row, str]], done: Mapping[str, Row], late: Container[str]
) -> Row:
    months: dict[str, int] = {}
    for row, state in members:
        result = done.get(text(row["task_id"]), {})
        if state == INSPECTED:
            month = text(result.get("inspected_to"))[:7]
            months[month] = months.get(month, 0) + 1
    left = [row for row, state in members if state == OPEN]
    inspected = sum(state == INSPECTED for _, state in members)
    return {
        "unit": unit,
        "field": field,
        "tasks": len(members),
        "inspected": inspected,
        "otherwise": len(members) - inspected - len(left),
        "open": len(left),
        "overdue": sum(text(row["task_id"]) in late for row in left),
        "months": dict(sorted(months.items())),
        "open_tasks": [text(row["task_id"]) for row in left],
    }


def beyond_season(
    tasks: Sequence[Row], results: Sequence[Row], requests: Sequence[Row], season_end: date, on: date
) -> list[Row]:
    """Return the tasks still open after the season, each with the extension that covers it on that day or None (R29).

    Nothing before the season is over. Rows: {task_id, target_name, ends_on, request_id, decided_on}.
    """
    if on <= season_end:
        return []
    ends, asked = end_states(tasks, results, requests), _extensions(requests)
    found = []
    for row in tasks:
        name = text(row["task_id"])
        if ends[name] == OPEN:
            granted = extension(row, asked.get(name, ()), on)
            found.append(
                {
                    "task_id": name,
                    "target_name": text(row.get("target_name")),
                    "ends_on": text(row.get("ends_on")),
                    "request_id": text(granted.get("request_id")) or None,
                    "decided_on": text(granted.get("decided_on")) or None,
                }
            )
    return found


def _extensions(requests: Iterable[Row]) -> dict[str, list[Row]]:
    """Return the requests for more time by the task they are about."""
    found: dict[str, list[Row]] = {}
    for row in requests:
        if text(row.get("request_type")) == EXTENSION:
            found.setdefault(text(row.get("reference")), []).append(row)
    return found


def gaps(targets: Iterable[Row], results: Iterable[Row]) -> tuple[list[Row], list[Row]]:
    """Return (what must be covered this year, what of it nobody visited yet): the list of gaps of 全覆盖 (R45)."""
    seen = {text(row.get("target_id")) for row in results if is_random(row) and is_inspected(row)}
    wanted = [
        row
        for row in targets
        if text(row.get("practice_state")) == "正常执业" and text(row.get("target_type")) in COVERED_TYPES
    ]
    return wanted, [row for row in wanted if text(row.get("target_id")) not in seen]


def common(problems: Sequence[Row], items: Sequence[Row], targets: Mapping[str, Row], size: int = 5) -> list[Row]:
    """Return the most frequent problems of each trade, most frequent first: the problem catalogue (R39).

    Rows: {field, item_code, item_name, problem (the first wording), count, of (all problems of the trade), bodies: names}.
    """
    names = by(items, "item_code")
    trades: dict[str, dict[str, list[Row]]] = {}
    for row in problems:
        kind = text(row.get("target_type")) or text(targets.get(text(row.get("target_id")), {}).get("target_type"))
        trades.setdefault(FIELD_OF_TYPE.get(kind, ""), {}).setdefault(text(row["item_code"]), []).append(row)
    found = []
    for field, groups in sorted(trades.items()):
        total = sum(len(rows) for rows in groups.values())
        for code, rows in sorted(groups.items(), key=lambda pair: (-len(pair[1]), pair[0]))[:size]:
            found.append(
                {
                    "field": field,
                    "item_code": code,
                    "item_name": text(names.get(code, {}).get("item_name")) or code,
                    "problem": text(rows[0]["problem"]),
                    "count": len(rows),
                    "of": total,
                    "bodies": list(dict.fromkeys(text(row.get("target_name")) for row in rows)),
                }
            )
    return found


def special_plans(catalogue: Sequence[Row], items: Sequence[Row], template: Row, minimum: int) -> list[Row]:
    """Return T07 rows of special inspections (专项检查), one per trade whose problems came at least `minimum` times (R39).

    template: plan_id stem, unit, year and season as in `plan.propose`. They count in no ratio (R11); approval is left blank.
    """
    known = by(items, "item_code")
    found: list[Row] = []
    for field in dict.fromkeys(row["field"] for row in catalogue):
        codes = [row["item_code"] for row in catalogue if row["field"] == field and row["count"] >= minimum]
        if codes:
            types = dict.fromkeys(
                kind
                for code in codes
                for kind in several(known.get(code, {}).get("target_types"))
                if FIELD_OF_TYPE.get(kind) == field
            )
            methods = dict.fromkeys(one for code in codes for one in several(known.get(code, {}).get("methods")))
            found.append(
                {
                    **template,
                    "plan_id": f"{template['plan_id']}{len(found) + 1:02d}",
                    "plan_name": f"{template['year']}年度{field}领域突出问题专项检查计划",
                    "plan_kind": "适时抽查（临时）",
                    "task_kind": "专项检查",
                    "item_codes": "；".join(codes),
                    "fields": field,
                    "target_types": "；".join(types),
                    "methods": "；".join(methods),
                }
            )
    return found


def capacity(visits: Mapping[str, int], inspectors: Sequence[Row], team_size: int, limit: int) -> list[Row]:
    """Return for each field visits to come, officers who may go and visits per officer (R28).

    Rows: {field, visits, people, units, per_person (exact fraction or None), is_short, most}. Short is where no team can be
    formed or an officer would go more than `limit` times (0: no limit).
    """
    found = []
    for field, count in sorted(visits.items()):
        fit = [one for one in inspectors if is_officer(one) and field in several(one.get("fields"))]
        each = Fraction(count * team_size, len(fit)) if fit else None
        found.append(
            {
                "field": field,
                "visits": count,
                "people": len(fit),
                "units": len({text(one.get("unit_code")) for one in fit}),
                "per_person": each,
                "is_short": bool(count) and (len(fit) < team_size or (limit > 0 and each is not None and each > limit)),
            }
        )
    return found


def thin_units(inspectors: Sequence[Row], units: Iterable[str], team_size: int) -> list[Row]:
    """Return the units that cannot form a team of their own: too few officers with a certificate (R28, R42)."""
    counts: dict[str, int] = dict.fromkeys(units, 0)
    for one in inspectors:
        code = text(one.get("unit_code"))
        if code in counts and is_officer(one):
            counts[code] += 1
    return [
        {"unit": code, "name": loader.units()[code].name, "officers": number}
        for code, number in counts.items()
        if number < team_size
    ]


def forces(inspectors: Sequence[Row]) -> list[Row]:
    """Return one row per unit, then the total: officers by class, certified, nominated, and whether nominees are all it has (R21).

    Rows: {unit, classes: {class: n}, total, certified, nominated, is_only_nominated}. The roster is to hold everybody of the
    three classes: a unit with its two nominees and nobody else is asked whether that is all.
    """
    groups: dict[str, list[Row]] = {}
    for one in inspectors:
        groups.setdefault(text(one.get("unit_code")), []).append(one)
    rows = [_forces(unit, members) for unit, members in sorted(groups.items())]
    return [*rows, {**_forces(TOTAL, inspectors), "is_only_nominated": False}]


def _forces(unit: str, members: Sequence[Row]) -> Row:
    classes = _values(loader.template("T04").sheets[0].field("inspector_class"))
    for one in members:
        name = text(one.get("inspector_class"))
        classes[name] = classes.get(name, 0) + 1
    nominated = sum(text(one.get("source")).startswith("T06") for one in members)
    return {
        "unit": unit,
        "classes": classes,
        "total": len(members),
        "certified": sum(is_officer(one) for one in members),
        "nominated": nominated,
        "is_only_nominated": nominated == len(members) > 0,
    }


def labels(inspectors: Sequence[Row]) -> list[Row]:
    """Return how many officers carry each label of qualification, speciality and field: {label, value, people} (R22)."""
    found = []
    for field in (loader.template("T04").sheets[0].field(key) for key in LABELS):
        counts = _values(field)
        for one in inspectors:
            for value in several(one.get(field.key)):
                counts[value] = counts.get(value, 0) + 1
        found += [{"label": field.title, "value": value, "people": count} for value, count in counts.items()]
    return found


def _values(field: Field) -> dict[str, int]:
    codes = loader.codes_of(field)
    return {one.label: 0 for one in codes.entries} if codes else {}


def told_forces(found: Sequence[Row]) -> str:
    """Say how many officers of each class there are, and which units have named only their nominees (R21)."""
    total = found[-1]
    told = "、".join(f"{name} {count} 人" for name, count in total["classes"].items() if count)
    thin = [unit_name(row["unit"]) for row in found if row["is_only_nominated"]]
    asked = f"只有推荐人员的单位 {len(thin)} 个：{'、'.join(thin)}。" if thin else ""
    return f"{total['total']} 人" + (f"（{told}；持证 {total['certified']} 人）。" if total["total"] else "。") + asked


def training(activities: Sequence[Row], inspectors: Sequence[Row], year: int) -> Row:
    """Return what was trained and told: sessions, hours, publicity by channel, officers without training (R48, R49)."""
    kinds = {kind: [row for row in activities if text(row.get("activity_kind")) == kind] for kind in ("培训", "宣传")}
    channels: dict[str, int] = {}
    for row in kinds["宣传"]:
        for one in several(row.get("channel")) or ("未写明",):
            channels[one] = channels.get(one, 0) + 1
    return {
        "sessions": len(kinds["培训"]),
        "hours": sum(whole(row.get("hours")) or 0 for row in kinds["培训"]),
        "participants": sum(whole(row.get("participants")) or 0 for row in kinds["培训"]),
        "publicity": len(kinds["宣传"]),
        "channels": dict(sorted(channels.items())),
        "untrained": [text(row.get("name")) for row in inspectors if text(row.get("trained_on"))[:4] != str(year)],
    }
