"""Publication: the rate with its missing ones, lawful exceptions, both clocks, corrections, and what is refused."""

import hashlib
import json
import re
from datetime import date
from pathlib import Path

import openpyxl
import pytest

from engine import edition, publish
from engine.model import Refused
from engine.tasks import record_rows
from engine.workflow import conduct, publishing
from schemas import loader
from schemas.declare import Privacy
from simulate.inspections import visited
from tests.crosscheck.browser import dump
from tests.engine.registers_2026 import moment, put_accepted, put_register, registers, through, workspace

POLICY = loader.policy(2026)
PLAN = "421200-2026-P01"


def result(number, **changes):
    return {
        "task_id": f"T-{number:03d}", "task_kind": "双随机", "target_id": f"O-{number}", "target_name": f"第{number}公证处",
        "target_type": "公证机构", "inspecting_unit": "421200", "inspectors": "甲（42122100101）；乙（42122200102）",
        "inspected_to": "2026-06-19", "methods": "实地核查", "result": "未发现问题", "dispositions": "无需后续处置",
        "approved_on": "2026-06-25", "is_public": True, **changes,
    }  # fmt: skip


def exception(number, **changes):
    return {
        "request_id": f"421200-2026-Q{number:02d}", "request_type": "不公示审批", "is_approved": True, "decided_by": "局长",
        "explanation": "涉及商业秘密", **changes,
    }  # fmt: skip


def secret(number, request=None):
    return result(
        number, is_public=False, nonpublic_reason="商业秘密", nonpublic_request=request or f"421200-2026-Q{number:02d}"
    )


def entries(results, requests=(), earlier=None, on=date(2026, 12, 10)):
    return publish.entries(results, {}, requests, {}, earlier or {}, POLICY, on, bodies={})


def standing(found):
    return {one.task_id for one in publish.to_publish(found, "421200")}


def test_each_unit_has_its_own_rate_and_its_own_missing_ones():
    """R14: 100 % is asked of every unit; a short one is named with what it owes and does not hide behind the total."""
    county = {"inspecting_unit": "421221", "entry_unit": "421221"}
    results = [result(1), result(2), secret(3), *(result(n, **county) for n in range(4, 8))]
    found = entries(results, [exception(3)])
    shown = [
        (one.unit, one.numerator, one.denominator, one.missing)
        for one in publish.rates(found, {"T-001", "T-002", "T-004", "T-006"})
    ]
    assert shown == [
        ("421200", 2, 2, ()),
        ("421221", 2, 4, ("T-005", "T-007")),
        ("合计", 4, 6, ("T-005", "T-007")),
    ]


def test_ninety_seven_of_ninety_eight_is_short_and_names_the_missing_one():
    results = [result(n) for n in range(1, 99)] + [secret(99), secret(100)]
    found = entries(results, [exception(99), exception(100)])
    published = standing(found) - {"T-042"}
    total = publish.rates(found, published)[-1]
    assert (len(results), total.numerator, total.denominator, total.missing, total.shown) == (
        100,
        97,
        98,
        ("T-042",),
        "98.98%",
    )


@pytest.mark.parametrize(
    "broken", [{"is_approved": False}, {"decided_by": ""}, {"explanation": ""}, {"request_type": "结果更正"}]
)
def test_an_exception_without_reason_basis_and_approver_blocks_and_counts(broken):
    found = entries([secret(1)], [exception(1, **broken)])
    assert "不公示没有理由、依据或批准" in found[0].problem
    assert standing(found) == set()
    assert publish.rates(found, set())[-1].missing == ("T-001",)


def test_both_clocks_run():
    found = entries([result(1, approved_on="2026-10-31")])[0]
    assert (found.due_on, found.season_due_on) == (date(2026, 11, 27), date(2026, 12, 31))


