"""Conduct the year's inspections: plan, freeze, draw, assign, replace, verify, dispatch - in this order and no other.

Every verb takes an open workspace and the moment `at`, changes the store in one transaction, writes the bundle or the
packets, and returns a plain dict that `report` shows (`lines` in Chinese). Secrets and numbers are arguments.

Documents kept: `freeze/<draw>`, `draw/<draw>`, `assign/<draw>`, `log/<draw>`, `task/<task>`.
"""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

from engine import campaign, pool, prefilled
from engine import draw as vrd
from engine import plan as planning
from engine.draw import batches
from engine.model import Refused
from engine.values import by
from engine.workflow.drawing import assign, draw, replace, verify, void
from engine.workflow.inspecting import dispatch, follow_up
from engine.workflow.registers import Registers
from engine.workflow.stage import Stage, bundle_of, draws_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from engine.workspace import Workspace

VERSION = "1"


# ---- plan ---------------------------------------------------------------------------------------------------------


def plan(ws: Workspace, *, at: datetime, out: Path | None = None) -> dict[str, Any]:
    """Return the state of this office's plans: shares, floors, capacity, what stands in the way (R26-R29).

    With `out` a T07 workbook pre-filled for this office is written there (a folder gets the standard name).
    """
    registers = Registers(ws)
    lines, reviews = [], []
    for row in registers.plans():
        found = review(ws, registers, planning.read_plan(row, ws.unit.code))
        reviews.append({**found.document(), "draws": draws_of(ws, found.plan.id)})
        lines.append(
            f"{found.plan.id} {found.plan.name}：对象 {found.base} 个，拟抽 {found.size} 个"
            + ("，可以冻结。" if not found.problems else "，尚不能抽取。")
        )
        lines += [
            f"  {share.target_type}：基数 {share.base}，抽 {share.size}（下限 {share.floor}）" for share in found.shares
        ]
        lines += [f"  {load.field}：{load.visits} 次检查，可派 {load.people} 人" for load in found.loads]
        lines += [f"  ！{one}" for one in (*found.problems, *found.hints)]
    written = None
    if out is not None:
        written = _write_plan_form(ws, registers, Path(out))
        lines.append(f"已预填年度抽查计划表：{written}")
    if not reviews:
        lines.insert(0, "还没有已接收的年度抽查计划（T07）。")
    return {
        "plans": reviews,
        "written": str(written) if written else None,
        "lines": lines,
        "must_act": any(one["problems"] for one in reviews),
    }


def _write_plan_form(ws: Workspace, registers: Registers, out: Path) -> Path:
    season = (
        planning.season_day(ws.policy, "season_start", ws.year),
        planning.season_day(ws.policy, "season_end", ws.year),
    )
    proposed = planning.propose(
        ws.unit, ws.year, registers.items(), registers.counts(), ws.policy, start=date(ws.year, 6, 1), end=season[1]
    )
    name, data = prefilled.form("T07", {"plans": proposed}, ws.unit, ws.year, policy=ws.policy)
    target = out if out.suffix == ".xlsx" else out / name
    ws.write_atomic(target.resolve(), data)
    return target


def review(ws: Workspace, registers: Registers, one: planning.Plan) -> planning.Review:
    """Return the review of one plan against the registers as they stand."""
    return planning.review(one, registers.counts_for(one), registers.items(), registers.inspectors(), ws.policy)


# ---- freeze -------------------------------------------------------------------------------------------------------


