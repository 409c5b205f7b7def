"""What the colour of a cell's letters or ground may mean to its sender: nothing, grey (as good as deleted), or some mark (intake 46, 47).

Colour is never read as data. Our own colours, black, white and links mean nothing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

GREY, COLOUR = "grey", "colour"
# Grounds of templates and returned copies; whoever fills those in did not choose them.
_GROUNDS = frozenset(("DDEBF7", "F2F2F2", "EDEDED", "FFFDE7", "F8CBAD", "FFE699", "C6E0B4", "FCE4D6"))
# Letters of templates and returned copies, and of links, which programs colour by themselves.
_LETTERS = frozenset(("595959", "7F7F7F", "C00000", "0563C1", "0000FF"))
_THEME_PLAIN, _THEME_GREY, _THEME_LINKS = (0, 1), 2, (10, 11)
_INDEXED_BLACK_OR_WHITE = frozenset((0, 1, 8, 9, 64, 65, 81))
_INDEXED_GREY = frozenset((22, 23, 55, 63))
_GREY_PATTERNS = frozenset(("gray125", "gray0625", "lightGray", "mediumGray", "darkGray"))
_FLAT, _DARK, _LIGHT = 24, 48, 236  # how far the parts of a grey may differ; what still counts as black or white


def tint(letters: Mapping[str, str], pattern: str, ground: Mapping[str, str]) -> str:
    """Return GREY, COLOUR or "" for a cell format.

    letters, ground: the attributes of a colour as a styles part writes them (rgb, theme, tint, indexed, auto); empty for none.
    pattern: the pattern of the ground.
    """
    below = _of_ground(pattern, ground)
    return below if below == COLOUR else _of(letters, _LETTERS) or below


def _of_ground(pattern: str, ground: Mapping[str, str]) -> str:
    if pattern in ("", "none"):
        return ""
    if pattern in _GREY_PATTERNS:
        return GREY
    return _of(ground, _GROUNDS)


def _of(given: Mapping[str, str], ours: frozenset[str]) -> str:
    if given.get("rgb"):
        return _of_rgb(given["rgb"][-6:].upper(), ours)
    if given.get("theme", "").isdigit():
        return _of_theme(int(given["theme"]), given.get("tint", ""))
    number = int(given["indexed"]) if given.get("indexed", "").isdigit() else 64
    if number in _INDEXED_BLACK_OR_WHITE:
        return ""
    return GREY if number in _INDEXED_GREY else COLOUR


def _of_rgb(code: str, ours: frozenset[str]) -> str:
    try:
        parts = [int(code[place : place + 2], 16) for place in (0, 2, 4)]
    except ValueError:
        return ""
    if code in ours or max(parts) <= _DARK or min(parts) >= _LIGHT:
        return ""
    return GREY if max(parts) - min(parts) <= _FLAT else COLOUR


def _of_theme(number: int, shade: str) -> str:
    """Black and white of a theme become greys by their tint; what the theme makes of the other numbers is not looked up."""
    if number in _THEME_LINKS:
        return ""
    if number in _THEME_PLAIN:
        try:
            return GREY if abs(float(shade or 0)) > 0.1 else ""
        except ValueError:
            return ""
    return GREY if number == _THEME_GREY else COLOUR
