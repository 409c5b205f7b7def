"""The ledger split by unit, by field and by item: three sheets of T15 that agree with the figures of the first (R11, R46, R60)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from engine.figures import (
    Source,
    drawable,
    frozen,
    own_part,
    part_of,
    parts_of,
    random_only,
    standing,
    unit_name,
    visits,
)
from engine.plan import COVERED_TYPES, FIELD_OF_TYPE
from engine.publish import NOT_PUBLIC
from engine.results import has_problem, is_inspected, is_random
from engine.values import Row, several, text

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence


def _counts(
    source: Source, *, targets: Sequence[Row], tasks: Sequence[Row], below: Sequence[Row], results: Sequence[Row], problems: Sequence[Row],
    transfers: Sequence[Row], entries: Sequence[Any], pool: Sequence[Row], covered: tuple[str, ...],
) -> Row:  # fmt: skip
    """Return the counts that the sheets by unit and by field share; rates as exact percentages with two decimals.

    All visits counted are random ones. `drawn` are the visits owed by this office and by those below; `inspection_rate` is
    the share that this office itself drew of its frozen pool (`pool`, as C03); `coverage_rate` is the share of the targets in
    practice, of the types `covered`, that were visited (as C05). `rectified` are those of `with_problem` that have no open
    problem left, so that it never exceeds them (daily inspections: G01, G03 and the sheet of rectifications).
    """
    inspected = visits(results)
    closed: dict[str, bool] = {}
    for row in problems:
        closed[text(row["task_id"])] = closed.get(text(row["task_id"]), True) and bool(row["is_closed"])
    seen = {text(row.get("target_id")) for row in inspected}
    present = drawable(targets)
    wanted = [row for row in present if text(row.get("target_type")) in covered]
    owed = [one for one in entries if one.state != NOT_PUBLIC]
    published = [one for one in owed if one.task_id in source.published]
    return {
        "targets": len(present),
        "drawn": len(tasks) + len(below),
        "inspected": len(inspected),
        "inspection_rate": _rate(sum(row["is_drawn"] for row in pool), len(pool)),
        "coverage_rate": _rate(sum(text(row.get("target_id")) in seen for row in wanted), len(wanted)),
        "without_problem": sum(not has_problem(row) for row in inspected),
        "with_problem": sum(has_problem(row) for row in inspected),
        "rectified": sum(has_problem(row) and closed.get(text(row["task_id"]), False) for row in inspected),
        "transferred": len(transfers),
        "to_publish": len(owed),
        "published": len(published),
        "publication_rate": _rate(len(published), len(owed)),
        "_refs": [
            row["_ref"] for row in (*targets, *tasks, *results, *problems, *transfers, *(one.origin for one in owed))
        ],
    }


def _rate(numerator: int, denominator: int) -> str | None:
    """Return a percentage for a percent column: `98.98`, None without a denominator."""
    from engine.values import percent

    return percent(numerator, denominator).rstrip("%") if denominator else None


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

    pool, found = _pool(source), []
    for part in [*parts_of(source.unit), None]:
        board = inside(source.board, lambda row: text(row["unit"]), part)
        counts = _counts(
            source,
            targets=inside([*source.targets, *source.practitioners], at, part),
            tasks=inside(standing(source), at, part),
            below=inside(random_only(source.tasks_below), at, part),
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
            "expected": len(board),
            "received": sum(bool(row["received"]) for row in board),
        }
        found.append({**head, **counts, "_refs": [*(row["_ref"] for row in board), *dict.fromkeys(counts["_refs"])]})
    return found


def _pool(source: Source) -> list[Row]:
    """Return the targets of the own frozen pools: target_id, target_type, is_drawn."""
    base, drawn = frozen(source)
    return [
        {"target_id": name, "target_type": kind, "is_drawn": name in drawn}
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

    pool, found = _pool(source), []
    for kind, field in FIELD_OF_TYPE.items():
        targets = [row for row in (*source.targets, *source.practitioners) if text(row.get("target_type")) == kind]
        results = [row for row in source.results if of(row, kind)]
        if targets or results:
            counts = _counts(
                source,
                targets=targets,
                tasks=[row for row in standing(source) if of(row, kind)],
                below=[row for row in random_only(source.tasks_below) if of(row, kind)],
                results=results,
                problems=[row for row in source.problems if of(row, kind)],
                transfers=[row for row in source.transfers if of(row, kind)],
                entries=[one for one in source.entries if of(one.origin, kind)],
                pool=[row for row in pool if of(row, kind)],
                covered=(kind,),
            )
            found.append({"field": field, "target_type": kind, **counts})
    return found


def by_item(source: Source) -> list[Row]:
    """Return one row per item: 双随机 visits owed, made and with a problem, of all levels; other visits apart (R11, R46)."""
    made = {text(row.get("task_id")) for row in visits(source.results)}
    others = {text(row.get("task_id")) for row in source.results if not is_random(row) and is_inspected(row)}
    lines: dict[str, list[Row]] = {}
    for row in source.checklist:
        lines.setdefault(text(row.get("item_code")), []).append(row)
    wrong: dict[str, set[str]] = {}
    for row in random_only(source.problems):
        wrong.setdefault(text(row["item_code"]), set()).add(text(row["task_id"]))
    planned: dict[str, int] = {}
    for task in (*standing(source), *random_only(source.tasks_below)):
        for code in several(task.get("item_codes")):
            planned[code] = planned.get(code, 0) + 1
    found = []
    # What an office below refined for itself stands in its own list only; its visits count here all the same.
    listed = {text(item["item_code"]) for item in source.items}
    refined = [
        {"item_code": code, "item_name": text(rows[0].get("item_name")) or code, "_ref": rows[0]["_ref"]}
        for code, rows in sorted(lines.items())
        if code and code not in listed
    ]
    for item in (*source.items, *refined):
        code = text(item["item_code"])
        seen = {text(row.get("task_id")) for row in lines.get(code, [])}
        problem = wrong.get(code, set())
        found.append(
            {
                "item_code": code,
                "item_name": item["item_name"],
                "planned": planned.get(code, 0),
                "inspected": len(seen & made),
                "with_problem": len(problem),
                "problem_rate": _rate(len(problem), len(seen & made)),
                "other_visits": len(seen & others),
                "_refs": [item["_ref"], *(row["_ref"] for row in lines.get(code, []))],
            }
        )
    return found
