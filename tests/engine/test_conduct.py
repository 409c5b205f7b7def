"""From the frozen registers to dispatched tasks: what the protocol allows, and everything it refuses."""

import io
import json
import sys
import zipfile
from datetime import timedelta
from pathlib import Path

import docx
import openpyxl
import pytest

import cli
from engine import packets
from engine.model import NotFound, Refused
from engine.values import rows, several, text
from engine.workflow import conduct, consolidating, handing
from engine.workspace import Workspace
from schemas import loader
from tests.engine.registers_2026 import (
    WITNESSES,
    freeze,
    moment,
    numbers,
    put_accepted,
    put_register,
    registers,
    secrets,
    through,
    workspace,
)
from workbooks import container, locate

PLAN = "421200-2026-P01"


@pytest.fixture
def office(tmp_path):
    with workspace(tmp_path / "ws") as ws:
        yield ws


def names_of(frozen):
    return {one["id"] for one in frozen["excluded"]}


def test_the_pre_filled_plan_is_a_template_that_the_intake_understands(office, tmp_path):
    found = conduct.plan(office, at=moment("2026-03-01T09:00:00"), out=tmp_path)
    data = Path(found["written"]).read_bytes()
    filled = locate.locate(container.open_book(data, "T07.xlsx"), loader.templates())
    assert (filled.identity.template, filled.identity.unit) == ("T07", "421200")
    assert [cells.cells["plan_id"].text for cells in filled.tables[0].rows] == ["421200-2026-P01", "421200-2026-P02"]


@pytest.mark.parametrize(
    ("day", "said", "must_act"),
    [
        ("2026-03-01", "年度抽查计划应在 2026-03-31 前制定：还有 30 天。", False),
        ("2026-03-31", "年度抽查计划应在 2026-03-31 前制定：就是今天。", False),
        ("2026-04-01", "  ！年度抽查计划应在 2026-03-31 前制定：已逾期 1 天，请尽快制定、批准并接收。", True),
    ],
)
@pytest.mark.parametrize("unit", ["420000", "421200"])
def test_an_office_without_a_plan_hears_until_when_it_is_due(tmp_path, unit, day, said, must_act):
    """R26, R27: the province's own plan is nobody's to send, so the office itself is reminded."""
    with Workspace.create(tmp_path / "ws", unit, 2026, at=moment("2026-01-05T09:00:00")) as ws:
        found = conduct.plan(ws, at=moment(f"{day}T09:00:00"))
    assert (found["lines"][-1], found["must_act"]) == (said, must_act)


def test_a_county_owes_no_plan(tmp_path):
    with Workspace.create(tmp_path / "ws", "421221", 2026, at=moment("2026-01-05T09:00:00")) as ws:
        found = conduct.plan(ws, at=moment("2026-05-01T09:00:00"))
    assert (found["lines"], found["must_act"]) == (["还没有已接收的年度抽查计划（T07）。"], False)


def test_the_state_of_a_plan_says_how_often_each_officer_would_go(office):
    """R28: visits per officer, by field, before anything is drawn."""
    found = conduct.plan(office, at=moment("2026-03-01T09:00:00"))
    one = found["plans"][0]["capacity"][0]
    each = f"{one['visits'] * 2 / one['people']:.1f}"
    assert one["per_person"] == each
    assert (
        f"  {one['field']}：{one['visits']} 次检查，可派 {one['people']} 人，人均 {each} 次，检查期间 105 个工作日"
        in found["lines"]
    )


def test_a_year_can_be_conducted_and_verified(office, tmp_path):
    frozen, drawn, teams = through(office, PLAN, tmp_path / "holders")
    assert len(drawn["drawn"]) == 27
    assert len(teams["teams"]) == 27
    report = conduct.verify(Path(teams["bundle"]), root=teams["root"])
    assert report["ok"], report["lines"]
    commit = json.loads(Path(frozen["bundle"]).joinpath("commit.json").read_bytes())
    assert {one["type"]: (one["count"], one["n"]) for one in commit["types"]}["11"] == (7, 7)


def test_every_team_has_two_officers_from_elsewhere(office, tmp_path):
    through(office, PLAN, tmp_path / "holders")
    kept = conduct.Stage(office, PLAN)
    people, bodies = kept.frozen["frozen"]["people"], kept.frozen["frozen"]["bodies"]
    for team in kept.state().teams.values():
        assert len(set(team["inspectors"])) == 2
        assert team["lead"] in team["inspectors"]
        assert all(people[one]["kind"] == "inspector" for one in team["inspectors"])
        assert all(people[one]["unit_code"] != bodies[team["target"]]["division"] for one in team["inspectors"])


def test_a_declared_recusal_keeps_the_person_away(tmp_path):
    with workspace(tmp_path / "ws") as ws:
        rows_ = registers()
        body = rows_["T02"][0]
        for one in rows_["T04"][:5]:
            one["recused_targets"] = body["name"]
        put_register(ws, "T04", "inspectors", rows_["T04"], version=2)
        through(ws, PLAN, tmp_path / "holders")
        kept = conduct.Stage(ws, PLAN)
        barred = {one["certificate_no"] for one in rows_["T04"][:5]}
        team = kept.state().teams[body["target_id"]]["inspectors"]
        assert not barred & {kept.frozen["frozen"]["people"][one]["certificate"] for one in team}


def test_a_recused_body_nobody_knows_is_said(tmp_path):
    with workspace(tmp_path / "ws") as ws:
        rows_ = registers()["T04"]
        rows_[0]["recused_targets"] = "某处并不存在的公证处"
        put_register(ws, "T04", "inspectors", rows_, version=2)
        assert "某处并不存在的公证处" in freeze(ws, PLAN, tmp_path / "h")["notes"][0]


def test_an_expert_who_writes_his_own_institution_is_understood(tmp_path):
    """T05: his own institution is barred whether he names it or writes 本单位; nobody has to check that."""
    with workspace(tmp_path / "ws") as ws:
        rows_ = registers()["T05"]
        rows_[0]["recused_targets"] = "本单位；某处并不存在的公证处"
        put_register(ws, "T05", "experts", rows_, version=2)
        notes = freeze(ws, PLAN, tmp_path / "h")["notes"]
        assert [one for one in notes if "需回避" in one] == [
            f"{rows_[0]['name']}需回避的“某处并不存在的公证处”不在机构名录，请核对。"
        ]


def test_who_is_not_drawable_is_listed_with_a_public_reason(tmp_path):
    with workspace(tmp_path / "ws") as ws:
        rows_ = registers()["T02"]
        rows_[0]["practice_state"] = "注销"
        rows_[1]["is_in_roster"] = False
        rows_[2]["licence_valid_to"] = "2026-01-31"
        put_register(ws, "T02", "targets", rows_, version=2)
        found = freeze(ws, PLAN, tmp_path / "h")["excluded"]
        reasons = {one["id"]: one["excluded"] for one in found}
        assert reasons[rows_[0]["target_id"]] == "执业状态：注销"
        assert reasons[rows_[1]["target_id"]] == "不在年度名册"
        assert reasons[rows_[2]["target_id"]] == "许可证已过有效期"


