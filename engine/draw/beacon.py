"""drand, the public beacon: which chains are known, when a round falls, and what a signature says (section 4).

drand publishes every few seconds a threshold signature over the number of the round; its randomness is SHA-256 of the
signature.  That much needs the standard library only and is always checked.  Whether the signature is the network's
needs pairing arithmetic: `verify` takes a function for it, and says `skipped` without one.
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from . import canonical
from .refusal import DrawRefused

if TYPE_CHECKING:
    from collections.abc import Mapping

HOURS_TO_WAIT = 24
"""A beacon counts as unavailable after a day, never earlier: whoever dislikes a round must not call it lost."""
BYTES = 32
_ROUND = re.compile(r"[1-9][0-9]{0,14}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Chain:
    """One drand network; `is_chained`: each signature covers the one before, which a value then has to name."""

    name: str
    hash: str
    scheme: str
    public_key: str
    genesis: int
    period: int
    signature_bytes: int
    is_chained: bool


QUICKNET = Chain(
    name="quicknet",
    hash="52db9ba70e0cc0f6eaf7803dd07447a1f5477735fd3f661792ba94600c84e971",
    scheme="bls-unchained-g1-rfc9380",
    public_key="83cf0f2896adee7eb8b5f01fcad3912212c437e0073e911fb90022d3e760183c8c4b450b6a0a6c3ac6a5776a2d106451"
    "0d1fec758c921cc22b0e17e63aaf4bcb5ed66304de9cf809bd274ca73bab4af5a6e9c76a4bc09e76eae8991ef5ece45a",
    genesis=1692803367,
    period=3,
    signature_bytes=48,
    is_chained=False,
)
DEFAULT = Chain(
    name="default",
    hash="8990e7a9aaed2ffed73dbd7092123d6f289930540d7651336225dc172e51b2ce",
    scheme="pedersen-bls-chained",
    public_key="868f005eb8e6e4ca0a47c8a77ceaa5309a47978a7c71bc5cce96366b5d7a569937c529eeda66c7293784a9402801af31",
    genesis=1595431050,
    period=30,
    signature_bytes=96,
    is_chained=True,
)
CHAINS = {chain.hash: chain for chain in (QUICKNET, DEFAULT)}


def chain_of(source: Mapping[str, Any]) -> Chain:
    """Return the known chain that a source names by its hash; refuse another one."""
    found = CHAINS.get(str(source.get("chain")))
    if found is None:
        raise DrawRefused("bad_source", source=source.get("id"), field="chain")
    return found


def moment_of(chain: Chain, number: int) -> datetime:
    """Return when round `number` falls."""
    return datetime.fromtimestamp(chain.genesis + (number - 1) * chain.period, UTC)


def round_at(chain: Chain, moment: datetime) -> int:
    """Return the first round that falls at `moment` or later."""
    return max(1, -(-int(moment.timestamp() - chain.genesis) // chain.period) + 1)


def check_source(source: Mapping[str, Any]) -> None:
    """Refuse a source whose round does not fall at the committed time: a past round could pass for a future one."""
    chain, event = chain_of(source), source.get("event")
    if source.get("kind") != "hex" or source.get("bytes") != BYTES:
        raise DrawRefused("bad_source", source=source.get("id"), field="bytes")
    if not isinstance(event, str) or not _ROUND.fullmatch(event):
        raise DrawRefused("bad_source", source=source.get("id"), field="event")
    if canonical.instant(source.get("time")) != moment_of(chain, int(event)):
        raise DrawRefused("wrong_round_time", source=source.get("id"), event=event, time=source.get("time"))


def check_value(source: Mapping[str, Any], value: Mapping[str, Any]) -> None:
    """Refuse a value whose text is not SHA-256 of its signature, or whose signature has another length than the chain's."""
    chain, size = chain_of(source), 2 * chain_of(source).signature_bytes
    signature = canonical.octets(value.get("signature"))
    if len(signature) * 2 != size:
        raise DrawRefused("bad_signature_form", source=source.get("id"))
    if chain.is_chained and len(canonical.octets(value.get("previous"))) * 2 != size:
        raise DrawRefused("bad_signature_form", source=source.get("id"))
    if str(value.get("text")).lower() != hashlib.sha256(signature).hexdigest():
        raise DrawRefused("wrong_randomness", source=source.get("id"))


def message(source: Mapping[str, Any], value: Mapping[str, Any]) -> bytes:
    """Return the 32 bytes that the network signed: SHA-256 of (the previous signature and) the round as 8 bytes."""
    before = canonical.octets(value["previous"]) if chain_of(source).is_chained else b""
    return hashlib.sha256(before + int(str(source["event"])).to_bytes(8, "big")).digest()


def is_too_early(source: Mapping[str, Any], value: Mapping[str, Any]) -> bool:
    """Return whether a beacon was called unavailable before its day was over."""
    return canonical.instant(value.get("at")) < canonical.instant(source.get("time")) + timedelta(hours=HOURS_TO_WAIT)
