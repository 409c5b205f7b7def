"""Reports during the year: progress, gaps, common problems, forces, training - each counted by hand."""

from datetime import date
from fractions import Fraction
from pathlib import Path

import openpyxl
import pytest

import cli
from engine import figures, reports, results, tasks
from engine.figures import Source
from engine.plan import Plan
from engine.workflow import conduct, handing, overview
from schemas import loader
from tests.engine.registers_2026 import moment, put_accepted, put_register, registers, through, workspace
from tests.engine.test_publish import PLAN, inspect
from workbooks import container, locate


def task(number, kind="公证机构", division="421221", ends="2026-10-31"):
    return {
        "task_id": f"T-{number}",
        "target_id": f"O-{number}",
        "target_name": f"对象{number}",
        "target_type": kind,
        "unit": "421200",
        "ends_on": ends,
        "_division": division,
    }


def result(number, outcome="未发现问题", day="2026-06-18", **more):
    return {
        "task_id": f"T-{number}",
        "target_id": f"O-{number}",
        "target_type": "公证机构",
        "task_kind": "双随机",
        "result": outcome,
        "inspected_to": day,
        **more,
    }


TASKS = [
    task(1),
    task(2),
    task(3, "司法鉴定机构", "421202"),
    task(4, division="421202", ends="2026-07-31"),
]
DONE = [result(1), result(2, "已注销"), result(3, day="2026-07-02")]


def test_progress_is_counted_by_place_and_field_and_month_and_in_total():
    """R29, R40: monthly progress by field and unit, what is open and what is overdue."""
    found = reports.progress(TASKS, DONE, [], date(2026, 8, 15), place=lambda row: row["_division"])
    lines = {
        (row["unit"], row["field"]): (row["tasks"], row["inspected"], row["otherwise"], row["open"], row["overdue"])
        for row in found
    }
    assert lines == {
        ("421202", "公证"): (1, 0, 0, 1, 1),
        ("421202", "司法鉴定"): (1, 1, 0, 0, 0),
        ("421221", "公证"): (2, 1, 1, 0, 0),
        ("合计", ""): (4, 2, 1, 1, 1),
    }
    assert found[-1]["months"] == {"2026-06": 1, "2026-07": 1}
    assert found[-1]["open_tasks"] == ["T-4"]


def test_results_from_below_are_part_of_the_progress_of_the_province():
    """R40: a level sees the progress of those below it although their tasks are not its own."""
    below = [result(9, unit="421300", inspecting_unit="421300")]
    found = reports.progress([], below, [], date(2026, 8, 1), place=lambda row: row["inspecting_unit"])
    assert (found[-1]["tasks"], found[-1]["inspected"]) == (1, 1)


def test_what_is_open_after_october_needs_an_approved_extension():
    """R29: open tasks after 31 October are named, with the T16 that covers them."""
    granted = {
        "request_id": "Q1",
        "request_type": "检查延期",
        "reference": "T-4",
        "is_approved": True,
        "decided_on": "2026-10-20",
    }
    end = date(2026, 10, 31)
    assert reports.beyond_season(TASKS, DONE, [], end, end) == []
    assert [row["request_id"] for row in reports.beyond_season(TASKS, DONE, [], end, date(2026, 11, 1))] == [None]
    # an extension lasts until its day, and neither before nor after it is the task counted late or excused
    until = {**granted, "new_value": "延期至2026年11月30日"}
    for on, late, request in ((date(2026, 11, 30), 0, "Q1"), (date(2026, 12, 1), 1, None)):
        assert [row["request_id"] for row in reports.beyond_season(TASKS, DONE, [until], end, on)] == [request]
        found = reports.progress(TASKS, DONE, [until], on, place=lambda row: row["_division"])
        assert found[-1]["overdue"] == late
    refused = {**granted, "is_approved": False}
    assert [row["request_id"] for row in reports.beyond_season(TASKS, DONE, [refused], end, date(2026, 11, 1))] == [
        None
    ]
    assert [row["request_id"] for row in reports.beyond_season(TASKS, DONE, [granted], end, date(2026, 11, 1))] == [
        "Q1"
    ]


