"""Results against the draw, the one end of every target, problems, transfers: each rule with what breaks it."""

from datetime import date

import pytest

from engine import rectify, results, tasks, transfer
from schemas import loader

POLICY = loader.policy(2026)
TASK = {
    "task_id": "T-1", "target_id": "O-1", "unit": "421200", "item_codes": "HB-NOT-01", "starts_on": "2026-06-01",
    "ends_on": "2026-09-30", "drawn_on": "2026-05-28", "inspectors": "甲（42122100101）；乙（42122200102）", "task_status": "已通知",
}  # fmt: skip
RESULT = {
    "task_id": "T-1", "task_kind": "双随机", "target_id": "O-1", "target_name": "甲公证处", "target_type": "公证机构",
    "inspecting_unit": "421200", "entry_unit": "421200", "inspectors": "甲（42122100101）；乙（42122200102）",
    "inspected_from": "2026-06-18", "inspected_to": "2026-06-19", "result": "未发现问题", "dispositions": "无需后续处置",
    "is_suspected_violation": False, "approved_on": "2026-06-25", "is_public": True, "is_closed": True,
}  # fmt: skip
LINE = {"task_id": "T-1", "item_code": "HB-NOT-01", "point_no": 1, "is_checked": True, "has_problem": False}
OFFICERS = {"42122100101": date(2028, 1, 1), "42122200102": None, "42122300103": None}
BAD = {"result": "发现问题已责令改正", "dispositions": "责令限期改正", "rectify_by": "2026-07-18", "is_closed": False}
PROBLEM = {"has_problem": True, "problem": "缺审批记录", "legal_basis": "《公证程序规则》第四十条。"}


def said(result=None, line=None, requests=(), task=None):
    rows = [{**RESULT, **(result or {})}]
    lines = [{**LINE, **(line or {})}]
    found = results.check(rows, lines, {"T-1": {**TASK, **(task or {})}}, requests, officers=OFFICERS)
    return [one.message for one in found]


def approved(kind, reference="T-1", **more):
    return {"request_id": "Q", "request_type": kind, "reference": reference, "is_approved": True, **more}


def test_a_result_that_equals_the_draw_raises_no_doubt():
    assert said() == []


@pytest.mark.parametrize(
    ("result", "line", "expected"),
    [
        ({"result": None}, {}, "没有填检查结果"),
        ({}, PROBLEM, "明细中有 1 个问题"),
        (BAD, {}, "明细中没有问题"),
        ({"dispositions": "无需后续处置；当场改正"}, {}, "不能与其他处置并列"),
        ({"result": "发现问题待后续处理"}, PROBLEM, "没有写明后续处置"),
        ({"entry_unit": "421221"}, {}, "谁检查、谁录入"),
        ({}, {"is_checked": False, "has_problem": None}, "未检查，也没有原因"),
        ({}, {"has_problem": None}, "没有写明有无问题"),
        ({"target_id": "O-2"}, {}, "与抽取的 O-1 不一致"),
        ({}, {"item_code": "HB-NOT-02"}, "缺事项明细：HB-NOT-01"),
        ({"inspecting_unit": "421221", "entry_unit": "421221"}, {}, "与派发单位不一致"),
        ({"inspected_to": "2026-10-05"}, {}, "不在计划期内"),
        ({"inspected_from": "2026-05-20"}, {}, "早于抽取日期"),
        ({"inspectors": "甲（42122100101）；丙（42122300103）"}, {}, "不是抽取或按规则递补的人员"),
        ({"inspectors": "甲（42122100101）"}, {}, "不足 2 名"),
        ({"inspectors": "甲（42122100101）；甲（42122100101）"}, {}, "不足 2 名"),
        ({"task_id": "T-9"}, {"task_id": "T-9"}, "不在派发清单中"),
    ],
)
def test_what_differs_from_the_draw_is_said(result, line, expected):
    assert any(expected in one for one in said(result, line))


DIRECT = {"replacement_mode": "直接委派", "replacement": "丙（42122300103）"}


