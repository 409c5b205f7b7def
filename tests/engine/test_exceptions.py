"""Every exception of an inspection, end to end: a T16 workbook and a record workbook through `receive`, one end per target."""

from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from engine import intake, prefilled, results, transfer, waivers
from engine.model import Verdict
from engine.publish import rates
from engine.workflow import collect, conduct, overview, publishing
from engine.workflow.findings import Findings
from schemas import loader
from simulate import clerk, pen
from simulate.inspections import names, visited
from simulate.offices import cover
from simulate.population import population
from tests.engine.registers_2026 import moment, put_accepted, put_register, registers, through, workspace
from tests.engine.test_publish import PLAN

SIGNED = {**cover(population("S", seed=2026, year=2026), "421200", date(2026, 6, 1)), "explanation": "年中变更和结果"}
RECUSED, ILL, GONE, REFUSED, LATE, CORRECTED, STRUCK, WITHDRAWN, KEPT, PROLONGED, SHORT = (
    f"{PLAN}-D1-{n:03d}" for n in range(1, 12)
)
NOVEMBER = {
    "inspected_from": "2026-11-10",
    "inspected_to": "2026-11-11",
    "approved_on": "2026-11-12",
    "entered_on": "2026-11-12",
    "closed_on": "2026-11-12",
}


class Office:
    """One office whose tasks were dispatched; what it sends itself arrives as workbooks."""

    def __init__(self, home):
        self.home, self.ws, self.number = home, workspace(home / "ws"), 0
        self.holders = through(self.ws, PLAN, home / "h")[0]["holders"]
        self.dispatch("2026-05-29T09:00:00")

    def dispatch(self, at):
        return conduct.dispatch(self.ws, PLAN, at=moment(at), out=self.home / "tasks")

    def task(self, name):
        return self.ws.store.document("task", name)

    def receive(self, code, data, at):
        first = found = self._arrives(code, pen.fill(data, cover=SIGNED), at)
        said = [(one["cell"], one["severity"], one["message"]) for one in found["issues"] if one["severity"] != "note"]
        if {severity for _, severity, _ in said} == {"explain"}:
            # What only asks for an explanation is answered in the copy that came back.
            answered = clerk.correct((self.ws.root / found["returned"]).read_bytes(), [], SIGNED)
            found = self._arrives(code, answered, at.replace("T09", "T15"))
        assert found["verdict"] == "accepted", (code, said)
        return first

    def _arrives(self, code, data, at):
        self.number += 1
        path = self.home / f"{code}_{self.number}.xlsx"
        path.write_bytes(data)
        found = collect.receive(self.ws, [path], at=moment(at), workers=0)
        self.told = found["doubts"]
        return found["files"][0]

    def ask(self, kind, task, *, at="2026-06-02T09:00:00", approved=True, **more):
        number = f"421200-2026-Q{self.number + 10:02d}"
        row = {
            "request_id": number,
            "request_type": kind,
            "reference": task,
            "subject_id": self.task(task)["target_id"],
            "explanation": "详见审批表",
            "applicant": "王示例",
            "applied_on": at[:10],
            "opinion": "同意",
            "decided_by": "吴示例",
            "decided_on": at[:10],
            "is_approved": approved,
            **more,
        }
        self.receive("T16", prefilled.form("T16", {"requests": [row]}, self.ws.unit, 2026)[1], at)
        return number

    def replace(self, task, request):
        person = self.task(task)["team"][-1]
        conduct.replace(
            self.ws,
            PLAN,
            at=moment("2026-06-03T09:00:00"),
            target=self.task(task)["target_id"],
            person=person,
            request=request,
            holders=self.holders,
        )
        self.dispatch("2026-06-03T10:00:00")
        assert person not in self.task(task)["team"]

    def record(self, task, *, at="2026-10-20T09:00:00", problem=None, **said):
        """Fill in the record workbook of a task as dispatched, send it back and return what its first arrival met."""
        return self.receive("T10", self.visited(task, problem, **said), at)

    def visited(self, task, problem=None, **said):
        folder = next(one for one in (self.home / "tasks").iterdir() if one.name.startswith(task[-3:]))
        blank = next(one for one in folder.iterdir() if "检查记录" in one.name).read_bytes()
        rows = pen.read(blank)
        season = (date(2026, 6, 4), date(2026, 9, 30))
        head, lines = visited(rows["results"][0], rows["checklist"], seed=3, season=season, may_transfer=False)
        clean = {
            "result": "未发现问题",
            "dispositions": "无需后续处置",
            "severity": None,
            "rectify_by": None,
            "is_closed": True,
        }
        lines = [{**one, "has_problem": False, "problem": None, "legal_basis": None, "handling": None} for one in lines]
        if problem:
            lines[0] |= {
                "has_problem": True,
                "problem": problem,
                "legal_basis": "《公证法》第十四条。",
                "handling": "改正",
            }
        head |= {**clean, "closed_on": head["approved_on"], **said}
        return pen.fill(blank, rows={"results": [head], "checklist": lines})

    def examined(self, task, on, requests=None, **said):
        """Return verdict and words about the season that the record of a visit meets on a day, keeping nothing.

        With `requests` (T16 rows) these count in the place of what was received.
        """
        data = pen.fill(self.visited(task, **said), cover=SIGNED)
        context = collect.context_of(self.ws, 2026, moment(f"{on}T09:00:00"))
        if requests is not None:
            context = replace(context, waivers=waivers.extended(requests))
        found = intake.examine([intake.Incoming(name="记录.xlsx", data=data, sha256="0")], context)[0]
        return found.verdict, [one.message for one in found.issues if one.code == "DR-D012"]

    def ends(self):
        found = Findings(self.ws)
        return results.end_states(list(found.tasks.values()), found.results, found.requests())

    def doubts(self, on=date(2026, 12, 1)):
        return [one.message for one in Findings(self.ws).doubts(on)]

    def state(self, task, on=date(2026, 12, 10)):
        return next((one.state, one.problem) for one in Findings(self.ws).entries(on) if one.task_id == task)

    def publish(self, at="2026-12-01T09:00:00"):
        return publishing.publish(self.ws, at=moment(at), out=self.home / "pub", reviewer="审查人")


