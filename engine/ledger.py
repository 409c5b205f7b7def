"""The annual ledger T15 as rows: sixteen sheets, each row with the references it was made from (R60, X32)."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING, Any

from engine.figures import RATIO, SPECS, Figure, Source, own_part, part_of, parts_of, unit_name
from engine.plan import FIELD_OF_TYPE
from engine.publish import NOT_PUBLIC
from engine.results import certificates, has_problem, is_inspected, is_random
from engine.values import Row, several, text, whole
from schemas import loader

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from schemas.declare import Sheet, Unit


DETAIL = {
    "A01": "timeliness", "A02": "timeliness", "B01": "by_item", "B04": "workload", "C01": "draws", "C03": "draws", "C05": "by_field",
    "D01": "results", "D02": "results", "D03": "rectifications", "D04": "transfers", "D05": "transfers", "E01": "publications",
    "E02": "publications", "F01": "target_changes", "G01": "results", "G02": "results", "H01": "activities", "H02": "activities", "H03": "activities",
}  # fmt: skip
"""Figure -> the sheet that lists what it counts."""
NOTES = {
    "overview": "先列本单位总数，后列各组成部分；各部分之和等于总数。百分比保留两位小数，未满不进为 100%。",
    "by_unit": "对象和检查按对象所在地归属，移送和公示按检查单位归属；末行为合计。应检查含下级抽取的任务，抽查比例只算本级抽取；日常检查不计入。",
    "publications": "公示网址由公示机关写明（taizhang publish --url）或随报送包报来；已公示而网址空白的，是尚未写明，应请公示机关补记。",
}


def sheets(source: Source, counted: Sequence[Figure]) -> dict[str, list[Row]]:
    """Return sheet name -> rows by field key; `_refs` of a row are the rows it rests on."""
    return {
        "overview": [_overview(one) for one in counted],
        "by_unit": _by_unit(source),
        "by_field": _by_field(source),
        "by_item": _by_item(source),
        "draws": [_draw(one) for one in source.draws],
        "results": [_result(one) for one in source.results],
        "rectifications": [_own(one, "T15", "rectifications") for one in source.problems],
        "transfers": [_own(one, "T15", "transfers") for one in source.transfers],
        "publications": [_publication(one, source) for one in source.entries],
        "people_changes": [
            _change(one) for one in source.changes if text(one.get("register")) in ("执法检查人员", "专家")
        ],
        "target_changes": [
            _change(one) for one in source.changes if text(one.get("register")) not in ("执法检查人员", "专家")
        ],
        "timeliness": [_timely(one) for one in source.board],
        "differentiation": [dict(one) for one in source.judgements],
        "workload": _workload(source),
        "activities": [_own(one, "T15", "activities") for one in source.activities],
        "definitions": _definitions(),
    }


def workbook(unit: Unit, year: int, rows: Mapping[str, Sequence[Row]]) -> bytes:
    """Return the ledger workbook: the sixteen sheets of T15 with native charts, figures linked to the rows they count."""
    from workbooks import ledger

    made = [_page(sheet, rows.get(sheet.name, ()), unit, year) for sheet in loader.template("T15").sheets]
    return ledger.write(made, _charts(rows), title=f"{unit.name}{year}年度台账")


def _page(sheet: Sheet, rows: Sequence[Row], unit: Unit, year: int) -> object:
    from workbooks import ledger

    percents = frozenset(place for place, field in enumerate(sheet.fields) if field.type == "percent")
    cells = [[_cell(row.get(field.key), field.type == "percent") for field in sheet.fields] for row in rows]
    if sheet.name == "overview":
        at = [field.key for field in sheet.fields].index("value")
        cells = [[*row[:at], _number(row[at]), *row[at + 1 :]] for row in cells]
    links = {}
    if sheet.name == "overview":
        column = [field.key for field in sheet.fields].index("numerator")
        titles = {one.name: one.title for one in loader.template("T15").sheets}
        links = {
            (place, column): f"{titles[DETAIL[text(row['figure_id'])[:3]]]}!A5"
            for place, row in enumerate(rows)
            if text(row["figure_id"])[:3] in DETAIL and rows
        }
    return ledger.LedgerSheet(
        name=sheet.title,
        title=f"{unit.name}{year}年度台账·{sheet.title}",
        columns=[field.title for field in sheet.fields],
        rows=cells,
        notes=(NOTES.get(sheet.name, "每个数字都可用 taizhang trace 追溯到原表单元格。"),),
        links=links,
        percents=percents,
    )


def _cell(value: object, is_percent: bool) -> object:
    if value is None:
        return ""
    return float(Fraction(text(value)) / 100) if is_percent and text(value) else value


def _number(value: object) -> object:
    """Return a figure as a number where it is one, so that the sheet can calculate with it: a share or a count."""
    shown = text(value)
    if shown.endswith("%"):
        return Fraction(shown[:-1]) / 100
    return int(shown) if shown.isdecimal() else value


def _charts(rows: Mapping[str, Sequence[Row]]) -> list[object]:
    """Return the native charts of the first sheet: visits and coverage by unit, problems by field, by item."""
    from workbooks import ledger

    form = loader.template("T15")

    def columns(name: str, *keys: str) -> list[int]:
        known = [field.key for field in form.sheet(name).fields]
        return [known.index(key) for key in keys]

    wanted = (
        ("by_unit", "column", "各地应检查与已检查", "unit_name", ("drawn", "inspected"), False, -1),
        ("by_unit", "bar", "各地公示率", "unit_name", ("publication_rate",), True, -1),
        ("by_field", "column", "各类对象覆盖率", "target_type", ("coverage_rate",), True, 0),
        ("by_item", "bar", "各事项发现问题次数", "item_name", ("with_problem",), False, 0),
    )
    return [
        ledger.LedgerChart(
            sheet=form.sheet("overview").title,
            source=form.sheet(name).title,
            kind=kind,
            title=title,
            names=columns(name, label)[0],
            values=columns(name, *values),
            first=0,
            last=len(rows[name]) - 1 + cut,
            is_percent=is_percent,
        )
        for name, kind, title, label, values, is_percent, cut in wanted
        if len(rows.get(name, ())) + cut > 0
    ]


def _overview(one: Figure) -> Row:
    return {
        "figure": one.name,
        "unit_name": unit_name(one.unit),
        "numerator": one.numerator,
        "denominator": one.denominator,
        "value": one.value,
        "figure_id": one.id,
        "_refs": [*one.rows, *(ref for ref in one.base_rows if ref not in set(one.rows))],
        "_figure": one,
    }


def _own(row: Row, template: str, sheet: str) -> Row:
    """Return the columns of one ledger sheet out of a row that has them under the same keys."""
    keys = [field.key for field in loader.template(template).sheet(sheet).fields]
    return {**{key: row.get(key) for key in keys}, "_refs": [row["_ref"]] if "_ref" in row else []}


def _counts(
    source: Source, *, targets: Sequence[Row], tasks: Sequence[Row], below: Sequence[Row], results: Sequence[Row], problems: Sequence[Row],
    transfers: Sequence[Row], entries: Sequence[Any],
) -> Row:  # fmt: skip
    """Return the counts that the sheets by unit and by field share; rates as exact percentages with two decimals.

    All visits counted are random ones. `drawn` are the visits owed by this office and by those below; `inspection_rate` is
    the share that this office itself drew. `rectified` are those of `with_problem` that have no open problem left, so that it
    never exceeds them (problems of daily inspections are in the overview and on the sheet of rectifications).
    """
    inspected = [row for row in results if is_random(row) and is_inspected(row)]
    closed: dict[str, bool] = {}
    for row in problems:
        closed[text(row["task_id"])] = closed.get(text(row["task_id"]), True) and bool(row["is_closed"])
    seen = {text(row.get("target_id")) for row in inspected}
    drawable = [row for row in targets if text(row.get("practice_state")) == "正常执业"]
    covered = [row for row in drawable if text(row.get("target_id")) in seen]
    drawn = {text(row["target_id"]) for row in tasks}
    owed = [one for one in entries if one.state != NOT_PUBLIC]
    published = [one for one in owed if one.task_id in source.published]
    return {
        "targets": len(drawable),
        "drawn": len(tasks) + len(below),
        "inspected": len(inspected),
        "inspection_rate": _rate(len([row for row in drawable if text(row.get("target_id")) in drawn]), len(drawable)),
        "coverage_rate": _rate(len(covered), len(drawable)),
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


def _by_unit(source: Source) -> list[Row]:
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

    found = []
    for part in [*parts_of(source.unit), None]:
        board = inside(source.board, lambda row: text(row["unit"]), part)
        counts = _counts(
            source,
            targets=inside([*source.targets, *source.practitioners], at, part),
            tasks=inside([row for row in source.tasks if is_random(row)], at, part),
            below=inside([row for row in source.tasks_below if is_random(row)], at, part),
            results=inside(source.results, at, part),
            problems=inside(source.problems, at, part),
            transfers=inside(source.transfers, lambda row: text(row.get("from_unit")), part),
            entries=[one for one in source.entries if part is None or part_of(one.unit, source.unit) == part],
        )
        head = {
            "unit_code": source.unit.code if part in (None, own_part(source.unit.code)) else part,
            "unit_name": "合计" if part is None else unit_name(part),
            "expected": len(board),
            "received": sum(bool(row["received"]) for row in board),
        }
        found.append({**head, **counts, "_refs": [*(row["_ref"] for row in board), *dict.fromkeys(counts["_refs"])]})
    return found


def _by_field(source: Source) -> list[Row]:
    known = {
        text(row.get("target_id")): text(row.get("target_type")) for row in (*source.targets, *source.practitioners)
    }

    def of(row: Row, kind: str) -> bool:
        return (
            text(row.get("target_type")) or known.get(text(row.get("target_id") or row.get("subject_id")), "")
        ) == kind

    found = []
    for kind, field in FIELD_OF_TYPE.items():
        targets = [row for row in (*source.targets, *source.practitioners) if text(row.get("target_type")) == kind]
        results = [row for row in source.results if of(row, kind)]
        if targets or results:
            counts = _counts(
                source,
                targets=targets,
                tasks=[row for row in source.tasks if is_random(row) and of(row, kind)],
                below=[row for row in source.tasks_below if is_random(row) and of(row, kind)],
                results=results,
                problems=[row for row in source.problems if of(row, kind)],
                transfers=[row for row in source.transfers if of(row, kind)],
                entries=[one for one in source.entries if of(one.origin, kind)],
            )
            found.append({"field": field, "target_type": kind, **counts})
    return found


def _by_item(source: Source) -> list[Row]:
    lines: dict[str, list[Row]] = {}
    for row in source.checklist:
        lines.setdefault(text(row.get("item_code")), []).append(row)
    wrong: dict[str, set[str]] = {}
    for row in source.problems:
        wrong.setdefault(text(row["item_code"]), set()).add(text(row["task_id"]))
    planned: dict[str, int] = {}
    for task in source.tasks:
        for code in several(task.get("item_codes")):
            planned[code] = planned.get(code, 0) + 1
    found = []
    for item in source.items:
        code = text(item["item_code"])
        visits = {text(row.get("task_id")) for row in lines.get(code, [])}
        problem = wrong.get(code, set())
        found.append(
            {
                "item_code": code,
                "item_name": item["item_name"],
                "planned": planned.get(code, 0),
                "inspected": len(visits),
                "with_problem": len(problem),
                "problem_rate": _rate(len(problem), len(visits)),
                "_refs": [item["_ref"], *(row["_ref"] for row in lines.get(code, []))],
            }
        )
    return found


def _draw(one: Row) -> Row:
    return {
        key: one.get(key)
        for key in (
            "draw_id",
            "plan_id",
            "drawn_at",
            "base_size",
            "sample_size",
            "commitment",
            "result_sha256",
            "is_void",
        )
    } | {
        "base": one["base_size"],
        "_refs": [("freeze", "", one["draw_id"])],
    }


def _result(row: Row) -> Row:
    return {**_own(row, "T15", "results"), "inspected_on": text(row.get("inspected_to"))[:10] or None}


def _publication(one: Any, source: Source) -> Row:
    standing = source.published.get(one.task_id)
    return {
        "task_id": one.task_id,
        "inspecting_organ": one.public["inspecting_organ"],
        "target_name": one.public["target_name"],
        "publication_state": "已公示" if standing and one.state != "已更正" else one.state,
        "due_on": one.due_on.isoformat(),
        "published_on": standing.on if standing else None,
        "published_url": (standing.url or None) if standing else None,
        "nonpublic_reason": text(one.origin.get("nonpublic_reason")) or None,
        "_refs": [one.origin["_ref"]] if "_ref" in one.origin else [],
        "_said": dict.fromkeys(("published_on", "published_url"), standing.ref) if standing else {},
    }


def _change(row: Row) -> Row:
    return _own(row, "T15", "people_changes")


def _timely(row: Row) -> Row:
    return {
        "unit_code": row["unit"],
        "unit_name": row["unit_name"],
        "template_code": row["template"],
        "deadline": row["deadline"],
        "first_received_at": row.get("first_at"),
        "accepted_at": row.get("accepted_at"),
        "is_late": bool(row["received"]) and not row["on_time"],
        "returns": whole(row["returned"]) or 0,
        "_refs": [row["_ref"]],
    }


def _workload(source: Source) -> list[Row]:
    """Return tasks, leads and replacements of everybody who may be drawn."""
    counts: dict[str, list[int]] = {}
    for task in source.tasks:
        team = certificates(task.get("inspectors"))
        for place, number in enumerate(team):
            one = counts.setdefault(number, [0, 0])
            one[0] += 1
            one[1] += place == 0
    found = []
    for place, row in enumerate(source.inspectors, 1):
        number = text(row.get("certificate_no"))
        if not number:
            continue
        done, led = counts.get(number, [0, 0])
        found.append(
            {
                "inspector_id": text(row.get("inspector_id"))
                or f"I-{text(row.get('unit_code')) or '000000'}-{place:03d}",
                "name": row.get("name"),
                "unit_name": row.get("unit_name"),
                "assignments": done,
                "as_lead": led,
                "replaced": source.replaced.get(number, 0),
                "_refs": [row["_ref"]],
            }
        )
    return found


def _definitions() -> list[Row]:
    found = [
        {
            "figure_id": one.id,
            "figure": one.name,
            "numerator_definition": one.above,
            "denominator_definition": one.below or None,
            "basis": one.basis,
            "_refs": [],
        }
        for one in SPECS
    ]
    number, name, above, below, basis = RATIO
    found.append(
        {
            "figure_id": number,
            "figure": name,
            "numerator_definition": above,
            "denominator_definition": below,
            "basis": basis,
            "_refs": [],
        }
    )
    return sorted(found, key=lambda row: row["figure_id"])
