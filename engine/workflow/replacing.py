"""Replace, void: what may still change after a draw, and on whose request (R57, R58; decisions 11, 12)."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from engine import campaign
from engine import draw as vrd
from engine import tasks as tasking
from engine.consent import may_decide
from engine.files import sha256
from engine.model import NotFound, Refused
from engine.values import Row, rows, several, text, yes
from engine.workflow.drawing import infeasible
from engine.workflow.stage import Stage
from schemas import loader

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from datetime import datetime

    from engine.workspace import Workspace

# The log is public; why a person does not come (an illness, a relative) stays with the office (domain 7).
RECUSALS = [one.label for one in loader.code_lists()["C19"].entries]
VACANCIES = {True: ("人员回避", "人员不能参加"), False: ("对象核减", "对象递补")}
"""The kinds of T16 a replacement may rest on: of a person, of a target."""
PUBLIC_REASONS = {"人员回避": "回避", "回避": "回避"} | dict.fromkeys(RECUSALS, "回避")


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
    evidence: Path | None = None,
    holders: Sequence[Path] = (),
    codes: Mapping[str, str] | None = None,
) -> dict[str, Any]:
    """Record one vacancy and fill it: the next alternate, or the next code's choice among the people still allowed.

    target: a drawn target to be struck, or with `person` the target the person leaves; person alone leaves everything.
    request: the approved T16 the vacancy rests on; its decider is then the approver. Persons are named by id,
    certificate number or name. evidence: a paper or photo that stays with the office; the public log holds its hash.
    """
    stage = Stage(ws, name)
    drawn = stage.require_drawn()
    stage.require_balls()
    moment = at.isoformat(timespec="seconds")
    who, applicant = stage.person(person) if person else None, ""
    if request is not None:
        approver, reason, applicant = _approved_request(stage, request, target, who)
    _require_in_team(stage, target, who)
    _require_fresh(stage, target, who)
    with campaign.in_chinese():
        log = vrd.vacancy(
            stage.commit,
            stage.log,
            at=moment,
            fact=fact,
            reason=PUBLIC_REASONS.get(reason, "因故不能参加") if who else reason,
            approver=approver,
            evidence=sha256(evidence.read_bytes()) if evidence else "",
            target=target,
            person=who,
        )
        before = vrd.current(stage.commit, drawn, stage.assigned, log)
        revealed, paths = None, [Path(one) for one in holders]
        if stage.assigned is not None and fact == "after_draw":
            revealed = campaign.codes_of(paths, stage.name, stage.commit, before.index, codes)
        filled = vrd.replace(stage.commit, stage.pool, drawn, stage.assigned, log, at=moment, revealed=revealed)
    if isinstance(filled, vrd.Certificate):
        return infeasible(stage, filled)
    state = vrd.current(stage.commit, drawn, stage.assigned, filled)
    with ws.store.transaction():
        ws.store.put_document("log", stage.name, list(filled), at)
        ws.store.put_document(
            "vacancy",
            f"{stage.name}-{len(stage.log) + 1:03d}",
            {"reason": reason, "request": request, "applicant": applicant, "approver": approver},
            at,
        )
        ws.store.note("replace", {"draw": stage.name, "lines": len(filled), "request": request or ""}, at)
        stage = Stage(ws, stage.name)
        root = stage.promise_bundle()
        if stage.assigned is not None:
            stage.promise_record()
    ws.deliver()
    raised = campaign.flags(state, filled, ws.policy, len(drawn.drawn))
    done = filled[-1]
    return {
        "draw": stage.name,
        "targets": done["targets"],
        "teams": done["teams"],
        "root": root,
        "flags": raised,
        "must_act": bool(raised),
        "lines": [
            f"{stage.name}：已按规则补位，记录第 {done['seq']} 条。",
            *_told(stage, before, state),
            *(f"！{one}" for one in raised),
        ],
    }


def _told(stage: Stage, before: vrd.State, after: vrd.State) -> list[str]:
    """Return who left and who came, a target and a team in each line."""
    bodies, people = stage.frozen["frozen"]["bodies"], stage.frozen["frozen"]["people"]

    def named(ids: Iterable[str], among: Mapping[str, Row]) -> str:
        return "、".join(text(among[one]["name"]) for one in ids) or "无人"

    gone = [one for one in before.targets if one not in after.targets]
    come = [one for one in after.targets if one not in before.targets]
    lines = []
    if gone:
        follows = f"递补 {named(come, bodies)}" if come else "没有可递补的候补对象"
        lines.append(f"  核减 {named(gone, bodies)}；{follows}。")
    for target, team in after.teams.items():
        now = {*team["inspectors"], *team["experts"]}
        was = before.teams.get(target, {"inspectors": (), "experts": ()})
        left, joined = (
            sorted({*was["inspectors"], *was["experts"]} - now),
            sorted(now - {*was["inspectors"], *was["experts"]}),
        )
        if left or joined:
            moved = (
                f"{named(left, people)} 退出，{named(joined, people)} 参加"
                if left
                else f"检查组 {named(sorted(now), people)}"
            )
            lines.append(f"  {bodies[target]['name']}：{moved}。")
    if lines and after.teams:
        lines.append("  已派发的，请再运行一次 taizhang dispatch，换上新的任务包。")
    return lines


def _require_in_team(stage: Stage, target: str | None, who: str | None) -> None:
    """Raise Refused for a person who leaves a team he is not in: a code would be used up for nothing."""
    if who is None or stage.assigned is None:
        return
    teams = stage.state().teams
    inside = [one for one, team in teams.items() if who in (*team["inspectors"], *team["experts"])]
    if target is not None and target in teams and target not in inside:
        shown = "、".join(inside) or "没有"
        raise Refused(
            f"{who} 不在对象 {target} 的检查组里。", f"他参加的检查组：{shown}。请核对 --person 和 --target。"
        )


def _require_fresh(stage: Stage, target: str | None, who: str | None) -> None:
    """Raise Refused for a vacancy the log has already: repeated after a power cut it would use up another code."""
    for line in stage.log:
        if line["kind"] == "vacancy" and (line["target"], line["person"]) == (target, who):
            raise Refused(
                f"{stage.name} 已登记过这一缺员（记录第 {line['seq']} 条），不能再补一次。", "补位的结果见抽取记录。"
            )


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
        stage = Stage(ws, stage.name)
        root = stage.promise_bundle()
        if stage.drawn is not None:
            stage.promise_record()
        ended = _end_tasks(stage, at)
    ws.deliver()
    return {
        "draw": stage.name,
        "root": root,
        "bundle": str(stage.folder),
        "ended": ended,
        "lines": [
            f"{stage.name} 已作废；记录保留在案并随公示版公开。",
            *([f"已派发的 {len(ended)} 个任务随之终止，不再计入检查次数和工作量；请收回任务包。"] if ended else []),
            f"记录指纹 {root}",
        ],
    }


def _end_tasks(stage: Stage, at: datetime) -> list[str]:
    """End the tasks of a void draw inside the open transaction and return them: nobody is visited because of it any more."""
    ended = []
    for name, body in sorted(stage.ws.store.documents("task").items()):
        if body["draw_id"] == stage.name and body["task_status"] != tasking.ENDED:
            stage.ws.store.put_document("task", name, {**body, "task_status": tasking.ENDED}, at)
            ended.append(name)
    return ended


def _approved_request(stage: Stage, name: str, target: str | None, who: str | None) -> tuple[str, str, str]:
    """Return decider, reason and applicant of an approved T16; Refused unless it is approved and asks for just this vacancy (R58).

    It is of the kind that lets a person or a target go, was filed by an office that decides here, is about this draw or one of
    its tasks, and names who or what goes.
    """
    ws = stage.ws
    found = [one for one in rows(ws.store.accepted("T16", "requests")) if text(one.get("request_id")) == name]
    # Another office may have used the number too; that of the one who decides here is meant.
    row = next((one for one in found if may_decide(one, stage.plan.unit)), found[-1] if found else None)
    if row is None:
        raise NotFound(f"没有收到变更申请“{name}”。", "请先用 taizhang receive 接收 T16。")
    if not yes(row.get("is_approved")):
        raise Refused(f"变更申请“{name}”没有批准。")
    kinds = VACANCIES[who is not None]
    if text(row.get("request_type")) not in kinds:
        raise Refused(
            f"变更申请“{name}”是“{text(row.get('request_type'))}”，不能据以{'更换人员' if who else '递补对象'}。",
            f"应是{'或'.join(f'“{one}”' for one in kinds)}。",
        )
    if not may_decide(row, stage.plan.unit):
        raise Refused(f"变更申请“{name}”不是抽取单位或其上级提出的。", "请由抽取单位提出。")
    about = text(row.get("reference"))
    tasks = {key: body for key, body in ws.store.documents("task").items() if body["draw_id"] == stage.name}
    if about not in ("", stage.name, stage.plan.id, *tasks):
        raise Refused(f"变更申请“{name}”写的是 {about}，不是抽取 {stage.name} 或其任务。", "请核对 --request。")
    if about in tasks and target not in (None, tasks[about]["target_id"]):
        raise Refused(f"变更申请“{name}”写的任务 {about} 检查的不是 {target}。", "请核对 --target 和 --request。")
    subject = text(row.get("subject_id"))
    person = stage.frozen["frozen"]["people"].get(who, {})
    # A recusal may name the target it is about; who leaves is then who the team says has to.
    if subject not in ({who, text(person.get("certificate")), target} if who else {target}):
        raise Refused(
            f"变更申请“{name}”写的是 {subject}，不是 {who or target}。", "请核对 --person、--target 和 --request。"
        )
    reasons = (
        several(row.get("recusal_reason")) or several(row.get("change_reason")) or (text(row.get("request_type")),)
    )
    return text(row.get("decided_by")), reasons[0], text(row.get("applicant"))
