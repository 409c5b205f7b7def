"""Conduct the year's inspections: plan, freeze, draw, assign, replace, verify, dispatch - in this order and no other.

Every verb takes an open workspace and the moment `at`, changes the store in one transaction, writes the bundle or the
packets, and returns a plain dict that `report` shows (`lines` in Chinese). Secrets and numbers are arguments.

Documents kept: `freeze/<draw>`, `draw/<draw>`, `assign/<draw>`, `log/<draw>`, `task/<task>`.
"""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

from engine import campaign, pool
from engine import draw as vrd
from engine import plan as planning
from engine import tasks as tasking
from engine.files import safe_name
from engine.model import NotFound, Refused
from engine.values import by, rows, several, text, yes
from engine.workflow.registers import Registers
from engine.workflow.stage import Stage, bundle_of, draws_of
from schemas import loader

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from engine.workspace import Workspace

VERSION = "1"
# The log is public; why a person does not come (an illness, a relative) stays with the office (domain 7).
RECUSALS = [one.label for one in loader.code_lists()["C19"].entries]
PUBLIC_REASONS = {"人员回避": "回避", "回避": "回避"} | dict.fromkeys(RECUSALS, "回避")


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
    from workbooks import template as forms

    form = loader.template("T07")
    season = (
        planning.season_day(ws.policy, "season_start", ws.year),
        planning.season_day(ws.policy, "season_end", ws.year),
    )
    proposed = planning.propose(
        ws.unit, ws.year, registers.items(), registers.counts(), ws.policy, start=date(ws.year, 6, 1), end=season[1]
    )
    identity = forms.identity_of(form, unit=ws.unit.code, year=ws.year)
    deadline = ws.policy.deadline("T07", ws.unit)
    data = forms.write(
        form,
        identity,
        unit=ws.unit,
        year=ws.year,
        deadline=deadline.isoformat() if deadline else "",
        rows={"plans": proposed},
    )
    target = out if out.suffix == ".xlsx" else out / forms.file_name(identity)
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
) -> dict[str, Any]:
    """Freeze the registers for a plan and commit to them; after this no change of a roster can reach the draw.

    secrets: one secret per holder and the salt. holders: a folder outside the workspace for the holders' files.
    witnesses: who will write down a number on site (three or more), or `sources`: public events (docs/draw.md 4).
    Raises Refused when the plan is not ready, a draw of it stands already, or the holders' files would lie inside.
    """
    registers = Registers(ws)
    one = registers.plan(plan_id)
    planning.require_ready(review(ws, registers, one))
    before = draws_of(ws, plan_id)
    supersedes = _superseded(ws, before)
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
    sizes = "；".join(f"{types[row['type']]} {row['count']} 个中抽 {row['n']} 个" for row in commit["types"])
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


def _letter(ws: Workspace, lines: Sequence[str], at: datetime) -> bytes:
    from workbooks import letter

    return letter.write(
        title=lines[0], paragraphs=lines[1:], sender=ws.unit.name, date=f"{at.year}年{at.month}月{at.day}日"
    )


def _superseded(ws: Workspace, before: Sequence[str]) -> dict[str, str] | None:
    """Return what the new draw supersedes; Refused while an earlier draw of the plan stands."""
    if not before:
        return None
    last = before[-1]
    log = ws.store.document("log", last) or []
    if not any(line["kind"] == "void" for line in log):
        raise Refused(f"该计划已有抽取 {last}，不能再抽。", "确有必要的，先以批准的理由作废（作废的抽取保留在案）。")
    return {"draw": last, "commitment": ws.store.document("freeze", last)["commitment"]}


# ---- draw and assign ------------------------------------------------------------------------------------------------


