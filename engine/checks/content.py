"""Rules about what stands where it should not: private numbers, marks of secrecy, test data, office telephones (D067, D100-D120)."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import numpy as np

from engine.identifiers import is_bank_card, is_person_id
from schemas.declare import FieldType, Shape

if TYPE_CHECKING:
    from collections.abc import Callable

    from engine.checks.table import Hit, Merged
    from schemas.declare import Field

_NUMBER = re.compile(r"(?<![0-9A-Za-z])([0-9]{15,19}|[0-9]{17}[Xx])(?![0-9A-Za-z])")
_MOBILE = re.compile(r"(?<![0-9])1[3-9][0-9]{9}(?![0-9])")
_MOBILE_DIGITS = 11
_SECRET = re.compile(
    r"(?:绝密|机密|秘密)\s*[★☆*]|[★☆]\s*(?:绝密|机密|秘密)|密级\s*[:：]?\s*(?:绝密|机密|秘密)"
    r"|(?:绝密|机密|秘密)(?:级|文件|件)|^\s*[【\[（(]?(?:绝密|机密|秘密)[】\]）)]?\s*$"
)
_TEST_PHONES = frozenset(("13800000000", "13800138000", "13812345678", "12345678901", "13888888888", "13900139000"))
_TEST_NUMBERS = re.compile(r"(.)\1{4,}|1234567?8?9?0?|abcdef?")
_VARIANTS = str.maketrans(
    "昇喆镕堃峯傑國華劉陳張楊趙黃吳孫馬郭謝許鄧馮蕭葉閻魏偉軍強麗靜興禮義寶龍鳳蘭東",
    "升哲熔坤峰杰国华刘陈张杨赵黄吴孙马郭谢许邓冯萧叶阎魏伟军强丽静兴礼义宝龙凤兰东",
)


def _matching(table: Merged, name: str, judge: Callable[[str], bool]) -> np.ndarray:
    """Return True where `judge` says so; it is asked once for each distinct text."""
    texts = table.frame[name]
    known = {text: isinstance(text, str) and judge(text) for text in texts.dropna().unique()}
    return texts.map(known).fillna(False).to_numpy(dtype=bool) if known else np.zeros(len(table), dtype=bool)


def _free(table: Merged) -> list[str]:
    """Return the fields anything can be written into."""
    return [one.key for one in table.sheet.fields if is_free(one)]


def is_free(field: Field) -> bool:
    """Say whether anything can be written into a field."""
    return field.type is FieldType.TEXT and field.shape is None and not field.prefilled


def is_private(text: str) -> bool:
    """Say whether a free text holds an identity number, a bank card number or a mobile number (D119).

    >>> is_private("联系13900000001"), is_private("第 2026 号")
    (True, False)
    """
    if _MOBILE.search(text):
        return True
    return any(is_person_id(one) or is_bank_card(one) for one in _NUMBER.findall(text))


def masked(text: str) -> str:
    """Return a free text with the middle of every number of a person hidden (D119).

    >>> masked("联系13900000001，案号第 2026 号")
    '联系139*****001，案号第 2026 号'
    """

    def hidden(found: re.Match[str]) -> str:
        number = found[0]
        is_meant = len(number) == _MOBILE_DIGITS or is_person_id(number) or is_bank_card(number)
        return f"{number[:3]}{'*' * (len(number) - 6)}{number[-3:]}" if is_meant else number

    return _MOBILE.sub(hidden, _NUMBER.sub(hidden, text))


def amiss(text: str) -> list[str]:
    """Return the codes that a text outside the rows earns: of the cover, or an explanation in a returned copy (D119, D120).

    >>> amiss("本材料为机密文件"), amiss("电话13900000001"), amiss("保守商业秘密")
    (['DR-V071'], ['DR-V070'], [])
    """
    judges = (("DR-V070", is_private), ("DR-V071", _is_secret))
    return [code for code, judge in judges if judge(text)]


def _is_secret(text: str) -> bool:
    return bool(_SECRET.search(text))


def private_numbers(table: Merged) -> list[Hit]:
    """Hint at numbers of people in free text; outputs mask them (D119)."""
    return [hit for name in _free(table) for hit in table.hit("DR-V070", _matching(table, name, is_private), name)]


def secrecy(table: Merged) -> list[Hit]:
    """Stop at a classification mark: such a text must not be here at all (D120)."""
    return [hit for name in _free(table) for hit in table.hit("DR-V071", _matching(table, name, _is_secret), name)]


def test_data(table: Merged) -> list[Hit]:
    """Report telephones and numbers nobody has (D118)."""
    found: list[Hit] = []
    for one in table.sheet.fields:
        if one.shape is Shape.PHONE:
            found += table.hit("DR-V054", _matching(table, one.key, lambda text: text in _TEST_PHONES), one.key)
        elif one.shape in (Shape.CERTIFICATE, Shape.LICENCE):
            found += table.hit(
                "DR-V054", _matching(table, one.key, lambda text: bool(_TEST_NUMBERS.fullmatch(text))), one.key
            )
    return found


def shared_phone(table: Merged) -> list[Hit]:
    """Hint at one mobile number that stands with several people (D105)."""
    found: list[Hit] = []
    for one in table.sheet.fields:
        if one.shape is Shape.PHONE:
            mobile = _matching(table, one.key, lambda text: bool(_MOBILE.fullmatch(text)))
            again = table.frame.duplicated(["_file", one.key], keep="first").to_numpy() & mobile
            first = (
                table.frame.groupby(["_file", one.key], dropna=False, sort=False)["_row"].transform("first").to_numpy()
            )
            found += table.hit("DR-V043", again, one.key, other=first)
    return found


def forms_of_the_kind(table: Merged) -> list[Hit]:
    """Hint at a credit code or a licence number that does not look like those of this kind of institution (D100, D101)."""
    if not table.has("target_type"):
        return []
    kinds = table.text("target_type")
    found: list[Hit] = []
    if table.has("uscc"):
        codes = table.text("uscc")
        for kind, prefixes in dict(table.policy.value("uscc_prefixes")).items():
            fits = np.array([not code or code.startswith(tuple(prefixes)) for code in codes], dtype=bool)
            found += table.hit("DR-V015", (kinds == kind) & ~fits, "uscc", expected="、".join(prefixes))
    if table.has("licence_no"):
        numbers = table.text("licence_no")
        for kind, pattern in dict(table.policy.value("licence_patterns")).items():
            form = re.compile(str(pattern), re.ASCII)
            fits = np.array([not number or bool(form.fullmatch(number)) for number in numbers], dtype=bool)
            found += table.hit("DR-V016", (kinds == kind) & ~fits, "licence_no", expected=kind)
    return found


def future_dates(table: Merged) -> list[Hit]:
    """Report what is said to have happened but lies in the future of the receiver (D091)."""
    found: list[Hit] = []
    for name in _HAPPENED:
        if table.today and table.has(name):
            found += table.hit("DR-D013", table.text(name) > table.today, name)
    return found


_HAPPENED = (
    "trained_on", "inspected_from", "inspected_to", "entered_on", "closed_on", "rechecked_on", "transferred_on",
    "received_on", "filed_on", "held_on", "licence_issued_on", "first_licensed_on",
)  # fmt: skip


def written_otherwise(table: Merged) -> list[Hit]:
    """Hint at a name that a known person bears in other characters: traditional or variant forms (D067)."""
    known = {name for names in table.roster.values() for name in names}
    if not known or not table.has("name"):
        return []
    plain = {name.translate(_VARIANTS): name for name in known}
    names = table.text("name")
    other = np.array([plain.get(name.translate(_VARIANTS), "") for name in names], dtype=object)
    return table.hit(
        "DR-K004", (other != "") & np.array([name not in known for name in names], dtype=bool), "name", other=other
    )


def renamed(table: Merged) -> list[Hit]:
    """Hint at a certificate that the register knows under another name: a person renamed, or a number mistyped (D110)."""
    found: list[Hit] = []
    for key, people in table.roster.items():
        if not table.has("name", key):
            continue
        bearer = {number: name for name, number in people.items()}
        names, numbers = table.text("name"), table.text(key)
        known = np.array([bearer.get(number, "") for number in numbers], dtype=object)
        plain = [
            (one.translate(_VARIANTS), other.translate(_VARIANTS)) for one, other in zip(names, known, strict=True)
        ]
        other = np.array([bool(one and two) and one != two for one, two in plain], dtype=bool)
        found += table.hit("DR-K005", other, "name", other=known, number=numbers)
    return found


CHECKS = (
    private_numbers,
    secrecy,
    test_data,
    shared_phone,
    forms_of_the_kind,
    future_dates,
    written_otherwise,
    renamed,
)