def freeze(
    ws: Workspace,
    plan_id: str,
    *,
    at: datetime,
    secrets: campaign.Secrets,
    holders: Path,
    witnesses: Sequence[str] = (),
    sources: Sequence[Mapping[str, object]] = (),
    ceremony_at: str | None = None,
    batch: tuple[int, int] | None = None,
) -> dict[str, Any]:
    """Freeze the registers for a plan and commit to them; after this no change of a roster can reach the draw.

    secrets: one secret per holder and the salt. holders: a folder outside the workspace for the holders' files.
    witnesses: who will write down a number on site (three or more), or `sources`: public events (docs/draw.md 4).
    batch: (k, n) freezes round k of n of a full coverage: what is not yet inspected this year, and some second visits.
    Raises Refused when the plan is not ready, a draw of it stands already, or the holders' files would lie inside.
    """
    registers = Registers(ws)
    one = registers.plan(plan_id)
    planning.require_ready(review(ws, registers, one))
    before = draws_of(ws, plan_id)
    supersedes = _superseded(ws, one, before, batch)
    name = campaign.draw_id(one, len(before) + 1)
    home = Path(holders).resolve()
    if home.is_relative_to(ws.root):
        raise Refused("保管人文件不能放在工作文件夹里。", "请用 --holders 指定 U 盘等工作文件夹以外的位置。")
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
    round_ = None
    if batch is not None:
        round_ = campaign.batch_of(one, frozen, registers.items(), ws.policy, registers.visits(), *batch)
        frozen = round_.frozen
    names = campaign.HOLDERS[: len(secrets.holders)]
    files = {
        holder: campaign.holder_file(secret, holder, name)
        for holder, secret in zip(names, secrets.holders, strict=True)
    }
    with campaign.in_chinese():
        entropy = (
            vrd.entropy_block("public", sources)
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
        )
    document = campaign.frozen_document(frozen, one, commit, secrets.salt, name)
    document["items"] = {code: row for code, row in by(registers.items(), "item_code").items() if code in one.items}
    commitment = document["commitment"]
    paths = [ws.write_atomic(home / f"{name}_保管人{holder}.json", data) for holder, data in files.items()]
    with ws.store.transaction():
        ws.store.put_document("freeze", name, document, at)
        ws.store.note("freeze", {"plan": plan_id, "draw": name, "commitment": commitment}, at)
    root = Stage(ws, name).write_bundle()
    lines = [
        f"{name}：名单已锁定。对象 {len(frozen.targets)} 个，执法人员 {len(frozen.inspectors)} 人，专家 {len(frozen.experts)} 人。",
        f"锁定名单校验码：{commitment}",
        *(f"保管人文件：{path}（交保管人本人，不得留在本机）" for path in paths),
        *(f"未列入：{row['name']}——{row['excluded']}" for row in frozen.excluded),
        *(f"！{note}" for note in frozen.notes),
        "请先向社会公布校验码，再取现场号码。",
    ]
    published = announcement(one, name, commit, commitment)
    ws.write_atomic(ws.path("抽取", name, "锁定名单公告.txt"), "\n".join(published).encode())
    ws.write_atomic(ws.path("抽取", name, "锁定名单公告.docx"), _letter(ws, published, at))
    return {
        "plan": plan_id,
        "draw": name,
        "commitment": commitment,
        "root": root,
        "bundle": str(bundle_of(ws, name)),
        "holders": [str(path) for path in paths],
        "excluded": frozen.excluded,
        "notes": frozen.notes,
        "sizes": {one_type["type"]: one_type["n"] for one_type in commit["types"]},
        "sources": [source["id"] for source in commit["entropy"]["sources"]],
        "lines": lines,
    }


def _chain(holder: str, data: bytes) -> dict[str, object]:
    import json

    body = json.loads(data)
    return {"holder": holder, "anchor": body["anchor"], "n": body["length"]}


def announcement(one: planning.Plan, name: str, commit: Mapping[str, Any], commitment: str) -> list[str]:
    """Return what is published before the draw: what is locked, by which code, and which numbers will decide."""
    types = {pool.type_code(kind): kind for kind in one.target_types}
    sizes = "；".join(f"{_label(types, row['type'])} {row['count']} 个中抽 {row['n']} 个" for row in commit["types"])
    sources = "；".join(f"{row['operator']}（{row['id']}）" for row in commit["entropy"]["sources"])
    return [
        f"{one.name}锁定名单公告",
        f"抽取编号：{name}",
        f"锁定时间：{commit['created_at']}",
        f"抽取数量：{sizes}",
        f"锁定名单校验码：{commitment}",
        *(f"保管人 {row['holder']} 校验链锚点：{row['anchor']}" for row in commit["otc"]["chains"]),
        f"现场号码来源（按此顺序）：{sources}",
        "名单、规则和抽取数量自此不得更改；现场号码由以上见证人在抽取时写出。抽取后任何人都可以用公布的记录重新计算。",
    ]


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
    done = {stage.batch[0] for stage in standing if stage.name in dispatched}
    missing = [k for k in range(1, number) if k not in done]
    if missing:
        raise Refused(
            f"第 {missing[0]}/{total} 批还没有抽取并派发任务。", "先完成前一批（摇号、匹配、派发），再锁定这一批。"
        )


__all__ = [
    "Registers", "Stage", "assign", "dispatch", "draw", "follow_up", "freeze", "plan", "replace", "verify", "void",
]  # fmt: skip
