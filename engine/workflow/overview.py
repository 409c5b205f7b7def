"""One call for those who lead: progress, gaps, repeats, common problems, forces, training, who gets what (R12, R28, R29, R39-R42,
R45, R47-R49, R55). Reads only; every table says numerator and denominator and lists the rows behind it.
"""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Any

from engine import plan as planning
from engine import prefilled, publication, publish, reports, rollover
from engine.figures import unit_name
from engine.readers import distribution
from engine.results import is_random
from engine.values import Row, by, percent, text
from engine.workflow.findings import Findings
from engine.workflow.freezing import review
from engine.workflow.handing import SHEETS
from engine.workflow.stage import Stage, draws_of
from schemas import loader
from schemas.declare import Level

if TYPE_CHECKING:
    from datetime import date, datetime

    from engine.workspace import Workspace

SHARES = {
    "all": "全部", "inside": "本辖区的", "ours": "本单位检查或其人员参加的", "own": "本协会推荐的", "self": "本人（本机构）的",
    "mine": "与其有关的检查", "decided": "本行业已作出决定的", "consented": "同意公开的", "public": "可公开的",
}  # fmt: skip


def report(ws: Workspace, *, at: datetime, out: Path | None = None, special: int | None = None) -> dict[str, Any]:
    """Return the reports of this office on the day of `at`; with `out` also as a workbook, one sheet each.

    {progress, beyond_season, left, to_take_down, gaps, uncovered, repeats, common, undrawn, capacity, thin_units, forces, labels,
    training, distribution, lines, must_act}:
    counts come with the ids behind them; see `engine.reports` for the columns. special: also write T07 pre-filled with
    special inspections of the problems that came so often (R39), beside `out` or in the folder 汇总.
    """
    findings, on = Findings(ws), at.date()
    found = _gather(ws, findings, on)
    sheets = _sheets(ws, found)
    target = None
    if out is not None:
        from workbooks import register

        title = f"{ws.unit.name}{ws.year}年工作情况（{on.isoformat()}）"
        target = Path(out) if Path(out).suffix == ".xlsx" else Path(out) / f"{ws.unit.code}_{ws.year}_工作情况.xlsx"
        tables = [
            register.Table(name=name, title=f"{title}·{name}", columns=columns, rows=rows, notes=(note,))
            for name, note, columns, rows in sheets
        ]
        ws.write_atomic(target.resolve(), register.write(tables, title=title))
    home = Path(out).resolve().parent if out is not None else ws.path("汇总")
    proposed = special_inspections(ws, at=at, out=home, minimum=special) if special is not None else {"lines": []}
    return {
        **found,
        "special": proposed.get("written"),
        "capacity": [
            {**row, "per_person": None if row["per_person"] is None else f"{float(row['per_person']):.1f}"}
            for row in found["capacity"]
        ],
        "file": str(target) if target else None,
        "lines": [*_lines(ws, found), *([f"已写入 {target}。"] if target else []), *proposed["lines"]],
        "must_act": bool(found["gaps"]["missing"] and on > _season_end(ws))
        or any(not row["request_id"] for row in found["beyond_season"])
        or any(text(row["ends_on"]) < on.isoformat() for row in found["undrawn"])
        or bool(found["to_take_down"])
        or any(row["due_on"] and row["due_on"] < on.isoformat() for row in found["left"]),
    }


def _gather(ws: Workspace, findings: Findings, on: date) -> dict[str, Any]:
    targets = findings.targets()
    bodies = by((*targets, *findings.practitioners()), "target_id")
    tasks = [row for row in findings.tasks.values() if is_random(row)]
    results = [row for row in findings.results if is_random(row)]
    years = int(str(ws.policy.value("coverage_years")))
    wanted, missing = reports.gaps(targets, results)
    practising = [row for row in bodies.values() if text(row.get("practice_state")) == "正常执业"]
    problems = findings.problems(on)
    repeats = findings.repeats(on)
    return {
        "progress": reports.progress(tasks, results, findings.requests(), on, place=lambda row: _place(row, bodies)),
        "beyond_season": reports.beyond_season(tasks, results, findings.requests(), _season_end(ws), on),
        "left": _left(findings, on),
        "to_take_down": publish.to_take_down(
            findings.entries(on), publication.of_editions(ws.store.documents("publication")), ws.policy
        ),
        "gaps": {"wanted": len(wanted), "missing": [_body(row) for row in missing]},
        "uncovered": {
            "years": years,
            "wanted": len(practising),
            "known_since": findings.carried.year or ws.year,
            "missing": [_body(row) for row in findings.uncovered(years)],
        },
        "repeats": {
            "of": len(problems),
            "daily": sum(not is_random(row) for row in problems),
            "rows": [
                {key: row.get(key) for key in (*REPEAT, "problem_id", "earlier_problem_id", "target_id")}
                for row in repeats
            ],
        },
        "common": reports.common(problems, findings.items(), bodies),
        "undrawn": undrawn(ws, findings),
        "capacity": forecast(ws, findings),
        "thin_units": reports.thin_units(
            findings.inspectors(),
            [one.code for one in loader.children(ws.unit.code) if one.level in (Level.CITY, Level.COUNTY, Level.ZONE)],
            int(str(ws.policy.value("team_size", ws.unit.code))),
        ),
        "forces": reports.forces(findings.inspectors()),
        "labels": reports.labels(findings.inspectors()),
        "training": reports.training(findings.rows("T18", "activities"), findings.inspectors(), ws.year),
        "distribution": distribution(SHEETS),
    }


