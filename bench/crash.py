"""kill -9 at random points of an office's work; then open the workspace again and look for anything lost, torn or doubled.

A child plays two offices through the command line (init, receive, consolidate, submit, the package received above, status,
backup) and reports each receipt only after the command has returned it. The parent kills it, opens both workspaces and
demands: every acknowledged receipt is there with its original, nothing twice, the audit is clean, no temporary file is
left, every promised receipt file exists; and when the work is simply done again the registers are those of an undisturbed run.
"""

from __future__ import annotations

import contextlib
import importlib
import io
import json
import os
import random
import shutil
import signal
import tempfile
import time
import traceback
from pathlib import Path

from bench.figure import Figure

COVER = {
    "filled_by": "钱明远",
    "checked_by": "孙立",
    "approved_by": "周正",
    "phone": "13900000001",
    "filled_on": "2026-05-20",
}
SIGN = "钱明远,孙立,周正,13900000001"
CITY, PROVINCE = "421200", "420000"


class HarmError(AssertionError):
    """A kill that did harm."""


def inbox(folder: Path) -> None:
    """Write what six counties and two mail attachments bring: sound, faulty, foreign, doubled, and a scan."""
    from schemas import loader
    from workbooks import template as writer

    folder.mkdir()
    form = loader.template("T06")
    counties = [one for one in loader.children(CITY) if one.level.value == "county"]
    for place, unit in enumerate(counties):
        rows = [
            {
                "name": "吴" + "甲乙丙丁戊己庚辛壬癸子丑"[place * 2 + number],
                "post": "股长",
                "inspector_class": "行政执法类公务员",
                "qualification": "持有行政执法证",
                "certificate_no": "" if place == 5 and number else f"{unit.code}{number + 1:05d}",
                "certificate_valid_to": "2028-12-31",
                "specialities": "公证管理",
                "fields": "公证；司法鉴定",
            }
            for number in range(2)
        ]
        identity = writer.identity_of(form, unit=unit.code, year=2026)
        data = writer.write(form, identity, unit=unit, year=2026, rows={"nominees": rows}, cover=COVER)
        (folder / f"{unit.code}.xlsx").write_bytes(data)
    shutil.copy(folder / f"{counties[0].code}.xlsx", folder / "再发一次.xlsx")
    (folder / "盖章件.pdf").write_bytes(b"%PDF-1.4 scan")
    (folder / "坏文件.xlsx").write_bytes(b"PK\x03\x04 half a file")


def steps(home: Path) -> list[list[str]]:
    """Return the command lines of both offices in order."""
    city, province, package = str(home / "市"), str(home / "省"), str(home / "报送.zip")
    day = "2026-05-{}T09:00:00+08:00".format
    return [
        ["init", city, "--unit", CITY, "--year", "2026", "--at", day("01")],
        ["-C", city, "receive", str(home / "收件"), "--jobs", "0", "--at", day("20")],
        ["-C", city, "consolidate", "--at", day("22")],
        ["-C", city, "receive", str(home / "收件"), "--jobs", "0", "--at", day("21")],
        ["-C", city, "submit", "-o", package, "--sign", SIGN, "--at", day("23")],
        ["init", province, "--unit", PROVINCE, "--year", "2026", "--at", day("01")],
        ["-C", province, "receive", package, "--jobs", "0", "--at", day("24")],
        ["-C", province, "consolidate", "--at", day("25")],
        ["-C", city, "backup", "-o", str(home / f"备份{os.getpid()}.zip"), "--at", day("26")],
    ]


def play(home: Path, report: Path) -> None:
    """Run every command line; note its receipts in `report` once it has returned them."""
    import cli

    with report.open("a", encoding="utf-8") as log:
        for arguments in steps(home):
            out = io.StringIO()
            with contextlib.redirect_stdout(out), contextlib.redirect_stderr(io.StringIO()):
                status = cli.run([*arguments, "--json"])
            value = json.loads(out.getvalue() or "{}")
            if "error" in value or not value:
                raise HarmError(f"{' '.join(arguments)}: {status} {value}")
            log.write(json.dumps({"arguments": arguments, "value": value}, ensure_ascii=False) + "\n")
            log.flush()


def killed(home: Path, report: Path, after: float) -> bool:
    """Play in a child and kill it after so many seconds; say whether it was still alive then."""
    child = os.fork()
    if child == 0:
        try:
            play(home, report)
        except BaseException:
            (home / "错误").write_text(traceback.format_exc(), encoding="utf-8")
            os._exit(1)
        os._exit(0)
    deadline = time.monotonic() + after
    while time.monotonic() < deadline:
        done, status = os.waitpid(child, os.WNOHANG)
        if done:
            if status:
                raise HarmError(f"the work could not be done: {(home / '错误').read_text(encoding='utf-8')}")
            return False
        time.sleep(0.002)
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)
    return True


