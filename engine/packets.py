"""What a team takes along for one target: approval and notice (T09), record workbook (T10), notice letter, receipt.

R30, R50; 凡检查必审批、必通知 (国办发〔2024〕54号). Everything prints on A4; the record comes back through the intake.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from engine import tasks as tasking
from engine.values import Row, text
from schemas import loader

if TYPE_CHECKING:
    from collections.abc import Mapping

    from schemas.declare import Unit


def packet(task: Row, items: Mapping[str, Row], unit: Unit, year: int) -> dict[str, bytes]:
    """Return file name -> bytes of one task's packet; the same task gives the same bytes."""
    number = task["task_id"]
    return {
        f"1_{number}_审批表和派发单.xlsx": _form("T09", {"tasks": [_public(task)]}, unit, year),
        f"2_{number}_检查记录.xlsx": _form("T10", tasking.record_rows(task, items), unit, year),
        f"3_{number}_检查通知书.docx": notice(task, unit),
    }


def notice(task: Row, unit: Unit) -> bytes:
    """Return the notice to the inspected body as .docx: who comes, when, why, its rights, what to prepare; number blank."""
    from workbooks import letter

    return letter.write(
        title="行政检查通知书",
        number="（    ）检通〔    〕    号",
        addressee=text(task["target_name"]),
        paragraphs=[
            f"根据{task['plan_name']}，经随机抽取，我单位定于 {task['starts_on']} 至 {task['ends_on']} 期间对你单位进行检查。现将有关事项通知如下：",
            f"一、检查事项：{'、'.join(text(task['item_names']).split('；'))}。",
            f"二、检查依据：{text(task['legal_basis'])}",
            f"三、检查方式：{task['methods']}。",
            f"四、检查人员及执法证号：{task['inspectors']}。"
            + (f"辅助专家：{task['experts']}。" if task["experts"] else ""),
            f"五、请准备下列材料：{task['materials']}。" if task["materials"] else "",
            f"六、权利告知：{task['rights_notice']}",
        ],
        sender=unit.name,
        date="    年    月    日",
        note=f"任务编号：{task['task_id']}",
    )


def _public(task: Row) -> Row:
    known = {field.key for field in loader.template("T09").sheet("tasks").fields}
    return {key: value for key, value in task.items() if key in known}


def _form(code: str, rows: Mapping[str, list[Row]], unit: Unit, year: int) -> bytes:
    from workbooks import template as forms

    form = loader.template(code)
    identity = forms.identity_of(form, unit=unit.code, year=year)
    return forms.write(form, identity, unit=unit, year=year, rows=rows)
