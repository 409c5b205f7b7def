"""Which unit or division a text means: codes, names, aliases, former names, with or without what stands above (D030, D031).

A text with one meaning inside the sender's own tree is read as that unit; with two it is not read at all.
"""

from __future__ import annotations

import re
import unicodedata
from difflib import get_close_matches
from functools import lru_cache

from schemas import loader

_CROWNS = ("湖北省", "湖北")


@lru_cache(maxsize=2)
def _names(kind: str) -> dict[str, frozenset[str]]:
    """Return every folded spelling -> codes of `unit` or `division` records."""
    found: dict[str, set[str]] = {}
    if kind == "unit":
        for one in loader.units().values():
            for text in (one.code, one.name, one.short_name, *one.aliases):
                found.setdefault(folded(text), set()).add(one.code)
    else:
        for place in loader.divisions().values():
            for text in (place.code, place.name, *place.aliases):
                found.setdefault(folded(text), set()).add(place.code)
    return {text: frozenset(codes) for text, codes in found.items()}


@lru_cache(maxsize=1)
def names_of_units() -> tuple[dict[str, frozenset[str]], int]:
    """Return (every folded spelling -> codes of the units it means, length of the longest spelling)."""
    names = _names("unit")
    return names, max(map(len, names), default=0)


def folded(text: str) -> str:
    """Return a text in half width and without blanks."""
    return re.sub(r"[\s\u200b]+", "", unicodedata.normalize("NFKC", text))


@lru_cache(maxsize=20_000)
def unit(text: str, sender: str) -> str | None:
    """Return the code of the one unit of `sender`'s tree (or else of the province) that `text` means, None otherwise."""
    return _one("unit", text, loader.subtree(sender) if sender in loader.units() else frozenset())


@lru_cache(maxsize=20_000)
def division(text: str, sender: str) -> str | None:
    """Return the code of the one division `text` means; an abolished one is followed to its successor (D030)."""
    inside = {one.division for one in loader.units().values() if one.code in loader.subtree(sender)}
    code = _one("division", text, frozenset(inside))
    seen: set[str] = set()
    while code and code not in seen and loader.divisions()[code].valid_to and loader.divisions()[code].successor:
        seen.add(code)
        code = loader.divisions()[code].successor
    return code


def _one(kind: str, text: str, inside: frozenset[str]) -> str | None:
    names, plain = _names(kind), folded(text)
    codes = names.get(plain, frozenset())
    for crown in _CROWNS:
        codes = codes or names.get(plain.removeprefix(crown), frozenset())
    own = codes & inside
    for fitting in (own, codes):
        if len(fitting) == 1:
            return next(iter(fitting))
    return None


def unit_named(text: str) -> str:
    """Return the code of the unit that `text` names by code, name, short name or alias; '' when none or several do."""
    units = loader.units()
    if text in units:
        return text
    fitting = [one.code for one in units.values() if text in (one.name, one.short_name, *one.aliases)]
    return fitting[0] if len(fitting) == 1 else ""


def nearest(kind: str, text: str, sender: str) -> tuple[str, ...]:
    """Return the names of at most three units or divisions that look most like `text`, those of the sender's tree first."""
    inside = loader.subtree(sender) if sender in loader.units() else frozenset()
    if kind == "division":
        inside = frozenset(one.division for one in loader.units().values() if one.code in inside)
    names = [name for name, codes in _names(kind).items() if codes & inside and not name[:1].isdigit()]
    known = loader.units() if kind == "unit" else loader.divisions()
    found: dict[str, None] = {}
    for name in get_close_matches(folded(text), names, n=6, cutoff=0.3):
        for code in sorted(_names(kind)[name]):
            found.setdefault(f"{known[code].name}（{code}）")
    return tuple(found)[:3]
