"""The ledger: every figure counted again by hand, parts that add up, and a way back from each cell."""

import re
from dataclasses import replace
from datetime import date
from pathlib import Path

import openpyxl
import pytest

from engine import breakdown, figures, ledger, levels, trace
from engine.model import NotFound
from engine.values import percent
from engine.workflow import conclude, conduct, publishing, tracing
from engine.workflow.findings import Findings
from schemas import loader
from tests.engine.registers_2026 import moment, put_accepted, through, workspace
from tests.engine.test_publish import PLAN, inspect


@pytest.fixture(scope="module")
def closed(tmp_path_factory):
    home = tmp_path_factory.mktemp("ledger")
    ws = workspace(home / "ws")
    through(ws, PLAN, home / "h")
    conduct.dispatch(ws, PLAN, at=moment("2026-05-29T09:00:00"), out=home / "tasks")
    inspect(ws, keep=lambda task: not task["task_id"].endswith("-005"))
    daily = {
        "task_id": "421221-2026-R01", "task_kind": "日常检查", "target_id": "O-X", "target_name": "某站", "target_type": "公共法律服务工作站",
        "inspecting_unit": "421221", "entry_unit": "421221", "inspectors": "甲（1）；乙（2）", "inspected_to": "2026-05-05",
        "result": "未发现问题", "dispositions": "无需后续处置", "approved_on": "2026-05-06", "is_public": True,
    }  # fmt: skip
    put_accepted(ws, "T10", {"results": [daily]}, unit="421221")
    activity = {
        "activity_kind": "培训", "held_on": "2026-04-10", "organiser": "咸宁市司法局", "topic": "业务", "audience": "人员", "participants": 40,
        "hours": 8,
    }  # fmt: skip
    put_accepted(
        ws,
        "T18",
        {"activities": [activity, {**activity, "activity_kind": "宣传", "topic": "进社区", "channel": "网络"}]},
    )
    publishing.publish(ws, at=moment("2026-12-10T09:00:00"), out=home / "pub", reviewer="审查人")
    found = conclude.ledger(ws, at=moment("2026-12-31T09:00:00"), out=home)
    yield ws, found
    ws.close()


def test_teams_of_people_from_several_offices_are_counted(closed):
    """R10, R42: cooperation across places, counted here from the numbers of the certificates, which begin with the county."""
    ws, found = closed
    teams = [re.findall(r"（(\d{11})）", body["inspectors"]) for body in ws.store.documents("task").values()]
    mixed = sum(len({one[:6] for one in team}) > 1 for team in teams)
    assert 0 < mixed < len(teams)
    assert figure(found, "C06") == (mixed, len(teams))


def figure(found, number, unit="421200"):
    return next(
        (one["numerator"], one["denominator"])
        for one in found["figures"]
        if one["id"] == number and one["unit"] == unit
    )


@pytest.mark.parametrize(
    ("number", "expected"),
    [
        ("A01", (0, 8)),  # six counties, two associations
        ("B01", (30, None)),
        ("B02", (27, None)),
        ("B03", (84, None)),
        ("B04", (12, 12)),
        ("B07", (7, 12)),
        ("B08", (5, 12)),
        ("B09", (0, 12)),
        ("C01", (2, None)),
        ("C02", (27, None)),
        ("C03", (27, 27)),
        ("C04", (26, 27)),
        ("C05", (26, 27)),
        ("E01", (26, 26)),
        ("F01", (0, None)),
        ("G01", (1, None)),
        ("H01", (1, None)),
        ("H02", (40, None)),
        ("H03", (1, None)),
    ],
)
def test_each_figure_equals_an_independent_count(closed, number, expected):
    assert figure(closed[1], number) == expected


def test_daily_inspections_do_not_move_a_ratio(closed):
    ws, found = closed
    visits = [one for one in ws.store.accepted("T10", "results").to_dict("records") if one["task_kind"] == "双随机"]
    wrong = sum(one["result"] != "未发现问题" for one in visits)
    assert figure(found, "D02") == (wrong, 26)
    assert figure(found, "D01") == (26 - wrong, 26)


def test_the_parts_add_up(closed):
    found = closed[1]
    for number in ("B02", "B03", "B04", "B07", "B08", "C02", "C05", "D02", "G01"):
        parts = [one for one in found["figures"] if one["id"] == number and one["unit"] != "421200"]
        assert sum(one["numerator"] for one in parts) == figure(found, number)[0], number


