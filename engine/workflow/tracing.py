"""From any cell of a ledger or register back to what somebody typed, and from an original forward to all that rests on it (R60).

Every step is looked up in the store by hash, edition and key; a workbook that is not as this office wrote it is not traced.
"""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

from engine import consolidate as merging
from engine import timeliness
from engine import trace as tracing
from engine.files import sha256
from engine.model import NotFound, Refused
from engine.workflow.consolidating import OF_THE_DAY, table
from engine.workflow.erasing import graves
from engine.workflow.recalling import editions_of
from schemas import loader

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from engine.history import Edition
    from engine.workspace import Workspace
    from workbooks.model import Grid

Row = dict[str, Any]
_EDITION = re.compile(r"第 ([0-9]+) 版.*内容校验 ([0-9a-f]{16})")
_DIGEST = re.compile(r"[0-9a-f]{64}")
_NUMBER = re.compile(r"SJ-[0-9]{4}-[0-9A-Z-]+-[0-9]{5}")
STATES = {
    "accepted": "已通过", "returned": "已退回", "superseded": "已被新的一版替代", "withdrawn": "已撤回", "old": "晚于新版才到，没有采用",
    "same": "与已收的内容相同，没有另记", "conflict": "与同日另一份不同，待裁决",
}  # fmt: skip
_WORDS = {"True": "是", "False": "否"}
SHOWN = 200
"""Lines of one kind before the rest is counted: an annual roster may rest in every row of a ledger."""


def follow(ws: Workspace, source: str, cell: str = "", *, forward: bool = False) -> Row:
    """Return what `trace` finds behind a cell, or with `forward` what `used` finds resting on an original."""
    if forward:
        return used(ws, source, cell)
    if not cell:
        raise Refused("没有写明单元格。", "写成 总览!D5 这样；要从原件查用在哪里的，加 --used。")
    path = Path(source)
    return trace(ws, path if path.is_file() else ws.root / path, cell)  # 汇总/… may be meant within the folder


def trace(ws: Workspace, path: Path, cell: str) -> Row:
    """Return the chain of one cell of a ledger (T15) or of a register: figure or row → registers → file, sheet, cell sent.

    cell: `总览!D7`, or `D7` for the first sheet. {cell, title, value, rows, sources, lines}. Raises NotFound for a file this
    workspace did not write, Refused for a cell of a register that no longer says what the edition says.
    """
    if not path.is_file():
        raise NotFound(f"没有文件“{path.name}”。")
    data = path.read_bytes()
    document = ws.store.document("ledger", sha256(data))
    found = tracing.lookup(document, cell) if document else _of_register(ws, data, path.name, cell)
    store = tracing.Remembered(ws.store)
    known = [tracing.resolve(store, ref, found["key"], found.get("version")) for ref in found["rows"]]
    sources = [place for places in known for place in places]
    lines = [f"{found['cell']}：{found['title']} = {_WORDS.get(found['value'], found['value']) or '（空）'}"]
    if found.get("formula"):
        lines.append(f"算式：{found['formula']}（分子 {found['numerator']}，分母 {found['denominator']}）")
    alone = _without_originals(ws)
    gone = _erased(ws)
    lines += [
        f"  ← {one['file']}｜{one['sheet']}｜{one['cell']}"
        + ("（无下级原件）" if one["sha256"] in alone else "")
        + (f"（{gone[one['sha256']]}）" if one["sha256"] in gone else "")
        for one in sources
    ]
    if not sources:
        lines.append("  没有对应的记录。")
    return {**found, "sources": sources, "lines": lines}


def _erased(ws: Workspace) -> dict[str, str]:
    """Return SHA-256 -> what became of an original that was erased by law and not sent again (decision 31)."""
    return {
        row["sha256"]: f"原件已于 {row['at'][:10]} 依法删除"
        for row in graves(ws)
        if not ws.originals.joinpath(row["sha256"]).exists()
    }


def _without_originals(ws: Workspace) -> set[str]:
    """Return the hashes of lists that a city sent without the files of its counties: the chain ends there (decisions 17)."""
    return {
        one["sha256"]
        for code in timeliness.GATHERED
        for one in ws.store.submissions(code)
        if one["unit"] != ws.unit.code
        and timeliness.lacks_originals(code, loader.units()[one["unit"]], one.get("package"))
    }