def test_the_publication_clock_that_leaves_the_known_calendar_goes_on_provisionally():
    """X27: twenty days are twenty days; where the next year's calendar is not announced only weekends are left out."""
    found = publish.deadlines(result(1, approved_on="2026-12-20"), POLICY)
    assert found == (date(2027, 1, 15), date(2026, 12, 31), True)
    (said,) = publish.told_provisional(entries([result(1, approved_on="2026-12-20")]))
    assert "还没有 2027 年的放假安排" in said  # the year that is not announced, not the one the result is of


@pytest.mark.parametrize(("approved", "published", "late"), [("2026-12-31", "2027-01-28", False), ("2026-12-31", "2027-01-29", True), ("2027-01-05", "2027-01-06", False)])  # fmt: skip
def test_nobody_is_late_at_new_year_before_twenty_days_are_over(approved, published, late):
    (one,) = entries([result(1, approved_on=approved, inspected_to=approved)], on=date.fromisoformat(published))
    assert one.is_late(published, date.fromisoformat(published)) is late


@pytest.mark.parametrize(("on", "state"), [(date(2026, 7, 1), "待公示"), (date(2026, 12, 10), "逾期未公示")])
def test_waiting_turns_into_late(on, state):
    assert entries([result(1)], on=on)[0].state == state


def test_only_the_inspecting_organ_publishes():
    found = entries([result(1), result(2, inspecting_unit="421221")])
    assert standing(found) == {"T-001"}


def test_a_changed_result_needs_an_approved_correction():
    before = {"T-001": {"public": entries([result(1)])[0].public, "published_on": "2026-07-01"}}
    assert entries([result(1)], earlier=before)[0].state == "已公示"
    changed = [result(1, result="发现问题已责令改正")]
    assert "没有批准的结果更正" in entries(changed, earlier=before)[0].problem
    approval = {"request_id": "Q01", "request_type": "结果更正", "reference": "T-001", "is_approved": True}
    corrected = entries(changed, [approval], earlier=before)[0]
    assert (corrected.state, corrected.corrected_by) == ("已更正", ("Q01",))


def test_an_approved_correction_allows_one_change():
    first = entries([result(1)])[0].public
    kept = {"public": first, "published_on": "2026-07-01", "corrected_on": "2026-07-05", "corrected_by": ["Q01"]}
    approval = {"request_id": "Q01", "request_type": "结果更正", "reference": "T-001", "is_approved": True}
    changed = [result(1, result="发现问题已责令改正")]
    blocked = entries(changed, [approval], earlier={"T-001": kept})[0]
    assert (blocked.state, blocked.public) == ("已更正", first)
    assert "没有新的、批准的结果更正" in blocked.problem
    again = entries(changed, [approval, {**approval, "request_id": "Q02"}], earlier={"T-001": kept})[0]
    assert (again.problem, again.public["result"]) == ("", "发现问题已责令改正")
    assert again.corrected_by == ("Q01", "Q02")


def test_a_correction_decided_before_the_first_publication_allows_none_after_it():
    approval = {"request_id": "Q01", "request_type": "结果更正", "reference": "T-001", "is_approved": True}
    first = entries([result(1)], [approval])[0]
    assert (first.corrected_on, first.corrected_by) == ("", ("Q01",))
    kept = {"public": first.public, "published_on": "2026-07-01", "corrected_by": list(first.corrected_by)}
    changed = [result(1, result="发现问题已责令改正")]
    assert "没有批准的结果更正" in entries(changed, [approval], earlier={"T-001": kept})[0].problem


@pytest.mark.parametrize(
    ("published", "on", "is_late"),
    [
        ("2026-07-17", date(2026, 12, 31), False),
        ("2026-07-18", date(2026, 12, 31), True),
        ("", date(2026, 7, 17), False),
        ("", date(2026, 7, 18), True),
    ],
)
def test_a_result_is_late_after_its_twenty_working_days(published, on, is_late):
    """X27: approved on 2026-06-18, the Dragon Boat day off follows."""
    one = entries([result(1, approved_on="2026-06-18")])[0]
    assert one.due_on == date(2026, 7, 17)
    assert one.is_late(published, on) is is_late


