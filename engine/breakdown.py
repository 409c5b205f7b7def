"""The ledger split by unit, by field and by item: three sheets of T15 that agree with the figures of the first (R11, R46, R60).

Every cell keeps the rows it was counted from (`_cells`: column -> `engine.counted.Counted`), so that each leads back to its own.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from engine import counted
from engine.figures import (
    Source,
    drawable,
    frozen,
    item_names,
    owed,
    own_part,
    part_of,
    parts_of,
    random_only,
    unit_name,
    visits,
)
from engine.plan import COVERED_TYPES, FIELD_OF_TYPE
from engine.publish import NOT_PUBLIC
from engine.results import has_problem, is_inspected, is_random
from engine.values import Row, by, several, text

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from engine.counted import Counted


def _counts(
    source: Source, *, targets: Sequence[Row], tasks: Sequence[Row], results: Sequence[Row], problems: Sequence[Row],
    transfers: Sequence[Row], entries: Sequence[Any], pool: Sequence[Row], covered: tuple[str, ...],
) -> dict[str, Counted]:  # fmt: skip
    """Return the counts that the sheets by unit and by field share, by column.

    All visits counted are random ones. `drawn` are the visits owed by this office and by those below (`figures.owed`);
    `inspection_rate` is the share that this office itself drew of its frozen pool (`pool`, as C03); `coverage_rate` is the
    share of the targets in practice, of the types `covered`, that were visited (as C05). `rectified` are those of
    `with_problem` that have no open problem left, so that it never exceeds them (daily inspections: G01, G03 and the sheet
    of rectifications).
    """
    inspected = visits(results)
    closed: dict[str, bool] = {}
    for row in problems:
        closed[text(row["task_id"])] = closed.get(text(row["task_id"]), True) and bool(row["is_closed"])
    seen = {text(row.get("target_id")) for row in inspected}
    present = drawable(targets)
    wanted = [row for row in present if text(row.get("target_type")) in covered]
    due = [one for one in entries if one.state != NOT_PUBLIC]
    to_publish = [one.origin for one in due]
    published = [one.origin for one in due if one.task_id in source.published]
    covered_ = [row for row in wanted if text(row.get("target_id")) in seen]
    wrong = [row for row in inspected if has_problem(row)]
    return {
        "targets": counted.of(present),
        "drawn": counted.of(tasks),
        "inspected": counted.of(inspected),
        "inspection_rate": counted.share([row for row in pool if row["is_drawn"]], pool, "本级抽中 ÷ 本级锁定名单"),
        "coverage_rate": counted.share(covered_, wanted, "至少检查一次的对象 ÷ 正常执业的对象（应全覆盖类型）"),
        "without_problem": counted.of(row for row in inspected if not has_problem(row)),
        "with_problem": counted.of(wrong),
        "rectified": counted.of(row for row in wrong if closed.get(text(row["task_id"]), False)),
        "transferred": counted.of(transfers),
        "to_publish": counted.of(to_publish),
        "published": counted.of(published),
        "publication_rate": counted.share(published, to_publish, "已公示 ÷ 应公示"),
    }


def _line(head: Row, cells: Mapping[str, Counted]) -> Row:
    """Return one row of a sheet; what is no count (a name) leads to everything the row rests on."""
    refs = dict.fromkeys(ref for one in cells.values() for ref in one.refs())
    return {**head, **{key: one.shown for key, one in cells.items()}, "_cells": cells, "_refs": list(refs)}


def by_unit(source: Source) -> list[Row]:
    """Return one row per part of the unit, then the total.

    Targets, visits and problems belong where the target lies, transfers and publications to the organ that owes them.
    """
    lies = {text(row.get("target_id")): text(row.get("division")) for row in (*source.targets, *source.practitioners)}

    def at(row: Row) -> str:
        return lies.get(text(row.get("target_id")), "") or text(
            row.get("inspecting_unit") or row.get("_unit") or row.get("unit")
        )

    def inside(rows: Sequence[Row], place: Callable[[Row], str], part: str | None) -> list[Row]:
        return [row for row in rows if part is None or part_of(place(row), source.unit) == part]

    pool, duties, found = _pool(source), owed(source), []
    for part in [*parts_of(source.unit), None]:
        board = inside(source.board, lambda row: text(row["unit"]), part)
        counts = _counts(
            source,
            targets=inside([*source.targets, *source.practitioners], at, part),
            tasks=inside(duties, at, part),
            results=inside(source.results, at, part),
            problems=inside(source.problems, at, part),
            transfers=inside(source.transfers, lambda row: text(row.get("from_unit")), part),
            entries=[one for one in source.entries if part is None or part_of(one.unit, source.unit) == part],
            pool=inside(pool, at, part),
            covered=COVERED_TYPES,
        )
        head = {
            "unit_code": source.unit.code if part in (None, own_part(source.unit.code)) else part,
            "unit_name": "合计" if part is None else unit_name(part),
        }
        told = {"expected": counted.of(board), "received": counted.of(row for row in board if row["received"])}
        found.append(_line(head, {**told, **counts}))
    return found


def _pool(source: Source) -> list[Row]:
    """Return the targets of the own frozen pools: target_id, target_type, is_drawn; with their place while the register has them."""
    base, drawn = frozen(source)
    places = {text(row.get("target_id")): row["_ref"] for row in (*source.targets, *source.practitioners)}
    return [
        {"target_id": name, "target_type": kind, "is_drawn": name in drawn}
        | ({"_ref": places[name]} if name in places else {})
        for kind, names in base.items()
        for name in names
    ]


def by_field(source: Source) -> list[Row]:
    """Return one row per type of target that is in the register or was visited."""
    known = {
        text(row.get("target_id")): text(row.get("target_type")) for row in (*source.targets, *source.practitioners)
    }

    def of(row: Row, kind: str) -> bool:
        return (
            text(row.get("target_type")) or known.get(text(row.get("target_id") or row.get("subject_id")), "")
        ) == kind

    pool, duties, found = _pool(source), owed(source), []
    for kind, field in FIELD_OF_TYPE.items():
        targets = [row for row in (*source.targets, *source.practitioners) if text(row.get("target_type")) == kind]
        results = [row for row in source.results if of(row, kind)]
        if targets or results:
            counts = _counts(
                source,
                targets=targets,
                tasks=[row for row in duties if of(row, kind)],
                results=results,
                problems=[row for row in source.problems if of(row, kind)],
                transfers=[row for row in source.transfers if of(row, kind)],
                entries=[one for one in source.entries if of(one.origin, kind)],
                pool=[row for row in pool if of(row, kind)],
                covered=(kind,),
            )
            found.append(_line({"field": field, "target_type": kind}, counts))
    return found


def by_item(source: Source) -> list[Row]:
    """Return one row per item: 双随机 visits owed, made and with a problem, of all levels; other visits apart (R11, R46)."""
    heads, made = by(source.results, "task_id"), by(visits(source.results), "task_id")
    others = by((row for row in source.results if not is_random(row) and is_inspected(row)), "task_id")
    lines: dict[str, list[Row]] = {}
    for row in source.checklist:
        lines.setdefault(text(row.get("item_code")), []).append(row)
    wrong: dict[str, set[str]] = {}
    for row in random_only(source.problems):
        wrong.setdefault(text(row["item_code"]), set()).add(text(row["task_id"]))
    planned: dict[str, list[Row]] = {}
    for task in owed(source):
        for code in several(task.get("item_codes")):
            planned.setdefault(code, []).append(task)
    found = []
    # What an office below refined for itself stands in its own list only; its visits count here all the same.
    listed = {text(item["item_code"]) for item in source.items}
    names = item_names(source)
    refined = [
        {"item_code": code, "item_name": names[code] or code, "_ref": rows[0]["_ref"]}
        for code, rows in sorted(lines.items())
        if code and code not in listed
    ]
    for item in (*source.items, *refined):
        code = text(item["item_code"])
        seen = dict.fromkeys(text(row.get("task_id")) for row in lines.get(code, []))
        inspected = [made[name] for name in seen if name in made]
        problem = [heads[name] for name in sorted(wrong.get(code, ()))]
        line = _line(
            {"item_code": code, "item_name": item["item_name"]},
            {
                "planned": counted.of(planned.get(code, ())),
                "inspected": counted.of(inspected),
                "with_problem": counted.of(problem),
                "problem_rate": counted.share(problem, inspected, "发现问题的检查 ÷ 已检查"),
                "other_visits": counted.of(others[name] for name in seen if name in others),
            },
        )
        found.append({**line, "_refs": [item["_ref"]]})
    return found
