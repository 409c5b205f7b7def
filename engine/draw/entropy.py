"""Public randomness: which sources are committed, how much each can bring, and the entropy string (RFC 3797 section 4).

A source in the commitment is `{id, kind, operator, event, time, stage, bits_milli, ...}`:
kind `numbers` (`pick` of `of` distinct balls), `number` (one whole number below `below`) or `hex` (`bytes` of a beacon;
with `chain` a round of drand, see `beacon`).
A value is `{source, event, at}` with `values` (numbers) or `text` (hex; of drand also `signature` and `previous`), and
optional `note` and `evidence`.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping, Sequence
from math import comb
from typing import Any

from . import beacon
from .canonical import check_id, instant
from .refusal import DrawRefused

Source = Mapping[str, Any]
Value = Mapping[str, Any]
PROFILES = ("onsite", "public")
STAGES = ("draw", "assign")
UNAVAILABLE = "unavailable"
_MOST_BALLS = 2000
NEED_MILLI = 128_000
NEED_WITHOUT_BEACON_MILLI = 64_000


def milli_log2(outcomes: int) -> int:
    """Return floor(1000 log2(outcomes)), exactly, in integers: the bits of a source in thousandths."""
    return (outcomes**1000).bit_length() - 1


def bits_milli(source: Source) -> int:
    """Return the thousandths of bits that one committed source brings if its values are uniform."""
    kind = source.get("kind")
    if kind == "numbers":
        of, pick = _whole(source, "of"), _whole(source, "pick")
        # No lottery comes near; without a bound a forged source would keep a verifier busy for ever.
        if min(pick, of - pick) > _MOST_BALLS:
            raise DrawRefused("bad_source", source=source.get("id"), field="pick")
        return milli_log2(comb(of, pick))
    if kind == "number":
        return milli_log2(_whole(source, "below"))
    if kind == "hex":
        return 8000 * _whole(source, "bytes")
    raise DrawRefused("unknown_source_kind", source=source.get("id"), kind=kind)


def need_milli(population: int, drawn: int) -> int:
    """Return RFC 3797's need log2 C(P, N) in thousandths of bits, capped at 128 bits, which is stated openly."""
    # Beyond 128 outcomes-bits the exact binomial is not needed, and for a million targets it would be a huge number.
    outcomes = 1
    for step in range(min(drawn, population - drawn)):
        outcomes = outcomes * (population - step) // (step + 1)
        if outcomes.bit_length() > 129:
            return NEED_MILLI
    return min(NEED_MILLI, milli_log2(outcomes))


def onsite(witnesses: Sequence[str], *, digits: int, time: str, event: str = "ONSITE") -> dict[str, Any]:
    """Return the entropy block of the on-site profile: one number of `digits` digits from each witness, in this order."""
    sources = [
        {"id": f"WITNESS-{k}", "kind": "number", "below": 10**digits, "operator": name, "event": event, "time": time}
        for k, name in enumerate(witnesses, 1)
    ]
    return block("onsite", sources)


def block(profile: str, sources: Sequence[Source], created_at: str | None = None) -> dict[str, Any]:
    """Return the entropy part of the commitment: `sources` completed with stage and bits, or refuse a weak set.

    A set that would be too weak once a beacon fails is refused too: a fall-back must be able to carry the draw.
    """
    done = [{"stage": "draw", **source, "bits_milli": bits_milli(source)} for source in sources]
    found: dict[str, Any] = {"profile": profile, "sources": done}
    check_block(found, created_at)
    for lost in (source for source in done if source.get("fallback") == UNAVAILABLE and source["stage"] == "draw"):
        left = [
            s for s in done if s["stage"] == "draw" and s is not lost and s.get("reserve_for") in (None, lost["id"])
        ]
        check_strength(found, left)
    return found


def check_block(entropy: Mapping[str, Any], created_at: object = None) -> None:
    """Raise unless the committed sources are well formed, strong enough and all later than `created_at`."""
    sources = _sources(entropy)
    names = [check_id(source.get("id")) for source in sources]
    if len(set(names)) != len(names):
        raise DrawRefused("duplicate_source")
    for source in sources:
        if source.get("stage") not in STAGES or source.get("bits_milli") != bits_milli(source):
            raise DrawRefused("bad_source", source=source["id"])
        if source.get("reserve_for") is not None and source["reserve_for"] not in names:
            raise DrawRefused("bad_reserve", source=source["id"])
        if not isinstance(source.get("operator"), str) or not party(source["operator"]):
            raise DrawRefused("bad_source", source=source["id"], field="operator")
        if source.get("chain") is not None:
            beacon.check_source(source)
        if created_at is not None and instant(source.get("time")) < instant(created_at):
            raise DrawRefused("entropy_before_commitment", source=source["id"], time=source.get("time"))
    check_strength(entropy, [s for s in sources if s["stage"] == "draw" and s.get("reserve_for") is None])


def party(name: str) -> str:
    """Return what tells one party from another: `张三` and `张 三` are one, so that nobody counts twice by a blank."""
    return re.sub(r"\s+", "", unicodedata.normalize("NFKC", name))


def check_strength(entropy: Mapping[str, Any], used: Sequence[Source]) -> None:
    """Raise unless `used` meets the profile: 128 bits in all, three parties, and 64 bits without any beacon."""
    total = sum(_whole(source, "bits_milli") for source in used)
    plain = sum(_whole(source, "bits_milli") for source in used if source.get("kind") != "hex")
    parties = len({party(str(source.get("operator"))) for source in used})
    if entropy.get("profile") not in PROFILES:
        raise DrawRefused("unknown_entropy_profile", profile=entropy.get("profile"))
    if parties < 3:
        raise DrawRefused("too_few_sources", needed=3, found=parties)
    if total < NEED_MILLI or plain < NEED_WITHOUT_BEACON_MILLI:
        raise DrawRefused("entropy_too_weak", needed_milli=NEED_MILLI, found_milli=total, without_beacon_milli=plain)