def test_the_gaps_of_full_coverage_are_the_institutions_nobody_visited():
    """R45: inspected of all per city, with the list of gaps; daily inspections close no gap."""
    bodies = [
        {"target_id": f"O-{n}", "target_type": kind, "practice_state": state}
        for n, kind, state in (
            (1, "公证机构", "正常执业"),
            (2, "公证机构", "注销"),
            (3, "公共法律服务工作站", "正常执业"),
            (5, "公证机构", "正常执业"),
            (6, "公证机构", "正常执业"),
        )
    ]
    wanted, missing = reports.gaps(bodies, [result(1), result(5, task_kind="日常检查"), result(6, "已注销")])
    assert [row["target_id"] for row in wanted] == ["O-1", "O-5", "O-6"]
    assert [row["target_id"] for row in missing] == ["O-5", "O-6"]


def problem(item, number, kind="公证机构"):
    return {
        "item_code": item,
        "problem": f"问题{item}",
        "target_type": kind,
        "target_id": f"O-{number}",
        "target_name": f"对象{number}",
    }


PROBLEMS = [
    problem("HB-NOT-05", 1),
    problem("HB-NOT-05", 2),
    problem("HB-NOT-03", 1),
    problem("HB-FOR-05", 3, "司法鉴定机构"),
]


def test_common_problems_are_listed_by_trade_with_their_bodies():
    """R39: the problem catalogue, top problems by trade."""
    found = reports.common(PROBLEMS, loader.provincial_items(2026), {})
    assert [(row["field"], row["item_code"], row["count"], row["of"]) for row in found] == [
        ("公证", "HB-NOT-05", 2, 3),
        ("公证", "HB-NOT-03", 1, 3),
        ("司法鉴定", "HB-FOR-05", 1, 1),
    ]
    assert found[0]["bodies"] == ["对象1", "对象2"]


def test_a_frequent_problem_becomes_a_special_inspection():
    """R39: special-inspection tasks come from the catalogue; what came once does not call for one."""
    items = loader.provincial_items(2026)
    found = reports.special_plans(
        reports.common(PROBLEMS, items, {}), items, {"plan_id": "421200-2026-P9", "year": 2026}, minimum=2
    )
    assert [(row["plan_id"], row["task_kind"], row["item_codes"], row["target_types"]) for row in found] == [
        ("421200-2026-P901", "专项检查", "HB-NOT-05", "公证机构")
    ]


def officer(unit, fields="公证", **more):
    return {
        "unit_code": unit,
        "qualification": "持有行政执法证",
        "certificate_no": f"{unit}01",
        "fields": fields,
        **more,
    }


def test_the_forecast_says_how_often_an_officer_would_go_and_where_there_are_too_few():
    """R28: visits per inspector, where there are too few."""
    people = [
        officer("421221"),
        officer("421222", "公证；司法鉴定"),
        officer("421223", qualification="未持证", certificate_no=None),
    ]
    found = {row["field"]: row for row in reports.capacity({"公证": 7, "司法鉴定": 3}, people, 2, 0)}
    assert (found["公证"]["people"], found["公证"]["per_person"], found["公证"]["is_short"]) == (2, Fraction(7), False)
    assert (found["司法鉴定"]["people"], found["司法鉴定"]["is_short"]) == (1, True)
    assert reports.capacity({"公证": 7}, people, 2, 6)[0]["is_short"]
    assert [row["unit"] for row in reports.thin_units(people, ["421221", "421223"], 2)] == ["421221", "421223"]


def member(unit, name, *, source=None, certificate="1", specialities="公证管理", fields="公证"):
    return {
        "unit_code": unit,
        "inspector_class": name,
        "source": source,
        "qualification": "持有行政执法证" if certificate else "未持证",
        "certificate_no": certificate,
        "specialities": specialities,
        "fields": fields,
    }


def test_officers_are_counted_by_class_and_units_with_nominees_alone_are_named():
    """R21: the roster holds everybody of the three classes, not only the two nominees of a county."""
    civil, qualified, watching = "行政执法类公务员", "具有行政执法资格的工作人员", "从事日常监管工作的人员"
    people = [
        member("421221", civil, source="T06 421221 第5行 abc"),
        member("421221", qualified, source="T06 421221 第6行 abc"),
        member("421222", civil, source="T06 421222 第5行 abc"),
        member("421222", watching, certificate=None),
    ]
    first, second, total = reports.forces(people)
    assert (first["classes"], first["is_only_nominated"]) == ({civil: 1, qualified: 1, watching: 0}, True)
    assert (second["classes"], second["is_only_nominated"]) == ({civil: 1, qualified: 0, watching: 1}, False)
    assert (total["total"], total["certified"], total["nominated"]) == (4, 3, 3)
    said = reports.told_forces([first, second, total])
    assert (
        said
        == f"4 人（{civil} 2 人、{qualified} 1 人、{watching} 1 人；持证 3 人）。只有推荐人员的单位 1 个：嘉鱼县司法局。"
    )


