"""One-time codes (RFC 1760): whoever holds a chain can reveal the next code, and nobody can choose it (section 4).

c_0 is the secret, c_k = H(c_(k-1)); the anchor c_n is published with the commitment.  Step i = 1, 2, ... reveals c_(n-i).
With two holders both chains are needed at every step: salt = code_A || code_B.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from .hashing import Profile
from .hashing import profile as profile_named
from .refusal import DrawRefused

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

_HEX = re.compile(r"[0-9a-f]{64}")


def new_chain(secret: bytes, length: int, profile: str = "sha256") -> str:
    """Return the anchor c_n (hex) of a chain of `length` n over `secret` c_0, which has at least 32 bytes."""
    if len(secret) < 32:
        raise DrawRefused("secret_too_short", bytes=len(secret))
    if length < 2:
        raise DrawRefused("chain_too_short", length=length)
    return _forward(profile_named(profile), secret, length).hex()


def reveal(secret: bytes, length: int, index: int, profile: str = "sha256") -> str:
    """Return the code of step `index` (1, 2, ...), c_(n-index), in hex; c_0 itself is never revealed."""
    if not 1 <= index < length:
        raise DrawRefused("chain_used_up", index=index, length=length)
    return _forward(profile_named(profile), secret, length - index).hex()


def check(profile: Profile, chains: Sequence[Mapping[str, Any]], index: int, codes: Sequence[Any]) -> bytes:
    """Return the salt of step `index`, the codes joined in the order of the anchors; refuse a wrong code.

    Each chain is `{holder, anchor, n}`.  Hashing the code `index` times must lead to the anchor.
    """
    if len(codes) != len(chains):
        raise DrawRefused("wrong_number_of_codes", expected=len(chains), found=len(codes))
    for chain, code in zip(chains, codes, strict=True):
        if not 1 <= index < int(str(chain["n"])):
            raise DrawRefused("chain_used_up", index=index, length=chain["n"])
        if not isinstance(code, str) or not _HEX.fullmatch(code):
            raise DrawRefused("bad_code_form", holder=chain["holder"])
        if _forward(profile, bytes.fromhex(code), index).hex() != chain["anchor"]:
            raise DrawRefused("wrong_code", holder=chain["holder"], index=index)
    return b"".join(bytes.fromhex(code) for code in codes)


def _forward(profile: Profile, value: bytes, steps: int) -> bytes:
    for _ in range(steps):
        value = profile.digest(value)
    return value