@pytest.fixture(scope="module")
def office(tmp_path_factory):
    made = Office(tmp_path_factory.mktemp("exceptions"))
    yield made
    made.ws.close()


def about(office, task, on=date(2026, 12, 1)):
    return [one for one in office.doubts(on) if task in one and "没有结果" not in one]


def test_a_recusal_found_on_site_stops_the_visit_and_the_next_code_names_the_substitute(office):
    """R58, R35, X24: T16 人员回避 with approval, replacement by the protocol, a record of the new team without doubt."""
    before = office.task(RECUSED)["inspectors"]
    request = office.ask("人员回避", RECUSED, recusal_reason="近亲属任职或持有利益")
    office.replace(RECUSED, request)
    assert office.task(RECUSED)["inspectors"] != before
    office.record(RECUSED)
    assert office.ends()[RECUSED] == results.INSPECTED
    assert about(office, RECUSED) == []
    line = conduct.Stage(office.ws, PLAN).log[-1]
    assert line["kind"] == "replacement" and conduct.verify(conduct.Stage(office.ws, PLAN).folder)["ok"]


def test_an_officer_who_fell_ill_is_replaced_by_an_approved_request_only(office):
    """R58, R35: T16 人员不能参加; a stranger in the record without request is a doubt."""
    request = office.ask("人员不能参加", ILL, change_reason="长期病假")
    office.replace(ILL, request)
    office.record(ILL)
    assert office.ends()[ILL] == results.INSPECTED
    assert about(office, ILL) == []


def test_a_deregistered_target_ends_by_its_status_and_does_not_count_as_inspected(office):
    """R35, X25: an S-code ends the task; the visit is not counted."""
    office.record(GONE, result="已注销")
    assert office.ends()[GONE] == results.STATUS
    assert about(office, GONE) == []
    row = next(one for one in Findings(office.ws).results if one["task_id"] == GONE)
    assert not results.is_inspected(row)