def test_what_is_excepted_is_never_late():
    request = {
        "request_id": "Q1", "request_type": "不公示审批", "is_approved": True, "decided_by": "周正", "explanation": "立案调查中",
    }  # fmt: skip
    row = result(1, is_public=False, nonpublic_reason="正在立案调查", nonpublic_request="Q1")
    assert not entries([row], [request])[0].is_late("", date(2027, 1, 31))


def test_a_withdrawn_result_is_no_longer_published():
    found = entries([result(1)], [{"request_type": "公示撤回", "reference": "T-001", "is_approved": True}])
    assert (found[0].state, standing(found)) == ("已撤回", set())


@pytest.mark.parametrize(("by", "taken"), [("421221", False), ("421200", True), ("420000", True), ("420100", False)])
def test_only_the_publishing_office_or_one_above_it_withdraws_or_corrects(by, taken):
    request = {"request_type": "公示撤回", "reference": "T-001", "is_approved": True, "_unit": by}
    (one,) = entries([result(1)], [request])
    assert (one.state == publish.WITHDRAWN) is taken


def test_results_are_masked_by_policy():
    assert entries([result(1)])[0].public["inspectors"] == "甲；乙"


def test_daily_inspections_are_not_in_the_rate():
    assert entries([result(1, task_kind="日常检查")]) == []


def test_a_draft_is_not_finished():
    assert entries([result(1, approved_on=None)]) == []


def test_public_rows_hold_public_columns_only():
    rows = publish.public_rows("T02", "targets", [{"name": "甲", "contact_phone": "13900000001", "penalties_3y": 1}])
    assert "contact_phone" not in rows[0]
    assert "penalties_3y" not in rows[0]


def test_the_first_day_of_publication_stays():
    documents = {
        "u-001": {"tasks": {"T-1": {"public": {}, "published_on": "2026-07-01"}}},
        "u-002": {"tasks": {"T-1": {"public": {"x": 1}, "published_on": "2026-12-01"}}, "withdrawn": []},
    }
    kept = {"public": {"x": 1}, "published_on": "2026-07-01", "is_withdrawn": False}
    assert publish.earlier_of(documents) == {"T-1": kept}


# ---- the edition ----------------------------------------------------------------------------------------------------


@pytest.fixture
def office(tmp_path):
    with workspace(tmp_path / "ws") as ws:
        through(ws, PLAN, tmp_path / "h")
        conduct.dispatch(ws, PLAN, at=moment("2026-05-29T09:00:00"), out=tmp_path / "tasks")
        inspect(ws)
        yield ws


def inspect(ws, keep=lambda task: True):
    heads, lines = [], []
    for task in ws.store.documents("task").values():
        if keep(task):
            items = ws.store.document("freeze", task["draw_id"])["items"]
            rows = record_rows(task, items)
            head, points = visited(
                rows["results"][0],
                rows["checklist"],
                seed=3,
                season=(date(2026, 6, 1), date(2026, 9, 30)),
                may_transfer=False,
            )
            heads.append(head)
            lines += points
    put_accepted(ws, "T10", {"results": heads, "checklist": lines}, at="2026-10-20T09:00:00+08:00")


def put_out(ws, out, **more):
    return publishing.publish(ws, at=moment("2026-12-10T09:00:00"), out=out, reviewer="审查人", **more)


PUBLIC_FORMS = {
    "items": ("T01", "items"), "targets": ("T02", "targets"), "practitioners": ("T03", "practitioners"),
    "inspectors": ("T04", "inspectors"),
}  # fmt: skip