@pytest.mark.parametrize(
    ("result", "request_"),
    [
        ({"inspected_to": "2026-10-05"}, approved("检查延期")),
        ({"inspectors": "甲（42122100101）；丙（42122300103）"}, approved("人员不能参加", **DIRECT)),
    ],
)
def test_an_approved_request_covers_the_difference(result, request_):
    assert said(result)
    assert said(result, requests=[request_]) == []
    assert said(result, requests=[{**request_, "is_approved": False}])
    assert said(result, requests=[{**request_, "reference": "T-2"}])


@pytest.mark.parametrize(
    ("result", "request_"),
    [
        ({"inspectors": "甲（42122100101）；丙（42122300103）"}, approved("人员不能参加")),
        (
            {"inspectors": "甲（42122100101）；丙（42122300103）"},
            approved("人员回避", replacement="42122300103", replacement_mode="重新随机"),
        ),
        (
            {"inspectors": "甲（42122100101）；丙（42122300103）"},
            approved("人员回避", **{**DIRECT, "replacement": "421223001031"}),
        ),
        ({"target_id": "O-2"}, approved("对象递补")),
    ],
)
def test_no_request_chooses_a_person_or_a_target(result, request_):
    """R58, X24: who comes instead is what the protocol drew (a new packet), or an approved direct assignment by its number."""
    assert said(result, requests=[request_])


def test_an_expired_certificate_does_not_count():
    assert any("不足 2 名" in one for one in said({"inspected_from": "2028-06-18", "inspected_to": "2028-06-18"}))


def test_an_expert_is_never_one_of_the_two():
    """R25, X14: one officer and an expert are one officer, even where the change itself was approved."""
    expert = {"inspectors": "甲（42122100101）；钱示例（1421200101）"}
    found = said(expert, requests=[approved("人员不能参加")])
    assert any("不足 2 名" in one for one in found)


def test_daily_inspections_need_no_task():
    assert said({"task_id": "D-1", "task_kind": "日常检查"}, {"task_id": "D-1"}) == []


@pytest.mark.parametrize(
    ("by", "end"), [("421221", "未完成"), ("421200", "已核减"), ("420000", "已核减"), ("420100", "未完成")]
)
def test_only_the_inspecting_office_or_one_above_it_strikes_a_target(by, end):
    """What a county writes into its own form, 同意 and all, ends no inspection of the city; it is told instead."""
    task, request = {**TASK, "unit": "421200"}, {**approved("对象核减"), "request_id": "Q-1", "_unit": by}
    assert results.end_states([task], [], [request]) == {"T-1": end}
    told = results.unlawful([request], {"T-1": task})
    assert [one.subject for one in told] == ([] if end == "已核减" else ["Q-1"])
    assert all("任务 T-1 是咸宁市司法局的，没有采用" in one.message for one in told)


@pytest.mark.parametrize(
    ("rows", "requests", "end"),
    [
        ([RESULT], [], "已检查"),
        ([{**RESULT, "result": "已注销"}], [], "状态终结"),
        ([], [approved("对象核减")], "已核减"),
        ([], [{**approved("对象核减"), "is_approved": False}], "未完成"),
        ([], [], "未完成"),
        ([{**RESULT, "task_kind": "日常检查"}], [], "未完成"),
    ],
)
def test_every_drawn_target_ends_exactly_once(rows, requests, end):
    assert results.end_states([TASK], rows, requests) == {"T-1": end}


def test_two_results_for_one_target_and_none_are_both_doubts():
    assert "有 2 份" in results.check_ends([TASK], [RESULT, RESULT], [])[0].message
    assert "没有结果" in results.check_ends([TASK], [], [])[0].message


# ---- rectification --------------------------------------------------------------------------------------------------

HEAD = {**RESULT, **BAD}
WRONG = {**LINE, **PROBLEM}
CERTIFIED = {"甲": [None], "乙": [None]}
CLOSED = {
    "problem_id": "T-1-HB-NOT-01-1", "is_closed": True, "recheckers": "甲；乙", "rechecked_on": "2026-07-20", "recheck_result": "整改到位",
    "rectify_by": "2026-07-18",
}  # fmt: skip