def test_officers_are_counted_by_each_label_they_carry():
    """R22: a person with two specialities counts once in each; a label nobody carries is shown as 0."""
    people = [
        member("421221", "行政执法类公务员", specialities="公证管理；案卷评查", fields="公证；司法鉴定"),
        member("421222", "行政执法类公务员", certificate=None),
    ]
    found = {(row["label"], row["value"]): row["people"] for row in reports.labels(people)}
    assert (found["业务专长", "公证管理"], found["业务专长", "案卷评查"]) == (2, 1)
    assert (found["可检查领域", "公证"], found["可检查领域", "司法鉴定"], found["可检查领域", "法律援助"]) == (2, 1, 0)
    assert (found["执法资质", "持有行政执法证"], found["执法资质", "未持证"]) == (1, 1)


def test_training_and_publicity_are_counted_by_channel_and_the_untrained_named():
    """R48, R49: hours, sessions, channels; who had no training this year."""
    rows = [
        {"activity_kind": "培训", "hours": 8, "participants": 40},
        {"activity_kind": "宣传", "channel": "网络；报纸"},
        {"activity_kind": "宣传", "channel": "网络"},
    ]
    found = reports.training(
        rows,
        [{"name": "甲", "trained_on": "2026-04-10"}, {"name": "乙"}, {"name": "丙", "trained_on": "2025-12-31"}],
        2026,
    )
    assert (found["sessions"], found["hours"], found["channels"], found["untrained"]) == (
        1,
        8,
        {"报纸": 1, "网络": 2},
        ["乙", "丙"],  # training of last year is none of this one
    )


def test_a_special_inspection_counts_in_no_ratio_but_its_targets_end_all_the_same():
    """R11: task kinds stay apart; only 双随机 counts in ratios."""
    special = {**task(7), "task_kind": "专项检查"}
    done = result(7, task_kind="专项检查")
    assert results.end_states([special], [done], []) == {"T-7": results.INSPECTED}
    source = Source(
        unit=loader.units()["421200"],
        year=2026,
        on=date(2026, 12, 1),
        tasks=[{**special, "_ref": ("task", "", "T-7")}, {**task(1), "_ref": ("task", "", "T-1")}],
        results=[{**done, "_ref": ("T10", "results", "T-7")}, {**result(1), "_ref": ("T10", "results", "T-1")}],
        draws=[
            {"draw_id": "D1", "task_kind": "专项检查", "is_void": False, "drawn": ["O-7"], "base": {"公证机构": ["O-7", "O-8"]}},
            {"draw_id": "D2", "task_kind": "双随机", "is_void": False, "drawn": ["O-1"], "base": {"公证机构": ["O-1", "O-2"]}},
        ],
        ends={"T-7": "已检查", "T-1": "已检查"},
    )  # fmt: skip
    counted = {one.id: (one.numerator, one.denominator) for one in figures.count(source) if one.unit == "421200"}
    assert (counted["C02"], counted["C03"], counted["C04"], counted["G01"], counted["G02"]) == (
        (1, None),
        (1, 2),
        (1, 1),
        (0, None),
        (1, None),
    )


def test_the_province_reads_its_ratio_also_against_all_of_its_roster():
    """R13, Q1: both readings of 省级检查对象 stand in the ledger; a city has only its own pool."""

    def ratios(unit):
        bodies = [
            {
                "target_id": f"O-{n}",
                "target_type": kind,
                "practice_state": "正常执业",
                "roster_level": level,
                "_ref": ("T02", "targets", f"O-{n}"),
            }
            for n, (kind, level) in enumerate(
                (("公证机构", "省级"), ("公证机构", "省级"), ("司法鉴定机构", None), ("公证机构", "市级")), 1
            )
        ]
        draws = [
            {
                "draw_id": "D1",
                "task_kind": "双随机",
                "is_void": False,
                "drawn": ["O-1"],
                "base": {"公证机构": ["O-1", "O-2"]},
            }
        ]
        source = Source(
            unit=loader.units()[unit],
            year=2026,
            on=date(2026, 12, 1),
            targets=bodies,
            draws=draws,
            items=[{**one, "_ref": ("T01", "items", one["item_code"])} for one in loader.provincial_items(2026)],
        )
        found = {one.id: one for one in figures.count(source) if one.id.startswith("C03")}
        return {number: (one.name, one.numerator, one.denominator) for number, one in found.items()}

    both = {"C03": ("抽查比例", 1, 2), "C03-1": ("抽查比例（公证机构）", 1, 2)}
    assert ratios("421200") == both
    assert ratios("420000") == {**both, "C03-R": ("抽查比例（按省级名录）", 1, 3)}


