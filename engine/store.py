"""State in one database: SQLite beside the files, or the same tables on PostgreSQL by URL (product 5).

A transaction is atomic and durable (WAL, synchronous=FULL). Transactions nest: an inner one joins the outer.
"""

from __future__ import annotations

import json
from contextlib import contextmanager
from datetime import datetime
from functools import cached_property
from itertools import islice
from typing import TYPE_CHECKING, Any

from sqlalchemy import create_engine, delete, event, func, insert, make_url, select
from sqlalchemy.exc import ArgumentError, SQLAlchemyError

from engine import journal, migrations
from engine.files import sha256
from engine.journal import canonical
from engine.model import EngineError, Refused
from engine.tables import arrivals, documents, editions, edits, identifiers, issues, outbox, submissions, tables

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    import pandas as pd
    from sqlalchemy import Connection, Engine

    from engine.journal import Line


class Store:
    """The database of one workspace. `clock` marks journal lines: `system` or `supplied`; `before_write` takes the lock."""

    def __init__(
        self, url: str, *, clock: str = journal.SUPPLIED, before_write: Callable[[], None] | None = None
    ) -> None:
        self.url = url
        self.clock = clock
        self._before_write = before_write or (lambda: None)
        self._open: Connection | None = None

    @cached_property
    def engine(self) -> Engine:
        """The SQLAlchemy engine; SQLite gets WAL, FULL, foreign keys and transactions that start when we say so."""
        engine = _engine(self.url)
        if engine.dialect.name == "sqlite":
            event.listen(engine, "connect", _prepare_sqlite)
            event.listen(engine, "begin", _begin_sqlite)
        return engine

    @contextmanager
    def transaction(self) -> Iterator[Connection]:
        """Yield a connection whose changes are kept together or not at all; joins a transaction already open."""
        if self._open is not None:
            yield self._open
            return
        self._before_write()
        with (
            self.engine.connect().execution_options(is_writing=True, clock=self.clock) as connection,
            connection.begin(),
        ):
            self._open = connection
            try:
                yield connection
            finally:
                self._open = None

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """Yield a connection for reading one consistent state; inside a transaction it sees that transaction's changes."""
        if self._open is not None:
            yield self._open
            return
        with self.engine.connect() as connection, connection.begin():
            yield connection

    def migrate(self, backup: Callable[[], Any] | None = None) -> int:
        """Bring the tables up to date and return the number reached; `backup` runs first when old tables change."""
        with self.reading() as connection:
            reached, pending = migrations.version(connection), migrations.pending(connection)
        if reached and pending and backup:
            backup()
        if not pending:
            return reached
        with self.transaction() as connection:
            return migrations.migrate(connection)

    def is_taken(self) -> bool:
        """Say whether the database holds the journal of a workspace already."""
        with self.reading() as connection:
            return migrations.version(connection) > 0 and bool(list(islice(journal.lines(connection), 1)))

    def owes(self) -> bool:
        """Say whether a committed transaction promised a file that was not written; False when nobody answers."""
        try:
            with self.reading() as connection:
                return connection.execute(select(outbox.c.path).limit(1)).first() is not None
        except SQLAlchemyError:
            return False

    def close(self) -> None:
        """Let go of the database."""
        if "engine" in self.__dict__:
            self.engine.dispose()
            del self.__dict__["engine"]

    # -- journal -------------------------------------------------------------------------------------------------

    def note(self, event_name: str, body: dict[str, Any], at: datetime) -> Line:
        """Append one journal line (ids and hashes only)."""
        with self.transaction() as connection:
            return journal.append(connection, event_name, body, at)

    def lines(self) -> list[Line]:
        """Return the whole journal."""
        with self.reading() as connection:
            return list(journal.lines(connection))

    # -- documents -----------------------------------------------------------------------------------------------

    def put_document(self, kind: str, name: str, body: Any, at: datetime) -> int:
        """Keep a new version of document (`kind`, `name`) and journal its hash; return the version. Old ones stay."""
        text = canonical(body)
        with self.transaction() as connection:
            chosen = (documents.c.kind == kind) & (documents.c.name == name)
            version = (connection.execute(select(func.max(documents.c.version)).where(chosen)).scalar() or 0) + 1
            digest = sha256(text.encode())
            moment = at.isoformat(timespec="seconds")
            connection.execute(
                insert(documents).values(kind=kind, name=name, version=version, at=moment, sha256=digest, body=text)
            )
            journal.append(
                connection, "document", {"kind": kind, "name": name, "version": version, "sha256": digest}, at
            )
        return version

    def document(self, kind: str, name: str, version: int | None = None) -> Any:
        """Return the newest (or the named) version of a document, None when there is none."""
        query = select(documents.c.body).where(documents.c.kind == kind, documents.c.name == name)
        if version is not None:
            query = query.where(documents.c.version == version)
        with self.reading() as connection:
            found = connection.execute(query.order_by(documents.c.version.desc()).limit(1)).scalar()
        return None if found is None else json.loads(found)

    def documents(self, kind: str) -> dict[str, Any]:
        """Return the newest version of every document of `kind` by name, in order of name."""
        query = select(documents.c.name, documents.c.body).where(documents.c.kind == kind)
        with self.reading() as connection:
            rows = connection.execute(query.order_by(documents.c.name, documents.c.version)).all()
        return {row.name: json.loads(row.body) for row in rows}

    def document_names(self, kind: str) -> list[str]:
        """Return the names of the documents of `kind` in order: to read long ones one at a time."""
        query = select(documents.c.name).where(documents.c.kind == kind).distinct()
        with self.reading() as connection:
            return list(connection.execute(query.order_by(documents.c.name)).scalars())

    # -- what has been accepted ----------------------------------------------------------------------------------

    def submissions(self, template: str | None = None, *states: str) -> list[dict[str, Any]]:
        """Return the submissions of `template` (all when None) in the given states (any when none), oldest first.

        Keys are the columns of `engine.tables.submissions`; `cover` and `subjects` are decoded; `at` is the first time these
        bytes arrived, whichever of their arrivals was worked on first.
        """
        query = select(submissions)
        if template:
            query = query.where(submissions.c.template == template)
        if states:
            query = query.where(submissions.c.state.in_(states))
        earliest = select(arrivals.c.submission, func.min(arrivals.c.at)).where(
            arrivals.c.submission.is_not(None), arrivals.c.role == "workbook"
        )
        with self.reading() as connection:
            rows = [dict(row._mapping) for row in connection.execute(query)]
            first = dict(connection.execute(earliest.group_by(arrivals.c.submission)).all())
        for row in rows:
            row["at"] = min(row["at"], first.get(row["id"], row["at"]))
            row["cover"], row["subjects"] = json.loads(row["cover"]), json.loads(row["subjects"])
        return sorted(rows, key=lambda row: (row["at"], row["sha256"], row["id"]))

    def table(self, submission: int, sheet: str) -> tuple[str, dict[str, str], list[list[Any]]]:
        """Return (grid, column letters by field, [[row number, key, values]…]) of one accepted sheet; empty when absent."""
        chosen = (tables.c.submission == submission) & (tables.c.sheet == sheet)
        with self.reading() as connection:
            found = connection.execute(select(tables).where(chosen)).first()
        if found is None or not found.body:
            return "", {}, []
        return found.grid, json.loads(found.columns), json.loads(found.body)

    def accepted(self, template: str, sheet: str) -> pd.DataFrame:
        """Return the current accepted rows of one sheet, whoever sent them: field keys and the columns of `_PLACE`.

        A newer version replaces the older one; a supplement adds; in an accumulating template (T10, T12, T13, T16) the
        newest submission that speaks about a subject (its first key) replaces what older ones said about it.
        """
        import pandas as pd

        from schemas import loader

        columns = [one.key for one in loader.template(template).sheet(sheet).fields]
        return pd.DataFrame(self.accepted_rows(template, sheet), columns=[*columns, *_PLACE], dtype=object)

    def accepted_rows(self, template: str, sheet: str) -> list[dict[str, Any]]:
        """Return the rows of `accepted` one by one, for those who need no frame."""
        from schemas import loader

        form = loader.template(template)
        fields, subject = form.sheet(sheet).fields, next(iter(form.sheet(sheet).key), "")
        current = self.submissions(template, "accepted")
        newest = _newest_of_subjects(current) if form.accumulates else {}
        rows: list[dict[str, Any]] = []
        for one in current:
            rank = _rank(one)
            grid, _, found = self.table(one["id"], sheet)
            for number, key, values in found:
                if newest.get((one["unit"], values.get(subject)), rank) <= rank:
                    rows.append({each.key: values.get(each.key) for each in fields} | _place(one, grid, number, key))
        return rows

    def register(self, template: str, sheet: str, version: int | None = None) -> pd.DataFrame:
        """Return the consolidated rows of this level (newest edition): field keys and the columns of `_REGISTERED`."""
        import pandas as pd

        from schemas import loader

        query = select(editions).where(editions.c.template == template, editions.c.sheet == sheet)
        if version is not None:
            query = query.where(editions.c.version == version)
        with self.reading() as connection:
            found = connection.execute(query.order_by(editions.c.version.desc()).limit(1)).first()
        columns = [one.key for one in loader.template(template).sheet(sheet).fields]
        version, body = (found.version, found.body) if found else (None, "[]")
        rows = [
            {name: one["values"].get(name) for name in columns}
            | {name: one[name[1:]] for name in _REGISTERED[:-1]}
            | {"_version": version}
            for one in json.loads(body)
        ]
        return pd.DataFrame(rows, columns=[*columns, *_REGISTERED], dtype=object)

    def edition(self, template: str, sheet: str) -> dict[str, Any] | None:
        """Return the newest edition of a register sheet {version, at, digest, rows}, None before the first."""
        query = select(editions).where(editions.c.template == template, editions.c.sheet == sheet)
        with self.reading() as connection:
            found = connection.execute(query.order_by(editions.c.version.desc()).limit(1)).first()
        if found is None:
            return None
        return {"version": found.version, "at": found.at, "digest": found.digest, "rows": json.loads(found.body)}

    def editions(self, template: str, sheet: str) -> list[dict[str, Any]]:
        """Return every edition of a register sheet {version, at, digest, rows}, oldest first."""
        query = select(editions).where(editions.c.template == template, editions.c.sheet == sheet)
        with self.reading() as connection:
            found = connection.execute(query.order_by(editions.c.version)).all()
        return [
            {"version": one.version, "at": one.at, "digest": one.digest, "rows": json.loads(one.body)} for one in found
        ]

    def put_edition(self, template: str, sheet: str, digest: str, rows: list[dict[str, Any]], at: datetime) -> int:
        """Keep a new edition of a register sheet unless nothing changed; return the version that stands."""
        known = self.edition(template, sheet)
        if known and known["digest"] == digest:
            return known["version"]
        version, text = (known["version"] if known else 0) + 1, canonical(rows)
        with self.transaction() as connection:
            row = {"template": template, "sheet": sheet, "version": version, "digest": digest, "body": text}
            connection.execute(insert(editions).values(**row, at=at.isoformat(timespec="seconds")))
            body = {
                "template": template,
                "sheet": sheet,
                "version": version,
                "digest": digest,
                "body": sha256(text.encode()),
            }
            journal.append(connection, "consolidated", body, at)
        return version

    def identifiers(self, template: str) -> dict[str, str]:
        """Return every identifier ever given in a register: key -> identifier."""
        query = select(identifiers).where(identifiers.c.template == template)
        with self.reading() as connection:
            return {row.key: row.identifier for row in connection.execute(query)}

    def put_identifiers(self, template: str, fresh: dict[str, str], at: datetime) -> None:
        """Give identifiers for life."""
        if fresh:
            moment = at.isoformat(timespec="seconds")
            rows = [{"identifier": one, "template": template, "key": key, "at": moment} for key, one in fresh.items()]
            with self.transaction() as connection:
                connection.execute(insert(identifiers), rows)
                given = {one: identifier_digest(template, key, one) for key, one in fresh.items()}
                journal.append(connection, "identified", {"template": template, "identifiers": given}, at)

    def notes(self, submission: int) -> list[dict[str, Any]]:
        """Return what was noted about a submission that was accepted: code, sheet, cell, message."""
        query = select(issues.c.code, issues.c.sheet, issues.c.cell, issues.c.message).where(
            issues.c.severity == "note",
            issues.c.arrival.in_(select(arrivals.c.id).where(arrivals.c.submission == submission)),
        )
        with self.reading() as connection:
            return [dict(row) for row in connection.execute(query.order_by(issues.c.position)).mappings()]

    def edits(self, submission: int, row: int | None = None) -> list[dict[str, Any]]:
        """Return what was normalised in a submission (in one row of it): sheet, cell, field, old, new, rule."""
        query = select(edits).where(edits.c.submission == submission).order_by(edits.c.position)
        with self.reading() as connection:
            found = [dict(one._mapping) for one in connection.execute(query)]
        kept = [one for one in found if row is None or one["cell"].lstrip("ABCDEFGHIJKLMNOPQRSTUVWXYZ") == str(row)]
        return [{name: one[name] for name in ("sheet", "cell", "field", "old", "new", "rule")} for one in kept]

    def package_of(self, submission: int) -> dict[str, Any] | None:
        """Return the manifest of the package a submission came in, None when it came by itself."""
        with self.reading() as connection:
            package = connection.execute(select(submissions.c.package).where(submissions.c.id == submission)).scalar()
        return self.document("package", package) if package else None

    def arrivals(self) -> list[dict[str, Any]]:
        """Return every arrival in order, receipts decoded."""
        with self.reading() as connection:
            rows = [dict(one._mapping) for one in connection.execute(select(arrivals).order_by(arrivals.c.id))]
        for row in rows:
            row["receipt"] = json.loads(row["receipt"] or "{}")
        return rows

    # -- files still to be written ---------------------------------------------------------------------------------

    def promise(self, path: str, data: bytes) -> None:
        """Have `path` written with `data` once the open transaction is committed, even if the computer stops in between."""
        with self.transaction() as connection:
            connection.execute(delete(outbox).where(outbox.c.path == path))
            connection.execute(insert(outbox).values(path=path, data=data))

    def drain(self, write: Callable[[str, bytes], object]) -> int:
        """Write every file a committed transaction promised, then forget the promise; return how many."""
        with self.reading() as connection:
            waiting = connection.execute(select(outbox).order_by(outbox.c.path)).all()
        for row in waiting:
            write(row.path, row.data)
        if waiting:
            with self.transaction() as connection:
                connection.execute(delete(outbox).where(outbox.c.path.in_([row.path for row in waiting])))
        return len(waiting)