def catalogue(**changes):
    return rectify.problems([{**HEAD, **changes}], [WRONG])


def test_a_problem_gets_its_id_from_its_task():
    assert [(one["problem_id"], one["problem"], one["rectify_by"]) for one in catalogue()] == [
        ("T-1-HB-NOT-01-1", "缺审批记录", "2026-07-18")
    ]


def test_a_problem_is_closed_by_two_officers_only():
    def followed(**changes):
        return rectify.follow(catalogue(), [{**CLOSED, **changes}], date(2026, 8, 1))[0]

    assert followed()["is_closed"]
    assert not followed(recheckers="甲")["is_closed"]
    assert not followed(recheck_result="部分到位")["is_closed"]
    assert not followed(rechecked_on=None)["is_closed"]


def test_overdue_days_run_to_the_recheck_or_to_today():
    assert rectify.follow(catalogue(), [CLOSED], date(2026, 9, 1))[0]["overdue_days"] == 2
    assert rectify.follow(catalogue(), [], date(2026, 7, 28))[0]["overdue_days"] == 10


@pytest.mark.parametrize(
    ("head", "filed", "expected"),
    [
        ({"rectify_by": None}, [], "既没有整改期限，也没有移送"),
        ({"rectify_by": "2026-12-30"}, [], "整改期限超过 90 天"),
        ({}, [{**CLOSED, "recheckers": "甲"}], "没有两名人员复查"),
        ({}, [{**CLOSED, "problem_id": "T-8-1"}], "没有对应的检查问题"),
    ],
)
def test_a_problem_may_not_vanish(head, filed, expected):
    assert any(
        expected in one.message for one in rectify.check(catalogue(**head), filed, [], POLICY, officers=CERTIFIED)
    )


@pytest.mark.parametrize(
    ("recheckers", "known", "named"),
    [
        ("甲；乙", {"甲": [None], "乙": [date(2026, 7, 20)]}, []),
        ("甲（42122100101）；乙", {"甲": [None], "乙": [date(2026, 7, 20)]}, []),
        ("甲；路人", {"甲": [None]}, ["路人"]),
        ("甲；乙", {"甲": [None], "乙": [date(2026, 7, 19)]}, ["乙"]),
        ("甲；乙", {"甲": [None], "乙": [date(2026, 7, 19), date(2027, 1, 1)]}, []),
    ],
)
def test_only_certified_officers_recheck(recheckers, known, named):
    """R15, X30: the re-check is by two officers, whose certificates were valid on the day."""
    found = rectify.check(catalogue(), [{**CLOSED, "recheckers": recheckers}], [], POLICY, officers=known)
    assert [f"复查人员 {one} 不在" in said.message for one, said in zip(named, found, strict=True)] == [True] * len(
        named
    )


@pytest.mark.parametrize(("by", "counts"), [("421200", True), ("420000", True), ("421221", False), ("420100", False)])
def test_only_the_office_that_found_a_problem_or_one_above_it_closes_it(by, counts):
    """谁检查、谁录入: what a county files about a problem of the city is told and changes nothing."""
    problem = [{**one, "_unit": "421200"} for one in catalogue()]
    filed = [{**CLOSED, "_unit": by}]
    assert rectify.follow(problem, filed, date(2026, 8, 1))[0]["is_closed"] is counts
    told = [one.message for one in rectify.check(problem, filed, [], POLICY, officers=CERTIFIED)]
    assert any("没有采用；应由检查单位或其上级报" in one for one in told) is not counts


def test_the_same_problem_of_an_earlier_year_is_recognised():
    before = [{**catalogue()[0], "problem_id": "OLD-1"}]
    assert [one["earlier_problem_id"] for one in rectify.repeats(catalogue(), before)] == ["OLD-1"]
    assert rectify.repeats(catalogue(), [{**before[0], "item_code": "HB-NOT-09"}]) == []


