"""From a reviewed plan to a draw: what is committed, how a stage is kept in the store, how a refusal reads in Chinese.

`engine.draw` holds the protocol; this module translates between rows of the registers and its records, and nothing else.
R57, R58; decisions 1-12, 27.
"""

from __future__ import annotations

import json
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from fractions import Fraction
from typing import TYPE_CHECKING, Any

from engine import draw as vrd
from engine.draw import AssignResult, DrawRefused, DrawResult, Pool, batches
from engine.model import NotFound, Refused
from engine.plan import FIELD_OF_TYPE, Plan, sample_size
from engine.pool import Frozen, field_code, rules_of, type_code
from engine.values import Row, several, text

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

    from schemas.declare import Policy

SLIPS = 8
"""Codes printed on sealed slips: the draw, the teams and six replacements; the rest is in the holder's file."""
CHAIN_LENGTH = 101
"""One code for the targets, one for the teams, the rest for replacements."""
HOLDERS = ("A", "B")
DIGITS = 10

REFUSALS = {
    "roster_changed": "名单在锁定之后被改动（{roster}），不能抽取。",
    "entropy_before_commitment": "号码 {source} 的时间早于锁定名单，不能使用。",
    "entropy_before_event": "号码 {source} 要到 {event_time} 才产生，现在还不能录入。",
    "unavailable_too_early": "{source} 须在预定时间过后 {hours} 小时仍取不到，才能启用后备来源。",
    "wrong_event": "号码来源 {source} 公布的是第 {expected} 期（轮），不能用第 {found} 期（轮）；停开的只能顺延一期并写明原因。",
    "wrong_randomness": "{source} 的随机数与它的签名对不上。",
    "bad_signature_form": "{source} 的签名长度或写法不对，请原样粘贴。",
    "wrong_round_time": "drand 第 {event} 轮的时间不是 {time}。",
    "reserve_not_called": "后备来源 {source} 只在 drand 取不到时使用。",
    "code_before_entropy": "校验码早于现场号码揭晓，不能使用。",
    "missing_entropy_value": "缺少现场号码 {source}。",
    "uncommitted_source": "号码来源 {source} 没有在锁定名单时公布。",
    "bad_entropy_value": "号码 {source} 不符合公布的位数、个数或范围。",
    "balls_before_tables": "三个球须在一千张分组表公布之后再摇。",
    "balls_not_drawn": "还没有摇三个球确定分组表，请先运行 taizhang assign --balls。",
    "bad_balls": "三个球须是三个 0 到 9 的数字，如 042。",
    "bad_choice": "这次抽取不是千组抽一，或已经选定分组表。",
    "duplicate_id": "编号 {id} 重复，不能锁定名单。",
    "bad_id": "编号“{id}”只能用大写字母、数字和短横线。",
    "repeated_entropy_value": "同一来源的号码给了两次。",
    "wrong_code": "保管人 {holder} 的校验码与公布的锚点不符。",
    "bad_code_form": "保管人 {holder} 的校验码不是 64 位字母数字，请核对密封条。",
    "wrong_number_of_codes": "需要 {expected} 份校验码，只有 {found} 份。",
    "entropy_too_weak": "现场号码合计不足 128 位强度，请增加见证人或位数。",
    "too_few_sources": "至少需要 {needed} 位见证人或 {needed} 个独立来源。",
    "draw_is_void": "该次抽取已作废。",
    "open_vacancy": "还有未补齐的空缺，请先完成递补。",
    "no_open_vacancy": "没有待补的空缺。",
    "code_needed": "补位需要两名保管人的下一个校验码。",
    "code_not_needed": "这次补位不需要揭晓新的校验码。",
    "bad_vacancy": "空缺须写明对象或人员、事由和批准人。",
    "empty_pool": "没有可抽取的对象。",
    "bad_strata": "计划中的类型与名单中的对象不一致。",
    "log_runs_backwards": "时间早于上一条变更记录。",
    "direct_not_allowed": "{inspector} 对 {target} 有不得委派的情形：{reasons}。",
    "bad_forced_pair": "直接委派的对象或人员不在抽取结果中，或没有批准人。",
    "late_recusal_unsigned": "临时回避须有事由、批准人和时间。",
    "no_commit": "这个文件夹里没有抽取记录（commit.json）。",
}


