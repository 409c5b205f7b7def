"""`publish` and `export` for the public are two ways out of one door: the same tables, columns, rows and cells (R18, R37, R63)."""

from dataclasses import replace
from pathlib import Path

import openpyxl
import pytest
from sqlalchemy import update

from engine.model import Refused
from engine.tables import submissions
from engine.workflow import conduct, handing, publishing
from tests.engine.registers_2026 import moment, put_accepted, put_register, registers, through, workspace
from tests.engine.test_publish import PLAN, inspect

AT = moment("2026-12-10T09:00:00")
LATER = moment("2026-12-12T09:00:00")
CHAPTERS = {
    "items": "事项清单",
    "targets": "机构名录",
    "practitioners": "人员名录",
    "inspectors": "执法检查人员名录",
    "experts": "专家名录",
    "plans": "计划",
    "results": "抽查结果公示",
}
"""Chapter of the publication -> sheet of the edition."""
TRAINING = {
    "activity_kind": "培训", "held_on": "2026-04-10", "organiser": "咸宁市司法局", "topic": "双随机执法检查业务培训",
    "audience": "全市执法检查人员", "participants": 60, "hours": 8,
}  # fmt: skip
"""Kept for the ledger; no page is asked of it."""
FIRST, SECOND = (f"{PLAN}-D1-{number:03d}" for number in (1, 2))


@pytest.fixture
def office(tmp_path):
    """An office whose inspections are done, some of its officers not to be shown, with results and plans of a county below."""
    with workspace(tmp_path / "ws") as ws:
        people = [{**row, "is_public": place % 3 > 0, "mobile": f"1390000000{place % 5 + 1}"} for place, row in enumerate(registers()["T04"])]  # fmt: skip
        put_register(ws, "T04", "inspectors", people, version=2)
        experts = [{**row, "consents_publication": place == 0} for place, row in enumerate(registers()["T05"])]
        put_register(ws, "T05", "experts", experts, version=2)
        put_register(ws, "T18", "activities", [TRAINING])
        through(ws, PLAN, tmp_path / "h")
        conduct.dispatch(ws, PLAN, at=moment("2026-05-29T09:00:00"), out=tmp_path / "tasks")
        inspect(ws)
        from_below(ws)
        yield ws


def from_below(ws):
    """A county reports a result that it published, and a plan of its own."""
    row = dict(ws.store.accepted_rows("T10", "results")[0])
    told = {"task_id": "421221-2026-P01-D1-001", "inspecting_unit": "421221", "entry_unit": "421221"}
    number = put_accepted(ws, "T10", {"results": [{**plain(row), **told}], "checklist": []}, unit="421221")
    manifest = {"unit": "421221", "made_at": "2026-11-30", "published": {told["task_id"]: "2026-11-20"}}
    ws.store.put_document("package", "p1", manifest, AT)
    with ws.store.transaction() as connection:
        connection.execute(update(submissions).where(submissions.c.id == number).values(package="p1"))
    plan = plain(ws.store.accepted_rows("T07", "plans")[0])
    put_register(
        ws, "T07", "plans", [{**plan, "_unit": "421200"}, {**plan, "plan_id": "421221-2026-P01", "_unit": "421221"}]
    )


def plain(row):
    return {key: value for key, value in row.items() if not key.startswith("_")}


def change(ws, task, **changes):
    """A later report says something else of one result."""
    row = next(one for one in ws.store.accepted_rows("T10", "results") if one["task_id"] == task)
    lines = [plain(one) for one in ws.store.accepted_rows("T10", "checklist") if one["task_id"] == task]
    put_accepted(
        ws, "T10", {"results": [{**plain(row), **changes}], "checklist": lines}, at=f"{AT:%Y-%m-%d}T10:00:00+08:00"
    )


def ask(ws, kind, task):
    request = {
        "request_id": f"421200-2026-Q{len(ws.store.submissions('T16')) + 1:02d}",
        "request_type": kind,
        "reference": task,
        "subject_id": "x",
        "explanation": "详见审批表",
        "decided_by": "吴示例",
        "decided_on": "2026-12-10",
        "is_approved": True,
    }
    put_accepted(ws, "T16", {"requests": [request]}, at=f"{AT:%Y-%m-%d}T11:00:00+08:00")


def read(path):
    """Return {title of the sheet: (headings, rows as text)} of a workbook of registers."""
    found = {}
    for sheet in openpyxl.load_workbook(path):
        rows = [["" if cell is None else str(cell) for cell in row] for row in sheet.iter_rows(values_only=True)]
        found[sheet.title] = (rows[2], rows[3:])
    return found


