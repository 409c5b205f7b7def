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


def path(profile: Profile, leaves: Sequence[bytes], index: int) -> list[str]:
    """Return the audit path of leaf `index`, nearest first, each as `L` or `R` (side of the sibling) and its hex."""
    level, steps = list(leaves), []
    while len(level) > 1:
        sibling = index ^ 1
        if sibling < len(level):
            steps.append(("L" if sibling < index else "R") + level[sibling].hex())
        odd = level[-1:] if len(level) % 2 else []
        level = [node(profile, level[i], level[i + 1]) for i in range(0, len(level) - 1, 2)] + odd
        index //= 2
    return steps


def climb(profile: Profile, start: bytes, steps: Sequence[str]) -> bytes:
    """Return the root reached from the leaf hash `start` along an audit path."""
    for step in steps:
        sibling = bytes.fromhex(step[1:])
        start = node(profile, sibling, start) if step[0] == "L" else node(profile, start, sibling)
    return start
