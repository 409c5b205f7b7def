"""The small parts of an xlsx package: workbook, relationships, shared strings, properties, comments.

Main parts (workbook, shared strings) raise WorkbookError when they are damaged; secondary parts become a Problem.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from functools import partial
from itertools import repeat
from typing import TYPE_CHECKING

from workbooks.gate import SHEETS, local, parse, resolve
from workbooks.model import Cell, Problem, WorkbookError

if TYPE_CHECKING:
    from workbooks.gate import Package

STRICT = "http://purl.oclc.org/"
_NAMES_LIMIT = 5_000
_ESCAPED = re.compile(r"_x([0-9A-Fa-f]{4})_")
_SURROGATE = re.compile("[\ud800-\udfff]")
ENTITY = re.compile(r"&(?:#x([0-9A-Fa-f]{1,6})|#([0-9]{1,7})|(amp|lt|gt|quot|apos));")
_UNNAMED = re.compile("&(?!(?:amp|lt|gt|quot|apos);)")
_ITEM, _ITEM_END, _PRESERVED = "<si><t", "</t></si>", ' xml:space="preserve">'
_DIGITS = tuple(map(str, range(2_000)))
# `amp` comes last: what it leaves must not be read a second time
_NAMED = {"lt": "<", "gt": ">", "quot": '"', "apos": "'", "amp": "&"}
_ESCAPES = tuple((f"&{name};", letter) for name, letter in _NAMED.items())


@dataclass(slots=True)
class Relation:
    """One relationship of a part: short type (last path segment), target part, and whether it leaves the package."""

    type: str
    target: str
    is_external: bool = False


@dataclass(slots=True)
class SheetEntry:
    """One sheet as workbook.xml lists it."""

    name: str
    state: str
    relation: str


@dataclass(slots=True)
class WorkbookPart:
    """What workbook.xml says."""

    sheets: list[SheetEntry] = field(default_factory=list)
    names: dict[str, str] = field(default_factory=dict)
    is_1904: bool = False
    is_strict: bool = False


@dataclass(slots=True)
class Strings:
    """The shared strings; `struck` holds the indices whose every run is struck through.

    `cells` are ready-made text cells by index (as text, the way cells refer to them) of all strings that are plain.
    """

    texts: list[str] = field(default_factory=list)
    struck: frozenset[int] = frozenset()
    cells: dict[str, Cell] = field(default_factory=dict)

    def __post_init__(self) -> None:
        # built without a Python call per string: a workbook has hundreds, a roster hundreds of thousands
        made = map(
            partial(tuple.__new__, Cell), zip(repeat("text"), self.texts, repeat(None), repeat(""), repeat(False))
        )
        count = len(self.texts)
        self.cells = dict(zip(_DIGITS if count <= len(_DIGITS) else map(str, range(count)), made, strict=False))
        for number in (*self.struck, *(number for number, text in enumerate(self.texts) if not text)):
            self.cells.pop(str(number), None)


def unescape(text: str) -> str:
    """Return `text` with XML entities resolved."""
    if "&" not in text:
        return text
    if "&#" in text:
        return ENTITY.sub(_entity, text)
    for escape, letter in _ESCAPES:
        text = text.replace(escape, letter)
    return text


def _entity(match: re.Match[str]) -> str:
    hexadecimal, decimal, name = match.groups()
    return _NAMED[name] if name else chr(int(hexadecimal, 16) if hexadecimal else int(decimal))


def has_only_entities(text: str, first: int, last: int) -> bool:
    """Return True when every `&` of text[first:last] begins an entity XML allows; expat judges the others."""
    unnamed = (ENTITY.match(text, mark.start(), last) for mark in _UNNAMED.finditer(text, first, last))
    return all(found is not None and _is_allowed(found) for found in unnamed)


def _is_allowed(match: re.Match[str]) -> bool:
    hexadecimal, decimal, _ = match.groups()
    number = int(hexadecimal, 16) if hexadecimal else int(decimal)
    return number in (9, 10, 13) or 0x20 <= number < 0xD800 or 0xE000 <= number < 0xFFFE or 0x10000 <= number < 0x110000


def decode(text: str) -> str:
    """Return `text` with the `_x000D_` escapes of the format resolved; half a surrogate pair becomes U+FFFD."""
    if "_x" not in text:
        return text
    plain = _ESCAPED.sub(lambda match: chr(int(match[1], 16)), text)
    if not _SURROGATE.search(plain):
        return plain
    return plain.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")


def relations(package: Package, part: str) -> dict[str, Relation]:
    """Return the relationships of `part` by id; empty when it has none."""
    folder, _, name = part.rpartition("/")
    path = f"{folder}/_rels/{name}.rels".lstrip("/")
    if package.find(path) is None:
        return {}
    found: dict[str, Relation] = {}

    def start(tag: str, given: dict[str, str]) -> None:
        if local(tag) == "Relationship":
            external = given.get("TargetMode") == "External"
            target = given.get("Target", "")
            found[given.get("Id", "")] = Relation(
                given.get("Type", "").rpartition("/")[2], target if external else resolve(part, target), external
            )

    parse(package.read(path), package.name, path, start)
    return found


def workbook_part(package: Package) -> str:
    """Return the name of the workbook part: what the package says, else where everybody puts it."""
    try:
        for one in relations(package, "").values():
            if one.type == "officeDocument" and package.find(one.target):
                return one.target
    except WorkbookError as error:
        if error.code != "DR-F015":
            raise
    for usual in ("xl/workbook.xml", "xl/workbook2.xml"):
        if package.find(usual):
            return usual
    raise WorkbookError("DR-F015", name=package.name, detail="缺少 workbook.xml")


def read_workbook(package: Package, part: str) -> WorkbookPart:
    """Return sheets, defined names and date system; DR-F907 for too many sheets, DR-F016 for none."""
    found = WorkbookPart()
    name = ""
    pieces: list[str] = []

    def start(tag: str, given: dict[str, str]) -> None:
        nonlocal name
        short = local(tag)
        if short == "workbook":
            found.is_strict = tag.startswith(STRICT)
        elif short == "workbookPr":
            found.is_1904 = given.get("date1904") in ("1", "true", "on")
        elif short == "sheet":
            relation = next((value for key, value in given.items() if local(key) == "id" and "}" in key), "")
            found.sheets.append(SheetEntry(given.get("name", ""), given.get("state", "visible"), relation))
        elif short == "definedName":
            # a name of one sheet only (copied sheets carry them) never speaks for the workbook
            name = given.get("name", "") if "localSheetId" not in given else ""
            pieces.clear()

    def end(tag: str) -> None:
        nonlocal name
        if name and local(tag) == "definedName" and len(found.names) < _NAMES_LIMIT:
            found.names[name] = "".join(pieces)
            name = ""

    def text(data: str) -> None:
        if name:
            pieces.append(data)

    parse(package.read(part), package.name, part, start, end=end, text=text)
    if len(found.sheets) > SHEETS:
        raise WorkbookError("DR-F907", name=package.name, count=len(found.sheets), limit=SHEETS)
    if not found.sheets:
        raise WorkbookError("DR-F016", name=package.name)
    return found


def read_strings(package: Package, part: str) -> Strings:
    """Return the shared strings: a compiled pattern for the plain shape, expat for everything else."""
    data = package.read(part)
    return _plain_strings(data) or _rich_strings(data, package.name, part)


def _plain_strings(data: bytes) -> Strings | None:
    """Return the strings if the part holds nothing but plain `<si><t>` items, else None."""
    try:
        whole = data.decode("utf-8")
    except UnicodeDecodeError:
        return None
    first, last = whole.find(_ITEM), whole.rfind(_ITEM_END + "</sst>")
    if first < 0 or last < 0 or "\r" in whole or "<!" in whole[:first]:
        return None
    plain, kept = whole.count(_ITEM + ">", first), whole.count(_ITEM + _PRESERVED, first)
    tags = 4 * (plain + kept) - 2  # the last two closing tags stand behind `last`
    if whole.count("<", first, last) != tags or whole.count(">", first, last) != tags:
        return None
    if kept:
        texts = whole[first + len(_ITEM) : last].split(_ITEM_END + _ITEM)
        texts = [text[1:] if text[:1] == ">" else text[len(_PRESERVED) :] for text in texts]
    else:
        texts = whole[first + len(_ITEM) + 1 : last].split(_ITEM_END + _ITEM + ">")
    if len(texts) != plain + kept:
        return None
    if not has_only_entities(whole, first, last):
        return None
    if "&" in whole:
        texts = [unescape(text) for text in texts]
    return Strings([decode(text) for text in texts] if "_x" in whole else texts)


def _rich_strings(data: bytes, name: str, part: str) -> Strings:
    texts: list[str] = []
    struck: set[int] = set()
    pieces: list[str] = []
    runs = struck_runs = phonetic = 0
    reading = False

    def start(tag: str, given: dict[str, str]) -> None:
        nonlocal reading, phonetic, runs, struck_runs
        short = local(tag)
        if short == "t":
            reading = phonetic == 0
        elif short == "r":
            runs += 1
        elif short == "strike" and given.get("val", "1") not in ("0", "false"):
            struck_runs += 1
        elif short == "rPh":
            phonetic += 1
        elif short == "si":
            runs = struck_runs = 0
            pieces.clear()

    def end(tag: str) -> None:
        nonlocal reading, phonetic
        short = local(tag)
        if short == "t":
            reading = False
        elif short == "rPh":
            phonetic -= 1
        elif short == "si":
            if runs and runs == struck_runs:
                struck.add(len(texts))
            texts.append(decode("".join(pieces)))

    def text(given: str) -> None:
        if reading:
            pieces.append(given)

    parse(data, name, part, start, end=end, text=text)
    return Strings(texts, frozenset(struck))


def read_custom_properties(package: Package, part: str) -> dict[str, str]:
    """Return the custom document properties by name."""
    found: dict[str, str] = {}
    name = ""

    def start(tag: str, given: dict[str, str]) -> None:
        nonlocal name
        if local(tag) == "property":
            name = given.get("name", "")
            found[name] = ""

    def text(given: str) -> None:
        if name and (found[name] or given.strip()):
            found[name] += given

    def end(tag: str) -> None:
        nonlocal name
        if local(tag) == "property":
            name = ""

    parse(package.read(part), package.name, part, start, end=end, text=text)
    return {key: value.strip() for key, value in found.items() if key}


def read_text(package: Package, part: str, wanted: str) -> str:
    """Return the text of the first element called `wanted` in a small part (app.xml, core.xml)."""
    plain = package.read(part).decode("utf-8", "replace")
    match = re.search(rf"<(?:\w+:)?{wanted}(?: [^<>]*)?>([^<]*)</", plain)
    return unescape(match[1]) if match else ""


def read_comments(package: Package, part: str) -> dict[str, str]:
    """Return the comment text by A1 address."""
    found: dict[str, str] = {}
    place = ""
    reading = False

    def start(tag: str, given: dict[str, str]) -> None:
        nonlocal place, reading
        short = local(tag)
        if short == "comment":
            place = given.get("ref", "")
            found[place] = ""
        reading = short == "t"

    def end(_: str) -> None:
        nonlocal reading
        reading = False

    def text(given: str) -> None:
        if reading and place:
            found[place] += given

    parse(package.read(part), package.name, part, start, end=end, text=text)
    return found


def damaged(part: str) -> Problem:
    """Return the problem of a secondary part that could not be read."""
    return Problem("DR-F107", params=(("part", part),))