_PLACE = ("_unit", "_submission", "_file", "_sha256", "_grid", "_row", "_key", "_at", "_version")
_REGISTERED = ("_key", "_unit", "_submission", "_grid", "_row", "_template", "_sha256", "_file", "_version")


def _place(submission: dict[str, Any], grid: str, number: int, key: str) -> dict[str, Any]:
    return {
        "_unit": submission["unit"],
        "_submission": submission["id"],
        "_file": submission["file"],
        "_sha256": submission["sha256"],
        "_grid": grid,
        "_row": number,
        "_key": key,
        "_at": submission["at"],
        "_version": submission["version"],
    }


def _rank(submission: dict[str, Any]) -> tuple[str, str, int]:
    return submission["at"], submission["sha256"], submission["id"]


def _newest_of_subjects(current: list[dict[str, Any]]) -> dict[tuple[str, str], tuple[str, str, int]]:
    """Return for every (unit, subject) the rank of the newest submission that speaks about it."""
    found: dict[tuple[str, str], tuple[str, str, int]] = {}
    for one in sorted(current, key=_rank):
        found.update(((one["unit"], subject), _rank(one)) for subject in one["subjects"])
    return found


def identifier_digest(template: str, key: str, identifier: str) -> str:
    """Return the hash that binds an identifier to its key in the journal without showing the key."""
    return sha256(canonical([template, key, identifier]).encode())


