"""The nouns of the spine as frozen records, and the one family of errors an operator can meet.

    EngineError            base; has `exit_code` and a Chinese message with a hint
      Refused              the procedure forbids it (drawn already, pool not frozen, ...)      exit 3
      NotFound             no such plan, draw, unit, template, workspace                      exit 2
      Busy                 another process holds the workspace                                exit 3

What people typed into a workbook is never raised: it is an `Issue`, a value.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any


class EngineError(Exception):
    """Something the operator or we did wrong; `str()` is one Chinese sentence, `hint` says what to do."""

    exit_code = 3

    def __init__(self, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.hint = hint


class Refused(EngineError):
    """The procedure forbids it."""


class NotFound(EngineError):
    """What was named does not exist here."""

    exit_code = 2


class Busy(EngineError):
    """Another process holds the workspace."""


class Severity(StrEnum):
    """What an issue asks of the sender: correct it, explain it, nothing (we corrected it), nothing (a hint)."""

    ERROR = "error"
    EXPLAIN = "explain"
    FIXED = "fixed"
    NOTE = "note"


class Verdict(StrEnum):
    """What became of a file."""

    ACCEPTED = "accepted"
    RETURNED = "returned"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True, kw_only=True)
class Issue:
    """One problem in what somebody typed: stable code, place, what is there, what is proposed, and its sentence."""

    code: str
    severity: Severity
    sheet: str | None = None
    cell: str | None = None
    field: str | None = None
    row_key: str | None = None
    value: str | None = None
    proposal: str | None = None
    message: str = ""
    fix: str = ""
    basis: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Edit:
    """One normalisation: the cell, what stood there, what is recorded instead, and the rule that allows it."""

    sheet: str
    cell: str
    field: str
    old: str
    new: str
    rule: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One accepted row: where it stands in the original, its key within the sheet and its normalised values.

    Values are str, int, bool or None; dates are ISO text, percents are decimal text, several codes joined by `；`.
    `text` is the same values as canonical JSON: digest and record are both made of it.
    """

    sheet: str
    grid: str
    number: int
    key: str
    values: dict[str, Any]
    text: str
    columns: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Submission:
    """A workbook that was understood: identity, cover, rows, and the digest over its normalised content."""

    template: str
    version: str
    unit: str
    year: int
    period: str
    kind: str
    cover: dict[str, Any]
    rows: tuple[Row, ...]
    digest: str
    edits: tuple[Edit, ...] = ()
    is_zero: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Checked:
    """The outcome of examining one file: a pure function of its bytes and the context."""

    file: str
    sha256: str
    verdict: Verdict
    submission: Submission | None
    issues: tuple[Issue, ...]
    returned: bytes | None = None
    returned_name: str = ""
