"""Draw, assign, verify: the steps of the protocol on what was frozen (R57; decisions 1-12)."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

from engine import campaign, drand, names, sources
from engine import draw as vrd
from engine import roster as rosters
from engine import tasks as tasking
from engine.model import NotFound, Refused
from engine.values import text
from engine.workflow.stage import Stage

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from engine.workspace import Workspace

# What passes and yet belongs before everybody's eyes: check, its text when there is nothing to tell, the heading.
TOLD = (
    ("commit.supersedes", "no earlier draw", "重新抽取"),
    ("entropy.fallbacks", "none was used", "动用后备"),
    ("log.flags", "[]", "已说明的异常"),
)
SAID = (
    (r"follows the void draw (\S+), commitment (\S+)", r"前一次 \1 已作废，其锁定名单校验码 \2"),
    (r"^answered: ", "监督人已说明："),
    (r"approver:([^,]+):(\d+)", r"\1批准替换 \2 次"),
    (r"targets:(\d+)/(\d+)", r"递补对象 \1/\2"),
    (r"people:(\d+)/(\d+)", r"更换人员 \1/\2"),
)


def draw(
    ws: Workspace,
    name: str,
    *,
    at: datetime,
    numbers: Mapping[str, str],
    holders: Sequence[Path] = (),
    codes: Mapping[str, str] | None = None,
    postponed: Sequence[Mapping[str, str]] = (),
    people: Mapping[str, Any] | None = None,
    evidence: Mapping[str, str] | None = None,
) -> dict[str, Any]:
    """Draw the targets of the frozen plan (or draw) `name` from the numbers `{source id: typed text}` and both codes.

    codes: holder -> the code on a sealed slip, in place of that holder's file.
    The supervisor is not who operates the computer.

    postponed: `{source, event, note}` of a lottery whose committed issue was cancelled. people: `{operator, supervisor,
    witnesses, place}` of the ceremony, kept for T08 and in nothing public. evidence: source id -> photo of the paper a
    witness wrote on, or of the announcement; its hash is published beside the number. Raises Refused for whatever the protocol
    forbids: no freeze, numbers older than it or than their event, a forged drand round, a second draw, a wrong code.
    """
    stage = Stage(ws, name)
    stage.require_undrawn()
    present = people or {}
    if names.is_same_person(text(present.get("operator")), text(present.get("supervisor"))):
        raise Refused("监督人不能与操作人是同一人。", "请改正 --operator、--supervisor。")
    moment = at.isoformat(timespec="seconds")
    with campaign.in_chinese():
        values = sources.values_of(stage.commit, numbers, moment, postponed)
        values = sources.with_evidence(values, evidence or {})
        vrd.gather(stage.commit["entropy"], values, "draw", stage.commit["created_at"])
        unsigned = sources.unsigned(stage.commit, values)
        revealed = campaign.codes_of([Path(one) for one in holders], stage.name, stage.commit, 1, codes)
        drawn = vrd.draw(stage.commit, stage.pool, _accepted(stage, values, at), revealed, moment)
    with ws.store.transaction():
        ws.store.put_document("draw", stage.name, campaign.drawn_document(drawn, people), at)
        ws.store.put_document("log", stage.name, [], at)
        ws.store.note(
            "draw", {"draw": stage.name, "commitment": stage.frozen["commitment"], "drawn": len(drawn.drawn)}, at
        )
        stage = Stage(ws, stage.name)
        root, record = stage.promise_bundle(), stage.promise_record()
    ws.deliver()
    bodies = stage.frozen["frozen"]["bodies"]
    used = vrd.fallbacks(stage.commit["entropy"], values)
    lines = [f"{stage.name}：抽中 {len(drawn.drawn)} 个对象。"]
    lines += [
        f"  {number}. {bodies[one]['name']}（{bodies[one]['type']}）" for number, one in enumerate(drawn.drawn, 1)
    ]
    lines += [f"！动用了后备：{one}" for one in used] + [f"！{one}" for one in unsigned]
    if not (people or {}).get("operator") or not (people or {}).get("supervisor"):
        lines.append("！操作人、监督人没有登记，抽取记录表（T08）中这两格留空。")
    lines.append(f"记录指纹 {root}（现在公布）")
    lines.append(f"第四步　匹配检查人员：运行 taizhang assign {stage.name}，由保管人再给出文件或第 2 条密封条。")
    return {
        "draw": stage.name,
        "drawn": drawn.drawn,
        "alternates": drawn.alternates,
        "root": root,
        "fallbacks": used,
        "bundle": str(stage.folder),
        "record": str(record),
        "lines": lines,
    }


def _accepted(stage: Stage, values: Sequence[Mapping[str, Any]], at: datetime) -> Sequence[Mapping[str, Any]]:
    """Keep the numbers before anything is computed from them and return those that count: the ones accepted first.

    Whoever could stop the computer and type others would draw a second time; so other numbers are refused for good.
    """
    kept = stage.ws.store.document("entropy", stage.name)
    if kept is None:
        stage.ws.store.put_document("entropy", stage.name, list(values), at)
        return values
    typed, first = ([{key: row[key] for key in row if key != "at"} for row in one] for one in (values, kept))
    if typed != first:
        raise Refused(
            f"{stage.name} 的号码已经登记，不能改换。",
            "请用第一次登记的号码继续；登记有误的，先以批准的理由作废，再重新锁定名单。",
        )
    return kept


def assign(
    ws: Workspace,
    name: str,
    *,
    at: datetime,
    holders: Sequence[Path] = (),
    codes: Mapping[str, str] | None = None,
    direct: Sequence[Mapping[str, str]] = (),
    late: Sequence[Mapping[str, str]] = (),
    balls: str | None = None,
) -> dict[str, Any]:
    """Assign teams to the drawn targets with the second code; when impossible, say why and which ways remain.

    direct: approved direct assignments `{target, person, approver, basis}`; late: recusals declared after the draw,
    `{target, person, reason, approver, at}`. No code is revealed unless every target can have its team. In the ceremony
    mode the first call publishes the thousand tables, the second one, with `balls` (three digits), chooses; in the bounded
    mode the first call, which needs no code, publishes the probability of every pair.
    """
    stage = Stage(ws, name)
    drawn = stage.require_drawn()
    if balls is not None:
        return _chosen(stage, balls, at)
    stage.require_balls()
    if stage.assigned is not None:
        raise Refused(f"{stage.name} 已经匹配检查人员，不能重配。", "个别变动用 taizhang replace。")
    moment = at.isoformat(timespec="seconds")
    given = {"log": stage.log, "late": [dict(row) for row in late], "direct": [dict(row) for row in direct]}
    with campaign.in_chinese():
        stuck = vrd.feasibility(stage.commit, stage.pool, drawn, **given)
        if stuck is not None:
            return infeasible(stage, stuck)
        choice = stage.choice()
        if stage.commit["mode"] == "bounded" and choice is None:
            proposal = vrd.proposal(stage.commit, stage.pool, drawn, log=stage.log, late=given["late"])
            return (
                infeasible(stage, proposal) if isinstance(proposal, vrd.Certificate) else _proposed(stage, proposal, at)
            )
        revealed = campaign.codes_of([Path(one) for one in holders], stage.name, stage.commit, 2, codes)
        assigned = vrd.assign(stage.commit, stage.pool, drawn, revealed, moment, **given, choice=choice)
    if isinstance(assigned, vrd.Certificate):  # pragma: no cover - feasibility was asked before the code fell
        return infeasible(stage, assigned)
    with ws.store.transaction():
        ws.store.put_document("assign", stage.name, campaign.assigned_document(assigned), at)
        ws.store.note("assign", {"draw": stage.name, "teams": len(assigned.teams)}, at)
        found = _tables_of(stage, assigned.tables or {}) if assigned.document is None else _assigned(stage)
    ws.deliver()
    return found


def _proposed(stage: Stage, choice: dict[str, Any], at: datetime) -> dict[str, Any]:
    """Publish the probabilities of a bounded assignment and return what is to be done next."""
    ws = stage.ws
    with ws.store.transaction():
        ws.store.put_document("choice", stage.name, {"after": len(stage.log), "choice": choice}, at)
        ws.store.note("choice", {"draw": stage.name}, at)
        stage = Stage(ws, stage.name)
        root, sheet = stage.promise_bundle(), stage.promise_shares(choice)
    ws.deliver()
    most = max(share for row in choice["rows"] for share in row["shares"].values())
    return {
        "draw": stage.name,
        "teams": [],
        "root": root,
        "bundle": str(stage.folder),
        "shares": str(sheet),
        "must_act": True,
        "lines": [
            f"{stage.name}：每名人员被派到每个对象的概率已生成：{sheet}（最大 {most / choice['denominator']:.1%}）",
            f"记录指纹 {root}",
            "请先公布概率表（marginals.json），再由保管人揭晓校验码，再次运行 taizhang assign。",
        ],
    }


def _tables_of(stage: Stage, tables: Mapping[str, Any]) -> dict[str, Any]:
    """Promise the thousand tables of a ceremony and return what is to be done next."""
    stage = Stage(stage.ws, stage.name)
    root = stage.promise_bundle()
    sheet = stage.promise_tables(tables)
    return {
        "draw": stage.name,
        "teams": [],
        "root": root,
        "bundle": str(stage.folder),
        "tables": str(sheet),
        "must_act": True,
        "lines": [
            f"{stage.name}：一千张分组表（000 至 999）已生成：{sheet}",
            f"记录指纹 {root}",
            "请先公布全部分组表，再当众摇出三个球，然后运行 taizhang assign --balls 三个数字。",
        ],
    }


def _chosen(stage: Stage, balls: str, at: datetime) -> dict[str, Any]:
    with campaign.in_chinese():
        digits = [int(one) if one.isascii() and one.isdigit() else -1 for one in balls.replace(" ", "")]
        if stage.assigned is None:
            raise vrd.DrawRefused("bad_choice", mode=stage.commit["mode"])
        assigned = vrd.choose(stage.commit, stage.pool, stage.assigned, digits, at.isoformat(timespec="seconds"))
    with stage.ws.store.transaction():
        stage.ws.store.put_document("assign", stage.name, campaign.assigned_document(assigned), at)
        stage.ws.store.note("balls", {"draw": stage.name, "balls": "".join(map(str, digits))}, at)
        found = _assigned(stage)
    stage.ws.deliver()
    return found


def _assigned(stage: Stage) -> dict[str, Any]:
    """Promise bundle and T08 of an assignment just stored, and return the teams."""
    stage = Stage(stage.ws, stage.name)
    teams, root = stage.assigned.teams if stage.assigned else [], stage.promise_bundle()
    record = stage.promise_record()
    bodies, people = stage.frozen["frozen"]["bodies"], stage.frozen["frozen"]["people"]
    lines = [f"{stage.name}：{len(teams)} 个检查组已随机匹配。"]
    lines += [
        f"  {bodies[team['target']]['name']}：{tasking.named(people, team['inspectors'], lead=team['lead'], certificate=False)}"
        + (f"；专家 {tasking.named(people, team['experts'], certificate=False)}" if team["experts"] else "")
        for team in teams
    ]
    return {
        "draw": stage.name,
        "teams": teams,
        "root": root,
        "bundle": str(stage.folder),
        "record": str(record),
        "lines": lines,
    }


def infeasible(stage: Stage, stuck: vrd.Certificate) -> dict[str, Any]:
    """Return the certificate that no assignment exists, and the ways the rules leave open (国发〔2019〕5号)."""
    bodies, people = stage.frozen["frozen"]["bodies"], stage.frozen["frozen"]["people"]
    lacks_experts = stuck.kind == "experts"
    who = "专家" if lacks_experts else "人员"
    options = (
        [
            "扩大专家库：收下协会的专家名单（T06b、T05）并汇总，作废本次抽取，重新锁定名单",
            "事项不必有专家参加的：调整计划，作废本次抽取，重新锁定名单",
        ]
        if lacks_experts
        else [
            "扩大人员库：上级或邻近市州增派人员后作废本次抽取，重新锁定名单（跨区随机匹配）",
            "直接委派：经批准为缺员对象指定人员（assign --direct；已派发的在 T16 填“直接委派”和执法证号；只可突破属地回避，不可突破资质和其他回避）",
        ]
    )
    return {
        "draw": stage.name,
        "ok": False,
        "kind": stuck.kind,
        "certificate": stuck.document(),
        "options": options,
        "lines": [
            f"{stage.name}：{who}不足，无法匹配。以下对象{'须有专家参加，' if lacks_experts else ''}共需 {stuck.demand} 人次，最多只能安排 {stuck.supply} 人次：",
            *(f"  {bodies[one]['name']}" for one in stuck.targets),
            f"可用{who}：" + ("、".join(text(people[one]["name"]) for one in stuck.inspectors) or "无"),
            *(f"办法：{one}" for one in options),
        ],
    }


def verify(
    bundle: Path,
    *,
    root: str | None = None,
    roster: Path | Sequence[Mapping[str, Any]] | None = None,
    commitment: str | None = None,
) -> dict[str, Any]:
    """Recompute a published draw from its bundle alone: `{ok, root, void, checks: [{name, status, expected, found, section}]}`.

    root, commitment: as they were announced. A drand round is checked with its signature where the extra is installed.
    roster: the published register, as a file (engine.roster) or as `{id, excluded}` rows; who was left out is named.
    """
    if not Path(bundle).is_dir():
        raise NotFound(f"没有文件夹“{bundle}”。", "请给出抽取记录所在的文件夹。")
    published = rosters.read(roster) if isinstance(roster, Path) else roster
    found = vrd.verify(bundle, root, published, commitment=commitment, is_signed=drand.checker()).document()
    counts = {one: sum(check["status"] == one for check in found["checks"]) for one in ("pass", "fail", "skipped")}
    verdict = "全部相符" if found["ok"] else "有不相符之处，这份记录不可信"
    lines = [
        f"{verdict}：通过 {counts['pass']} 项，不符 {counts['fail']} 项，未查 {counts['skipped']} 项。",
        f"记录指纹 {found['root']}",
    ]
    if found["void"]:
        lines.insert(1, "这次抽取已被宣布作废。")
    shown = {check["name"]: check["found"] for check in found["checks"] if check["status"] == "pass"}
    lines += [
        f"  请注意 {label}：{_in_chinese(str(shown[name]))}"
        for name, plain, label in TOLD
        if shown.get(name, plain) != plain
    ]
    lines += [
        f"  不符 {check['name']}：应为 {check['expected']}，实为 {check['found']}"
        for check in found["checks"]
        if check["status"] == "fail"
    ]
    return {**found, "lines": lines}


def _in_chinese(found: str) -> str:
    """Return what a check of the protocol found, which is written once for every reader of a bundle, as people here read it."""
    for pattern, words in SAID:
        found = re.sub(pattern, words, found)
    return found
