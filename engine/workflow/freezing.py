"""Freeze: the registers of a plan are locked and committed to, and the announcement says which numbers will decide (R57).

After this step no change of a roster or rule can reach the draw; decisions 1, 2, 7, 9, 33.
"""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Any

from engine import campaign, pool
from engine import draw as vrd
from engine import plan as planning
from engine import sources as public
from engine.calendar import spoken
from engine.draw import batches
from engine.draw.commit import MODES
from engine.files import sha256
from engine.model import Refused
from engine.values import by
from engine.workflow.consolidating import stale_units
from engine.workflow.registers import Registers
from engine.workflow.stage import VERIFIER, Stage, bundle_of, draws_of
from portal import HOME

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from engine.workspace import Workspace

VERSION = "1"
ROSTERS = ("T01", "T02", "T03", "T04", "T05", "T06", "T06b", "T17")


def review(ws: Workspace, registers: Registers, one: planning.Plan) -> planning.Review:
    """Return the review of one plan against the registers as they stand."""
    return planning.review(one, registers.counts_for(one), registers.items(), registers.inspectors(), ws.policy)


def _nobody(one: planning.Plan, excluded: Sequence[Mapping[str, Any]]) -> Refused:
    """Return the refusal of a plan that finds nobody to draw, with the reasons and how many each of them keeps out."""
    reasons = Counter(str(row["excluded"]) for row in excluded)
    told = "，".join(f"{reason} {count} 个" for reason, count in reasons.most_common()) or "名录里没有这类对象"
    return Refused(
        f"计划 {one.id} 没有可以抽取的对象：{told}。", "请核对名录是否已收齐、汇总，或调整计划的对象类型和检查期间。"
    )


def without_experts(registers: Registers, found: planning.Review) -> list[str]:
    """Return which types of target a plan cannot send a team to, because an expert must go along and there is none."""
    counts = {share.target_type: share.base for share in found.shares}
    return pool.without_experts(found.plan, counts, registers.items(), registers.experts())


