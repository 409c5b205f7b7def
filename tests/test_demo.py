"""One whole year of 咸宁 is played once; an independent recount, written without the engine, must agree with it."""

import copy
import hashlib
import json
import shutil
from collections import Counter
from pathlib import Path

import docx
import openpyxl
import pytest

from engine.model import NotFound, Refused
from engine.values import percent, rows
from engine.workflow import collect, conduct
from engine.workflow.registers import Registers
from engine.workspace import Workspace
from simulate import inspections, pen
from simulate.recount import differences, figure
from simulate.year import play
from tests import dates

SEED = 7


@pytest.fixture(scope="module")
def year(tmp_path_factory):
    folder = tmp_path_factory.mktemp("demo") / "S"
    spoken = []
    found = play(folder, "S", seed=SEED, progress=spoken.append)
    return {**found, "folder": folder, "spoken": spoken}


def digests(folder):
    """Every file below a folder with its hash; the lock names a process and is left out."""
    return {
        str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(Path(folder).rglob("*"))
        if path.is_file() and path.name != "台账.lock"
    }


def test_the_recount_without_the_engine_agrees(year):
    assert differences(year) == []


def test_the_recount_would_notice_a_lost_report_a_wrong_size_and_an_unpublished_result(year):
    lost = {**year, "units": [{**one, "received": 0} if one["unit"] == "421221" else one for one in year["units"]]}
    wrong = {**year, "draws": {**year["draws"], "421200": {**year["draws"]["421200"], "sizes": {"11": 6}}}}
    hidden = {
        **year,
        "figures": [{**one, "numerator": 0} if one["name"] == "公示率" else one for one in year["figures"]],
    }
    closed = {
        **year,
        "figures": [
            {**one, "numerator": one["denominator"]} if one["name"] == "整改率" else one for one in year["figures"]
        ],
    }
    assert [len(differences(one)) for one in (lost, wrong, hidden, closed)] == [1, 1, 1, 1]


def test_a_reviewed_t17_halves_the_weight_and_nothing_else_does(year):
    """R33, R34: the classes of the frozen pool equal credit × judgement × gap, recomputed from the workbooks as they were mailed."""
    mail = year["folder"] / "往来文件" / "421200 咸宁市司法局"
    (t02,), (t17,) = (mail.glob(f"03-*/2026_ROSTER_421200_{code}_v1.xlsx") for code in ("T02", "T17"))
    reviewed = {row["target_id"] for row in pen.read(t17.read_bytes())["institutions"] if row["reviewed_by"]}
    classes, judged = {}, Counter()
    for row in pen.read(t02.read_bytes())["targets"]:
        bad = int(row["penalties_3y"]) > 0 or int(row["complaints_last_year"]) >= 3 or row["welfare"] == "拒绝参与"
        bad |= int(row["satisfaction"]) < 70
        good = row["penalties_3y"] == "0" and row["complaints_last_year"] == "0" and int(row["satisfaction"]) >= 90
        good &= row["welfare"] == "积极参与" and row["target_id"] in reviewed
        factor = 4 if bad else 1 if good else 2
        judged[factor] += 1
        credit = {"A": 1, "B": 2, "C": 3, "D": 4}.get(row["credit_grade"][:1], 2)
        classes[row["target_id"]] = f"W{credit * factor * 3}"  # nobody was inspected before: the longest gap for all
    with Workspace(year["workspaces"]["421200"]) as office:
        frozen = office.store.document("freeze", year["draws"]["421200"]["draw"])["frozen"]
    assert {row["id"]: row["class"] for row in frozen["targets"]} == classes
    assert min(judged[1], judged[2], judged[4]) > 0


def test_t17_leaves_prefilled_with_every_practising_institution(year, tmp_path):
    with Workspace(year["workspaces"]["421200"]) as office:
        (written,) = collect.templates(["T17"], tmp_path, year=2026, workspace=office)["written"]
        known = {row["target_id"]: row for row in Registers(office).targets() if row["practice_state"] == "正常执业"}
    given = pen.read(Path(written).read_bytes())["institutions"]
    assert {row["target_id"] for row in given} == known.keys()
    assert all(row["complaints_last_year"] == str(known[row["target_id"]]["complaints_last_year"]) for row in given)
    assert {row["judgement"] for row in given} == {"减少", "正常", "重点"}
    assert not any(row.get("reviewed_by") for row in given)