def test_a_task_of_a_special_plan_says_so_in_its_record():
    """R11: the record workbook of a special inspection is no 双随机 record."""
    known = {"task_kind": "专项检查", "unit": "421200", "item_codes": ""} | dict.fromkeys(
        ("task_id", "draw_id", "target_id", "target_name", "target_type", "inspectors", "experts")
    )
    assert tasks.record_rows(known, {})["results"][0]["task_kind"] == "专项检查"
    assert "task_kind" in Plan.__dataclass_fields__


# ---- by command -------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def office(tmp_path_factory):
    home = tmp_path_factory.mktemp("reports")
    ws = workspace(home / "ws")
    through(ws, PLAN, home / "h")
    conduct.dispatch(ws, PLAN, at=moment("2026-05-29T09:00:00"), out=home / "tasks")
    inspect(ws, keep=lambda one: not one["task_id"].endswith("-005"))
    yield ws
    ws.close()


def test_one_command_reports_the_year_and_lists_the_rows_behind_each_number(office, tmp_path):
    """R12, R28, R29, R39, R45, R47, R55: reachable by `report`, with numerator, denominator and rows."""
    found = overview.report(office, at=moment("2026-11-05T09:00:00"), out=tmp_path)
    total = found["progress"][-1]
    assert (total["tasks"], total["inspected"], total["open"]) == (27, 26, 1)
    assert (found["gaps"]["wanted"], len(found["gaps"]["missing"])) == (27, 1)
    gone = next(one for one in office.store.documents("task").values() if one["task_id"].endswith("-005"))
    assert found["gaps"]["missing"][0]["target_id"] == gone["target_id"]
    assert [row["task_id"] for row in found["beyond_season"]] == [gone["task_id"]]
    assert found["must_act"]
    assert {row["field"]: row["visits"] for row in found["capacity"]} == {"公证": 1, "司法鉴定": 1} or found["capacity"]
    book = openpyxl.load_workbook(found["file"])
    assert {"检查进度", "季后未完成", "本年度缺口", "3年未检查", "重复问题", "突出问题", "检查力量"} <= set(
        book.sheetnames
    )
    cells = [cell for row in book["本年度缺口"].iter_rows(values_only=True) for cell in row]
    assert gone["target_id"] in cells
    sent = [row for row in book["文件发送范围"].iter_rows(min_row=4, values_only=True) if row[0] == "T05"]
    assert {row[2]: row[3] for row in sent}["市协会版"] == "本协会推荐的"


SHARE_OF_AN_ASSOCIATION = {
    "T01": "可公开的", "T02": "全部", "T03": "全部", "T04": "可公开的", "T05": "本协会推荐的", "T07": "可公开的", "T11": "全部",
    "T13": "本行业已作出决定的",
}  # fmt: skip


def test_the_distribution_list_says_for_each_document_who_gets_what_share(office, tmp_path):
    """R55: every register and paper has its readers; associations get their own, decided or published share and nothing of
    tasks, results before publication, rectification and requests.
    """
    found = overview.report(office, at=moment("2026-11-05T09:00:00"), out=tmp_path)
    rows = [list(row)[:4] for row in openpyxl.load_workbook(found["file"])["文件发送范围"].iter_rows(values_only=True)]
    listed = rows[rows.index(["表号", "工作表", "读者", "范围"]) + 1 :]
    readers = {}
    for code, _, reader, _ in listed:
        readers.setdefault(code, set()).add(reader)
    assert sorted(readers) == sorted({code for code, _ in handing.SHEETS})
    for code, known in readers.items():
        assert {"省厅版", "市（州）版", "监督版"} <= known, code
    for edition in ("省协会版", "市协会版"):
        assert {code: share for code, _, reader, share in listed if reader == edition} == SHARE_OF_AN_ASSOCIATION