def _prepare_sqlite(connection: Any, _record: object) -> None:
    connection.isolation_level = None
    for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON", "busy_timeout=30000"):
        connection.execute(f"PRAGMA {pragma}")


def _begin_sqlite(connection: Connection) -> None:
    is_writing = connection.get_execution_options().get("is_writing")
    connection.exec_driver_sql("BEGIN IMMEDIATE" if is_writing else "BEGIN")


def _engine(url: str) -> Engine:
    """Return the engine for a URL of one of the two databases; Refused, without repeating a password, for any other."""
    try:
        address = make_url(url)
        if address.get_backend_name() == "sqlite":
            return create_engine(address)
        if address.drivername == "postgresql+psycopg":
            # As SQLite does it: what one transaction reads is one state.
            return create_engine(address, isolation_level="REPEATABLE READ")
    except ArgumentError:
        pass
    except ModuleNotFoundError as error:
        raise Refused(
            "没有安装 PostgreSQL 的驱动程序 psycopg。",
            "请在装本程序的 Python 里安装：python -m pip install psycopg[binary]",
        ) from error
    raise Refused("数据库地址写得不对。", "应写成 postgresql+psycopg://用户@服务器/库名，口令放在该用户的 .pgpass 里。")


def sqlite_url(path: Path) -> str:
    """Return the URL of a database file."""
    return f"sqlite:///{path.as_posix()}"


def as_moment(text: str) -> datetime:
    """Return the aware moment written as ISO 8601; EngineError when it has no zone or is no time."""
    try:
        moment = datetime.fromisoformat(text)
    except ValueError as error:
        raise EngineError(f"“{text}”不是有效的时间。", "请写成 2026-05-20T09:00:00+08:00 这样。") from error
    if moment.tzinfo is None:
        raise EngineError(f"时间“{text}”没有写时区。", "请写成 2026-05-20T09:00:00+08:00 这样。")
    return moment