def test_the_case_under_investigation_stays_unpublished_with_reason_request_and_approver(year):
    assert figure(year, "批准不公示", "421200") == figure(year, "批准不公示", "420000") == (1, None)
    with Workspace(year["workspaces"]["421200"]) as office:
        (row,) = [one for one in rows(office.store.accepted("T10", "results")) if one["is_public"] == "否"]
        (asked,) = [
            one for one in rows(office.store.accepted("T16", "requests")) if one["request_type"] == "不公示审批"
        ]
    assert (row["target_id"], row["nonpublic_reason"]) == (inspections.PLANTED, "正在立案调查")
    assert (asked["request_id"], asked["reference"]) == (row["nonpublic_request"], row["task_id"])
    assert asked["decided_by"]
    assert asked["explanation"]
    site = Path(year["workspaces"]["421200"], "公示", "网站")
    shown = json.loads((site / "data" / "results.json").read_text(encoding="utf-8"))
    assert len(shown) == 26
    assert row["target_name"] not in {one["被检查对象"] for one in shown}


def test_daily_inspections_are_counted_apart(year):
    sent = [
        row
        for path in (year["folder"] / "往来文件").rglob("2026_*_T10_v1.xlsx")
        for row in pen.read(path.read_bytes())["results"]
    ]
    assert {row["task_kind"] for row in sent} == {"日常检查"}
    assert len({row["inspecting_unit"] for row in sent}) == 6
    assert figure(year, "日常检查", "421200") == figure(year, "日常检查", "420000") == (len(sent), None)
    assert figure(year, "发现问题率", "421200")[1] == 27


def test_every_drawn_body_was_inspected_and_every_result_is_public(year):
    assert figure(year, "机构覆盖率", "421200") == (27, 27)
    assert figure(year, "本级任务完成率", "421200") == (27, 27)
    drawn = sum(len(one["drawn"]) for one in year["draws"].values())
    assert figure(year, "公示率", "420000") == (drawn - 1, drawn - 1)  # one case is being investigated
    assert figure(year, "抽查比例", "420000") == (len(year["draws"]["420000"]["drawn"]), 27 + 84)


def test_the_ledger_counts_the_same_reports_as_the_board(year):
    own = [one for one in year["units"] if one["to"] == "420000"]
    assert figure(year, "报送完成率", "420000") == (sum(one["accepted"] for one in own), len(own))


def test_findings_in_the_ledger_are_those_the_teams_typed(year):
    found = Counter()
    for path in (year["folder"] / "往来文件").rglob("*_检查记录.xlsx"):
        found[str(pen.read(path.read_bytes())["results"][0]["result"])] += 1
    assert figure(year, "未发现问题", "420000") == (found[inspections.NOTHING], sum(found.values()))
    assert figure(year, "移送数", "420000")[0] == found[inspections.PENDING]


def test_by_place_nobody_visits_more_than_was_drawn_here_and_below(year):
    """R60: what a city drew is owed in the ledger of the province too; 9 drawn by the province, 27 by the city."""
    for unit, owed in (("421200", 27), ("420000", 36)):
        (path,) = Path(year["workspaces"][unit], "台账").glob("*年度台账.xlsx")
        for name in ("按地区", "按领域和对象类型"):
            _, _, _, heads, *cells = openpyxl.load_workbook(path)[name].iter_rows(values_only=True)
            places = [dict(zip(heads, one, strict=True)) for one in cells]
            assert all(one["已检查"] <= one["应检查"] for one in places), (unit, name)
            total = places[-1]["应检查"] if name == "按地区" else sum(one["应检查"] for one in places)
            assert total == owed, (unit, name)