@pytest.mark.parametrize("is_later", [True, False])
def test_a_refined_item_and_the_one_it_refines_are_the_same_item_over_the_years(is_later):
    """R47: last year by the province's item, this year by the city's refinement of it, or the other way round."""
    (now, *_) = catalogue()
    code, local = now["item_code"], f"421200-{now['item_code'].removeprefix('HB-')}-a"
    old, new = (code, local) if is_later else (local, code)
    before = [{"target_id": now["target_id"], "item_code": old, "problem_id": "OLD-1"}]
    found = rectify.repeats([{**now, "item_code": new}], before, {local: code})
    assert [one["earlier_problem_id"] for one in found] == ["OLD-1"]
    assert rectify.repeats([{**now, "item_code": new}], before) == []


# ---- transfers ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("finder", "kind", "receiver"),
    [
        ("421221", "公证机构", "421200"),  # 嘉鱼 → 咸宁
        ("421221", "公证员", "421200"),
        ("429004", "公证机构", "420000"),  # 仙桃 is no 设区的市
        ("429021", "公证员", "420000"),  # 神农架
        ("421200", "公证机构", "421200"),
        ("422800", "公证机构", "422800"),  # 恩施州 counts as one (Q13)
        ("421200", "司法鉴定机构", "420000"),
        ("421221", "司法鉴定人", "420000"),
        ("421221", "法律援助机构", "421221"),
        ("421200", "公共法律服务中心", "421200"),
        ("420000", "公证机构", "420000"),
    ],
)
def test_the_authority_follows_the_law(finder, kind, receiver):
    assert transfer.authority(finder, kind, POLICY) == receiver


SUSPECT = {
    **HEAD,
    "result": "发现问题待后续处理",
    "dispositions": "移送立案查处",
    "is_suspected_violation": True,
    "rectify_by": None,
}
MOVED = {
    "transfer_id": "421200-2026-Y01", "task_id": "T-1", "from_unit": "421221", "to_unit": "421200", "transferred_on": "2026-06-28",
}  # fmt: skip


def doubts(**changes):
    return [one.message for one in transfer.check([SUSPECT], [{**MOVED, **changes}], POLICY, date(2026, 12, 31))]


def test_a_proper_transfer_raises_no_doubt():
    assert doubts() == []


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"to_unit": "421221"}, "应移送咸宁市司法局"),
        ({"transferred_on": "2026-07-10"}, "超过 7 天"),
        ({"task_id": "T-7"}, "没有检查结果"),
        ({"is_closed": True}, "没有反馈日期"),
        ({"filed_on": "2026-07-01"}, "立案已超过 90 天"),
    ],
)
def test_a_wrong_transfer_is_said(changes, expected):
    assert any(expected in one for one in doubts(**changes))


REGISTER = {
    SUSPECT["target_id"]: ("甲公证处", ""),
    "P-1": ("王示例", SUSPECT["target_id"]),
    "O-9": ("乙公证处", ""),
    "P-9": ("李示例", "O-9"),
}


@pytest.mark.parametrize(
    ("subject", "name", "expected"),
    [
        (SUSPECT["target_id"], "甲公证处", None),
        ("P-1", "王示例", None),
        ("O-777", "甲公证处", "O-777 不在名录内"),
        ("O-9", "乙公证处", "不是来源任务检查的"),
        ("P-9", "李示例", "不是来源任务检查的"),
        (SUSPECT["target_id"], "乙公证处", "在名录里是“甲公证处”，填的是“乙公证处”"),
    ],
)
def test_what_is_transferred_is_what_was_inspected_or_one_of_its_people(subject, name, expected):
    """X29: neither an unknown subject nor another's institution goes to the authority on the strength of this visit."""
    row = {**MOVED, "subject_id": subject, "subject_name": name}
    found = [one.message for one in transfer.check([SUSPECT], [row], POLICY, date(2026, 12, 31), REGISTER)]
    assert [expected in one for one in found] == ([True] if expected else [])


