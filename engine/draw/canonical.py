"""One value, one byte string: the subset of RFC 8785 (JCS) that every hash of the protocol is taken over (section 2).

Only strings, booleans, null, lists, objects with ASCII keys and integers below 2^53 exist; there are no floats, because
two languages print them differently.  Text is never repaired here: cleaning belongs to the intake, before the freeze.
"""

from __future__ import annotations

import json
import re
import unicodedata
from datetime import datetime
from typing import Any

from .refusal import DrawRefused

LIMIT = 2**53
DEEPEST = 32
ID = re.compile(r"[A-Z0-9][A-Z0-9-]{0,31}")
_HEX = re.compile(r"(?:[0-9a-f]{2})*")
# One spelling only: Python versions differ in what else they take for ISO 8601.
_INSTANT = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(?:\.[0-9]{1,6})?(?:[+-][0-9]{2}:[0-9]{2}|Z)"
)
CODE = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,31}")
_REFUSED = ("Cc", "Cf", "Cs", "Cn", "Zl", "Zp")


def encode(value: object) -> bytes:
    """Return the canonical bytes of `value`; raise `DrawRefused` for anything outside the subset."""
    _check(value, 0)
    # On checked values the standard encoder and JCS agree: the only escapes left are \" and \\, and ASCII keys sort alike
    # by code point and by UTF-16 unit.
    return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()


def decode(data: bytes) -> Any:
    """Return the value whose canonical bytes are exactly `data`; raise `DrawRefused` for any other bytes."""
    try:
        value = json.loads(data.decode(), object_pairs_hook=_pairs, parse_float=_number, parse_constant=_number)
    except DrawRefused:
        raise
    except (ValueError, RecursionError) as error:
        raise DrawRefused("not_json", reason=type(error).__name__) from None
    if encode(value) != data:
        raise DrawRefused("not_canonical")
    return value


def check_id(text: object) -> str:
    """Return `text` if it is a legal identity (section 2); it goes into ticket names, where `/` separates."""
    if not isinstance(text, str) or not ID.fullmatch(text):
        raise DrawRefused("bad_id", id=text)
    return text


def check_code(text: object) -> str:
    """Return `text` if it is a legal code of a type, stratum or label."""
    if not isinstance(text, str) or not CODE.fullmatch(text):
        raise DrawRefused("bad_code", value=text)
    return text


def check_text(text: str) -> None:
    """Raise unless `text` is NFC and free of control, format, surrogate and unassigned characters."""
    if text.isascii() and text.isprintable():
        return
    for char in text:
        # Ideographs of the newest Unicode blocks occur in names; whether they count as assigned depends on the age of
        # the interpreter, so planes 2 and 3 are always let through.
        if unicodedata.category(char) in _REFUSED and not _is_ideograph_plane(ord(char)):
            raise DrawRefused("bad_character", codepoint=f"U+{ord(char):04X}")
    if not unicodedata.is_normalized("NFC", text):
        raise DrawRefused("not_nfc", text=text)


def _is_ideograph_plane(point: int) -> bool:
    return 0x20000 <= point < 0x3FFFE and point & 0xFFFE != 0xFFFE


def _check(value: Any, depth: int) -> None:
    if depth > DEEPEST:
        raise DrawRefused("too_deep")
    kind = type(value)
    if kind is str:
        check_text(value)
    elif kind is int:
        if not -LIMIT < value < LIMIT:
            raise DrawRefused("integer_too_large", value=str(value)[:40])
    elif kind is dict:
        for key, item in value.items():
            if type(key) is not str or not key.isascii() or not key.isprintable():
                raise DrawRefused("bad_key", key=str(key)[:40])
            _check(item, depth + 1)
    elif kind in (list, tuple):
        for item in value:
            _check(item, depth + 1)
    elif value is not None and kind is not bool:
        raise DrawRefused("bad_value_type", type=kind.__name__)


def _pairs(pairs: list[tuple[str, object]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise DrawRefused("duplicate_key")
    return found


def _number(text: str) -> object:
    raise DrawRefused("float_refused", text=text[:40])


def octets(text: object) -> bytes:
    """Return the bytes of lower-case hex without blanks; refuse any other spelling of the same bytes."""
    if not isinstance(text, str) or not _HEX.fullmatch(text):
        raise DrawRefused("bad_hex", text=str(text)[:80])
    return bytes.fromhex(text)


def instant(text: object) -> datetime:
    """Return the moment written as ISO 8601 with an offset (`2026-05-22T09:00:00+08:00`); refuse anything vaguer."""
    if not isinstance(text, str) or not _INSTANT.fullmatch(text):
        raise DrawRefused("bad_time", time=text)
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise DrawRefused("bad_time", time=text) from None
    return moment