def _left(findings: Findings, on: date) -> list[Row]:
    """Return what earlier years left to this office and is still open: kind, id, target_name, content, due_on (R15, R65).

    due_on: the day by which a result had to be published, '' for everything else.
    """
    return [
        {
            "kind": rollover.TITLES[kind],
            "id": row[rollover.MATTERS[kind]],
            "target_name": text(row.get("target_name")) or text(row.get("subject_name")),
            "content": rollover.content(kind, row),
            "due_on": row["due_on"] if kind == "publications" else "",
        }
        for kind, rows in findings.own_matters(on).items()
        for row in rows
        if not row["is_closed"]
    ]


REPEAT = ("target_name", "item_code", "problem")


def undrawn(ws: Workspace, registers: Any) -> list[Row]:
    """Return the plans of this office that have no standing draw: plan_id, plan_name, starts_on, ends_on (R28, R46)."""
    found = []
    for row in registers.plans():
        stages = [Stage(ws, name) for name in draws_of(ws, text(row.get("plan_id")))]
        if all(one.is_void for one in stages):
            found.append({key: row.get(key) for key in ("plan_id", "plan_name", "starts_on", "ends_on")})
    return found


def forecast(ws: Workspace, registers: Any) -> list[Row]:
    """Return visits and officers of each field over all plans of this office that are not drawn yet (R28)."""
    visits: dict[str, int] = {}
    for row in registers.plans():
        one = planning.read_plan(row, ws.unit.code)
        if not draws_of(ws, one.id):
            for load in review(ws, registers, one).loads:
                visits[load.field] = visits.get(load.field, 0) + load.visits
    size = int(str(ws.policy.value("team_size", ws.unit.code)))
    return reports.capacity(visits, registers.inspectors(), size, int(str(ws.policy.value("load_cap", ws.unit.code))))


def special_inspections(ws: Workspace, *, at: datetime, out: Path, minimum: int = 2) -> dict[str, Any]:
    """Write T07 pre-filled with special inspections of the problems that came at least `minimum` times (R39)."""
    findings, on = Findings(ws), at.date()
    bodies = by((*findings.targets(), *findings.practitioners()), "target_id")
    common = reports.common(findings.problems(on), findings.items(), bodies)
    own = {"province": "省级"}.get(ws.unit.level, "市级")
    template = {
        "plan_id": f"{ws.unit.code[:6]}-{ws.year}-P9",
        "unit_name": ws.unit.name,
        "year": ws.year,
        "roster_level": own,
        "ratio": "100",
        "draw_mode": "不定向",
        "team_size": int(str(ws.policy.value("team_size", ws.unit.code))),
        "expert_count": int(str(ws.policy.value("team_expert_count", ws.unit.code))),
        "ends_on": _season_end(ws).isoformat(),
    }
    rows = reports.special_plans(common, findings.items(), template, minimum)
    lines = [f"{row['plan_name']}：{row['item_codes']}" for row in rows]
    if not rows:
        return {"plans": [], "written": None, "lines": [f"没有出现 {minimum} 次以上的问题，不需要专项检查。"]}
    name, data = prefilled.form("T07", {"plans": rows}, ws.unit, ws.year)
    target = Path(out) if Path(out).suffix == ".xlsx" else Path(out) / f"专项_{name}"
    ws.write_atomic(target.resolve(), data)
    return {
        "plans": [row["plan_id"] for row in rows],
        "written": str(target),
        "lines": [*lines, f"已预填专项检查计划：{target}（批准后照常接收、锁定、抽取；不计入抽查比例）"],
    }