def test_a_refusal_is_a_result_that_must_lead_somewhere(office):
    """R15, R35, R38: a body that refuses is reported so; without transfer it is an orphan, with T13 it is not."""
    office.record(
        REFUSED,
        inspected_from="2026-10-15",
        inspected_to="2026-10-15",
        approved_on="2026-10-16",
        entered_on="2026-10-16",
        result="不配合检查情节严重",
        severity="严重",
        dispositions="移送立案查处",
        is_suspected_violation=True,
        is_closed=False,
        closed_on=None,
        is_signed=False,
        target_opinion="拒绝签字，两名检查人员在场记录",
    )
    assert office.ends()[REFUSED] == results.INSPECTED
    assert any("没有移送登记" in one for one in about(office, REFUSED))
    found = conduct.follow_up(office.ws, at=moment("2026-10-21T09:00:00"), out=office.home / "follow")
    path = next(Path(one) for one in found["files"] if "T13" in one)
    rows = [
        {
            **row,
            "violation": "拒不配合检查",
            "evidence_list": "现场检查笔录 1 份",
            "legal_basis": "《公证法》第四十二条。",
            "transferred_on": "2026-10-21",
            "received_on": "2026-10-21",
            "received_by": "李示例",
            "case_filing": "已立案",
            "case_no": "〔2026〕第1号",
            "filed_on": "2026-10-22",
            "is_closed": False,
        }
        for row in pen.read(path.read_bytes())["transfers"]
    ]
    assert [row["task_id"] for row in rows] == [REFUSED]
    office.receive("T13", pen.fill(path.read_bytes(), rows={"transfers": rows}), "2026-10-22T09:00:00")
    assert not any("没有移送登记" in one or "没有整改" in one for one in about(office, REFUSED))


def test_an_inspection_after_the_plan_needs_an_approved_extension(office):
    """R29, R35: T16 检查延期; refused, missing or over before the visit, the late visit is a doubt."""
    met = office.record(LATE, at="2026-11-13T09:00:00", **NOVEMBER)
    assert [one["code"] for one in met["issues"] if one["severity"] == "explain"] == ["DR-D012"]
    assert any("没有批准的延期" in one for one in about(office, LATE))
    office.ask("检查延期", LATE, at="2026-11-14T09:00:00", approved=False, new_value="2026-11-30")
    assert any("没有批准的延期" in one for one in about(office, LATE))
    office.ask("检查延期", LATE, at="2026-11-15T09:00:00", new_value="2026-11-10")
    assert any("没有批准的延期" in one for one in about(office, LATE))
    office.ask("检查延期", LATE, at="2026-11-16T09:00:00", new_value="2026-11-30")
    assert about(office, LATE) == []


def test_a_visit_within_its_approved_extension_is_accepted_at_once_and_names_the_approval(office):
    """R29, R35, X20: who has leave to come later is not asked once more why he came later."""
    request = office.ask("检查延期", PROLONGED, at="2026-10-28T09:00:00", new_value="2026年11月30日")
    met = office.record(PROLONGED, at="2026-11-13T09:00:00", **NOVEMBER)
    assert met["verdict"] == "accepted"
    note = next(one for one in met["issues"] if one["code"] == "DR-D012")
    assert note["severity"] == "note"
    assert f"已批准延期至 2026-11-30：申请 {request}；批准：吴示例，2026-10-28" in note["message"]
    assert about(office, PROLONGED) == []


def leave(office, **changes):
    """Return a good T16 row that prolongs SHORT to the last day of the visit, with `changes`."""
    return {
        "request_id": "421200-2026-Q99",
        "request_type": "检查延期",
        "reference": SHORT,
        "subject_id": office.task(SHORT)["target_id"],
        "new_value": "2026-11-11",
        "decided_by": "吴示例",
        "decided_on": "2026-10-28",
        "is_approved": "是",
        "_unit": "421200",
        **changes,
    }


