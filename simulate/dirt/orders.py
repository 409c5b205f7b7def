"""The same arrivals worked on in any order: arrival times are facts, the order of work is chance (intake 5.7, decision 19).

A city's season: versions, re-saves, contests, a supplement, a returned file, a copy of a neighbour, a decision. `play` receives
them in a given order, some of them twice, merges, and returns one digest over registers, conflicts, standings and ledger rows.
"""

from __future__ import annotations

import copy
import random
from typing import TYPE_CHECKING, Any

from engine import examination
from engine.files import sha256
from engine.journal import canonical
from simulate.dirt import office
from simulate.dirt.parcels import CITY, OTHER, county, moment, resaved

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from engine.prepared import Prepared

Arrival = tuple[int, int, bytes]
"""Day and hour of May 2026, and the bytes."""

_KNOWN: dict[tuple[str, str], Prepared] = {}


def season() -> list[Arrival]:
    """Return what arrives at the city: fifteen files with their times."""
    other = {"sender": "421222"}
    neighbour = county((0, "certificate_no", "42122200101"), (1, "certificate_no", "42122200102"), **other)
    late = county((0, "certificate_no", "42122200101"), (1, "certificate_no", "42122200109"), **other)
    third = {"sender": "421223"}
    lab = office.workbook("T06b")
    fourth = [
        office.filled("T06", {"nominees": [{**office.rows("T06")["nominees"][at], "certificate_no": f"4212240010{at}"}]}, sender="421224", cover={**office.COVER, "explanation": "另一人待定"})
        for at in (0, 1)
    ]  # fmt: skip
    return [
        (20, 9, county()),
        (20, 10, county((0, "post", "#N/A"), **third)),
        (20, 11, county((0, "certificate_no", "42122300101"), (1, "certificate_no", "42122300102"), **third)),
        (20, 16, county((0, "certificate_no", "42122300101"), (1, "certificate_no", "42122300103"), **third)),
        (20, 15, neighbour),
        (21, 8, resaved("T06", 90)),
        (21, 9, county(*OTHER)),
        (21, 10, lab),
        (21, 11, fourth[0]),
        (22, 9, fourth[1]),
        (22, 10, late),
        (22, 11, county((1, "certificate_no", "42122200109"), sender="421281")),
        (22, 14, county()),
        (23, 9, county((0, "certificate_no", "42122300101"), (1, "certificate_no", "42122300103"), **third)),
        (23, 10, lab),
    ]


def shuffled(arrivals: Sequence[Arrival], seed: int) -> list[Arrival]:
    """Return the arrivals in a random order of work, some of them worked on twice."""
    rng = random.Random(seed)
    order = [*arrivals, *rng.sample(list(arrivals), rng.randrange(5))]
    rng.shuffle(order)
    return order


def play(arrivals: Sequence[Arrival], folder: Path) -> str:
    """Receive the arrivals in this order, each at its own time, merge, and return the digest of everything that follows."""
    from engine.workflow import collect
    from engine.workspace import Workspace

    collect.init(folder / "city", CITY, office.YEAR, at=moment(1))
    path = folder / "来件.xlsx"
    with Workspace(folder / "city") as workspace:
        for day, hour, data in arrivals:
            path.write_bytes(data)
            collect.receive(workspace, [path], at=moment(day, hour), workers=0)
        merged = collect.consolidate(workspace, at=moment(28))
        return sha256(canonical([_registers(merged), _standings(workspace), _ledger(workspace)]).encode())


def _registers(merged: dict[str, Any]) -> list[Any]:
    conflicts = sorted([one["key"], sorted(claim["unit"] for claim in one["claims"])] for one in merged["conflicts"])
    found = sorted([one["code"], one["unit"], one["key"], one["sha256"]] for one in merged["findings"])
    return [[[one["template"], one["sheet"], one["digest"]] for one in merged["registers"]], conflicts, found]


def _standings(workspace: Any) -> list[Any]:
    """Return which bytes count and as which version.

    Receipt numbers, ids and the flag of lateness on the row stand for what was worked on first and are left out; what the board
    says of lateness rests on the earliest arrival and is in `_ledger`.
    """
    names = ("template", "unit", "sha256", "state", "version", "kind")
    return sorted([one[name] for name in names] for one in workspace.store.submissions())


def _ledger(workspace: Any) -> list[Any]:
    """Return what the board and the annual ledger say: every shown value of every sheet, and every figure."""
    from engine import figures, ledger
    from engine.workflow import collect
    from engine.workflow.findings import Findings

    names = ("unit", "template", "expected", "received", "on_time", "accepted", "accepted_on_time", "missing", "rows")
    board = sorted([one[name] for name in names] for one in collect.status(workspace, at=moment(28))["units"])
    source = Findings(workspace).source(moment(28))
    counted = figures.count(source)
    sheets = {
        name: [{key: value for key, value in row.items() if not key.startswith("_")} for row in rows]
        for name, rows in ledger.sheets(source, counted).items()
    }
    return [board, [[one.name, one.unit, one.numerator, one.denominator] for one in counted], sheets]


def examined_once(jobs: list[tuple[str, bytes, str, str]], context: Any) -> list[Prepared]:
    """Examine each file once for all orders: the examination is a pure function of bytes and context."""
    found = []
    for job in jobs:
        key = (job[2], repr(context))
        if key not in _KNOWN:
            _KNOWN[key] = _EXAMINE([job], context)[0]
        found.append(copy.deepcopy(_KNOWN[key]))
    return found


_EXAMINE = examination.examine