def test_parts_that_do_not_add_up_are_said():
    one = next(spec for spec in figures.SPECS if spec.id == "B02")
    counted = figures.count(figures.Source(unit=loader.units()["421200"], year=2026, on=date(2026, 12, 31)))
    extra = figures.Figure(id="B02", name=one.name, unit="421221", numerator=1, denominator=None, formula="", rows=())
    assert levels.reconcile(counted, "421200") == []
    assert levels.reconcile([*counted, extra], "421200") == ["检查对象（机构）：各部分合计 1，总数 0。"]


def test_a_void_draw_is_no_duty_and_no_work(closed):
    """R57: what a void draw sent out is neither owed nor done; once drawn again nothing counts twice."""
    ws, _ = closed
    source = Findings(ws).source(moment("2026-12-31T09:00:00"))
    void = replace(source, draws=[{**one, "is_void": True} for one in source.draws])
    shown = {one.id: one.numerator for one in figures.count(void) if one.unit == "421200"}
    assert (shown["C02"], shown["C04"], shown["C06"]) == (0, 0, 0)
    sheets = ledger.sheets(void, figures.count(void))
    assert sum(row["assignments"] for row in sheets["workload"]) == 0
    assert sum(row["assignments"] for row in ledger.sheets(source, figures.count(source))["workload"]) == 2 * 27


def test_who_left_the_register_keeps_his_visits(closed):
    ws, _ = closed
    source = Findings(ws).source(moment("2026-12-31T09:00:00"))
    gone, *stay = source.inspectors
    left = replace(source, inspectors=stay)
    rows = {row["name"]: row for row in ledger.sheets(left, figures.count(left))["workload"]}
    before = {row["name"]: row for row in ledger.sheets(source, figures.count(source))["workload"]}
    assert before[gone["name"]]["assignments"] > 0
    assert rows[gone["name"]]["assignments"] == before[gone["name"]]["assignments"]
    assert rows[gone["name"]]["unit_name"] == "（已不在名录）"


def test_visits_of_an_item_that_an_office_below_refined_are_not_lost(closed):
    """R60: the list of the province does not hold 421200-NOT-06-a; its visits and problems stand in 按事项 all the same."""
    ws, _ = closed
    source = Findings(ws).source(moment("2026-12-31T09:00:00"))
    local = {"HB-NOT-06": "421200-NOT-06-a"}
    lines = [{**row, "item_code": local.get(row["item_code"], row["item_code"])} for row in source.checklist]
    refined = replace(source, checklist=lines)
    rows = {row["item_code"]: row for row in breakdown.by_item(refined)}
    before = {row["item_code"]: row for row in breakdown.by_item(source)}
    assert rows["421200-NOT-06-a"]["inspected"] == before["HB-NOT-06"]["inspected"] > 0
    assert sum(row["inspected"] for row in rows.values()) == sum(row["inspected"] for row in before.values())


def test_a_drawn_target_that_leaves_the_roster_stays_in_the_provincial_ratio(closed):
    """R13, Q1: the roster is the frozen one; who was drawn is counted above and below, whatever became of him."""
    ws, _ = closed
    source = Findings(ws).source(moment("2026-12-31T09:00:00"))
    province = replace(source, unit=loader.units()["420000"])
    gone = next(iter(figures.frozen(source)[1]))
    left = replace(province, targets=[row for row in source.targets if row["target_id"] != gone])

    def ratio(given):
        return next((one.numerator, one.denominator) for one in figures.count(given) if one.id == "C03-R")

    assert ratio(left) == ratio(province)


def test_the_open_task_is_named(closed):
    assert any("421200-2026-P01-D1-005 没有结果" in one for one in closed[1]["differences"])
    assert closed[1]["must_act"]


def test_the_workbook_has_all_sheets_of_the_form_and_native_charts(closed):
    book = openpyxl.load_workbook(closed[1]["ledger"])
    assert book.sheetnames == [one.title for one in loader.template("T15").sheets]
    assert len(book.sheetnames) == 18
    # In a city only the city publishes: there are no rates of places to compare.
    assert len(book["总览"]._charts) == 3


def test_every_cell_of_the_overview_leads_back(closed):
    ws, found = closed
    sheet = openpyxl.load_workbook(found["ledger"])["总览"]
    for row in range(5, sheet.max_row + 1):
        traced = tracing.trace(ws, Path(found["ledger"]), f"总览!C{row}")
        assert traced["value"] == str(sheet.cell(row, 3).value)
        assert traced["title"] == sheet.cell(row, 1).value
        number = sheet.cell(row, 6).value
        if number not in ("H02", "A01", "A02") and sheet.cell(row, 3).value:
            assert len(traced["rows"]) == sheet.cell(row, 3).value


