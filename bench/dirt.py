"""All dirt at full size: detected, at the right cell, nothing changed unseen, one problem for one cause, no false alarm.

Every variant of every kind, 300 combinations of three, and sound workbooks in the shapes of several writers (ours, openpyxl,
LibreOffice when it is installed), each of which must be accepted without a word.
"""

from __future__ import annotations

import shutil
import subprocess
import tempfile
from pathlib import Path

from bench.figure import Figure
from engine import intake
from engine.model import Verdict
from simulate import clerk
from simulate.dirt import numbers, office, parcels
from simulate.dirt import proof as dirt
from simulate.dirt.case import FAULTS, Outcome, open_form, saved

FORMS = ("T06", "T06b", "T04", "T02", "T01")


def sound_files(copies: int = 45) -> list[tuple[str, bytes]]:
    """Return (form, bytes) of sound workbooks of several writers: each form, `copies` times with other people."""
    found = []
    for form in FORMS:
        for at in range(copies):
            rows = office.rows(form)
            for row in next(iter(rows.values())):
                for key in ("certificate_no", "licence_no"):
                    if form != "T02" and key in row:
                        row[key] = str(int(str(row[key])) + 7 * at)
            data = office.filled(form, rows)
            found += [(form, data), (form, saved(open_form(form, data)))]
    return found + _through_office(found[::5])


def _through_office(files: list[tuple[str, bytes]]) -> list[tuple[str, bytes]]:
    """Return the files as LibreOffice saves them; none where it is not installed."""
    command = shutil.which("soffice")
    if command is None:
        return []
    with tempfile.TemporaryDirectory() as place:
        given, out = Path(place) / "in", Path(place) / "out"
        given.mkdir()
        for at, (_, data) in enumerate(files):
            (given / f"{at}.xlsx").write_bytes(data)
        profile = f"-env:UserInstallation=file://{place}/profile"
        line = [
            command,
            profile,
            "--headless",
            "--convert-to",
            "xlsx",
            "--outdir",
            str(out),
            *map(str, sorted(given.iterdir())),
        ]
        subprocess.run(line, check=True, capture_output=True)
        return [(form, (out / f"{at}.xlsx").read_bytes()) for at, (form, _) in enumerate(files)]


def _once(form: str, data: bytes, **rest: object) -> intake.Checked:
    context = dirt.context(form, **rest)  # type: ignore[arg-type]
    return intake.examine([intake.Incoming(name="表.xlsx", data=data, sha256="0")], context)[0]


def figures(most: int | None = None, combined: int = 300) -> list[Figure]:
    """Return the figures; `most` bounds the variants of each kind."""
    cases = list(dirt.cases(most))
    found = dirt.examined(cases)
    digests = {form: dirt.clean_digest(form) for form in FORMS}
    wrong = [(case, why) for case, one in zip(cases, found, strict=True) if (why := dirt.judge(case, one, digests))]
    sent = _among_several()
    misplaced = sum(any(text.startswith("cell ") for text in why) for _, why in wrong)
    silent = sum(len(dirt.silent_changes(case, one)) for case, one in zip(cases, found, strict=True))
    returned = [(case, one) for case, one in zip(cases, found, strict=True) if case.outcome is Outcome.RETURNED]
    told = sum(issue.severity in FAULTS for _, one in returned for issue in one.issues)
    together = dirt.combinations(2026, combined)
    failed = sum(
        bool(dirt.judge_combination(one, checked))
        for one, checked in zip(together, dirt.examined_combinations(together), strict=True)
    )
    sound = sound_files()
    alarms = sum(
        bool(_once(form, data).issues) or _once(form, data).verdict is not Verdict.ACCEPTED for form, data in sound
    )
    kinds = len({one.kind for one in cases} | set(sent))
    count = len(cases) + sum(len(many) for many in sent.values())
    failed_kinds = [f"{case.kind}/{case.variant} {why[0]}" for case, why in wrong]
    failed_kinds += [f"{kind} {why[0]}" for kind, many in sent.items() for why in many if why]
    shown = "; ".join(failed_kinds[:5])
    return [
        _figure("dirt detected or corrected as specified", 100 * (1 - len(failed_kinds) / count), "%", "≥ 99.5", 99.5, f"{count} files, {kinds} kinds {shown}"),
        _figure("right cell among the detected", 100 * (1 - misplaced / len(cases)), "%", "100", 100.0),
        _figure("combinations of three told apart", 100 * (1 - failed / max(1, combined)), "%", "≥ 99.5", 99.5, f"{combined} files"),
        _most("persons, codes and amounts changed unseen", silent, "cells", 0),
        _most("problems told for one cause", round(told / len(returned), 3), "", 1.05),
        _most("sound workbooks with a false alarm", alarms, "files", 0, f"{len(sound)} files"),
        _clerk([(case, one) for case, one in returned if case.kind != "D022"]),
    ]  # fmt: skip


def _among_several() -> dict[str, list[list[str]]]:
    """Return kind -> what was wrong in each variant, of the dirt that shows only among several files or in other numbers."""
    found: dict[str, list[list[str]]] = {}
    for one in parcels.scenarios():
        with tempfile.TemporaryDirectory() as folder:
            found.setdefault(one.kind, []).append(parcels.judge(one, parcels.play(one, Path(folder))))
    for typed in numbers.numbers():
        found.setdefault(typed.kind, []).append(numbers.judge(typed))
    return found


def _clerk(returned: list[tuple[dirt.Case, intake.Checked]]) -> Figure:
    """Return how many returned files a clerk gets accepted at the first resubmission."""
    accepted = 0
    for case, _ in returned:
        context = intake.Context(
            unit=case.receiver or office.receiver(case.form), year=office.YEAR, today=office.TODAY, roster=case.roster
        )
        copy = intake.examine([intake.Incoming(name="表.xlsx", data=case.data, sha256="0")], context)[0].returned
        true = next(iter(office.rows(case.form).values()))
        sent = clerk.correct(copy or b"", true, {**office.COVER, "unit_code": office.SENDERS[case.form]})
        accepted += _once(case.form, sent, receiver=case.receiver, roster=case.roster).verdict is Verdict.ACCEPTED
    return _figure(
        "accepted at the first resubmission by a clerk",
        100 * accepted / len(returned),
        "%",
        "≥ 95",
        95.0,
        f"{len(returned)} files",
    )


def _figure(name: str, value: float, unit: str, aim: str, least: float, detail: str = "") -> Figure:
    return Figure(
        room="校验", name=name, value=round(value, 2), unit=unit, baseline="expected outcomes of simulate/dirt", aim=aim, reached=value >= least, detail=detail
    )  # fmt: skip


def _most(name: str, value: float, unit: str, most: float, detail: str = "") -> Figure:
    return Figure(
        room="校验", name=name, value=value, unit=unit, baseline="expected outcomes of simulate/dirt", aim=f"≤ {most}", reached=value <= most, detail=detail
    )  # fmt: skip