@pytest.mark.parametrize("stem", PUBLIC_FORMS)
def test_the_public_edition_of_a_list_or_register_has_its_public_columns_version_and_day(office, tmp_path, stem):
    """R18, R20: in every file form the columns are exactly the public ones, no inner title stands anywhere, the page says
    which version since when and the day of publication; the address is kept where it was given.
    """
    template, sheet = PUBLIC_FORMS[stem]
    form = loader.template(template).sheet(sheet)
    public = [one.title for one in form.fields if one.privacy is Privacy.PUBLIC]
    inner = {one.title for one in form.fields} - set(public)
    if stem == "items":
        rows = [{**one, "office": "公共法律服务管理处"} for one in loader.provincial_items(2026)]
        rows[0] = {**rows[0], "is_public": "否", "item_name": "不公布的事项"}
        put_register(office, "T01", "items", rows, version=4)
    if stem == "inspectors":
        rows = [{**one, "is_public": number > 0} for number, one in enumerate(registers()["T04"])]
        put_register(office, "T04", "inspectors", rows, version=4)
    put_out(office, tmp_path / "out", url="https://sfj.example.gov.cn/ssj/")
    home = tmp_path / "out"
    columns = json.loads((home / "data" / f"{stem}.json").read_text(encoding="utf-8"))[0]
    page = (home / f"{stem}.html").read_text(encoding="utf-8")
    heading = (home / "data" / f"{stem}.csv").read_text(encoding="utf-8-sig").splitlines()[0].split(",")
    cells = [
        one
        for row in openpyxl.load_workbook(home / "data" / f"{stem}.xlsx").active.iter_rows(values_only=True)
        for one in row
    ]
    assert set(columns) <= set(public)
    assert heading == list(columns)
    assert not inner & {*re.findall(r"<th[^>]*>([^<]*)</th>", page), *map(str, cells)}
    assert "公示日期：2026-12-10" in page
    kept = office.store.edition(template, sheet)
    assert f"第 {kept['version']} 版，自 {kept['at'][:10]} 起" in page
    (told,) = office.store.documents("publication").values()
    assert (told["on"], told["url"]) == ("2026-12-10", "https://sfj.example.gov.cn/ssj/")
    assert told["files"][f"{stem}.html"] == hashlib.sha256((home / f"{stem}.html").read_bytes()).hexdigest()
    assert "不公布的事项" not in page
    assert "公共法律服务管理处" not in page


def test_the_edition_publishes_everything_and_says_so(office, tmp_path):
    found = put_out(office, tmp_path / "out")
    total = found["rates"][-1]
    assert (total["numerator"], total["denominator"], found["must_act"]) == (27, 27, False)
    page = (tmp_path / "out" / "results.html").read_text(encoding="utf-8")
    assert page.count("<tr>") == 28
    assert "100.00% <small>27/27</small>" in (tmp_path / "out" / "index.html").read_text(encoding="utf-8")


def test_the_pages_need_no_script_and_no_other_host(office, tmp_path):
    put_out(office, tmp_path / "out")
    for page in (tmp_path / "out").glob("*.html"):
        text = page.read_text(encoding="utf-8")
        assert not re.search(r"(?:src|href)=\"(?:https?:)?/", text), page.name
        for target in re.findall(r"(?:href|src)=\"([^\"#]+)\"", text):
            assert (page.parent / target).is_file(), (page.name, target)


def test_a_citizen_can_filter_by_result_and_sees_how_many_are_left(office, tmp_path):
    """R36, R37: search and filter with a little script, run in a real browser; without it the table is whole."""
    put_out(office, tmp_path / "out")
    page = (tmp_path / "out" / "results.html").read_text(encoding="utf-8")
    rows = json.loads((tmp_path / "out" / "data" / "results.json").read_text(encoding="utf-8"))
    clean = sum(row["检查结果"] == "未发现问题" for row in rows)
    assert 0 < clean < len(rows) == page.count("<tr>") - 1
    choose = """document.querySelector("select[aria-label=检查结果]").value = "未发现问题";
        document.getElementById("find").dispatchEvent(new Event("input"));"""
    script = (tmp_path / "out" / "find.js").read_text(encoding="utf-8")
    seen = dump(page.replace("</body>", f"<script>{script}\n{choose}</script></body>"))
    assert f"共 {len(rows)} 条，符合 {clean} 条" in seen
    assert seen.count('<tr hidden=""') == len(rows) - clean