def test_by_place_no_more_visits_are_rectified_than_had_problems(year):
    """R46: problems of daily inspections are not among them, and one open problem keeps its visit open."""
    with Workspace(year["workspaces"]["421200"]) as office:
        visits = rows(office.store.accepted("T10", "results"))
        problems = rows(office.store.accepted("T12", "rectifications"))
    faulty = {one["task_id"] for one in visits if one["task_kind"] == "双随机" and one["result"].startswith("发现问题")}
    still_open = {one["task_id"] for one in problems if one["is_closed"] != "是"}
    followed = {one["task_id"] for one in problems}
    (path,) = Path(year["workspaces"]["421200"], "台账").glob("*年度台账.xlsx")
    _, _, _, heads, *cells = openpyxl.load_workbook(path)["按地区"].iter_rows(values_only=True)
    places = [dict(zip(heads, one, strict=True)) for one in cells]
    assert all(one["已整改"] <= one["发现问题"] for one in places)
    assert (places[-1]["发现问题"], places[-1]["已整改"]) == (len(faulty), len(faulty & followed - still_open))
    assert any(one["task_kind"] == "日常检查" and one["result"].startswith("发现问题") for one in visits)


def test_the_change_filing_has_exactly_the_planted_changes(year):
    path = next(Path(year["workspaces"]["421200"], "汇总").glob("2026_CHANGE_*.xlsx"))
    rows = pen.read(path.read_bytes())["changes"]
    assert Counter(row["change_type"] for row in rows) == {"修改": 2, "停用或移出": 1, "新增": 1}
    assert figure(year, "动态调整备案", "421200")[0] == 4


def test_returned_copies_name_the_cell_and_were_corrected_in_the_copy(year):
    returned = sorted(Path(year["workspaces"]["421200"], "退回").glob("*.xlsx"))
    assert len(returned) == 3
    for path in (year["folder"] / "往来文件").rglob("*_v2.xlsx"):
        if "NOM" in path.name:
            assert path.read_bytes() not in [one.read_bytes() for one in returned]