def test_people_without_certificate_are_no_officers(tmp_path):
    with workspace(tmp_path / "ws") as ws:
        rows_ = registers()["T04"]
        rows_[0] |= {"qualification": "未持证", "certificate_no": None}
        put_register(ws, "T04", "inspectors", rows_, version=2)
        freeze(ws, PLAN, tmp_path / "h")
        kept = conduct.Stage(ws, PLAN).registers.inspectors
        assert len(kept) == len(rows_) - 1


def test_codes_stay_outside_the_workspace(office):
    with pytest.raises(Refused, match="保管人文件不能放在工作文件夹里"):
        freeze(office, PLAN, office.root / "抽取")


def test_two_holders_and_four_witnesses_are_needed(office, tmp_path):
    with pytest.raises(Refused, match="见证人"):
        conduct.freeze(
            office,
            PLAN,
            at=moment("2026-05-26T09:00:00"),
            secrets=secrets(),
            holders=tmp_path / "h",
            witnesses=WITNESSES[:2],
        )


def test_no_draw_without_a_freeze(office):
    with pytest.raises(NotFound, match="没有名为"):
        conduct.draw(office, PLAN, at=moment("2026-05-28T09:00:00"), numbers=numbers(), holders=())


def test_numbers_older_than_the_commitment_are_refused(office, tmp_path):
    frozen = freeze(office, PLAN, tmp_path / "h")
    with pytest.raises(Refused, match="早于锁定名单"):
        conduct.draw(office, PLAN, at=moment("2026-05-25T09:00:00"), numbers=numbers(), holders=frozen["holders"])


def test_a_missing_or_foreign_number_is_refused(office, tmp_path):
    files = freeze(office, PLAN, tmp_path / "h")["holders"]
    when = moment("2026-05-28T09:00:00")
    given = numbers()
    given.pop("WITNESS-2")
    with pytest.raises(Refused, match="缺少现场号码 WITNESS-2"):
        conduct.draw(office, PLAN, at=when, numbers=given, holders=files)
    with pytest.raises(Refused, match="没有在锁定名单时公布"):
        conduct.draw(office, PLAN, at=when, numbers={**numbers(), "WITNESS-9": "1"}, holders=files)
    with pytest.raises(Refused, match="不符合公布的位数"):
        conduct.draw(office, PLAN, at=when, numbers={**numbers(), "WITNESS-1": "12345678901"}, holders=files)


def test_one_holder_alone_cannot_draw(office, tmp_path):
    files = freeze(office, PLAN, tmp_path / "h")["holders"]
    with pytest.raises(Refused, match="缺少保管人 B"):
        conduct.draw(office, PLAN, at=moment("2026-05-28T09:00:00"), numbers=numbers(), holders=files[:1])


def test_a_second_draw_is_refused_until_the_first_is_void(office, tmp_path):
    frozen, _, _ = through(office, PLAN, tmp_path / "h")
    when = moment("2026-05-29T09:00:00")
    with pytest.raises(Refused, match="不能重抽"):
        conduct.draw(office, PLAN, at=when, numbers=numbers(2), holders=frozen["holders"])
    with pytest.raises(Refused, match="不能再抽"):
        freeze(office, PLAN, tmp_path / "h2", at="2026-05-29T10:00:00")
    conduct.void(office, PLAN, at=when, reason="名单有误", approver="局长")
    again = freeze(office, PLAN, tmp_path / "h2", at="2026-05-29T10:00:00")
    assert again["draw"] == "421200-2026-P01-D2"
    commit = json.loads(Path(again["bundle"]).joinpath("commit.json").read_bytes())
    assert commit["supersedes"]["draw"] == "421200-2026-P01-D1"
    assert conduct.verify(Path(frozen["bundle"]))["void"]


def test_no_roster_change_reaches_a_frozen_draw(office, tmp_path):
    first = freeze(office, PLAN, tmp_path / "h")
    rows_ = registers()["T02"]
    rows_[0]["practice_state"] = "注销"
    put_register(office, "T02", "targets", rows_, version=2)
    drawn = conduct.draw(office, PLAN, at=moment("2026-05-28T09:00:00"), numbers=numbers(), holders=first["holders"])
    assert rows_[0]["target_id"] in drawn["drawn"]


def test_too_few_people_yield_a_certificate_and_the_ways_left(tmp_path):
    with workspace(tmp_path / "ws") as ws:
        put_register(ws, "T04", "inspectors", registers()["T04"][:2], version=2)
        frozen = freeze(ws, PLAN, tmp_path / "h")
        conduct.draw(ws, PLAN, at=moment("2026-05-28T09:00:00"), numbers=numbers(), holders=frozen["holders"])
        found = conduct.assign(ws, PLAN, at=moment("2026-05-28T10:00:00"), holders=frozen["holders"])
        assert found["ok"] is False
        assert found["certificate"]["demand"] > found["certificate"]["supply"]
        assert len(found["options"]) == 2
        assert not Path(frozen["bundle"]).joinpath("assign.json").exists()


def test_items_that_demand_an_expert_are_not_drawn_while_there_is_none(tmp_path):
    """R25, X14: told by `plan`, refused before the public draw and not after it; the certificate says it is experts."""
    with workspace(tmp_path / "ws") as ws:
        put_register(ws, "T05", "experts", [one for one in registers()["T05"] if one.get("field") == "公证"], version=2)
        said = "\n".join(conduct.plan(ws, at=moment("2026-05-25T09:00:00"))["lines"])
        assert "司法鉴定机构的事项 HB-FOR-04 必须有专家参加" in said
        assert "公证机构的事项" not in said
        with pytest.raises(Refused, match="没有可派的司法鉴定专家"):
            freeze(ws, PLAN, tmp_path / "h")
        (one, *_) = [row for row in registers()["T05"] if row.get("field") != "公证"]
        home = [row["name"] for row in registers()["T02"] if row["target_type"] == "司法鉴定机构"]
        put_register(ws, "T05", "experts", [{**one, "recused_targets": "；".join(home)}], version=3)
        frozen = freeze(ws, PLAN, tmp_path / "h2")
        conduct.draw(ws, PLAN, at=moment("2026-05-28T09:00:00"), numbers=numbers(), holders=frozen["holders"])
        found = conduct.assign(ws, PLAN, at=moment("2026-05-28T10:00:00"), holders=frozen["holders"])
        assert (found["ok"], found["kind"]) == (False, "experts")
        assert "专家不足" in found["lines"][0]
        assert "专家名单" in found["options"][0]