def test_the_data_beside_the_pages_hold_the_same_rows(office, tmp_path):
    put_out(office, tmp_path / "out")
    rows = json.loads((tmp_path / "out" / "data" / "results.json").read_text(encoding="utf-8"))
    assert len(rows) == 27
    lines = (tmp_path / "out" / "data" / "results.csv").read_text(encoding="utf-8-sig").splitlines()
    assert lines[0].split(",") == list(rows[0])
    assert len(lines) == 28


def test_the_fragment_holds_no_script(office, tmp_path):
    put_out(office, tmp_path / "out")
    text = (tmp_path / "out" / "fragment.html").read_text(encoding="utf-8")
    assert "<script" not in text
    assert text.startswith("<section")


def test_two_editions_are_byte_identical(tmp_path):
    found = []
    for run in ("a", "b"):
        with workspace(tmp_path / run) as ws:
            through(ws, PLAN, tmp_path / f"h{run}")
            conduct.dispatch(ws, PLAN, at=moment("2026-05-29T09:00:00"), out=tmp_path / f"t{run}")
            inspect(ws)
            put_out(ws, tmp_path / f"o{run}")
            base = tmp_path / f"o{run}"
            found.append({str(one.relative_to(base)): one.read_bytes() for one in base.rglob("*") if one.is_file()})
    assert found[0] == found[1]


def test_a_partial_publication_names_what_is_missing(office, tmp_path):
    hidden = office.store.document("task", "421200-2026-P01-D1-003")
    put_accepted(office, "T10", {"results": [{**record_rows(hidden, office.store.document("freeze", hidden["draw_id"])["items"])["results"][0],
        "result": "未发现问题", "dispositions": "无需后续处置", "inspected_to": "2026-07-01", "approved_on": "2026-07-02", "is_public": False,
        "nonpublic_reason": "商业秘密", "nonpublic_request": "421200-2026-Q01"}]}, at="2026-10-25T09:00:00+08:00")  # fmt: skip
    found = put_out(office, tmp_path / "out")
    assert found["rates"][-1]["missing"] == ["421200-2026-P01-D1-003"]
    assert found["must_act"]
    assert "不公示没有理由" in found["blocked"][0]


def test_a_private_value_stops_the_whole_publication(office, tmp_path):
    rows = registers()["T02"]
    rows[0]["contact_phone"] = "13900000005"
    rows[1]["address"] = "示例路 1 号（电话 13900000005）"
    put_register(office, "T02", "targets", rows, version=2)
    found = put_out(office, tmp_path / "out")
    assert found["ok"] is False
    assert {one["file"] for one in found["leaks"]} >= {
        "targets.html",
        "data/targets.xlsx",
        "data/targets.csv",
        "data/targets.json",
    }
    assert all("13900000005" not in one["value"] for one in found["leaks"])
    assert not (tmp_path / "out").exists()


def test_a_value_that_only_looks_private_is_released_by_review(office, tmp_path):
    rows = registers()["T02"]
    rows[1]["address"] = "示例路 13900000006 号"
    put_register(office, "T02", "targets", rows, version=2)
    assert put_out(office, tmp_path / "out")["ok"] is False
    review = [{"value": "13900000006", "approver": "审查人", "reason": "门牌号"}]
    assert put_out(office, tmp_path / "out", reviews=review)["published"] == 27


