"""Hash, HMAC (RFC 2104) and HKDF (RFC 5869) in two profiles: SHA-256 (FIPS 180-4) and SM3 (GB/T 32905-2016).

Both give 32 bytes and work on blocks of 64 bytes, so everything built on top is the same text with another `H`.
"""

from __future__ import annotations

import hashlib
import hmac
from dataclasses import dataclass
from typing import TYPE_CHECKING

from .refusal import DrawRefused

if TYPE_CHECKING:
    from collections.abc import Callable

_BLOCK = 64
_WORD = 0xFFFFFFFF


@dataclass(frozen=True, slots=True)
class Profile:
    """A hash with its HMAC; `name` is what stands in the commitment (`sha256` or `sm3`)."""

    name: str
    digest: Callable[[bytes], bytes]
    mac: Callable[[bytes, bytes], bytes]

    def extract(self, salt: bytes, material: bytes) -> bytes:
        """Return HKDF-Extract(salt, material), 32 bytes (RFC 5869 section 2.2)."""
        return self.mac(salt, material)

    def expand(self, key: bytes, info: bytes, length: int = 32) -> bytes:
        """Return HKDF-Expand(key, info, length) (RFC 5869 section 2.3); for 32 bytes this is one HMAC."""
        block, out, counter = b"", b"", 1
        while len(out) < length:
            block = self.mac(key, block + info + bytes((counter,)))
            out, counter = out + block, counter + 1
        return out[:length]

    def ticket(self, key: bytes, *parts: str) -> int:
        """Return the ticket U(parts) as an integer below 2^256: HMAC(key, "vrd1/" + parts joined by "/" + 0x01)."""
        return int.from_bytes(self.mac(key, b"vrd1/" + "/".join(parts).encode() + b"\x01"), "big")

    def below(self, key: bytes, limit: int, *parts: str) -> int:
        """Return a uniform integer in 0..limit-1 by rejection: tickets with the suffixes /0, /1, ... (section 4)."""
        if limit < 1:
            raise DrawRefused("empty_range", limit=limit)
        accepted = 2**256 // limit * limit
        attempt = 0
        while (value := self.ticket(key, *parts, str(attempt))) >= accepted:
            attempt += 1
        return value % limit


def sm3(data: bytes) -> bytes:
    """Return the SM3 digest of `data`, written out for interpreters whose OpenSSL does not carry it."""
    state = [0x7380166F, 0x4914B2B9, 0x172442D7, 0xDA8A0600, 0xA96F30BC, 0x163138AA, 0xE38DEE4D, 0xB0FB0E4E]
    padded = data + b"\x80" + bytes((55 - len(data)) % _BLOCK) + (8 * len(data)).to_bytes(8, "big")
    for start in range(0, len(padded), _BLOCK):
        state = _compress(state, padded[start : start + _BLOCK])
    return b"".join(word.to_bytes(4, "big") for word in state)


def _turn(word: int, places: int) -> int:
    places %= 32
    return (word << places | word >> (32 - places)) & _WORD


def _compress(state: list[int], block: bytes) -> list[int]:
    w = [int.from_bytes(block[i : i + 4], "big") for i in range(0, _BLOCK, 4)]
    for j in range(16, 68):
        x = w[j - 16] ^ w[j - 9] ^ _turn(w[j - 3], 15)
        w.append(x ^ _turn(x, 15) ^ _turn(x, 23) ^ _turn(w[j - 13], 7) ^ w[j - 6])
    a, b, c, d, e, f, g, h = state
    for j in range(64):
        early = j < 16
        s1 = _turn((_turn(a, 12) + e + _turn(0x79CC4519 if early else 0x7A879D8A, j)) & _WORD, 7)
        s2 = s1 ^ _turn(a, 12)
        ff = a ^ b ^ c if early else a & b | a & c | b & c
        gg = e ^ f ^ g if early else e & f | ~e & g
        t1 = (ff + d + s2 + (w[j] ^ w[j + 4])) & _WORD
        t2 = (gg + h + s1 + w[j]) & _WORD
        a, b, c, d = t1, a, _turn(b, 9), c
        e, f, g, h = t2 ^ _turn(t2, 9) ^ _turn(t2, 17), e, _turn(f, 19), g
    return [old ^ new for old, new in zip(state, (a, b, c, d, e, f, g, h), strict=True)]


def written_out_mac(digest: Callable[[bytes], bytes]) -> Callable[[bytes, bytes], bytes]:
    """Return HMAC over `digest`, for a hash that hashlib does not know."""

    def mac(key: bytes, message: bytes) -> bytes:
        key = (digest(key) if len(key) > _BLOCK else key).ljust(_BLOCK, b"\0")
        return digest(bytes(x ^ 0x5C for x in key) + digest(bytes(x ^ 0x36 for x in key) + message))

    return mac


def _sm3_profile() -> Profile:
    try:
        hashlib.new("sm3", b"")
    except ValueError:
        return Profile("sm3", sm3, written_out_mac(sm3))
    return Profile(
        "sm3", lambda data: hashlib.new("sm3", data).digest(), lambda key, text: hmac.digest(key, text, "sm3")
    )


SHA256 = Profile(
    "sha256", lambda data: hashlib.sha256(data).digest(), lambda key, text: hmac.digest(key, text, "sha256")
)
SM3 = _sm3_profile()


def profile(name: object) -> Profile:
    """Return the profile called `name`; refuse any other hash."""
    if name == "sha256":
        return SHA256
    if name == "sm3":
        return SM3
    raise DrawRefused("unknown_hash", hash=name)
