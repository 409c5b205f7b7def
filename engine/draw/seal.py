"""Sealing a roster: records sorted by id, one leaf each, one root (section 2)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from . import canonical, merkle
from .hashing import Profile
from .hashing import profile as profile_named
from .refusal import DrawRefused

Record = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Seal:
    """The root of a roster in hex, and how many records it covers."""

    root: str
    count: int

    def document(self) -> dict[str, Any]:
        """Return the seal as it stands in the commitment."""
        return {"root": self.root, "count": self.count}


def seal(
    records: Iterable[Record], profile: str = "sha256", *, salt_secret: bytes | None = None, roster: str = ""
) -> Seal:
    """Return the seal of `records`, in whatever order they come; with `salt_secret` the leaves are salted.

    Each record needs a unique `id` (section 2).  `roster` names the register inside the salts, so that the same id in
    two registers gets two salts.  Raises `DrawRefused` (`bad_id`, `duplicate_id`, or a canonical-form code).
    """
    chosen = profile_named(profile)
    ordered = by_id(records)
    leaves = [record_leaf(chosen, record, salt_secret, roster) for record in ordered]
    return Seal(merkle.root(chosen, leaves).hex(), len(leaves))


def by_id(records: Iterable[Record]) -> list[Record]:
    """Return `records` in ascending order of id bytes; refuse illegal and repeated ids."""
    ordered = sorted(records, key=lambda record: canonical.check_id(record.get("id")))
    for before, after in pairwise(ordered):
        if before["id"] == after["id"]:
            raise DrawRefused("duplicate_id", id=after["id"])
    return ordered


def record_leaf(profile: Profile, record: Record, salt_secret: bytes | None, roster: str) -> bytes:
    """Return the leaf of one record, salted if a secret is given."""
    salt = salt_for(profile, salt_secret, roster, str(record["id"])) if salt_secret is not None else b""
    return merkle.leaf(profile, canonical.encode(dict(record)), salt)


def salt_for(profile: Profile, secret: bytes, *parts: str) -> bytes:
    """Return the salt of one leaf, HMAC(secret, "vrd1/salt/" + parts joined by "/"): one secret to keep, any leaf to open."""
    if len(secret) < 32:
        raise DrawRefused("salt_secret_too_short", bytes=len(secret))
    return profile.mac(secret, b"vrd1/salt/" + "/".join(parts).encode())
