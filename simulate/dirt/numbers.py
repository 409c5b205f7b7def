"""Identity numbers, which no form of ours asks for and foreign lists bring: typed into a column of that shape (D094-D097)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from engine.identifiers import person_check
from engine.normalise import cell
from engine.outcome import BAD
from schemas.declare import Field, Shape
from workbooks.model import Cell

if TYPE_CHECKING:
    from collections.abc import Mapping

COLUMN = Field(key="person_id", title="身份证号", shape=Shape.PERSON_ID)
_BORN = "42999919900101123"


@dataclass(frozen=True, slots=True, kw_only=True)
class Typed:
    """One number as typed: the code that asks it back and what is proposed, or the value that is recorded and by which rule."""

    kind: str
    variant: int
    text: str
    code: str = ""
    value: str = ""
    proposal: str | None = None


def _whole(body: str) -> str:
    return body + person_check(body)


def numbers() -> list[Typed]:
    """Return every case, at least five for each kind."""
    good = _whole(_BORN)
    tenth = next(body for at in range(100) if person_check(body := f"42999919900101{at:03d}") == "X")
    ends = _whole(tenth)
    old = ("429999900101123", "429999851231456", "429999770707012", "429999690615345", "429999501130001")
    wrong = good[:-1] + ("0" if good[-1] != "0" else "1")
    made: list[tuple[str, str, Mapping[str, str | None]]] = [
        *(("D094", one, {"code": "DR-V031", "proposal": _whole(f"{one[:6]}19{one[6:]}")}) for one in old),
        *(("D095", ends[:-1] + mark, {"value": ends}) for mark in ("x", "×", "Ｘ", "ｘ", "*")),
        ("D095", good[:6] + "********" + good[14:], {"code": "DR-V032"}),
        ("D096", good[:-1], {"code": "DR-V031"}),
        ("D096", good + "1", {"code": "DR-V031"}),
        ("D096", wrong, {"code": "DR-V034"}),
        ("D096", "429999199002301234", {"code": "DR-V033"}),
        ("D096", "429999199013011234", {"code": "DR-V033"}),
        ("D096", "42999919900101A23X", {"code": "DR-V032"}),
        *(("D097", _whole(body), {"value": _whole(body)}) for body in ("42120219950101124", "81000019900101123", "82000019851231456", "42122119630615345", "91999919900101123", "42900519940606078")),
    ]  # fmt: skip
    counts: dict[str, int] = {}
    found = []
    for kind, text, rest in made:
        counts[kind] = counts.get(kind, 0) + 1
        found.append(Typed(kind=kind, variant=counts[kind], text=text, **rest))  # type: ignore[arg-type]
    return found


def judge(one: Typed) -> list[str]:
    """Return what is wrong with the outcome of a number, nothing if all is as it must be."""
    found = cell(COLUMN, Cell("text", one.text))
    if one.code:
        expected: tuple[object, ...] = (BAD, one.code, one.proposal)
        return [] if (found.value, found.issue, found.proposal) == expected else [f"{one.text}: {found}"]
    noted = bool(found.fixed) is (one.text != one.value)
    return [] if (found.value, found.issue) == (one.value, "") and noted else [f"{one.text}: {found}"]