@contextmanager
def in_chinese() -> Iterator[None]:
    """Turn what the protocol refuses into a refusal a person can read; the code stays in it."""
    try:
        yield
    except DrawRefused as refusal:
        pattern = REFUSALS.get(refusal.code)
        shown = pattern.format_map(_Gaps(refusal.params)) if pattern else f"抽取规则不允许：{refusal}。"
        raise Refused(shown, f"规则编号 {refusal.code}，见 docs/draw.md。") from refusal


class _Gaps(dict[str, object]):
    def __missing__(self, key: str) -> str:
        return key


@dataclass(frozen=True, slots=True, kw_only=True)
class Secrets:
    """What must be unknown to everybody beforehand: the secret of each holder's chain and the secret behind the salts."""

    holders: tuple[bytes, ...]
    salt: bytes


def draw_id(plan: Plan, number: int) -> str:
    """Return the id of the `number`-th draw of a plan, e.g. `421200-2026-P01-D1`."""
    return f"{plan.id}-D{number}"


def pool_of(frozen: Frozen, salt: bytes) -> Pool:
    """Return the frozen registers as the protocol's pool."""
    return Pool(
        targets=frozen.targets,
        inspectors=frozen.inspectors,
        experts=frozen.experts,
        recusals=frozen.recusals,
        salt_secret=salt,
    )


def commit(
    plan: Plan,
    frozen: Frozen,
    pool: Pool,
    *,
    name: str,
    at: str,
    entropy: Mapping[str, Any],
    chains: Sequence[Mapping[str, Any]],
    items: Sequence[Row],
    policy: Policy,
    version: str,
    supersedes: Mapping[str, str] | None,
    batch: Batch | None = None,
    mode: str = "lfa",
    profile: str = "sha256",
) -> dict[str, Any]:
    """Return the commitment over `pool`: sizes per type by exact ceiling, weights as classes, rules, sources, anchors.

    batch: one round of a full coverage; its sizes stand in for the plan's share.
    Raises `DrawRefused` for anything that could not be drawn later.
    """
    classes = sorted({text(target["class"]) for target in frozen.targets}, key=lambda one: int(one[1:]))
    return vrd.build_commit(
        pool,
        plan={
            "id": plan.id,
            "draw": name,
            "name": plan.name,
            "unit": plan.unit,
            **({"batch": f"{batch.number}/{batch.total}"} if batch else {}),
        },
        created_at=at,
        software={"name": "taizhang", "version": version},
        types=batch.types if batch else types_of(plan, frozen, items, policy),
        entropy_block=entropy,
        chains=chains,
        weights={"class": {one: int(one[1:]) for one in classes}} if len(classes) > 1 else {},
        rules=rules_of(plan),
        supersedes=supersedes,
        mode=mode,
        profile=profile,
    )


def types_of(plan: Plan, frozen: Frozen, items: Sequence[Row], policy: Policy) -> list[dict[str, Any]]:
    """Return size, team and number of experts of each type that has targets (X21, R25)."""
    minimum = int(str(policy.value("minimum_per_type", plan.unit)))
    labels = {type_code(kind): kind for kind in plan.target_types}
    counts: dict[str, int] = {}
    for target in frozen.targets:
        counts[text(target["type"])] = counts.get(text(target["type"]), 0) + 1
    found = []
    for code, base in sorted(counts.items()):
        strata = sorted({text(one["stratum"]) for one in frozen.targets if one["type"] == code})
        found.append(
            {
                "type": code,
                "size": sample_size(base, plan.ratio, minimum) if plan.ratio else base,
                "team": plan.team_size,
                "experts": experts_of(plan, frozen, items, labels[code]),
                "strata": strata,
            }
        )
    return found


@dataclass(frozen=True, slots=True, kw_only=True)
class Batch:
    """One round of a full coverage in `total` rounds: what to freeze, and the committed types with their sizes."""

    number: int
    total: int
    frozen: Frozen
    types: list[dict[str, Any]]


