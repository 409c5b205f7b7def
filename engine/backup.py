"""A backup is one zip of the whole workspace in a consistent state, with the hash of every file in it."""

from __future__ import annotations

import json
import os
import shutil
import sqlite3
import zipfile
import zlib
from contextlib import closing
from typing import TYPE_CHECKING, Any

from engine.files import TEMPORARY, flush_folder, sha256
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
        new.execute("PRAGMA journal_mode=OFF")  # a half copy is thrown away; a journal beside it would be left lying
        old.backup(new)
    beside.replace(target)
    return target


def write(root: Path, target: Path) -> dict[str, Any]:
    """Write the workspace `root` to the zip `target`; return {path, files, bytes, sha256}. 备份/ itself stays out.

    The same workspace gives the same bytes, so the same backup once more, as after a power cut, is accepted; another file
    of that name is never overwritten.
    """
    target = target.resolve()
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
            _add(archive, CONTENTS, json.dumps(found, ensure_ascii=False, indent=1, sort_keys=True).encode())
        if target.exists() and target.read_bytes() != beside.read_bytes():
            raise Refused(f"“{target}”已存在。", "备份不覆盖旧文件，请换一个文件名。")
        snapshot.unlink()  # before the name is given: a next try may use another name and would leave this copy lying
        with beside.open("rb+") as file:
            os.fsync(file.fileno())
        beside.replace(target)
        flush_folder(target.parent)
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
    """Unpack a backup into the new or empty folder `root`, every file checked against the list; return {path, files}.

    It is unpacked beside and renamed as a whole: a folder that looks like a workspace is never half of one.
    """
    if not source.is_file():
        raise NotFound(f"没有备份文件“{source}”。", "请检查路径。")
    root = root.resolve()
    if root.exists() and any(root.iterdir()):
        raise Refused(f"“{root}”不是空文件夹。", "恢复不覆盖任何文件，请指定一个新的文件夹。")
    beside = root.with_name(f".{root.name}{TEMPORARY}")
    shutil.rmtree(beside, ignore_errors=True)
    try:
        with zipfile.ZipFile(source) as archive:
            listed: dict[str, str] = json.loads(archive.read(CONTENTS))
            wrong = [name for name, digest in listed.items() if sha256(archive.read(name)) != digest]
            if wrong or MARK not in listed:
                raise Refused(f"备份“{source.name}”已损坏：{wrong[0] if wrong else MARK}。", "请换用另一份备份。")
            for name in listed:
                place = (beside / name).resolve()
                if not place.is_relative_to(beside):
                    raise Refused(f"备份“{source.name}”里有越界的路径：{name}。", "这不是本程序写的备份。")
                place.parent.mkdir(parents=True, exist_ok=True)
                with place.open("wb") as file:
                    file.write(archive.read(name))
                    file.flush()
                    os.fsync(file.fileno())
        if root.exists():
            root.rmdir()
        beside.rename(root)
        flush_folder(root.parent)
    except (zipfile.BadZipFile, zlib.error, EOFError, KeyError, ValueError) as error:
        raise Refused(f"“{source.name}”不是完好的备份文件。", "请换用另一份备份。") from error
    finally:
        shutil.rmtree(beside, ignore_errors=True)
    return {"path": str(root), "files": len(listed)}


def _add(archive: zipfile.ZipFile, name: str, data: bytes) -> str:
    entry = zipfile.ZipInfo(name, (1980, 1, 1, 0, 0, 0))
    entry.external_attr = 0o644 << 16
    archive.writestr(entry, data, zipfile.ZIP_DEFLATED)
    return sha256(data)