def test_a_refusal_lists_value_and_cell_in_the_private_folder_and_is_released_by_fingerprint(office, tmp_path):
    """R59: who reviews can see what to release and where it was typed, and nothing private is shown on the way."""
    rows = registers()["T02"]
    rows[1]["address"] = "示例路 13900000006 号"
    put_accepted(office, "T02", {"targets": [rows[1]]})
    put_register(office, "T02", "targets", rows, version=2)
    found = put_out(office, tmp_path / "out")
    assert "13900000006" not in "".join(found["lines"])
    assert Path(found["review"]).is_relative_to(office.root)
    listed = list(openpyxl.load_workbook(found["review"]).active.iter_rows(min_row=4, values_only=True))
    assert {row[1] for row in listed} == {"13900000006"}
    assert {(row[4], row[7]) for row in listed} == {("T02.xlsx", "执业场所地址")}
    assert all(re.fullmatch(r"[A-Z]+\d+|第\d+行", row[6]) for row in listed)
    mark = found["leaks"][0]["fingerprint"]
    assert {one["fingerprint"] for one in found["leaks"]} == {mark}
    for review in (
        {"value": mark, "approver": "", "reason": "门牌号"},
        {"value": mark[:8], "approver": "甲", "reason": "乙"},
    ):
        assert put_out(office, tmp_path / "out", reviews=[review])["ok"] is False
    done = put_out(office, tmp_path / "out", reviews=[{"value": mark, "approver": "审查人", "reason": "门牌号"}])
    assert done["published"] == 27
    kept = office.store.documents("publication")["421200-001"]["reviews"]
    assert kept == [{"value": mark, "approver": "审查人", "reason": "门牌号"}]


def test_a_private_value_is_not_released_by_fingerprint_either(office, tmp_path):
    """R59: the value of a private column never comes out, whoever approves."""
    rows = registers()["T02"]
    rows[0]["contact_phone"] = "13900000005"
    rows[1]["address"] = "示例路 1 号（电话 13900000005）"
    put_register(office, "T02", "targets", rows, version=2)
    found = put_out(office, tmp_path / "out")
    reviews = [{"value": one["fingerprint"], "approver": "审查人", "reason": "理由"} for one in found["leaks"]]
    assert put_out(office, tmp_path / "out", reviews=reviews)["ok"] is False


def test_names_of_a_draw_come_out_only_after_dispatch(tmp_path):
    with workspace(tmp_path / "ws") as ws:
        through(ws, PLAN, tmp_path / "h")
        put_out(ws, tmp_path / "out")
        kept = {one.name for one in (tmp_path / "out" / "draws" / f"{PLAN}-D1").iterdir()}
        assert kept == {"commit.json"}
        conduct.dispatch(ws, PLAN, at=moment("2026-05-29T09:00:00"), out=tmp_path / "tasks")
        put_out(ws, tmp_path / "out")
        assert conduct.verify(tmp_path / "out" / "draws" / f"{PLAN}-D1")["ok"]


def test_the_same_edition_once_more_is_no_new_one(office, tmp_path):
    for _ in range(2):
        put_out(office, tmp_path / "out")
    assert len(office.store.documents("publication")) == 1
    publishing.publish(office, at=moment("2026-12-11T09:00:00"), out=tmp_path / "out", reviewer="审查人")
    assert len(office.store.documents("publication")) == 2


def test_an_edition_can_be_empty():
    files = edition.render(organ="某局", year=2026, on="2026-12-01", chapters=[], figures=[])
    assert b"2026-12-01" in files["index.html"]


def test_the_internal_control_sheet_stays_in_the_workspace(office, tmp_path):
    put_out(office, tmp_path / "out")
    assert [one.name for one in Path(office.path("公示", "内部")).glob("*.xlsx")] == ["公示管理（内部）_001.xlsx"]
    assert not any("内部" in one.name for one in (tmp_path / "out").rglob("*"))


def asked(kind, on, number=1, **changes):
    return {
        "request_id": f"Q{number:02d}", "request_type": kind, "reference": "T-001", "is_approved": True, "decided_on": on,
        "explanation": "内容有误", **changes,
    }  # fmt: skip