@pytest.mark.parametrize(
    ("changes", "verdict"),
    [
        ({}, Verdict.ACCEPTED),
        ({"new_value": "延期至2026年12月1日"}, Verdict.ACCEPTED),
        ({"decided_on": "2026-11-20"}, Verdict.ACCEPTED),
        ({"_unit": "420000"}, Verdict.ACCEPTED),
        ({"new_value": "2026-11-10"}, Verdict.RETURNED),
        ({"new_value": None}, Verdict.RETURNED),
        ({"new_value": "另行通知"}, Verdict.RETURNED),
        ({"subject_id": "O-NOT-421200-999"}, Verdict.RETURNED),
        ({"reference": KEPT}, Verdict.RETURNED),
        ({"is_approved": "否"}, Verdict.RETURNED),
        ({"is_approved": None}, Verdict.RETURNED),
        ({"decided_by": None}, Verdict.RETURNED),
        ({"decided_on": "2026-11-21"}, Verdict.RETURNED),
        ({"request_type": "计划调整"}, Verdict.RETURNED),
        ({"_unit": "421221"}, Verdict.RETURNED),
    ],
)
def test_only_an_extension_of_this_visit_spares_the_explanation(office, changes, verdict):
    """R29, X20: every neighbour of a good request leaves the visit to be explained."""
    found, words = office.examined(SHORT, "2026-11-20", [leave(office, **changes)], **NOVEMBER)
    assert found is verdict
    assert words
    assert all(("已批准延期至" in one) is (verdict is Verdict.ACCEPTED) for one in words)


def test_leave_excuses_no_cell_that_cannot_be_read(office):
    """R29: a visit whose last day is not known is not known to lie within the extension."""
    found, words = office.examined(SHORT, "2026-11-20", [leave(office)], **{**NOVEMBER, "inspected_to": "说不清"})
    assert found is Verdict.RETURNED
    assert not any("已批准" in one for one in words)


def test_an_extension_that_is_taken_back_prolongs_nothing_any_more(office):
    """R29: the same number, sent again as not approved, takes the leave back."""
    number = {"request_id": "421200-2026-Q98", "new_value": "2026-11-30"}
    office.ask("检查延期", SHORT, at="2026-10-30T09:00:00", **number)
    assert office.examined(SHORT, "2026-11-20", **NOVEMBER)[0] is Verdict.ACCEPTED
    office.ask("检查延期", SHORT, at="2026-10-31T09:00:00", approved=False, opinion="撤回", **number)
    assert office.examined(SHORT, "2026-11-20", **NOVEMBER)[0] is Verdict.RETURNED


def test_a_struck_target_ends_as_approved_reduction(office):
    """R35, X25: T16 对象核减 is the end of a task that nobody could carry out; a refused request ends nothing."""
    office.ask("对象核减", STRUCK, change_reason="停业", approved=False, at="2026-09-01T09:00:00")
    assert office.ends()[STRUCK] == results.OPEN
    office.ask("对象核减", STRUCK, change_reason="停业", at="2026-09-02T09:00:00")
    assert office.ends()[STRUCK] == results.REDUCED


def test_a_published_result_changes_only_by_an_approved_correction(office):
    """R37, R35: the correction is published as such; without T16 the old wording stands and is named."""
    office.record(CORRECTED)
    office.publish()
    assert office.state(CORRECTED) == ("已公示", "")
    office.record(
        CORRECTED,
        at="2026-12-02T09:00:00",
        problem="登记簿漏登 2 件",
        result="发现问题已责令改正",
        dispositions="当场改正",
        severity="轻微",
    )
    state, blocked = office.state(CORRECTED)
    assert state == "已公示" and "没有批准的结果更正" in blocked
    office.ask(
        "结果更正", CORRECTED, at="2026-12-03T09:00:00", changed_field="检查结果", new_value="发现问题已责令改正"
    )
    assert office.state(CORRECTED) == ("已更正", "")
    office.publish("2026-12-04T09:00:00")
    page = (office.home / "pub" / "results.html").read_text(encoding="utf-8")
    assert "更正" in page and "发现问题已责令改正" in page


