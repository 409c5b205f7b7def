"""The tables of the store as SQLAlchemy Core sees them; portable between SQLite and PostgreSQL (product 5).

What has been received is kept as facts that never change (originals, arrivals, submissions, tables, issues, edits);
`state`, `version` and `kind` of a submission follow from the facts of its slot (`engine.lifecycle`) and are re-derived by audit.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import Column, Index, Integer, LargeBinary, MetaData, Table, Text

metadata = MetaData()


def _text(name: str, **options: Any) -> Column[str]:
    return Column(name, Text, nullable=False, server_default="", **options)


settings = Table("settings", metadata, Column("name", Text, primary_key=True), _text("value"))

originals = Table(
    "originals",
    metadata,
    Column("sha256", Text, primary_key=True),
    Column("size", Integer, nullable=False),
    _text("at"),
)

arrivals = Table(
    "arrivals",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=False),
    _text("number"),  # receipt number
    _text("at"),  # the receiver's log decides lateness
    _text("name"),
    _text("container"),  # mail, archive or folder it came in; sha256 or folder name
    _text("sha256"),
    _text("role"),  # workbook | attachment | container
    _text("verdict"),
    _text("outcome"),  # new | again | same | old | conflict | forwarded | refused | returned | stored
    _text("template"),
    _text("unit"),
    Column("submission", Integer),
    _text("content"),  # digest over everything recorded for this arrival; stands in the journal too
    _text("receipt"),  # JSON
)
Index("arrivals_by_sha256", arrivals.c.sha256)

submissions = Table(
    "submissions",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=False),
    Column("arrival", Integer, nullable=False),
    _text("at"),
    _text("template"),
    _text("template_version"),
    _text("unit"),
    Column("year", Integer, nullable=False),
    _text("period"),
    _text("declared"),  # version the sender declares, empty when he does not
    _text("digest"),
    _text("sha256"),
    _text("file"),
    Column("rows", Integer, nullable=False),
    Column("is_zero", Integer, nullable=False, server_default="0"),
    Column("is_late", Integer, nullable=False, server_default="0"),  # set once, never cleared
    _text("verdict"),
    _text("cover"),  # JSON
    _text("subjects"),  # JSON list: what an accumulating template speaks about
    _text("package"),  # sha256 of the package it came in
    _text("state"),  # accepted | returned | same | old | conflict | superseded | withdrawn
    Column("version", Integer, nullable=False, server_default="0"),
    _text("kind"),
)
Index("submissions_by_slot", submissions.c.template, submissions.c.unit, submissions.c.year)

tables = Table(
    "tables",
    metadata,
    Column("submission", Integer, primary_key=True),
    Column("sheet", Text, primary_key=True),
    _text("grid"),
    _text("columns"),  # JSON: field key -> column letter
    _text("body"),  # JSON: [[row number, key, {field: value}], ...]
)

issues = Table(
    "issues",
    metadata,
    Column("arrival", Integer, primary_key=True),
    Column("position", Integer, primary_key=True),
    *(
        _text(name)
        for name in (
            "code",
            "severity",
            "sheet",
            "cell",
            "field",
            "row_key",
            "value",
            "proposal",
            "message",
            "fix",
            "basis",
        )
    ),
)

edits = Table(
    "edits",
    metadata,
    Column("submission", Integer, primary_key=True),
    Column("position", Integer, primary_key=True),
    *(_text(name) for name in ("sheet", "cell", "field", "old", "new", "rule")),
)

documents = Table(
    "documents",
    metadata,
    Column("kind", Text, primary_key=True),
    Column("name", Text, primary_key=True),
    Column("version", Integer, primary_key=True),
    _text("at"),
    _text("sha256"),
    _text("body"),  # JSON
)

editions = Table(
    "editions",
    metadata,
    Column("template", Text, primary_key=True),
    Column("sheet", Text, primary_key=True),
    Column("version", Integer, primary_key=True),
    _text("at"),
    _text("digest"),
    _text("body"),  # JSON: [{"key", "unit", "submission", "grid", "row", "template", "values"}, ...]
)

identifiers = Table(
    "identifiers",
    metadata,
    Column("identifier", Text, primary_key=True),
    _text("template"),
    _text("key", unique=False),
    _text("at"),
)

outbox = Table("outbox", metadata, Column("path", Text, primary_key=True), Column("data", LargeBinary, nullable=False))

tombstones = Table(
    "tombstones",
    metadata,
    Column("sha256", Text, primary_key=True),
    *(_text(name) for name in ("reason", "basis", "approver", "at")),
)

journal = Table(
    "journal",
    metadata,
    Column("number", Integer, primary_key=True, autoincrement=False),
    *(_text(name) for name in ("at", "clock", "event", "body", "previous", "hash")),
)
