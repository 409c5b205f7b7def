"""The annual ledger T15 as rows: eighteen sheets, each row and cell with the references it was made from (R60, X32)."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING, Any

from engine import breakdown, calendar, counted, levels, rollover, tasks
from engine.figures import RATIO, SPECS, Figure, Source, standing, unit_name
from engine.publish import names_only
from engine.results import RANDOM_KIND, certificates
from engine.values import Row, text, whole
from schemas import loader

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from engine.counted import Ref
    from schemas.declare import Field, Sheet, Unit
    from workbooks.ledger import LedgerChart, LedgerSheet


DETAIL = {
    "A01": "timeliness", "A02": "timeliness", "B01": "by_item", "B02": "differentiation", "B03": "by_field", "B04": "workload", "B06": "differentiation", "B07": "workload", "B08": "workload", "B09": "workload", "C01": "draws", "C02": "draws", "C03": "draws", "C04": "results", "C05": "by_field", "C06": "workload",
    "D01": "results", "D02": "results", "D03": "rectifications", "G03": "rectifications", "D04": "transfers", "D05": "transfers", "D06": "transfers", "E01": "publications",
    "E02": "publications", "E03": "publications", "F01": "target_changes", "G01": "results", "G02": "results", "H01": "activities", "H02": "activities", "H03": "activities",
    "J01": "matters", "J02": "matters", "J03": "matters", "J04": "matters",
}  # fmt: skip
"""Figure -> the sheet that lists what it counts."""
NOTES = {
    "overview": "先列本单位总数，后列各组成部分；各部分之和等于总数。百分比保留两位小数，未满不进为 100%。点分子看明细；任何一格都可用 taizhang trace 追溯到原表单元格。",
    "by_unit": "对象和检查按对象所在地归属，移送和公示按检查单位归属；末行为合计。应检查和已检查含下级，应检查含上年结转到本年的任务；抽查比例=本级抽中÷本级锁定名单；"
    "机构覆盖率只算应全覆盖的机构，各级查过的都算覆盖，因此可以高于下级自己的台账（见“上下级核对”）；发现问题、已整改按检查次数计。日常检查不计入。",
    "by_field": "应检查和已检查含下级，应检查含上年结转到本年的任务；抽查比例=本级抽中÷本级锁定名单，没有列入本级计划的类型空白；覆盖率=至少检查一次的对象÷对象基数；"
    "发现问题、已整改按检查次数计。日常检查不计入。",
    "by_item": "列入计划、已检查、发现问题均按双随机检查次数计，含下级；日常检查、专项检查和个案处理的次数另列一栏，不计入问题率。",
    "results": "按检查日期所在年度列，含上年结转任务在本年的检查。任务类型为双随机的计入各项比例，其余单独统计。是否完结按整改、复查和移送的最新情况判定。",
    "rectifications": "含日常检查和专项检查发现的问题；总览中的整改率只算双随机，其余见“日常和专项检查整改率”。",
    "differentiation": "权重=信用等级系数×判定系数×距上次检查年限系数，权重大的更容易抽中；本年检查次数为各级双随机检查已完成的次数，日常检查不计入。",
    "draws": "锁定名单校验码抽取前已公布，结果摘要与公布的抽取记录一致；是否相符可用抽取记录里的复核页自行核对。",
    "matters": "上年工作文件夹结转来的未了事项，含下级；它们已计入发现年度，本年只在这里和指标 J01 至 J04 里计，不计入整改率、移送数和公示率。",
    "reconciliation": "下级单位报送包里自己计的数，与本级按收到的明细计的数逐项核对。机构覆盖率在这里只算该单位自己（含其下级）的检查。",
    "transfers": "按移送登记列，含下级；是否立案、是否办结以接收单位的反馈为准。",
    "target_changes": "变更前后的内容见动态调整备案表。",
    "people_changes": "变更前后的内容见动态调整备案表。",
    "timeliness": "截止日当天 24 时前收到为按时；是否逾期看首次收到的时间，退回后重报的不算逾期。",
    "workload": "只计本级派发的双随机任务；被替换次数为因回避或不能参加而换下的次数。",
    "definitions": "总览中各项指标的算法。依据一栏中 R 开头的是需求编号，X 开头的是核对规则编号，见程序的说明文档。",
    "publications": "公示截止日为检查结果批准后 20 个工作日；全部结果 12 月再集中公示一次，公示日期是首次公示的日期；批准不公示的不计。公示网址由公示机关写明（taizhang publish --url）或随报送包报来；已公示而网址空白的，是尚未写明，应请公示机关补记。",
}
_UNITS = ("inspecting_unit", "from_unit", "to_unit", "owning_unit")
"""Columns of unit codes that no column of names stands beside."""
EMPTY = {
    "people_changes": "本年度无变动。",
    "target_changes": "本年度无变动。",
    "matters": "没有上年结转事项。",
    "reconciliation": "没有下级单位随报送包报来的数。",
}
"""What stands above the columns of a sheet without rows, which could else be taken for forgotten."""


def sheets(source: Source, figures: Sequence[Figure]) -> dict[str, list[Row]]:
    """Return sheet name -> rows by field key; `_refs` of a row are the rows it rests on, `_cells` those of single columns."""
    return {
        "overview": [_overview(one) for one in figures],
        "by_unit": breakdown.by_unit(source),
        "by_field": breakdown.by_field(source),
        "by_item": breakdown.by_item(source),
        "draws": [_draw(one) for one in source.draws],
        "results": [_result(one, source) for one in source.results],
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
        "matters": [_matter(kind, row) for kind, rows in source.matters.items() for row in rows],
        "reconciliation": levels.held(source, figures),
        "activities": [_own(one, "T15", "activities") for one in source.activities],
        "definitions": _definitions(),
    }


def workbook(unit: Unit, year: int, rows: Mapping[str, Sequence[Row]]) -> bytes:
    """Return the ledger workbook: the sheets of T15 with native charts, figures linked to the rows they count."""
    from workbooks import ledger

    made = [_page(sheet, rows.get(sheet.name, ()), unit, year) for sheet in loader.template("T15").sheets]
    return ledger.write(made, _charts(rows), title=f"{unit.name}{year}年度台账")


def _page(sheet: Sheet, rows: Sequence[Row], unit: Unit, year: int) -> LedgerSheet:
    from workbooks import ledger

    percents = frozenset(place for place, field in enumerate(sheet.fields) if field.type == "percent")
    cells = [[_cell(row.get(field.key), field) for field in sheet.fields] for row in rows]
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
        notes=_notes(sheet, rows),
        links=links,
        percents=percents,
    )


def _notes(sheet: Sheet, rows: Sequence[Row]) -> tuple[str, ...]:
    """Return what stands above the columns."""
    if sheet.name in EMPTY and not rows:
        return (EMPTY[sheet.name],)
    return (NOTES.get(sheet.name, "每个数字都可用 taizhang trace 追溯到原表单元格。"),)


def _cell(value: object, field: Field) -> object:
    """Return what a reader sees of a value: shares as numbers, moments and units in words."""
    if value is None:
        return ""
    if field.type == "percent" and text(value):
        return float(Fraction(text(value)) / 100)
    if field.type == "timestamp" and text(value):
        return calendar.spoken(text(value))
    return unit_name(text(value)) if field.key in _UNITS else value


def _number(value: object) -> object:
    """Return a figure as a number where it is one, so that the sheet can calculate with it: a share or a count."""
    shown = text(value)
    if shown.endswith("%"):
        return Fraction(shown[:-1]) / 100
    return int(shown) if shown.isdecimal() else value


def _charts(rows: Mapping[str, Sequence[Row]]) -> list[LedgerChart]:
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
        and (not is_percent or _has_several(rows[name][: len(rows[name]) + cut], values))
    ]


def _has_several(rows: Sequence[Row], values: Sequence[str]) -> bool:
    """Say whether there is more than one bar to compare: in a city only the city publishes."""
    return sum(any(text(row.get(value)) for value in values) for row in rows) > 1


def _overview(one: Figure) -> Row:
    return {
        "figure": one.name,
        "unit_name": unit_name(one.unit),
        "numerator": one.numerator,
        "denominator": one.denominator,
        "value": one.value,
        "figure_id": one.id,
        "_refs": list(dict.fromkeys((*one.rows, *one.base_rows))),
        "_cells": {"denominator": counted.led_to(one.base_rows)} if one.denominator is not None else {},
        "_figure": one,
    }


def _own(row: Row, template: str, sheet: str) -> Row:
    """Return the columns of one ledger sheet out of a row that has them under the same keys."""
    keys = [field.key for field in loader.template(template).sheet(sheet).fields]
    return {**{key: row.get(key) for key in keys}, "_refs": [row["_ref"]] if "_ref" in row else []}


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


def _result(row: Row, source: Source) -> Row:
    """Return one visit; it is over when its target is gone, or when nothing of it is left to do (as T09 says of its task)."""
    ended = source.closings.get(text(row.get("task_id")))
    return {
        **_own(row, "T15", "results"),
        "_cells": {"is_closed": counted.led_to(ended)} if ended else {},
        "task_kind": text(row.get("task_kind")) or RANDOM_KIND,
        "inspected_on": text(row.get("inspected_to"))[:10] or None,
        "is_closed": source.followed.get(text(row.get("task_id"))) in (tasks.CLOSED, tasks.ENDED),
    }


def _publication(one: Any, source: Source) -> Row:
    standing = source.published.get(one.task_id)
    return {
        "task_id": one.task_id,
        "inspecting_organ": one.public["inspecting_organ"],
        "target_name": one.public["target_name"],
        "publication_state": "已公示" if standing and one.state != "已更正" else one.state,
        "due_on": one.due_on.isoformat(),
        "season_due_on": one.season_due_on.isoformat(),
        "published_on": standing.on if standing else None,
        "is_late": one.is_late(standing.on if standing else "", source.on),
        "published_url": (standing.url or None) if standing else None,
        "nonpublic_reason": text(one.origin.get("nonpublic_reason")) or None,
        "_refs": [one.origin["_ref"]] if "_ref" in one.origin else [],
        "_cells": dict.fromkeys(("published_on", "published_url"), counted.led_to([standing.ref])) if standing else {},
    }


def _change(row: Row) -> Row:
    said = {key: counted.led_to([ref]) for key, ref in row.get("_said", {}).items()}
    return {**_own(row, "T15", "people_changes"), "_cells": said}


def _matter(kind: str, row: Row) -> Row:
    """Return one matter of an earlier year: what it is, whose, and whether this year ended it."""
    ended = row.get("_ended")
    return {
        "matter_kind": rollover.TITLES[kind],
        "matter_id": row[rollover.MATTERS[kind]],
        "owning_unit": row.get(rollover.OWNER[kind]),
        "target_name": text(row.get("target_name")) or row.get("subject_name"),
        "content": rollover.content(kind, row),
        "is_closed": row["is_closed"],
        "_refs": [row["_ref"]],
        "_cells": {"is_closed": counted.led_to([ended])} if ended else {},
    }


def _timely(row: Row) -> Row:
    return {
        "unit_code": row["unit"],
        "unit_name": row["unit_name"],
        "template_code": row["template"],
        "deadline": row["deadline"],
        "first_received_at": row.get("first_received_at"),
        "accepted_at": row.get("accepted_at"),
        "is_late": bool(row["received"]) and not row["on_time"],
        "returns": whole(row["returned"]) or 0,
        "_refs": [row["_ref"]],
    }


def _workload(source: Source) -> list[Row]:
    """Return tasks, leads and replacements of everybody who may be drawn."""
    sent: dict[str, list[Row]] = {}
    led: dict[str, list[Row]] = {}
    names: dict[str, str] = {}
    for task in standing(source):
        team = certificates(task.get("inspectors"))
        names |= dict(zip(team, names_only(task.get("inspectors")).split("；"), strict=False))
        for place, number in enumerate(team):
            sent.setdefault(number, []).append(task)
            if place == 0:
                led.setdefault(number, []).append(task)

    def line(number: str, head: Row, refs: Sequence[Ref]) -> Row:
        cells = {
            "assignments": counted.of(sent.get(number, ())),
            "as_lead": counted.of(led.get(number, ())),
            "replaced": counted.led_to(source.replaced.get(number, ())),
        }
        return {**head, **{key: one.number for key, one in cells.items()}, "_cells": cells, "_refs": list(refs)}

    found = []
    for place, row in enumerate(source.inspectors, 1):
        number = text(row.get("certificate_no"))
        if number:
            name = text(row.get("inspector_id")) or f"I-{text(row.get('unit_code')) or '000000'}-{place:03d}"
            head = {"inspector_id": name, "name": row.get("name"), "unit_name": row.get("unit_name")}
            found.append(line(number, head, [row["_ref"]]))
    known = {text(row.get("certificate_no")) for row in source.inspectors}
    # Who left the register since went on these visits all the same.
    return found + [
        line(
            number,
            {"inspector_id": number, "name": names.get(number), "unit_name": "（已不在名录）"},
            [row["_ref"] for row in sent[number]],
        )
        for number in sorted(sent)
        if number not in known
    ]


def _definitions() -> list[Row]:
    found: list[Row] = [
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
