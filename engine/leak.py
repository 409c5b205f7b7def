"""The leak scan: nothing private in anything that is to be public, wherever a file can hide it (R59; decisions 32).

Office files are opened as the zip they are, so that cells, comments, hidden rows and sheets, defined names, properties,
validation lists and leftovers are read alike. A value of a private column is never released; a value that only looks
private may be, one by one, by a review with approver and reason.
"""

from __future__ import annotations

import html
import io
import re
import unicodedata
import zipfile
from dataclasses import dataclass
from hashlib import sha256
from typing import TYPE_CHECKING, Any

from engine.identifiers import is_bank_card, is_person_id
from engine.values import Row, no, several, text
from schemas.declare import FieldType, Privacy, Shape

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from schemas.declare import Field, Sheet

OFFICE = (".xlsx", ".docx", ".zip")
LONG = 8
"""From this length a private text is looked for inside other text; a shorter one (a name) only as a word of its own."""
FEW = 64
"""So few long texts are looked for one by one; of more, only those whose beginning occurs."""
# Neither part of a longer number nor of a decimal. People write numbers in groups, and with a word right before them.
_EDGE, _END, _GAP = r"(?<!\d)(?<!\d\.)", r"(?!\d)", r"[ \t\-.·_]"
# Looked for from every place on: of numbers in a row the first must not swallow half of the second.
_MOBILE = re.compile(rf"(?={_EDGE}((?:\+?86{_GAP}?)?1[3-9]\d(?:\d{{8}}|{_GAP}\d{{4}}{_GAP}\d{{4}})){_END})")
_PERSON_ID = re.compile(rf"(?={_EDGE}((?:\d[ \t\-·_]?){{17}}[\dXx]|\d{{15}}){_END})")
_BANK = re.compile(rf"(?={_EDGE}(\d{{16,19}}|\d{{4}}(?:{_GAP}\d{{4}}){{3}}(?:{_GAP}?\d{{1,3}})?){_END})")
_NEAR, _WHOLE = 70, 4096
_SOLID = frozenset("0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ+/=.")
_RUN = re.compile(rf"\d(?:{_GAP}|\d){{8,}}[\dXx]")
_MAIL = re.compile(r"@[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)+")
_LOCAL = re.compile(r"[A-Za-z0-9._%+-]+$|[^\s@，。；;、：:,!?！？（）()<>\[\]【】《》“”\"'/|=&]+$")
_HASH = re.compile(
    r"(?<![0-9A-Za-z])(?=\d*[a-fA-F])[0-9a-fA-F]{16,}(?![0-9A-Za-z])|(?<![0-9A-Za-z+/=])(?=\d*[A-Za-z])[0-9A-Za-z+/=]{32,}"
)
"""What programs write: a hash, also behind the n of a line break in a script, and bytes as base64; no person is called so."""
_FRACTION = re.compile(r"(?<![\d.])(\d+)/(\d+)(?![\d/])")
"""An exact fraction such as the lambdas of a draw: at most 1, and no two numbers that people have."""
_INVISIBLE = re.compile("[\u00ad\u061c\u180e\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufeff]")
_SPOKEN = re.compile("[〇零○一二三四五六七八九]{11,}")
_DIGITS = str.maketrans("〇零○一二三四五六七八九", "000123456789")
_GAPS = re.compile(rf"(?<=\d){_GAP}+(?=\d)")
_SHARE = re.compile(r"(?<![0-9A-Za-z.])\d{1,18}/1(?:0{18})(?!\d)")
"""A committed probability, 18 digits over 10^18 (decisions 8): a number of ours that no person ever typed."""
_TAG = re.compile(r"<[^>]*>")
_ATTRIBUTE = re.compile(r"=\s*(?:\"([^\"]*)\"|'([^']*)')")
_WORD = re.compile(r"[^\s，。；;、：:,!?！？（）()\[\]【】《》“”\"'<>/|=&]+")
_FORBIDDEN_PARTS = (
    "xl/externalLinks/",
    "xl/embeddings/",
    "word/embeddings/",
    "xl/pivotCache/",
    "vbaProject.bin",
)


@dataclass(frozen=True, slots=True)
class Leak:
    """One finding: the file, the part of it, what kind, the value (masked when shown) and whether a review can release it."""

    file: str
    part: str
    kind: str
    value: str
    is_releasable: bool

    @property
    def fingerprint(self) -> str:
        """The value as a reviewer may name it without writing it down."""
        return sha256(normal(self.value).encode()).hexdigest()[:12]

    @property
    def masked(self) -> str:
        """The value with its middle hidden, as it may be shown."""
        keep = 1 if len(self.value) < 6 else 3
        return self.value[:keep] + "*" * max(1, len(self.value) - 2 * keep) + self.value[len(self.value) - keep :]