def gather(
    entropy: Mapping[str, Any], values: Sequence[Value], stage: str, created_at: str
) -> tuple[str, list[Source]]:
    """Return the entropy string of `stage` and the sources it used; `assign` continues the string of `draw`.

    Refuses a missing, unknown, repeated or malformed value, an event that was not committed, a value recorded before
    the commitment or (public events) before its event, a beacon given up within a day, and a set that is too weak once
    unavailable sources are counted out.
    """
    given = {str(value.get("source")): value for value in values}
    sources = [s for s in _sources(entropy) if s["stage"] == "draw" or stage == "assign"]
    if len(given) != len(values):
        raise DrawRefused("repeated_entropy_value")
    unknown = sorted(set(given) - {str(source["id"]) for source in sources})
    if unknown:
        raise DrawRefused("uncommitted_source", source=unknown[0])
    text, used = "", []
    for source in sources:
        name, value = str(source["id"]), given.get(str(source["id"]))
        if source.get("reserve_for") is not None:
            main = given.get(str(source["reserve_for"]), {})
            if main.get("text") != UNAVAILABLE:
                if value is not None:
                    raise DrawRefused("reserve_not_called", source=name)
                continue
        if value is None:
            raise DrawRefused("missing_entropy_value", source=name)
        if instant(value.get("at")) < instant(created_at):
            raise DrawRefused("entropy_before_commitment", source=name, time=value.get("at"))
        if entropy.get("profile") == "public" and instant(value.get("at")) < instant(source.get("time")):
            raise DrawRefused("entropy_before_event", source=name, time=value.get("at"), event_time=source.get("time"))
        if value.get("text") == UNAVAILABLE and beacon.is_too_early(source, value):
            raise DrawRefused("unavailable_too_early", source=name, hours=beacon.HOURS_TO_WAIT)
        _check_event(source, value)
        text += _part(source, value)
        if value.get("text") != UNAVAILABLE:
            used.append(source)
    check_strength(entropy, [source for source in used if source["stage"] == "draw"])
    return text, used


def fallbacks(entropy: Mapping[str, Any], values: Sequence[Value]) -> list[str]:
    """Return the fall-backs that were used, one sentence each: nothing else may differ from the commitment."""
    sources = {source["id"]: source for source in _sources(entropy)}
    found = []
    for value in values:
        source = sources[value["source"]]
        if value.get("text") == UNAVAILABLE:
            found.append(f"{source['id']} {source['event']} was unavailable")
        elif value.get("event") != source.get("event"):
            found.append(f"{source['id']} {source['event']} became {value['event']}: {value['note']}")
        elif source.get("reserve_for") is not None:
            found.append(f"{source['id']} stood in for {source['reserve_for']}")
    return found


def in_order(entropy: Mapping[str, Any], values: Sequence[Value]) -> tuple[dict[str, Any], ...]:
    """Return `values` in the order of the committed sources, which is how they are published."""
    place = {source["id"]: number for number, source in enumerate(_sources(entropy))}
    return tuple(dict(value) for value in sorted(values, key=lambda value: place.get(value.get("source"), len(place))))


def _part(source: Source, value: Value) -> str:
    name, kind = source["id"], source["kind"]
    if kind == "hex":
        text = value.get("text")
        if text == UNAVAILABLE and source.get("fallback") == UNAVAILABLE:
            return f"{UNAVAILABLE}./"
        if not isinstance(text, str) or not re.fullmatch(f"[0-9a-fA-F]{{{2 * _whole(source, 'bytes')}}}", text):
            raise DrawRefused("bad_entropy_value", source=name)
        if source.get("chain") is not None:
            beacon.check_value(source, value)
        return f"{text.lower()}./"
    numbers = value.get("values")
    low, high, count = (
        (0, _whole(source, "below"), 1) if kind == "number" else (1, _whole(source, "of") + 1, source["pick"])
    )
    if not isinstance(numbers, list) or not all(type(n) is int and low <= n < high for n in numbers):
        raise DrawRefused("bad_entropy_value", source=name)
    if len(numbers) != count or len(set(numbers)) != count:
        raise DrawRefused("bad_entropy_value", source=name)
    return "".join(f"{number}." for number in sorted(numbers)) + "/"


def _check_event(source: Source, value: Value) -> None:
    committed, found = str(source.get("event")), str(value.get("event"))
    if committed == found:
        return
    # A cancelled issue is replaced by the next one of the same game, never by a choice, and the note says why.
    decimal = all(event.isascii() and event.isdigit() and len(event) == len(committed) for event in (committed, found))
    later = decimal and int(found) == int(committed) + 1
    if source.get("fallback") != "next_issue" or not later or not value.get("note"):
        raise DrawRefused("wrong_event", source=source["id"], expected=committed, found=found)


def _sources(entropy: Mapping[str, Any]) -> list[Source]:
    sources = entropy.get("sources")
    if not isinstance(sources, list):
        raise DrawRefused("bad_source", source=None)
    return sources


def _whole(source: Source, key: str) -> int:
    value = source.get(key)
    if type(value) is not int or value < 1:
        raise DrawRefused("bad_source", source=source.get("id"), field=key)
    return value
