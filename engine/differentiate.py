"""Who may be visited less, who must be visited more: the rule table of 方案三（二） over T17 and T02 (R33, R34).

减少 needs all four facts and stays optional: only a reviewed T17 grants it, and nobody is left alone for more years than the
policy says. One adverse fact proposes 重点, all four make it mandatory; 未掌握 is neutral. A manual judgement holds only with
its reason and its reviewer.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from fractions import Fraction
from typing import TYPE_CHECKING

from engine.values import Row, by, day, ratio, text, whole

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from schemas.declare import Policy

REDUCED, NORMAL, KEY = "减少", "正常", "重点"
FACTS = ("penalties_3y", "complaints_last_year", "satisfaction", "welfare", "credit_grade")
"""What T02 and T17 both say of an institution."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Judgement:
    """What the rules say of one institution, by which facts, and whether a person decided otherwise.

    credit: the grade of T17, else of T02. ignored: what a person asked for and why it does not hold.
    """

    target_id: str
    value: str
    proposed: str
    facts: tuple[str, ...]
    rule_version: str
    credit: str = ""
    is_mandatory: bool = False
    is_manual: bool = False
    ignored: str = ""

    @property
    def reason(self) -> str:
        """The facts in one sentence."""
        return "；".join(self.facts) or "无突出情形"


def judge(row: Row, policy: Policy, unit: str | None = None) -> Judgement:
    """Return the judgement of one institution from its T17 row, or its T02 row where no T17 was filed."""
    good, bad, known = _facts(row, policy, unit)
    proposed = NORMAL
    if len(bad) >= int(str(policy.value("key_facts_to_propose", unit))):
        proposed = KEY
    elif len(good) == 4:  # the notice lists the four facts cumulatively
        proposed = REDUCED
    is_mandatory = len(bad) == 4
    manual = text(row.get("manual_judgement"))
    # The mandatory 重点 cannot be adjusted away; any other adjustment needs its reason and a reviewer.
    allowed = (
        bool(manual)
        and bool(text(row.get("adjustment_reason")))
        and bool(text(row.get("reviewed_by")))
        and not is_mandatory
    )
    facts = tuple(bad or (good if proposed == REDUCED else ())) + (() if known else ("情况未掌握，按正常对待",))
    if allowed:
        facts = (*facts, f"人工调整：{text(row.get('adjustment_reason'))}")
    ignored = ""
    if manual and not allowed and manual != proposed:
        why = "四种情形俱全，应列为重点" if is_mandatory else "没有调整理由或审核人"
        ignored = f"人工调整“{manual}”没有采用：{why}"
        facts = (*facts, ignored)
    return Judgement(
        target_id=text(row.get("target_id")),
        value=manual if allowed else proposed,
        proposed=proposed,
        facts=facts,
        rule_version=text(policy.value("rule_version", unit)),
        credit=text(row.get("credit_grade")),
        is_mandatory=is_mandatory,
        is_manual=allowed and manual != proposed,
        ignored=ignored,
    )


def judge_all(
    targets: Iterable[Row],
    evidence: Iterable[Row],
    policy: Policy,
    unit: str | None = None,
) -> dict[str, Judgement]:
    """Return the judgement of every institution; the T17 row overrides the facts of the T02 row where it has them.

    A reduction is optional (可以): without a reviewed T17 of the year, or once the institution was left alone for
    `reduction_max_years`, it counts as normal, and the facts say why.
    """
    filed = by(evidence, "target_id")
    found = {}
    for target in targets:
        name = text(target.get("target_id"))
        given = {key: value for key, value in filed.get(name, {}).items() if text(value)}
        one = judge({**target, **given}, policy, unit)
        against = _against_reduction(target, given, policy, unit) if one.value == REDUCED else ""
        found[name] = replace(one, value=NORMAL, facts=(*one.facts, against)) if against else one
    return found


def _against_reduction(target: Row, given: Row, policy: Policy, unit: str | None) -> str:
    """Return why an institution that may be visited less is not, '' if nothing speaks against it."""
    if not text(given.get("reviewed_by")):
        return "没有报送经审核的差异化依据表（T17），不减少"
    last, most = day(target.get("last_inspected_on")), int(str(policy.value("reduction_max_years", unit)))
    left_alone = 0 if last is None else policy.year - last.year - 1
    return f"已连续 {left_alone} 年未检查，不再减少" if left_alone >= most else ""


def evidence_rows(targets: Iterable[Row], policy: Policy, unit: str | None = None) -> list[Row]:
    """Return T17 pre-filled for the practising institutions of `targets` (T02): the facts known and what the rules propose.

    The reviewer is left blank: a person answers for every row.
    """
    rows = []
    for target in targets:
        if text(target.get("practice_state")) != "正常执业":
            continue
        known = {key: target.get(key) for key in FACTS}
        one = judge(target, policy, unit)
        rows.append(
            {
                "target_id": target.get("target_id"),
                "target_name": target.get("name"),
                "year": policy.year,
                **known,
                "judgement": one.value,
                "rule_version": one.rule_version,
            }
        )
    return rows


def weight(judgement: str, credit: str, years_since: int | None, table: Mapping[str, Mapping[str, int]]) -> int:
    """Return the weight of a target: credit times judgement times years since the last inspection.

    A grade nobody gave is 未评 (N); a target never inspected counts as the longest gap.
    """
    gaps = table["years_since_inspection"]
    longest = max(gaps, key=int)
    gap = longest if years_since is None else min(str(max(0, years_since)), longest, key=int)
    credits_ = table["credit"]
    return (
        credits_.get(credit, credits_["N"]) * table["judgement"].get(judgement, table["judgement"][NORMAL]) * gaps[gap]
    )


def _facts(row: Row, policy: Policy, unit: str | None) -> tuple[list[str], list[str], bool]:
    """Return the favourable and the adverse facts, and whether anything at all is known."""
    penalties, complaints = whole(row.get("penalties_3y")), whole(row.get("complaints_last_year"))
    satisfaction, welfare = ratio(row.get("satisfaction")), text(row.get("welfare"))

    def value(name: str) -> Fraction:
        return Fraction(str(policy.value(name, unit)))

    good: list[str] = []
    bad: list[str] = []
    if penalties is not None:
        (good if penalties == 0 else bad).append(
            "近三年未受行政处罚" if penalties == 0 else f"近三年受行政处罚 {penalties} 次"
        )
    if complaints is not None:
        if complaints <= value("reduce_complaints_max"):
            good.append("有效投诉较少")
        elif complaints >= value("key_complaints_min"):
            bad.append(f"有效投诉 {complaints} 件")
    if satisfaction is not None:
        if satisfaction * 100 >= value("reduce_satisfaction_min"):
            good.append("满意度评价较高")
        elif satisfaction * 100 < value("key_satisfaction_below"):
            bad.append("满意度评价较差")
    if welfare == policy.value("reduce_welfare", unit):
        good.append("积极参与公益服务")
    elif welfare == policy.value("key_welfare", unit):
        bad.append("拒绝参与公益服务")
    return good, bad, penalties is not None or complaints is not None or satisfaction is not None or bool(welfare)
