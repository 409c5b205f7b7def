"""The ledger: every figure counted again by hand, parts that add up, and a way back from each cell."""

import re
from dataclasses import replace
from datetime import date
from pathlib import Path

import openpyxl
import pytest

from engine import breakdown, figures, ledger, levels, rectify, trace
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
    # The one drawn body nobody visited: if daily inspections counted, coverage and completion would be whole.
    left = ws.store.document("task", f"{PLAN}-D1-005")
    daily = {
        "task_id": "421221-2026-R01", "task_kind": "日常检查", "target_id": left["target_id"], "target_name": left["target_name"],
        "target_type": left["target_type"], "inspecting_unit": "421221", "entry_unit": "421221", "inspectors": "甲（1）；乙（2）",
        "inspected_to": "2026-05-05", "result": "发现问题已责令改正", "dispositions": "责令改正", "approved_on": "2026-05-06",
        "rectify_by": "2026-06-05", "is_public": True,
    }  # fmt: skip
    fault = {
        "task_id": daily["task_id"], "item_code": "HB-NOT-01", "item_name": "某事项", "point_no": 1, "content": "内容",
        "has_problem": True, "problem": "缺少公示", "handling": "改正",
    }  # fmt: skip
    put_accepted(ws, "T10", {"results": [daily], "checklist": [fault]}, unit="421221")
    activity = {
        "activity_kind": "培训", "held_on": "2026-04-10", "organiser": "咸宁市司法局", "topic": "业务", "audience": "人员", "participants": 40,
        "hours": 8,
    }  # fmt: skip
    shown = {**activity, "activity_kind": "宣传", "topic": "进社区", "channel": "网络"}
    put_accepted(
        ws, "T18", {"activities": [activity, {**activity, "held_on": "2026-09-01", "participants": 25}, shown]}
    )
    theirs = [
        {**activity, "organiser": "嘉鱼县司法局", "participants": 7},
        *({**shown, "channel": one} for one in CHANNELS),
    ]
    put_accepted(ws, "T18", {"activities": theirs}, unit="421221")
    publishing.publish(ws, at=moment("2026-12-10T09:00:00"), out=home / "pub", reviewer="审查人")
    found = conclude.ledger(ws, at=moment("2026-12-31T09:00:00"), out=home)
    yield ws, found
    ws.close()


CHANNELS = ("电视", "报刊")


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
        ("G03", (0, 1)),
        ("H01", (3, None)),  # two of the city, one of a county
        ("H02", (40 + 25 + 7, None)),
        ("H03", (3, None)),
    ],
)
def test_each_figure_equals_an_independent_count(closed, number, expected):
    assert figure(closed[1], number) == expected


def test_training_and_publicity_belong_to_who_held_them(closed):
    """R48, R49: by unit, and the sum is the whole."""
    _, found = closed
    own, county = "421200本级", "421221"
    assert [figure(found, "H01", one) for one in (own, county)] == [(2, None), (1, None)]
    assert [figure(found, "H02", one) for one in (own, county)] == [(65, None), (7, None)]
    assert [figure(found, "H03", one) for one in (own, county)] == [(1, None), (2, None)]


def test_daily_inspections_do_not_move_a_ratio(closed):
    """R11, R46: the daily visit with a fault to a drawn body nobody else visited counts apart, here, by place, field and item."""
    ws, found = closed
    visits = [one for one in ws.store.accepted("T10", "results").to_dict("records") if one["task_kind"] == "双随机"]
    wrong = sum(one["result"] != "未发现问题" for one in visits)
    assert figure(found, "D02") == (wrong, 26)
    assert figure(found, "D01") == (26 - wrong, 26)
    assert (figure(found, "C04"), figure(found, "C05")) == ((26, 27), (26, 27))
    rows = {title: list(sheet_rows(found, title)) for title in ("按地区", "按领域和对象类型", "按事项")}
    assert (rows["按地区"][-1]["已检查"], rows["按地区"][-1]["发现问题"]) == (26, wrong)
    assert sum(row["已检查"] for row in rows["按领域和对象类型"]) == 26
    assert sum(row["日常和专项检查"] for row in rows["按事项"]) == 1
    (item,) = [row for row in rows["按事项"] if row["日常和专项检查"]]
    lines = [one for one in ws.store.accepted_rows("T10", "checklist") if one["item_code"] == "HB-NOT-01"]
    drawn = {one["task_id"] for one in lines} - {"421221-2026-R01"}
    assert (item["事项编码"], item["已检查"]) == ("HB-NOT-01", len(drawn))


def sheet_rows(found, title):
    """Yield the rows of one sheet of the ledger by heading."""
    _, _, _, head, *rows = openpyxl.load_workbook(found["ledger"])[title].iter_rows(values_only=True)
    for row in rows:
        yield dict(zip(head, row, strict=True))