def test_a_withdrawn_result_disappears_from_the_next_edition(office):
    """R37: withdrawal by T16 公示撤回; the body is no longer in the public table."""
    office.record(WITHDRAWN)
    office.publish("2026-12-05T09:00:00")
    name = office.task(WITHDRAWN)["target_name"]
    assert name in (office.home / "pub" / "data" / "results.csv").read_text(encoding="utf-8-sig")
    office.ask("公示撤回", WITHDRAWN, at="2026-12-06T09:00:00")
    assert office.state(WITHDRAWN)[0] == "已撤回"
    # 行政处罚法 48: three working days after Sunday 6 December, the day itself not counted; `report` names it until then
    (waiting,) = overview.report(office.ws, at=moment("2026-12-07T08:00:00"))["to_take_down"]
    assert (waiting["task_id"], waiting["decided_on"], waiting["due_on"]) == (WITHDRAWN, "2026-12-06", "2026-12-09")
    told = office.publish("2026-12-07T09:00:00")
    assert overview.report(office.ws, at=moment("2026-12-07T10:00:00"))["to_take_down"] == []
    assert name not in (office.home / "pub" / "data" / "results.csv").read_text(encoding="utf-8-sig")
    # the rate of the page, of the command and of the ledger are one: what was withdrawn is not published
    assert WITHDRAWN in told["rates"][-1]["missing"]
    rate = f"{told['rates'][-1]['numerator']}/{told['rates'][-1]['denominator']}"
    assert rate in (office.home / "pub" / "index.html").read_text(encoding="utf-8")
    findings = Findings(office.ws)
    again = rates(findings.entries(date(2026, 12, 7)), findings.published())[-1]
    assert f"{again.numerator}/{again.denominator}" == rate
    assert "曾公示的结果经批准撤回" in (office.home / "pub" / "results.html").read_text(encoding="utf-8")


def test_what_the_new_edition_has_no_more_is_taken_from_the_folder(office):
    """An expert list nobody consents to any more must not stay on the site; what somebody else put there stays."""
    office.record(WITHDRAWN)
    put_register(
        office.ws, "T05", "experts", [{**one, "consents_publication": True} for one in registers()["T05"]], version=2
    )
    office.publish("2026-12-05T09:00:00")
    site = office.home / "pub"
    (site / "备注.txt").write_text("人工说明", encoding="utf-8")
    assert (site / "experts.html").is_file()
    put_register(
        office.ws, "T05", "experts", [{**one, "consents_publication": False} for one in registers()["T05"]], version=3
    )
    told = office.publish("2026-12-07T09:00:00")
    assert sorted(one.name for one in site.rglob("experts*")) == []
    assert (site / "备注.txt").is_file()
    assert any("已移除：data/experts.csv" in line for line in told["lines"])


def test_a_lawful_exception_from_publication_needs_reason_basis_and_approver(office):
    """R37, X26: T16 不公示审批 takes a result out of what must be published; before it the result is owed and named."""
    request = f"421200-2026-Q{office.number + 11:02d}"
    office.record(KEPT, is_public=False, nonpublic_reason="正在立案调查", nonpublic_request=request)
    assert "没有理由、依据或批准" in office.state(KEPT)[1]
    owed = office.publish("2026-12-08T09:00:00")
    assert KEPT in owed["rates"][-1]["missing"]
    assert office.ask("不公示审批", KEPT, at="2026-12-09T09:00:00") == request
    done = office.publish("2026-12-10T09:00:00")
    assert KEPT in done["exceptions"]
    assert done["rates"][-1]["denominator"] == owed["rates"][-1]["denominator"] - 1
    said = f"依法经批准不公示，不计入分母：{KEPT}"
    assert any(said in line for line in done["lines"])
    assert not any(said in line for line in owed["lines"])


def test_in_the_end_every_drawn_target_has_exactly_one_end(office):
    """R35, X25: no target vanishes and none ends twice; what is still open is named."""
    ends = office.ends()
    assert len(ends) == len(office.ws.store.documents("task")) == 27
    counts = {state: sum(end == state for end in ends.values()) for state in set(ends.values())}
    assert counts == {results.INSPECTED: 8, results.STATUS: 1, results.REDUCED: 1, results.OPEN: 17}
    still = [one for one in office.doubts() if "没有结果、核减或状态终结" in one]
    assert len(still) == 17
    for name in sorted(name for name, end in ends.items() if end == results.OPEN):
        office.record(name, at="2026-12-11T09:00:00")
    assert set(office.ends().values()) == {results.INSPECTED, results.STATUS, results.REDUCED}
    # nothing is left of the visits; the bodies that are gone still have to leave the register
    assert ["名录里仍是正常执业" in one for one in office.doubts()] == [True, True]
    assert names(office.task(KEPT)["inspectors"])