def test_a_result_cell_leads_to_its_own_cell_in_the_original(closed):
    ws, found = closed
    sheet = openpyxl.load_workbook(found["ledger"])["结果明细"]
    keys = [one.key for one in loader.template("T15").sheet("results").fields]
    column = keys.index("result") + 1
    traced = tracing.trace(ws, Path(found["ledger"]), f"结果明细!{openpyxl.utils.get_column_letter(column)}7")
    assert traced["value"] == sheet.cell(7, column).value
    place = traced["sources"][0]
    letters = {
        one.key: chr(ord("B") + at) for at, one in enumerate(loader.template("T10").sheet("results").fields) if at < 25
    }
    assert place["sheet"] == "检查结果"
    assert re.fullmatch(rf"{letters['result']}\d+", place["cell"])


def test_back_to_the_original_and_forward_again_is_the_same_row_of_the_ledger(closed):
    """R60: trace and where-used are each other's inverse, and a total that counts the row is named too."""
    ws, found = closed
    for number in (5, 7, 30):
        (place, *_) = tracing.trace(ws, Path(found["ledger"]), f"结果明细!H{number}")["sources"]
        used = tracing.used(ws, place["sha256"], f"{place['sheet']}!{place['cell']}")
        assert [one["row"] for one in used["ledger"] if one["sheet"] == "结果明细"] == [number]
        assert "公示率" in {one["title"] for one in used["ledger"] if one["sheet"] == "总览"}


def test_a_foreign_or_changed_ledger_is_not_traced(closed, tmp_path):
    ws, found = closed
    other = tmp_path / "x.xlsx"
    other.write_bytes(Path(found["ledger"]).read_bytes() + b"\0")
    with pytest.raises(NotFound, match="不是本工作文件夹生成的台账"):
        tracing.trace(ws, other, "C5")


@pytest.mark.parametrize("cell", ["总览", "没有!C5", "总览!ZZ5", "总览!C4", "总览!C9999"])
def test_an_address_outside_the_data_is_refused(closed, cell):
    with pytest.raises(NotFound):
        tracing.trace(closed[0], Path(closed[1]["ledger"]), cell)


def test_the_same_year_gives_the_same_ledger(closed, tmp_path):
    ws, found = closed
    again = conclude.ledger(ws, at=moment("2026-12-31T09:00:00"), out=tmp_path)
    assert again["sha256"] == found["sha256"]


def test_what_is_short_of_the_whole_never_reads_as_the_whole():
    assert (percent(97, 98), percent(99999, 100000), percent(3, 3), percent(0, 0)) == (
        "98.98%",
        "99.99%",
        "100.00%",
        "—",
    )


def test_column_letters_count_beyond_z():
    kept = {"sheets": {"a": {"title": "表", "keys": [str(n) for n in range(30)], "rows": [{"values": {str(n): str(n) for n in range(30)}, "refs": [], "above": None, "formula": None}]}}, "refs": []}  # fmt: skip
    assert trace.lookup(kept, "表!AB5")["value"] == "27"


def test_the_yearly_summary_is_a_letter_with_the_figures_of_the_ledger_and_room_for_experience(closed):
    """R51: summary text and table from the ledger itself."""
    import docx

    _, found = closed
    document = docx.Document(found["summary"])
    written = "\n".join(one.text for one in document.paragraphs)
    assert "经验做法" in written and "抽查比例" in written
    first, second = document.tables
    shown = {row.cells[0].text: row.cells[1].text for row in first.rows}
    above, below = figure(found, "C05")
    assert shown["机构覆盖率"] == f"{percent(above, below)}（{above}/{below}）"
    places = [[cell.text for cell in row.cells] for row in second.rows]
    assert places[0][-1].startswith("经验做法")
    # all 26 visits, by the county the target lies in; the last column is for the office to write in
    assert sum(int(re.match("已检查 ([0-9]+) 次", row[1])[1]) for row in places[1:]) == 26
    assert {row[0] for row in places[1:]} <= {unit.short_name for unit in loader.units().values()} | {
        "咸宁市司法局本级"
    }
    assert [row[-1] for row in places[1:]] == [""] * (len(places) - 1)
