"""Hand out what this office knows: an edition for each reader, and columns as another platform wants them (R63, R55, R62)."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import TYPE_CHECKING, Any

from engine import csvfile, leak, publish, readers, rectify
from engine.files import sha256
from engine.model import NotFound, Refused
from engine.values import Row, by, text
from engine.workflow.findings import Findings
from schemas import loader
from schemas import readers as declared

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from engine.workspace import Workspace

SHEETS = (
    ("T01", "items"), ("T07", "plans"), ("T02", "targets"), ("T03", "practitioners"), ("T04", "inspectors"), ("T05", "experts"),
    ("T09", "tasks"), ("T10", "results"), ("T10", "checklist"), ("T11", "publication"), ("T12", "rectifications"),
    ("T13", "transfers"), ("T16", "requests"), ("T18", "activities"),
)  # fmt: skip
"""What an edition may hold, in the order of its sheets."""
OWNER = "本单位"


def export(
    ws: Workspace, who: str, *, at: datetime, out: Path, table: str = "", columns: Path | None = None
) -> dict[str, Any]:
    """Write the edition of one reader: his rows and columns, nothing else (R63, domain 4.6); the public one is leak-scanned.

    who: 公众, 监督, a unit's code, an officer's certificate, an expert's or target's id; '' or the office itself: everything.
    table: one table only (`T10` or `T10/results`); then `columns` may name a TOML file with the headings another platform
    wants (decisions 35): it is written first when it does not exist. `.csv` as ending of `out` writes one table as CSV.
    Returns {reader, edition, sheets: {title: rows}, file, sha256, lines}, or `ok: False` with the leaks.
    """
    findings = Findings(ws)
    master = _master(ws, findings, at)
    editions = readers.Editions(master)
    if who in ("", OWNER, ws.unit.code):
        reader, granted = None, master
    else:
        reader = editions.reader(who)
        if reader is None:
            raise NotFound(f"没有叫“{who}”的读者。", "可写：公众、监督、单位代码、执法证号、专家编号、对象编号。")
        if reader is readers.PUBLIC:
            editions = readers.Editions(_to_be_shown(ws, findings, master))
        shows = bool(ws.policy.value("publish_certificate_no_in_roster"))
        granted = readers.masked(reader, editions.of(reader), with_certificates=shows)
    name = reader.name if reader else ws.unit.name
    edition = reader.edition if reader else "内部全量"
    if table:
        granted = _only(granted, table)
    if columns is not None:
        return _platform(ws, granted, columns, Path(out), at, name)
    data = _written(Path(out), granted, f"{ws.unit.name}{ws.year}年度资料（{edition}）", name)
    if reader is readers.PUBLIC:
        # What a named reviewer released for a publication is released here too.
        reviews = [one for body in ws.store.documents("publication").values() for one in body["reviews"]]
        found = leak.scan({Path(out).name: data}, findings.private(), reviews)
        if found:
            return {"ok": False, "lines": ["公众版被拒绝：有不得公开的内容。", *_masked(found)]}
    target = Path(out) if Path(out).suffix else Path(out) / f"{ws.unit.code}_{ws.year}_{edition}_{_who(reader)}.xlsx"
    ws.write_atomic(target.resolve(), data)
    _note(ws, at, edition, reader, data)
    titles = {_title(key): len(rows) for key, rows in granted.items()}
    return {
        "reader": name,
        "edition": edition,
        "sheets": titles,
        "file": str(target),
        "sha256": sha256(data),
        "lines": [
            f"{edition}（{name}）已写入 {target}。",
            *(f"  {title} {count} 行" for title, count in titles.items()),
        ],
    }


def _master(ws: Workspace, findings: Findings, at: datetime) -> dict[readers.Key, list[Row]]:
    """Return every row that can be handed out: registers, tasks of dispatched draws, what stands published."""
    found = {key: findings.rows(*key) for key in SHEETS if key[0] not in ("T01", "T07", "T09", "T11")}
    found["T12", "rectifications"] = rectify.as_of(found["T12", "rectifications"], at.date())
    found["T01", "items"] = findings.items()
    found["T07", "plans"] = findings.rows("T07", "plans")
    found["T09", "tasks"] = [_with_experts(ws, task) for task in findings.tasks.values()]
    found["T11", "publication"] = _published(ws, findings, at)
    return {key: found[key] for key in SHEETS if found[key]}


def _published(ws: Workspace, findings: Findings, at: datetime) -> list[Row]:
    """Return what stands published, by task: results of this office in the words it published, others as they came up."""
    standing, own = findings.published(), publish.earlier_of(ws.store.documents("publication"))
    return [
        {
            **publish.as_published(own.get(one.task_id, {"public": one.public}), standing[one.task_id].on),
            "_unit": one.unit,
        }
        for one in findings.entries(at.date())
        if one.task_id in standing and one.state not in publish.EXCEPTED
    ]


def _to_be_shown(
    ws: Workspace, findings: Findings, master: Mapping[readers.Key, list[Row]]
) -> dict[readers.Key, list[Row]]:
    """Return what this office itself may show everybody, the same rows as its publication: each organ publishes its own (R37)."""
    wanted = {(one.template, one.sheet) for one in declared.rules() if one.reader == readers.PUBLIC.kind}
    shown = {key: findings.public_source(*key) for key in SHEETS if key in wanted and key[0] != "T11"}
    mine = [row for row in master.get(("T11", "publication"), ()) if row["_unit"] == ws.unit.code]
    return {**master, **shown, ("T11", "publication"): mine}


def _with_experts(ws: Workspace, task: Row) -> Row:
    """Return a task whose experts are also named by their licence: the id of a draw may differ from the register's."""
    kept = ws.store.document("freeze", text(task["draw_id"])) or {}
    people = kept.get("frozen", {}).get("people", {})
    licences = [text(people[one]["certificate"]) for one in task["expert_ids"] if one in people]
    return {**task, "expert_ids": [*task["expert_ids"], *licences]}