def test_a_visit_nobody_was_drawn_for_is_told_at_once_and_not_published(office):
    """X14, X24, X26: a team that was not drawn, or a visit before the draw, is no lawful inspection until it is put right."""
    stranger, early = (f"{PLAN}-D1-{number:03d}" for number in (25, 26))
    drawn = set(results.certificates(office.task(stranger)["inspectors"]))
    officers = [row for row in Findings(office.ws).inspectors() if row["certificate_no"] not in drawn][:2]
    team = "；".join(f"{row['name']}（{row['certificate_no']}）" for row in officers)
    office.record(stranger, at="2026-12-14T09:00:00", inspectors=team)
    assert any("不是抽取或按规则递补的人员" in one for one in office.told)
    office.record(early, at="2026-12-15T09:00:00", inspected_from="2026-05-20", inspected_to="2026-05-20")
    assert any("检查日期早于抽取日期" in one for one in office.told)
    found = office.publish("2026-12-20T09:00:00")
    assert {one.split("：")[0] for one in found["blocked"]} >= {stranger, early}
    site = (office.home / "pub" / "data" / "results.csv").read_text(encoding="utf-8-sig")
    assert not [name for name in (stranger, early) if office.task(name)["target_name"] in site]


def test_a_reduction_of_one_draw_leaves_the_task_of_another_open():
    """X25: a target that is drawn twice ends twice."""
    shared = {"target_id": "O-1", "unit": "421200"}
    tasks = [
        {**shared, "task_id": "P01-D1-001", "draw_id": "P01-D1"},
        {**shared, "task_id": "P02-D1-001", "draw_id": "P02-D1"},
    ]

    def ends(reference):
        request = {"request_type": "对象核减", "is_approved": True, "subject_id": "O-1", "reference": reference}
        return list(results.end_states(tasks, [], [request]).values())

    assert ends("P01-D1") == ends("P01-D1-001") == ["已核减", "未完成"]
    assert ends("") == ["已核减", "已核减"]


@pytest.mark.parametrize(
    ("result", "is_fault"),
    [("未发现问题", False), ("通过登记的执业场所无法联系", False), ("未发现开展本次抽查涉及的执业活动", False),
     ("发现问题已责令改正", True), ("不配合检查情节严重", True), ("已注销", False)],
)  # fmt: skip
def test_only_a_fault_asks_for_rectification_or_transfer(result, is_fault):
    """R15, C14: nobody can put right that an institution could not be reached, or did nothing of the kind."""
    assert results.has_problem({"result": result}) is is_fault
    assert transfer.orphans([{"task_id": "T", "result": result}], [], []) == (["T"] if is_fault else [])


def test_closed_with_a_problem_still_open_and_a_method_nobody_planned_are_told(office):
    name = f"{PLAN}-D1-027"
    other = next(
        one.label for one in loader.code_lists()["C03"].entries if one.label not in office.task(name)["methods"]
    )
    office.record(name, problem="未公示收费", severity="一般", result="发现问题已责令改正", dispositions="责令限期改正",
                  at="2026-12-16T09:00:00", rectify_by="2026-11-30", methods=other, is_closed=True)  # fmt: skip
    told = office.doubts()
    assert any(f"任务 {name} 填了已完结，还有 1 个问题没有复查销号" in one for one in told)
    assert any(f"任务 {name} 的检查方式 {other} 不在计划和事项清单之内" in one for one in told)


def test_what_an_office_below_filed_is_no_doubt_of_the_one_above(office):
    """X29, X30: the province asks a city about its own rows and not itself."""
    filed = {
        "problem_id": "421300-2026-P01-D1-001-HB-NOT-01-1",
        "task_id": "421300-2026-P01-D1-001",
        "is_closed": False,
    }
    case = {
        "transfer_id": "421300-2026-Y01",
        "task_id": "421300-2026-P01-D1-001",
        "from_unit": "421300",
        "to_unit": "420000",
    }
    before = office.doubts()
    put_accepted(office.ws, "T12", {"rectifications": [filed]}, unit="421300")
    put_accepted(office.ws, "T13", {"transfers": [case]}, unit="421300")
    assert office.doubts() == before
    put_accepted(office.ws, "T12", {"rectifications": [filed]}, unit="421200")
    assert any("没有对应的检查问题" in one for one in office.doubts())


