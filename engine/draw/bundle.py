"""The record of one draw as a folder of canonical JSON files whose every byte is covered (section 11)."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from . import canonical, entropy
from .assign import AssignResult
from .commit import commitment
from .drawing import DrawResult
from .hashing import SHA256, SM3, profile
from .pool import SALTED, Pool
from .refusal import DrawRefused

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

SUMS = "SHA256SUMS"
SM3_SUMS = "SM3SUMS"
LOG = "replacements.jsonl"
INTERNAL = "internal.json"
TABLES = "ceremony.json"
SHARES = "marginals.json"
DOCUMENTS = (
    "commit.json", "rosters.json", "entropy.json", "otc.json", "draw.json", "eligibility.json", TABLES, "assign.json",
)  # fmt: skip
_OWN = (*DOCUMENTS, LOG, SUMS, SM3_SUMS, INTERNAL)
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Bundle:
    """A bundle read back: the stages that exist, and the pool if it is the internal edition."""

    commit: dict[str, Any]
    documents: dict[str, dict[str, Any]]
    drawn: DrawResult | None
    assigned: AssignResult | None
    log: tuple[dict[str, Any], ...]
    pool: Pool | None


def bundle_files(
    commit: Mapping[str, Any],
    pool: Pool | None = None,
    drawn: DrawResult | None = None,
    assigned: AssignResult | None = None,
    log: Sequence[Mapping[str, Any]] = (),
    *,
    attachments: Mapping[str, bytes] | None = None,
    internal: bool = False,
) -> dict[str, bytes]:
    """Return file name -> bytes of the bundle; the same input gives the same bytes.

    Without `pool` it is the edition of the first day, the commitment alone.  `attachments` are other files to list (the
    offline verifier, a time-stamp token); `internal` adds `internal.json`, which no sum lists, so both editions have
    one root.
    """
    documents: dict[str, Any] = {"commit.json": dict(commit)}
    if pool is not None:
        documents["rosters.json"] = pool.document(profile(commit["hash"]))
    if drawn is not None:
        documents["entropy.json"] = _entropy(commit, drawn, assigned)
        documents["otc.json"] = _codes(commit, drawn, assigned, log)
        documents["draw.json"] = drawn.document
    if assigned is not None:
        documents["eligibility.json"] = assigned.eligibility
        documents |= {TABLES: assigned.tables, "assign.json": assigned.document}
    files = {name: canonical.encode(one) + b"\n" for name, one in documents.items() if one is not None}
    if drawn is not None or log:
        files[LOG] = b"".join(canonical.encode(dict(line)) + b"\n" for line in log)
    for name, data in (attachments or {}).items():
        # Two names that differ by case alone would be one file on many disks.
        if not _NAME.fullmatch(name) or name.lower() in {one.lower() for one in (*files, *_OWN)}:
            raise DrawRefused("bad_attachment_name", name=name)
        files[name] = data
    files[SM3_SUMS] = sums(files, SM3.digest)
    files[SUMS] = sums(files, SHA256.digest)
    if internal and pool is not None:
        reasons = {} if assigned is None else assigned.reasons
        files[INTERNAL] = canonical.encode({**pool.internal(), "reasons": reasons}) + b"\n"
    return files


def write_bundle(folder: str | Path, commit: Mapping[str, Any], *parts: Any, **options: Any) -> str:
    """Write the bundle into `folder` and return its root, SHA-256 of SHA256SUMS in hex.

    Arguments are those of `bundle_files`.  Each file is written beside, synced and renamed, the sums last, so that a
    reader never sees half a file and an interrupted run is seen by its sums.
    """
    files = bundle_files(commit, *parts, **options)
    home = Path(folder)
    home.mkdir(parents=True, exist_ok=True)
    for name in sorted(files, key=lambda name: (name == SUMS, name == SM3_SUMS, name)):
        _write(home / name, files[name])
    _sync(home)
    return SHA256.digest(files[SUMS]).hex()


def read_bundle(folder: str | Path) -> Bundle:
    """Return the bundle in `folder` so that its procedure can go on; `verify` is what judges it."""
    home = Path(folder)
    documents = {name: _read(home / name) for name in (*DOCUMENTS, INTERNAL) if (home / name).exists()}
    if "commit.json" not in documents:
        raise DrawRefused("no_commit", folder=home.name)
    log: tuple[dict[str, Any], ...] = ()
    if (home / LOG).exists():
        log = tuple(canonical.decode(line) for line in (home / LOG).read_bytes().split(b"\n")[:-1])
    commit = documents["commit.json"]
    stages = {
        row["stage"]: row for row in documents.get("otc.json", {"reveals": []})["reveals"] if row["stage"] != "replace"
    }
    drawn = assigned = None
    if "draw.json" in documents:
        values = split_values(commit, documents["entropy.json"]["values"])
        drawn = DrawResult(values=values["draw"], reveal=stages["draw"], document=documents["draw.json"])
        if "eligibility.json" in documents:
            assigned = AssignResult(
                values=values["assign"],
                reveal=stages["assign"],
                document=documents.get("assign.json"),
                tables=documents.get(TABLES),
                eligibility=documents["eligibility.json"],
                reasons=documents.get(INTERNAL, {}).get("reasons", {}),
            )
    return Bundle(commit=commit, documents=documents, drawn=drawn, assigned=assigned, log=log, pool=_pool(documents))


def split_values(
    commit: Mapping[str, Any], values: Sequence[Mapping[str, Any]]
) -> dict[str, tuple[dict[str, Any], ...]]:
    """Return the values of each stage, by the stage of their committed source."""
    stage = {source["id"]: source["stage"] for source in commit["entropy"]["sources"]}
    return {one: tuple(dict(v) for v in values if stage.get(v.get("source"), "draw") == one) for one in entropy.STAGES}


def sums(files: Mapping[str, bytes], digest: Callable[[bytes], bytes]) -> bytes:
    """Return a sums file: one line `<hex>  <name>` per file, names ascending."""
    return "".join(f"{digest(files[name]).hex()}  {name}\n" for name in sorted(files)).encode()


def _entropy(commit: Mapping[str, Any], drawn: DrawResult, assigned: AssignResult | None) -> dict[str, Any]:
    created = str(commit["created_at"])
    strings = {"assign": None, "draw": entropy.gather(commit["entropy"], drawn.values, "draw", created)[0]}
    values = list(drawn.values)
    if assigned is not None:
        values += assigned.values
        strings["assign"] = entropy.gather(commit["entropy"], values, "assign", created)[0]
    return {"commitment": commitment(commit), "strings": strings, "v": "vrd1", "values": values}


def _codes(
    commit: Mapping[str, Any], drawn: DrawResult, assigned: AssignResult | None, log: Sequence[Mapping[str, Any]]
) -> dict[str, Any]:
    reveals = [drawn.reveal] + ([] if assigned is None else [assigned.reveal])
    reveals += [
        {"at": line["at"], "codes": line["codes"], "index": line["index"], "stage": "replace"}
        for line in log
        if line["kind"] == "replacement" and line["index"] is not None
    ]
    return {"commitment": commitment(commit), "reveals": reveals, "v": "vrd1"}


def _pool(documents: Mapping[str, Mapping[str, Any]]) -> Pool | None:
    if INTERNAL not in documents or "rosters.json" not in documents:
        return None
    own = documents[INTERNAL]
    personal = {roster: tuple(own[roster]) for roster in SALTED}
    secret = bytes.fromhex(str(own["salt_secret"]))
    return Pool(targets=tuple(documents["rosters.json"]["targets"]), salt_secret=secret, **personal)


def _read(path: Path) -> dict[str, Any]:
    data = path.read_bytes()
    value = canonical.decode(data[:-1])
    if data[-1:] != b"\n" or not isinstance(value, dict):
        raise DrawRefused("not_canonical", file=path.name)
    return value


def _write(path: Path, data: bytes) -> None:
    beside = path.with_name(f".{path.name}.part")
    with beside.open("wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
    beside.replace(path)


def _sync(folder: Path) -> None:
    # A folder can only be opened for syncing where the system knows how; elsewhere the rename has to do.
    if not hasattr(os, "O_DIRECTORY"):
        return
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