def test_a_year_without_training_is_warned_of_and_one_with_training_is_not(tmp_path):
    """R48, R49: `report` warns while no training of the year is filed; filed ones are told with hours and channels."""
    at, warning = moment("2026-11-05T09:00:00"), "本年度还没有检查人员培训记录"
    with workspace(tmp_path / "ws") as ws:
        assert any(warning in line for line in overview.report(ws, at=at)["lines"])
        taught = {
            "activity_kind": "培训", "held_on": "2026-04-10", "organiser": "咸宁市司法局", "topic": "业务", "audience": "人员",
            "participants": 40, "hours": 8,
        }  # fmt: skip
        told = {**taught, "activity_kind": "宣传", "topic": "进社区", "channel": "广播；网络", "hours": None}
        put_accepted(ws, "T18", {"activities": [taught, told]})
        found = overview.report(ws, at=at, out=tmp_path / "out")
        assert not any(warning in line for line in found["lines"])
        cells = [
            list(row)[:3] for row in openpyxl.load_workbook(found["file"])["培训与宣传"].iter_rows(values_only=True)
        ]
        assert next(row for row in cells if row[0] == "宣传次数")[1:] == [1, "广播 1；网络 1"]
        assert next(row for row in cells if row[0] == "培训学时")[1] == 8


def test_a_problem_of_an_earlier_year_is_named_as_repeated(office, tmp_path):
    """R47: repeat findings across years rest on what was carried over."""
    now = overview.report(office, at=moment("2026-11-05T09:00:00"))["repeats"]
    assert now["rows"] == []
    first = office.store.documents("task")
    problems = overview.Findings(office).problems(date(2026, 11, 5))
    assert problems and first
    with workspace(tmp_path / "next") as ws:
        with ws.store.transaction():
            at = moment("2026-01-05T09:00:00")
            for name, body in (
                ("source", {"year": 2025}), ("visits", {}), ("unfinished", {}), ("waivers", []),
                ("problems", [{**problems[0], "problem_id": "ALT-1", "_origin": None, "_ref": None}]),
            ):  # fmt: skip
                ws.store.put_document("carried", name, body, at)
        rows_ = [{"task_id": "T-1", "target_id": problems[0]["target_id"], "target_name": "甲", "result": "发现问题已责令改正",
                  "inspected_to": "2026-06-18", "inspecting_unit": "421200", "task_kind": "双随机"}]  # fmt: skip
        line = {
            "task_id": "T-1",
            "item_code": problems[0]["item_code"],
            "point_no": 1,
            "is_checked": True,
            "has_problem": True,
            "problem": "又",
        }
        put_accepted(ws, "T10", {"results": rows_, "checklist": [line]})
        found = overview.report(ws, at=moment("2026-11-05T09:00:00"))["repeats"]
        assert [(row["problem_id"], row["earlier_problem_id"]) for row in found["rows"]] == [
            (f"T-1-{line['item_code']}-1", "ALT-1")
        ]
        assert found["of"] == 1


def test_special_plans_come_pre_filled_for_the_intake(office, tmp_path, capsys):
    """R39: `report --special` writes a T07 that the intake understands."""
    at = moment("2026-11-05T09:00:00")
    found = overview.report(office, at=at, out=tmp_path / "r.xlsx", special=1)
    filled = locate.locate(container.open_book(Path(found["special"]).read_bytes(), "T07.xlsx"), loader.templates())
    assert filled.identity.template == "T07"
    assert {row.cells["task_kind"].text for row in filled.tables[0].rows} == {"专项检查"}
    assert overview.report(office, at=at, out=tmp_path / "r.xlsx", special=99)["special"] is None
    office.close()
    command = ["-C", str(office.root), "report", "--special", "1", "--at", "2026-11-05T09:00:00+08:00"]
    assert cli.run(command) == 1
    assert "专项检查计划" in capsys.readouterr().out
    assert list((office.root / "汇总").glob("专项_*.xlsx"))


def test_a_missing_officer_shows_in_the_forecast(tmp_path):
    """R28, R42: the forecast follows the roster."""
    with workspace(tmp_path / "ws") as ws:
        people = registers()["T04"]
        before = overview.report(ws, at=moment("2026-05-05T09:00:00"))["capacity"]
        assert before and not any(row["is_short"] for row in before)
        put_register(ws, "T04", "inspectors", people[:1], version=2)
        after = overview.report(ws, at=moment("2026-05-05T09:00:00"))
        # A new reading sees the new edition.
        assert any(row["is_short"] for row in after["capacity"])
        assert any("人手不足" in line for line in after["lines"])