def test_a_body_that_is_gone_is_named_until_the_register_says_so(office):
    """X25, R45: struck because it was deregistered, it still counts among what must be covered until the register is changed."""
    target = office.task(STRUCK)["target_id"]
    office.ask("对象核减", STRUCK, at="2026-06-20T09:00:00", change_reason="注销", subject_id=target)

    def told():
        found = Findings(office.ws).doubts(date(2026, 6, 25))
        return [one.message for one in found if one.subject == target]

    assert ["名录里仍是正常执业" in one for one in told()] == [True]
    office.ask(
        "名录变更", STRUCK, at="2026-06-21T09:00:00", reference=None, register="对象机构", subject_id=target, changed_field="执业状态", old_value="正常执业",
        new_value="注销", effective_on="2026-06-20", change_reason="注销",
    )  # fmt: skip
    assert told() == []


def test_a_county_answers_for_no_inspection_of_the_city(office):
    """X07, X24: 谁检查、谁录入 - a record of the city's task under the cover of a county is returned, whatever it says inside."""
    row = pen.read(office.visited(KEPT))
    for inside, verdict in (({}, "returned"), ({"inspecting_unit": "421221", "entry_unit": "421221"}, "accepted")):
        head = [{**row["results"][0], **inside, "task_id": "421221-2026-R01", "task_kind": "日常检查", "draw_id": None}]
        lines = [{**one, "task_id": "421221-2026-R01"} for one in row["checklist"]]
        sheets = {"results": head, "checklist": lines}
        data = prefilled.form("T10", sheets, loader.units()["421221"], 2026)[1]
        signed = {**cover(population("S", seed=2026, year=2026), "421221", date(2026, 6, 1)), "explanation": "日常检查"}
        found = office._arrives("T10", pen.fill(data, cover=signed), "2026-10-20T09:00:00")
        assert found["verdict"] == verdict, found["issues"]
        assert any(one["code"] == "DR-U005" for one in found["issues"]) is (verdict == "returned")


def test_t17_of_an_office_that_does_not_supervise_a_body_changes_no_weight(office):
    """X07, R33: another county may not make a body of its neighbour less likely to be drawn."""
    good = {"penalties_3y": 0, "complaints_last_year": 0, "satisfaction": "96", "welfare": "积极参与"}
    body = {
        "target_id": "O-NOT-421221-001",
        "target_name": "嘉鱼县公证处",
        "year": 2026,
        **good,
        "reviewed_by": "吴示例",
    }
    for unit, value in (("421222", "正常"), ("421221", "减少")):
        put_accepted(office.ws, "T17", {"institutions": [body]}, unit=unit)
        assert Findings(office.ws).judgements()["O-NOT-421221-001"].value == value


def test_a_transfer_by_another_office_neither_ends_nor_counts(office):
    """X29, R38: the case of the city stays open although a county files it as closed under its own name."""
    task_ = f"{PLAN}-D1-021"
    office.record(
        task_, at="2026-12-16T09:00:00", problem="涉嫌违规出证", result="发现问题待后续处理", dispositions="移送立案查处", severity="较重",
        is_suspected_violation=True, is_closed=False, closed_on=None,
    )  # fmt: skip

    def mine():
        return [one for one in Findings(office.ws).own_transfers(date(2026, 12, 20)) if one["task_id"] == task_]

    (due,) = mine()
    done = {
        "transferred_on": "2026-10-21", "received_on": "2026-10-22", "case_filing": "不予立案", "is_closed": True, "feedback_on": "2026-10-23",
    }  # fmt: skip
    put_accepted(office.ws, "T13", {"transfers": [{**due, **done, "from_unit": "421221"}]}, unit="421221")
    assert not [row for row in Findings(office.ws).transfers if row["task_id"] == task_]
    assert [one["transfer_id"] for one in mine()] == [due["transfer_id"]]
    assert any("的移送单位 421221 没有检查任务" in one for one in office.doubts(date(2026, 12, 20)))
    assert any(f"任务 {task_} 涉嫌违法，没有移送登记" in one for one in office.doubts(date(2026, 12, 20)))
    put_accepted(office.ws, "T13", {"transfers": [{**due, **done}]})
    assert [row["from_unit"] for row in Findings(office.ws).transfers if row["task_id"] == task_] == ["421200"]
    assert not any(f"任务 {task_} 涉嫌违法，没有移送登记" in one for one in office.doubts(date(2026, 12, 20)))