def test_what_two_people_cannot_do_the_pool_of_all_counties_and_the_city_can(tmp_path):
    """R42: the same plan with the officers of one county is infeasible, with those of the others it is not."""
    found = {}
    for name, people in (("county", registers()["T04"][:2]), ("pool", registers()["T04"])):
        with workspace(tmp_path / name) as ws:
            put_register(ws, "T04", "inspectors", people, version=2)
            frozen = freeze(ws, PLAN, tmp_path / f"h-{name}")
            conduct.draw(ws, PLAN, at=moment("2026-05-28T09:00:00"), numbers=numbers(), holders=frozen["holders"])
            found[name] = conduct.assign(ws, PLAN, at=moment("2026-05-28T10:00:00"), holders=frozen["holders"])
            people = ws.store.document("freeze", frozen["draw"])["frozen"]["people"]
    assert (found["county"]["ok"], found["pool"].get("ok", True)) == (False, True)
    places = {one["certificate_no"]: one["unit_code"] for one in registers()["T04"]}
    teams = [{places[people[one]["certificate"]] for one in team["inspectors"]} for team in found["pool"]["teams"]]
    assert len(teams) == 27 and any(len(team) > 1 for team in teams)


def test_a_plan_belongs_to_one_office_and_no_other_draws_from_it(office, tmp_path):
    """R41: the plan a city sends to the province is the city's to draw from."""
    with Workspace.create(tmp_path / "prov", "420000", 2026, at=moment("2026-01-05T09:00:00")) as province:
        sent = rows(office.store.accepted("T07", "plans"))
        kept = [{key: value for key, value in row.items() if key[0] != "_"} for row in sent]
        put_accepted(province, "T07", {"plans": kept}, unit="421200")
        assert conduct.plan(province, at=moment("2026-03-26T09:00:00"))["plans"] == []
        with pytest.raises(NotFound, match=f"没有编号为“{PLAN}”的已接收计划"):
            freeze(province, PLAN, tmp_path / "h")


def test_a_plan_made_when_there_is_reason_is_drawn_and_verified_by_the_same_rules(office, tmp_path):
    """R44: beside the yearly plan a second one, 适时抽查, with its own freeze, numbers, teams and proof."""
    (plan,) = [row for row in rows(office.store.accepted("T07", "plans")) if row["plan_id"] == PLAN]
    more = {key: value for key, value in plan.items() if key[0] != "_"}
    more |= {"plan_id": "421200-2026-P09", "plan_kind": "适时抽查（临时）", "plan_name": "适时抽查", "ratio": "5"}
    put_accepted(office, "T07", {"plans": [more]})
    yearly, _, _ = through(office, PLAN, tmp_path / "h1")
    extra, _, teams = through(office, "421200-2026-P09", tmp_path / "h2")
    assert yearly["commitment"] != extra["commitment"]
    assert 0 < len(teams["teams"]) < 27
    for one in (yearly, extra):
        found = conduct.verify(Path(one["bundle"]))
        assert found["ok"], found["lines"]


def test_a_replacement_is_drawn_by_the_next_code_and_tells_no_private_reason(office, tmp_path):
    frozen, _, teams = through(office, PLAN, tmp_path / "h")
    team = teams["teams"][0]
    gone = team["inspectors"][0]
    found = conduct.replace(
        office, PLAN, at=moment("2026-06-02T09:00:00"), person=gone, target=team["target"], reason="长期病假", approver="局长",
        holders=frozen["holders"],
    )  # fmt: skip
    now = {one["target"]: one for one in found["teams"]}[team["target"]]["inspectors"]
    assert gone not in now
    assert len(now) == 2
    people = office.store.document("freeze", frozen["draw"])["frozen"]["people"]
    (came,) = set(now) - set(team["inspectors"])
    assert f"{people[gone]['name']} 退出，{people[came]['name']} 参加" in "\n".join(found["lines"])
    assert conduct.verify(Path(frozen["bundle"]), root=found["root"])["ok"]
    log = Path(frozen["bundle"]).joinpath("replacements.jsonl").read_text(encoding="utf-8")
    assert "长期病假" not in log
    assert "因故不能参加" in log


def test_a_struck_target_is_followed_by_the_next_alternate(tmp_path):
    with workspace(tmp_path / "ws") as ws:
        plan = "421200-2026-P02"
        frozen, drawn, _ = through(ws, plan, tmp_path / "h")
        gone = drawn["drawn"][0]
        stratum = next(code for code, ids in drawn["alternates"].items() if ids and gone.startswith(ids[0][:5]))
        found = conduct.replace(
            ws,
            plan,
            at=moment("2026-06-02T09:00:00"),
            target=gone,
            reason="已注销",
            approver="局长",
            holders=frozen["holders"],
        )
        assert found["targets"] == [{"new": drawn["alternates"][stratum][0], "old": gone}]
        bodies = ws.store.document("freeze", frozen["draw"])["frozen"]["bodies"]
        told = f"核减 {bodies[gone]['name']}；递补 {bodies[found['targets'][0]['new']]['name']}"
        assert told in "\n".join(found["lines"])


def test_a_replacement_rests_on_an_approved_request(office, tmp_path):
    frozen, _, teams = through(office, PLAN, tmp_path / "h")
    one = teams["teams"][0]["inspectors"][0]
    request = {
        "request_id": "421200-2026-Q01", "request_type": "人员回避", "subject_id": one, "explanation": "亲属任职",
        "recusal_reason": "近亲属任职或持有利益", "applicant": "甲", "applied_on": "2026-06-01", "is_approved": False,
    }  # fmt: skip
    put_accepted(office, "T16", {"requests": [request]})
    given = {"person": one, "request": "421200-2026-Q01", "holders": frozen["holders"]}
    with pytest.raises(Refused, match="没有批准"):
        conduct.replace(office, PLAN, at=moment("2026-06-03T09:00:00"), **given)
    approved = {**request, "is_approved": True, "decided_by": "局长"}
    for number, (said, changes) in enumerate(
        (
            ("是“对象核减”", {"request_type": "对象核减"}),
            ("不是抽取 421200-2026-P01-D1", {"reference": "421200-2026-P02-D1"}),
            ("不是 " + one, {"subject_id": "x"}),
        )
    ):
        put_accepted(office, "T16", {"requests": [{**approved, **changes}]}, at=f"2026-06-02T0{number}:00:00+08:00")
        with pytest.raises(Refused, match=said):
            conduct.replace(office, PLAN, at=moment("2026-06-03T09:00:00"), **given)
    put_accepted(office, "T16", {"requests": [approved]}, unit="421221", at="2026-06-02T08:00:00+08:00")
    put_accepted(office, "T16", {"requests": [approved]}, at="2026-06-02T09:00:00+08:00")
    conduct.replace(office, PLAN, at=moment("2026-06-03T09:00:00"), **given)
    line = conduct.Stage(office, PLAN).log[0]
    assert (line["approver"], line["reason"]) == ("局长", "回避")


