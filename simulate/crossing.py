"""Counts the step from one played year to the next again, without the engine: carried, ended, filed, repeated, weighed.

Everything expected comes from the population, the manners of the offices and the records that the teams typed.
"""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Any

from schemas import loader
from simulate import pen
from simulate.bodies import PROVINCE
from simulate.offices import associations_of, expert_row, nominee_row, practitioner_row, target_row
from simulate.turnover import after_autumn, lives

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from simulate.offices import Row
    from simulate.population import Population

    Record = tuple[Row, list[Row]]

Point = tuple[str, object, object]
NOT_FILED = {"roster_year", "published_on"}
KINDS = ("problems", "transfers", "tasks")
COUNTED_APART = {
    "problems": "上年结转问题整改率",
    "transfers": "上年结转移送办结率",
    "tasks": "上年结转任务完成率",
}


def points(before: dict[str, Any], now: dict[str, Any]) -> Iterator[Point]:
    """Yield what is expected and what was found of the step from the year `before` to the year `now` of one play."""
    old, new = _people(before), _people(now)
    typed, later = _records(before["folder"]), _records(now["folder"])
    seen = {unit: _visited(typed, unit) for unit in before["workspaces"]}
    everywhere = set().union(*seen.values())
    for unit, carried in now["carried"].items():
        inside = seen[unit] if unit != PROVINCE else everywhere
        yield f"rows carried by {unit}", _rows(old, unit), {k: carried["registers"].get(k) for k in _rows(old, unit)}
        roster = _rows(old, unit)["T02/targets"] + _rows(old, unit)["T03/practitioners"]
        yield (
            f"targets carried by {unit}",
            (roster, roster - len(inside)),
            (carried["targets"], carried["never_inspected"]),
        )
        yield f"left to {unit}", _left(before, unit), {kind: carried["unfinished"][kind] for kind in KINDS}
        yield f"ended by {unit}", before["left"][unit], now["settled"][unit]
        left = _left(before, unit)
        for kind, name in COUNTED_APART.items():
            # Everything left is ended in the played year: the ledger must say so, apart from what it found itself.
            expected = (left[kind], left[kind]) if left[kind] else None  # what nobody left has no figure
            yield f"{name} of {unit}", expected, _figure(now, name, unit)
    for city in new.cities:
        yield f"changes filed by {city.code}", _changes(old, new, city.code), _filed(now, city.code)
    earlier = set(_faults(typed))
    again = sum(one in earlier for one in _faults(later))
    yield "repeats", (again, True), (now["repeats"][PROVINCE], again > 0)
    yield from _weights(now, everywhere)


def _people(found: dict[str, Any]) -> Population:
    return lives(found["scale"], seed=found["seed"], year=found["year"], first=found["first"])


def _rows(people: Population, unit: str) -> dict[str, int]:
    """Return how many rows of each roster an office has when the year ends."""
    end = after_autumn(people)
    if unit == PROVINCE:
        return {
            "T02/targets": len(end.bodies),
            "T03/practitioners": len(end.practitioners),
            "T05/experts": sum(one.association.startswith(f"{PROVINCE}-") for one in end.experts),
        }
    return {
        "T02/targets": len(end.bodies_of(unit)),
        "T03/practitioners": len(end.practitioners_of(unit)),
        "T05/experts": sum(len(end.experts_of(one)) for one in associations_of(end, unit)),
    }


def _left(before: dict[str, Any], unit: str) -> dict[str, int]:
    """Return what an office knows to be open: its own; the province also what its cities reported, but no task of theirs."""
    own = before["left"][unit]
    if unit != PROVINCE:
        return own
    sums = {kind: sum(one[kind] for one in before["left"].values()) for kind in ("problems", "transfers")}
    return {**sums, "tasks": own["tasks"]}


def _records(folder: str) -> list[Record]:
    """Return head and checklist of every result that was sent by mail."""
    found = []
    mail = Path(folder) / "往来文件"
    for path in sorted((*mail.rglob("*_检查记录.xlsx"), *mail.rglob("*_T10_v*.xlsx"))):
        book = pen.read(path.read_bytes())
        lines = book["checklist"]
        found += [(head, [one for one in lines if one["task_id"] == head["task_id"]]) for head in book["results"]]
    return found


def _visited(records: Sequence[Record], unit: str) -> set[str]:
    """Return the targets that the teams of an office visited by lot."""
    return {
        str(head["target_id"])
        for head, _ in records
        if head["task_kind"] == "双随机" and head["inspecting_unit"] == unit
    }


def _faults(records: Sequence[Record]) -> list[tuple[str, str]]:
    """Return (target, item) of every fault the teams typed."""
    return [
        (str(head["target_id"]), str(line["item_code"]))
        for head, lines in records
        for line in lines
        if line["has_problem"] in (True, "是")
    ]


def _changes(old: Population, new: Population, city: str) -> int:
    """Return how many rows the change filing of a city must have: one per field, or per coming and going."""
    one, other = _roster(after_autumn(old), city), _roster(after_autumn(new), city)
    count = 0
    for name in one.keys() | other.keys():
        if name not in one or name not in other:
            count += 1
        else:
            keys = (one[name].keys() | other[name].keys()) - NOT_FILED
            count += sum(one[name].get(key) != other[name].get(key) for key in keys)
    return count


def _roster(people: Population, city: str) -> dict[str, Row]:
    """Return what a city knows of everybody, by the key that is for life."""
    known, titles = loader.units(), {one.id: one.name for one in people.bodies}
    units = {city, *(one.code for one in people.counties if one.parent == city)}
    found: dict[str, Row] = {}
    for body in people.bodies_of(city):
        found[body.id] = target_row(body, people.year, known[body.supervisor].name)
    for one in people.practitioners_of(city):
        found[one.id] = practitioner_row(one, people.year, titles[one.body])
    for officer in people.inspectors:
        if officer.unit in units:
            place = {"unit_code": officer.unit, "unit_name": known[officer.unit].name}
            found[officer.certificate] = {**nominee_row(officer), **place}
    for association in associations_of(people, city):
        found |= {one.licence + "专家": expert_row(one) for one in people.experts_of(association)}
    return found


def _filed(found: dict[str, Any], unit: str) -> int:
    counted = _figure(found, "动态调整备案", unit)
    return counted[0] if counted else -1


def _figure(found: dict[str, Any], name: str, unit: str) -> tuple[int, int | None] | None:
    """Return numerator and denominator of one figure of the summary, None when it is not there."""
    fitting = (one for one in found["figures"] if (one["name"], one["unit"]) == (name, unit))
    return next(((one["numerator"], one["denominator"]) for one in fitting), None)


def _weights(now: dict[str, Any], seen: set[str]) -> Iterator[Point]:
    """Compare the weights in the published record of the provincial draw: persons visited last year weigh less."""
    rosters = json.loads((Path(now["bundle"]) / "rosters.json").read_text(encoding="utf-8"))
    weights: Counter[tuple[bool, int]] = Counter()
    for one in rosters["targets"]:
        if one["id"].startswith("P-"):
            weights[one["id"] in seen, int(one["class"].removeprefix("W"))] += 1
    fresh = {weight for was_seen, weight in weights if not was_seen}
    stale = {weight for was_seen, weight in weights if was_seen}
    yield "weights of persons", (1, 1, True), (len(fresh), len(stale), max(stale) < min(fresh))