def _only(granted: Mapping[readers.Key, list[Row]], table: str) -> dict[readers.Key, list[Row]]:
    code, _, sheet = table.partition("/")
    found = {key: rows for key, rows in granted.items() if key[0] == code and sheet in ("", key[1])}
    if not found:
        raise NotFound(f"没有可给出的“{table}”。", "写成 T10 或 T10/results；该读者可能无权看到这张表。")
    return found


def _written(out: Path, granted: Mapping[readers.Key, Sequence[Row]], title: str, name: str) -> bytes:
    """Return an edition in the format its file name asks for: a workbook, or one table as CSV."""
    kind = out.suffix.lower()
    if kind not in ("", ".xlsx", ".csv"):
        raise Refused(f"不能导出为 {out.suffix} 文件。", "文件名请以 .xlsx 结尾；只导出一张表的，也可以 .csv 结尾。")
    if kind != ".csv":
        return _workbook(granted, title, name)
    if len(granted) != 1:
        raise Refused("CSV 一次只能放一张表。", "请用 --table 写明，如 --table T10/results；或导出为 .xlsx。")
    key, rows = next(iter(granted.items()))
    fields = [
        one for one in loader.template(key[0]).sheet(key[1]).fields if any(text(row.get(one.key)) for row in rows)
    ]
    return _csv(
        [one.title for one in fields], [[_label({}, one.key, row.get(one.key)) for one in fields] for row in rows]
    )


def _workbook(granted: Mapping[readers.Key, Sequence[Row]], title: str, name: str) -> bytes:
    from workbooks import register

    tables = []
    for key, rows in granted.items():
        fields = [
            one for one in loader.template(key[0]).sheet(key[1]).fields if any(text(row.get(one.key)) for row in rows)
        ]
        tables.append(
            register.Table(
                name=_title(key),
                title=_title(key),
                columns=[one.title for one in fields] or ["（无）"],
                rows=[[row.get(one.key) for one in fields] for row in rows],
                notes=(f"{title}，供{name}使用。",),
                widths={one.title: one.width for one in fields},
            )
        )
    if not tables:
        raise NotFound("没有这位读者可以看到的内容。")
    return register.write(tables, title=title)


def _title(key: readers.Key) -> str:
    return loader.template(key[0]).sheet(key[1]).title


def _who(reader: readers.Reader | None) -> str:
    """Return the part of a file name that says for whom: ids, no names of persons."""
    return min(reader.ids) if reader and reader.ids else (reader.name if reader else OWNER)


