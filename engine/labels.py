"""Cells that hold labels of a code list, or yes and no: every spelling that means one label only (D078, D079, D107)."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache
from typing import TYPE_CHECKING

from engine.outcome import BAD, Outcome
from schemas.loader import code_lists

if TYPE_CHECKING:
    from collections.abc import Iterable

    from schemas.declare import Field

_TRUE = frozenset(("是", "TRUE", "true", "True", "1", "√", "✓", "✔", "Y", "y", "YES", "yes", "有", "对"))
_FALSE = frozenset(("否", "FALSE", "false", "False", "0", "×", "✗", "N", "n", "NO", "no", "没有"))
_ANSWERED = {
    "C08": (None, "未持证"),
    "C14": (None, "未发现问题"),
    "C15": (None, "无需后续处置"),
    "C25": (None, "不需"),
    "C38": ("已立案", "不予立案"),
}
"""Lists whose question is often answered with yes or no: the only label that fits yes, and no; None where several do."""
_NO = _FALSE | {"无", "不", "不是", "没", "/无"}
_DENYING = "未无不没非"
_PARTS = re.compile(r"[；;、，,\n\r/|]+|\s{2,}")
_LINKED = re.compile(r"[；;、，,\n\r/|\s]+|(?<=.)[和及与](?=.)")
_ALL = frozenset(("全部", "所有", "都可以", "均可", "全部领域", "所有领域", "各领域"))


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


def denied(field: Field, text: str) -> bool:
    """Say whether an empty-looking word such as 无 answers the question of a list with no."""
    return text in _NO and bool(_ANSWERED.get(field.codes or "", (None, None))[1])


def code(field: Field, text: str) -> Outcome:
    """Return the label a text means; the only label it may stand for is proposed."""
    one = code_lists()[field.codes or ""]
    if text in one.labels:
        return Outcome(text)
    label = _spellings(one.code).get(_fold(text))
    if label:
        return Outcome(label, "DR-V002")
    near = _answered(one.code, text) or _near(text, one.code)
    if one.is_open:
        return Outcome(text, issue="DR-V005" if near else "", proposal=near)
    return Outcome(BAD, issue="DR-V001", proposal=near, expected="、".join(one.labels[:12]))


def codes(field: Field, text: str) -> Outcome:
    """Return several labels joined by `；`, each once; a blank parts them where every part is a label (D079)."""
    parts = _parted(field, text)
    found = [code(field, part) for part in parts]
    bad = next((one for one in found if one.value is BAD), None)
    doubtful = next((one for one in found if one.issue), None)
    if bad:
        return Outcome(BAD, issue=bad.issue, proposal=_meant(field, text, found), expected=bad.expected)
    value = _joined(str(one.value) for one in found)
    fixed = "DR-V002" if value != text else ""
    if doubtful:
        return Outcome(value, fixed, doubtful.issue, _meant(field, text, found))
    linked = _linked(field, text) if len(parts) == 1 else None
    if linked and linked != value:
        return Outcome(value, fixed, "DR-V005", linked)
    return Outcome(value, fixed)


def _parted(field: Field, text: str) -> list[str]:
    """Return the parts of a cell; single blanks part it too if nothing but labels is left then."""
    parts: list[str] = []
    known = _spellings(field.codes or "")
    for part in (one.strip() for one in _PARTS.split(text)):
        words = part.split()
        is_list = len(words) > 1 and _fold(part) not in known and all(_fold(one) in known for one in words)
        parts += words if is_list else [part] if part else []
    return parts


def _meant(field: Field, text: str, found: list[Outcome]) -> str | None:
    """Return the whole list the cell seems to mean, None if one part stays unclear: adopting it replaces the cell."""
    if text in _ALL and not code_lists()[field.codes or ""].is_open:
        return "；".join(code_lists()[field.codes or ""].labels)
    if all(one.value is not BAD or one.proposal for one in found):
        return _joined(str(one.proposal or one.value) for one in found)
    return _linked(field, text)


def _linked(field: Field, text: str) -> str | None:
    """Return the labels of a text that blanks or 和, 及, 与 join, if every part is one (of an open list: if one is)."""
    known = _spellings(field.codes or "")
    words = [one for one in _LINKED.split(text) if one]
    labels = [known.get(_fold(one)) for one in words]
    is_sure = any(labels) if code_lists()[field.codes or ""].is_open else all(labels)
    pairs = zip(words, labels, strict=True)
    return _joined(label or word for word, label in pairs) if len(words) > 1 and is_sure else None


def _joined(labels: Iterable[str]) -> str:
    return "；".join(dict.fromkeys(labels))


def _answered(name: str, text: str) -> str | None:
    """Return the only label that fits a yes or a no, if there is one."""
    yes, no = _ANSWERED.get(name, (None, None))
    plain = unicodedata.normalize("NFKC", text)
    return yes if plain in _TRUE else no if plain in _NO else None


def _near(text: str, name: str) -> str | None:
    """Return the only label that the text is one character away from, itself or in another spelling of three or more."""
    one = code_lists()[name]
    close = {
        entry.label
        for entry in one.entries
        for spelling in (entry.label, *(alias for alias in entry.aliases if len(alias) > 2))
        if _distance_one(text, spelling) and (text[0] in _DENYING) == (spelling[0] in _DENYING)
    }
    return close.pop() if len(close) == 1 else None


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