def draw(
    ws: Workspace, name: str, *, at: datetime, numbers: Mapping[str, str], holders: Sequence[Path]
) -> dict[str, Any]:
    """Draw the targets of the frozen plan (or draw) `name` from the numbers `{source id: typed text}` and both codes.

    Raises Refused for whatever the protocol forbids: no freeze, numbers older than it, a second draw, a wrong code.
    """
    stage = Stage(ws, name)
    if stage.drawn is not None:
        raise Refused(f"{stage.name} 已经抽取过，不能重抽。", "确有必要的，先以批准的理由作废，再重新锁定名单。")
    moment = at.isoformat(timespec="seconds")
    with campaign.in_chinese():
        values = campaign.entropy_values(stage.commit, numbers, moment)
        codes = campaign.codes_of([Path(one) for one in holders], stage.name, stage.commit, 1)
        drawn = vrd.draw(stage.commit, stage.pool, values, codes, moment)
    with ws.store.transaction():
        ws.store.put_document("draw", stage.name, campaign.drawn_document(drawn), at)
        ws.store.put_document("log", stage.name, [], at)
        ws.store.note(
            "draw", {"draw": stage.name, "commitment": stage.frozen["commitment"], "drawn": len(drawn.drawn)}, at
        )
    stage = Stage(ws, stage.name)
    root = stage.write_bundle()
    bodies = stage.frozen["frozen"]["bodies"]
    lines = [f"{stage.name}：抽中 {len(drawn.drawn)} 个对象。"]
    lines += [
        f"  {number}. {bodies[one]['name']}（{bodies[one]['type']}）" for number, one in enumerate(drawn.drawn, 1)
    ]
    return {
        "draw": stage.name,
        "drawn": drawn.drawn,
        "alternates": drawn.alternates,
        "root": root,
        "bundle": str(stage.folder),
        "lines": lines,
    }


def assign(
    ws: Workspace,
    name: str,
    *,
    at: datetime,
    holders: Sequence[Path],
    direct: Sequence[Mapping[str, str]] = (),
    late: Sequence[Mapping[str, str]] = (),
) -> dict[str, Any]:
    """Assign teams to the drawn targets with the second code; when impossible, say why and which ways remain.

    direct: approved direct assignments `{target, person, approver, basis}`; late: recusals declared after the draw,
    `{target, person, reason, approver, at}`. No code is revealed unless every target can have its team.
    """
    stage = Stage(ws, name)
    drawn = stage.require_drawn()
    if stage.assigned is not None:
        raise Refused(f"{stage.name} 已经匹配检查人员，不能重配。", "个别变动用 taizhang replace。")
    moment = at.isoformat(timespec="seconds")
    given = {"log": stage.log, "late": [dict(row) for row in late], "direct": [dict(row) for row in direct]}
    with campaign.in_chinese():
        stuck = vrd.feasibility(stage.commit, stage.pool, drawn, **given)
        if stuck is not None:
            return _infeasible(stage, stuck)
        codes = campaign.codes_of([Path(one) for one in holders], stage.name, stage.commit, 2)
        assigned = vrd.assign(stage.commit, stage.pool, drawn, codes, moment, **given)
    with ws.store.transaction():
        ws.store.put_document("assign", stage.name, campaign.assigned_document(assigned), at)
        ws.store.note("assign", {"draw": stage.name, "teams": len(assigned.teams)}, at)
    stage = Stage(ws, stage.name)
    root = stage.write_bundle()
    record = stage.write_record(at)
    bodies, people = stage.frozen["frozen"]["bodies"], stage.frozen["frozen"]["people"]
    lines = [f"{stage.name}：{len(assigned.teams)} 个检查组已随机匹配。"]
    lines += [
        f"  {bodies[team['target']]['name']}：{tasking.named(people, team['inspectors'], lead=team['lead'], certificate=False)}"
        for team in assigned.teams
    ]
    return {
        "draw": stage.name,
        "teams": assigned.teams,
        "root": root,
        "bundle": str(stage.folder),
        "record": str(record),
        "lines": lines,
    }


