"""What a worker hands to the recorder about one file: texts ready to be kept, and the hash that seals them."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any

from engine.files import sha256
from engine.journal import canonical
from engine.model import Checked, Issue, Severity, Verdict
from schemas import loader

if TYPE_CHECKING:
    from engine.model import Submission

Row = dict[str, Any]


@dataclass(slots=True, kw_only=True)
class Prepared:
    """One examined file; `tables`, `issues` and `edits` are rows of the store, nothing is left to compute."""

    verdict: str
    template: str = ""
    unit: str = ""
    year: int = 0
    rows: int = 0
    digest: str = ""
    submission: Row = field(default_factory=dict)
    tables: list[Row] = field(default_factory=list)
    issues: list[Row] = field(default_factory=list)
    edits: list[Row] = field(default_factory=list)
    keys: list[str] = field(default_factory=list)
    subjects: list[str] = field(default_factory=list)
    returned: bytes | None = None
    returned_name: str = ""


def issue(code: str, **params: object) -> Row:
    """Return the issue `code` of the catalogue with its gaps filled."""
    text = loader.issue_texts()[code]
    return asdict(
        Issue(
            code=code,
            severity=Severity(text.severity),
            message=text.message.format(**params),
            fix=text.fix.format(**params),
            basis=text.basis,
        )
    )


def prepared(checked: Checked) -> Prepared:
    """Return a checked file in the form the recorder keeps."""
    found = [asdict(one) for one in checked.issues]
    one = checked.submission
    if one is None:
        return Prepared(
            verdict=checked.verdict.value, issues=found, returned=checked.returned, returned_name=checked.returned_name
        )
    sheets: dict[str, list[Any]] = {}
    for row in one.rows:
        sheets.setdefault(row.sheet, []).append(row)
    form = loader.templates().get(one.template)
    first = form.sheets[0] if form and form.sheets else None
    subject = first.key[0] if form and form.accumulates and first and first.key else ""
    of_first = sheets.get(first.name, []) if first else []
    return Prepared(
        verdict=checked.verdict.value,
        template=one.template,
        unit=one.unit,
        year=one.year,
        rows=len(one.rows),
        digest=one.digest,
        submission=_submission_row(one),
        tables=[
            {
                "sheet": sheet,
                "grid": rows[0].grid,
                "columns": canonical(rows[0].columns),
                "body": "[" + ",".join(f"[{row.number},{canonical(row.key)},{row.text}]" for row in rows) + "]",
            }
            for sheet, rows in sheets.items()
        ],
        issues=found,
        edits=[asdict(edit) for edit in one.edits],
        keys=sorted({row.key for row in of_first}),
        subjects=sorted({str(row.values.get(subject)) for row in of_first if subject}),
        returned=checked.returned,
        returned_name=checked.returned_name,
    )


def _submission_row(one: Submission) -> Row:
    declared = str(one.cover.get("submission_version") or "")
    return {
        "template": one.template,
        "template_version": one.version,
        "unit": one.unit,
        "year": one.year,
        "period": one.period,
        "declared": declared if declared.isdigit() else "",
        "digest": one.digest,
        "rows": len(one.rows),
        "is_zero": int(one.is_zero),
        "cover": canonical(one.cover),
        "kind": one.kind,
    }


def refused(code: str, **params: object) -> Prepared:
    """Return the refusal of a file that was never read."""
    return Prepared(verdict=Verdict.REFUSED.value, issues=[issue(code, **params)])


def kept_beside(name: str) -> Prepared:
    """Return what is said of a scan beside a workbook: an attachment, not read (decision 16)."""
    return Prepared(verdict=Verdict.ACCEPTED.value, issues=[issue("DR-A107", name=name)])


def content_digest(receipt: str, filed: Row | None, kept: list[Row], found: list[Row], edited: list[Row]) -> str:
    """Return the hash over everything kept about one arrival; the journal carries it and audit computes it again."""
    stable = {key: value for key, value in (filed or {}).items() if key not in ("state", "version", "kind")}
    parts = [receipt, canonical(stable)]
    parts += [
        canonical([one["sheet"], one["grid"], one["columns"]]) + one["body"]
        for one in sorted(kept, key=lambda one: one["sheet"])
    ]
    parts += [canonical(one) for one in sorted(found, key=lambda one: one["position"])]
    parts += [canonical(one) for one in sorted(edited, key=lambda one: one["position"])]
    return sha256("\x1e".join(parts).encode())
