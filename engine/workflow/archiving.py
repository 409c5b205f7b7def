"""Close a year's files into an archive, keep the documents everything rests on, list what is due to go (R07, R30, R62)."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

from engine import archive as keeping
from engine.files import safe_name, sha256
from engine.model import NotFound, Refused
from engine.workflow import erasing

if TYPE_CHECKING:
    from datetime import datetime

    from engine.workspace import Workspace

FOLDER = "依据文件"
COLUMNS = ("文件", "SHA-256", "类别", "回执号或名称", "保管期限", "到期处理", "依据")
GRAVES = {
    "number": "回执号", "sha256": "SHA-256", "reason": "理由", "basis": "依据", "approver": "批准人", "at": "销毁时间",
}  # fmt: skip
THEN = {
    "erase": "依法销毁（taizhang destroy）",
    "review": "鉴定后销毁或移交档案馆（原件、回执和退回件：taizhang destroy --kind）",
}


def archive(ws: Workspace, *, at: datetime, out: Path | None = None) -> dict[str, Any]:
    """Index every record of this workspace with hash and term; with `out` also copy them there, with SHA256SUMS.

    {files: [{path, sha256, kind, name, until, then, basis}], due: […], destroyed: [tombstones], lines, must_act}: `must_act`
    when a term is over. The journal travels as one JSON line per entry. Nothing is deleted.
    """
    entries, contents = _entries(ws)
    destroyed = erasing.graves(ws)
    due = keeping.due(entries, at.date())
    target = None
    if out is not None:
        target = Path(out).resolve()
        if target.is_relative_to(ws.root):
            raise Refused("归档不能放在工作文件夹里。", "请用 -o 指定别的位置。")
        contents["归档目录.xlsx"] = _index(ws, entries, destroyed)
        sums = "".join(f"{sha256(data)}  {name}\n" for name, data in sorted(contents.items()))
        for name, data in contents.items():
            ws.write_atomic(target / name, data, durable=False)
        ws.write_atomic(target / "SHA256SUMS", sums.encode())
        with ws.store.transaction():
            ws.store.note("archive", {"files": len(contents), "root": sha256(sums.encode())}, at)
    counts: dict[str, int] = {}
    for row in entries:
        counts[row["kind"]] = counts.get(row["kind"], 0) + 1
    return {
        "files": entries,
        "due": due,
        "destroyed": destroyed,
        "archive": str(target) if target else None,
        "lines": [
            f"归档材料 {len(entries)} 件：" + "，".join(f"{kind} {count}" for kind, count in counts.items()) + "。",
            *([f"已写入 {target}，内有归档目录和 SHA256SUMS。"] if target else []),
            *([f"依法销毁 {len(destroyed)} 件，每件有理由、依据和批准人。"] if destroyed else []),
            *(f"  到期：{row['path']}（{row['until']}，{THEN[row['then']]}）" for row in due),
        ],
        "must_act": bool(due),
    }


def keep(ws: Workspace, file: Path, *, at: datetime, title: str, year: int, number: str = "") -> dict[str, Any]:
    """Keep a document everything rests on (方案, 通知, 清单依据) by its hash, with version and the year it holds from (R07).

    The same bytes twice are one version. Raises NotFound without the file, Refused without a title.
    """
    path = Path(file)
    if not path.is_file():
        raise NotFound(f"没有文件“{path}”。")
    if not title.strip():
        raise Refused("依据文件须有标题。", "请用 --title 写明。")
    data = path.read_bytes()
    known = [one for one in ws.store.documents("basis").values() if one["title"] == title.strip()]
    digest = sha256(data)
    same = next((one for one in known if one["sha256"] == digest), None)
    body = same or {
        "title": title.strip(),
        "number": number,
        "year": year,
        "version": len(known) + 1,
        "sha256": digest,
        "file": f"{digest[:12]}_{safe_name(path.name)}",
    }
    if same is None:
        ws.write_atomic(ws.path(FOLDER, body["file"]), data)
        with ws.store.transaction():
            ws.store.put_document("basis", digest, body, at)
            ws.store.note("basis", {"sha256": digest, "version": body["version"], "year": year}, at)
    return {
        **body,
        "lines": [f"{body['title']} 第 {body['version']} 版（{body['year']} 年起）已存，SHA-256 {digest[:16]}…"],
    }


def _entries(ws: Workspace) -> tuple[list[dict[str, Any]], dict[str, bytes]]:
    """Return one entry per record with its bytes by path: files as people know them, and the journal."""
    nominations = erasing.unused(ws)
    names = {str(row["sha256"]): str(row["file"]) for row in ws.store.submissions()}
    names |= {one["file"]: one["title"] for one in ws.store.documents("basis").values()}
    contents = {
        path.relative_to(ws.root).as_posix(): path.read_bytes()
        for path in sorted(ws.root.rglob("*"))
        if path.is_file() and not path.name.startswith(".")
    }
    lines = [json.dumps(asdict(line), ensure_ascii=False) for line in ws.store.lines()]
    contents["日志/日志.jsonl"] = ("\n".join(lines) + "\n").encode()
    entries = []
    for name in list(contents):
        term = keeping.kind_of(name, nominations)
        if term is None:
            del contents[name]
            continue
        entries.append(
            {
                "path": name,
                "sha256": sha256(contents[name]),
                "kind": term.title,
                "name": names.get(name.rsplit("/", 1)[-1], ""),
                "until": term.until(ws.year),
                "then": term.then,
                "basis": term.basis,
            }
        )
    return entries, contents


def _index(ws: Workspace, entries: list[dict[str, Any]], destroyed: list[dict[str, Any]]) -> bytes:
    from workbooks import register

    rows = [
        [*(row[key] for key in ("path", "sha256", "kind", "name", "until")), THEN[row["then"]], row["basis"]]
        for row in entries
    ]
    table = register.Table(
        name="归档目录", title=f"{ws.unit.name}{ws.year}年度归档目录", columns=list(COLUMNS), rows=rows, notes=("用 sha256sum -c SHA256SUMS 可核对全部文件。",),
    )  # fmt: skip
    gone = register.Table(
        name="依法销毁", title=f"{ws.unit.name}{ws.year}年度依法销毁登记", columns=list(GRAVES.values()),
        rows=[[row[key] for key in GRAVES] for row in destroyed], notes=("原件、内容、回执和退回件已销毁，只留校验值。",),
    )  # fmt: skip
    return register.write([table, *([gone] if destroyed else [])])
