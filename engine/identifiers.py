"""Numbers that carry a check digit or a fixed form: credit codes, identity numbers, telephones (domain 3.3-3.5)."""

from __future__ import annotations

import re
from datetime import date

USCC_CHARACTERS = "0123456789ABCDEFGHJKLMNPQRTUWXY"
_USCC_WEIGHTS = tuple(pow(3, place, 31) for place in range(17))
_ORGANISATION_WEIGHTS = (3, 7, 9, 10, 5, 8, 4, 2)
_PERSON_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_PERSON_CHECKS = "10X98765432"
_LOOKALIKES = str.maketrans("OISVZ", "01502")
MOBILE = re.compile(r"1[3-9][0-9]{9}")
LANDLINE = re.compile(r"(0[0-9]{2,3}-?)?[0-9]{7,8}(-[0-9]{1,5})?")


def uscc_check(body: str) -> str:
    """Return the 18th character of a credit code from its first 17 (GB 32100-2015)."""
    total = sum(USCC_CHARACTERS.index(char) * weight for char, weight in zip(body, _USCC_WEIGHTS, strict=True))
    return USCC_CHARACTERS[(31 - total % 31) % 31]


def organisation_check(body: str) -> str:
    """Return the ninth character of an organisation code from its first eight (GB 11714)."""
    values = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
    total = sum(values.index(char) * weight for char, weight in zip(body, _ORGANISATION_WEIGHTS, strict=True))
    rest = 11 - total % 11
    return "X" if rest == 10 else "0" if rest == 11 else str(rest)


def uscc_fault(text: str) -> str:
    """Return what is wrong with a credit code: `length`, `character`, `check`, `organisation`, or an empty string."""
    if len(text) != 18:
        return "length"
    if any(char not in USCC_CHARACTERS for char in text):
        return "character"
    if uscc_check(text[:17]) != text[17]:
        return "check"
    return "" if organisation_check(text[8:16]) == text[16] else "organisation"


def uscc_proposal(text: str) -> str | None:
    """Return the code with look-alike letters read as digits (O as 0, I as 1 ...), if then all check digits fit."""
    changed = text.translate(_LOOKALIKES)
    return changed if changed != text and not uscc_fault(changed) else None


def person_check(body: str) -> str:
    """Return the 18th character of an identity number from its first 17 (GB 11643-1999)."""
    total = sum(int(char) * weight for char, weight in zip(body, _PERSON_WEIGHTS, strict=True))
    return _PERSON_CHECKS[total % 11]


def person_fault(text: str) -> str:
    """Return what is wrong with an identity number: `length`, `character`, `date`, `check`, or an empty string."""
    if len(text) != 18:
        return "length"
    if not re.fullmatch("[0-9]{17}[0-9X]", text):
        return "character"
    try:
        date(int(text[6:10]), int(text[10:12]), int(text[12:14]))
    except ValueError:
        return "date"
    return "" if person_check(text[:17]) == text[17] else "check"


def is_person_id(text: str) -> bool:
    """Return whether digits are an identity number: 18 with the right check character, or the 15 of before 1999 (GB 11643).

    >>> is_person_id("429999198001010010"), is_person_id("429999198001010011"), is_person_id("429999800101001")
    (True, False, True)
    """
    whole = text.upper() if len(text) == 18 else person_proposal(text) or ""
    return not person_fault(whole) and "1900" <= whole[6:10] <= "2100"


def is_bank_card(text: str) -> bool:
    """Return whether 16 to 19 digits begin like a card (62, 4, 5) and satisfy Luhn's rule.

    >>> is_bank_card("6222021234567890128"), is_bank_card("1234567812345670")
    (True, False)
    """
    if not re.fullmatch(r"(?:62|4|5)\d{14,18}", text) or not 16 <= len(text) <= 19:
        return False
    digits = [int(one) for one in reversed(text)]
    return sum(sum(divmod(2 * one, 10)) if place % 2 else one for place, one in enumerate(digits)) % 10 == 0


def person_proposal(text: str) -> str | None:
    """Return the 18 digits that an identity number of 15 digits became: born in the 1900s, check character computed (D094)."""
    if not re.fullmatch("[0-9]{15}", text):
        return None
    body = f"{text[:6]}19{text[6:]}"
    whole = body + person_check(body)
    return None if person_fault(whole) else whole


def phone_form(text: str) -> str | None:
    """Return a telephone number in its plain form, or None when it is none."""
    if MOBILE.fullmatch(text):  # nearly all of a roster
        return text
    plain = re.sub(r"^(\+?86|0086)[- ]?(?=1[3-9])", "", text.strip())
    plain = re.sub(r"(?<=[0-9]) *(?:转|分机|ext\.?) *(?=[0-9]{1,5}$)", "-", plain, flags=re.IGNORECASE)
    plain = (
        re.sub(r"[ \-—－()（）]", "", plain)
        if MOBILE.fullmatch(re.sub(r"[ \-]", "", plain))
        else plain.replace(" ", "")
    )
    return plain if MOBILE.fullmatch(plain) or LANDLINE.fullmatch(plain) else None
