"""The end of the intake: verdict, grouped issues, submission with its digest, and the copy that goes back (intake 5.5-5.7)."""

from __future__ import annotations

from dataclasses import replace
from operator import getitem
from typing import TYPE_CHECKING

from engine.draft import address, row_key
from engine.files import sha256
from engine.journal import canonical
from engine.model import Checked, Issue, Row, Severity, Submission, Verdict
from engine.outcome import BAD

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from engine.draft import Context, Draft

_GROUP_FROM = 6


def finished(draft: Draft, context: Context) -> Checked:
    """Return what became of a file: verdict, rows, issues, and the copy that goes back."""
    verdict = Verdict.REFUSED if draft.is_refused else Verdict.RETURNED if draft.has_errors else Verdict.ACCEPTED
    submission = _submission(draft) if draft.template and draft.unit else None
    returned, name = b"", ""
    if verdict is Verdict.RETURNED and context.returns and draft.template is not None:
        from engine.review import returned_copy

        returned, name = returned_copy(draft, context), f"退回_{_stem(draft.file.name)}.xlsx"
    return Checked(
        file=draft.file.name,
        sha256=draft.file.sha256,
        verdict=verdict,
        submission=submission,
        issues=tuple(_grouped(draft.issues)),
        returned=returned or None,
        returned_name=name,
    )


def _stem(name: str) -> str:
    stem = name.replace("\\", "/").rsplit("/", 1)[-1]
    stem = stem.rsplit(".", 1)[0] if "." in stem else stem
    return stem.removeprefix("退回_")


def _grouped(issues: Sequence[Issue]) -> list[Issue]:
    """Return the issues with a cause that repeats in many rows said once, at its first cell, with its count."""
    groups: dict[tuple[str, str | None, str | None, Severity], list[Issue]] = {}
    for one in issues:
        groups.setdefault((one.code, one.sheet, one.field, one.severity), []).append(one)
    found: list[Issue] = []
    for many in groups.values():
        if len(many) < _GROUP_FROM:
            found += many
        else:
            cells = "、".join(str(one.cell) for one in many[:3])
            found.append(replace(many[0], message=f"{many[0].message}同类问题共 {len(many)} 处（{cells} 等）。"))
    order = {Severity.ERROR: 0, Severity.EXPLAIN: 1, Severity.FIXED: 2, Severity.NOTE: 3}
    return sorted(found, key=lambda one: order[one.severity])


def _submission(draft: Draft) -> Submission:
    template, unit = draft.template, draft.unit
    assert template is not None and unit is not None and draft.filled is not None
    rows = []
    tables = {one.sheet: one for one in draft.filled.tables}
    for sheet, found in draft.rows.items():
        table = tables[sheet]
        columns = {key: address(table, key, 0) or "" for key in table.columns}
        columns = {key: place.rstrip("0") for key, place in columns.items()}
        texts = {key: _Texts(key) for key in sorted(one.key for one in template.sheet(sheet).fields)}
        blank = dict.fromkeys(texts)
        for row, outcomes in found:
            values = blank | {key: None if one.value is BAD else one.value for key, one in outcomes.items()}
            rows.append(
                Row(
                    sheet=sheet,
                    grid=table.grid,
                    number=row.number,
                    key=row_key(draft, sheet, outcomes),
                    values=values,
                    text="{" + ",".join(map(getitem, texts.values(), values.values())) + "}",
                    columns=columns,
                )
            )
    return Submission(
        template=template.code,
        version=draft.filled.identity.version or template.version,
        unit=unit.code,
        year=draft.year,
        period=template.period,
        kind="零报告" if draft.cover.get("is_zero_report") == "是" else "首报",
        cover=dict(draft.cover),
        rows=tuple(rows),
        digest=digest(template.code, unit.code, draft.year, rows),
        edits=tuple(draft.edits),
        is_zero=draft.cover.get("is_zero_report") == "是",
    )


class _Texts(dict[object, str]):
    """The members of one key in canonical JSON, made once for each distinct value."""

    def __init__(self, key: str) -> None:
        super().__init__()
        self.key = canonical(key)

    def __missing__(self, value: object) -> str:
        text = self[value] = f"{self.key}:{canonical(value)}"
        return text


def digest(template: str, unit: str, year: int, rows: Iterable[Row]) -> str:
    """Return SHA-256 over form, unit, year and the sorted normalised rows as canonical JSON (intake 5.7).

    Independent of file bytes, row order and column order.
    """
    body = ",".join(sorted(f"[{canonical(one.sheet)},{one.text}]" for one in rows))
    return sha256(f"[{canonical(template)},{canonical(unit)},{year},[{body}]]".encode())