def test_one_packet_per_target_with_every_item_merged_into_one_visit(office, tmp_path):
    through(office, PLAN, tmp_path / "h")
    found = conduct.dispatch(office, PLAN, at=moment("2026-05-29T09:00:00"), out=tmp_path / "tasks")
    assert len(found["tasks"]) == len(set(found["tasks"])) == 27
    folder = next(one for one in sorted((tmp_path / "tasks").iterdir()) if one.is_dir())
    assert [one.name[0] for one in sorted(folder.iterdir())] == ["1", "2", "3", "4"]
    record = next(one for one in folder.iterdir() if "检查记录" in one.name)
    filled = locate.locate(container.open_book(record.read_bytes(), record.name), loader.templates())
    tables = {one.sheet: one for one in filled.tables}
    task = office.store.document("task", tables["results"].rows[0].cells["task_id"].text)
    listed = {line.cells["item_code"].text for line in tables["checklist"].rows}
    assert listed == set(several(task["item_codes"]))
    assert "result" not in tables["results"].rows[0].cells or not tables["results"].rows[0].cells["result"].text


def test_a_second_dispatch_keeps_the_task_ids(office, tmp_path):
    frozen, _, teams = through(office, PLAN, tmp_path / "h")
    first = conduct.dispatch(office, PLAN, at=moment("2026-05-29T09:00:00"), out=tmp_path / "tasks")
    gone = teams["teams"][0]
    conduct.replace(
        office, PLAN, at=moment("2026-06-02T09:00:00"), target=gone["target"], person=gone["inspectors"][0], reason="回避",
        approver="局长", holders=frozen["holders"],
    )  # fmt: skip
    second = conduct.dispatch(office, PLAN, at=moment("2026-06-02T10:00:00"), out=tmp_path / "tasks")
    assert first["tasks"] == second["tasks"]
    kept = {text(one["target_id"]): one for one in office.store.documents("task").values()}
    assert gone["inspectors"][0] not in kept[gone["target"]]["team"]


def test_two_runs_give_the_same_bytes(tmp_path):
    found = []
    for run in ("a", "b"):
        with workspace(tmp_path / run) as ws:
            _, _, teams = through(ws, PLAN, tmp_path / f"h{run}")
            conduct.dispatch(ws, PLAN, at=moment("2026-05-29T09:00:00"), out=tmp_path / f"t{run}")
            files = sorted((tmp_path / f"t{run}").rglob("*.*"))
            found.append((teams["root"], Path(teams["record"]).read_bytes(), [one.read_bytes() for one in files[:6]]))
    assert found[0] == found[1]


def test_a_third_visit_in_one_year_is_not_drawn(office, tmp_path):
    """R28, X33: two drawn plans send two visits to every body; the third finds nobody left and its public record says why."""
    (given,) = [row for row in office.store.accepted_rows("T07", "plans") if row["plan_id"] == PLAN]
    more = [f"421200-2026-P{number:02d}" for number in (8, 9)]
    plans = [{key: value for key, value in given.items() if not key.startswith("_")} | {"plan_id": one} for one in more]
    put_accepted(office, "T07", {"plans": plans})
    for number, one in enumerate((PLAN, more[0])):
        assert sum(freeze(office, one, tmp_path / f"h{number}")["sizes"].values()) == 27
        files = [str(path) for path in sorted((tmp_path / f"h{number}").glob("*.json"))]
        conduct.draw(office, one, at=moment("2026-05-28T09:30:00"), numbers=numbers(), holders=files)
        conduct.assign(office, one, at=moment("2026-05-28T10:00:00"), holders=files)
        conduct.dispatch(office, one, at=moment("2026-05-29T09:00:00"), out=tmp_path / f"tasks{number}")
    assert set(conduct.Registers(office).visits().values()) == {2}
    with pytest.raises(Refused, match="没有可以抽取的对象：本年度已达检查次数上限 27 个"):
        freeze(office, more[1], tmp_path / "h9")


def test_plan_shows_the_void_draw_as_void_and_assign_names_who_goes(office, tmp_path):
    """R57, R25: a void draw is no lock; the list of teams names the experts beside the officers."""
    _, _, teams = through(office, PLAN, tmp_path / "h")
    frozen = office.store.document("freeze", f"{PLAN}-D1")["frozen"]
    with_experts = [team for team in teams["teams"] if team["experts"]]
    assert with_experts
    for team in with_experts:
        (line,) = [one for one in teams["lines"] if frozen["bodies"][team["target"]]["name"] in one and "专家" in one]
        for expert in team["experts"]:
            assert frozen["people"][expert]["name"] in line.split("专家", 1)[1]
    conduct.void(office, PLAN, at=moment("2026-05-29T09:00:00"), reason="名单有误", approver="局长")
    (line,) = [one for one in conduct.plan(office, at=moment("2026-05-29T10:00:00"))["lines"] if one.startswith(PLAN)]
    assert f"此前已作废 1 次（{PLAN}-D1）" in line
    assert "已锁定名单" not in line
    assert "可以锁定名单" in line


def test_a_key_target_stands_in_the_frozen_pool_with_the_greater_chance(office, tmp_path):
    """R34: what T17 makes a key target is committed with a greater weight, and the published chance of being drawn is greater."""
    (given,) = [row for row in office.store.accepted_rows("T07", "plans") if row["plan_id"] == PLAN]
    half = {key: value for key, value in given.items() if not key.startswith("_")} | {
        "plan_id": "421200-2026-P08", "ratio": "50", "target_types": "公证机构", "sample_size": None, "plan_kind": "适时抽查",
    }  # fmt: skip
    half["item_codes"] = "；".join(one for one in half["item_codes"].split("；") if "-NOT-" in one)
    put_accepted(office, "T07", {"plans": [half]})
    when = moment("2026-05-28T09:30:00")

    def chances(number):
        """Return target -> (weight as committed, chance as published) of a draw of the plan, which is voided again."""
        frozen = freeze(office, half["plan_id"], tmp_path / f"h{number}")
        drawn = conduct.draw(office, half["plan_id"], at=when, numbers=numbers(), holders=frozen["holders"])
        told = json.loads((Path(frozen["bundle"]) / "draw.json").read_bytes())
        rosters = json.loads((Path(frozen["bundle"]) / "rosters.json").read_bytes())["targets"]
        conduct.void(office, half["plan_id"], at=when, reason="演练", approver="局长")
        assert 0 < len(drawn["drawn"]) < len(rosters)
        pi = {one["id"]: float(one["pi"]) for one in told["targets"]}
        return {one["id"]: (int(one["class"].removeprefix("W")), pi[one["id"]]) for one in rosters}

    before = chances(1)
    key = min(before, key=lambda one: (before[one], one))
    evidence = {
        "target_id": key, "target_name": "某公证处", "year": 2026, "penalties_3y": 2, "valid_complaints": 3,
        "complaints_last_year": 3, "judgement": "重点", "reviewed_by": "吴示例",
    }  # fmt: skip
    put_accepted(office, "T17", {"institutions": [evidence]})
    after = chances(2)
    assert after[key] > before[key]
    assert all(after[one][0] == before[one][0] and after[one][1] <= before[one][1] for one in before if one != key)


