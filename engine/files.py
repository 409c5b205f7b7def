"""Files that are either wholly there or not at all: written beside, flushed, renamed (product 5, ecosystem 3.3, 3.5)."""

from __future__ import annotations

import hashlib
import os
import shutil
import time
from pathlib import Path
from typing import TYPE_CHECKING

from engine.model import Refused

if TYPE_CHECKING:
    from collections.abc import Iterable

# The mark of a file still being written; whatever carries it after a crash is rubbish.
TEMPORARY = ".tz~"
# Excel, an indexer or a virus scanner holds the target open (Windows): they let go within moments.
_HELD = {5, 32, 33}
_PATIENCE = (0.1, 0.2, 0.4, 0.8)


def sha256(data: bytes) -> str:
    """Return the SHA-256 of `data` in lower-case hex."""
    return hashlib.sha256(data).hexdigest()


def write_atomic(path: Path, data: bytes, *, durable: bool = True) -> Path:
    """Write `data` to `path` so that a reader sees the old file or the whole new one; return `path`.

    `durable=False` leaves out the flush to disk for what can be derived again (receipts, returned copies).
    Raises Refused when the disk is full, or the file is held open elsewhere.
    """
    path = Path(path)
    beside = path.with_name(f".{path.name[:80]}.{os.getpid()}{TEMPORARY}")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        if durable:
            forget(path.parent, [path.name])
        with beside.open("wb") as file:
            file.write(data)
            file.flush()
            if durable:
                os.fsync(file.fileno())
        _replace(beside, path)
        if durable:
            flush_folder(path.parent)
    except OSError as error:
        beside.unlink(missing_ok=True)
        raise Refused(*_explain(error, path)) from error
    return path


def write_originals(folder: Path, files: Iterable[tuple[str, bytes]]) -> list[str]:
    """Store each (sha256, data) under its hash unless it is there already; return the hashes newly stored.

    All are flushed before the first is renamed and the folder is flushed once, so a group costs one folder flush.
    """
    from concurrent.futures import ThreadPoolExecutor

    folder.mkdir(parents=True, exist_ok=True)
    missing = {digest: data for digest, data in files if not (folder / digest).exists()}
    beside = {digest: folder / f".{digest}.{os.getpid()}{TEMPORARY}" for digest in missing}
    try:
        if missing:
            # Flushing is waiting: several at once let the disk write them in one go.
            with ThreadPoolExecutor(min(8, len(missing))) as hands:
                list(hands.map(lambda digest: _flushed(beside[digest], missing[digest]), missing))
            for digest in missing:
                _replace(beside[digest], folder / digest)
            flush_folder(folder)
    except OSError as error:
        for path in beside.values():
            path.unlink(missing_ok=True)
        raise Refused(*_explain(error, folder)) from error
    return list(missing)


def _flushed(path: Path, data: bytes) -> None:
    with path.open("wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())


def remove(paths: Iterable[Path]) -> None:
    """Remove files for good; those that are gone already do not matter. Raises Refused when one is held open elsewhere."""
    folders = set()
    for path in paths:
        try:
            path.unlink(missing_ok=True)
        except OSError as error:
            raise Refused(*_explain(error, path)) from error
        folders.add(path.parent)
    for folder in folders:
        flush_folder(folder)


def forget(folder: Path, names: Iterable[str]) -> None:
    """Remove what killed writes of the files `names` left in `folder`: outside a workspace nobody else would."""
    marks = {f".{name[:80]}." for name in names}
    if folder.is_dir():
        strays = [one for one in os.scandir(folder) if one.name.endswith(TEMPORARY)]
        for one in strays:
            # .<name>.<process>.tz~
            if one.name.removesuffix(TEMPORARY).rpartition(".")[0] + "." in marks:
                Path(one.path).unlink(missing_ok=True)


def sweep(root: Path) -> list[Path]:
    """Remove what a crash left half written below `root`; return what was removed."""
    stray = sorted(Path(root).rglob(f".*{TEMPORARY}"))
    for path in stray:
        if path.is_dir():  # a backup that was being restored
            shutil.rmtree(path, ignore_errors=True)
        else:
            path.unlink(missing_ok=True)
    return stray


def flush_folder(folder: Path) -> None:
    """Make renames in `folder` survive a power cut; Windows does it by itself and cannot open a folder."""
    if os.name == "nt":
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def safe_name(text: str, length: int = 60) -> str:
    """Return `text` as part of a file name that Windows accepts too.

    >>> safe_name('报表: 第1/2份?.xlsx')
    '报表_ 第1_2份_.xlsx'
    """
    clean = "".join("_" if char in '<>:"/\\|?*' or ord(char) < 32 else char for char in text)
    return clean.strip(" .")[:length] or "_"


def _replace(source: Path, target: Path) -> None:
    for pause in (*_PATIENCE, None):
        try:
            source.replace(target)
        except OSError as error:
            if pause is None or getattr(error, "winerror", None) not in _HELD:
                raise
            time.sleep(pause)
        else:
            return


def _explain(error: OSError, path: Path) -> tuple[str, str]:
    if getattr(error, "winerror", None) in _HELD or isinstance(error, PermissionError):
        return f"无法写入“{path}”，文件可能正被 Excel 打开，或没有写入权限。", "请关闭该文件后重试。"
    if error.errno == 28:
        return f"磁盘已满，无法写入“{path}”。", "请清理磁盘后重试，已登记的内容没有受影响。"
    return f"无法写入“{path}”：{error.strerror or error}。", "请检查文件夹是否存在、磁盘是否正常。"