def freeze(
    ws: Workspace,
    plan_id: str,
    *,
    at: datetime,
    secrets: campaign.Secrets,
    holders: Path,
    witnesses: Sequence[str] = (),
    sources: Sequence[Mapping[str, Any]] = (),
    profile: str | None = None,
    mode: str = "lfa",
    hash_profile: str = "sha256",
    ceremony_at: str | None = None,
    batch: tuple[int, int] | None = None,
) -> dict[str, Any]:
    """Freeze the registers for a plan and commit to them; after this no change of a roster can reach the draw.

    secrets: one secret per holder and the salt. holders: a folder outside the workspace for the holders' files.
    profile `onsite`: witnesses write down a number each (three or more); `public`: `sources` are public events
    (engine.sources.committed); by default whichever is given. mode: how people are assigned (docs/draw.md 8, 9).
    hash_profile: sha256 or sm3 (国密).
    batch: (k, n) freezes round k of n of a full coverage: what is not yet inspected this year, and some second visits.
    Raises Refused when the plan is not ready, reports wait to be merged into its rosters, a draw of it stands already, or
    the holders' files would lie inside.
    """
    waiting = stale_units(ws, *ROSTERS)
    if waiting:
        # A roster that misses what has been accepted would leave somebody out of the draw, or draw somebody who left.
        raise Refused(
            f"{len(waiting)} 个单位有已接收而没有汇总的名录内容：{'、'.join(waiting[:5])}{'等' if len(waiting) > 5 else ''}。",
            "请先运行 taizhang consolidate，再锁定名单。",
        )
    registers = Registers(ws, at.date())
    one = registers.plan(plan_id)
    reviewed = review(ws, registers, one)
    planning.require_ready(reviewed)
    planning.require_time(one, at.date())
    lacking = without_experts(registers, reviewed)
    if lacking:
        # Found out after the public draw it would only lead to a void record.
        raise Refused(
            f"计划 {one.id} 还不能抽取：{'；'.join(lacking)}。",
            "请先收下协会的专家名单（T06b、T05）并汇总；确实不需要专家的，在 T07 中去掉该事项后重新报送。",
        )
    before = draws_of(ws, plan_id)
    supersedes = _superseded(ws, one, before, batch)
    name = campaign.draw_id(one, len(before) + 1)
    home = Path(holders).resolve()
    if home.is_relative_to(ws.root):
        raise Refused("保管人文件不能放在工作文件夹里。", "请用 --holders 指定 U 盘等工作文件夹以外的位置。")
    profile = profile or ("public" if sources else "onsite")
    if (profile == "public") != bool(sources) or (sources and witnesses):
        raise Refused(
            "号码来源与方式不一致。", "现场方式用 --witness 写见证人；公开事件方式用 --profile public 和 --source。"
        )
    if mode not in MODES:
        raise Refused(f"没有“{mode}”这种匹配方式。", f"可用：{'、'.join(MODES)}。")
    frozen = pool.freeze(
        one,
        targets=registers.targets(),
        practitioners=registers.practitioners(),
        inspectors=registers.inspectors(),
        experts=registers.experts(),
        items=registers.items(),
        judgements=registers.judgements(),
        visits=registers.visits(),
        loads=registers.loads(),
        policy=ws.policy,
    )
    if not frozen.targets:
        raise _nobody(one, frozen.excluded)
    round_ = None
    if batch is not None:
        round_ = campaign.batch_of(one, frozen, registers.items(), ws.policy, registers.visits(), *batch)
        frozen = round_.frozen
    names = campaign.HOLDERS[: len(secrets.holders)]
    files = {
        holder: campaign.holder_file(secret, holder, name, hash_profile)
        for holder, secret in zip(names, secrets.holders, strict=True)
    }
    with campaign.in_chinese():
        entropy = (
            vrd.entropy_block("public", sources, at.isoformat(timespec="seconds"))
            if sources
            else vrd.onsite(witnesses, digits=campaign.DIGITS, time=ceremony_at or at.isoformat())
        )
        sealed = campaign.pool_of(frozen, secrets.salt)
        commit = campaign.commit(
            one,
            frozen,
            sealed,
            name=name,
            at=at.isoformat(timespec="seconds"),
            entropy=entropy,
            chains=[_chain(holder, data) for holder, data in files.items()],
            items=registers.items(),
            policy=ws.policy,
            version=VERSION,
            supersedes=supersedes,
            batch=round_,
            mode=mode,
            profile=hash_profile,
        )
    document = campaign.frozen_document(frozen, one, commit, secrets.salt, name)
    document["changes"] = sorted({request for done in registers.applied.values() for request, _ in done})
    document["items"] = {code: row for code, row in by(registers.items(), "item_code").items() if code in one.items}
    document["verifier"] = sha256(HOME.joinpath(VERIFIER).read_bytes())
    commitment = document["commitment"]
    paths = [ws.write_atomic(home / f"{name}_保管人{holder}.json", data) for holder, data in files.items()]
    slips = [
        ws.write_atomic(
            home / f"{name}_保管人{holder}_密封条.docx",
            _letter(ws, ["校验码密封条", *campaign.slip(secret, holder, name, hash_profile)], at),
        )
        for holder, secret in zip(names, secrets.holders, strict=True)
    ]
    with ws.store.transaction():
        ws.store.put_document("freeze", name, document, at)
        ws.store.note("freeze", {"plan": plan_id, "draw": name, "commitment": commitment}, at)
        stage = Stage(ws, name)
        published = announcement(one, name, commit, commitment, stage.verifier_hash())
        stage.promise_announcement("\n".join(published), _letter(ws, published, at))
        root = stage.promise_bundle()
    ws.deliver()
    lines = [
        f"{name}：名单已锁定。对象 {len(frozen.targets)} 个，执法人员 {len(frozen.inspectors)} 人，专家 {len(frozen.experts)} 人。",
        f"锁定名单校验码：{commitment}",
        *_repeats(ws, before),
        *(
            [f"已按批准的名录变更 {len(document['changes'])} 项：{'、'.join(document['changes'])}"]
            if document["changes"]
            else []
        ),
        *(f"保管人文件：{path}（交保管人本人，不得留在本机）" for path in paths),
        *(f"密封条：{path}（打印后删除；保管人文件丢失时凭条继续）" for path in slips),
        *(f"未列入：{row['name']}——{row['excluded']}" for row in frozen.excluded),
        *(f"！{note}" for note in frozen.notes),
        "请先向社会公布锁定名单校验码，再取号码。",
    ]
    return {
        "plan": plan_id,
        "draw": name,
        "verifier": stage.verifier_hash(),
        "commitment": commitment,
        "root": root,
        "bundle": str(bundle_of(ws, name)),
        "holders": [str(path) for path in paths],
        "slips": [str(path) for path in slips],
        "excluded": frozen.excluded,
        "notes": frozen.notes,
        "sizes": {one_type["type"]: one_type["n"] for one_type in commit["types"]},
        "sources": [source["id"] for source in commit["entropy"]["sources"]],
        "lines": lines,
    }


def _chain(holder: str, data: bytes) -> dict[str, Any]:
    body = json.loads(data)
    return {"holder": holder, "anchor": body["anchor"], "n": body["length"]}


