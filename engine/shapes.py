"""Cells that hold text of a known shape: codes, numbers of papers, telephones, organisations (D094-D106)."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from engine.identifiers import is_person_id, person_fault, person_proposal, phone_form, uscc_fault, uscc_proposal
from engine.names import person_name
from engine.outcome import BAD, Outcome
from schemas.declare import Shape

if TYPE_CHECKING:
    from schemas.declare import Field

_AS_DIGITS = str.maketrans("OoIl〇○零", "0011000")
_LOCAL = (Shape.CERTIFICATE, Shape.LICENCE)
"""Numbers whose form is set by whoever issues the paper: another form than the usual one is a hint (domain 3.5)."""
_SHORTEST = 5
_CUT_AT = (255, 32767)
_SCIENTIFIC = re.compile(r"[0-9](\.[0-9]+)?[eE]\+[0-9]{2}")
_YEAR = re.compile(r"[\[【［(（]([0-9]{4})[\]】］)）]")
_EIGHTEEN = re.compile("[0-9]{17}[0-9Xx]")
_MOBILE = re.compile("1[3-9][0-9]{9}")


def text(field: Field, text: str) -> Outcome:
    """Return a text in the form of its shape, within length and pattern of its field."""
    found = _SHAPED.get(field.shape, _plain_text)(field, text) if field.shape else _plain_text(field, text)
    if found.issue:
        return found
    value = str(found.value)
    if len(value) in _CUT_AT:
        return Outcome(value, found.fixed, "DR-C024")
    if field.shape is Shape.PHONE:  # several numbers are longer than one
        return found
    if field.max_length and len(value) > field.max_length:
        return Outcome(BAD, issue="DR-C019", expected=f"不超过 {field.max_length} 个字")
    if field.pattern and not re.fullmatch(field.pattern, value):
        if field.shape in _LOCAL and len(value) >= _SHORTEST and re.search("[0-9]", value):
            return Outcome(value, found.fixed, "DR-V018", expected=field.example)
        return Outcome(BAD, issue="DR-V003", expected=field.example)
    return found


def _plain_text(field: Field, text: str) -> Outcome:
    if _SCIENTIFIC.fullmatch(text) and field.shape:
        return Outcome(BAD, issue="DR-C014")
    return Outcome(text)


def _uscc(field: Field, text: str) -> Outcome:
    if _SCIENTIFIC.fullmatch(text):
        return Outcome(BAD, issue="DR-C014")
    upper = text.upper().replace("-", "")
    fault = uscc_fault(upper)
    if fault:
        if re.fullmatch("[0-9A-Z]{9}", upper):
            return Outcome(BAD, issue="DR-V014")
        if re.fullmatch("[0-9]{15}", upper):
            return Outcome(BAD, issue="DR-V017")
        issue = {"length": "DR-V011", "character": "DR-V012"}.get(fault, "DR-V013")
        return Outcome(BAD, issue=issue, proposal=uscc_proposal(upper), expected=f"{len(upper)} 位")
    return Outcome(upper, "DR-C002" if upper != text else "")


def _code_number(field: Field, text: str) -> Outcome:
    if _SCIENTIFIC.fullmatch(text):
        return Outcome(BAD, issue="DR-C014")
    # One slip of the finger does not make an identity number another one.
    if field.shape is not Shape.PERSON_ID and _EIGHTEEN.fullmatch(text) and _is_of_person(text.upper()):
        return Outcome(BAD, issue="DR-V020")
    if field.shape in _LOCAL and field.max_length:
        # Numbers of papers follow no one rule: these may be some, so they are asked about and kept.
        if _MOBILE.fullmatch(text):
            return Outcome(text, issue="DR-V021")
        if len(text) == 15 and is_person_id(text):
            return Outcome(text, issue="DR-V028")
    if field.shape in _LOCAL:
        return _paper_number(text)
    return Outcome(text)


def _is_of_person(text: str) -> bool:
    return person_fault(text) in ("", "check") and "1900" <= text[6:10] <= "2100"


def _paper_number(text: str) -> Outcome:
    """Return the number of a paper with the brackets of a document number and no blanks (D101), letters in digits told (D083)."""
    value = _YEAR.sub(r"〔\1〕", re.sub(r"\s+", "", text))
    fixed = "DR-C002" if value != text else ""
    read = value.translate(_AS_DIGITS)
    if read != value and re.fullmatch("[0-9]{7,}", read):
        return Outcome(value, fixed, "DR-V019", read)
    return Outcome(value, fixed)


def _person_id(field: Field, text: str) -> Outcome:
    plain = text.upper().replace("×", "X").replace("*", "X" if text.count("*") == 1 and text.endswith("*") else "*")
    fault = person_fault(plain)
    if fault:
        code = {"length": "DR-V031", "character": "DR-V032", "date": "DR-V033"}.get(fault, "DR-V034")
        return Outcome(BAD, issue=code, proposal=person_proposal(plain))
    return Outcome(plain, "DR-C002" if plain != text else "")


def _phone(field: Field, text: str) -> Outcome:
    parts = [part for part in re.split(r"[、，,;；/\n]+", text) if part.strip()]
    forms = [phone_form(part) for part in parts]
    if not forms or any(one is None for one in forms):
        read = re.sub("[（(][^0-9（()）]*[)）]$", "", text.translate(_AS_DIGITS)).strip()
        return Outcome(BAD, issue="DR-V041", proposal=phone_form(read) if read != text else None)
    value = "；".join(str(one) for one in forms)
    return Outcome(value, "DR-V042" if value != text else "")


def _organisation(field: Field, text: str) -> Outcome:
    value = text.replace("(", "（").replace(")", "）")
    bare = re.sub(r"(?<=[\u4e00-\u9fff）])[ \u3000]+(?=[\u4e00-\u9fff（])", "", value)
    return Outcome(bare, "DR-C002" if bare != text else "")


def _document(field: Field, text: str) -> Outcome:
    value = _YEAR.sub(r"〔\1〕", text)
    return Outcome(value, "DR-C002" if value != text else "")


_SHAPED = {
    Shape.USCC: _uscc,
    Shape.CERTIFICATE: _code_number,
    Shape.LICENCE: _code_number,
    Shape.IDENTIFIER: _code_number,
    Shape.DIVISION: _code_number,
    Shape.UNIT: _code_number,
    Shape.PERSON_ID: _person_id,
    Shape.PHONE: _phone,
    Shape.PERSON_NAME: person_name,
    Shape.ORGANISATION_NAME: _organisation,
    Shape.DOCUMENT_NUMBER: _document,
}
