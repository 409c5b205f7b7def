"""Dirt of every catalogued kind, put into sound workbooks, with what must come of it (intake 3).

`cases()` gives single pieces of dirt, `combinations(seed, count)` three at a time, `judge` compares the outcome with what was
expected. What shows only among several files is in `parcels`, numbers no form asks for in `numbers`; the rest is in `ELSEWHERE`.
"""

from __future__ import annotations

import random
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

from engine import intake
from engine.model import Verdict
from schemas import loader
from simulate.dirt import cells, files, office, structure
from simulate.dirt.case import FAULTS, Case, Dirt, Outcome, of_cell, place, spoiled
from workbooks.container import open_book
from workbooks.locate import locate

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from engine.model import Checked

KINDS = tuple(f"D{number:03d}" for number in range(1, 125))
ELSEWHERE = {
    "D010": "tests/engine/test_arrivals_growing.py",
    "D018": "tests/engine/test_executor.py",
}
"""Kinds of a file that is still being written or kills its reader: no bytes can show them, five variants each are acted out."""

_VERDICTS = {
    Outcome.SAME: Verdict.ACCEPTED,
    Outcome.NOTED: Verdict.ACCEPTED,
    Outcome.RETURNED: Verdict.RETURNED,
    Outcome.REFUSED: Verdict.REFUSED,
}
_EXACT = ("person_name", "uscc", "certificate", "licence", "identifier", "phone")


def cases(most: int | None = None) -> Iterator[Case]:
    """Yield every single case, at most `most` variants of one kind."""
    made: Counter[str] = Counter()
    for one in cells.dirt():
        made[one.kind] += 1
        if most is None or made[one.kind] <= most:
            yield of_cell(one, made[one.kind])
    for case in (*files.cases(), *structure.cases(most)):
        made[case.kind] += 1
        if most is None or made[case.kind] <= most:
            yield case


@dataclass(frozen=True, slots=True)
class Combination:
    """Three pieces of dirt in one workbook, each in a column of its own."""

    form: str
    parts: tuple[Dirt, ...]
    data: bytes


def combinations(seed: int, count: int) -> list[Combination]:
    """Return `count` workbooks with three different kinds of dirt each; equal seeds give equal workbooks."""
    rng = random.Random(seed)
    known = [one for one in cells.dirt() if one.code and one.kind not in ("D112", "D105")]
    found: list[Combination] = []
    while len(found) < count:
        form = rng.choice(("T06", "T06", "T04", "T02"))
        parts = rng.sample([one for one in known if one.form == form], 3)
        if len({one.key for one in parts}) == 3 and len({one.kind for one in parts}) == 3:
            found.append(Combination(form, tuple(parts), spoiled(form, parts)))
    return found


def context(form: str, receiver: str = "", roster: dict[str, dict[str, str]] | None = None) -> intake.Context:
    """Return what the receiver of a form knows on the day the sound workbooks are sent."""
    return intake.Context(
        unit=receiver or office.receiver(form), year=office.YEAR, today=office.TODAY, roster=roster or {}, returns=False
    )


def examined(all_cases: Sequence[Case]) -> list[Checked]:
    """Return the outcome of every case; those with one receiver are examined in one chunk, as arrivals are."""
    groups: dict[tuple[str, str], list[int]] = {}
    for at, one in enumerate(all_cases):
        groups.setdefault((one.receiver or office.receiver(one.form), repr(one.roster)), []).append(at)
    found: dict[int, Checked] = {}
    for (receiver, _), places in groups.items():
        for start in range(0, len(places), 50):
            chunk = places[start : start + 50]
            incoming = [
                intake.Incoming(name=all_cases[at].name, data=all_cases[at].data, sha256=str(at)) for at in chunk
            ]
            one = all_cases[chunk[0]]
            checked = intake.examine(incoming, context(one.form, receiver, one.roster))
            found |= dict(zip(chunk, checked, strict=True))
    return [found[at] for at in range(len(all_cases))]


def examined_combinations(combined: Sequence[Combination]) -> list[Checked]:
    """Return the outcome of every combination."""
    return [
        intake.examine([intake.Incoming(name="表.xlsx", data=one.data, sha256=str(at))], context(one.form))[0]
        for at, one in enumerate(combined)
    ]


