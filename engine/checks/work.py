"""Rules about items, plans, results, rectification and transfer (X20-X30), as far as one file can be judged alone."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from engine.names import folded

if TYPE_CHECKING:
    from engine.checks.table import Hit, Merged

# pairs (earlier, later) of dates that stand in one row
_ORDERED = (
    ("valid_from", "valid_to"), ("licence_issued_on", "licence_valid_to"), ("first_licensed_on", "licence_valid_to"),
    ("unavailable_from", "unavailable_to"), ("inspected_from", "inspected_to"), ("starts_on", "ends_on"),
    ("draw_on", "starts_on"), ("transferred_on", "received_on"), ("filed_on", "decided_on"), ("applied_on", "decided_on"),
    ("approved_on", "published_on"),
)  # fmt: skip


def dates_in_order(table: Merged) -> list[Hit]:
    """The end of a period does not lie before its start (X04)."""
    found: list[Hit] = []
    for first, last in _ORDERED:
        if table.has(first, last):
            one, two = table.text(first), table.text(last)
            mask = (one != "") & (two != "") & (two < one)
            found += table.hit("DR-D011", mask, last, other=table.title(first), expected=one)
    return found


def dates_in_year(table: Merged) -> list[Hit]:
    """Dates lie in the year that is reported."""
    found: list[Hit] = []
    for name in ("held_on", "effective_on"):
        if table.has(name):
            text = table.text(name)
            off = np.array([bool(one) and one[:4] != str(table.year) for one in text], dtype=bool)
            found += table.hit("DR-D014", off, name, expected=str(table.year))
    return found


def season_window(table: Merged) -> list[Hit]:
    """Inspections lie between March and October; outside a reason is needed (R29, X20)."""
    low = f"{table.year}-{table.policy.value('season_start')}"
    high = f"{table.year}-{table.policy.value('season_end')}"
    found: list[Hit] = []
    for name in ("inspected_from", "starts_on", "ends_on"):
        if table.has(name):
            text = table.text(name)
            mask = (text != "") & ((text < low) | (text > high))
            column = "情况说明"
            if table.has("window_reason"):
                mask, column = mask & table.empty("window_reason"), table.title("window_reason")
            found += table.hit("DR-D012", mask, name, column=column)
    return found


def ratio_floor(table: Merged) -> list[Hit]:
    """A provincial ratio is at least the floor of the policy (R13, X21); items the province does not inspect have none."""
    top, bottom = (int(part) for part in str(table.policy.value("ratio")).split("/"))
    ratios = table.numbers("ratio")
    names = [table.units[file] for file in table.frame["_file"]]
    province = np.array([name.endswith("0000") for name in names], dtype=bool)
    if table.has("organ_levels"):
        province &= table.frame["organ_levels"].fillna("").astype(str).str.contains("省级").to_numpy()
    mask = province & ~np.isnan(ratios) & (ratios * bottom < top * 100)
    return table.hit("DR-V083", mask, "ratio", expected=format(top * 100 / bottom, "g"))


def legal_basis(table: Merged) -> list[Hit]:
    """No legal basis, no inspection (R09); one without an article is a hint."""
    if not table.has("legal_basis") or table.template.code != "T01":
        return []
    texts = table.frame["legal_basis"].fillna("").astype(str)
    named = texts.str.contains("《.+?》", regex=True).to_numpy()
    exact = texts.str.contains("第.+?条", regex=True).to_numpy()
    filled = (texts != "").to_numpy()
    return table.hit("DR-V085", filled & ~named, "legal_basis") + table.hit(
        "DR-V084", filled & named & ~exact, "legal_basis"
    )


def result_matches_findings(table: Merged) -> list[Hit]:
    """“未发现问题” if and only if the checklist shows no problem (X24)."""
    details = table.others.get("checklist")
    if details is None:
        return []
    bad = details.frame.loc[details.equals("has_problem", "是"), ["_file", "task_id"]].drop_duplicates()
    keys = set(zip(bad["_file"], bad["task_id"], strict=True))
    has = np.array([key in keys for key in zip(table.frame["_file"], table.frame["task_id"], strict=True)], dtype=bool)
    clean = table.equals("result", "未发现问题")
    found = table.hit("DR-V060", clean & has, "result", expected="检查结果是“未发现问题”，但事项明细里有问题。")
    problem = table.frame["result"].isin(("发现问题已责令改正", "发现问题待后续处理")).to_numpy()
    return found + table.hit("DR-V060", problem & ~has, "result", expected="检查结果是发现问题，但事项明细里没有问题。")


def disposition_consistent(table: Merged) -> list[Hit]:
    """“无需后续处置” stands alone; a problem has a disposition; a suspected violation is transferred (X24)."""
    none = table.contains("dispositions", "无需后续处置")
    several = np.array(["；" in one for one in table.text("dispositions")], dtype=bool)
    found = table.hit("DR-V060", none & several, "dispositions", expected="“无需后续处置”不能与其他处置同时填写。")
    open_result = table.equals("result", "发现问题待后续处理")
    found += table.hit(
        "DR-V060", open_result & none, "dispositions", expected="结果是“发现问题待后续处理”，不能是“无需后续处置”。"
    )
    suspected = table.equals("is_suspected_violation", "是") & ~table.contains("dispositions", "移送立案查处")
    return found + table.hit(
        "DR-V061",
        suspected & table.filled("dispositions"),
        "dispositions",
        expected="涉嫌违法的，后续处置应有“移送立案查处”。",
    )


def rectification_deadline(table: Merged) -> list[Hit]:
    """An order to correct has a term, and the term lies after the inspection (X30)."""
    if not table.has("dispositions", "inspected_from"):
        return []
    ordered = table.contains("dispositions", "责令限期改正")
    found = table.hit(
        "DR-V061", ordered & table.empty("rectify_by"), "rectify_by", expected="责令限期改正的，要填改正期限。"
    )
    start, end = table.text("inspected_from"), table.text("rectify_by")
    mask = (start != "") & (end != "") & (end < start)
    return found + table.hit("DR-D011", mask, "rectify_by", other=table.title("inspected_from"), expected=start)


def recheck_complete(table: Merged) -> list[Hit]:
    """A problem is struck off only after a re-check by two (X30)."""
    closed = table.equals("is_closed", "是")
    missing = closed & (table.empty("rechecked_on") | table.empty("recheck_result") | table.empty("recheckers"))
    two = np.array(
        [len([part for part in one.split("；") if part]) >= 2 for one in table.text("recheckers")], dtype=bool
    )
    return table.hit(
        "DR-V061",
        missing | (closed & ~two),
        "is_closed",
        expected="销号的问题要有复查日期、复查结论和至少 2 名复查人员。",
    )


def entry_unit_inspects(table: Merged) -> list[Hit]:
    """谁检查、谁录入 (R35, X24)."""
    one, two = table.text("inspecting_unit"), table.text("entry_unit")
    return table.hit(
        "DR-V060",
        (one != "") & (two != "") & (one != two),
        "entry_unit",
        expected="录入单位应与检查单位一致（谁检查、谁录入）。",
    )


def files_within_sample(table: Merged) -> list[Hit]:
    """No more failed files than files looked at."""
    mask = table.numbers("files_failed") > table.numbers("files_sampled")
    return table.hit("DR-V060", mask, "files_failed", expected="不合格案卷数大于抽查案卷数。")


def nonpublic_approved(table: Merged) -> list[Hit]:
    """A result that is not published has a reason and an approval (R37, X26)."""
    closed = table.equals("is_public", "否")
    found = table.hit(
        "DR-V061", closed & table.empty("nonpublic_reason"), "nonpublic_reason", expected="不公示的要填理由。"
    )
    return found + table.hit(
        "DR-V061", closed & table.empty("nonpublic_request"), "nonpublic_request", expected="不公示的要填审批编号。"
    )


def transfer_in_time(table: Merged) -> list[Hit]:
    """Where the finder itself has jurisdiction nothing is handed over, but the case is decided on (R38, X29)."""
    one, two = table.text("from_unit"), table.text("to_unit")
    own = (one != "") & (one == two)
    words = "移送单位和接收单位相同，属本机关管辖，要填是否立案。"
    return table.hit("DR-V061", own & table.empty("case_filing"), "case_filing", expected=words)


def complaints_consistent(table: Merged) -> list[Hit]:
    """No more well-founded complaints than complaints."""
    mask = table.numbers("complaints_last_year") > table.numbers("complaints_received")
    return table.hit("DR-V060", mask, "complaints_last_year", expected="有效投诉数大于受理数。")


def request_complete(table: Merged) -> list[Hit]:
    """A decided request says who decided and when, and nobody decides his own (X24)."""
    decided = table.filled("is_approved")
    return table.hit(
        "DR-V061",
        decided & (table.empty("decided_by") | table.empty("decided_on")),
        "decided_by",
        expected="有结果的申请要填决定人和决定日期。",
    ) + table.hit(
        "DR-V060",
        decided & table.filled("applicant") & _same(table.text("applicant"), table.text("decided_by")),
        "decided_by",
        expected="决定人不能是申请人本人。",
    )


def _same(one: np.ndarray, other: np.ndarray) -> np.ndarray:
    """Return where two columns name one person; each spelling is folded once."""
    known = {name: folded(name) for name in {*one, *other}}
    return np.array([known[a] == known[b] != "" for a, b in zip(one, other, strict=True)], dtype=bool)


def target_in_sheet(table: Merged) -> list[Hit]:
    """What is said besides about an institution belongs to one of the first sheet (X16)."""
    return _known(table, "targets", "target_id", "对象编号不在机构名录表内。")


def task_in_results(table: Merged) -> list[Hit]:
    """Checklist and evidence belong to a task of the first sheet (X24)."""
    return _known(table, "results", "task_id", "任务编号不在检查结果表内。")


def _known(table: Merged, other: str, name: str, text: str) -> list[Hit]:
    first = table.others.get(other)
    if first is None:
        return []
    keys = set(zip(first.frame["_file"], first.frame[name], strict=True))
    inside = np.array([key in keys for key in zip(table.frame["_file"], table.frame[name], strict=True)], dtype=bool)
    return table.hit("DR-V060", ~inside & table.filled(name), name, expected=text)