def _season_end(ws: Workspace) -> date:
    return planning.season_day(ws.policy, "season_end", ws.year)


def _place(row: Row, bodies: dict[str, Row]) -> str:
    """Return the division a visit is counted in: where its target lies, else who inspects."""
    body = bodies.get(text(row.get("target_id")), {})
    body = bodies.get(text(body.get("institution_id")), body)
    return text(body.get("division")) or text(row.get("unit") or row.get("inspecting_unit"))


def _body(row: Row) -> Row:
    return {key: row.get(key) for key in ("target_id", "name", "target_type", "last_inspected_on")}


# ---- shown ------------------------------------------------------------------------------------------------------------

Sheet = tuple[str, str, list[str], list[list[Any]]]


def _sheets(ws: Workspace, found: dict[str, Any]) -> list[Sheet]:
    months = [f"{ws.year}-{number:02d}" for number in range(1, 13)]
    shown = [month for month in months if any(month in row["months"] for row in found["progress"])]
    gaps, uncovered, trained = found["gaps"], found["uncovered"], found["training"]
    return [
        (
            "检查进度", "按对象所在地和领域；已完结=已检查、核减或状态终结。",
            ["地区", "领域", "任务", "已检查", "核减或终结", "未完成", "逾期", "完成率", *shown, "未完成的任务"],
            [
                [
                    unit_name(row["unit"]), row["field"], row["tasks"], row["inspected"], row["otherwise"], row["open"], row["overdue"],
                    percent(row["tasks"] - row["open"], row["tasks"]), *(row["months"].get(month, 0) for month in shown),
                    "；".join(row["open_tasks"]),
                ]
                for row in found["progress"]
            ],
        ),
        (
            "季后未完成", "检查季节结束后仍未完成的任务；没有批准延期的须立即申请。", ["任务", "对象", "计划截止", "延期申请", "批准日期"],
            [list(row.values()) for row in found["beyond_season"]],
        ),
        (
            "上年结转未了", "上年的工作文件夹结转来、还没有了结的事项；整改、移送和任务用 followup 预填下一步，公示在上年的工作文件夹办。",
            ["类别", "编号", "对象", "内容", "公示截止日"],
            [list(row.values()) for row in found["left"]],
        ),
        (
            "待撤下的公示", "已批准撤回或不公示、仍在公示页面上的结果；重新执行 publish 即撤下。", ["任务", "对象", "批准日期", "最迟撤下"],
            [list(row.values()) for row in found["to_take_down"]],
        ),
        (
            "本年度缺口", f"应全覆盖 {gaps['wanted']} 家，尚未检查 {len(gaps['missing'])} 家。", ["对象编号", "名称", "类型", "上次检查"],
            [list(row.values()) for row in gaps["missing"]],
        ),
        (
            f"{uncovered['years']}年未检查",
            _unseen(uncovered),
            ["对象编号", "名称", "类型", "上次检查"], [list(row.values()) for row in uncovered["missing"]],
        ),
        (
            "重复问题", f"本年度问题 {_counted(found['repeats'])}，其中同一对象同一事项往年已有 {len(found['repeats']['rows'])} 个。",
            ["对象", "事项", "问题", "问题编号", "往年问题编号", "对象编号"], [list(row.values()) for row in found["repeats"]["rows"]],
        ),
        (
            "突出问题", "各领域出现最多的问题，含日常和专项检查发现的；taizhang report --special 可据此预填专项检查计划。",
            ["领域", "事项编码", "事项", "问题", "次数", "本领域问题总数", "对象"],
            [[*list(row.values())[:-1], "；".join(row["bodies"])] for row in found["common"]],
        ),
        (
            "检查力量", "尚未抽取的各计划所需检查次数与持证人员；平均每人次数过高或不足一组的须跨区调派。",
            ["领域", "检查次数", "持证人员", "来自单位", "平均每人次数", "是否不足"],
            [
                [row["field"], row["visits"], row["people"], row["units"], "—" if row["per_person"] is None else f"{float(row['per_person']):.1f}", row["is_short"]]
                for row in found["capacity"]
            ],
        ),
        (
            "不足一组的单位", "持证人员不足一组的下级单位，须与其他单位的人员随机搭配。", ["单位代码", "单位", "持证人员"],
            [list(row.values()) for row in found["thin_units"]],
        ),
        (
            "人员构成", "名录库应包括全部三类人员；只有推荐人员的单位，请核对是否收全。",
            ["单位", *found["forces"][-1]["classes"], "合计", "持证", "推荐人员", "是否只有推荐人员"],
            [
                [unit_name(row["unit"]), *row["classes"].values(), row["total"], row["certified"], row["nominated"], row["is_only_nominated"]]
                for row in found["forces"]
            ],
        ),
        (
            "资质和专长", "一人有几项专长、领域的，每项各计一次。", ["标注", "内容", "人数"],
            [list(row.values()) for row in found["labels"]],
        ),
        (
            "培训与宣传", "年度内没有培训的须补；按渠道统计宣传次数。", ["项目", "数量", "明细"],
            [
                ["培训场次", trained["sessions"], ""], ["培训学时", trained["hours"], ""], ["培训人次", trained["participants"], ""],
                ["宣传次数", trained["publicity"], "；".join(f"{name} {count}" for name, count in trained["channels"].items())],
                ["没有培训记录的检查人员", len(trained["untrained"]), "；".join(trained["untrained"])],
            ],
        ),
        (
            "文件发送范围", "每类读者只得到其有权看的部分，用 taizhang export 生成。", ["表号", "工作表", "读者", "范围"],
            [
                [code, loader.template(code).sheet(sheet).title, edition, SHARES[share]]
                for code, sheet, edition, share in found["distribution"]
            ],
        ),
    ]  # fmt: skip