def batch_of(
    plan: Plan,
    frozen: Frozen,
    items: Sequence[Row],
    policy: Policy,
    visits: Mapping[str, int],
    number: int,
    total: int,
) -> Batch:
    """Return round `number` of `total`: of each type what is not yet inspected, and a share of second visits (R45, X33).

    visits: target id -> visits this year. The share is policy `repeat_visit_share`, 0 for none; the yearly cap is
    `visits_per_target_cap`. Raises Refused when nothing is left to draw.
    """
    share = Fraction(str(policy.value("repeat_visit_share", plan.unit)))
    round_ = batches.quarter(
        frozen.targets,
        visits,
        quarters_left=total - number + 1,
        again=(share.numerator, share.denominator),
        most_visits=int(str(policy.value("visits_per_target_cap", plan.unit))),
        team=plan.team_size,
    )
    if not round_.types:
        raise Refused("本批没有可抽取的对象：本年度都已检查，或已达检查次数上限。")
    labels = {type_code(kind): kind for kind in plan.target_types}
    types = [
        {**one, "experts": experts_of(plan, frozen, items, labels[batches.type_of(text(one["type"]))])}
        for one in round_.types
    ]
    return Batch(number=number, total=total, frozen=replace(frozen, targets=round_.targets), types=types)


def experts_of(plan: Plan, frozen: Frozen, items: Sequence[Row], kind: str) -> int:
    """Return how many experts join a visit: those the plan names where an item asks for one; 可邀请 only if there are enough.

    An item that says 必须 keeps its demand, and a draw without such experts is then refused with a certificate.
    """
    wanted = {
        text(row.get("expert_need"))
        for row in items
        if text(row.get("item_code")) in plan.items and kind in several(row.get("target_types"))
    }
    if "必须" in wanted:
        return max(1, plan.expert_count)
    if "可邀请" not in wanted or not plan.expert_count:
        return 0
    trade = field_code(FIELD_OF_TYPE[kind])
    able = {one["id"] for one in frozen.experts if trade in one["quals"] and one["available"]}
    barred: dict[str, set[object]] = {}
    for row in frozen.recusals:
        barred.setdefault(text(row["target"]), set()).add(row["person"])
    targets = [text(one["id"]) for one in frozen.targets if one["type"] == type_code(kind)]
    enough = all(len(able - barred.get(target, set())) >= plan.expert_count for target in targets)
    return plan.expert_count if enough else 0


def holder_file(secret: bytes, holder: str, name: str, profile: str = "sha256") -> bytes:
    """Return the file one holder keeps outside the workspace: the secret of the chain and its anchor."""
    body = {
        "说明": "保管人校验链。不得放进工作文件夹，不得发给另一名保管人；抽取时由保管人本人提供。",
        "draw": name,
        "holder": holder,
        "length": CHAIN_LENGTH,
        "secret": secret.hex(),
        "anchor": vrd.new_chain(secret, CHAIN_LENGTH, profile),
    }
    return json.dumps(body, ensure_ascii=False, indent=1).encode() + b"\n"


def slip(secret: bytes, holder: str, name: str, profile: str = "sha256") -> list[str]:
    """Return the lines of one holder's sealed slips: the code of each step, to be cut apart and sealed one by one.

    With them a draw goes on without the holder's file; a slip is opened when its step comes and not before.
    """
    steps = ["抽取检查对象", "匹配检查人员", *(f"第 {number} 次递补" for number in range(1, SLIPS - 1))]
    codes = (vrd.reveal(secret, CHAIN_LENGTH, index, profile) for index in range(1, SLIPS + 1))
    return [
        f"抽取编号 {name}，保管人 {holder}。沿线剪开，逐条装入信封密封、签名，到该步当众拆封；不得提前看，不得交给另一名保管人。",
        *(
            f"第 {number} 步　{step}：{' '.join(code[place : place + 4] for place in range(0, 64, 4))}"
            for number, (step, code) in enumerate(zip(steps, codes, strict=True), 1)
        ),
    ]