def test_an_approved_change_of_the_year_takes_effect_at_the_next_freeze(office, tmp_path):
    """R24, decisions 23: who left is not drawn nor sent, who moved is drawn as he is now; a change of tomorrow waits."""
    bodies, people = registers()["T02"], registers()["T04"]
    gone, moved, later, left = bodies[0], bodies[1], bodies[2], people[0]

    def request(number, register, subject, field, value=None, on="2026-05-20"):
        return {
            "request_id": f"421200-2026-Q{number:02d}", "request_type": "名录变更", "register": register, "subject_id": subject,
            "changed_field": field, "new_value": value, "effective_on": on, "is_approved": True, "decided_on": on,
        }  # fmt: skip

    put_accepted(
        office,
        "T16",
        {
            "requests": [
                request(1, "对象机构", gone["target_id"], "停用或移出"),
                request(2, "对象机构", moved["target_id"], "机构名称", "更名后的示例机构"),
                request(3, "对象机构", later["target_id"], "停用或移出", on="2026-05-27"),
                request(4, "执法检查人员", left["certificate_no"], "停用或移出"),
            ]
        },
        at="2026-05-21T09:00:00+08:00",
    )
    frozen = freeze(office, PLAN, tmp_path / "h")  # on 26 May
    kept = office.store.document("freeze", frozen["draw"])["frozen"]
    assert gone["target_id"] not in kept["bodies"]
    assert kept["bodies"][moved["target_id"]]["name"] == "更名后的示例机构"
    assert later["target_id"] in kept["bodies"]
    assert left["certificate_no"] not in {one["certificate"] for one in kept["people"].values()}
    said = "已按批准的名录变更 3 项：421200-2026-Q01、421200-2026-Q02、421200-2026-Q04"
    assert said in frozen["lines"]
    assert (
        text(conduct.Registers(office).targets()[0]["target_id"]) == gone["target_id"]
    )  # the register itself stays as filed


def test_registers_read_the_newest_edition(office):
    assert len(rows(office.store.register("T04", "inspectors"))) == 12


@pytest.mark.parametrize(
    ("on", "said"),
    [
        ("2026-03-01T09:00:00", "批准日期 2026-03-20 还没有到"),
        ("2026-11-20T09:00:00", "检查时间已于 2026-10-31 结束"),
    ],
)
def test_a_plan_is_drawn_only_after_its_approval_and_before_its_end(office, tmp_path, on, said):
    """X20: approval before the draw; what is over is planned anew."""
    plan = next(row for row in rows(office.store.accepted("T07", "plans")) if row["plan_id"] == PLAN)
    assert (plan["approved_on"], plan["ends_on"]) == ("2026-03-20", "2026-10-31")
    with pytest.raises(Refused, match=said):
        freeze(office, PLAN, tmp_path / "h", at=on)
    assert any(said in line for line in conduct.plan(office, at=moment(on))["lines"])
    assert not any(
        "还没有到" in line or "已于" in line for line in conduct.plan(office, at=moment("2026-05-26T09:00:00"))["lines"]
    )


def test_results_lead_to_pre_filled_rectifications_and_move_the_tasks_on(office, tmp_path):
    from tests.engine.test_publish import inspect

    through(office, PLAN, tmp_path / "h")
    conduct.dispatch(office, PLAN, at=moment("2026-05-29T09:00:00"), out=tmp_path / "tasks")
    inspect(office)
    found = conduct.follow_up(office, at=moment("2026-10-21T09:00:00"), out=tmp_path / "next")
    wrong = [one for one in rows(office.store.accepted("T10", "checklist")) if one["has_problem"] is True]
    assert len(found["problems"]) == len(wrong) > 0
    filled = locate.locate(container.open_book(Path(found["files"][0]).read_bytes(), "T12.xlsx"), loader.templates())
    assert filled.identity.template == "T12"
    assert len(filled.tables[0].rows) == len(wrong)
    assert found["tasks"] == {"已完结": 27 - len(wrong), "整改中": len(wrong)}
    two = "；".join(row["name"] for row in registers()["T04"][:2])
    closed = [
        {
            "problem_id": name,
            "is_closed": True,
            "recheckers": two,
            "rechecked_on": "2026-11-02",
            "recheck_result": "整改到位",
        }
        for name in found["problems"]
    ]
    put_accepted(office, "T12", {"rectifications": closed}, at="2026-11-03T09:00:00+08:00")
    again = conduct.follow_up(office, at=moment("2026-11-03T10:00:00"), out=tmp_path / "next")
    assert again["tasks"] == {"已完结": 27}
    assert again["doubts"] == []


def test_days_over_are_those_of_the_day_in_what_is_exported_and_consolidated(office, tmp_path):
    shared = {"target_name": "某处", "rectify_by": "2026-07-18", "is_closed": False, "overdue_days": 88}
    closed = {
        "is_closed": True,
        "recheckers": "甲；乙",
        "rechecked_on": "2026-07-20",
        "recheck_result": "整改到位",
        "overdue_days": 101,
    }
    filed = [{**shared, "problem_id": "T-1-1"}, {**shared, **closed, "problem_id": "T-2-1"}]
    put_accepted(office, "T12", {"rectifications": filed})

    def shown(path):
        lines = [[cell.value for cell in row] for row in openpyxl.load_workbook(path).worksheets[0].iter_rows()]
        at = next(place for place, line in enumerate(lines) if "逾期天数" in line)
        return {line[0]: line[lines[at].index("逾期天数")] for line in lines[at + 1 :]}

    for on, open_for in (("2026-07-28", 10), ("2026-07-30", 12)):
        consolidating.consolidate(office, at=moment(f"{on}T09:00:00"))
        handing.export(office, "", at=moment(f"{on}T09:00:00"), out=tmp_path / "own.xlsx", table="T12")
        book = next((office.root / "汇总").glob("T12_*.xlsx"))
        assert shown(book) == shown(tmp_path / "own.xlsx") == {"T-1-1": open_for, "T-2-1": 2}


