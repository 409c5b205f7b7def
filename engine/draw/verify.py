"""Recompute a bundle from its own bytes and say, check by check, what was expected and what was found (section 12).

`verify` never raises on what it reads: whatever is wrong with a bundle becomes a failed check with a name.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from . import canonical, checks, logchecks, stagechecks
from .bundle import DOCUMENTS, INTERNAL, LOG, SHARES, SM3_SUMS, SUMS, TABLES, sums
from .evidence import Found, Skipped, same, say
from .hashing import SHA256, SM3
from .refusal import DrawRefused

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

_DRAWN = {"commit.json", "rosters.json", "entropy.json", "otc.json", "draw.json", LOG}
STAGES = (
    {"commit.json"},
    {"commit.json", "rosters.json"},
    {"commit.json", LOG},  # given up before its first code
    {"commit.json", "rosters.json", LOG},
    _DRAWN,
    _DRAWN | {"eligibility.json", TABLES},  # a ceremony before its balls
    _DRAWN | {"eligibility.json", "assign.json"},
    _DRAWN | {"eligibility.json", TABLES, "assign.json"},
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """One check: its name, `pass`, `fail` or `skipped`, what was expected and found, and the section of docs/draw.md."""

    name: str
    status: str
    expected: str
    found: str
    section: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """The verdict: `ok` if nothing failed; `void` if the log declares the draw void; the root of the folder as it is."""

    ok: bool
    void: bool
    root: str
    checks: tuple[Check, ...]

    @property
    def failed(self) -> list[str]:
        """Return the names of the failed checks."""
        return [check.name for check in self.checks if check.status == "fail"]

    def document(self) -> dict[str, Any]:
        """Return the report as plain data."""
        return {"checks": [asdict(check) for check in self.checks], "ok": self.ok, "root": self.root, "void": self.void}


def verify(
    folder: str | Path,
    root: str | None = None,
    roster: Iterable[Mapping[str, Any]] | None = None,
    *,
    commitment: str | None = None,
    is_signed: Callable[[str, bytes, bytes, bytes], bool] | None = None,
) -> Report:
    """Return the report on the bundle in `folder`.

    root: the published SHA-256 of SHA256SUMS; without it, rewritten sums cannot be told from the originals.
    commitment: C as it was announced before the draw.  roster: the published register as `{id, excluded?}` rows, where
    `excluded` is the public reason why an institution is not in the pool; leaving one out without a reason fails.
    is_signed(scheme, public key, message, signature): pairing arithmetic for the beacon, which this package has not;
    without it that check is skipped.
    """
    files, odd = _load(Path(folder))
    done = list(_files(files, odd, root))
    documents: dict[str, Any] = {}
    readable = [name for name in sorted(files) if name in (*DOCUMENTS, LOG, INTERNAL)]
    done += [_run(f"form.{name}", "2", partial(_form, name, files[name], documents)) for name in readable]
    found = Found(
        documents=documents,
        shares=files.get(SHARES),
        roster=None if roster is None else list(roster),
        commitment=commitment,
        is_signed=is_signed,
    )
    done += [
        _run(name, section, partial(test, found))
        for name, section, test in (*checks.CHECKS, *stagechecks.CHECKS, *logchecks.CHECKS)
    ]
    failed = any(check.status == "fail" for check in done)
    log = documents.get(LOG)
    void = isinstance(log, list) and any(isinstance(line, dict) and line.get("kind") == "void" for line in log)
    return Report(ok=not failed, void=void, root=SHA256.digest(files.get(SUMS, b"")).hex(), checks=tuple(done))


def _run(name: str, section: str, test: Callable[[], tuple[Any, Any]]) -> Check:
    try:
        expected, found = test()
    except Skipped as skip:
        return Check(name=name, status="skipped", expected="", found=str(skip), section=section)
    except DrawRefused as refusal:
        return Check(name=name, status="fail", expected="lawful", found=str(refusal)[:400], section=section)
    except Exception as error:
        shown = f"unreadable: {type(error).__name__}: {error}"[:400]
        return Check(name=name, status="fail", expected="readable", found=shown, section=section)
    status = "pass" if same(expected, found) else "fail"
    return Check(name=name, status=status, expected=say(expected, found), found=say(found, expected), section=section)


def _load(folder: Path) -> tuple[dict[str, bytes], list[str]]:
    files, odd = {}, []
    try:
        entries = sorted(folder.iterdir())
    except OSError:
        return {}, ["(no folder)"]
    for entry in entries:
        try:
            if entry.is_symlink() or not entry.is_file():
                odd.append(entry.name)
            else:
                files[entry.name] = entry.read_bytes()
        except OSError:
            odd.append(entry.name)
    return files, odd


def _files(files: Mapping[str, bytes], odd: list[str], root: str | None) -> Iterable[Check]:
    covered = {name: data for name, data in files.items() if name not in (SUMS, INTERNAL)}
    listed = _listed(files.get(SUMS, b""))

    def summed(name: str) -> tuple[object, object]:
        return listed[name], SHA256.digest(covered[name]).hex()

    yield _run("files.listed", "11", lambda: (sorted(listed), sorted([*covered, *odd])))
    present = set(covered) & {*DOCUMENTS, LOG}
    yield _run("files.stages", "11", lambda: (True, present in STAGES and SM3_SUMS in covered))
    for name in sorted(set(listed) & set(covered)):
        yield _run(f"file.{name}", "11", partial(summed, name))
    yield _run(f"form.{SUMS}", "11", lambda: (sums(covered, SHA256.digest), files.get(SUMS)))
    bare = {name: data for name, data in covered.items() if name != SM3_SUMS}
    yield _run(f"form.{SM3_SUMS}", "11", lambda: (sums(bare, SM3.digest), files.get(SM3_SUMS)))

    def same_root() -> tuple[object, object]:
        if root is None:
            raise Skipped("no published root was given")
        return root.strip().lower(), SHA256.digest(files.get(SUMS, b"")).hex()

    yield _run("root", "11", same_root)


def _listed(data: bytes) -> dict[str, str]:
    found = {}
    for line in data.decode("utf-8", "replace").split("\n"):
        digest, _, name = line.partition("  ")
        if name:
            found[name] = digest
    return found


def _form(name: str, data: bytes, documents: dict[str, Any]) -> tuple[object, object]:
    if name == LOG:
        lines = data.split(b"\n")
        documents[name] = [canonical.decode(line) for line in lines[:-1]]
        return b"", lines[-1]
    value = canonical.decode(data[:-1])
    if not isinstance(value, dict):
        raise DrawRefused("not_an_object", file=name)
    documents[name] = value
    return b"\n", data[-1:]