def test_a_withdrawn_result_is_owed_until_a_later_correction_brings_it_back():
    """R14, R37: nobody reaches 100 % by withdrawing; the correction that answers it restores the result with its first day."""
    first = entries([result(1)])[0]
    editions = {
        "421200-001": {"tasks": {"T-001": {"public": first.public, "published_on": "2026-07-01"}}, "withdrawn": []},
        "421200-002": {"tasks": {}, "withdrawn": ["T-001"]},
    }
    before = publish.earlier_of(editions)
    gone = asked("公示撤回", "2026-08-01")
    taken = entries([result(1)], [gone], before)
    assert (taken[0].state, standing(taken), publish.rates(taken, set())[-1].missing) == (
        "已撤回",
        set(),
        ("T-001",),
    )
    hidden = [result(1, is_public=False, nonpublic_reason="商业秘密", nonpublic_request="Q05")]
    (never,) = entries(hidden, [gone, exception(5, request_id="Q05")], before)
    assert (never.state, publish.rates([never], set())[-1].denominator) == ("批准不公示", 0)
    assert not taken[0].is_late("", date(2026, 12, 10))
    shown = taken[0].control("审查人", "")
    assert (shown["corrected_on"], shown["correction_reason"]) == ("2026-08-01", "内容有误")
    # A correction decided before the withdrawal does not undo it.
    assert entries([result(1)], [asked("结果更正", "2026-07-20", 9), gone], before)[0].state == "已撤回"
    (back,) = entries(
        [result(1, handling="改正")], [gone, asked("结果更正", "2026-08-20", 2)], before, on=date(2026, 8, 25)
    )
    assert (back.problem, standing([back]), back.corrected_on) == ("", {"T-001"}, "2026-08-25")
    assert publish.stamped(back, date(2026, 8, 25))["published_on"] == "2026-07-01"
    kept = {
        "public": back.public,
        "published_on": "2026-07-01",
        "corrected_on": "2026-08-25",
        "corrected_by": back.corrected_by,
    }
    after = publish.earlier_of({**editions, "421200-003": {"tasks": {"T-001": kept}}})
    assert entries([result(1)], [gone, asked("结果更正", "2026-08-20", 2)], after)[0].state == "已更正"


def test_another_number_in_the_register_changes_no_published_result():
    """R60: what the register learns later is no change of a visit; an approved correction takes it up."""

    def number(code, requests=()):
        return publish.entries(
            [result(1)], {}, requests, {}, before, POLICY, date(2026, 12, 10), bodies={"O-1": {"number": code}}
        )[0]

    before = {}
    before = {"T-001": {"public": number("旧号").public, "published_on": "2026-07-01"}}
    assert (number("新号").problem, number("新号").public["public_number"]) == ("", "旧号")
    assert number("新号", [asked("结果更正", "2026-08-20")]).public["public_number"] == "新号"


def test_without_an_announced_calendar_the_clock_is_provisional_and_said():
    """R61: only weekends are known; nobody is called late by it, and everybody is told."""
    (found,) = publish.entries(
        [result(1, approved_on="2029-06-04")], {}, [], {}, {}, loader.policy(2029), date(2029, 9, 1), bodies={}
    )
    assert (found.due_on, found.is_provisional, found.state) == (date(2029, 7, 2), True, "待公示")
    assert not found.is_late("2029-08-01", date(2029, 9, 1))
    assert found.is_late("", date(2030, 1, 1))
    assert any("2029 年的放假安排" in one for one in publish.told_provisional([found]))
    assert publish.told_provisional(entries([result(1)])) == []


@pytest.mark.parametrize("folder", ["", "公示", "公示/内部", "汇总", ".."])
def test_a_site_never_lies_among_internal_papers(office, tmp_path, folder):
    """R59: the folder of an edition is handed over as it is, so nothing internal may be in it."""
    with pytest.raises(Refused, match="内部材料"):
        publishing.publish(office, at=moment("2026-12-10T09:00:00"), out=office.root / folder, reviewer="审查人")
    site = office.root / "公示" / "网站"
    publishing.publish(office, at=moment("2026-12-10T09:00:00"), out=site, reviewer="审查人")
    assert not [one.name for one in site.rglob("*") if "内部" in one.name]
