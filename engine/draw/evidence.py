"""What a verification has before it: the readable documents of a bundle and what the reader knows from elsewhere."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from .bundle import INTERNAL, TABLES
from .pool import SALTED, Pool

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping


class Skipped(Exception):
    """A check that cannot be made here; the text says why."""


@dataclass(slots=True, kw_only=True)
class Found:
    """The readable documents of a bundle, the table of probabilities beside them, and what the reader knows from elsewhere."""

    documents: dict[str, Any]
    roster: list[Mapping[str, Any]] | None
    commitment: str | None
    is_signed: Callable[[str, bytes, bytes, bytes], bool] | None = None
    shares: bytes | None = None
    kept: dict[str, Any] = field(default_factory=dict)

    def need(self, name: str) -> Any:
        """Return a document, or skip: its absence or bad form has failed elsewhere."""
        if name not in self.documents:
            raise Skipped(f"no readable {name}")
        return self.documents[name]

    @property
    def teams(self) -> dict[str, Any] | None:
        """Return what the code of the assignment made: assign.json, before the balls of a ceremony its tables."""
        return self.documents.get("assign.json", self.documents.get(TABLES))

    def once(self, name: str, make: Callable[[], Any]) -> Any:
        """Return `make()`, computed the first time only."""
        if name not in self.kept:
            self.kept[name] = make()
        return self.kept[name]


def same(one: object, other: object) -> bool:
    """Return whether two values are equal and of equal type throughout: `true` is not 1, and 1 is not 1.0."""
    if isinstance(one, dict) and isinstance(other, dict):
        return one.keys() == other.keys() and all(same(one[key], other[key]) for key in one)
    if isinstance(one, (list, tuple)) and isinstance(other, (list, tuple)):
        return len(one) == len(other) and all(same(mine, yours) for mine, yours in zip(one, other, strict=True))
    return type(one) is type(other) and one == other


def say(value: object, other: object) -> str:
    """Return a short text of one side of a comparison, the first difference of two lists or objects in full."""
    if isinstance(value, dict) and isinstance(other, dict):
        keys = [key for key in sorted({*value, *other}, key=str) if value.get(key) != other.get(key)]
        return f"{keys[0]}: {say(value.get(keys[0]), other.get(keys[0]))}"[:400] if keys else f"{len(value)} fields"
    if isinstance(value, list) and isinstance(other, list) and value != other:
        for place, (mine, yours) in enumerate(zip(value, other, strict=False)):
            if mine != yours:
                return f"[{place}] {say(mine, yours)}"[:400]
        more = value[min(len(value), len(other)) :]
        return f"{len(value)} entries" + (f", also {more}"[:380] if more else "")
    if isinstance(value, bytes):
        value = value.decode("utf-8", "replace")
    return str(value)[:400] if not isinstance(value, list) or len(str(value)) <= 400 else f"{len(value)} entries"


def internal_pool(found: Found) -> Pool:
    """Return the registers of the internal edition, personal records included."""
    own = found.need(INTERNAL)
    personal = {roster: tuple(own[roster]) for roster in SALTED}
    targets = tuple(found.need("rosters.json")["targets"])
    return Pool(targets=targets, salt_secret=bytes.fromhex(own["salt_secret"]), **personal)
