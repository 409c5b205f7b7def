"""Plans: exact sizes, floors, windows, approval, and what an office finds pre-filled."""

from datetime import date
from fractions import Fraction

import pytest

from engine import plan, pool, proposal, ratio
from engine.differentiate import Judgement, evidence_rows, judge, judge_all
from engine.model import Refused
from schemas import loader

POLICY = loader.policy(2026)
CEILINGS = {
    1: 1, 9: 1, 19: 1, 20: 1, 21: 2, 40: 2, 100: 5, 101: 6, 110: 6, 116: 6, 117: 6, 200: 10, 226: 12, 233: 12, 480: 24,
    1300: 65, 1780: 89, 2006: 101,
}  # fmt: skip


def row(**changes):
    base = {
        "plan_id": "420000-2026-P01",
        "plan_name": "省级重点领域计划",
        "task_kind": "双随机",
        "item_codes": "HB-NOT-01",
        "fields": "公证",
        "target_types": "公证机构",
        "roster_level": "省级",
        "ratio": "5",
        "team_size": 2,
        "expert_count": 1,
        "excludes_same_county": True,
        "starts_on": "2026-06-01",
        "ends_on": "2026-09-30",
        "approved_by": "吴示例",
        "approved_on": "2026-03-20",
    }
    return {**base, **changes}


def problems(counts=None, **changes):
    one = plan.read_plan(row(**changes), "420000")
    return plan.review(one, counts or {"公证机构": 116}, loader.provincial_items(2026), [], POLICY).problems


@pytest.mark.parametrize(("base", "size"), CEILINGS.items())
def test_five_percent_is_rounded_up_exactly(base, size):
    assert plan.sample_size(base, Fraction(5, 100)) == size


def test_seven_percent_of_a_hundred_is_seven():
    assert plan.sample_size(100, Fraction("7") / 100) == 7


def test_an_empty_type_draws_nobody():
    assert plan.sample_size(0, Fraction(5, 100)) == 0


def test_a_sound_plan_has_nothing_in_its_way():
    assert problems() == ()


def test_below_five_percent_is_refused_by_type_and_in_total():
    """R13, Q2: 4 % of 226 in two types falls short in each and in all; 5 % holds, and nothing below is drawn."""
    two = {"item_codes": "HB-NOT-01；HB-FOR-01", "target_types": "公证机构；司法鉴定机构"}
    counts = {"公证机构": 116, "司法鉴定机构": 110}
    assert problems(counts, ratio="4", **two) == (
        "公证机构只抽 5 个，低于下限 6 个", "司法鉴定机构只抽 5 个，低于下限 6 个", "总数只抽 10 个，低于下限 12 个",
    )  # fmt: skip
    assert problems(counts, ratio="5", **two) == ()
    found = plan.review(plan.read_plan(row(ratio="4"), "420000"), counts, loader.provincial_items(2026), [], POLICY)
    with pytest.raises(Refused, match="低于下限 6 个"):
        plan.require_ready(found)


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"approved_by": None}, "没有批准人"),
        ({"approved_on": "2026-06-02"}, "批准日期晚于检查开始日期"),
        ({"starts_on": "2026-02-01"}, "超出 3 月至 10 月"),
        ({"ends_on": "2026-05-01"}, "结束日期早于开始日期"),
        ({"item_codes": "HB-XXX-01"}, "不在清单中"),
        ({"target_types": "公证机构；公证员"}, "公证员没有对应的抽查事项"),
        ({"ratio": None}, "没有抽查比例"),
    ],
)
def test_what_is_wrong_with_a_plan_is_said(changes, expected):
    assert any(expected in one for one in problems(**changes))


@pytest.mark.parametrize(
    ("first", "last", "is_outside"),
    [
        ("2026-03-01", "2026-10-31", False),
        ("2026-02-28", "2026-10-31", True),
        ("2026-03-01", "2026-11-01", True),
        ("2026-11-01", "2026-11-30", True),
    ],
)
def test_the_season_runs_from_the_first_of_march_to_the_last_of_october(first, last, is_outside):
    """R29, X20: both days belong to the season; one day before or after needs a reason."""
    found = problems(starts_on=first, ends_on=last, approved_on="2026-02-01")
    assert any("超出 3 月至 10 月" in one for one in found) is is_outside


def test_a_reason_opens_the_window():
    assert problems(starts_on="2026-02-15", approved_on="2026-02-01", window_reason="省厅部署的专项工作") == ()


def test_special_inspections_need_no_ratio_floor():
    assert problems(task_kind="专项检查", ratio="1") == ()


def test_a_plan_without_approval_is_not_frozen():
    one = plan.read_plan(row(approved_by=None), "420000")
    found = plan.review(one, {"公证机构": 5}, loader.provincial_items(2026), [], POLICY)
    with pytest.raises(Refused, match="没有批准人"):
        plan.require_ready(found)


