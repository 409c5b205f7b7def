"""One folder per office and year: readable folders for what people open, one database file for state (product 5).

taizhang.toml   who and when; marks the folder          收件/原件/<sha256>   every file as it came, never changed
台账.db          state                                   退回 回执 汇总 抽取 任务 公示 台账 备份   what people open
台账.lock        who is writing
"""

from __future__ import annotations

import getpass
import os
import platform
import sys
import tomllib
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from engine import files, journal, parameters
from engine.model import Busy, EngineError, NotFound, Refused
from schemas import loader

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from engine.store import Store
    from schemas.declare import Policy, Unit

MARK = "taizhang.toml"
DATABASE = "台账.db"
LOCK = "台账.lock"
# What can be made again from the store need not wait for the disk.
DERIVED = ("回执/", "退回/")
ORIGINALS = "收件/原件"
# Before a promised path: the file is to go. No name of a file has a colon.
_REMOVED = "删除:"
FOLDERS = (ORIGINALS, "退回", "回执", "汇总", "抽取", "任务", "公示", "台账")
# Locks held by this process, with how often each was taken: a second Workspace on one folder shares the first one's lock.
_held: dict[Path, list[Any]] = {}


class Workspace:
    """The workspace in folder `root`. Reading needs nothing more; the first change takes the lock and holds it until `close`.

    `clock` is `system` when the moments passed as `at` come from this computer, `supplied` otherwise.
    Raises NotFound when `root` is no workspace.
    """

    def __init__(self, root: Path | str, *, clock: str = journal.SUPPLIED) -> None:
        self.root = Path(root).resolve()
        mark = self.root / MARK
        if not mark.is_file():
            raise NotFound(f"“{root}”不是工作文件夹。", "请先用 taizhang init 建立，或用 -C 指定工作文件夹。")
        try:
            given = tomllib.loads(mark.read_text(encoding="utf-8"))
            self.unit: Unit = loader.units()[given["unit"]]
            self.year = int(given["year"])
            self.url = str(given.get("url", ""))
        except (tomllib.TOMLDecodeError, KeyError, ValueError) as error:
            raise EngineError(f"“{mark}”内容有误：{error}。", "应写明 unit（单位代码）和 year（年度）。") from error
        self.clock = clock
        self._store: Store | None = None
        self._locked = False
        self._recover_if_free()

    @classmethod
    def create(
        cls, root: Path | str, unit: str, year: int, *, at: datetime, url: str = "", clock: str = journal.SUPPLIED
    ) -> Workspace:
        """Make the workspace of one office and year in a new or empty folder; the same call again opens it."""
        root = Path(root)
        if unit not in loader.units():
            raise NotFound(f"没有代码为“{unit}”的单位。", "单位代码见 schemas/units.csv，例如 421200。")
        loader.policy(year)
        if (root / MARK).is_file():
            known = cls(root, clock=clock)
            if (known.unit.code, known.year) != (unit, year):
                raise Refused(f"“{root}”已是{known.unit.name} {known.year} 年的工作文件夹。", "请换一个文件夹。")
            if url and url != known.url:
                raise Refused(f"“{root}”用的是另一个数据库。", f"地址写在 {MARK} 里；换数据库请另建工作文件夹。")
        elif root.is_dir() and any(one for one in root.iterdir() if not one.name.startswith(".")):
            raise Refused(f"“{root}”里已有别的文件。", "请指定一个新的或空的文件夹。")
        if not (root / MARK).is_file():
            if url:
                _require_free(url)
            # The mark comes first: a folder left without it by a crash would be somebody else's to the next try.
            text = f'# 工作文件夹：{loader.units()[unit].name} {year} 年\nunit = "{unit}"\nyear = {year}\n'
            files.write_atomic(root / MARK, (text + (f'url = "{url}"\n' if url else "")).encode())
        for folder in FOLDERS:
            (root / folder).mkdir(parents=True, exist_ok=True)
        made = cls(root, clock=clock)
        made.store.migrate()
        with made.store.transaction():
            if not made.store.lines():
                made.store.note("init", {"unit": unit, "year": year}, at)
        return made

    @property
    def store(self) -> Store:
        """The database, opened and brought up to date at first use."""
        if self._store is None:
            from engine.store import Store, sqlite_url

            url = self.url or sqlite_url(self._database())
            self._store = Store(url, clock=self.clock, before_write=self.lock)
            self._store.migrate(self._backup_before_migration)
        return self._store

    def _database(self) -> Path:
        """Return where the state of this folder lies; where it once was and is no more, nothing may begin again at number one."""
        path = self.root / DATABASE
        is_lost = not path.is_file() or path.stat().st_size == 0
        if is_lost and self.originals.is_dir() and any(self.originals.iterdir()):
            raise EngineError(
                f"工作文件夹的数据库“{DATABASE}”不见了或者是空的，收过的原件还在。",
                "请用 taizhang restore 从备份恢复；原件在“收件”里，一件没有少。",
            )
        return path

    @property
    def policy(self) -> Policy:
        """The policy of the year, over it what this office set of its own (R01, R03)."""
        return loader.policy(self.year, self.own) if self.own else loader.policy(self.year)

    @cached_property
    def own(self) -> tuple[tuple[str, str, Any], ...]:
        """(unit or '', name, value) of each parameter this office set of its own, as `loader.policy` takes them."""
        return parameters.own(self.store.document(*parameters.OWN))

    @property
    def originals(self) -> Path:
        """Where originals lie, named by their SHA-256."""
        return self.root / ORIGINALS

    def original(self, sha256: str) -> bytes:
        """Return the bytes somebody sent; NotFound when they are not here (or lawfully erased)."""
        path = self.originals / sha256
        if not path.is_file():
            raise NotFound(f"原件 {sha256[:12]}… 不在“收件/原件”中。", "运行 taizhang audit 查看缘由。")
        return path.read_bytes()

    def path(self, *parts: str) -> Path:
        """Return a path inside the workspace."""
        return self.root.joinpath(*parts)

    def write_atomic(self, path: Path | str, data: bytes, *, durable: bool = True) -> Path:
        """Write a file of the workspace (relative paths start at its root) as a whole or not at all."""
        return files.write_atomic(self.root / path, data, durable=durable)

    def write_set(self, home: Path | str, contents: Mapping[str, bytes]) -> list[Path]:
        """Write `contents` (path below `home` -> data), which can be made again at any time; what a killed run left goes first."""
        targets = {self.root / home / name: data for name, data in contents.items()}
        folders: dict[Path, list[str]] = {}
        for path in targets:
            folders.setdefault(path.parent, []).append(path.name)
        for folder, names in folders.items():
            files.forget(folder, names)
        return [self.write_atomic(path, data, durable=False) for path, data in targets.items()]

    def lock(self) -> None:
        """Become the one writer, tidying what a crash left; Busy names who is writing."""
        if self._locked:
            return
        if not _take(self.root):
            raise Busy(f"工作文件夹正被占用：{_owner(self.root)}。", "请等对方完成后再试；读取类命令不受影响。")
        self._locked = True
        self._tidy()

    def close(self) -> None:
        """Let go of the database and the lock."""
        if self._store is not None:
            self._store.close()
            self._store = None
        if self._locked:
            _release(self.root)
            self._locked = False

    def deliver(self) -> None:
        """Write the files that committed transactions promised: receipts, returned copies, registers, draw records.

        What they promised to remove goes.
        """
        self.store.drain(self._fulfil)

    def promise_removal(self, path: str) -> None:
        """Have `path` go once the open transaction is committed; `*` stands for any text.

        Of the database it is the remains of deleted rows that go.
        """
        self.store.promise(f"{_REMOVED}{path}", b"")

    def _fulfil(self, path: str, data: bytes) -> None:
        going = path.removeprefix(_REMOVED)
        if going == path:
            self.write_atomic(path, data, durable=not path.startswith(DERIVED))
        elif going != DATABASE:
            files.remove(sorted(self.root.glob(going)))
        elif not self.url:
            _compact(self.root / DATABASE)

    def __enter__(self) -> Workspace:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _recover_if_free(self) -> None:
        """Tidy up when nobody is writing; a reader beside a writer leaves everything as it is."""
        if self.root in _held:
            return
        has_rubbish = any(self.root.rglob(f".*{files.TEMPORARY}"))
        if (has_rubbish or self._has_outbox()) and _take(self.root):
            try:
                self._tidy()
            finally:
                _release(self.root)

    def _has_outbox(self) -> bool:
        if self.url:
            from engine.store import Store

            store = Store(self.url)
            try:
                return store.owes()
            finally:
                store.close()
        if not (self.root / DATABASE).is_file():
            return False
        import sqlite3
        from contextlib import closing

        with closing(sqlite3.connect(self.root / DATABASE)) as connection:
            try:
                return connection.execute("SELECT 1 FROM outbox LIMIT 1").fetchone() is not None
            except sqlite3.Error:
                return False

    def _tidy(self) -> None:
        if len(_held[self.root]) == 1:
            files.sweep(self.root)
        if self._has_outbox():
            from engine.store import Store, sqlite_url

            store = Store(self.url or sqlite_url(self.root / DATABASE), clock=self.clock)
            store.drain(self._fulfil)
            store.close()

    def _backup_before_migration(self) -> None:
        from engine.backup import copy_database

        copy_database(self.root / DATABASE, self.root / "备份" / f"升级前_{DATABASE}")