def test_the_notice_names_whom_to_ask_where_to_object_and_no_day_before_the_draw():
    task = {
        "task_id": "T-1",
        "target_name": "某处",
        "plan_name": "年度计划",
        "starts_on": "2026-06-01",
        "drawn_on": "2026-06-03",
        "ends_on": "2026-10-31",
        "item_names": "事项",
        "legal_basis": "《公证法》第五条；《公证程序规则》。\n《公证法》第五条、第六条。",
        "methods": "实地核查",
        "inspectors": "王示例",
        "experts": None,
        "materials": None,
        "rights_notice": "可申请回避。",
    }
    unit = loader.units()["421200"]

    def told(**contact):
        document = docx.Document(io.BytesIO(packets.notice(packets.begun(task), unit, contact)))
        return "\n".join(one.text for one in document.paragraphs)

    known = told(name="李示例", phone="13900000003")
    assert "2026年6月3日至2026年10月31日" in known
    assert "检查依据：《公证法》第五条、第六条；《公证程序规则》。" in known
    assert "联系人 李示例，电话 13900000003。" in known
    assert "可向湖北省司法厅（上级机关）投诉" in known
    assert "七、异议和投诉" in known
    assert told().count("（发出前填写）") == 3


FORM = (
    "陈述、申辩的权利", "有权申请回避", "不得少于两人", "出示执法证件", "有权拒绝检查",  # what it may ask and refuse
    "可向本机关书面提出", "可向湖北省司法厅（上级机关）投诉", "联系人",  # where it objects, complains, asks
)  # fmt: skip
TO_PREPARE = {
    "公证机构": "公证登记簿", "司法鉴定机构": "设备检定证书", "法律援助机构": "补贴发放凭证", "公共法律服务中心": "服务指南",
}  # fmt: skip


def test_every_packet_tells_rights_what_to_prepare_where_to_object_and_leaves_room_for_an_answer(office, tmp_path):
    """R50: the form check, over the packets of all four fields as they lie in the folder."""
    through(office, PLAN, tmp_path / "h")
    conduct.dispatch(office, PLAN, at=moment("2026-05-29T09:00:00"), out=tmp_path / "tasks")
    types = {body["task_id"]: body["target_type"] for body in office.store.documents("task").values()}
    notices = sorted((tmp_path / "tasks").rglob("3_*.docx"))
    assert len(notices) == len(types) == 27
    for path in notices:
        told = "".join(one.text for one in docx.Document(path).paragraphs)
        number = path.name.split("_")[1]
        assert [one for one in (*FORM, TO_PREPARE[types[number]]) if one not in told] == [], path.name
        taken = "".join(one.text for one in docx.Document(path.with_name(f"4_{number}_现场检查笔录.docx")).paragraphs)
        assert "被检查单位意见：" in taken and "负责人签名：" in taken
        record = path.with_name(f"2_{number}_检查记录.xlsx")
        filled = locate.locate(container.open_book(record.read_bytes(), record.name), loader.templates())
        (results,) = [one for one in filled.tables if one.sheet == "results"]
        assert {"target_opinion", "is_signed"} <= set(results.columns)
        assert not results.rows[0].cells.get("target_opinion")


def test_a_notice_to_a_person_speaks_to_a_person_and_names_the_institution(tmp_path):
    """R50: the second plan of the city draws notaries, appraisers and stations; no letter calls a notary an institution."""
    plan = "421200-2026-P02"
    with workspace(tmp_path / "ws") as ws:
        through(ws, plan, tmp_path / "h")
        conduct.dispatch(ws, plan, at=moment("2026-05-29T09:00:00"), out=tmp_path / "tasks")
        bodies = {body["task_id"]: body for body in ws.store.documents("task").values()}
        homes = {row["target_id"]: row["institution_name"] for row in registers()["T03"]}
    people = [body for body in bodies.values() if body["target_type"] in ("公证员", "司法鉴定人")]
    assert {body["target_type"] for body in people} == {"公证员", "司法鉴定人"}
    for body in people:
        number = body["task_id"]
        (path,) = (tmp_path / "tasks").rglob(f"3_{number}_*.docx")
        told = [one.text for one in docx.Document(path).paragraphs]
        assert f"{body['target_name']}（{homes[body['target_id']]}）：" in told
        assert "你单位" not in "".join(told) and "对你进行检查" in "".join(told)
        assert "收费标准" not in "".join(told) and "执业证" in "".join(told)
        taken = "".join(one.text for one in docx.Document(path.with_name(f"4_{number}_现场检查笔录.docx")).paragraphs)
        assert "被检查人意见：" in taken and "被检查单位意见" not in taken


def test_followup_writes_into_the_workspace_it_is_told_wherever_it_is_run(office, tmp_path, monkeypatch):
    from tests.engine.test_publish import inspect

    through(office, PLAN, tmp_path / "h")
    conduct.dispatch(office, PLAN, at=moment("2026-05-29T09:00:00"), out=tmp_path / "tasks")
    inspect(office)
    root, elsewhere = office.root, tmp_path / "elsewhere"
    office.close()
    elsewhere.mkdir()
    monkeypatch.chdir(elsewhere)
    assert cli.run(["followup", "-C", str(root), "--at", "2026-10-21T09:00:00+08:00"]) in (0, 1)
    assert list(root.joinpath("任务").glob("*T12*.xlsx"))
    assert not list(elsewhere.iterdir())


def test_four_batches_cover_the_city_and_nobody_is_visited_too_often(office, tmp_path):
    seen, sizes = {}, []
    for number in (1, 2, 3, 4):
        month = 4 + number
        frozen = freeze(office, PLAN, tmp_path / f"h{number}", at=f"2026-{month:02d}-26T09:00:00", batch=(number, 4))
        files = frozen["holders"]
        with pytest.raises(Refused, match="不能再抽"):
            freeze(office, PLAN, tmp_path / "again", at=f"2026-{month:02d}-27T09:00:00", batch=(number, 4))
        drawn = conduct.draw(
            office, PLAN, at=moment(f"2026-{month:02d}-28T09:30:00"), numbers=numbers(number), holders=files
        )
        conduct.assign(office, PLAN, at=moment(f"2026-{month:02d}-28T10:00:00"), holders=files)
        if number < 4:
            with pytest.raises(Refused, match="还没有抽取并派发"):
                freeze(office, PLAN, tmp_path / "early", at=f"2026-{month:02d}-29T09:00:00", batch=(number + 1, 4))
        conduct.dispatch(office, PLAN, at=moment(f"2026-{month:02d}-29T10:00:00"), out=tmp_path / f"tasks{number}")
        sizes.append(len(drawn["drawn"]))
        for name in drawn["drawn"]:
            seen[name] = seen.get(name, 0) + 1
        report = conduct.verify(Path(drawn["bundle"]))
        assert report["ok"], report["lines"]
    whole = {body["name"] for body in conduct.Stage(office, f"{PLAN}-D1").frozen["frozen"]["bodies"].values()}
    bodies = conduct.Stage(office, f"{PLAN}-D1").frozen["frozen"]["bodies"]
    assert {bodies[name]["name"] for name in seen} == whole
    assert max(seen.values()) == 2
    assert all(0 < size < len(seen) for size in sizes)
    assert "（再次检查）" in office.path("抽取", f"{PLAN}-D4", "锁定名单公告.txt").read_text()
    commit = json.loads(office.path("抽取", f"{PLAN}-D4", "bundle", "commit.json").read_bytes())
    assert commit["plan"]["batch"] == "4/4"
    assert commit["supersedes"] is None