def test_too_few_officers_of_a_field_are_foreseen():
    officer = {"fields": "公证", "qualification": "持有行政执法证", "certificate_no": "17"}
    one = plan.read_plan(row(), "420000")
    found = plan.review(one, {"公证机构": 116}, loader.provincial_items(2026), [officer], POLICY)
    assert [(load.field, load.visits, load.people, load.holds) for load in found.loads] == [("公证", 6, 1, False)]
    assert "跨区调派" in found.hints[0]


def officers(number, fields="公证；司法鉴定"):
    return [{"fields": fields, "qualification": "持有行政执法证", "certificate_no": str(one)} for one in range(number)]


@pytest.mark.parametrize(("ends_on", "fits"), [("2026-06-03", True), ("2026-06-02", False)])
def test_a_window_too_short_for_the_visits_of_each_officer_is_foreseen(ends_on, fits):
    """R28: 6 visits of 4 officers are 3 working days for each; 1 to 3 June are three, 1 and 2 June are two."""
    one = plan.read_plan(row(starts_on="2026-06-01", ends_on=ends_on), "420000")
    found = plan.review(one, {"公证机构": 116}, loader.provincial_items(2026), officers(4), POLICY)
    assert (found.loads[0].per_person, found.loads[0].fits) == (3, fits)
    assert any("排不开" in hint for hint in found.hints) is not fits


def test_who_goes_in_two_fields_is_counted_once_in_the_load_of_the_plan():
    """R28: 6 visits of notaries and 6 of appraisers by the same 4 people are 6 each, not 3."""
    types, items = "公证机构；司法鉴定机构", "HB-NOT-01；HB-FOR-01"
    one = plan.read_plan(row(target_types=types, item_codes=items), "420000")
    counts = {"公证机构": 116, "司法鉴定机构": 116}
    found = plan.review(one, counts, loader.provincial_items(2026), officers(4), POLICY)
    assert [load.per_person for load in found.loads] == [3, 3]
    assert (found.total.people, found.total.per_person) == (4, 6)


def test_plans_that_visit_the_same_kind_at_the_same_time_are_named():
    """R28: the windows share 1 to 31 July for 公证机构; a day later they share nothing."""
    one = plan.read_plan(row(ends_on="2026-07-31"), "420000")
    same = {"plan_id": "P02", "target_types": "公证机构；司法鉴定机构"}
    other = plan.read_plan(row(**same, starts_on="2026-07-01"), "420000")
    later = plan.read_plan(row(**same, starts_on="2026-08-01"), "420000")
    assert plan.overlaps([one, other]) == [(one, other, ("公证机构",), date(2026, 7, 1), date(2026, 7, 31))]
    assert plan.overlaps([one, later]) == []


@pytest.mark.parametrize(
    ("approved_on", "kind", "is_late"),
    [
        ("2026-03-31", "省级重点领域计划", False),
        ("2026-04-01", "省级重点领域计划", True),
        ("2026-04-01", "市州地区计划", True),
        ("2026-04-01", "适时抽查（临时）", False),
    ],
)
def test_a_yearly_plan_is_due_on_31_march(approved_on, kind, is_late):
    """R26, R27: the plans of province and cities are made in March; what the province adds later is not (R44)."""
    one = plan.read_plan(row(approved_on=approved_on, plan_kind=kind), "420000")
    found = plan.review(one, {"公证机构": 116}, loader.provincial_items(2026), officers(4), POLICY)
    assert any("年度计划应在每年 3 月制定" in hint for hint in found.hints) is is_late


def test_an_item_without_legal_basis_is_not_drawn():
    """R09: X20 lets no plan reach the draw whose item rests on no law."""
    items = [
        {**one, "legal_basis": None} if one["item_code"] == "HB-NOT-01" else one
        for one in loader.provincial_items(2026)
    ]
    found = plan.review(plan.read_plan(row(), "420000"), {"公证机构": 116}, items, officers(4), POLICY)
    assert found.problems == ("事项 HB-NOT-01 没有检查依据",)
    with pytest.raises(Refused, match="没有检查依据"):
        plan.require_ready(found)


def test_a_city_is_offered_full_coverage_of_institutions_and_a_sample_of_people():
    counts = {"公证机构": 7, "司法鉴定机构": 6, "公证员": 24, "司法鉴定人": 60}
    unit = loader.units()["421200"]
    items = loader.provincial_items(2026)
    found = proposal.propose(unit, 2026, items, counts, POLICY, start=date(2026, 6, 1), end=date(2026, 10, 31))
    assert [(one["ratio"], one["base"], one["sample_size"]) for one in found] == [("100", 13, 13), ("5", 84, 5)]
    assert all(one["excludes_same_county"] for one in found)


