"""Everything kept is verified against the journal: originals, arrivals, registers, documents, identifiers, draw records.

The journal is the witness: each of its lines carries the hash of what was kept when it was written. A changed byte anywhere
breaks the chain, a content hash, or the hash an original is named by; a lawful erasure leaves a tombstone, and only that
is accepted in the place of what is gone (decision 31).
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from sqlalchemy import select

from engine import journal, rollover
from engine.files import sha256
from engine.prepared import content_digest
from engine.store import identifier_digest
from engine.tables import (
    arrivals,
    documents,
    editions,
    edits,
    identifiers,
    issues,
    originals,
    submissions,
    tables,
    tombstones,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy import Connection

    from engine.journal import Line
    from engine.workspace import Workspace

TOMBSTONES = "删除记录"
_DIGEST = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """One kind of verification: how many things were looked at, one sentence per fault, and what people should look at."""

    name: str
    looked_at: int
    faults: list[str]
    remarks: list[str] = field(default_factory=list)


def audit(workspace: Workspace) -> list[Check]:
    """Return every check of a workspace; it is whole when no check has a fault."""
    store = workspace.store
    with store.reading() as connection:
        lines = list(journal.lines(connection))
        said = _said(lines)
        erased = {row.sha256 for row in connection.execute(select(tombstones))}
        checks = [
            Check(name="日志", looked_at=len(lines), faults=[*journal.broken(lines), *_beginning(lines)]),
            _originals(workspace, connection, erased - said["back"], said),
            _arrivals(connection, said, erased),
            _standings(connection, said),
            _documents(connection, said),
            _editions(connection, said),
            _identifiers(connection, said),
            _tombstones(connection, said),
        ]
    looked_at, faults = rollover.faults(store)
    return [*checks, Check(name="结转", looked_at=looked_at, faults=faults), _bundles(workspace)]


def _beginning(lines: list[Line]) -> list[str]:
    """A journal begins where the folder was made: without that line it is another one, or none."""
    return [] if lines and lines[0].event == "init" else ["日志不是从建立工作文件夹开始的，前面的没有了"]


def _said(lines: list[Line]) -> dict[str, Any]:
    """Return what the journal says about everything that is kept."""
    said: dict[str, Any] = {
        "arrivals": {},
        "standings": {},
        "documents": {},
        "editions": {},
        "identifiers": {},
        "erased": {},
        "blank": set(),
        "back": set(),
    }
    for line in lines:
        try:
            body = json.loads(line.body)
        except ValueError:
            continue  # the chain check names this line
        if line.event == "received":
            said["arrivals"][body["arrival"]] = {**body, "at": line.at}
            said["back"] |= {body["sha256"]} & said["erased"].keys()  # what was erased may be sent once more
        elif line.event == "document":
            said["documents"][(body["kind"], body["name"], body["version"])] = body["sha256"], line.at
        elif line.event == "consolidated":
            said["editions"][(body["template"], body["sheet"], body["version"])] = {**body, "at": line.at}
        elif line.event == "identified":
            said["identifiers"].update(body["identifiers"])
        elif line.event == "erased":
            said["erased"][body["sha256"]] = body
            said["back"].discard(body["sha256"])
            said["blank"] |= {one for one, line in said["arrivals"].items() if line["sha256"] == body["sha256"]}
        said["standings"].update(body.get("standings", {}))
    return said


def _originals(workspace: Workspace, connection: Connection, erased: set[str], said: dict[str, Any]) -> Check:
    """Every original that was received is there and has the bytes its name says."""
    kept = {row.sha256 for row in connection.execute(select(originals))}
    came = {body["sha256"] for body in said["arrivals"].values() if body["sha256"] != sha256(b"")}
    listed = kept | came
    faults = [f"原件 {one[:16]}… 的登记不见了" for one in sorted(came - kept - erased)]
    for digest in sorted(listed):
        path = workspace.originals / digest
        if not path.is_file():
            if digest not in erased:
                faults.append(f"原件 {digest[:16]}… 不见了")
        elif sha256(path.read_bytes()) != digest:
            faults.append(f"原件 {digest[:16]}… 的内容被改动")
        elif digest in erased:
            faults.append(f"原件 {digest[:16]}… 已登记删除，文件却还在")
    lying = {path.name for path in workspace.originals.iterdir()} if workspace.originals.is_dir() else set()
    unknown = sorted(one for one in lying - listed if _DIGEST.fullmatch(one))
    # A receive that was cut off leaves these too, and takes them up when it is done again.
    told = f"有 {len(unknown)} 份原件没有登记：上次接收中断过的，再收一次即可；不是的，数据库可能是旧的。"
    return Check(name="原件", looked_at=len(listed), faults=faults, remarks=[told] if unknown else [])


def _arrivals(connection: Connection, said: dict[str, Any], erased: set[str]) -> Check:
    """Rows, issues, normalisations and receipt of every arrival are what the journal sealed."""
    faults, found = [], set()
    for row in connection.execute(select(arrivals).order_by(arrivals.c.id)).mappings():
        found.add(row["id"])
        line = said["arrivals"].get(row["id"])
        place = f"收件 {row['number']}（第 {row['id']} 件）"
        if line is None:
            faults.append(f"{place}没有日志")
            continue
        kept = ("number", "at", "role", "sha256", "verdict", "outcome", "submission", "content")
        if any(row[name] != line[name] for name in kept) or _is_relabelled(row):
            faults.append(f"{place}的登记与日志不符")
        elif not (row["sha256"] in erased and row["id"] in said["blank"]) and _differs(connection, row, line):
            faults.append(f"{place}的内容与日志不符")
    faults += [f"日志里的第 {number} 件收件不见了" for number in sorted(set(said["arrivals"]) - found)]
    return Check(name="收件登记", looked_at=len(found), faults=faults)


def _is_relabelled(row: Any) -> bool:
    """Return whether an arrival is filed under another name, form or unit than its sealed receipt says."""
    receipt = json.loads(row["receipt"] or "{}")
    if row["outcome"] == "again" or not receipt or "sent_as" in receipt:
        return False
    said = (receipt["file"], receipt["template"] or "", receipt["unit"] or "")
    return (row["name"], row["template"], row["unit"]) != said


def _differs(connection: Connection, row: Any, line: dict[str, Any]) -> bool:
    return _content(connection, row) != line["content"]


def _content(connection: Connection, row: Any) -> str:
    """Return the content hash of an arrival as it is kept now."""
    filed = connection.execute(select(submissions).where(submissions.c.arrival == row["id"])).mappings().first()
    kept: list[dict[str, Any]] = []
    edited: list[dict[str, Any]] = []
    if filed:
        kept = [
            dict(one) for one in connection.execute(select(tables).where(tables.c.submission == filed["id"])).mappings()
        ]
        query = select(edits).where(edits.c.submission == filed["id"])
        edited = [dict(one) for one in connection.execute(query).mappings()]
    query = select(issues).where(issues.c.arrival == row["id"])
    noted = [dict(one) for one in connection.execute(query).mappings()]
    return content_digest(row["receipt"], dict(filed) if filed else None, kept, noted, edited)


def _standings(connection: Connection, said: dict[str, Any]) -> Check:
    """State, version and kind of every submission are what the journal last said."""
    faults, count = [], 0
    for row in connection.execute(select(submissions).order_by(submissions.c.id)):
        count += 1
        if said["standings"].get(str(row.id)) != [row.state, row.version, row.kind]:
            faults.append(f"报送件 {row.id}（{row.unit} {row.template}）的状态与日志不符")
    faults += [f"报送件 {one} 不见了" for one in sorted(said["standings"], key=int) if int(one) > count]
    return Check(name="报送状态", looked_at=count, faults=faults)


def _documents(connection: Connection, said: dict[str, Any]) -> Check:
    faults, found = [], set()
    for row in connection.execute(select(documents)):
        name = (row.kind, row.name, row.version)
        found.add(name)
        if (sha256(row.body.encode()), row.at) != said["documents"].get(name) or sha256(
            row.body.encode()
        ) != row.sha256:
            faults.append(f"文书 {row.kind}/{row.name} 第 {row.version} 版与日志不符")
    faults += [
        f"文书 {kind}/{name} 第 {version} 版不见了" for kind, name, version in sorted(set(said["documents"]) - found)
    ]
    return Check(name="文书", looked_at=len(found), faults=faults)


def _editions(connection: Connection, said: dict[str, Any]) -> Check:
    faults, found = [], set()
    for row in connection.execute(select(editions)):
        name = (row.template, row.sheet, row.version)
        found.add(name)
        line = said["editions"].get(name)
        kept = (row.digest, sha256(row.body.encode()), row.at)
        if line is None or kept != (line["digest"], line["body"], line["at"]):
            faults.append(f"名录 {row.template} 第 {row.version} 版与日志不符")
    faults += [
        f"名录 {template} 第 {version} 版不见了" for template, _, version in sorted(set(said["editions"]) - found)
    ]
    return Check(name="名录", looked_at=len(found), faults=faults)


def _identifiers(connection: Connection, said: dict[str, Any]) -> Check:
    faults, found = [], set()
    for row in connection.execute(select(identifiers)):
        found.add(row.identifier)
        if said["identifiers"].get(row.identifier) != identifier_digest(row.template, row.key, row.identifier):
            faults.append(f"编号 {row.identifier} 与日志不符")
    faults += [f"编号 {one} 不见了" for one in sorted(set(said["identifiers"]) - found)]
    return Check(name="编号", looked_at=len(found), faults=faults)


def _tombstones(connection: Connection, said: dict[str, Any]) -> Check:
    """A tombstone counts only with reason, basis, approver and a journal line that sealed exactly these."""
    faults, found = [], set()
    for row in connection.execute(select(tombstones)):
        found.add(row.sha256)
        line = said["erased"].get(row.sha256)
        is_complete = row.reason and row.basis and row.approver
        if not is_complete or line is None or line["seal"] != tombstone_digest(dict(row._mapping)):
            faults.append(f"删除记录 {row.sha256[:16]}… 不完整或与日志不符")
    faults += [f"删除记录 {one[:16]}… 不见了" for one in sorted(set(said["erased"]) - found)]
    return Check(name=TOMBSTONES, looked_at=len(found), faults=faults)


def tombstone_digest(row: dict[str, Any]) -> str:
    """Return the hash that seals a tombstone in the journal."""
    return sha256(journal.canonical([row[name] for name in ("sha256", "reason", "basis", "approver", "at")]).encode())


def _bundles(workspace: Workspace) -> Check:
    """Every draw record in 抽取/ verifies by itself."""
    from engine import draw

    faults, count = [], 0
    for folder in _bundle_folders(workspace):
        count += 1
        report = draw.verify(folder).document()
        name = folder.relative_to(workspace.root).as_posix()
        faults += [f"抽取记录 {name}：{one['name']} 不符" for one in report["checks"] if one["status"] == "fail"]
    return Check(name="抽取记录", looked_at=count, faults=faults)


def _bundle_folders(workspace: Workspace) -> Iterator[Any]:
    yield from sorted(path.parent for path in workspace.path("抽取").rglob("commit.json"))