def published(ws, out, at):
    publishing.publish(ws, at=at, out=out, reviewer="审查人")
    return {stem: next(iter(read(out / "data" / f"{stem}.xlsx").values())) for stem in CHAPTERS}


def exported(ws, out, at):
    return read(handing.export(ws, "公众", at=at, out=out)["file"])


def test_both_ways_give_the_same_columns_rows_and_cells(office, tmp_path):
    """R18, R37, R63: what one way shows of a table, the other shows too, in the same order."""
    one, other = published(office, tmp_path / "pub", AT), exported(office, tmp_path / "e.xlsx", AT)
    for stem, title in CHAPTERS.items():
        assert other[title] == one[stem], title
        assert one[stem][1], stem
    assert set(other) == set(CHAPTERS.values())


def test_an_expert_who_consents_is_named_and_nobody_else(office, tmp_path):
    """R21, R37, domain 4.6: name, trade and title of who consents; without anybody there is no such page at all."""
    headings, rows = published(office, tmp_path / "pub", AT)["experts"]
    assert [row[headings.index("姓名")] for row in rows] == [registers()["T05"][0]["name"]]
    assert set(headings) <= {"姓名", "行业", "职称"}
    put_register(office, "T05", "experts", registers()["T05"], version=3)
    publishing.publish(office, at=LATER, out=tmp_path / "none", reviewer="审查人")
    assert not (tmp_path / "none" / "experts.html").exists()
    assert "专家名录" not in exported(office, tmp_path / "e.xlsx", LATER)


def test_results_and_plans_of_offices_below_are_published_by_them(office, tmp_path):
    """R37: only the inspecting organ publishes, whichever way is taken; to the offices above they are shown."""
    one, other = published(office, tmp_path / "pub", AT), exported(office, tmp_path / "e.xlsx", AT)
    assert len(one["results"][1]) == len(other["抽查结果公示"][1]) == 27
    assert len(one["plans"][1]) == len(other["计划"][1]) == 2
    above = read(handing.export(office, "420000", at=AT, out=tmp_path / "p.xlsx")["file"])
    assert (len(above["抽查结果公示"][1]), len(above["计划"][1])) == (28, 2)


def test_a_plan_that_nobody_approved_is_in_neither(office, tmp_path):
    """R26, R37: a plan is announced once it is approved, whichever way is taken."""
    plan = plain(office.store.accepted_rows("T07", "plans")[0])
    draft = {
        **plan,
        "plan_id": "421200-2026-P09",
        "plan_name": "未批准的计划",
        "approved_by": None,
        "approved_on": None,
    }
    put_accepted(office, "T07", {"plans": [draft]}, at="2026-05-20T09:00:00+08:00")
    approved = {row["plan_name"] for row in office.store.accepted_rows("T07", "plans") if row["approved_on"]}
    one, other = published(office, tmp_path / "pub", AT), exported(office, tmp_path / "e.xlsx", AT)
    assert other["计划"] == one["plans"]
    assert (
        {row[one["plans"][0].index("计划名称")] for row in one["plans"][1]}
        == approved
        == {row["plan_name"] for row in office.store.accepted_rows("T07", "plans")} - {"未批准的计划"}
    )


@pytest.mark.parametrize("shows", [True, False])
def test_a_number_that_a_policy_holds_back_is_in_neither(office, tmp_path, monkeypatch, shows):
    """R63: the certificate number in the roster."""
    values = {**office.policy.values, "publish_certificate_no_in_roster": shows}
    monkeypatch.setattr(type(office), "policy", replace(office.policy, values=values))
    one, other = published(office, tmp_path / "pub", AT), exported(office, tmp_path / "e.xlsx", AT)
    assert one["inspectors"] == other["执法检查人员名录"]
    assert ("执法证号" in one["inspectors"][0]) is shows


def test_a_changed_result_reads_as_published_until_the_correction_is_out(office, tmp_path):
    """R37: without an approved correction, and before the next edition, the old words stand; afterwards both say the new."""
    before = published(office, tmp_path / "1", AT)["results"]
    change(office, FIRST, methods="网络检查")
    ask(office, "结果更正", FIRST)
    assert exported(office, tmp_path / "a.xlsx", AT)["抽查结果公示"] == before
    after = published(office, tmp_path / "2", LATER)["results"]
    assert exported(office, tmp_path / "b.xlsx", LATER)["抽查结果公示"] == after != before