def test_a_suspected_violation_without_transfer_is_an_orphan():
    assert any("没有移送登记" in one.message for one in transfer.check([SUSPECT], [], POLICY, date(2026, 12, 31)))
    assert transfer.orphans([SUSPECT], [{"task_id": "T-1", "rectify_by": None, "is_closed": False}], []) == ["T-1"]
    assert transfer.orphans([SUSPECT], [], [MOVED]) == []


def proposed(results, filed=(), given=None):
    numbers = transfer.numbered(results, filed, given or {}, 2026)
    return transfer.propose(results, [], numbers, filed, POLICY)


def test_a_transfer_keeps_its_number_and_what_was_filed_whatever_comes_later():
    """R15, R38: a result of an earlier task neither renumbers a case nor writes over it."""
    later, earlier = {**SUSPECT, "task_id": "T-5"}, {**SUSPECT, "task_id": "T-2"}
    (first,) = proposed([later])
    number = first["transfer_id"]
    # Named once, not yet filed: the number stays with its task.
    named = {row["task_id"]: row["transfer_id"] for row in proposed([earlier, later], given={"T-5": number})}
    assert named == {"T-5": number, "T-2": number.replace("Y01", "Y02")}
    case = {**MOVED, "transfer_id": number, "task_id": "T-5", "case_no": "咸司立〔2026〕1号", "filed_on": "2026-07-01"}
    found = proposed([earlier, later], [case])
    assert found[0] == case
    assert [(one["task_id"], one["transfer_id"][-3:]) for one in found] == [("T-5", "Y01"), ("T-2", "Y02")]
    ended = {**case, "is_closed": True, "feedback_on": "2026-09-01"}
    assert [one["task_id"] for one in proposed([earlier, later], [ended])] == ["T-2"]


def test_a_number_used_for_another_case_is_said():
    found = transfer.check([SUSPECT], [MOVED], POLICY, date(2026, 12, 31), given={"T-9": MOVED["transfer_id"]})
    assert any("已经给了任务 T-9，现在填在任务 T-1" in one.message for one in found)


def test_a_corrected_record_leaves_the_other_problems_their_numbers():
    """R15: a fault found later at an earlier point does not inherit the re-check of another."""
    second = {**WRONG, "point_no": 2, "problem": "未公示收费"}
    before = rectify.problems([HEAD], [LINE, second])
    filed = [{**CLOSED, "problem_id": before[0]["problem_id"], "problem": "未公示收费"}]
    after = rectify.follow(rectify.problems([HEAD], [WRONG, second]), filed, date(2026, 8, 1))
    assert {one["problem"]: one["is_closed"] for one in after} == {"缺审批记录": False, "未公示收费": True}


def test_a_closing_of_another_problem_at_the_same_point_is_said():
    found = rectify.check(catalogue(), [{**CLOSED, "problem": "未公示收费"}], [], POLICY, officers=CERTIFIED)
    assert any("写的问题是“未公示收费”，检查记录现在是“缺审批记录”" in one.message for one in found)
    assert rectify.check(catalogue(), [{**CLOSED, "problem": "缺审批 记录。"}], [], POLICY, officers=CERTIFIED) == []


def test_a_proposed_transfer_names_the_authority():
    found = proposed([{**SUSPECT, "inspecting_unit": "429004"}])
    assert [(one["to_unit"], one["transfer_id"]) for one in found] == [("420000", "429004-2026-Y01")]


# ---- tasks ----------------------------------------------------------------------------------------------------------


def test_a_task_passes_only_into_the_states_that_may_follow():
    assert tasks.path("待派发", "整改中")
    assert not any(tasks.path(end, state) for end in ("已完结", "已终止") for state in tasks.STEPS)
    assert not tasks.path("已移送", "整改中")


def test_every_state_leads_to_an_end():
    assert all(
        tasks.path(state, "已完结") or tasks.path(state, "已终止") for state in tasks.STEPS if tasks.STEPS[state]
    )


def test_points_are_split_at_their_numbers():
    assert tasks.points("1.受理；2.告知、审查核实；3.公证书格式。") == ["受理", "告知、审查核实", "公证书格式"]
    assert tasks.points("核对资料") == ["核对资料"]