@dataclass(frozen=True, slots=True)
class Private:
    """Values nobody may see: `words` are compared as a whole word, `texts` are looked for anywhere."""

    words: frozenset[str]
    texts: frozenset[str]


def private_values(tables: Iterable[tuple[Sheet, Iterable[Row]]], extra: Iterable[str] = ()) -> Private:
    """Return what must not appear: every value of a private column, names and free text of restricted ones.

    A person's name that a public column holds too (an officer who is also somebody's contact) is published lawfully
    there and is not counted; a telephone number or a mail address always is. `extra`: further values marked internal.
    """
    hidden, shown = set(extra), set()
    for sheet, rows in tables:
        kept = list(rows)
        for field in sheet.fields:
            found = {value for row in kept for value in _values(row, field)}
            if _is_hidden(field):
                hidden |= found
            elif field.privacy is Privacy.PUBLIC:
                shown |= found
        shown |= {
            text(row.get("name"))
            for row in kept
            if text(row.get("consents_publication")) and not no(row.get("consents_publication"))
        }
    hidden = {normal(one) for one in hidden if len(one) > 1}
    shown = {normal(one) for one in shown}
    contacts = {one for one in hidden if re.fullmatch(r"[\d\-+ ]{7,}", one) or "@" in one}
    rest = (hidden - shown) | contacts
    return Private(
        words=frozenset(one for one in rest if len(one) < LONG),
        texts=frozenset(one for one in rest if len(one) >= LONG),
    )


def _is_hidden(field: Field) -> bool:
    if field.privacy is Privacy.PRIVATE:
        return True
    if field.privacy is not Privacy.RESTRICTED:
        return False
    # Restricted figures and codes (3, 96, 积极参与) say nothing by themselves; names and sentences do.
    return field.shape is Shape.PERSON_NAME or (field.type is FieldType.TEXT and field.shape is None)


def _values(row: Row, field: Field) -> list[str]:
    value = text(row.get(field.key))
    return list(several(value)) if field.shape is Shape.PERSON_NAME and value else [value] if value else []


def normal(value: str) -> str:
    """Return `value` as it is compared: full-width forms folded, blanks and what nobody sees dropped."""
    return "".join(visible(value).split())


def visible(value: str) -> str:
    """Return `value` with full-width forms folded and without the marks that nobody sees."""
    if value.isascii():
        return value
    return _INVISIBLE.sub("", unicodedata.normalize("NFKC", value))


def _tight(value: str) -> str:
    """Return a text without the strokes, dots and blanks that part one number."""
    return _GAPS.sub("", value)


def scan(files: Mapping[str, bytes], private: Private, reviews: Sequence[Mapping[str, Any]] = ()) -> list[Leak]:
    """Return every leak in `files` (name -> bytes) that no review releases, in order of file and part.

    reviews: `{value, approver, reason}`, `value` the content or its fingerprint; without approver or reason nothing is released.
    """
    released = {
        normal(text(one.get("value"))) for one in reviews if text(one.get("approver")) and text(one.get("reason"))
    }
    found: list[Leak] = []
    for name in sorted(files):
        for part, content in parts(name, files[name]):
            found += [
                leak
                for leak in _scan_text(name, part, content, private)
                if not (leak.is_releasable and ({normal(leak.value), leak.fingerprint} & released))
            ]
    return found


def parts(name: str, data: bytes, outer: str = "") -> list[tuple[str, str]]:
    """Return (part, text) of a file: every member of an office file, markup taken apart into text and attribute values."""
    if not name.lower().endswith(OFFICE):
        content = data.decode("utf-8-sig", "replace")
        markup = name.lower().endswith((".html", ".htm", ".xml", ".svg"))
        return [(outer, _markup(content) if markup else content), (f"{outer}（文件名）", name)]
    found = [(f"{outer}（文件名）", name)]
    with zipfile.ZipFile(io.BytesIO(data)) as book:
        for member in sorted(book.namelist()):
            raw = book.read(member)
            if member.lower().endswith(OFFICE):
                found += parts(member, raw, f"{outer}{member}/")
            elif member.endswith((".xml", ".rels", ".vml", ".txt", ".json", ".csv", ".html")):
                found.append((outer + member, _markup(raw.decode("utf-8", "replace"))))
            else:
                found.append((outer + member, member))
    return found


