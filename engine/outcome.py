"""What one cell means: the record every normaliser returns."""

from __future__ import annotations

from dataclasses import dataclass

BAD = object()
"""The value of a cell that could not be read; None is an empty one."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What one cell means: its value, what was changed and why, or what is wrong with it."""

    value: object
    fixed: str = ""
    issue: str = ""
    proposal: str | None = None
    expected: str = ""