def _counted(found: Row) -> str:
    """Return the number of problems and, where there are such, how many of them daily and special inspections found (R46)."""
    daily = (
        f"（双随机检查 {found['of'] - found['daily']} 个，日常和专项检查 {found['daily']} 个）"
        if found["daily"]
        else ""
    )
    return f"{found['of']} 个{daily}"


def _unseen(found: dict[str, Any]) -> str:
    """Say how many practising targets nobody inspected in so many years, and how far back anybody can know."""
    return (
        f"正常执业对象 {found['wanted']} 个，其中在册满 {found['years']} 年而连续 {found['years']} 年没有检查的 {len(found['missing'])} 个"
        f"（名录和检查记录自 {found['known_since']} 年起，在册不满的不计）。"
    )


def _lines(ws: Workspace, found: dict[str, Any]) -> list[str]:
    total, gaps, uncovered = found["progress"][-1], found["gaps"], found["uncovered"]
    trained = found["training"]
    lines = [
        f"任务 {total['tasks']} 个，已检查 {total['inspected']}，核减或终结 {total['otherwise']}，未完成 {total['open']}（逾期 {total['overdue']}）。",
        f"应全覆盖 {gaps['wanted']} 家，尚未检查 {len(gaps['missing'])} 家；{_unseen(uncovered)}",
        f"问题 {_counted(found['repeats'])}，其中往年已有 {len(found['repeats']['rows'])} 个。",
        *(f"  {row['field']}：{row['item_name']} {row['count']}/{row['of']}" for row in found["common"][:5]),
    ]
    lines += [
        f"  ！计划 {row['plan_id']} {row['plan_name']}（{row['starts_on']} 至 {row['ends_on']}）还没有抽取。"
        for row in found["undrawn"]
    ]
    lines += [
        f"  ！{row['task_id']} {row['target_name']}：检查季节已结束，没有批准的延期。"
        for row in found["beyond_season"]
        if not row["request_id"]
    ]
    kinds = Counter(row["kind"] for row in found["left"])
    if kinds:
        told = "，".join(f"{kind} {count}" for kind, count in kinds.items())
        lines.append(f"  ！上年结转未了：{told}（taizhang followup 预填下一步；公示在上年的工作文件夹办）。")
    lines += [
        f"  ！{row['task_id']} {row['target_name']}：已批准撤下，仍在公示页面上"
        + (f"，最迟 {row['due_on']} 撤下" if row["due_on"] else "")
        + "。请重新执行 publish 并更新网站。"
        for row in found["to_take_down"]
    ]
    lines += [
        f"  ！{row['field']}领域还需检查 {row['visits']} 次，持证人员 {row['people']} 人，人手不足。"
        for row in found["capacity"]
        if row["is_short"]
    ]
    asked = "名录库应收全三类人员，请核对。" if any(row["is_only_nominated"] for row in found["forces"]) else ""
    lines.append(f"执法检查人员 {reports.told_forces(found['forces'])}{asked}")
    if not trained["sessions"]:
        lines.append("  ！本年度还没有检查人员培训记录。")
    return lines
