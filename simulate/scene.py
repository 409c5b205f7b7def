"""Where a year is played: one folder with a workspace per office, and the mail that goes back and forth between them.

<directory>/工作文件夹/421200 咸宁市司法局/    one workspace per office that runs the program
<directory>/往来文件/…                        what offices sent, by receiver and day: what a mail folder would hold
<directory>/保管人/…                          the holders' files of the draws; in real life on two USB sticks
"""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Any

from engine.workflow import collect
from engine.workspace import Workspace
from schemas import loader
from simulate import pen
from simulate.offices import at, cover

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from datetime import date, datetime

    from schemas.declare import Unit
    from simulate.offices import Row
    from simulate.population import Population

Receipt = dict[str, Any]


class Scene:
    """Holds the folder, the population and the open workspaces of one play; `say` gets one Chinese line at a time.

    before: unit -> workspace of the year before, which the new one takes over. goes_on: another year will follow, so
    something may be left undone. `typed` counts what offices wrote into their forms: problems found by drawn visits (`found`)
    and problems put right (`put_right`). `busy` are the days on which officers are on a visit.
    """

    def __init__(
        self,
        directory: Path | str,
        population: Population,
        say: Callable[[str], None],
        *,
        before: Mapping[str, Path] | None = None,
        goes_on: bool = False,
    ) -> None:
        self.root = Path(directory).resolve()
        self.before, self.goes_on = dict(before or {}), goes_on
        self.carried: dict[str, dict[str, Any]] = {}
        self.settled: dict[str, dict[str, int]] = {}
        self.population = population
        self.year = population.year
        self.say = say
        self.offices: dict[str, Workspace] = {}
        self.blanks: dict[tuple[str, str], bytes] = {}
        self.typed: Counter[str] = Counter()
        self.busy: set[tuple[str, date]] = set()

    def open_office(self, unit: str, when: datetime) -> Workspace:
        """Make the workspace of an office, which begins with what the year before left."""
        folder = self.root / "工作文件夹" / f"{unit} {loader.units()[unit].short_name}"
        made = collect.init(folder, unit, self.year, at=when, carry_from=self.before.get(unit))
        self.carried |= {unit: made["carried"]} if unit in self.before else {}
        self.offices[unit] = Workspace(folder)
        return self.offices[unit]

    def close(self) -> None:
        """Let go of every workspace."""
        for office in self.offices.values():
            office.close()

    def mail(self, receiver: str, day: date, sender: str, name: str, data: bytes) -> Path:
        """Put a file into the mail of `receiver` and return its path."""
        folder = self.root / "往来文件" / _label(receiver) / f"{day:%m-%d} {loader.units()[sender].short_name}"
        folder.mkdir(parents=True, exist_ok=True)
        path = folder / name
        path.write_bytes(data)
        return path

    def blank(self, code: str, unit: str) -> bytes:
        """Return the blank template that the level above of `unit` sent out; written once, as `taizhang templates` does."""
        if (code, unit) not in self.blanks:
            known = loader.units()
            sender = self.offices.get(known[unit].parent) or self.offices[unit]
            folder = self.root / "往来文件" / _label(sender.unit.code) / "发出的空白表"
            found = collect.templates([code], folder, year=self.year, workspace=sender, units=[unit])
            self.blanks[code, unit] = Path(found["written"][0]).read_bytes()
        return self.blanks[code, unit]

    def filled(self, code: str, unit: str, rows: Mapping[str, Sequence[Row]], on: date, explanation: str = "") -> bytes:
        """Return a blank of `code` filled in and signed by `unit` on a day; what was pre-filled gives way row by row."""
        blank = self.blank(code, unit)
        written = pen.read(blank) if self.before else {}
        typed = {sheet: _over(code, sheet, written.get(sheet, []), given) for sheet, given in rows.items()}
        return pen.fill(blank, rows=typed, cover=cover(self.population, unit, on, explanation))

    def receive(self, receiver: str, paths: Sequence[Path], when: datetime) -> list[Receipt]:
        """Let an office receive what lies in its mail and return the receipts."""
        return collect.receive(self.offices[receiver], paths, at=when, workers=0)["files"]

    def returned(self, receiver: str, receipt: Receipt) -> bytes:
        """Return the marked copy that went back to the sender."""
        return (self.offices[receiver].root / receipt["returned"]).read_bytes()

    def name(self, unit: str) -> str:
        """Return the short name of a unit."""
        return loader.units()[unit].short_name

    def day(self, month: int, day: int, hour: int = 9, minute: int = 0) -> datetime:
        """Return a moment of the year that is played."""
        return at(self.year, month, day, hour, minute)


def file_name(scene: Scene, code: str, unit: str, version: int = 1) -> str:
    """Return the name an office gives its file: the standard one, with the version counted by the sender."""
    return f"{scene.year}_{loader.template(code).period}_{unit}_{code}_v{version}.xlsx"


def _over(code: str, sheet: str, written: Sequence[Row], given: Sequence[Row]) -> list[Row]:
    """Return what a clerk types over pre-filled rows: each own row with what was known of it, the rest wiped out."""
    keys = loader.template(code).sheet(sheet).key
    blank = dict.fromkeys(key for row in written for key in row)
    known = {tuple(str(row.get(key)) for key in keys): row for row in written}
    typed = [{**blank, **known.get(tuple(str(row.get(key)) for key in keys), {}), **row} for row in given]
    return [*typed, *(dict(blank) for _ in written[len(given) :])]


def _label(unit: str) -> str:
    one: Unit = loader.units()[unit]
    return f"{one.code} {one.short_name}"
