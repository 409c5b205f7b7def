"""What arrives: files, folders, archives, mails and packages, taken apart without trusting any of it (intake 3.1, ecosystem 1.8).

Every file in a container becomes an `Arrival` of its own; the container is kept too, because its hash is the sender's proof.
Nothing is unpacked to disk and no name from outside is ever used as a path.
"""

from __future__ import annotations

import json
import re
import time
import unicodedata
import zipfile
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Any

from engine.files import sha256
from engine.mails import Attachment, MailError, is_mail, open_mail
from workbooks.gate import ZIP_FAULTS

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

MEGABYTE = 1 << 20
MEMBER_LIMIT, TOTAL_LIMIT, COUNT_LIMIT, RATIO_LIMIT = 64 * MEGABYTE, 1024 * MEGABYTE, 5000, 250
MANIFEST = "清单.json"
ORIGINALS = "原件/"
# The standard name of a report in a package says whose it is (workbooks.template.file_name).
_REPORT = re.compile(r"报送/(?P<year>[0-9]{4})_[A-Z]+_(?P<unit>[0-9A-Z-]+)_T[0-9]{2}[a-z]?_v[0-9]+\.xlsx")
SHEETS = {".xlsx", ".xlsm", ".xltx", ".xls", ".et", ".xlsb", ".ods", ".csv"}
_ZIP = b"PK\x03\x04"
# What can be inflated a piece at a time: with the others two kilobytes may become gigabytes at one step.
_METHODS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
_UNSEEN = ("Cc", "Cf", "Cs", "Zl", "Zp")
# What nearly every workbook begins with: its directory need not be walked to see that it is no archive.
_OFFICE, _NAME_IN_ZIP = b"[Content_Types].xml", 30
_RUBBISH = {"thumbs.db", "desktop.ini", ".ds_store"}
_PAPERS = (b"%PDF", b"\x89PNG", b"\xff\xd8\xff", b"GIF8", b"II*\x00", b"MM\x00*", b"BM", b"{\\rtf")
_PAPER_NAMES = {
    ".pdf",
    ".png",
    ".jpg",
    ".jpeg",
    ".gif",
    ".tif",
    ".tiff",
    ".bmp",
    ".doc",
    ".docx",
    ".wps",
    ".ofd",
    ".rtf",
    ".heic",
}
# A file that was just being copied is read again until its size stands still.
_SETTLE = (0.2, 0.5, 1.0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Arrival:
    """One thing that arrived. `role`: workbook, attachment (a scan beside a workbook), evidence (an original inside a
    package), container, manifest. `container` is the SHA-256 or folder it came out of. A `problem` is an issue code with
    the gaps of its text; such an arrival is refused."""

    name: str
    data: bytes
    role: str = "workbook"
    container: str = ""
    package: str = ""
    problem: tuple[str, dict[str, Any]] | None = None

    @property
    def sha256(self) -> str:
        """The hash of the bytes."""
        return sha256(self.data)


def unpack(paths: Iterable[Path | str]) -> Iterator[Arrival]:
    """Yield everything found at `paths`, containers before what they held, folders in order of name.

    Rubbish of the system and lock files of Excel (`~$…`) are left out of folders; a lock file that is named is refused.
    """
    listed = list(_listed(paths))
    has_workbook = {folder for path, folder in listed if _may_hold_workbook(path.name)}
    for path, folder in listed:
        name = readable_name(path.name)
        if name.startswith("~$"):  # named by hand: in a folder it is rubbish like any other
            yield Arrival(name=name, data=_glance(path), problem=("DR-F009", {"name": name}))
            continue
        try:
            data = _read(path)
        except OSError as error:
            yield Arrival(
                name=name,
                data=b"",
                container=folder,
                problem=("DR-A001", {"name": name, "detail": error.strerror or ""}),
            )
            continue
        if data is None:
            yield Arrival(name=name, data=b"", container=folder, problem=("DR-A002", {"name": name}))
            continue
        yield from open_one(name, data, container=folder, beside_workbook=folder in has_workbook)


def count(paths: Iterable[Path | str]) -> int:
    """Return how many files there are to open, containers counted once: enough for a progress line."""
    return sum(1 for _ in _listed(paths))


def open_one(
    name: str, data: bytes, *, container: str = "", beside_workbook: bool = False, inside: tuple[str, ...] = ()
) -> Iterator[Arrival]:
    """Yield the arrivals held by one file: itself, or a container and what is in it.

    An archive in a mail and a mail in an archive are opened; an archive in an archive or a mail in a mail is not.
    Whatever a strange container brings about ends in one refusal of it: the files beside it are received.
    """
    name = readable_name(name)
    try:
        yield from _opened(name, data, container, beside_workbook=beside_workbook, inside=inside)
    except Exception as error:
        problem = "DR-A006", {"name": name, "detail": type(error).__name__}
        yield Arrival(name=name, data=data, container=sha256(data), problem=problem)


def readable_name(name: str) -> str:
    """Return a name without the marks nobody sees (line breaks, directions), bytes of no encoding read as GB18030.

    It is printed on receipts and kept: with a line break in it a name could write lines of its own.
    """
    if any(unicodedata.category(char) == "Cs" for char in name):
        try:
            name = name.encode("utf-8", "surrogateescape").decode("gb18030")
        except UnicodeError:
            name = name.encode("utf-8", "replace").decode()
    return "".join(char for char in name if unicodedata.category(char) not in _UNSEEN) or "无名"


def _opened(
    name: str, data: bytes, container: str, *, beside_workbook: bool, inside: tuple[str, ...]
) -> Iterator[Arrival]:
    kind = "archive" if _is_archive(data) else "mail" if is_mail(name, data) else ""
    if kind and kind in inside:
        yield Arrival(name=name, data=data, container=container, problem=("DR-A003", {"name": name}))
    elif kind:
        opener = _open_archive if kind == "archive" else _open_mail
        yield from opener(name, data, container, (*inside, kind))
    elif beside_workbook and is_paper(name, data):
        yield Arrival(name=name, data=data, role="attachment", container=container)
    else:
        yield Arrival(name=name, data=data, container=container)


def is_paper(name: str, data: bytes) -> bool:
    """Say whether this is a scan, a photo or a letter: something to be kept beside a workbook (decision 16).

    What calls itself a workbook is meant as one: a picture under such a name is for the gate, which refuses it by its kind.
    """
    suffix = PurePosixPath(name).suffix.strip().lower()
    if suffix in SHEETS:
        return False
    return data.startswith(_PAPERS) or (suffix in _PAPER_NAMES and not _looks_like_sheet(data))


def _listed(paths: Iterable[Path | str]) -> Iterator[tuple[Path, str]]:
    for path in map(Path, paths):
        if path.is_dir():
            inside = sorted(one for one in path.rglob("*") if one.is_file())
            yield from ((one, path.name) for one in inside if not _is_rubbish(one.relative_to(path).as_posix()))
        else:
            yield path, ""


def _is_rubbish(name: str) -> bool:
    parts = PurePosixPath(name).parts
    return not parts or "__MACOSX" in parts or parts[-1].lower() in _RUBBISH or parts[-1].startswith((".", "~$"))


def _may_hold_workbook(name: str) -> bool:
    return PurePosixPath(name).suffix.lower() in SHEETS and not name.startswith("~$")


def _read(path: Path) -> bytes | None:
    """Return the bytes of a file once its size stands still; None when it keeps growing."""
    for pause in (*_SETTLE, None):
        size = path.stat().st_size
        data = path.read_bytes()
        if len(data) == size == path.stat().st_size:
            return data
        if pause is not None:
            time.sleep(pause)
    return None


def _glance(path: Path) -> bytes:
    """Return the bytes of a lock file, nothing where the program that holds it lets nobody read."""
    try:
        return path.read_bytes()
    except OSError:
        return b""


def _is_archive(data: bytes) -> bool:
    """Say whether a zip is an archive and not a workbook or a document, which are zips as well."""
    if not data.startswith(_ZIP) or data.startswith(_OFFICE, _NAME_IN_ZIP):
        return False
    try:
        names = {name.lower() for name in zipfile.ZipFile(BytesIO(data)).namelist()}
    except ZIP_FAULTS:
        return False
    marks = ("[content_types].xml", "mimetype", "ofd.xml", "xl/workbook.xml", "xl/workbook.bin")
    return not any(mark in names for mark in marks)


def _looks_like_sheet(data: bytes) -> bool:
    if not data.startswith(_ZIP):
        return False
    try:
        return any(name.lower().startswith("xl/") for name in zipfile.ZipFile(BytesIO(data)).namelist())
    except ZIP_FAULTS:
        return False


def _open_archive(name: str, data: bytes, container: str, inside: tuple[str, ...]) -> Iterator[Arrival]:
    problem = _archive_problem(name, data)
    if problem is None and not _members(data):
        problem = "DR-A006", {"name": name}
    yield Arrival(
        name=name, data=data, role="workbook" if problem else "container", container=container, problem=problem
    )
    if problem:
        return
    digest = sha256(data)
    members = _members(data)
    with zipfile.ZipFile(BytesIO(data)) as archive:
        if MANIFEST in members:
            yield from _open_package(name, data, archive, members, digest)
            return
        has_workbook = any(_may_hold_workbook(PurePosixPath(one).name) for one in members)
        for one, info in members.items():
            content = archive.read(info)
            yield from open_one(
                PurePosixPath(one).name, content, container=digest, beside_workbook=has_workbook, inside=inside
            )


def _open_package(
    name: str, data: bytes, archive: zipfile.ZipFile, members: dict[str, zipfile.ZipInfo], digest: str
) -> Iterator[Arrival]:
    """Yield the parts of a submitted package, or one refusal when a part is not what its manifest says."""
    found = {one: archive.read(info) for one, info in members.items()}
    problem = _package_problem(name, found)
    if problem:
        # The refusal is about the whole package: two packages spoilt in different ways are two files.
        yield Arrival(name=name, data=data, container=digest, problem=problem)
        return
    yield Arrival(name=MANIFEST, data=found[MANIFEST], role="manifest", container=digest, package=digest)
    for one in sorted(found.keys() - {MANIFEST}):  # all listed, as just seen
        short = readable_name(PurePosixPath(one).name)
        if one.startswith(ORIGINALS):
            yield Arrival(name=short, data=found[one], role="evidence", container=digest, package=digest)
        elif is_paper(short, found[one]):
            yield Arrival(name=short, data=found[one], role="attachment", container=digest, package=digest)
        elif one.startswith("报送/"):
            yield Arrival(name=short, data=found[one], container=digest, package=digest)
        else:
            yield Arrival(name=short, data=found[one], role="attachment", container=digest, package=digest)


def _package_problem(name: str, found: Mapping[str, bytes]) -> tuple[str, dict[str, Any]] | None:
    """Return what is wrong with a package: a part that is not as listed, or a manifest of another unit or year than the reports."""
    try:
        manifest = _manifest(found[MANIFEST])
        listed = {str(one["name"]): str(one["sha256"]) for one in manifest["files"]}
        whose = str(manifest["unit"]), str(manifest["year"])
    except (ValueError, KeyError, TypeError, RecursionError):
        return "DR-A007", {"name": name, "part": MANIFEST}
    wrong = [one for one in listed if one not in found or sha256(found[one]) != listed[one]]
    wrong += [one for one in found if one != MANIFEST and one not in listed]
    if wrong or not listed:
        return "DR-A007", {"name": name, "part": wrong[0] if wrong else MANIFEST}
    for one in sorted(listed):
        said = _REPORT.fullmatch(one)
        if said and (said["unit"], said["year"]) != whose:
            return "DR-A009", {"name": name, "unit": whose[0], "year": whose[1], "part": PurePosixPath(one).name}
    return None


def _manifest(data: bytes) -> dict[str, Any]:
    """Return what a manifest says; TypeError or ValueError where it is not of the kinds that `submit` writes."""
    found = json.loads(data)
    json.dumps(found, ensure_ascii=False).encode()  # half a character cannot be kept
    for name, kind in (
        ("published", dict),
        ("withheld", list),
        ("drawn", list),
        ("figures", dict),
        ("missing_names", list),
        ("made_at", str),
    ):
        if not isinstance(found.get(name, kind()), kind):
            raise TypeError(name)
    rows = [*found.get("withheld", ()), *found.get("drawn", ())]
    rows += [one for one in found.get("published", {}).values() if not isinstance(one, str)]
    for row in rows:
        if not isinstance(row, dict):
            raise TypeError("rows")
        values = [part for one in row.values() for part in (one if isinstance(one, list) else [one])]
        if not all(part is None or isinstance(part, str | int | float) for part in values):
            raise TypeError("rows")
    if not all(isinstance(one, str) for one in found.get("missing_names", ())):
        raise TypeError("missing_names")
    return found


def _archive_problem(name: str, data: bytes) -> tuple[str, dict[str, Any]] | None:
    try:
        with zipfile.ZipFile(BytesIO(data)) as archive:
            infos = [info for info in archive.infolist() if not info.is_dir()]
            if any(info.flag_bits & 1 for info in infos):
                return "DR-A004", {"name": name}
            total = sum(info.file_size for info in infos)
            if (
                len(infos) > COUNT_LIMIT
                or total > TOTAL_LIMIT
                or any(info.file_size > MEMBER_LIMIT for info in infos)
                or any(
                    info.file_size > MEGABYTE and info.file_size > RATIO_LIMIT * info.compress_size for info in infos
                )
            ):
                return "DR-A005", {"name": name, "count": len(infos), "size": total // MEGABYTE}
            names = {true_name(info) for info in infos}
            if (
                len(names) < len(infos)
                or any(info.compress_type not in _METHODS for info in infos)
                or archive.testzip()
            ):
                return "DR-A006", {"name": name}
    except (*ZIP_FAULTS, IndexError):  # a member without a name has no last letter
        return "DR-A006", {"name": name}
    return None


def _members(data: bytes) -> dict[str, zipfile.ZipInfo]:
    """Return the files of an archive by true name: UTF-8 when marked or when it fits, else GB18030 (domestic zip tools)."""
    with zipfile.ZipFile(BytesIO(data)) as archive:
        named = {true_name(info): info for info in archive.infolist() if not info.is_dir()}
    return {name: named[name] for name in sorted(named) if not _is_rubbish(name)}


def true_name(info: zipfile.ZipInfo) -> str:
    """Return the name the sender gave a member of an archive, however his program wrote it."""
    if info.flag_bits & 0x800:
        return info.filename.replace("\\", "/")
    raw = info.filename.encode("cp437", "replace")
    for encoding in ("utf-8", "gb18030"):
        try:
            return raw.decode(encoding).replace("\\", "/")
        except UnicodeDecodeError:
            continue
    return info.filename


def _open_mail(name: str, data: bytes, container: str, inside: tuple[str, ...]) -> Iterator[Arrival]:
    try:
        found: list[Attachment] = open_mail(name, data)
    except MailError as error:
        yield Arrival(
            name=name, data=data, container=container, problem=("DR-A006", {"name": name, "detail": str(error)})
        )
        return
    if not found:
        yield Arrival(name=name, data=data, container=container, problem=("DR-A008", {"name": name}))
        return
    yield Arrival(name=name, data=data, role="container", container=container)
    digest = sha256(data)
    has_workbook = any(_may_hold_workbook(one.name) for one in found)
    for one in found:
        if not one.name.startswith("~$"):
            yield from open_one(one.name, one.data, container=digest, beside_workbook=has_workbook, inside=inside)