def _infeasible(stage: Stage, stuck: vrd.Certificate) -> dict[str, Any]:
    """Return the certificate that no assignment exists, and the ways the rules leave open (国发〔2019〕5号)."""
    bodies, people = stage.frozen["frozen"]["bodies"], stage.frozen["frozen"]["people"]
    options = [
        "扩大人员库：上级或邻近市州增派人员后作废本次抽取，重新锁定名单（跨区随机匹配）",
        "直接委派：经批准为缺员对象指定人员（只可突破属地回避，不可突破资质和其他回避）",
    ]
    return {
        "draw": stage.name,
        "ok": False,
        "certificate": stuck.document(),
        "options": options,
        "lines": [
            f"{stage.name}：人员不足，无法匹配。以下对象共需 {stuck.demand} 人次，最多只能安排 {stuck.supply} 人次：",
            *(f"  {bodies[one]['name']}" for one in stuck.targets),
            "可用人员：" + ("、".join(text(people[one]["name"]) for one in stuck.inspectors) or "无"),
            *(f"办法：{one}" for one in options),
        ],
    }


def replace(
    ws: Workspace,
    name: str,
    *,
    at: datetime,
    reason: str = "",
    approver: str = "",
    target: str | None = None,
    person: str | None = None,
    fact: str = "after_draw",
    request: str | None = None,
    evidence: str = "",
    holders: Sequence[Path] = (),
) -> dict[str, Any]:
    """Record one vacancy and fill it: the next alternate, or the next code's choice among the people still allowed.

    target: a drawn target to be struck, or with `person` the target the person leaves; person alone leaves everything.
    request: the approved T16 the vacancy rests on; its decider is then the approver. Persons are named by id,
    certificate number or name.
    """
    stage = Stage(ws, name)
    drawn = stage.require_drawn()
    if request is not None:
        approver, reason = _approved_request(ws, request)
    moment = at.isoformat(timespec="seconds")
    who = stage.person(person) if person else None
    with campaign.in_chinese():
        log = vrd.vacancy(
            stage.commit,
            stage.log,
            at=moment,
            fact=fact,
            reason=PUBLIC_REASONS.get(reason, "因故不能参加") if who else reason,
            approver=approver,
            evidence=evidence,
            target=target,
            person=who,
        )
        before = vrd.current(stage.commit, drawn, stage.assigned, log)
        codes = None
        if stage.assigned is not None and fact == "after_draw":
            codes = campaign.codes_of([Path(one) for one in holders], stage.name, stage.commit, before.index)
        filled = vrd.replace(stage.commit, stage.pool, drawn, stage.assigned, log, at=moment, revealed=codes)
    if isinstance(filled, vrd.Certificate):
        return _infeasible(stage, filled)
    state = vrd.current(stage.commit, drawn, stage.assigned, filled)
    with ws.store.transaction():
        ws.store.put_document("log", stage.name, list(filled), at)
        ws.store.put_document(
            "vacancy",
            f"{stage.name}-{len(stage.log) + 1:03d}",
            {"reason": reason, "request": request, "approver": approver},
            at,
        )
        ws.store.note("replace", {"draw": stage.name, "lines": len(filled), "request": request or ""}, at)
    stage = Stage(ws, stage.name)
    root = stage.write_bundle()
    if stage.assigned is not None:
        stage.write_record(at)
    raised = campaign.flags(state, filled, ws.policy, len(drawn.drawn))
    done = filled[-1]
    return {
        "draw": stage.name,
        "targets": done["targets"],
        "teams": done["teams"],
        "root": root,
        "flags": raised,
        "must_act": bool(raised),
        "lines": [f"{stage.name}：已按规则补位，记录第 {done['seq']} 条。", *(f"！{one}" for one in raised)],
    }


def void(ws: Workspace, name: str, *, at: datetime, reason: str, approver: str) -> dict[str, Any]:
    """Declare a draw void; it stays visible with its numbers and codes, and only then may the plan be frozen again."""
    stage = Stage(ws, name)
    with campaign.in_chinese():
        if not reason or not approver:
            raise Refused("作废须写明理由和批准人。")
        log = vrd.void(stage.commit, stage.log, at=at.isoformat(timespec="seconds"), reason=reason, approver=approver)
    with ws.store.transaction():
        ws.store.put_document("log", stage.name, list(log), at)
        ws.store.note("void", {"draw": stage.name}, at)
    root = Stage(ws, stage.name).write_bundle()
    return {"draw": stage.name, "root": root, "lines": [f"{stage.name} 已作废；记录保留在案。"]}


