"""Cells that hold labels of a code list, or yes and no: every spelling that means one label only (D078, D079, D107)."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache
from typing import TYPE_CHECKING

from engine.outcome import BAD, Outcome
from schemas.loader import code_lists

if TYPE_CHECKING:
    from schemas.declare import Field

_TRUE = frozenset(("是", "TRUE", "true", "True", "1", "√", "✓", "✔", "Y", "y", "YES", "yes", "有", "对"))
_FALSE = frozenset(("否", "FALSE", "false", "False", "0", "×", "✗", "N", "n", "NO", "no", "没有"))


@lru_cache(maxsize=64)
def _spellings(name: str) -> dict[str, str]:
    """Return every spelling of a list -> label: codes, labels, aliases, `code label`, folded to half width."""
    found: dict[str, str] = {}
    for entry in code_lists()[name].entries:
        for text in (
            entry.label,
            entry.code,
            *entry.aliases,
            f"{entry.code}{entry.label}",
            f"{entry.code}.{entry.label}",
            f"{entry.code}、{entry.label}",
            f"{entry.code} {entry.label}",
        ):
            found.setdefault(_fold(text), entry.label)
    return found


def _fold(text: str) -> str:
    return re.sub(r"[\s·\-_—]+", "", unicodedata.normalize("NFKC", text)).lower()


def code(field: Field, text: str) -> Outcome:
    """Return the label a text means; the only label one character away is proposed."""
    one = code_lists()[field.codes or ""]
    if text in one.labels:
        return Outcome(text)
    label = _spellings(one.code).get(_fold(text))
    if label:
        return Outcome(label, "DR-V002")
    if one.is_open:
        return Outcome(text)
    return Outcome(BAD, issue="DR-V001", proposal=_near(text, one.labels), expected="、".join(one.labels[:12]))


def codes(field: Field, text: str) -> Outcome:
    """Return several labels joined by `；`, each once."""
    parts = [part for part in re.split(r"[；;、，,\n\r/|]+|\s{2,}", text) if part.strip()]
    found = [code(field, part.strip()) for part in parts]
    bad = next((one for one in found if one.issue), None)
    if bad:
        return bad
    value = "；".join(dict.fromkeys(str(one.value) for one in found))
    return Outcome(value, "DR-V002" if value != text else "")


def _near(text: str, labels: tuple[str, ...]) -> str | None:
    close = [label for label in labels if _distance_one(text, label)]
    return close[0] if len(close) == 1 else None


def _distance_one(one: str, other: str) -> bool:
    if abs(len(one) - len(other)) > 1 or min(len(one), len(other)) < 2:
        return False
    short, long = sorted((one, other), key=len)
    for place, char in enumerate(short):
        if char != long[place]:
            return (
                short[place + 1 :] == long[place + 1 :]
                if len(short) == len(long)
                else short[place:] == long[place + 1 :]
            )
    return len(long) - len(short) <= 1


def boolean(field: Field, text: str) -> Outcome:
    """Return 是 or 否."""
    if text in ("是", "否"):
        return Outcome(text)
    plain = unicodedata.normalize("NFKC", text)
    if plain in _TRUE or plain in _FALSE:
        return Outcome("是" if plain in _TRUE else "否", "DR-C018")
    return Outcome(BAD, issue="DR-V001", expected="是、否")