def examine(home: Path, report: Path) -> None:
    """Open what is there after the kill and raise HarmError for anything that should not be."""
    from engine.files import TEMPORARY, sha256
    from engine.model import EngineError
    from engine.workflow import evidence
    from engine.workspace import MARK, Workspace

    acknowledged = [json.loads(line) for line in report.read_text(encoding="utf-8").splitlines() if line.endswith("}")]
    for name in ("市", "省"):
        if not (home / name / MARK).is_file():
            continue
        try:
            with Workspace(home / name) as workspace:
                found = evidence.audit(workspace)
                if not found["ok"]:
                    raise HarmError(f"{name}: {[fault for one in found['checks'] for fault in one['faults']][:3]}")
                rows = workspace.store.arrivals()
                by_number = {(row["number"], row["sha256"]) for row in rows}
                for one in acknowledged:
                    if "receive" in one["arguments"] and str(home / name) in one["arguments"]:
                        for receipt in one["value"]["files"]:
                            if (receipt["number"], receipt["sha256"]) not in by_number:
                                raise HarmError(f"{name}: acknowledged receipt {receipt['number']} is lost")
                for row in rows:
                    if sha256(workspace.original(row["sha256"])) != row["sha256"]:
                        raise HarmError(f"{name}: original {row['sha256']} is torn")
                filed = [one["sha256"] for one in workspace.store.submissions()]
                if len(filed) != len(set(filed)):
                    raise HarmError(f"{name}: a file was recorded twice")
                answered = {row["number"] for row in rows if row["role"] in ("workbook", "attachment")}
                written = {path.name.split("_")[0] for path in (home / name / "回执").iterdir()}
                if answered - written:
                    raise HarmError(f"{name}: receipts missing: {sorted(answered - written)}")
        except EngineError as error:
            raise HarmError(f"{name}: {error}") from error
        stray = list((home / name).rglob(f".*{TEMPORARY}"))
        if stray:
            raise HarmError(f"{name}: stray temporary files {stray}")


def digests(home: Path) -> dict[str, list[str]]:
    """Return the digests of the registers of both offices."""
    from engine.workspace import Workspace

    found = {}
    for name in ("市", "省"):
        with Workspace(home / name) as workspace:
            edition = workspace.store.edition("T04", "inspectors")
            states = sorted((one["unit"], one["state"], one["digest"]) for one in workspace.store.submissions())
            found[name] = [edition["digest"] if edition else "", *map(str, states)]
    return found


def trials(count: int, seed: int = 1, *, finishes: int = 5) -> dict[str, int]:
    """Kill `count` runs at random points and examine each; every `finishes`-th is played to its end and compared.

    Returns {kills, finished}; raises HarmError at the first harm.
    """
    for name in (
        "engine.audit",
        "engine.intake",
        "engine.workflow.collect",
        "workbooks.letter",
        "workbooks.register",
        "pandas",
    ):
        importlib.import_module(name)  # before the fork, so that the kills fall into the work and not into imports

    chance = random.Random(seed)
    with tempfile.TemporaryDirectory() as place:
        root = Path(place)
        inbox(root / "收件")
        calm = _home(root, "calm")
        started = time.monotonic()
        killed(calm, calm / "报告", 600)
        length, expected = time.monotonic() - started, digests(calm)
        kills = finished = number = 0
        while kills < count:
            number += 1
            home = _home(root, f"t{number}")
            if killed(home, home / "报告", chance.uniform(0, length)):
                kills += 1
            examine(home, home / "报告")
            if kills % finishes == 0:
                killed(home, home / "报告", 600)
                examine(home, home / "报告")
                if digests(home) != expected:
                    raise HarmError(f"after trial {number} the registers differ from an undisturbed run")
                finished += 1
            shutil.rmtree(home)
    return {"kills": kills, "finished": finished}


def _home(root: Path, name: str) -> Path:
    home = root / name
    home.mkdir()
    (home / "收件").symlink_to(root / "收件")
    (home / "报告").touch()
    return home


def figures(count: int = 120) -> list[Figure]:
    """Return how many kills did harm, counted until the first; the aim is none in a hundred or more."""
    try:
        found = trials(count)
        harm, detail = 0, f"{found['kills']} kills, {found['finished']} played on to the end"
    except HarmError as error:
        harm, detail = 1, str(error)
    return [
        Figure(
            room="断电",
            name="kill -9 at random points of the verbs: lost, torn, doubled, stray",
            value=harm,
            unit="",
            baseline="an undisturbed run",
            aim="0",
            reached=harm == 0,
            detail=detail,
        )
    ]