def _markup(content: str) -> str:
    """Return text and attribute values of markup, tags replaced by line ends; scripts and comments stay as they are."""
    attributes = [one or two for one, two in _ATTRIBUTE.findall(content)]
    # Rich text splits a word over runs: once with the runs joined, once apart.
    apart = _TAG.sub("\n", content)
    joined = "\n".join(
        "".join(_TAG.sub("", piece)) for piece in re.split(r"</(?:si|p|w:p|t[dh]|li|h\d|row|c)>", content)
    )
    comments = re.findall(r"<!--(.*?)-->", content, re.DOTALL)
    return html.unescape("\n".join((apart, joined, *attributes, *comments)))


def _scan_text(file: str, part: str, content: str, private: Private) -> list[Leak]:
    shown = visible(content)
    found = (
        [Leak(file, part, "内嵌对象或外部链接", part, is_releasable=False)]
        if any(p in part for p in _FORBIDDEN_PARTS)
        else []
    )
    found += [Leak(file, part, "内部数据", one, is_releasable=False) for one in _private_in(shown, private)]
    known = {leak.value for leak in found}
    for kind, values in looks_private(shown).items():
        found += [Leak(file, part, kind, value, is_releasable=True) for value in values if normal(value) not in known]
    return found


def _private_in(content: str, private: Private) -> list[str]:
    found = sorted(private.words.intersection(_WORD.findall(content)))
    if private.texts:
        squeezed, tight = "".join(content.split()), _tight(content)
        numbers = (one for one in private.texts if sum(map(str.isdigit, one)) > LONG)
        found += sorted(one for one in numbers if one not in squeezed and _tight(one) in tight)
        if len(private.texts) < FEW:
            return found + sorted(one for one in private.texts if one in squeezed)
        grams = {squeezed[at : at + LONG] for at in range(max(0, len(squeezed) - LONG + 1))}
        found += sorted(one for one in private.texts if one[:LONG] in grams and one in squeezed)
    return found


def looks_private(content: str) -> dict[str, list[str]]:
    """Return what in `content` looks like a mobile number, an identity number, a mail address or a bank card.

    >>> looks_private("电话 13900000001，编号 429999198001010010")
    {'手机号码': ['13900000001'], '身份证号': ['429999198001010010']}
    """
    numbers = _numbers(content)
    found = {
        "手机号码": _MOBILE.findall(numbers),
        "身份证号": [one for one in _PERSON_ID.findall(numbers) if is_person_id(_tight(one))],
        "邮箱": _mails(content) if "@" in content else [],
        "银行卡号": [
            one for one in _BANK.findall(numbers) if is_bank_card(_tight(one)) and not is_person_id(_tight(one))
        ],
    }
    return {kind: _longest(set(values)) for kind, values in found.items() if values}


def _longest(values: set[str]) -> list[str]:
    return sorted(one for one in values if not any(one != other and one in other for other in values))


def _numbers(content: str) -> str:
    """Return the runs of digits long enough to be somebody's number, a line each; what programs write is none."""
    content = _SPOKEN.sub(lambda one: one[0].translate(_DIGITS), content)
    # What stands around a run says whether a program wrote it; the rest of a long page is not looked at.
    words = _HASH.sub(" ", _SHARE.sub(" ", "\n".join(_near_runs(content))))
    return "\n".join(_RUN.findall(_FRACTION.sub(_unless_numbers_of_people, words)))


def _near_runs(content: str) -> set[str]:
    """Return the pieces of a text with a run of digits in them, never cut within another number or hash, whose rest would look
    like a number of its own.
    """
    places: list[list[int]] = []
    for one in _RUN.finditer(content):
        first, last = one.start() - _NEAR, one.end() + _NEAR
        if places and first <= places[-1][1]:
            places[-1][1] = last
        else:
            places.append([max(0, first), last])
    return {content[_backward(content, first) : _forward(content, last)] for first, last in places}


def _backward(content: str, place: int) -> int:
    low = max(0, place - _WHOLE)
    while place > low and content[place - 1] in _SOLID:
        place -= 1
    return place


def _forward(content: str, place: int) -> int:
    high = min(len(content), place + _WHOLE)
    while place < high and content[place] in _SOLID:
        place += 1
    return min(place, len(content))


def _unless_numbers_of_people(fraction: re.Match[str]) -> str:
    above, below = fraction.groups()
    is_pair = all(_MOBILE.match(one) or len(one) in (15, 18) for one in (above, below))
    return fraction[0] if is_pair or (int(above) > int(below) and _MOBILE.match(above)) else " "


def _mails(content: str) -> list[str]:
    """Return the mail addresses; what stands before the sign may be Chinese."""
    found = []
    for one in _MAIL.finditer(content):
        local = _LOCAL.search(content[max(0, one.start() - 64) : one.start()])
        found += [local[0] + one[0]] if local else []
    return found
