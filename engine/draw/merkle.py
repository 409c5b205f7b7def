"""Merkle trees after RFC 6962 section 2.1, with salted leaves for records that carry personal data (section 2)."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from .hashing import Profile


def leaf(profile: Profile, data: bytes, salt: bytes = b"") -> bytes:
    """Return H(0x00 || salt || data); the salt is 32 bytes or nothing."""
    return profile.digest(b"\x00" + salt + data)


def node(profile: Profile, left: bytes, right: bytes) -> bytes:
    """Return H(0x01 || left || right)."""
    return profile.digest(b"\x01" + left + right)


def root(profile: Profile, leaves: Sequence[bytes]) -> bytes:
    """Return the tree hash of `leaves` (already hashed); of no leaves it is H("")."""
    if not leaves:
        return profile.digest(b"")
    level = list(leaves)
    while len(level) > 1:
        # Pairing from the left and carrying an odd last node upward gives the same tree as splitting at the largest
        # power of two below the length, without recursion.
        odd = level[-1:] if len(level) % 2 else []
        level = [node(profile, level[i], level[i + 1]) for i in range(0, len(level) - 1, 2)] + odd
    return level[0]