def _require_free(url: str) -> None:
    """Raise Refused when another workspace lives in that database: two offices in one would mix what they received."""
    from engine.store import Store

    store = Store(url)
    try:
        if store.is_taken():
            raise Refused("这个数据库里已有一个工作文件夹的数据。", "每个单位每个年度各用一个数据库，请另建一个空的。")
    finally:
        store.close()


def _compact(database: Path) -> None:
    """Write the database anew without the remains of deleted rows; while somebody else reads it stays as it is."""
    import sqlite3
    from contextlib import closing, suppress

    with closing(sqlite3.connect(database, timeout=30, isolation_level=None)) as connection:
        with suppress(sqlite3.OperationalError):
            connection.execute("VACUUM")
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")


def _take(root: Path) -> bool:
    """Take the lock of `root` for this process; False when another process holds it."""
    if root in _held:
        _held[root].append(None)
        return True
    handle = os.open(root / LOCK, os.O_RDWR | os.O_CREAT, 0o644)
    try:
        _lock_file(handle)
    except OSError:
        os.close(handle)
        return False
    text = f"{getpass.getuser()}@{platform.node()}，进程 {os.getpid()}"
    os.ftruncate(handle, 0)
    os.pwrite(handle, text.encode(), 0) if hasattr(os, "pwrite") else os.write(handle, text.encode())
    _held[root] = [handle]
    return True


def _release(root: Path) -> None:
    taken = _held[root]
    if len(taken) > 1:
        taken.pop()
        return
    os.close(taken[0])
    del _held[root]


def _owner(root: Path) -> str:
    try:
        return (root / LOCK).read_text(encoding="utf-8") or "未知"
    except OSError:
        return "未知"


def _lock_file(handle: int) -> None:
    if sys.platform == "win32":
        import msvcrt

        os.lseek(handle, 1 << 20, os.SEEK_SET)  # beyond the text, which others must be able to read
        msvcrt.locking(handle, msvcrt.LK_NBLCK, 1)
        os.lseek(handle, 0, os.SEEK_SET)
    else:
        import fcntl

        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
