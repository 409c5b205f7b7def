"""What the colour of a cell's letters or ground may mean to its sender: nothing, grey (as good as deleted), or some mark (intake 46, 47).

Colour is never read as data. Our own colours, black, white and links mean nothing.
"""

from __future__ import annotations

import re
from colorsys import hls_to_rgb, rgb_to_hls
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

GREY, COLOUR = "grey", "colour"
THEME: tuple[str, ...] = (
    "FFFFFF", "000000", "E7E6E6", "44546A", "5B9BD5", "ED7D31", "A5A5A5", "FFC000", "4472C4", "70AD47", "0563C1", "954F72",
)  # fmt: skip
"""The colours of the usual theme, in the order in which formats number them."""
# Grounds of templates and returned copies; whoever fills those in did not choose them.
_GROUNDS = frozenset(("DDEBF7", "F2F2F2", "EDEDED", "FFFDE7", "F8CBAD", "FFE699", "C6E0B4", "FCE4D6"))
# Letters of templates and returned copies, and of links, which programs colour by themselves.
_LETTERS = frozenset(("595959", "7F7F7F", "0563C1", "0000FF"))
_THEME_LINKS = (10, 11)
_INDEXED_BLACK_OR_WHITE = frozenset((0, 1, 8, 9, 64, 65, 81))
_INDEXED_GREY = frozenset((22, 23, 55, 63))
_GREY_PATTERNS = frozenset(("gray125", "gray0625", "lightGray", "mediumGray", "darkGray"))
_RGB, _INDEX = re.compile("[0-9A-Fa-f]{6}"), re.compile("[0-9]{1,3}")
_FLAT, _DARK, _LIGHT = 24, 80, 236  # how far the parts of a grey may differ; what still counts as black or white


def tint(letters: Mapping[str, str], pattern: str, ground: Mapping[str, str], theme: Sequence[str] = THEME) -> str:
    """Return GREY, COLOUR or "" for a cell format.

    letters, ground: the attributes of a colour as a styles part writes them (rgb, theme, tint, indexed, auto); empty for none.
    pattern: the pattern of the ground. theme: the colours of the theme, RRGGBB.
    """
    below = _of_ground(pattern, ground, theme)
    return below if below == COLOUR else _of(letters, _LETTERS, theme) or below


def _of_ground(pattern: str, ground: Mapping[str, str], theme: Sequence[str]) -> str:
    if pattern in ("", "none"):
        return ""
    if pattern in _GREY_PATTERNS:
        return GREY
    return _of(ground, _GROUNDS, theme)


def _of(given: Mapping[str, str], ours: frozenset[str], theme: Sequence[str]) -> str:
    if given.get("rgb"):
        code = given["rgb"][-6:].upper()
        return "" if code in ours else _of_parts(_parts(code))
    if _INDEX.fullmatch(given.get("theme", "")):
        return _of_theme(int(given["theme"]), given.get("tint", ""), theme)
    number = int(given["indexed"]) if _INDEX.fullmatch(given.get("indexed", "")) else 64
    if number in _INDEXED_BLACK_OR_WHITE:
        return ""
    return GREY if number in _INDEXED_GREY else COLOUR


def _of_theme(number: int, shade: str, theme: Sequence[str]) -> str:
    parts = _parts(theme[number]) if number < len(theme) and number not in _THEME_LINKS else None
    if parts is None:
        return ""
    try:
        change = min(1.0, max(-1.0, float(shade or 0)))
    except ValueError:
        return ""
    hue, light, full = rgb_to_hls(*(one / 255 for one in parts))
    light = light * (1 + change) if change < 0 else light + (1 - light) * change
    return _of_parts([round(255 * one) for one in hls_to_rgb(hue, light, full)])


def _parts(code: str) -> list[int] | None:
    return list(bytes.fromhex(code)) if _RGB.fullmatch(code) else None


def _of_parts(parts: list[int] | None) -> str:
    if parts is None or max(parts) <= _DARK or min(parts) >= _LIGHT:
        return ""
    return GREY if max(parts) - min(parts) <= _FLAT else COLOUR
