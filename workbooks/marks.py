"""What is said about a place of the copy that goes back: sign, colour and words, for the list and for the cell."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

SIGNS = {"error": "✗", "explain": "!", "fixed": "✓", "note": "·"}
ASKS = {"error": "必须改", "explain": "请核实并说明", "fixed": "已自动更正", "note": "提示"}
FILLS = {"error": "#F8CBAD", "explain": "#FFE699", "fixed": "#C6E0B4", "note": "#EDEDED"}
ORDER = ("error", "explain", "fixed", "note")
# A sheet with many thousands of comments opens slowly or not at all; the words of further cells stand behind their sign.
COMMENTS = 1000


@dataclass(frozen=True, slots=True, kw_only=True)
class Mark:
    """One issue as the sender sees it: `sheet` is the declared name, `row` the row of the original, `field` the key."""

    severity: str
    code: str
    message: str
    fix: str = ""
    sheet: str | None = None
    row: int | None = None
    field: str | None = None
    cell: str | None = None
    value: str | None = None
    proposal: str | None = None
    who: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReturnSummary:
    """What stands at the head of the first sheet."""

    unit: str
    title: str
    received_at: str
    verdict: str
    deadline: str = ""
    file: str = ""
    year: str = ""
    contact: str = ""


def on_cover(mark: Mark) -> bool:
    """Say whether a mark stands on the cover."""
    return mark.sheet in ("cover", "封面")


def by_severity(marks: Sequence[Mark]) -> list[Mark]:
    """Return the marks, the worst first."""
    return sorted(marks, key=lambda one: ORDER.index(one.severity))


def worst_of(marks: Sequence[Mark]) -> str:
    """Return the severity that decides the colour."""
    return min((mark.severity for mark in marks), key=ORDER.index)


def words(marks: Sequence[Mark]) -> str:
    """Return what the comment on a cell says."""
    text = "\n".join(f"{SIGNS[mark.severity]} {mark.message} {mark.fix}".strip() for mark in marks)
    proposals = [mark.proposal for mark in marks if mark.proposal]
    return (text + (f"\n建议值：{proposals[0]}" if proposals else ""))[:1500]