def test_only_a_full_coverage_is_drawn_in_batches(office, tmp_path):
    with pytest.raises(Refused, match="不是全覆盖"):
        freeze(office, "421200-2026-P02", tmp_path / "h", batch=(1, 4))
    with pytest.raises(Refused, match="没有第 5/4 批"):
        freeze(office, PLAN, tmp_path / "h", batch=(5, 4))
    freeze(office, PLAN, tmp_path / "h")
    with pytest.raises(Refused, match="另一种分批方式"):
        freeze(office, PLAN, tmp_path / "h2", at="2026-05-27T09:00:00", batch=(1, 4))


def published(frozen):
    """Return the register as an office publishes it: everybody in the pool, and who is not drawn with the reason."""
    commit = Path(frozen["bundle"]).joinpath("rosters.json")
    rows_ = [[one["id"], ""] for one in json.loads(commit.read_bytes())["targets"]]
    return rows_ + [[one["id"], one["excluded"]] for one in frozen["excluded"]]


def test_an_institution_left_out_of_the_pool_is_named_from_the_published_roster(office, tmp_path, capsys):
    frozen, _, _ = through(office, PLAN, tmp_path / "h")
    full, short = published(frozen), [*published(frozen), ["429999-LEFT-OUT", ""]]
    lines = "".join(f"{name},{reason}\n" for name, reason in full)
    (tmp_path / "全.csv").write_text("公布名录\n编号,未纳入原因\n" + lines, encoding="gb18030")
    book = openpyxl.Workbook()
    book.active.append(["某市公共法律服务机构名录"])
    book.active.append(["名称", "对象编号", "未纳入原因"])
    for name, reason in short:
        book.active.append(["某机构", name, reason])
    book.save(tmp_path / "缺.xlsx")
    (tmp_path / "缺.json").write_text(json.dumps([{"id": name, "excluded": reason} for name, reason in short]))
    bundle = frozen["bundle"]
    assert cli.run(["verify", bundle, "--roster", str(tmp_path / "全.csv")]) == 0
    capsys.readouterr()
    for name in ("缺.xlsx", "缺.json"):
        assert cli.run(["verify", bundle, "--roster", str(tmp_path / name)]) != 0
        shown = capsys.readouterr().out
        assert "rosters.published" in shown
        assert "429999-LEFT-OUT" in shown
    (tmp_path / "无.csv").write_text("名称,地址\n某机构,某路\n", encoding="utf-8")
    assert cli.run(["verify", bundle, "--roster", str(tmp_path / "无.csv")]) == 3
    assert "编号" in capsys.readouterr().err


def typed(monkeypatch, *lines):
    """Let `lines` be typed on a terminal."""
    stream = io.StringIO("\n".join(lines) + "\n")
    monkeypatch.setattr(stream, "isatty", lambda: True)
    monkeypatch.setattr(sys, "stdin", stream)


def test_on_a_terminal_the_ceremony_is_led_step_by_step(tmp_path, capsys, monkeypatch):
    with workspace(tmp_path / "ws") as ws:
        frozen = freeze(ws, PLAN, tmp_path / "h")
    held = frozen["holders"]
    typed(monkeypatch, "郑示例", "冯示例", "12345", "0123456789", "2345678901", "3456789012", "4567890123", *held)
    assert cli.run(["draw", PLAN, "-C", str(tmp_path / "ws"), "--at", "2026-05-28T09:30:00+08:00"]) == 0
    shown = capsys.readouterr()
    steps = [shown.err.index(one) for one in ("第一步　名单", "第二步　现场号码", "第三步　校验码")]
    assert steps == sorted(steps)
    assert frozen["commitment"] in shown.err
    assert "须为 10 位数字" in shown.err
    assert "见证人甲" in shown.err
    assert "抽中 27 个对象" in shown.out


def test_a_script_gives_numbers_and_holders_as_files(tmp_path, capsys):
    with workspace(tmp_path / "ws") as ws:
        files = freeze(ws, PLAN, tmp_path / "h")["holders"]
    listed = tmp_path / "号码.txt"
    call = ["draw", PLAN, "-C", str(tmp_path / "ws"), "--at", "2026-05-28T09:30:00+08:00", "--numbers", str(listed)]
    held = [part for one in files for part in ("--holder", one)]
    listed.write_text("WITNESS-1=0123456789\n", encoding="utf-8")
    assert cli.run([*call, *held]) == 3
    assert "缺少现场号码" in capsys.readouterr().err
    listed.write_text("".join(f"{name}={value}\n" for name, value in numbers().items()), encoding="utf-8")
    assert cli.run(call) == 2
    assert "缺少保管人文件" in capsys.readouterr().err
    assert cli.run([*call, *held]) == 0


def test_a_lost_code_is_a_fault_record_and_a_new_freeze_over_the_same_roster(office, tmp_path):
    first = freeze(office, PLAN, tmp_path / "h")
    Path(first["holders"][1]).unlink()
    with pytest.raises(Refused, match="缺少保管人 B"):
        conduct.draw(office, PLAN, at=moment("2026-05-28T09:00:00"), numbers=numbers(), holders=first["holders"][:1])
    conduct.void(office, PLAN, at=moment("2026-05-28T09:10:00"), reason="保管人文件遗失", approver="吴示例")
    again = freeze(office, PLAN, tmp_path / "h2", at="2026-05-28T09:20:00")
    old, new = (json.loads(Path(one["bundle"]).joinpath("commit.json").read_bytes()) for one in (first, again))
    assert new["supersedes"]["draw"] == first["draw"]
    assert new["rosters"]["targets"] == old["rosters"]["targets"]
    with pytest.raises(Refused, match="已作废"):
        conduct.draw(office, first["draw"], at=moment("2026-05-28T10:00:00"), numbers=numbers(), holders=[])
    drawn = conduct.draw(office, PLAN, at=moment("2026-05-28T10:00:00"), numbers=numbers(), holders=again["holders"])
    assert drawn["draw"] == again["draw"]


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"roster_year": 2025}, ""),
        ({"roster_year": 2024}, "名册年度过期"),
        ({"licence_valid_to": "STARTS"}, ""),
        ({"licence_valid_to": "BEFORE"}, "许可证已过有效期"),
    ],
)
def test_the_roster_of_last_year_and_a_licence_of_the_first_day_still_count(office, changes, why):
    """X17, X19: the edges themselves are inside."""
    from engine.pool import exclusion

    registers_ = conduct.Registers(office)
    one, body = registers_.plan(PLAN), registers_.targets()[0]
    days = {"STARTS": one.starts_on.isoformat(), "BEFORE": (one.starts_on - timedelta(days=1)).isoformat()}
    given = {key: days.get(value, value) for key, value in changes.items()}
    assert exclusion({**body, **given}, one, 0, office.policy) == why


