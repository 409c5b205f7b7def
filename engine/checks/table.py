"""What a check sees: one merged frame of all rows of one sheet in a chunk of workbooks, and what it says about them."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import pandas as pd

    from schemas.declare import Policy, Sheet, Template


@dataclass(frozen=True, slots=True, kw_only=True)
class Hit:
    """One rule broken in some rows: positions in the frame, the field to point at, and the gaps of the message."""

    code: str
    rows: np.ndarray
    field: str
    params: dict[str, Sequence[object] | str] = dataclasses.field(default_factory=dict)


@dataclass(slots=True, kw_only=True)
class Merged:
    """`frame`: one column per field (str, int, None), plus `_file` (number of the workbook) and `_row` (Excel row).

    `bad`: field -> True where the cell could not be read; a rule that needs it stays silent there.
    """

    template: Template
    sheet: Sheet
    frame: pd.DataFrame
    bad: dict[str, np.ndarray]
    policy: Policy
    year: int
    today: str
    units: Sequence[str] = ()
    others: dict[str, Any] = field(default_factory=dict)
    roster: Mapping[str, Mapping[str, str]] = field(default_factory=dict)

    def __len__(self) -> int:
        return len(self.frame)

    def has(self, *fields: str) -> bool:
        """Say whether the sheet has all these fields."""
        return all(one in self.frame.columns for one in fields)

    def filled(self, name: str) -> np.ndarray:
        """Return True where a field has a readable value."""
        return self.frame[name].notna().to_numpy()

    def empty(self, name: str) -> np.ndarray:
        """Return True where a field was left empty (not where it could not be read)."""
        return ~self.filled(name) & ~self.bad[name]

    def text(self, name: str) -> np.ndarray:
        """Return a field as texts, empty where it has no value."""
        return self.frame[name].fillna("").astype(str).to_numpy(dtype=object)

    def equals(self, name: str, *values: str) -> np.ndarray:
        """Return True where a field has one of these values."""
        return self.frame[name].isin(values).to_numpy()

    def contains(self, name: str, value: str) -> np.ndarray:
        """Return True where a list field contains a value."""
        return (
            ("；" + self.frame[name].fillna("").astype(str) + "；")
            .str.contains("；" + value + "；", regex=False)
            .to_numpy()
        )

    def numbers(self, name: str) -> np.ndarray:
        """Return a field as floats, NaN where it has no number."""
        import pandas as pd

        return pd.to_numeric(self.frame[name], errors="coerce").to_numpy(dtype=float)

    def title(self, name: str) -> str:
        """Return the Chinese heading of a field."""
        return self.sheet.field(name).title

    def hit(self, code: str, mask: np.ndarray, name: str, **params: Sequence[object] | np.ndarray | str) -> list[Hit]:
        """Return the hit where `mask` holds; sequences among `params` are cut down to the same rows."""
        rows = np.flatnonzero(mask)
        if not len(rows):
            return []
        cut: dict[str, Sequence[object] | str] = {
            key: value if isinstance(value, str) else [value[int(row)] for row in rows] for key, value in params.items()
        }
        return [Hit(code=code, rows=rows, field=name, params=cut)]