def _masked(found: Sequence[leak.Leak]) -> list[str]:
    return [f"  {one.file} {one.part}：{one.kind} {one.masked}" for one in found[:50]]


def _note(ws: Workspace, at: datetime, edition: str, reader: readers.Reader | None, data: bytes) -> None:
    with ws.store.transaction():
        ws.store.note("export", {"edition": edition, "to": _who(reader), "sha256": sha256(data)}, at)


# ---- columns as another platform wants them --------------------------------------------------------------------------


def _platform(
    ws: Workspace, granted: Mapping[readers.Key, list[Row]], columns: Path, out: Path, at: datetime, name: str
) -> dict[str, Any]:
    """Write one table under the headings of another platform; the mapping is written first when there is none."""
    if len(granted) != 1:
        raise Refused("按平台栏目导出时一次只能导出一张表。", "请用 --table 写明，如 --table T10/results。")
    key, rows = next(iter(granted.items()))
    if not columns.is_file():
        ws.write_atomic(columns.resolve(), _mapping(key).encode())
        return {
            "mapping": str(columns),
            "lines": [f"已写出栏目对照 {columns}：左边改成对方平台的栏目名，删去不要的，再运行一次。"],
            "must_act": True,
        }
    headings, labels = _read_mapping(columns, key)
    numbers = by(
        (*granted.get(("T02", "targets"), ()), *Findings(ws).targets(), *Findings(ws).practitioners()), "target_id"
    )
    shown = []
    for row in rows:
        body = numbers.get(text(row.get("target_id")), {})
        whole = {**row, "public_number": text(body.get("uscc")) or text(body.get("licence_no"))}
        shown.append([_label(labels, field, whole.get(field)) for field in headings.values()])
    data = _csv(list(headings), shown) if out.suffix == ".csv" else _sheet(key, list(headings), shown)
    ws.write_atomic(out.resolve(), data)
    with ws.store.transaction():
        ws.store.note("export", {"table": "/".join(key), "to": columns.name, "sha256": sha256(data)}, at)
    return {
        "reader": name,
        "file": str(out),
        "rows": len(shown),
        "sha256": sha256(data),
        "lines": [f"已按 {columns.name} 导出 {len(shown)} 行到 {out}。"],
    }


def _mapping(key: readers.Key) -> str:
    from workbooks import foreign

    fields = loader.template(key[0]).sheet(key[1]).fields
    given = {"template": key[0], "sheet": key[1], "anchor": fields[0].key, "columns": {f.title: f.key for f in fields}}
    head = "# 导出栏目：左边是对方平台的栏目名，右边是本系统填报项的代号；public_number 是对象的信用代码或许可证号。\n"
    tail = '\n# 对方平台用代码的，在此写明，例如：\n# [codes.result]\n# "未发现问题" = "01"\n'
    return head + foreign.mapping_text(given).split("\n", 1)[1] + tail


def _read_mapping(path: Path, key: readers.Key) -> tuple[dict[str, str], dict[str, dict[str, str]]]:
    try:
        given = tomllib.loads(path.read_text(encoding="utf-8-sig"))
        headings = {str(title): str(field) for title, field in given["columns"].items() if field}
    except (tomllib.TOMLDecodeError, KeyError, AttributeError) as error:
        raise Refused(f"栏目对照“{path.name}”有误：{error}。", "删去它再运行一次，会重新写出一份。") from error
    known = {one.key for one in loader.template(key[0]).sheet(key[1]).fields} | {"public_number"}
    wrong = sorted(set(headings.values()) - known)
    if wrong:
        raise Refused(f"栏目对照“{path.name}”里的“{wrong[0]}”不是{_title(key)}的填报项。", "代号见 docs/templates.md。")
    return headings, given.get("codes", {})


def _label(labels: Mapping[str, Mapping[str, str]], field: str, value: object) -> str:
    from workbooks.register import shown

    said = shown(value)
    return labels.get(field, {}).get(said, said)


def _csv(headings: list[str], rows: Sequence[Sequence[str]]) -> bytes:
    return csvfile.text([headings, *rows])


def _sheet(key: readers.Key, headings: list[str], rows: Sequence[Sequence[str]]) -> bytes:
    from workbooks import register

    return register.write([register.Table(name=_title(key), title=_title(key), columns=headings, rows=rows)])