def test_a_void_draw_ends_its_tasks_and_the_plan_can_be_drawn_again(office, tmp_path):
    """R57: what is void is neither a visit nor work of anybody, and leaves its targets to the next draw."""
    frozen, _, _ = through(office, PLAN, tmp_path / "h")
    conduct.dispatch(office, PLAN, at=moment("2026-05-29T09:00:00"), out=tmp_path / "tasks")
    registers = conduct.Registers(office)
    assert registers.visits() and registers.loads()
    told = conduct.void(office, PLAN, at=moment("2026-05-30T09:00:00"), reason="名单有误", approver="局长")
    assert len(told["ended"]) == 27
    assert any("27 个任务随之终止" in line for line in told["lines"])
    after = conduct.Registers(office)
    assert (after.visits(), after.loads()) == ({}, {})
    again = freeze(office, PLAN, tmp_path / "h2", at="2026-06-01T09:00:00")
    assert again["sizes"] == frozen["sizes"]


def test_what_a_void_draw_sent_out_does_not_go_upward(office, tmp_path):
    """R57, R60: the package tells the level above what was owed: nothing of a void draw, everything of its repetition, once."""
    from engine.workflow.upward import submit

    through(office, PLAN, tmp_path / "h")
    void = conduct.dispatch(office, PLAN, at=moment("2026-05-29T09:00:00"), out=tmp_path / "tasks")["tasks"]
    conduct.void(office, PLAN, at=moment("2026-05-30T09:00:00"), reason="名单有误", approver="局长")
    files = freeze(office, PLAN, tmp_path / "h2", at="2026-06-02T09:00:00")["holders"]
    conduct.draw(office, PLAN, at=moment("2026-06-04T09:30:00"), numbers=numbers(), holders=files)
    conduct.assign(office, PLAN, at=moment("2026-06-04T10:00:00"), holders=files)
    names = conduct.dispatch(office, PLAN, at=moment("2026-06-05T09:00:00"), out=tmp_path / "again")["tasks"]
    put_accepted(office, "T02", {"targets": registers()["T02"]})  # `submit` consolidates what was accepted
    signers = {"filled_by": "钱明远", "checked_by": "孙立", "approved_by": "周正", "phone": "07150000000"}
    made = submit(office, tmp_path / "包.zip", at=moment("2026-06-06T09:00:00"), templates=["T02"], signers=signers)
    with zipfile.ZipFile(made["path"]) as package:
        told = json.loads(package.read("清单.json"))
    assert sorted(row["task_id"] for row in told["drawn"]) == sorted(names)
    assert not set(void) & set(names)
    assert told["figures"] == {}  # nothing of the year is told before there are results


def test_operator_and_supervisor_are_two_people(office, tmp_path):
    frozen = freeze(office, PLAN, tmp_path / "h")
    given = {"at": moment("2026-05-28T09:30:00"), "numbers": numbers(), "holders": frozen["holders"]}
    with pytest.raises(Refused, match="同一人"):
        conduct.draw(office, PLAN, people={"operator": "钱明远", "supervisor": "钱 明远"}, **given)
    by_name = {WITNESSES[int(key[-1]) - 1]: value for key, value in numbers().items()}
    drawn = conduct.draw(
        office, PLAN, people={"operator": "钱明远", "supervisor": "孙立"}, **{**given, "numbers": by_name}
    )
    assert drawn["drawn"]


def test_nobody_leaves_a_team_he_is_not_in(office, tmp_path):
    frozen, _, teams = through(office, PLAN, tmp_path / "h")
    one, other = (
        teams["teams"][0],
        next(team for team in teams["teams"] if not set(team["inspectors"]) & set(teams["teams"][0]["inspectors"])),
    )
    with pytest.raises(Refused, match="不在对象"):
        conduct.replace(
            office, PLAN, at=moment("2026-06-03T09:00:00"), target=one["target"], person=other["inspectors"][0],
            reason="住院", approver="局长", holders=frozen["holders"],
        )  # fmt: skip


def test_a_target_struck_by_an_approved_request_gets_no_packet(office, tmp_path):
    _, _, teams = through(office, PLAN, tmp_path / "h")
    names = conduct.dispatch(office, PLAN, at=moment("2026-05-29T09:00:00"), out=tmp_path / "one")["tasks"]
    struck = {
        "request_id": "421200-2026-Q01", "request_type": "对象核减", "reference": names[0], "subject_id": teams["teams"][0]["target"],
        "explanation": "已注销", "is_approved": True, "decided_by": "局长", "decided_on": "2026-05-30",
    }  # fmt: skip
    put_accepted(office, "T16", {"requests": [struck]})
    found = conduct.dispatch(office, PLAN, at=moment("2026-06-03T09:00:00"), out=tmp_path / "two")
    assert (found["ended"], len(found["tasks"])) == ([names[0]], 26)
    assert f"  已批准核减，不再派发：{names[0]}" in found["lines"]
    assert not list((tmp_path / "two").glob(f"{names[0].rsplit('-', 1)[1]}_*"))


def test_the_record_names_the_request_behind_a_replacement(office, tmp_path):
    frozen, _, teams = through(office, PLAN, tmp_path / "h")
    one = teams["teams"][0]["inspectors"][0]
    request = {
        "request_id": "421200-2026-Q01", "request_type": "人员不能参加", "subject_id": one, "explanation": "住院",
        "applicant": "吴示例", "is_approved": True, "decided_by": "局长", "decided_on": "2026-06-01",
    }  # fmt: skip
    put_accepted(office, "T16", {"requests": [request]})
    conduct.replace(
        office, PLAN, at=moment("2026-06-03T09:00:00"), person=one, request="421200-2026-Q01", holders=frozen["holders"]
    )
    (book,) = (office.root / "抽取" / f"{PLAN}-D1").glob("*_抽取记录.xlsx")
    found = locate.locate(container.open_book(book.read_bytes(), book.name), loader.templates())
    (row,) = next(one for one in found.tables if one.sheet == "replacements").rows
    assert (row.cells["request_id"].text, row.cells["applicant"].text) == ("421200-2026-Q01", "吴示例")
