"""A backup is one zip of the whole workspace in a consistent state, with the hash of every file in it."""

from __future__ import annotations

import json
import sqlite3
import zipfile
from contextlib import closing
from typing import TYPE_CHECKING, Any

from engine.files import TEMPORARY, sha256
from engine.model import NotFound, Refused
from engine.workspace import DATABASE, LOCK, MARK

if TYPE_CHECKING:
    from pathlib import Path

CONTENTS = "备份清单.json"
_LEFT_OUT = {LOCK, DATABASE, f"{DATABASE}-wal", f"{DATABASE}-shm"}


def copy_database(source: Path, target: Path) -> Path:
    """Copy a live SQLite database in one consistent state; return `target`."""
    target.parent.mkdir(parents=True, exist_ok=True)
    beside = target.with_name(f".{target.name}{TEMPORARY}")
    beside.unlink(missing_ok=True)
    with closing(sqlite3.connect(source)) as old, closing(sqlite3.connect(beside)) as new:
        old.backup(new)
    beside.replace(target)
    return target


def write(root: Path, target: Path) -> dict[str, Any]:
    """Write the workspace `root` to the zip `target`; return {path, files, bytes, sha256}. 备份/ itself stays out."""
    target = target.resolve()
    if target.exists():
        raise Refused(f"“{target}”已存在。", "备份不覆盖旧文件，请换一个文件名。")
    target.parent.mkdir(parents=True, exist_ok=True)
    beside = target.with_name(f".{target.name}{TEMPORARY}")
    snapshot = copy_database(root / DATABASE, target.with_name(f".{target.name}.db{TEMPORARY}"))
    found: dict[str, str] = {}
    try:
        with zipfile.ZipFile(beside, "w", zipfile.ZIP_DEFLATED) as archive:
            for path in sorted(root.rglob("*")):
                name = path.relative_to(root).as_posix()
                if path.is_dir() or name in _LEFT_OUT or name.startswith("备份/") or path.name.endswith(TEMPORARY):
                    continue
                if path.resolve() != target:
                    found[name] = _add(archive, name, path.read_bytes())
            found[DATABASE] = _add(archive, DATABASE, snapshot.read_bytes())
            archive.writestr(CONTENTS, json.dumps(found, ensure_ascii=False, indent=1, sort_keys=True))
        beside.replace(target)
    finally:
        beside.unlink(missing_ok=True)
        snapshot.unlink(missing_ok=True)
    return {
        "path": str(target),
        "files": len(found),
        "bytes": target.stat().st_size,
        "sha256": sha256(target.read_bytes()),
    }


def restore(source: Path, root: Path) -> dict[str, Any]:
    """Unpack a backup into the new or empty folder `root`, every file checked against the list; return {path, files}."""
    if not source.is_file():
        raise NotFound(f"没有备份文件“{source}”。", "请检查路径。")
    if root.exists() and any(root.iterdir()):
        raise Refused(f"“{root}”不是空文件夹。", "恢复不覆盖任何文件，请指定一个新的文件夹。")
    try:
        with zipfile.ZipFile(source) as archive:
            listed: dict[str, str] = json.loads(archive.read(CONTENTS))
            wrong = [name for name, digest in listed.items() if sha256(archive.read(name)) != digest]
            if wrong or MARK not in listed:
                raise Refused(f"备份“{source.name}”已损坏：{wrong[0] if wrong else MARK}。", "请换用另一份备份。")
            for name in listed:
                place = (root / name).resolve()
                if not place.is_relative_to(root.resolve()):
                    raise Refused(f"备份“{source.name}”里有越界的路径：{name}。", "这不是本程序写的备份。")
                place.parent.mkdir(parents=True, exist_ok=True)
                place.write_bytes(archive.read(name))
    except (zipfile.BadZipFile, KeyError, ValueError) as error:
        raise Refused(f"“{source.name}”不是完好的备份文件。", "请换用另一份备份。") from error
    return {"path": str(root), "files": len(listed)}


def _add(archive: zipfile.ZipFile, name: str, data: bytes) -> str:
    archive.writestr(name, data)
    return sha256(data)
