"""The declared nouns: templates, fields, code lists, units, duties and issue texts, all frozen.

Nothing here reads a file (see `loader`) and nothing here knows Excel (see `workbooks`).
Five readers share one declaration: the template writer, the intake, the checks, the publisher and the docs.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from typing import Any


class SchemaError(Exception):
    """A declaration of ours is wrong; the message names file, place and what was expected."""


class FieldType(StrEnum):
    """How a cell is to be understood; `CODES` holds several values joined by `；`."""

    TEXT = "text"
    CODE = "code"
    CODES = "codes"
    DATE = "date"
    MONTH = "month"
    INTEGER = "integer"
    PERCENT = "percent"
    BOOLEAN = "boolean"
    TIMESTAMP = "timestamp"


class Shape(StrEnum):
    """The meaning of a text that has a form of its own; it selects normalisers and checks (domain 3.3-3.5)."""

    USCC = "uscc"
    CERTIFICATE = "certificate"
    LICENCE = "licence"
    PERSON_NAME = "person_name"
    ORGANISATION_NAME = "organisation_name"
    PHONE = "phone"
    MAIL = "mail"
    PERSON_ID = "person_id"
    DIVISION = "division"
    UNIT = "unit"
    IDENTIFIER = "identifier"
    DOCUMENT_NUMBER = "document_number"
    URL = "url"
    LEGAL_BASIS = "legal_basis"


class Privacy(StrEnum):
    """Who may read a column (domain 4.6, 7): everybody, the offices, the owner with the level above, nobody outside."""

    PUBLIC = "public"
    INTERNAL = "internal"
    RESTRICTED = "restricted"
    PRIVATE = "private"


class Level(StrEnum):
    """The kinds of reporting unit (C06)."""

    PROVINCE = "province"
    CITY = "city"
    COUNTY = "county"
    ZONE = "zone"
    PROVINCE_ASSOCIATION = "province_association"
    CITY_ASSOCIATION = "city_association"
    CENTRE = "centre"


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    """One column: `key` is the frozen public name in the hidden key row, `title` the Chinese heading.

    `default` is what a register records when the form that fed it does not ask (T06 says nothing about availability);
    it is never put into a form and never replaces what somebody left blank there. `required_if` holds when one of its
    conditions does; a condition on a `CODES` cell holds when the cell contains one of the values. `pattern` matches the
    whole normalised text.
    """

    key: str
    title: str
    type: FieldType = FieldType.TEXT
    required: bool = False
    required_if: tuple[tuple[str, tuple[str, ...]], ...] = ()
    codes: str | None = None
    shape: Shape | None = None
    max_length: int | None = None
    pattern: str | None = None
    minimum: float | None = None
    maximum: float | None = None
    unique: bool = False
    privacy: Privacy = Privacy.INTERNAL
    fill_down: bool = False
    prefilled: bool = False
    computed: bool = False
    unknown_allowed: bool = False
    authority: str = "unit"
    width: float = 12
    default: str = ""
    aliases: tuple[str, ...] = ()
    example: str = ""
    help: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sheet:
    """One table of a template; `key` are the fields that identify a row, `checks` name cross-field rules."""

    name: str
    title: str
    fields: tuple[Field, ...]
    key: tuple[str, ...] = ()
    checks: tuple[str, ...] = ()
    rows: int = 30
    optional: bool = False

    def field(self, key: str) -> Field:
        """Return the field called `key`; KeyError when there is none."""
        for one in self.fields:
            if one.key == key:
                return one
        raise KeyError(key)


@dataclass(frozen=True, slots=True, kw_only=True)
class Template:
    """One workbook form T00-T18. `direction`: `up` is filled in by offices, `out` is written by the program.

    `accumulates`: a further file of one unit adds to the earlier ones and replaces only the subjects (first key) it names again.
    `sent_down`: the offices below receive it too, and go by it.
    """

    code: str
    name: str
    title: str
    version: str
    accepts: tuple[str, ...]
    period: str
    direction: str
    reporters: tuple[Level, ...]
    sheets: tuple[Sheet, ...]
    consolidates_to: str | None = None
    landscape: bool = True
    zero_report: bool = False
    accumulates: bool = False
    sent_down: bool = False
    notes: tuple[str, ...] = ()

    def sheet(self, name: str) -> Sheet:
        """Return the sheet called `name`; KeyError when there is none."""
        for one in self.sheets:
            if one.name == name:
                return one
        raise KeyError(name)


@dataclass(frozen=True, slots=True)
class Code:
    """One value of a code list: its short code, the label shown in Excel, other spellings that mean the same."""

    code: str
    label: str
    aliases: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class CodeList:
    """A closed (or, with `is_open`, extensible) list of values, e.g. C07 人员类别."""

    code: str
    title: str
    entries: tuple[Code, ...]
    is_open: bool = False

    @property
    def labels(self) -> tuple[str, ...]:
        """The labels in declared order, as the drop-down shows them."""
        return tuple(entry.label for entry in self.entries)


@dataclass(frozen=True, slots=True)
class Division:
    """One GB/T 2260 division; abolished codes keep `valid_to` and name their `successor`."""

    code: str
    name: str
    level: str
    parent: str
    valid_from: str = ""
    valid_to: str = ""
    successor: str = ""
    aliases: tuple[str, ...] = ()


TRADES = {"NOT": "公证", "FOR": "司法鉴定", "LA": "法律援助"}
"""Sector of an association -> the field it serves."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Unit:
    """One reporting unit; `code` is a division code or, for associations and zones, a code of our own."""

    code: str
    name: str
    level: Level
    parent: str
    division: str
    short_name: str
    aliases: tuple[str, ...] = ()
    sector: str = ""

    @property
    def trade(self) -> str:
        """The trade of an association as C01 calls it, '' of an office."""
        return TRADES.get(self.sector, "")