def verify(
    bundle: Path, *, root: str | None = None, roster: Sequence[Mapping[str, object]] | None = None
) -> dict[str, Any]:
    """Recompute a published draw from its bundle alone: `{ok, root, void, checks: [{name, status, expected, found, section}]}`."""
    if not Path(bundle).is_dir():
        raise NotFound(f"没有文件夹“{bundle}”。", "请给出抽取记录所在的文件夹。")
    found = vrd.verify(bundle, root, roster).document()
    counts = {one: sum(check["status"] == one for check in found["checks"]) for one in ("pass", "fail", "skipped")}
    verdict = "全部相符" if found["ok"] else "有不相符之处，这份记录不可信"
    lines = [
        f"{verdict}：通过 {counts['pass']} 项，不符 {counts['fail']} 项，未查 {counts['skipped']} 项。",
        f"记录指纹 {found['root']}",
    ]
    if found["void"]:
        lines.insert(1, "这次抽取已被宣布作废。")
    lines += [
        f"  不符 {check['name']}：应为 {check['expected']}，实为 {check['found']}"
        for check in found["checks"]
        if check["status"] == "fail"
    ]
    return {**found, "lines": lines}


# ---- dispatch -------------------------------------------------------------------------------------------------------


def dispatch(ws: Workspace, name: str, *, at: datetime, out: Path) -> dict[str, Any]:
    """Write one packet per target of an assigned draw: approval and notice (T09), record workbook (T10), notice letter.

    Registers the tasks; a second dispatch keeps every task id and writes what a replacement changed.
    """
    from engine import packets

    stage = Stage(ws, name)
    if stage.assigned is None:
        raise Refused(f"{stage.name} 还没有匹配检查人员。", "先运行 taizhang assign。")
    if stage.is_void:
        raise Refused(f"{stage.name} 已作废，不能派发。")
    kept = {key: body for key, body in ws.store.documents("task").items() if body["draw_id"] == stage.name}
    found = stage.tasks(known={text(body["target_id"]): key for key, body in kept.items()})
    gone = [
        body
        for key, body in kept.items()
        if key not in {row["task_id"] for row in found} and body["task_status"] != tasking.ENDED
    ]
    items, home = stage.frozen["items"], Path(out).resolve()
    files = {f"{stage.name}_派发清单.xlsx": packets.overview(found, ws.unit, ws.year)}
    for row in found:
        folder = f"{row['task_id'].rsplit('-', 1)[1]}_{safe_name(row['target_name'])}"
        files |= {f"{folder}/{name}": data for name, data in packets.packet(row, items, ws.unit, ws.year).items()}
    files[f"{stage.name}_归档目录.xlsx"] = packets.index(files, stage.name, ws.unit)
    # A packet can be made again from the store at any time, so it need not wait for the disk.
    written = [str(ws.write_atomic(home / name, data, durable=False)) for name, data in files.items()]
    with ws.store.transaction():
        for row in found:
            before = kept.get(row["task_id"])
            if before is None or any(before.get(key) != row[key] for key in ("team", "expert_ids", "lead")):
                status = tasking.NOTIFIED if before is None else before["task_status"]
                ws.store.put_document(
                    "task", row["task_id"], {**row, "task_status": status, "dispatched_at": at.isoformat()}, at
                )
        for body in gone:
            ws.store.put_document("task", body["task_id"], {**body, "task_status": tasking.ENDED}, at)
        ws.store.note("dispatch", {"draw": stage.name, "tasks": len(found), "ended": len(gone)}, at)
    return {
        "draw": stage.name,
        "tasks": [row["task_id"] for row in found],
        "ended": [body["task_id"] for body in gone],
        "files": written,
        "lines": [f"{stage.name}：已生成 {len(found)} 个任务包，共 {len(written)} 个文件，放在 {out}。"],
    }