def clean_digest(form: str) -> str:
    """Return the content digest of the sound workbook of a form."""
    incoming = intake.Incoming(name="好.xlsx", data=office.workbook(form), sha256="0")
    found = intake.examine([incoming], context(form))[0]
    if found.verdict is not Verdict.ACCEPTED or found.submission is None:
        raise AssertionError(f"the sound {form} is not accepted: {found.issues}")
    return found.submission.digest


def judge(case: Case, found: Checked, digests: dict[str, str]) -> list[str]:
    """Return what is wrong with the outcome of a case, nothing if all is as it must be."""
    wrong = []
    if found.verdict is not _VERDICTS[case.outcome]:
        wrong.append(f"verdict {found.verdict}")
    told = [one for one in found.issues if one.code in case.codes]
    if case.codes and not told:
        wrong.append(f"nothing says {'/'.join(case.codes)}: {[one.code for one in found.issues]}")
    if told and case.cell and case.cell not in {one.cell for one in told}:
        wrong.append(f"cell {told[0].cell}, not {case.cell}")
    if case.outcome is Outcome.SAME and (found.submission is None or found.submission.digest != digests[case.form]):
        wrong.append("the content is another")
    faults = [one for one in found.issues if one.severity in FAULTS]
    if case.outcome is Outcome.RETURNED and len(faults) != case.faults:
        wrong.append(f"{len(faults)} problems for one cause: {[one.code for one in faults]}")
    return wrong + [f"silent change: {one}" for one in silent_changes(case, found)]


def judge_combination(one: Combination, found: Checked) -> list[str]:
    """Return what is wrong with the outcome of three pieces of dirt: each must be told at its own place."""
    returned = any(part.outcome is Outcome.RETURNED for part in one.parts)
    wrong = []
    if found.verdict is not (Verdict.RETURNED if returned else Verdict.ACCEPTED):
        wrong.append(f"verdict {found.verdict}")
    told = {(issue.code, issue.cell) for issue in found.issues}
    wrong += [
        f"{part.kind} {part.code} at {place(part.form, part.key)} is not told: {sorted(map(str, told))}"
        for part in one.parts
        if (part.code, place(part.form, part.key)) not in told
    ]
    faults = [issue.code for issue in found.issues if issue.severity in FAULTS]
    expected = sum(part.outcome is Outcome.RETURNED for part in one.parts)
    if len(faults) != expected:
        wrong.append(f"{len(faults)} problems for {expected} causes: {faults}")
    return wrong


def silent_changes(case: Case, found: Checked) -> list[str]:
    """Return the persons, codes and amounts that were recorded otherwise than typed, without a word about it."""
    if found.submission is None or found.verdict is not Verdict.ACCEPTED:
        return []
    told = {one.cell for one in found.issues} | {one.cell for one in found.submission.edits}
    sheet = loader.template(case.form).sheets[0]
    exact = [one.key for one in sheet.fields if one.shape in _EXACT or one.type in ("integer", "percent")]
    filled = locate(open_book(case.data, case.name), loader.templates())
    typed = {row.number: row.cells for table in filled.tables if table.sheet == sheet.name for row in table.rows}
    changed = []
    for row in found.submission.rows:
        for key in exact if row.sheet == sheet.name else ():
            value, raw = row.values.get(key), typed[row.number].get(key)
            same = raw is not None and (raw.text == str(value) or _number(raw.text) == _number(str(value)))
            if value is not None and not same and f"{row.columns.get(key, '')}{row.number}" not in told:
                changed.append(f"{key} {raw and raw.text!r} -> {value!r}")
    return changed


def _number(text: str) -> object:
    """Return a number without its binary noise, or the text itself: 12.000000000000002 and 12 are one amount."""
    try:
        return round(float(text), 9) if len(text) < 12 or "." in text else text
    except ValueError:
        return text


__all__ = [
    "ELSEWHERE",
    "KINDS",
    "Case",
    "Combination",
    "cases",
    "clean_digest",
    "combinations",
    "examined",
    "examined_combinations",
    "judge",
    "judge_combination",
    "silent_changes",
]