def _of_register(ws: Workspace, data: bytes, name: str, cell: str) -> Row:
    """Return what stands in a cell of a register workbook: the edition is the one its second line names by digest."""
    from workbooks.container import open_book
    from workbooks.model import WorkbookError

    try:
        book = open_book(data, name)
    except WorkbookError as error:
        raise NotFound(f"“{name}”打不开。", "请给出年度台账或“汇总”文件夹里的名录。") from error
    sheet, column, number = tracing.address_of(cell)
    grid = next((one for one in book.grids if sheet in ("", one.name)), None)
    one = _edition(ws, grid) if grid else None
    if grid is None or one is None:
        raise NotFound(f"“{name}”不是本工作文件夹生成的台账或名录，或已被改动。", "请用未经改动的台账或名录。")
    where = f"{grid.name}!{cell.rpartition('!')[2].upper()}"
    shown = table(one.template, one.sheet, one.bodies, title="", notes=())
    head = _head(grid, shown.columns)
    place = number - head - 1
    if head == 0 or not (0 <= place < len(one.bodies) and 1 <= column <= len(shown.columns)):
        raise NotFound(f"{where} 不在数据区内。")
    body, title = one.bodies[place], shown.columns[column - 1]
    value = _text(grid, number, column)
    key = next(
        (field.key for field in loader.template(one.template).sheet(one.sheet).fields if field.title == title), ""
    )
    if value != _shown(shown.rows[place][column - 1]) and one.template != OF_THE_DAY:
        raise Refused(
            f"{where} 现在是“{value}”，第 {one.version} 版名录里是“{_shown(shown.rows[place][column - 1])}”。",
            "这一格被改过：请用未经改动的名录。",
        )
    return {
        "cell": where,
        "key": key,
        "title": title,
        "value": value,
        "version": one.version,
        "rows": [(one.template, one.sheet, body["key"])],
    }


def _edition(ws: Workspace, grid: Grid) -> Edition | None:
    """Return the edition whose number and digest the notes of a register sheet name."""
    said = next((match for row in (2, 3) if (match := _EDITION.search(_text(grid, row, 1)))), None)
    if said is None:
        return None
    known = (one for editions in editions_of(ws, grid.name) for one in editions)
    return next((one for one in known if one.version == int(said[1]) and one.digest.startswith(said[2])), None)


def _head(grid: Grid, columns: Sequence[str]) -> int:
    """Return the number of the row that holds the headings, 0 when there is none."""
    return next(
        (
            number
            for number in sorted(grid.rows)
            if [_text(grid, number, place) for place in range(1, len(columns) + 1)] == list(columns)
        ),
        0,
    )


def _text(grid: Grid, row: int, column: int) -> str:
    cell = grid.rows.get(row, {}).get(column)
    return cell.text.strip() if cell else ""


def _shown(value: object) -> str:
    from workbooks.register import shown

    return shown(value).strip()


# ---- forward: what rests on an original ---------------------------------------------------------------------------------


def used(ws: Workspace, source: str, cell: str = "") -> Row:
    """Return all that rests on an original, or on one row of it: registers, draws and the newest ledger (R60, intake 5.7).

    source: the file itself, its SHA-256 or its receipt number; cell: `推荐人员!F6` or `F6`.
    {file, sha256, rows: [{template, sheet, key, unit, row}], registers: [{template, title, version, row, key}], draws, ledger:
    [{sheet, row, title}], lines}. Raises NotFound for what never arrived here.
    """
    digest, name = _original(ws, source)
    _, _, number = tracing.address_of(cell) if cell else ("", 0, 0)
    sheet = cell.rpartition("!")[0].strip("'")
    resting = list(_resting(ws, digest, sheet, number))
    refs = {(one["template"], one["sheet"], one["key"]) for one in resting}
    refs |= _accepted(ws, digest, sheet, number)
    duties = {f"{one['unit']}/{one['template']}" for one in ws.store.submissions() if one["sha256"] == digest}
    draws = _draws(ws, {key for _, _, key in refs})
    cells = _cells(ws, refs | ({("报送", "", one) for one in duties} if not cell else set()))
    name = resting[0]["file"] if resting and name.startswith(digest) else name  # in a package it bears its hash
    what = f"{name}{f' {cell}' if cell else ''}"
    lines = [f"{what}（{digest[:16]}）用在："]
    lines += _some(
        [
            f"  → 名录 {one['template']} {one['title']} 第 {one['version']} 版 第 {one['row']} 条：{one['key']}"
            for one in resting
        ]
    )
    lines += _some([f"  → 抽取 {one}：在锁定的名单里" for one in draws])
    lines += _some([f"  → 年度台账 {one['sheet']} 第 {one['row']} 行：{one['title']}" for one in cells])
    if len(lines) == 1:
        states = "、".join(
            dict.fromkeys(STATES[one["state"]] for one in ws.store.submissions() if one["sha256"] == digest)
        )
        lines.append(f"  没有用到：没有已采用的行来自这里{f'（这一件{states}）' if states else ''}。")
    return {"file": name, "sha256": digest, "registers": resting, "draws": draws, "ledger": cells, "lines": lines}


