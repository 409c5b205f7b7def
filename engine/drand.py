"""The signature of a drand round, checked offline where the extra `drand` is installed (pairing arithmetic on BLS12-381).

`engine.draw` is standard library only and takes this as a function; without the extra its check stays `skipped`.
"""

from __future__ import annotations

from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

LIBRARY = "py_arkworks_bls12381"
# The tags of RFC 9380 under which the two networks hash a message to the curve of their signatures.
TAGS = {
    "bls-unchained-g1-rfc9380": b"BLS_SIG_BLS12381G1_XMD:SHA-256_SSWU_RO_NUL_",
    "pedersen-bls-chained": b"BLS_SIG_BLS12381G2_XMD:SHA-256_SSWU_RO_NUL_",
}


def checker() -> Callable[[str, bytes, bytes, bytes], bool] | None:
    """Return the check `(scheme, public key, message, signature) -> bool`, or None where the extra is not installed."""
    return is_signed if find_spec(LIBRARY) else None


def is_signed(scheme: str, public_key: bytes, message: bytes, signature: bytes) -> bool:
    """Return whether `signature` over `message` is that of `public_key` under the drand `scheme`; rubbish is not.

    The pairing equation e(H(message), key) = e(signature, generator), with signatures on G1 (quicknet) or G2 (default).
    """
    from py_arkworks_bls12381 import GT, G1Point, G2Point

    on_g1 = scheme == "bls-unchained-g1-rfc9380"
    curves: tuple[Any, Any] = (G1Point, G2Point) if on_g1 else (G2Point, G1Point)
    curve, other = curves
    try:
        point, key = curve.from_compressed_bytes(signature), other.from_compressed_bytes(public_key)
    except ValueError:
        return False
    # The point at infinity signs everything.
    if point == curve.identity() or key == other.identity():
        return False
    hashed = curve.hash_to_curve(message, TAGS[scheme])
    signed, keys = [hashed, -point], [key, other()]
    return GT.pairing_check(signed, keys) if on_g1 else GT.pairing_check(keys, signed)
