"""What may be taken away: files of the workspace's own folders, found by listing them, never by a path from outside."""

from __future__ import annotations

import zipfile
from dataclasses import dataclass
from datetime import datetime
from io import BytesIO
from typing import TYPE_CHECKING
from urllib.parse import quote

from starlette.responses import Response

from engine.calendar import SHANGHAI
from engine.files import TEMPORARY
from engine.model import NotFound

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

FOLDERS = {
    "returned": "退回",
    "receipts": "回执",
    "registers": "汇总",
    "draws": "抽取",
    "tasks": "任务",
    "public": "公示",
    "ledger": "台账",
}


@dataclass(frozen=True, slots=True)
class Item:
    """One file: its name below the folder (slashes between), where it is, bytes, when it was written."""

    name: str
    path: Path
    size: int
    at: datetime

    @property
    def short(self) -> str:
        """The last part of the name."""
        return self.name.rsplit("/", 1)[-1]


def items(root: Path, folder: str, below: str = "") -> list[Item]:
    """Return the files of one known folder in order of name; links and unfinished files are left out."""
    if folder not in FOLDERS:
        raise NotFound("没有这个文件夹。")
    base, found = root / FOLDERS[folder], []
    for path in sorted(base.rglob("*")):
        if path.is_symlink() or not path.is_file() or path.name.startswith(".") or path.name.endswith(TEMPORARY):
            continue
        name, facts = path.relative_to(base).as_posix(), path.stat()
        if name.startswith(below):
            found.append(Item(name, path, facts.st_size, datetime.fromtimestamp(facts.st_mtime, SHANGHAI)))
    return found


def find(root: Path, folder: str, name: str) -> Item:
    """Return the file whose name is in the listing; NotFound for everything else."""
    found = next((one for one in items(root, folder) if one.name == name), None)
    if found is None:
        raise NotFound(f"“{FOLDERS[folder]}”文件夹里没有这个文件。", "可能已被移动或删除，请刷新页面。")
    return found


def attachment(data: bytes, name: str) -> Response:
    """Return bytes as a file to be saved, never shown: nothing in it can act in our pages."""
    answer = Response(data, media_type="application/octet-stream")
    answer.headers["Content-Disposition"] = f"attachment; filename*=UTF-8''{quote(name, safe='')}"
    return answer


def packed(files: Iterable[tuple[str, bytes]]) -> bytes:
    """Return a zip of (name, data)."""
    target = BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in files:
            archive.writestr(name, data)
    return target.getvalue()