def _original(ws: Workspace, source: str) -> tuple[str, str]:
    """Return SHA-256 and name of an original, given as file, hash or receipt number."""
    path = Path(source)
    known = ws.store.arrivals()
    if _NUMBER.fullmatch(source):
        digest = next((one["sha256"] for one in known if one["number"] == source), "")
    else:
        digest = (
            sha256(path.read_bytes()) if path.is_file() else source.lower() if _DIGEST.fullmatch(source.lower()) else ""
        )
    names = [one["name"] for one in known if one["sha256"] == digest]
    names += [one["file"] for one in ws.store.submissions() if one["sha256"] == digest]
    name = next(iter(names), "")
    if digest in (gone := _erased(ws)):
        raise NotFound(f"{digest[:16]}… 的{gone[digest]}，删除记录可用 audit 核对。", "它的内容已不在本系统里。")
    if not digest or not name:
        raise NotFound(f"没有收过“{path.name}”。", "可给出原件的文件、SHA-256 或回执号。")
    return digest, name


def _resting(ws: Workspace, digest: str, sheet: str, number: int) -> Iterator[Row]:
    """Yield the rows of the newest registers that come from this original, also by way of a package from below."""
    store = tracing.Remembered(ws.store)
    for code in merging.registers():
        for form in loader.template(code).sheets:
            editions = ws.store.editions(code, form.name)
            if not editions:
                continue
            newest = editions[-1]
            for place, body in enumerate(newest["rows"]):
                package = store.package_of(body["submission"]) or {}
                below = package.get("rows", {}).get(code, {}).get(body["key"]) or {}
                step = next((one for one in (body, below) if one.get("sha256") == digest), None)
                if step and (not number or step["row"] == number) and sheet in ("", step["grid"]):
                    yield {
                        "template": code,
                        "sheet": form.name,
                        "title": form.title,
                        "version": newest["version"],
                        "row": place + 1,
                        "key": body["key"],
                        "unit": body["unit"],
                        "file": step["file"],
                    }


def _accepted(ws: Workspace, digest: str, sheet: str, number: int) -> set[tuple[str, str, str]]:
    """Return the references of accepted rows of this original that no register holds yet."""
    found = set()
    for one in ws.store.submissions(None, "accepted"):
        if one["sha256"] == digest:
            for form in loader.template(one["template"]).sheets:
                grid, _, rows = ws.store.table(one["id"], form.name)
                if sheet in ("", grid):
                    found |= {(one["template"], form.name, key) for row, key, _ in rows if not number or row == number}
    return found


def _draws(ws: Workspace, keys: set[str]) -> list[str]:
    """Return the draws whose frozen roster holds one of these people or bodies."""
    found = []
    for name, kept in ws.store.documents("freeze").items():
        frozen = kept.get("frozen", {})
        people = {str(one.get("certificate")) for one in frozen.get("people", {}).values()}
        if keys & (people | set(frozen.get("bodies", {}))):
            found.append(name)
    return found


def _cells(ws: Workspace, refs: set[tuple[str, str, str]]) -> list[Row]:
    """Return the rows of the newest ledger that count one of these references."""
    last = next((line for line in reversed(ws.store.lines()) if line.event == "ledger"), None)
    document = ws.store.document("ledger", json.loads(last.body)["sha256"]) if last else None
    if document is None:
        return []
    wanted = {number for number, ref in enumerate(document["refs"]) if tuple(ref) in refs}
    return [
        {
            "sheet": sheet["title"],
            "row": tracing.FIRST_ROW + place,
            "title": tracing.named(sheet, row["values"]),
        }
        for sheet in document["sheets"].values()
        for place, row in enumerate(sheet["rows"])
        if wanted
        & {
            *row["refs"],
            *row.get("said", {}).values(),
            *(ref for one in row.get("cells", {}).values() for ref in one["refs"]),
        }
    ]


def _some(lines: list[str]) -> list[str]:
    rest = len(lines) - SHOWN
    return lines if rest <= 0 else [*lines[:SHOWN], f"  ……另有 {rest} 处，见 --json"]