def test_the_bundle_verifies_and_any_changed_byte_is_named(year, tmp_path):
    assert conduct.verify(Path(year["bundle"]))["ok"]
    root = conduct.verify(Path(year["bundle"]))["root"]
    for name in sorted(path.name for path in Path(year["bundle"]).iterdir()):
        copy = tmp_path / name
        shutil.copytree(year["bundle"], copy)
        data = bytearray((copy / name).read_bytes())
        if not data:
            continue
        data[len(data) // 2] ^= 1
        (copy / name).write_bytes(data)
        found = conduct.verify(copy, root=root)
        assert not found["ok"], name
        assert any(one["status"] == "fail" for one in found["checks"]), name


def test_the_same_seed_gives_the_same_bytes(year, tmp_path):
    again = play(tmp_path / "again", "S", seed=SEED)
    for name in ("publication", "bundle"):
        assert digests(again[name]) == digests(year[name])
    assert Path(again["ledger"]).read_bytes() == Path(year["ledger"]).read_bytes()
    first, second = digests(year["folder"] / "往来文件"), digests(tmp_path / "again" / "往来文件")
    assert [name for name in first if first[name] != second.get(name)] == []


def test_nothing_is_written_outside_and_nothing_temporary_is_left(year):
    assert [one.name for one in year["folder"].parent.iterdir()] == [year["folder"].name]
    assert [
        path for path in year["folder"].rglob("*") if path.name.endswith((".tmp", ".part")) or path.name.startswith(".")
    ] == []


def test_the_summary_is_json_and_every_place_it_names_exists(year):
    value = {key: year[key] for key in ("workspaces", "units", "figures", "bundle", "publication", "ledger")}
    assert json.loads(json.dumps(value, ensure_ascii=False)) == value
    for place in (*year["workspaces"].values(), year["bundle"], year["publication"], year["ledger"]):
        assert Path(place).exists(), place
    assert all({"name", "unit", "numerator", "denominator"} == set(one) for one in year["figures"])
    assert any("年度台账" in line for line in year["spoken"])


def test_no_private_number_stands_in_the_publication(year):
    for path in Path(year["publication"]).rglob("*"):
        if path.is_file():
            assert b"1390000000" not in path.read_bytes(), path


def test_a_citizen_reads_names_where_the_data_keep_codes(year):
    page = Path(year["publication"], "targets.html").read_text(encoding="utf-8")
    rows_ = json.loads(Path(year["publication"], "data", "targets.json").read_text(encoding="utf-8"))
    assert 'data-title="主管司法行政机关">嘉鱼县司法局<' in page
    assert 'data-title="所属行政区划代码">421221 嘉鱼县<' in page
    assert {row["主管司法行政机关"] for row in rows_} >= {"421221", "421200"}


def test_every_task_of_the_city_reaches_an_end_state_or_stays_open_with_its_problem(year):
    with Workspace(year["workspaces"]["421200"]) as office:
        states = Counter(body["task_status"] for body in office.store.documents("task").values())
    assert sum(states.values()) == 27
    assert set(states) <= {"已完结", "整改中", "待复查", "已移送", "待审核"}


def test_an_unknown_scale_and_a_full_folder_are_refused(tmp_path):
    with pytest.raises(NotFound):
        play(tmp_path / "x", "XXL")
    (tmp_path / "y").mkdir()
    (tmp_path / "y" / "somebody.txt").write_text("else", encoding="utf-8")
    with pytest.raises(Refused):
        play(tmp_path / "y", "S")


def sheet_rows(path, name):
    """Return the rows of one sheet of a ledger by heading."""
    _, _, _, heads, *cells = openpyxl.load_workbook(path)[name].iter_rows(values_only=True)
    return [dict(zip(heads, one, strict=False)) for one in cells if any(value is not None for value in one)]


@pytest.mark.parametrize("unit", ["421200", "420000"])
def test_the_sheets_of_a_ledger_do_not_contradict_each_other(year, unit):
    """R11, R46, R60: overview, by unit, by item, results, timeliness and targets tell one story."""
    (path,) = Path(year["workspaces"][unit], "台账").glob("*年度台账.xlsx")
    total, results, items = sheet_rows(path, "按地区")[-1], sheet_rows(path, "结果明细"), sheet_rows(path, "按事项")
    drawn = [row for row in results if row["任务类型"] == "双随机"]
    wrong = [row for row in drawn if row["检查结果"] != "未发现问题"]
    assert total["已检查"] == len(drawn) == figure(year, "发现问题率", unit)[1]
    assert total["发现问题"] == len(wrong) == figure(year, "发现问题率", unit)[0]
    assert total["已整改"] == sum(row["是否完结"] == "是" for row in wrong)
    assert total["对象基数"] == figure(year, "检查对象（机构）", unit)[0] + figure(year, "检查对象（人员）", unit)[0]
    for column, name in (("抽查比例", "抽查比例"), ("机构覆盖率", "机构覆盖率"), ("公示率", "公示率")):
        above, below = figure(year, name, unit)
        assert total[column] == pytest.approx(above / below, abs=0.0001), name
    assert len(results) - len(drawn) == figure(year, "日常检查", unit)[0] + figure(year, "专项检查和个案处理", unit)[0]
    assert all(row["已检查"] <= row["列入计划"] for row in items)
    assert sum(row["日常和专项检查"] for row in items) >= len(results) - len(drawn)
    problems = sheet_rows(path, "整改与复查")
    counted = [figure(year, name, unit) for name in ("整改率", "日常和专项检查整改率")]
    assert sum(below for _, below in counted) == len(problems)
    assert sum(above for above, _ in counted) == sum(row["是否销号"] == "是" for row in problems)
    assert all(row["首次收到"] for row in sheet_rows(path, "报送时效") if row["通过时间"])
    seen = sum(bool(row["本年检查次数"]) for row in sheet_rows(path, "重点对象与差异化"))
    assert seen == figure(year, "机构覆盖率", unit)[0]
    said = docx.Document(path.with_name(f"{path.stem}_总结.docx"))
    words = "\n".join(one.text for one in said.paragraphs)
    assert "整改率 {}（{}/{}）".format(percent(*counted[0]), *counted[0]) in words
    assert all(row["变更原因"] and row["生效日期"] for row in sheet_rows(path, "对象库变动"))


@pytest.fixture(scope="module")
def told(year):
    return {unit: dates.told(year, unit) for unit in ("421200", "420000")}


def test_no_two_dates_of_the_year_contradict_each_other(told):
    """R29, R35, R36, R38, X20-X30: from the plan to the ledger, in forms, records, website, ledger and journal of both offices."""
    assert {unit: dates.contradictions(facts) for unit, facts in told.items()} == {"421200": [], "420000": []}
    assert [len(told["421200"][code]) > 0 for code in dates.SHEETS] == [True] * len(dates.SHEETS)


def spoil(facts, place, value):
    """Return the facts with one date changed: `place` are names, a number or (key, value) of the row that is meant."""
    wrong = copy.deepcopy(facts)
    *path, last = place
    where = wrong
    for step in path:
        if isinstance(step, tuple):
            key, wanted = step
            where = next(row for row in where if row[key] == wanted)
        else:
            where = where[step]
    where[last] = value
    return wrong


T001, CASE = "421200-2026-P01-D1-001", "421200-2026-Y01"


@pytest.mark.parametrize(
    ("place", "value", "said"),
    [
        (("T07", 0, "published_on"), "2026-06-03", "names locked 2026-06-02 before plan published"),
        (
            ("draws", "421200-2026-P01-D1", "committed"),
            "2026-06-02T15:30:00+08:00",
            "drawn before the names were locked",
        ),
        (("tasks", T001, "dispatched_at"), "2026-06-01T09:00:00+08:00", "dispatched 2026-06-01 before replaced"),
        (("T10", ("task_id", T001), "inspected_from"), "2026-06-04", "visit begins 2026-06-04 before window opens"),
        (("T10", ("task_id", T001), "entered_on"), "2026-06-09", "entered 2026-06-09 before approved"),
        (("T10", ("task_id", T001), "inspected_to"), "2026-10-04", "2026-10-04 is a day of rest"),
        (("ledger", "公示明细", ("任务编号", T001), "公示日期"), "2026-07-01", "published 2026-07-01 before received"),
        (("ledger", "公示明细", ("任务编号", T001), "超20个工作日"), "是", "late: 是 here, 否 there"),
        (("site", 0, "公示日期"), "2026-12-04", "on the website"),
        (("T12", 0, "rechecked_on"), "2026-06-09", "re-checked 2026-06-09 before found"),
        (("T12", 0, "rectify_by"), "2026-06-09", "term 2026-06-09 before found"),
        (("T13", ("transfer_id", CASE), "transferred_on"), "2026-06-09", "passed on 2026-06-09 before found"),
        (("T13", ("transfer_id", CASE), "decided_on"), "2026-11-20", "withheld for an investigation that is over"),
        (("officers", 0, "certificate_valid_to"), "2026-06-01", "certificate ends 2026-06-01 before visit ends"),
        (("T02", 0, "licence_valid_to"), "2026-06-01", "licence ends 2026-06-01 before visit ends"),
        (("T14", 0, "_at"), "2026-12-31T09:00:00+08:00", "last day 2026-12-30 before filed"),
        (("T16", 0, "decided_on"), "2026-05-01", "decided 2026-05-01 before applied"),
        (("ledger", "报送时效", ("单位", "通山县司法局"), "是否逾期"), "否", "T06 late: 否 here, 是 there"),
        (("journal", -1), "2026-01-01T09:00:00+08:00", "journal"),
    ],
)
def test_one_wrong_date_is_noticed(told, place, value, said):
    found = dates.contradictions(spoil(told["421200"], place, value))
    assert any(said in one for one in found), found


def test_most_results_are_published_in_time_two_late_and_all_again_in_december(year):
    """R36, X27, Q8: within twenty working days through the year, once more in December."""
    (path,) = Path(year["workspaces"]["421200"], "台账").glob("*年度台账.xlsx")
    entries = {row["任务编号"]: row for row in sheet_rows(path, "公示明细")}
    late = [row["对象名称"] for row in entries.values() if row["超20个工作日"] == "是"]
    with Workspace(year["workspaces"]["421200"]) as office:
        names = {row["target_id"]: row["name"] for row in office.store.accepted_rows("T02", "targets")}
        editions = [one for _, one in sorted(office.store.documents("publication").items())]
    assert sorted(late) == sorted(names[one] for one in inspections.HANDED_IN_LATE)
    assert figure(year, "按时公示率", "421200") == (24, 26)
    assert len({row["公示日期"][:7] for row in entries.values() if row["公示日期"]}) >= 4
    assert [len(one["tasks"]) for one in editions] == sorted(len(one["tasks"]) for one in editions)
    assert (editions[-1]["on"], len(editions[-1]["tasks"])) == ("2026-12-04", 26)
