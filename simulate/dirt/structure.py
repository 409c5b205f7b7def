"""Dirt in the shape of a workbook: every way of spoiling it that has been registered (intake 3.2, 3.3, 3.6)."""

from __future__ import annotations

from simulate.dirt import identities, layout, lines, records
from simulate.dirt.spoil import cases

ROOMS = (layout, lines, identities, records)

__all__ = ["ROOMS", "cases"]