def test_the_visits_by_item_are_those_of_the_records(closed):
    """R60: 按事项 counted again from the checklists the teams filled in, visit by visit."""
    ws, found = closed
    heads = {one["task_id"]: one for one in ws.store.accepted_rows("T10", "results") if one["task_kind"] == "双随机"}
    seen, wrong = {}, {}
    for line in ws.store.accepted_rows("T10", "checklist"):
        if line["task_id"] in heads:
            seen.setdefault(line["item_code"], set()).add(line["task_id"])
            if line["has_problem"] in (True, "是"):
                wrong.setdefault(line["item_code"], set()).add(line["task_id"])
    shown = {row["事项编码"]: (row["已检查"], row["发现问题"]) for row in sheet_rows(found, "按事项")}
    assert {code: pair for code, pair in shown.items() if pair != (0, 0)} == {
        code: (len(tasks), len(wrong.get(code, ()))) for code, tasks in seen.items()
    }
    assert len(seen) > 10


def test_a_figure_that_two_levels_count_differently_is_said(closed):
    """R60, X32: the level above believes the rows it has, and names the office whose own count is another."""
    ws, _ = closed
    source = Findings(ws).source(moment("2026-12-31T09:00:00"))
    counted = figures.count(source)
    province = replace(source, unit=loader.units()["420000"])
    stated = levels.read(levels.stated(counted, "421200"))
    assert stated["C05"] == (26, 27)
    told = levels.Stated(unit="421200", made_at="2026-12-20T09:00:00+08:00", package="0" * 64, figures=stated)
    agreed = levels.held(replace(province, told=[told]), figures.count(province))
    assert len(agreed) == len(levels.COMPARED) - 2  # nothing was carried, so nothing carried is compared
    assert levels.disagreements(agreed) == []
    lie = replace(told, figures={**stated, "D02": (0, 26)})
    (said,) = levels.disagreements(levels.held(replace(province, told=[lie]), figures.count(province)))
    wrong = next(one.numerator for one in counted if (one.id, one.unit) == ("D02", "421200"))
    assert said.startswith("咸宁市司法局“发现问题率”：该单位报送时为 0.00%（0/26）")
    assert f"本级按收到的明细计为 {percent(wrong, 26)}（{wrong}/26）" in said


def test_a_visit_of_the_province_covers_for_the_province_and_not_for_the_city(closed):
    """R45: the gap of the city stays its gap, though the province visited the body; both counts agree on what they compare."""
    ws, _ = closed
    source = Findings(ws).source(moment("2026-12-31T09:00:00"))
    (gap,) = {row["target_id"] for row in source.targets} - {
        row["target_id"] for row in source.results if row["task_kind"] == "双随机"
    }
    visit = {**source.results[0], "task_id": "420000-2026-P01-D1-001", "target_id": gap, "inspecting_unit": "420000"}
    visit["entry_unit"] = "420000"
    province = replace(source, unit=loader.units()["420000"], results=[*source.results, visit])
    counted = figures.count(province)
    assert [(one.numerator, one.denominator) for one in counted if (one.id, one.unit) == ("C05", "421200")] == [
        (27, 27)
    ]
    told = levels.Stated(unit="421200", made_at="", package="0" * 64, figures={"C05": (26, 27)})
    (row,) = levels.held(replace(province, told=[told]), counted)
    assert row["counted"] == row["stated"] == f"{percent(26, 27)}（26/27）"


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


def test_the_summary_calls_a_refined_item_by_its_name(closed):
    """R51: nobody reads a code in a letter."""
    ws, _ = closed
    source = Findings(ws).source(moment("2026-12-31T09:00:00"))
    code = rectify.top(figures.random_only(source.problems), 1)[0][0]
    (name,) = {row["item_name"] for row in source.checklist if row["item_code"] == code}
    above = replace(source, items=[row for row in source.items if row["item_code"] != code])
    total = [one for one in figures.count(above) if one.unit == "421200"]
    said = "".join(figures.summary(above, total))
    assert f"{name} " in said
    assert code not in said


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


def test_every_figure_links_to_the_sheet_that_lists_its_rows(closed):
    """T15, R60: one click from the figure to its rows; experts stand in no sheet of the ledger and are traced instead."""
    book = openpyxl.load_workbook(closed[1]["ledger"])
    sheet = book["总览"]
    for row in range(5, sheet.max_row + 1):
        link, number = sheet.cell(row, 3).hyperlink, sheet.cell(row, 6).value
        assert (link is None) == (number == "B05"), number
        if link:
            target = link.location.split("!")[0].strip("'")
            assert book[target].max_row >= 5 or sheet.cell(row, 3).value in (0, "0"), (number, target)


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
        assert "咸宁市司法局 公示率" in {one["title"] for one in used["ledger"] if one["sheet"] == "总览"}


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