def test_a_directly_governed_city_has_no_county_to_keep_away_from():
    unit = loader.units()["429004"]
    items = loader.provincial_items(2026)
    found = proposal.propose(unit, 2026, items, {"公证机构": 1}, POLICY, start=date(2026, 6, 1), end=date(2026, 10, 31))
    assert [one["excludes_same_county"] for one in found] == [False]


# ---- differentiation ------------------------------------------------------------------------------------------------

GOOD = {"target_id": "O-1", "penalties_3y": 0, "complaints_last_year": 0, "satisfaction": "96", "welfare": "积极参与"}


def test_four_good_facts_together_propose_a_reduction():
    assert judge(GOOD, POLICY).value == "减少"


@pytest.mark.parametrize("missing", ["penalties_3y", "complaints_last_year", "satisfaction", "welfare"])
def test_an_unknown_fact_is_neutral(missing):
    assert judge({**GOOD, missing: "未掌握"}, POLICY).value == "正常"


@pytest.mark.parametrize(
    "bad", [{"penalties_3y": 1}, {"complaints_last_year": 3}, {"satisfaction": "69.9"}, {"welfare": "拒绝参与"}]
)
def test_one_adverse_fact_proposes_a_key_target(bad):
    assert judge({**GOOD, **bad}, POLICY).value == "重点"


def test_all_four_adverse_facts_cannot_be_adjusted_away():
    row = {"penalties_3y": 2, "complaints_last_year": 5, "satisfaction": "50", "welfare": "拒绝参与"}
    manual = {"manual_judgement": "正常", "adjustment_reason": "已整改", "reviewed_by": "吴示例"}
    assert judge({**row, **manual}, POLICY).value == "重点"


def test_an_adjustment_needs_reason_and_reviewer():
    manual = {"manual_judgement": "正常", "adjustment_reason": "已整改", "reviewed_by": "吴示例"}
    assert judge({**GOOD, **manual}, POLICY).value == "正常"
    assert judge({**GOOD, **manual, "reviewed_by": None}, POLICY).value == "减少"


def test_a_reduction_is_granted_by_a_reviewed_t17_alone():
    """R33: 可以减少 is optional; the same facts in T02 alone, or a T17 nobody answers for, reduce nothing and say why."""
    filed = {"target_id": "O-1", "reviewed_by": "吴示例"}
    assert judge_all([GOOD], [filed], POLICY)["O-1"].value == "减少"
    for nobody in ([], [{**filed, "reviewed_by": None}]):
        one = judge_all([GOOD], nobody, POLICY)["O-1"]
        assert (one.value, one.proposed) == ("正常", "减少")
        assert "没有报送经审核的差异化依据表（T17）" in one.reason
    bad = {**GOOD, "penalties_3y": 1}
    assert judge_all([bad], [], POLICY)["O-1"].value == "重点"  # adverse facts need nobody's consent


@pytest.mark.parametrize(
    ("last", "value"), [("2025-06-10", "减少"), ("2024-12-31", "正常"), (None, "减少"), ("2026-04-01", "减少")]
)
def test_nobody_is_left_alone_for_two_years_running(last, value):
    """R33: `reduction_max_years` is 1: who was not inspected in 2025 is reduced no further in 2026."""
    one = judge_all([{**GOOD, "last_inspected_on": last}], [{"target_id": "O-1", "reviewed_by": "吴示例"}], POLICY)[
        "O-1"
    ]
    assert one.value == value
    assert ("已连续 1 年未检查，不再减少" in one.reason) == (value == "正常")


def test_t17_is_prefilled_with_the_facts_known_and_the_proposal():
    rows = evidence_rows(
        [
            {**GOOD, "name": "示例公证处", "practice_state": "正常执业"},
            {**GOOD, "target_id": "O-2", "practice_state": "注销"},
        ],
        POLICY,
    )
    assert [row["target_id"] for row in rows] == ["O-1"]
    assert rows[0]["judgement"] == "减少"
    assert (rows[0]["complaints_last_year"], rows[0]["year"]) == (0, 2026)
    assert "reviewed_by" not in rows[0]


def test_the_credit_grade_of_a_body_changes_its_chance():
    """R11: credit supports the draw: the worse the grade, the higher the class of weight; the judgement multiplies it."""
    rows = [
        {
            "target_id": f"O-NOT-421202-00{n}", "name": f"第{n}公证处", "target_type": "公证机构", "practice_state": "正常执业", "is_in_roster": True,
            "roster_year": 2026, "division": "421202", "credit_grade": grade, "last_inspected_on": "2026-01-05",
        }
        for n, grade in enumerate("ABCD", 1)
    ]  # fmt: skip
    one = plan.read_plan({"plan_id": "P", "target_types": "公证机构", "roster_level": "市级"}, "421200")
    low = {
        row["target_id"]: Judgement(
            target_id=row["target_id"],
            value="减少",
            proposed="减少",
            facts=(),
            rule_version="",
            credit=row["credit_grade"],
        )
        for row in rows
    }

    def classes(judgements):
        frozen = pool.freeze(one, targets=rows, practitioners=(), inspectors=(), experts=(), items=(), judgements=judgements, visits={}, loads={}, policy=POLICY)  # fmt: skip
        return [row["class"] for row in frozen.targets]

    assert classes(low) == ["W1", "W2", "W3", "W4"]
    assert classes({}) == ["W2", "W4", "W6", "W8"]


