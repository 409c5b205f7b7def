"""What a team takes along for one target: approval form, record workbook (T10), notice, record to be taken by hand.

R30, R50; 凡检查必审批、必通知 (国办发〔2024〕54号). Everything prints on A4; the record comes back through the intake.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from engine import prefilled
from engine import tasks as tasking
from engine.files import sha256
from engine.values import Row, text
from schemas import loader

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from schemas.declare import Unit


OPINION = 30
"""Millimetres to write an opinion in."""


BLANK = "＿＿＿＿＿＿＿＿（发出前填写）"
_LAW = re.compile(r"(《[^》]+》)([^《]*)")


def packet(
    task: Row, items: Mapping[str, Row], unit: Unit, year: int, contact: Mapping[str, str] | None = None
) -> dict[str, bytes]:
    """Return file name -> bytes of one task's packet; the same task gives the same bytes.

    contact: `{name, phone}` of the inspecting organ, as its list of contacts has it; what is not known is left to fill in.
    """
    task, number = begun(task), task["task_id"]
    record = tasking.record_rows(task, items)
    return {
        f"1_{number}_行政检查审批表.docx": approval(task, unit),
        f"2_{number}_检查记录.xlsx": prefilled.form("T10", record, unit, year)[1],
        f"3_{number}_检查通知书.docx": notice(task, unit, contact),
        f"4_{number}_现场检查笔录.docx": minutes(task, record["checklist"], unit),
    }


def overview(tasks: Sequence[Row], unit: Unit, year: int) -> bytes:
    """Return the list of all tasks of a draw (T09) for the office."""
    return prefilled.form("T09", {"tasks": [begun(one) for one in tasks]}, unit, year)[1]


def index(files: Mapping[str, bytes], draw: str, unit: Unit) -> bytes:
    """Return the archive index: every file of the packets with its SHA-256, and what is to be added later."""
    from workbooks import register

    later = ("送达回证", "证据材料", "审批件扫描件")
    rows = [[name, sha256(data), ""] for name, data in sorted(files.items())]
    rows += [[f"（待归档）{one}", "", ""] for one in later]
    table = register.Table(
        name="归档目录",
        title=f"{unit.name}检查任务归档目录",
        columns=["文件", "SHA-256", "归档日期"],
        rows=rows,
        notes=(f"抽取编号 {draw}",),
    )
    return register.write([table])


def approval(task: Row, unit: Unit) -> bytes:
    """Return the approval form 行政检查审批表 on one page: what is asked for above, the decision to be signed below."""
    from workbooks import letter

    rows = [
        ("任务编号", task["task_id"]),
        ("被检查对象", _named(task)),
        ("地址", task["target_address"]),
        ("检查事项", task["item_names"]),
        ("检查依据", _basis(task)),
        ("检查方式", task["methods"]),
        ("检查时间", f"{_day(task['starts_on'])}至{_day(task['ends_on'])}"),
        ("检查人员及执法证号", task["inspectors"]),
        ("辅助专家", task["experts"]),
        ("执法监督人员（随行）", ""),
        ("本年度检查次数", f"第 {task['visits_this_year']} 次"),
        ("不提前通知的理由", "（无此情形不填）"),
        ("承办机构意见", "签名：　　　　　　年　　月　　日"),
        ("负责人审批意见", "签名：　　　　　　年　　月　　日"),
    ]
    table = [("项目", "内容"), *((name, text(value)) for name, value in rows)]
    return letter.write(
        title="行政检查审批表",
        paragraphs=[],
        table=table,
        sender=unit.name,
        date="　　年　　月　　日",
        room={"承办机构意见": OPINION, "负责人审批意见": OPINION},
    )


def minutes(task: Row, checklist: Sequence[Row], unit: Unit) -> bytes:
    """Return the record taken by hand on site: every item with its points and room for the finding, then opinion and signatures."""
    from workbooks import letter

    heads = ("序号", "检查事项", "检查要点和标准", "检查情况（逐点写明有无问题；未检查的写明原因）")
    lines: dict[str, list[str]] = {}
    for row in checklist:
        standard = f"（{text(row['standard'])}）" if text(row["standard"]) else ""
        lines.setdefault(text(row["item_name"]), []).append(f"{row['point_no']}.{text(row['point'])}{standard}")
    rows = [(str(number), name, "；".join(points), "") for number, (name, points) in enumerate(lines.items(), 1)]
    return letter.write(
        title="现场检查笔录",
        paragraphs=[
            f"任务编号：{task['task_id']}　　被检查对象：{_named(task)}",
            f"检查人员：{task['inspectors']}（检查时出示执法证件）",
            "检查时间：　　年　　月　　日　　时至　　时　　　检查地点：",
            f"告知事项：{task['rights_notice']}",
            "被检查人意见：　　　　　　　　　　　　　　　　　　签名："
            if text(task.get("target_type")) in tasking.PERSONS
            else "被检查单位意见：　　　　　　　　　　　　　　　　负责人签名：",
            "检查人员签名：　　　　　　　　　　　　　　　　　（拒绝签名的，由两名检查人员注明情况）",
            "检查情况逐项记录如下：",
        ],
        table=[heads, *rows],
        note=f"{unit.name}　{task['task_id']}",
    )


def notice(task: Row, unit: Unit, contact: Mapping[str, str] | None = None) -> bytes:
    """Return the notice to the inspected body as .docx: who comes, when, why, its rights, what to prepare, whom to ask and
    where to object; number blank (R50).
    """
    from workbooks import letter

    known = contact or {}
    heads = iter("一二三四五六七八")
    return letter.write(
        title="行政检查通知书",
        number="（    ）检通〔    〕    号",
        addressee=_named(task),
        paragraphs=[
            f"根据{task['plan_name']}，经随机抽取，我单位定于{_day(task['starts_on'])}至{_day(task['ends_on'])}期间对{tasking.addressed(text(task.get('target_type')))}进行检查。现将有关事项通知如下：",
            f"{next(heads)}、检查事项：{'、'.join(text(task['item_names']).split('；'))}。",
            f"{next(heads)}、检查依据：{_basis(task)}",
            f"{next(heads)}、检查方式：{task['methods']}。",
            f"{next(heads)}、检查人员及执法证号：{task['inspectors']}。"
            + (f"辅助专家：{task['experts']}。" if task["experts"] else ""),
            f"{next(heads)}、请准备下列材料：{task['materials']}。" if task["materials"] else "",
            f"{next(heads)}、权利告知：{task['rights_notice']}",
            f"{next(heads)}、联系方式：联系人 {known.get('name') or BLANK}，电话 {known.get('phone') or BLANK}。",
            f"{next(heads)}、异议和投诉：对检查安排、检查行为或检查结果有异议的，可向本机关书面提出；"
            f"认为检查人员违法违规的，可向{_superior(unit)}投诉，投诉电话 {BLANK}。",
        ],
        sender=unit.name,
        date="    年    月    日",
        note=f"任务编号：{task['task_id']}",
    )


def _named(task: Row) -> str:
    """Return to whom a letter goes: a body by its name, a person with the institution beside."""
    home = text(task.get("institution"))
    return f"{text(task['target_name'])}（{home}）" if home else text(task["target_name"])


def _basis(task: Row) -> str:
    """Return every law once with all its provisions, in the order of first mention.

    >>> _basis({"legal_basis": "《公证法》第五条；《公证程序规则》。\\n《公证法》第五条、第六条。"})
    '《公证法》第五条、第六条；《公证程序规则》。'
    """
    laws: dict[str, dict[str, None]] = {}
    last = ""
    for clause in filter(None, (one.strip() for one in re.split(r"[；;。\n]", text(task["legal_basis"])))):
        if not clause.startswith("《"):
            # A provision of the law before it, or words that are no citation at all.
            last = last if clause.startswith("第") and last else clause
            laws.setdefault(last, {}).update({} if last == clause else {clause: None})
            continue
        for law, rest in _LAW.findall(clause):
            last = law
            parts = (one.strip(" 和及") for one in rest.split("、"))
            laws.setdefault(law, {}).update(dict.fromkeys(filter(None, parts)))
    return "；".join(law + "、".join(parts) for law, parts in laws.items()) + "。"


def begun(task: Row) -> Row:
    """Return the task with a period that does not begin before it was drawn: a plan may have been drawn late."""
    first = max(text(task.get("starts_on")), text(task.get("drawn_on")))
    return {**task, "starts_on": first or None}


def _superior(unit: Unit) -> str:
    above = loader.units().get(unit.parent or "")
    return f"{above.name}（上级机关）" if above else "同级人民政府行政执法监督机构"


def _day(value: object) -> str:
    """Return a date as a letter writes it.

    >>> _day("2026-06-01")
    '2026年6月1日'
    """
    year, month, number = (int(part) for part in text(value).split("-"))
    return f"{year}年{month}月{number}日"
