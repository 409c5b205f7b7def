"""A new year begins with what the old one leaves; the old one is not touched, and nothing carried is counted twice."""

import hashlib
import json
from pathlib import Path

import pytest
from sqlalchemy import update

from engine import audit, differentiate, rectify, rollover, trace
from engine.model import NotFound, Refused
from engine.tables import documents, editions
from engine.workflow import collect, conclude, conduct, overview, publishing
from engine.workflow.findings import Findings
from engine.workflow.registers import Registers
from engine.workspace import Workspace
from simulate import pen
from tests.engine.registers_2026 import moment, put_accepted, put_register, registers, through, workspace
from tests.engine.test_publish import PLAN, inspect

UNIT, YEAR = "421200", 2027
NEW_YEAR = moment("2027-01-05T09:00:00")
UNDONE = f"{PLAN}-D1-005"
CONTACTS = {"421202": {"name": "赵示例", "phone": "13900000001"}}
LEAVE = {
    "request_id": "421200-2026-Q31", "request_type": "规则豁免", "reference": "421202-T06", "subject_id": "421202",
    "changed_field": "DR-V001", "explanation": "新换证，号码未下发", "applicant": "甲示例", "applied_on": "2026-05-10",
    "decided_by": "吴示例", "decided_on": "2026-05-11", "is_approved": "是", "_unit": UNIT,
}  # fmt: skip
PROLONGED = {
    **LEAVE, "request_id": "421200-2026-Q32", "request_type": "检查延期", "reference": UNDONE, "changed_field": None,
}  # fmt: skip