def remarks(table):
    """Return {target: remark} of the rows that carry one."""
    headings, rows = table
    return {row[headings.index("被检查对象")]: row[-1] for row in rows if headings[-1] == "备注" and row[-1]}


def test_that_a_result_was_corrected_and_when_stays_on_the_page(office, tmp_path):
    """R37: every later edition of the year says it, by either way; a later correction has its own day."""
    published(office, tmp_path / "1", AT)
    change(office, FIRST, methods="网络检查")
    ask(office, "结果更正", FIRST)
    name = next(row["target_name"] for row in office.store.accepted_rows("T10", "results") if row["task_id"] == FIRST)
    for number, day in enumerate((LATER, moment("2026-12-15T09:00:00"), moment("2026-12-20T09:00:00"))):
        page = published(office, tmp_path / f"p{number}", day)["results"]
        assert remarks(page) == {name: "更正（2026-12-12）"}
        assert exported(office, tmp_path / f"e{number}.xlsx", day)["抽查结果公示"] == page
    change(office, FIRST, methods="书面检查")
    ask(office, "结果更正", FIRST)
    page = published(office, tmp_path / "last", moment("2026-12-22T09:00:00"))["results"]
    assert remarks(page) == {name: "更正（2026-12-22）"}


@pytest.mark.parametrize("changes", [{"methods": "网络检查"}, {"is_public": False, "nonpublic_reason": "商业秘密"}])
def test_a_change_that_nobody_approved_takes_nothing_off_the_page(office, tmp_path, changes):
    """R37: what stands published stays in its words, in further editions too, and the office is told what is missing."""
    before = published(office, tmp_path / "1", AT)["results"]
    change(office, FIRST, **changes)
    found = publishing.publish(office, at=LATER, out=tmp_path / "2", reviewer="审查人")
    assert [line.split("：")[0] for line in found["blocked"]] == [FIRST]
    assert (found["published"], found["must_act"]) == (27, True)
    assert published(office, tmp_path / "3", LATER)["results"] == before
    assert exported(office, tmp_path / "a.xlsx", LATER)["抽查结果公示"] == before


def test_a_withdrawn_result_is_in_neither(office, tmp_path):
    """R37: a result withdrawn by an approved request leaves both, also before the next edition."""
    assert len(published(office, tmp_path / "1", AT)["results"][1]) == 27
    ask(office, "公示撤回", SECOND)
    assert len(exported(office, tmp_path / "a.xlsx", AT)["抽查结果公示"][1]) == 26
    after = published(office, tmp_path / "2", LATER)["results"]
    assert exported(office, tmp_path / "b.xlsx", LATER)["抽查结果公示"] == after


def test_before_the_first_publication_no_result_goes_out_by_the_other_way(office, tmp_path):
    """R37, R63: the edition for the public is no way around the review."""
    assert "抽查结果公示" not in exported(office, tmp_path / "e.xlsx", AT)


def test_what_a_reviewer_released_for_the_publication_is_released_by_both_ways(office, tmp_path):
    """R59: one review, kept with the edition, speaks for both; without it both refuse."""
    rows = registers()["T02"]
    rows[1]["address"] = "示例路 13900000006 号"
    put_register(office, "T02", "targets", rows, version=2)
    assert handing.export(office, "公众", at=AT, out=tmp_path / "e.xlsx")["ok"] is False
    review = [{"value": "13900000006", "approver": "审查人", "reason": "门牌号"}]
    publishing.publish(office, at=AT, out=tmp_path / "pub", reviewer="审查人", reviews=review)
    one = next(iter(read(tmp_path / "pub" / "data" / "targets.xlsx").values()))
    assert exported(office, tmp_path / "e.xlsx", AT)["机构名录"] == one


def test_a_file_name_says_the_format_and_no_other_is_written(office, tmp_path):
    one = handing.export(office, "", at=AT, out=tmp_path / "机构.csv", table="T02/targets")
    lines = Path(one["file"]).read_text(encoding="utf-8-sig").splitlines()
    assert "机构名称" in lines[0] and len(lines) == 1 + one["sheets"]["机构名录"]
    with pytest.raises(Refused, match="一次只能放一张表"):
        handing.export(office, "", at=AT, out=tmp_path / "全部.csv")
    with pytest.raises(Refused, match=r"不能导出为 \.xls 文件"):
        handing.export(office, "", at=AT, out=tmp_path / "全部.xls")
    assert not (tmp_path / "全部.csv").exists()