def announcement(one: planning.Plan, name: str, commit: Mapping[str, Any], commitment: str, verifier: str) -> list[str]:
    """Return what is published before the draw: what is locked, by which code, which numbers decide, and the verifier's hash."""
    types = {pool.type_code(kind): kind for kind in one.target_types}
    sizes = "；".join(f"{_label(types, row['type'])} {row['count']} 个中抽 {row['n']} 个" for row in commit["types"])
    chains, sources = commit["otc"]["chains"], commit["entropy"]["sources"]
    is_public = commit["entropy"]["profile"] == "public"
    earlier = commit["supersedes"]
    return [
        f"{one.name}锁定名单公告",
        f"抽取编号：{name}",
        *(
            [f"本次为重新抽取：前一次 {earlier['draw']} 已作废，其锁定名单校验码 {earlier['commitment']}"]
            if earlier
            else []
        ),
        f"锁定时间：{spoken(commit['created_at'])}",
        f"抽取数量：{sizes}",
        f"锁定名单校验码：{commitment}",
        f"离线复核页（verify.html）的 SHA-256：{verifier}",
        *(f"保管人 {row['holder']} 校验链锚点：{row['anchor']}" for row in chains),
        *([] if len(chains) > 1 else ["校验链只设一名保管人（弱于两人分持）。"]),
        f"{'号码' if is_public else '现场号码'}来源（按此顺序）：{'；'.join(public.announced(row) for row in sources)}",
        "名单、规则和抽取数量自此不得更改；"
        + (
            "号码以公开开奖和 drand 公布的为准，停开的只顺延一期，drand 满 24 小时取不到才启用后备来源。"
            if is_public
            else "现场号码由以上见证人在抽取时写出。"
        )
        + "抽取后任何人都可以用公布的记录重新计算。",
    ]


def _repeats(ws: Workspace, before: Sequence[str]) -> list[str]:
    """Return the sentence that a plan was drawn before and voided: a draw repeated until it pleases must be seen."""
    voids = [stage for stage in (Stage(ws, name) for name in before) if stage.is_void]
    told = "；".join(f"{stage.name}（{stage.log[-1]['reason']}）" for stage in voids)
    return [f"！本计划此前已作废 {len(voids)} 次：{told}。公告和复核都会写明，请监督人说明。"] if voids else []


def _label(types: Mapping[str, str], code: str) -> str:
    kind = batches.type_of(code)
    return types[kind] if kind == code else f"{types[kind]}（再次检查）"


def _letter(ws: Workspace, lines: Sequence[str], at: datetime) -> bytes:
    from workbooks import letter

    return letter.write(
        title=lines[0], paragraphs=lines[1:], sender=ws.unit.name, date=f"{at.year}年{at.month}月{at.day}日"
    )


def _superseded(
    ws: Workspace, one: planning.Plan, before: Sequence[str], batch: tuple[int, int] | None
) -> dict[str, str] | None:
    """Return the void draw the new one supersedes; Refused while an earlier draw stands that it would repeat."""
    stages = [Stage(ws, name) for name in before]
    if batch is not None:
        _require_turn(ws, one, [stage for stage in stages if not stage.is_void], *batch)
        stages = [stage for stage in stages if stage.batch == batch]
    standing = [stage.name for stage in stages if not stage.is_void]
    if standing:
        raise Refused(
            f"该计划已有抽取 {standing[-1]}，不能再抽。", "确有必要的，先以批准的理由作废（作废的抽取保留在案）。"
        )
    return {"draw": stages[-1].name, "commitment": stages[-1].frozen["commitment"]} if stages else None


def _require_turn(ws: Workspace, one: planning.Plan, standing: Sequence[Stage], number: int, total: int) -> None:
    """Raise Refused unless round `number` of `total` is next: a full coverage, the rounds before it dispatched."""
    if not 1 <= number <= total <= 12 or total < 2:
        raise Refused(f"没有第 {number}/{total} 批。", "按季度写 1/4 至 4/4，按月写 1/12 至 12/12。")
    if one.ratio != 1:
        raise Refused(f"计划 {one.id} 不是全覆盖（抽查比例 100%），不能分批。", "按比例抽查的计划一次抽取。")
    if any(stage.batch is None or stage.batch[1] != total for stage in standing):
        raise Refused(f"计划 {one.id} 已按另一种分批方式抽取。", "同一计划全年只用一种分批方式。")
    dispatched = {body["draw_id"] for body in ws.store.documents("task").values()}
    done = {stage.batch[0] for stage in standing if stage.batch and stage.name in dispatched}
    missing = [k for k in range(1, number) if k not in done]
    if missing:
        raise Refused(
            f"第 {missing[0]}/{total} 批还没有抽取并派发任务。", "先完成前一批（摇号、匹配、派发），再锁定这一批。"
        )