def test_a_plan_without_lead_office_is_said():
    """R41: one office leads; a plan names it."""

    def hints(**changes):
        one = plan.read_plan(row(**changes), "420000")
        return plan.review(one, {"公证机构": 116}, loader.provincial_items(2026), [], POLICY).hints

    assert not any("牵头" in one for one in hints(lead_unit="公共法律服务管理科"))
    assert any("牵头" in one for one in hints(lead_unit=None))


# ---- the ratio of the year by both readings --------------------------------------------------------------------------


def bodies(kind, count, level="省级", state="正常执业"):
    return [
        {"target_id": f"O-{kind}-{level}-{n}", "target_type": kind, "roster_level": level, "practice_state": state}
        for n in range(count)
    ]


def year(rows, *plans, **values):
    """Return reading -> (size, base, floor, what falls short, decides) of a year with these plans."""
    policy = loader.policy(2026, tuple(("", name, value) for name, value in values.items()))
    items = loader.provincial_items(2026)
    known = ratio.roster(rows, [], items)
    counts = {kind: len(names) for kind, names in known.items()}
    reviews = [plan.review(plan.read_plan(row(**one), "420000"), counts, items, [], policy) for one in plans]
    readings = ratio.yearly(reviews, known, policy, "420000")
    return {one.name: (one.size, one.base, one.floor, one.short, one.decides) for one in readings}


def test_a_plan_for_one_trade_keeps_the_floor_within_itself_and_not_that_of_the_roster():
    """R13, Q1: by one reading the ratio is of what the province inspects, by the other of all its roster."""
    rows = [*bodies("公证机构", 116), *bodies("司法鉴定机构", 110)]
    notaries = {"item_codes": "HB-NOT-01", "target_types": "公证机构"}
    forensic = {"plan_id": "420000-2026-P02", "item_codes": "HB-FOR-01", "target_types": "司法鉴定机构"}
    found = year(rows, notaries)
    assert found["inspected"] == (6, 116, 6, (), False)
    assert found["roster"] == (6, 226, 12, ("司法鉴定机构", "合计"), True)
    assert year(rows, notaries, forensic)["roster"] == (12, 226, 12, (), True)
    assert year(rows, notaries, ratio_base="inspected")["inspected"] == (6, 116, 6, (), True)


def test_only_random_plans_and_only_the_provincial_roster_in_practice_count_in_the_year():
    """R11, R13: a special inspection lifts no ratio; lower lists, the closed and what the province may not inspect stand in no base."""
    rows = [*bodies("公证机构", 100), *bodies("公证机构", 9, level="市级"), *bodies("公证机构", 5, state="注销"), *bodies("公共法律服务工作室", 7)]  # fmt: skip
    special = {"plan_id": "420000-2026-P02", "task_kind": "专项检查", "ratio": "50"}
    assert year(rows, {}, special)["roster"] == (5, 100, 5, (), True)
    assert year(rows, special)["roster"][:3] == (0, 100, 5)


@pytest.mark.parametrize(("base", "size"), CEILINGS.items())
def test_the_floor_of_the_year_is_rounded_up_exactly_by_both_readings(base, size):
    found = year(bodies("公证机构", base), {})
    assert [found[name][:3] for name in ("roster", "inspected")] == [(size, base, size)] * 2


def test_a_lowered_cap_holds_for_a_plan_of_general_items_only():
    """R13: an office may cap 一般检查事项; 重点检查事项 have no cap."""
    policy = loader.policy(2026, (("", "general_item_ratio_cap", "1/10"),))
    items = loader.provincial_items(2026)
    kinds = {one["item_kind"]: one["item_code"] for one in items if "公证机构" in one["target_types"]}
    one, other = kinds["一般检查事项"], kinds["重点检查事项"]

    def capped(codes, share):
        read = plan.read_plan(row(item_codes=codes, ratio=share), "420000")
        return [text for text in plan.review(read, {"公证机构": 116}, items, [], policy).problems if "上限" in text]

    assert capped(one, "20") == ["一般检查事项的抽查比例高于上限 10%"]
    assert capped(one, "10") == capped(other, "20") == capped(f"{one}；{other}", "20") == []