def codes_of(
    paths: Sequence[Path],
    name: str,
    commit_document: Mapping[str, Any],
    index: int,
    typed: Mapping[str, str] | None = None,
) -> list[str]:
    """Return the codes of step `index` in the order of the committed anchors, from the holders' files.

    typed: holder -> code as it stands on a sealed slip, instead of that holder's file; the protocol checks it.
    """
    slips = {holder: "".join(code.split()).lower() for holder, code in (typed or {}).items()}
    unknown = sorted(set(slips) - {chain["holder"] for chain in commit_document["otc"]["chains"]})
    if unknown:
        raise Refused(f"没有保管人“{unknown[0]}”。", "请写成 --code A=密封条上的校验码。")
    given = {}
    for path in paths:
        try:
            body = json.loads(path.read_bytes())
            given[text(body["anchor"])] = body
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise NotFound(f"读不出保管人文件“{path.name}”。", "请保管人提供锁定名单时生成的文件。") from error
    found = []
    for chain in commit_document["otc"]["chains"]:
        body = given.get(chain["anchor"])
        if chain["holder"] in slips:
            found.append(slips[chain["holder"]])
            continue
        if body is None:
            raise Refused(f"缺少保管人 {chain['holder']} 的文件，或文件不是为 {name} 生成的。", "两名保管人都要到场。")
        found.append(vrd.reveal(bytes.fromhex(body["secret"]), int(body["length"]), index, commit_document["hash"]))
    return found


def frozen_document(frozen: Frozen, plan: Plan, commit_document: Mapping[str, Any], salt: bytes, name: str) -> Row:
    """Return what the store keeps of a freeze; it holds personal data and never leaves the office."""
    return {
        "draw": name,
        "plan": {key: _plain(value) for key, value in asdict(plan).items()},
        "commit": dict(commit_document),
        "commitment": vrd.commitment(commit_document),
        "salt": salt.hex(),
        "frozen": asdict(frozen),
    }


def _plain(value: object) -> object:
    if isinstance(value, tuple):
        return list(value)
    return value if value is None or isinstance(value, int | str | bool) else str(value)


def thawed(document: Mapping[str, Any]) -> tuple[Frozen, Pool]:
    """Return the frozen registers of a kept freeze."""
    frozen = Frozen(**document["frozen"])
    return frozen, pool_of(frozen, bytes.fromhex(document["salt"]))


def drawn_document(drawn: DrawResult, people: Mapping[str, Any] | None = None) -> Row:
    """Return what the store keeps of a draw; people: `{operator, supervisor, witnesses}`, for T08 and nothing public."""
    kept = {"values": list(drawn.values), "reveal": drawn.reveal, "document": drawn.document}
    return {**kept, "people": dict(people or {})}


def drawn_from(body: Mapping[str, Any]) -> DrawResult:
    """Return the draw kept as `body`."""
    return DrawResult(values=tuple(body["values"]), reveal=body["reveal"], document=body["document"])


def assigned_document(assigned: AssignResult) -> Row:
    """Return what the store keeps of an assignment."""
    return {
        "values": list(assigned.values),
        "reveal": assigned.reveal,
        "document": assigned.document,
        "eligibility": assigned.eligibility,
        "reasons": assigned.reasons,
        "tables": assigned.tables,
    }


def assigned_from(body: Mapping[str, Any]) -> AssignResult:
    """Return the assignment kept as `body`."""
    return AssignResult(
        values=tuple(body["values"]),
        reveal=body["reveal"],
        document=body["document"],
        eligibility=body["eligibility"],
        reasons=body["reasons"],
        tables=body.get("tables"),
    )


def flags(state: vrd.State, log: Sequence[Mapping[str, Any]], policy: Policy, drawn: int) -> list[str]:
    """Return the warnings decision 11 asks to raise; a supervisor's note then belongs in the log."""
    found = []
    if drawn and Fraction(state.replaced, drawn) > Fraction(str(policy.value("replacement_share_flag"))):
        found.append(f"替换 {state.replaced} 人次，超过 {policy.value('replacement_share_flag')}，须监督人说明。")
    approvals: dict[str, int] = {}
    for line in log:
        if line["kind"] == "vacancy":
            approvals[line["approver"]] = approvals.get(line["approver"], 0) + 1
    limit = int(str(policy.value("same_approver_flag")))
    found += [
        f"{name}批准替换 {count} 次，超过 {limit} 次，须监督人说明。"
        for name, count in approvals.items()
        if count > limit
    ]
    return found