@dataclass(frozen=True, slots=True, kw_only=True)
class Duty:
    """Who owes which template, to whom, until when, and how many rows (R02, R04, R05, R52-R54)."""

    template: str
    period: str
    reporters: tuple[Level, ...]
    deadline: date
    quota: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SwitchedOff:
    """A rule nobody need keep from the ISO day `since` on, and why."""

    code: str
    since: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """The parameters of one year; `overrides` holds what single units have of their own."""

    year: int
    duties: tuple[Duty, ...]
    values: dict[str, Any] = field(default_factory=dict)
    overrides: dict[str, dict[str, Any]] = field(default_factory=dict)
    switched_off: tuple[SwitchedOff, ...] = ()

    def value(self, name: str, unit: str | None = None) -> Any:
        """Return parameter `name`, the override of `unit` first; KeyError when it is not declared."""
        own = self.overrides.get(unit or "", {})
        return own[name] if name in own else self.values[name]

    def duty(self, template: str, level: Level) -> Duty | None:
        """Return what units of `level` owe with `template`, None when they owe nothing."""
        return next((one for one in self.duties if one.template == template and level in one.reporters), None)

    def quota(self, template: str, unit: Unit) -> int | None:
        """Return how many rows `unit` is to report: its own override, that of the unit above, then the duty's (X08).

        An override of 0 asks for no number: None.
        """
        own = self._override(f"quota_{template}", unit)
        duty = self.duty(template, unit.level)
        return int(str(own)) or None if own is not None else duty.quota if duty else None

    def deadline(self, template: str, unit: Unit) -> date | None:
        """Return the last day for `template` (inclusive): own override, that of the unit above, then the duty's (X09)."""
        own = self._override(f"deadline_{template}", unit)
        if own is not None:
            month, day = (int(part) for part in str(own).split("-"))
            return date(self.year, month, day)
        duty = self.duty(template, unit.level)
        return duty.deadline if duty else None

    def _override(self, name: str, unit: Unit) -> object | None:
        for code in (unit.code, unit.parent):
            if name in self.overrides.get(code, {}):
                return self.overrides[code][name]
        return None


@dataclass(frozen=True, slots=True, kw_only=True)
class IssueText:
    """One entry of the issue catalogue: `message` and `fix` have named gaps filled from the issue's parameters."""

    code: str
    title: str
    severity: str
    message: str
    fix: str
    basis: str = ""
    auto_fix: bool = False
    since: str = "1.0"
    until: str = ""