def _approved_request(ws: Workspace, name: str) -> tuple[str, str]:
    """Return decider and reason of an approved T16; Refused when it is not approved."""
    row = by(rows(ws.store.accepted("T16", "requests")), "request_id").get(name)
    if row is None:
        raise NotFound(f"没有收到变更申请“{name}”。", "请先用 taizhang receive 接收 T16。")
    if not yes(row.get("is_approved")):
        raise Refused(f"变更申请“{name}”没有批准。")
    reasons = (
        several(row.get("recusal_reason")) or several(row.get("change_reason")) or (text(row.get("request_type")),)
    )
    return text(row.get("decided_by")), reasons[0]


# ---- what follows from the results -----------------------------------------------------------------------------------


def follow_up(ws: Workspace, *, at: datetime, out: Path) -> dict[str, Any]:
    """Write what the results ask for next: T12 pre-filled with every problem, T13 with every transfer and its authority.

    Tasks move on to the state their results have reached; what does not fit is listed (X24, X25, X29, X30).
    """
    from engine import transfer
    from engine.workflow.findings import Findings

    findings = Findings(ws)
    on = at.date()
    own = [row for row in findings.results if text(row.get("inspecting_unit")) == ws.unit.code]
    inside = {text(row["task_id"]) for row in own}
    problems = [row for row in findings.problems(on) if row["task_id"] in inside]
    passed = transfer.propose(own, problems, ws.year, ws.policy)
    written = []
    for code, sheet, proposed in (("T12", "rectifications", problems), ("T13", "transfers", passed)):
        keys = {field.key for field in loader.template(code).sheet(sheet).fields}
        rows_ = [{key: value for key, value in row.items() if key in keys and key != "is_closed"} for row in proposed]
        if rows_:
            written.append(_form(ws, code, sheet, rows_, Path(out)))
    doubts = findings.doubts(on)
    moved = _advance(ws, findings, problems, at)
    return {
        "problems": [text(row["problem_id"]) for row in problems],
        "transfers": [{"task_id": row["task_id"], "to_unit": row["to_unit"]} for row in passed],
        "files": [str(one) for one in written],
        "doubts": [one.message for one in doubts],
        "tasks": moved,
        "must_act": bool(doubts),
        "lines": [
            f"发现问题 {len(problems)} 个，应移送 {len(passed)} 件。",
            *(f"  已预填：{one}" for one in written),
            *(f"  任务{state} {number} 个" for state, number in moved.items()),
            *(f"  ！{one.message}" for one in doubts),
        ],
    }


def _advance(ws: Workspace, findings: Any, problems: Sequence[Mapping[str, Any]], at: datetime) -> dict[str, int]:
    """Keep the state every task has reached by now, and return how many are in each."""
    results, transfers = by(findings.results, "task_id"), by(findings.transfers, "task_id")
    counts: dict[str, int] = {}
    with ws.store.transaction():
        for name, task in findings.tasks.items():
            left = sum(row["task_id"] == name and not row["is_closed"] for row in problems)
            state = tasking.status_after(results.get(name), left, transfers.get(name), task["task_status"])
            if state != task["task_status"] and tasking.path(task["task_status"], state):
                body = {key: value for key, value in task.items() if key != "_ref"}
                ws.store.put_document("task", name, {**body, "task_status": state}, at)
            counts[state] = counts.get(state, 0) + 1
    return counts


def _form(ws: Workspace, code: str, sheet: str, given: Sequence[Mapping[str, Any]], out: Path) -> Path:
    """Write a template of this office pre-filled with `given` into the folder `out`."""
    from workbooks import template as forms

    form = loader.template(code)
    identity = forms.identity_of(form, unit=ws.unit.code, year=ws.year)
    data = forms.write(form, identity, unit=ws.unit, year=ws.year, rows={sheet: list(given)})
    return ws.write_atomic((out / forms.file_name(identity)).resolve(), data)
