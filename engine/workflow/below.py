"""What the offices below say in their packages beside the rows: what stands published or may stay unpublished, what was drawn,
what they count of themselves.

R14, R60, X26; decisions 33. Each package tells the whole of its office at the time, so the newest one of an office speaks for it:
an address that was added later, or a result that was withdrawn, reaches the level above though the workbooks are unchanged.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from engine.values import Row, text

if TYPE_CHECKING:
    from engine.store import Store


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """The newest package of one office: SHA-256, unit, moment, task id -> publication, approved exceptions, drawn tasks, own figures."""

    package: str
    unit: str
    made_at: str
    published: object
    withheld: list[Row] = field(default_factory=list)
    drawn: list[Row] = field(default_factory=list)
    figures: object = None


def told(store: Store) -> list[Told]:
    """Return what each office below that passed on results (T10) by package says, by unit; manifests are read one by one.

    A manifest speaks for an office only if its package brought results of that office, and it was not made after it came.
    """
    reporting = {(one["package"], one["unit"]) for one in store.submissions("T10") if one["package"]}
    came: dict[str, str] = {}
    for one in store.arrivals():
        came.setdefault(one["sha256"], one["at"])
        if one["template"] == "T10" and one["submission"]:  # the same results once more, with news of their publication
            reporting.add((one["container"], one["unit"]))
    found: dict[str, Told] = {}
    for digest in store.document_names("package"):
        manifest = store.document("package", digest)
        unit = text(manifest.get("unit"))
        if (digest, unit) in reporting:
            made = text(manifest.get("made_at"))
            said = Told(
                package=digest,
                unit=unit,
                made_at=min(made, came.get(digest, made)),
                published=manifest.get("published"),
                withheld=[row for row in manifest.get("withheld", ()) if isinstance(row, dict)],
                drawn=[row for row in manifest.get("drawn", ()) if isinstance(row, dict)],
                figures=manifest.get("figures"),
            )
            found[unit] = max(said, found.get(unit, said), key=lambda one: (one.made_at, one.package))
    return [one for _, one in sorted(found.items())]