def digests(folder):
    return {
        path.relative_to(folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(Path(folder).rglob("*"))
        if path.is_file()
    }


@pytest.fixture(scope="module")
def old(tmp_path_factory):
    """A closed year of 咸宁 with one task left undone, and what stood in its files when it was closed."""
    home = tmp_path_factory.mktemp("old")
    with workspace(home / "2026") as ws:
        ws.store.put_identifiers("T04", {"42120200001": "I-421202-001"}, moment("2026-05-24T09:00:00"))
        ws.store.put_document("contacts", "current", CONTACTS, moment("2026-05-01T09:00:00"))
        through(ws, PLAN, home / "h")
        conduct.dispatch(ws, PLAN, at=moment("2026-05-29T09:00:00"), out=home / "tasks")
        inspect(ws, keep=lambda task: task["task_id"] != UNDONE)
        put_accepted(ws, "T16", {"requests": [LEAVE, PROLONGED]})
        conclude.ledger(ws, at=moment("2026-12-31T09:00:00"), out=home)
        problems = Findings(ws).problems(moment("2026-12-31T09:00:00").date())
    return {"root": home / "2026", "problems": problems, "files": digests(home / "2026")}


@pytest.fixture
def new(old, tmp_path):
    told = collect.init(tmp_path / "2027", UNIT, YEAR, at=NEW_YEAR, carry_from=old["root"])["carried"]
    with Workspace(tmp_path / "2027") as ws:
        ws.told = told
        yield ws


def test_the_old_workspace_keeps_every_byte(old, new):
    assert digests(old["root"]) == old["files"]


def test_registers_stand_with_the_digest_they_had(old, new):
    assert new.told["registers"] == {
        "T02/targets": 27,
        "T03/practitioners": 84,
        "T04/inspectors": 12,
        "T05/experts": 26,
    }
    with Workspace(old["root"]) as before:
        for name, kept in rollover.carried(new.store).source["registers"].items():
            code, sheet = name.split("/")
            rows = rollover.bodies(before.store, code, sheet, kept["version"])
            assert kept["carried"] == kept["digest"] == rollover.digest_of(code, sheet, rows), name
            assert new.store.edition(code, sheet)["digest"] == kept["digest"]


def test_identifiers_and_contacts_go_on(new):
    assert new.store.identifiers("T04") == {"42120200001": "I-421202-001"}
    assert new.store.document("contacts", "current") == CONTACTS


def test_the_journal_names_the_old_year_and_its_ledger(old, new):
    (line,) = [json.loads(one.body) for one in new.store.lines() if one.event == "carried"]
    with Workspace(old["root"]) as before:
        assert line["journal"] == before.store.lines()[-1].hash
        assert new.told["ledger"] in before.store.documents("ledger")
    assert (line["unit"], line["year"]) == (UNIT, 2026)


def test_an_open_year_is_refused_unless_somebody_says_why(tmp_path):
    with workspace(tmp_path / "2026"):
        pass
    with pytest.raises(Refused, match="还没有年度台账"):
        collect.init(tmp_path / "2027", UNIT, YEAR, at=NEW_YEAR, carry_from=tmp_path / "2026")
    assert not (tmp_path / "2027").exists()
    found = collect.init(
        tmp_path / "2027", UNIT, YEAR, at=NEW_YEAR, carry_from=tmp_path / "2026", open_year="台账待省厅核定"
    )
    assert found["carried"]["open_year"] == "台账待省厅核定"
    with Workspace(tmp_path / "2027") as ws:
        assert rollover.carried(ws.store).source["open_year"] == "台账待省厅核定"


def test_only_the_same_office_and_the_year_before_are_carried(old, tmp_path):
    for unit, year in (("421100", YEAR), (UNIT, 2025)):
        with pytest.raises(Refused, match="不能结转"):
            collect.init(tmp_path / "x", unit, year, at=NEW_YEAR, carry_from=old["root"])
    with pytest.raises(NotFound):
        collect.init(tmp_path / "x", UNIT, YEAR, at=NEW_YEAR, carry_from=tmp_path)


def test_what_was_left_unpublished_is_named_until_it_is_published_in_the_old_folder(tmp_path):
    """R14, R65: a finished result of the old year is published in the folder of its year; the new one reminds until it is."""
    with workspace(tmp_path / "2026") as ws:
        through(ws, PLAN, tmp_path / "h")
        conduct.dispatch(ws, PLAN, at=moment("2026-05-29T09:00:00"), out=tmp_path / "tasks")
        inspect(ws)
        conclude.ledger(ws, at=moment("2026-12-31T09:00:00"), out=tmp_path)
        made = {row["task_id"] for row in ws.store.accepted_rows("T10", "results")}

    def carry(at):
        return collect.init(tmp_path / "2027", UNIT, YEAR, at=moment(at), carry_from=tmp_path / "2026")["carried"]

    def shown(at):
        with Workspace(tmp_path / "2027") as ws:
            followed = conduct.follow_up(ws, at=moment(at), out=tmp_path / "next")
            reported = overview.report(ws, at=moment(at))
            ledger = conclude.ledger(ws, at=moment(at), out=tmp_path / "ledger")
            figure = next(one for one in ledger["figures"] if (one["id"], one["unit"]) == ("J04", UNIT))
            left = {row["id"] for row in reported["left"] if row["kind"] == "结果公示"}
            return set(followed["carried"]["publications"]), left, (figure["numerator"], figure["denominator"]), ledger

    told = carry("2027-01-05T09:00:00")
    assert set(told["unpublished"]) == made
    assert (
        f"  上年结果尚未公示 {len(made)} 项，请在上年的工作文件夹 publish，公示后再用 init --from 读一次："
        in told["lines"]
    )
    followed, left, figure, ledger = shown("2027-02-01T09:00:00")
    assert (followed, left, figure) == (made, made, (0, len(made)))
    name = min(made)
    assert any(f"上年的检查结果 {name}（" in one and "还没有公示" in one for one in ledger["differences"])

    with Workspace(tmp_path / "2026") as ws:
        publishing.publish(ws, at=moment("2027-02-10T09:00:00"), out=tmp_path / "pub", reviewer="审查人")
        conclude.ledger(ws, at=moment("2027-02-10T10:00:00"), out=tmp_path)
    told = carry("2027-02-11T09:00:00")
    assert (set(told["published"]), told["unpublished"]) == (made, [])
    followed, left, figure, ledger = shown("2027-02-12T09:00:00")
    assert (followed, left, figure) == (set(), set(), (len(made), len(made)))
    assert not any("还没有公示" in one for one in ledger["differences"])
    with Workspace(tmp_path / "2027") as ws:
        (check,) = [one for one in audit.audit(ws) if one.name == "结转"]
    assert check.faults == []

    # Anything else that went on in the old year is not slipped in by the same call.
    with Workspace(tmp_path / "2026") as ws:
        put_accepted(ws, "T16", {"requests": [{**LEAVE, "request_id": "421200-2026-Q77", "new_value": "2027-12-31"}]})
        problem = Findings(ws).problems(moment("2026-12-31T09:00:00").date())[0]
        closed = {key: value for key, value in problem.items() if not key.startswith("_")} | {
            "recheckers": "甲示例；乙示例", "rechecked_on": "2026-12-10", "recheck_result": "整改到位", "is_closed": True,
        }  # fmt: skip
        put_accepted(ws, "T12", {"rectifications": [closed]})
        conclude.ledger(ws, at=moment("2027-03-01T10:00:00"), out=tmp_path)
    with pytest.raises(Refused, match="已经结转过"):
        carry("2027-03-02T09:00:00")


def test_the_same_call_again_changes_nothing(old, new):
    lines = len(new.store.lines())
    again = collect.init(new.root, UNIT, YEAR, at=NEW_YEAR, carry_from=old["root"])["carried"]
    assert (again["is_new"], len(new.store.lines())) == (False, lines)


def test_a_year_that_has_begun_or_was_carried_from_elsewhere_is_refused(old, new, tmp_path):
    with workspace(tmp_path / "other") as other:
        conclude.ledger(other, at=moment("2026-12-31T09:00:00"), out=tmp_path)
    with pytest.raises(Refused, match="已经结转过"):
        collect.init(new.root, UNIT, YEAR, at=NEW_YEAR, carry_from=tmp_path / "other")
    collect.init(tmp_path / "begun", UNIT, YEAR, at=NEW_YEAR)
    with Workspace(tmp_path / "begun") as begun:
        put_accepted(begun, "T02", {"targets": registers()["T02"]})
    with pytest.raises(Refused, match="已经收到名录"):
        collect.init(tmp_path / "begun", UNIT, YEAR, at=NEW_YEAR, carry_from=old["root"])


# ---- visits, gaps, coverage ------------------------------------------------------------------------------------------


def test_each_target_knows_its_last_visit_and_the_undone_one_has_none(new):
    found = rollover.carried(new.store)
    with_none = [name for name, one in found.visits.items() if not one["last_inspected_on"]]
    bodies = {row["target_id"] for row in registers()["T02"]}
    (missed,) = set(with_none) & bodies
    assert found.open("tasks")[UNDONE]["target_id"] == missed
    assert len(found.visits) == 27 + 84
    assert new.told["never_inspected"] == 1 + 84


def test_a_longer_gap_weighs_more_in_the_draw(new):
    missed = rollover.carried(new.store).open("tasks")[UNDONE]["target_id"]
    weights = {row["target_id"]: row for row in Findings(new)._judged()}
    table = new.policy.value("weights", UNIT)["years_since_inspection"]
    longest = table[max(table, key=int)]
    assert longest > table["1"]
    grade = {row["target_id"]: row["credit_grade"] for row in registers()["T02"]}
    alike = [
        one["weight"]
        for name, one in weights.items()
        if name != missed and grade[name] == grade[missed] and one["judgement"] == weights[missed]["judgement"]
    ]
    assert {weights[missed]["weight"] * table["1"]} == {one * longest for one in alike}


def test_t17_of_the_new_year_names_the_bodies_and_none_of_last_year_s_facts(new, tmp_path):
    """R33: complaints and penalties are of one year; until this year's T02 is in, the pre-filled form leaves them open."""
    (path,) = collect.templates(["T17"], tmp_path / "out", year=YEAR, workspace=new)["written"]
    given = pen.read(Path(path).read_bytes())["institutions"]
    assert len(given) == 27
    assert {key for row in given for key, value in row.items() if value} >= {"target_id", "target_name", "year"}
    assert not [row for row in given for key in differentiate.FACTS if row.get(key)]


def test_targets_nobody_visited_in_k_years_are_named(new):
    findings = Findings(new)
    missed = findings.carried.open("tasks")[UNDONE]["target_id"]
    bodies = [row["target_id"] for row in findings.uncovered(2) if row["target_id"].startswith("O-")]
    assert bodies == [missed]
    assert len(findings.uncovered(1)) == 27 + 84
    assert findings.uncovered(3) == []  # nobody has been in the register that long
    visit = {"task_kind": "双随机", "target_id": missed, "inspected_to": "2027-06-10", "result": "未发现问题"}
    put_accepted(new, "T10", {"results": [visit]})
    assert missed not in [row["target_id"] for row in Findings(new).uncovered(1)]


def test_a_daily_visit_does_not_count_as_a_drawn_one():
    daily = {"task_kind": "日常检查", "target_id": "O-1", "inspected_to": "2026-05-05", "result": "未发现问题"}
    drawn = {**daily, "task_kind": "双随机", "inspected_to": "2026-03-05", "task_id": "T-1", "inspecting_unit": UNIT}
    targets = [{"target_id": "O-1"}, {"target_id": "O-2", "last_inspected_on": "2024-06-01"}]
    found = rollover.visits({}, targets, [daily, drawn], 2026)
    assert {name: one["last_inspected_on"] for name, one in found.items()} == {"O-1": "2026-03-05", "O-2": "2024-06-01"}


def test_the_year_a_target_was_first_known_stays_over_the_years():
    first = rollover.visits({}, [{"target_id": "O-1"}], [], 2024)
    later = rollover.visits(first, [{"target_id": "O-1"}, {"target_id": "O-2"}], [], 2025)
    assert {name: one["known_since"] for name, one in later.items()} == {"O-1": 2024, "O-2": 2025}


# ---- what was unfinished ---------------------------------------------------------------------------------------------


def test_everything_open_is_carried_and_nothing_else(old, new):
    found = rollover.carried(new.store)
    still_open = {row["problem_id"] for row in old["problems"] if not row["is_closed"]}
    assert set(found.open("problems")) == still_open != set()
    assert set(found.open("tasks")) == {UNDONE}
    assert [row["request_id"] for row in found.unfinished["requests"]] == ["421200-2026-Q32"]
    assert len(found.problems) == len(old["problems"])


def test_an_old_problem_ends_by_its_own_number(new):
    on = moment("2027-03-20T09:00:00").date()
    problem = next(iter(rollover.carried(new.store).open("problems").values()))
    filed = {
        **{key: value for key, value in problem.items() if not key.startswith("_")},
        "measures": "已改正", "recheckers": "甲示例；乙示例", "rechecked_on": "2027-03-10", "recheck_result": "整改到位",
        "is_closed": True,
    }  # fmt: skip
    before = [one.message for one in Findings(new).doubts(on)]
    put_accepted(new, "T12", {"rectifications": [filed]})
    after = [one.message for one in Findings(new).doubts(on)]
    assert [one for one in before if one not in after] == [f"上年结转的整改问题 {problem['problem_id']} 还没有了结。"]
    assert [one for one in after if one not in before] == []
    assert Findings(new).problems(on) == []  # and is no problem of this year


def test_an_undone_task_is_carried_out_and_counted_once(new, tmp_path):
    found = conduct.follow_up(new, at=moment("2027-02-01T09:00:00"), out=tmp_path)
    assert found["carried"]["tasks"] == [UNDONE]
    (record,) = [Path(one) for one in found["packets"] if one.endswith("检查记录.xlsx")]
    (row,) = pen.read(record.read_bytes())["results"]
    assert row["task_id"] == UNDONE
    done = {
        **row, "inspected_from": "2027-02-10", "inspected_to": "2027-02-10", "result": "未发现问题",
        "dispositions": "无需后续处置", "approved_on": "2027-02-12", "is_public": True, "is_closed": True,
    }  # fmt: skip
    put_accepted(new, "T10", {"results": [done]})
    findings = Findings(new)
    matters = findings.matters(moment("2027-03-01T09:00:00").date())
    assert [one["is_closed"] for one in matters["tasks"]] == [True]
    messages = [one.message for one in findings.doubts(moment("2027-03-01T09:00:00").date())]
    assert not any("不在派发清单" in one or "不在计划期内" in one for one in messages)
    assert findings.tasks == {}


def test_the_next_step_is_pre_filled_with_what_is_left(new, tmp_path):
    found = conduct.follow_up(new, at=moment("2027-02-01T09:00:00"), out=tmp_path)
    carried = rollover.carried(new.store)
    by_template = {Path(one).name.split("_")[3]: pen.read(Path(one).read_bytes()) for one in found["files"]}
    assert {row["problem_id"] for row in by_template["T12"]["rectifications"]} == set(carried.open("problems"))
    assert {row["transfer_id"] for row in by_template.get("T13", {}).get("transfers", ())} == set(
        carried.open("transfers")
    )


def test_a_transfer_ends_with_the_feedback_of_the_authority():
    carried = rollover.Carried(year=2026, unfinished={"transfers": [{"transfer_id": "Y01", "from_unit": UNIT}]})
    on = moment("2027-03-01T09:00:00").date()

    def ended(*filed):
        left = rollover.matters(carried, rectifications=[], transfers=filed, results=[], requests=[], on=on)
        return [one["is_closed"] for one in left["transfers"]]

    assert ended() == [False]
    closed = {"transfer_id": "Y01", "from_unit": UNIT, "is_closed": True}
    assert ended(closed) == [False]
    assert ended({**closed, "feedback_on": "2027-02-10"}) == [True]
    assert ended({**closed, "feedback_on": "2027-02-10", "from_unit": "421221"}) == [False]  # not theirs to end
    # What the year would not carry on once more is over in it: nothing vanishes between two ledgers.
    refused = {**closed, "is_closed": False, "case_filing": "不予立案", "no_case_reason": "情节轻微"}
    assert ended(refused) == [True]
    assert ended({**refused, "case_filing": "已立案"}) == [False]


def test_leave_from_a_rule_goes_on(new):
    context = collect.context_of(new, YEAR, moment("2027-05-10T09:00:00"))
    assert [(one.code, one.unit, one.by) for one in context.waivers] == [("DR-V001", "421202", "吴示例")]


def test_the_same_fault_again_is_a_repeat(old, new):
    earlier = rollover.carried(new.store).problems
    one = earlier[0]
    now = [{"problem_id": "N-1", "target_id": one["target_id"], "item_code": one["item_code"]},
           {"problem_id": "N-2", "target_id": "O-ELSE", "item_code": one["item_code"]}]  # fmt: skip
    assert [row["problem_id"] for row in rectify.repeats(now, earlier)] == ["N-1"]


# ---- the new year goes on with it -----------------------------------------------------------------------------------


def test_a_template_comes_with_last_years_rows_and_without_last_years_answers(new, tmp_path):
    found = collect.templates(["T02"], tmp_path, year=YEAR, workspace=new, units=[UNIT])
    rows = pen.read(Path(found["written"][0]).read_bytes())["targets"]
    before = {row["target_id"]: row for row in registers()["T02"]}
    assert [row["name"] for row in rows] == [before[row["target_id"]]["name"] for row in rows]
    assert len(rows) == 27
    assert not any(row.get("complaints_last_year") or row.get("roster_year") for row in rows)
    assert sum(bool(row.get("last_inspected_on")) for row in rows) == 26


def test_who_has_not_reported_stands_and_who_has_is_replaced(new):
    everybody = [(one["unit"], one["values"]["name"]) for one in new.store.edition("T04", "inspectors")["rows"]]
    nominee = {
        "name": "卓示例", "post": "股长", "inspector_class": "行政执法类公务员", "qualification": "持有行政执法证",
        "certificate_no": "42120200077", "certificate_valid_to": "2029-12-31", "specialities": "公证管理", "fields": "公证",
    }  # fmt: skip
    sender = everybody[0][0]
    put_accepted(new, "T04", {"inspectors": [{**nominee, "unit_code": sender, "unit_name": "某局"}]}, unit=sender)
    assert collect.status(new, at=NEW_YEAR)["stale"] == [sender]
    collect.consolidate(new, at=NEW_YEAR)
    now = [(one["unit"], one["values"]["name"]) for one in new.store.edition("T04", "inspectors")["rows"]]
    kept = [one for one in everybody if one[0] != sender]
    assert sorted(now) == sorted([*kept, (sender, "卓示例")])


def test_the_change_filing_compares_with_what_was_carried(new, tmp_path):
    targets = registers()["T02"]
    renamed, gone = targets[0], targets.pop(5)
    renamed["name"] = "咸宁市新名称公证处"
    fresh = {**targets[1], "target_id": "O-NOT-421200-077", "name": "咸宁市第二公证处"}
    put_accepted(new, "T02", {"targets": [*targets, fresh]})
    collect.consolidate(new, at=moment("2027-03-10T09:00:00"))
    found = conclude.changes(new, at=moment("2027-12-10T09:00:00"), out=tmp_path)
    shown = {(row["subject_id"], row["change_type"]) for row in found["rows"] if row["register"] == "对象机构"}
    assert shown == {(renamed["target_id"], "修改"), (gone["target_id"], "停用或移出"), (fresh["target_id"], "新增")}


def test_what_changed_after_the_last_filing_is_still_to_be_filed(tmp_path):
    with workspace(tmp_path / "2026") as ws:
        conclude.changes(ws, at=moment("2026-12-10T09:00:00"), out=tmp_path)
        put_accepted(ws, "T14", {"changes": []}, at="2026-12-11T09:00:00+08:00")
        rows = registers()["T02"]
        rows[0]["head_name"] = "岳示例"
        put_register(ws, "T02", "targets", rows, version=2)
        # whoever computes once more, only to look, has filed nothing - also before the filing itself comes in
        conclude.changes(ws, at=moment("2026-12-11T08:00:00"), out=tmp_path)
        conclude.changes(ws, at=moment("2026-12-30T09:00:00"), out=tmp_path)
        conclude.ledger(ws, at=moment("2026-12-31T09:00:00"), out=tmp_path)
    collect.init(tmp_path / "2027", UNIT, YEAR, at=NEW_YEAR, carry_from=tmp_path / "2026")
    with Workspace(tmp_path / "2027") as ws:
        found = conclude.changes(ws, at=moment("2027-12-10T09:00:00"), out=tmp_path)
    assert [(row["subject_id"], row["new_value"]) for row in found["rows"]] == [(rows[0]["target_id"], "岳示例")]


def test_a_renamed_county_is_mapped_and_is_no_change(tmp_path):
    with Workspace.create(tmp_path / "2026", "421000", 2026, at=moment("2026-01-05T09:00:00")) as ws:
        body = {**registers()["T02"][0], "target_id": "O-NOT-421023-001", "division": "421023", "supervisor": "421023"}
        put_register(ws, "T02", "targets", [body], unit="421023")
        conclude.ledger(ws, at=moment("2026-12-31T09:00:00"), out=tmp_path)
    told = collect.init(tmp_path / "2027", "421000", YEAR, at=NEW_YEAR, carry_from=tmp_path / "2026")["carried"]
    assert told["mapped"] == 1
    with Workspace(tmp_path / "2027") as ws:
        (row,) = ws.store.edition("T02", "targets")["rows"]
        assert (row["unit"], row["values"]["division"], row["values"]["supervisor"]) == ("421088", "421088", "421088")
        assert row["values"]["target_id"] == "O-NOT-421023-001"
        assert conclude.changes(ws, at=moment("2027-12-10T09:00:00"), out=tmp_path)["is_zero_report"]
        assert [one for one in audit.audit(ws) if one.faults] == []


def test_a_carried_row_still_leads_to_the_file_it_came_from(new):
    key = new.store.edition("T02", "targets")["rows"][0]["key"]
    (place,) = trace.resolve(new.store, ("T02", "targets", key), "name")
    assert (place["file"], place["sha256"], place["cell"]) == ("T02.xlsx", "0" * 64, "第5行")


# ---- audit -------------------------------------------------------------------------------------------------------------


def faults(ws):
    return [fault for one in audit.audit(ws) if one.name == "结转" for fault in one.faults]


def test_audit_looks_at_everything_carried_and_finds_it_whole(new):
    (check,) = [one for one in audit.audit(new) if one.name == "结转"]
    assert (check.looked_at, check.faults) == (4 + 5, [])


@pytest.mark.parametrize("name", ["visits", "problems", "publications", "unfinished", "waivers", "source"])
def test_audit_finds_a_changed_document(new, name):
    body = new.store.document("carried", name)
    changed = {**body, "O-X": 1} if isinstance(body, dict) else [*body, {}]
    with new.store.transaction() as connection:
        connection.execute(
            update(documents)
            .where(documents.c.kind == "carried", documents.c.name == name)
            .values(body=json.dumps(changed, ensure_ascii=False))
        )
    assert faults(new) == ["结转来源与日志不符" if name == "source" else f"结转的文书 {name} 与结转时不符"]


def test_audit_finds_a_changed_register_row(new):
    rows = new.store.edition("T02", "targets")["rows"]
    rows[0]["values"]["name"] = "别的公证处"
    with new.store.transaction() as connection:
        connection.execute(
            update(editions).where(editions.c.template == "T02").values(body=json.dumps(rows, ensure_ascii=False))
        )
    assert faults(new) == ["结转的名录 T02/targets 与结转时不符"]


def test_an_approved_change_is_filed_once_though_its_roster_comes_only_next_year(tmp_path):
    """R24, R54, R65: T14 names it in the year it was decided; it goes on to count, and next year's T14 does not repeat it."""
    with workspace(tmp_path / "2026") as ws:
        officer = Findings(ws).inspectors()[0]
        change = {
            "request_id": "421200-2026-Q41", "request_type": "名录变更", "register": "执法检查人员", "subject_id": officer["certificate_no"],
            "changed_field": "职务", "new_value": "副处长", "effective_on": "2026-11-01", "explanation": "任免", "applicant": "甲示例",
            "decided_by": "吴示例", "decided_on": "2026-10-28", "is_approved": "是", "_unit": UNIT,
        }  # fmt: skip
        put_accepted(ws, "T16", {"requests": [change]}, at="2026-11-01T09:00:00+08:00")
        filed = conclude.changes(ws, at=moment("2026-12-30T09:00:00"), out=tmp_path)
        assert [(row["subject_id"], row["changed_field"], row["new_value"]) for row in filed["rows"]] == [
            (officer["certificate_no"], "职务", "副处长")
        ]
        assert not filed["is_zero_report"]
        assert any("421200-2026-Q41" in line for line in filed["lines"])
        assert any("收下的这一份才算已备案" in line for line in filed["lines"])
        put_accepted(ws, "T14", {"changes": filed["rows"]}, at="2026-12-30T10:00:00+08:00")
        conclude.ledger(ws, at=moment("2026-12-31T09:00:00"), out=tmp_path)
    collect.init(tmp_path / "2027", UNIT, YEAR, at=NEW_YEAR, carry_from=tmp_path / "2026")
    with Workspace(tmp_path / "2027") as ws:
        now = Registers(ws, moment("2027-03-01T09:00:00").date()).inspectors()
        assert next(row for row in now if row["certificate_no"] == officer["certificate_no"])["post"] == "副处长"
        again = conclude.changes(ws, at=moment("2027-03-01T09:00:00"), out=tmp_path)
        assert again["rows"] == []


def test_a_filing_that_an_earlier_program_kept_still_counts(tmp_path):
    """Workspaces of before keep one computation and not a list: it neither breaks `changes` nor is it forgotten."""
    with workspace(tmp_path / "2026") as ws:
        with ws.store.transaction():
            old = {"editions": {"T02": 1}, "requests": [], "rows": 0, "sha256": "0" * 64}
            ws.store.put_document("filing", f"{UNIT}-2026", old, moment("2026-12-10T09:00:00"))
        put_accepted(ws, "T14", {"changes": []}, at="2026-12-11T09:00:00+08:00")
        assert Findings(ws).filed()["editions"] == {"T02": 1}
        conclude.changes(ws, at=moment("2026-12-30T09:00:00"), out=tmp_path)
        assert Findings(ws).filed()["editions"] == {"T02": 1}


def test_what_takes_effect_next_year_is_not_of_this_year_whenever_it_is_asked(tmp_path):
    """R54, domain 4.7: `changes` and the ledger of 2026 say the same on 31 December and in January."""
    with workspace(tmp_path / "2026") as ws:
        change = {
            "request_id": "421200-2026-Q42", "request_type": "名录变更", "register": "对象机构", "subject_id": registers()["T02"][0]["target_id"],
            "changed_field": "执业场所地址", "new_value": "新址一号", "effective_on": "2027-01-01", "explanation": "搬迁", "applicant": "甲示例",
            "decided_by": "吴示例", "decided_on": "2026-12-28", "is_approved": "是", "_unit": UNIT,
        }  # fmt: skip
        put_accepted(ws, "T16", {"requests": [change]}, at="2026-12-28T09:00:00+08:00")
        for on in ("2026-12-31", "2027-01-04"):
            assert conclude.changes(ws, at=moment(f"{on}T09:00:00"), out=tmp_path)["rows"] == []
            assert Findings(ws).source(moment(f"{on}T09:00:00")).changes == []


def test_a_suspected_violation_that_nobody_passed_on_is_not_forgotten_with_the_year(tmp_path):
    """R15, R65: the transfer it asks for is carried under its own number and asked for again."""
    with workspace(tmp_path / "2026") as ws:
        through(ws, PLAN, tmp_path / "h")
        conduct.dispatch(ws, PLAN, at=moment("2026-05-29T09:00:00"), out=tmp_path / "tasks")
        inspect(ws)
        head = {
            **{
                key: value
                for key, value in ws.store.accepted_rows("T10", "results")[0].items()
                if not key.startswith("_")
            },
            "is_suspected_violation": "是",
            "dispositions": "移送立案查处",
        }
        put_accepted(ws, "T10", {"results": [head], "checklist": []}, at="2026-11-01T09:00:00+08:00")
        (due,) = Findings(ws).own_transfers(moment("2026-12-31T09:00:00").date())
        conclude.ledger(ws, at=moment("2026-12-31T09:00:00"), out=tmp_path)
    collect.init(tmp_path / "2027", UNIT, YEAR, at=NEW_YEAR, carry_from=tmp_path / "2026")
    with Workspace(tmp_path / "2027") as ws:
        (left,) = rollover.carried(ws.store).unfinished["transfers"]
        assert (left["transfer_id"], left["task_id"]) == (due["transfer_id"], head["task_id"])
        found = conduct.follow_up(ws, at=moment("2027-02-01T09:00:00"), out=tmp_path / "next")
        assert due["transfer_id"] in found["carried"]["transfers"]
        assert any(f"移送 {due['transfer_id']} 还没有了结" in one for one in found["doubts"])
