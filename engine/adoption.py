"""A foreign table becomes a template of ours, pre-filled, and a list of everything that found no place (intake D020; issue of lost rows).

Nothing is guessed silently: what could not be mapped is listed with its cell, what does not satisfy the rules is listed with
its row, and the mapping of headings is a file the office edits once and keeps for the next year.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

from engine import files
from engine.model import NotFound, Refused
from schemas import loader
from schemas.declare import Level

if TYPE_CHECKING:
    from schemas.declare import Template
    from workbooks.foreign import Adopted

Row = dict[str, Any]
# What depends on who sends: how many rows are due, whose people and places are within reach.
_OF_UNIT = ("DR-Q", "DR-U005")


def adopt(path: Path, code: str, output: Path, *, year: int, unit: str = "", mapping: Path | None = None) -> Row:
    """Write the pre-filled template, the list of leftovers and the mapping into `output`; return what was done.

    {template, rows, columns, unmapped: [{sheet, cell, text, reason}], issues, written, leftovers, mapping, lines, must_act}.
    Raises Refused when no sheet holds anything like the table, WorkbookError for a file that cannot be read.
    """
    from workbooks import foreign
    from workbooks.container import open_book
    from workbooks.model import WorkbookError

    if code not in loader.templates():
        raise NotFound(f"没有表号“{code}”。", f"表号有：{'、'.join(loader.templates())}。")
    if unit and unit not in loader.units():
        raise NotFound(f"没有代码为“{unit}”的单位。", "单位代码见 schemas/units.csv。")
    form = loader.template(code)
    if code == "T00" or form.direction != "up":
        fitting = "、".join(
            one.code for one in loader.templates().values() if one.direction == "up" and one.code != "T00"
        )
        raise Refused(f"{code}《{form.title}》不是由各单位填报的表，不能转换。", f"可以转换成：{fitting}。")
    known = _known(mapping, form) if mapping and mapping.is_file() else None
    book = open_book(path.read_bytes(), path.name, skip=())
    try:
        found = foreign.adopt(book, form, known)
    except WorkbookError as error:
        if error.code != "DR-S001":
            raise
        raise Refused(
            f"“{path.name}”里没有认出《{form.title}》的表头。",
            "请核对 --as 后的表号；表头写法特殊的，可在表头对照文件里写明每一列对应什么，再用 --mapping 转一次。",
        ) from error
    stem = files.safe_name(path.stem, 50)
    kept = Path(mapping) if mapping else output / f"{stem}_表头对照.toml"
    if known is None:
        files.write_atomic(kept, foreign.mapping_text(found.mapping).encode())
    data = _filled(form, found, unit, year)
    written = files.write_atomic(output / f"{code}_{stem}.xlsx", data)
    # Rows can be examined before anybody has said whose they are: the province may send every form, about every place.
    examined = data if unit else _filled(form, found, _province(), year)
    issues = [one for one in _issues(written.name, examined, year) if unit or not one["code"].startswith(_OF_UNIT)]
    leftovers = files.write_atomic(output / f"{stem}_未对应内容.xlsx", _leftovers(form, found, issues))
    columns = {title: key for title, key in found.mapping["columns"].items() if key}
    return {
        "template": code,
        "rows": len(found.rows),
        "columns": columns,
        "unmapped": [dict(zip(("sheet", "cell", "text", "reason"), one, strict=True)) for one in found.unmapped],
        "issues": issues,
        "written": str(written),
        "leftovers": str(leftovers),
        "mapping": str(kept),
        "lines": [
            f"已转换 {len(found.rows)} 行 → {written}",
            f"认出 {len(columns)} 列：{'、'.join(columns)}",
            f"没有对应位置的内容 {len(found.unmapped)} 处、需要补正的 {len(issues)} 处，见 {leftovers}",
            f"表头对照：{kept}（可修改后用 --mapping 再转一次）",
        ],
        "must_act": bool(found.unmapped or issues),
    }


def _known(path: Path, form: Template) -> Row:
    """Return the mapping the office keeps; Refused with the line that cannot be meant."""
    from workbooks import foreign
    from workbooks.model import WorkbookError

    again = "删去它再运行一次，会重新写出一份；可用的代号写在它的开头。"
    try:
        # A BOM is what the editor of Windows puts before a text it saves.
        given = foreign.read_mapping(path.read_text(encoding="utf-8-sig"))
    except (WorkbookError, UnicodeDecodeError) as error:
        line = re.search(r"line ([0-9]+)", str(getattr(error, "params", {}).get("detail", "")))
        detail = f"第 {line[1]} 行的写法不对" if line else "写法不对，或不是 UTF-8 文本"
        raise Refused(f"表头对照“{path.name}”有误：{detail}。", again) from error
    sheet = next((one for one in form.sheets if one.name == given.get("sheet")), None)
    if given.get("template") != form.code or sheet is None or not isinstance(given.get("columns"), dict):
        raise Refused(f"表头对照“{path.name}”不是 {form.code} 的（写的是 {given.get('template')}）。", again)
    keys = {field.key for field in sheet.fields}
    wrong = next((one for one in given["columns"].items() if one[1] and one[1] not in keys), None)
    if wrong or given.get("anchor") not in keys:
        what = f"“{wrong[0]}” = “{wrong[1]}”" if wrong else f"anchor = “{given.get('anchor')}”"
        raise Refused(f"表头对照“{path.name}”里 {what}：{form.code} 没有这个填报项。", again)
    return given


def _filled(form: Template, found: Adopted, unit: str, year: int) -> bytes:
    from workbooks import template as writer

    sheet = str(found.mapping.get("sheet") or form.sheets[0].name)
    identity = writer.identity_of(form, unit=unit, year=year)
    known = loader.units().get(unit)
    return writer.write(form, identity, unit=known, year=year, rows={sheet: found.rows})


def _province() -> str:
    return next(one.code for one in loader.units().values() if one.level is Level.PROVINCE)


def _issues(name: str, data: bytes, year: int) -> list[Row]:
    """Return what the pre-filled template still lacks, as the intake sees it; the cover is for the sender to fill in."""
    from engine import intake
    from engine.draft import COVER
    from engine.prepared import prepared

    incoming = intake.Incoming(name=name, data=data, sha256=files.sha256(data))
    found = prepared(intake.examine([incoming], intake.Context(year=year, returns=False))[0]).issues
    return [
        {**one, "severity": str(one["severity"])}
        for one in found
        if one["severity"] in ("error", "explain") and one["sheet"] not in (None, COVER)
    ]


def _leftovers(form: Template, found: Adopted, issues: list[Row]) -> bytes:
    from workbooks import register

    titles = {one.key: one.title for one in form.sheets[0].fields}
    places = [
        [number, titles.get(key, key), place, row.get(key, "")]
        for number, (row, sources) in enumerate(zip(found.rows, found.sources, strict=True), 1)
        for key, place in sources.items()
    ]
    return register.write(
        [
            register.Table(
                name="未对应内容",
                title="没有对应位置的内容",
                columns=["工作表", "单元格", "内容", "原因"],
                rows=found.unmapped,
            ),
            register.Table(
                name="需要补正",
                title="转换后仍需补正",
                columns=["单元格", "问题", "怎么改", "编号"],
                rows=[[one["cell"], one["message"], one["fix"], one["code"]] for one in issues],
            ),
            register.Table(name="来源", title="每一格的来源", columns=["行", "列", "原表单元格", "内容"], rows=places),
        ]
    )
