"""One file on its way through the intake, and how an issue is put into words."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from engine.model import Edit, Issue, Severity
from engine.outcome import BAD, Outcome
from schemas import loader

if TYPE_CHECKING:
    from collections.abc import Mapping

    from engine.waivers import Extension, Waiver
    from schemas.declare import Policy, Template, Unit
    from workbooks.model import Filled, Located, Problem

_QUOTED = 100
COVER = "cover"


@dataclass(frozen=True, slots=True, kw_only=True)
class Incoming:
    """One file to be examined; `received_at` is ISO text of the receiver's log."""

    name: str
    data: bytes
    sha256: str
    received_at: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Context:
    """What the receiver knows: its unit and year (None when a file is only checked), and numbers of known people.

    `roster` maps a field key to name -> number; it is only used to propose what a lost number may have been.
    `waivers` are the leaves granted to single units not to keep a rule, or to visit after the season. `parameters` are what
    the receiver set of its own, as `loader.policy` takes them. `contact` is whom the sender may ask, in words.
    """

    unit: str | None = None
    year: int | None = None
    today: str = ""
    roster: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    waivers: tuple[Waiver | Extension, ...] = ()
    parameters: tuple[tuple[str, str, object], ...] = ()
    returns: bool = True
    contact: str = ""

    def policy(self, year: int) -> Policy:
        """Return the policy of `year` as the receiver holds it."""
        return loader.policy(year, self.parameters) if self.parameters and year == self.year else loader.policy(year)


@dataclass(slots=True)
class Draft:
    """One file on its way through the steps."""

    file: Incoming
    filled: Filled | None = None
    template: Template | None = None
    unit: Unit | None = None
    year: int = 0
    issues: list[Issue] = field(default_factory=list)
    edits: list[Edit] = field(default_factory=list)
    rows: dict[str, list[tuple[Any, dict[str, Outcome]]]] = field(default_factory=dict)
    cover: dict[str, Any] = field(default_factory=dict)
    stops: bool = False
    is_refused: bool = False

    def add(self, code: str, **place: Any) -> None:
        """Add one issue of the catalogue; `params` are the gaps of its sentence."""
        self.issues.append(issue(code, **place))

    @property
    def has_errors(self) -> bool:
        """Say whether something must be corrected or is still unexplained."""
        return any(one.severity in (Severity.ERROR, Severity.EXPLAIN) for one in self.issues)


def _short(value: object) -> object:
    """Return what a sentence quotes: whoever reads it knows the cell by its beginning."""
    text = value if isinstance(value, str) else ""
    return f"{text[:_QUOTED]}…" if len(text) > _QUOTED else value


def issue(code: str, *, params: Mapping[str, Any] | None = None, **place: Any) -> Issue:
    """Return the issue `code` at a place, its sentence filled from `params`, `value`, `proposal` and `title`."""
    text = loader.issue_texts()[code]
    gaps = _Gaps(
        {
            "where": "",
            "title": "",
            "value": place.get("value") or "",
            "proposal": place.get("proposal") or "",
            **(params or {}),
        }
    )
    gaps["value"] = _short(gaps["value"])
    return Issue(
        code=code,
        severity=Severity(text.severity),
        message=text.message.format_map(gaps),
        fix=text.fix.format_map(gaps),
        basis=text.basis,
        **place,
    )


class _Gaps(dict[str, object]):
    def __missing__(self, key: str) -> str:
        return ""


def add_problem(draft: Draft, problem: Problem, sheet: str | None = None, explanation: str = "") -> None:
    """Add what the reader noticed, answered by `explanation` if it asks."""
    params = {"title": problem.field or "", **dict(problem.params)}
    where = f"“{problem.sheet}”{problem.cell or ''}" if problem.sheet else ""
    place = {"sheet": sheet or problem.sheet, "cell": problem.cell, "field": problem.field}
    told = {"value": problem.value, "proposal": problem.proposal, **place}
    add_explained(draft, issue(problem.code, params={"where": where, **params}, **told), explanation)


def add_explained(draft: Draft, one: Issue, explanation: str) -> None:
    """Add an issue; an explanation given in the returned copy answers a question and leaves it as a note."""
    if one.severity is Severity.EXPLAIN and explanation.strip():
        one = replace(one, severity=Severity.NOTE, message=f"{one.message}（已说明：{explanation.strip()}）")
    draft.issues.append(one)


def sheet_title(draft: Draft, sheet: str) -> str:
    """Return the Chinese title of a sheet of the form."""
    return draft.template.sheet(sheet).title if draft.template else sheet


def address(table: Located, key: str, row: int) -> str | None:
    """Return the A1 address of a field in a row, None where its column is missing."""
    from workbooks.selfcheck import letters

    column = table.columns.get(key)
    return f"{letters(column - 1)}{row}" if column else None


def row_key(draft: Draft, sheet: str, outcomes: Mapping[str, Outcome]) -> str:
    """Return the key of a row as its sender knows it: its key fields, else the name."""
    assert draft.template is not None
    keys = draft.template.sheet(sheet).key
    values = [outcomes[key].value for key in keys if key in outcomes]
    parts = [str(value) for value in values if value not in (None, BAD)]
    name = outcomes.get("name")
    if not parts and name and name.value not in (None, BAD):
        parts = [str(name.value)]
    return "/".join(parts)


def shown(value: object) -> str:
    """Return a value as text."""
    return "" if value is None else str(value)


def cover_cell(draft: Draft, key: str) -> str | None:
    """Return the address of a field of the cover."""
    return draft.filled.cover_cells.get(key) if draft.filled else None
