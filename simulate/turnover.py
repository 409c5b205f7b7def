"""What changes among bodies and people: in the autumn of a year, and between one year and the next (R24, R54).

Autumn: a new head, a new address, a notary who retires and one who is appointed. New Year: a legal-aid institution is
renamed, a county's notary office is merged into the city's, a forensic body gives up with its appraisers and a new one is
registered, a notary moves to another office, an officer to another county, and new officers are nominated.
Everybody keeps the key they were given; who has left stays in the roster with a state that says so.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from simulate.bodies import counties_of, founded
from simulate.inspections import PLANTED
from simulate.people import inspector, person, stream
from simulate.population import Population, population

if TYPE_CHECKING:
    from schemas.declare import Unit
    from simulate.bodies import Body
    from simulate.people import Expert, Inspector, Practitioner

GONE = "注销"


@dataclass(frozen=True, slots=True)
class Autumn:
    """What changed in one city during a year: body before and after, and a notary who went and one who came."""

    headed: tuple[Body, Body]
    moved: tuple[Body, Body]
    retired: tuple[Practitioner, Practitioner]
    appointed: Practitioner


def autumn(people: Population, city: str) -> Autumn:
    """Return the changes of one city in the course of the year `people` live in."""
    rng = stream(people.seed, "changes", city, people.year)
    owned = [one for one in people.bodies_of(city) if one.state != GONE]
    headed, moved = owned[rng.randrange(len(owned) // 2)], owned[len(owned) // 2 + rng.randrange(len(owned) // 2)]
    notaries = [one for one in people.practitioners_of(city) if one.kind == "公证员" and one.state != GONE]
    retired = notaries[rng.randrange(len(notaries))]
    new_head, street, successor = person(rng).name, 1 + rng.randrange(200), person(rng)
    mark = f"{90 + people.year % 10}"
    return Autumn(
        headed=(headed, replace(headed, head=new_head)),
        moved=(moved, replace(moved, address=f"{moved.address[:3]}长江路{street}号")),
        retired=(retired, replace(retired, state=GONE)),
        appointed=replace(
            retired,
            id=f"{retired.id[:-2]}{mark}",
            person=replace(successor, born=people.year - 30),
            licence=f"{retired.licence[:-2]}{mark}",
            first=f"{people.year}-09-01",
            title="初级",
        ),
    )


def after_autumn(people: Population) -> Population:
    """Return everybody as they stand at the end of the year."""
    bodies, members = list(people.bodies), list(people.practitioners)
    for city in people.cities:
        found = autumn(people, city.code)
        for before, after in (found.headed, found.moved):
            bodies[bodies.index(before)] = after
        place = members.index(found.retired[0])
        members[place : place + 1] = [found.retired[1], found.appointed]
    return replace(people, bodies=tuple(bodies), practitioners=tuple(members))


def next_year(people: Population) -> Population:
    """Return the population of the following year."""
    changed = replace(after_autumn(people), year=people.year + 1)
    for city in people.cities:
        changed = _city(changed, city)
    return changed


def lives(scale: str, *, seed: int, year: int, first: int) -> Population:
    """Return the population of `year` when the play began with the year `first`."""
    found = population(scale, seed=seed, year=first)
    for _ in range(year - first):
        found = next_year(found)
    return found


def _city(people: Population, city: Unit) -> Population:
    """Return the population with what New Year changes in one city."""
    rng = stream(people.seed, "new year", city.code, people.year)
    bodies = {one.id: one for one in people.bodies}
    members = {one.id: one for one in people.practitioners}
    experts = list(people.experts)
    mine = [one for one in people.bodies if one.city == city.code and one.state != GONE]
    named = [one for one in mine if one.kind == "法律援助机构"][-1]
    bodies[named.id] = replace(named, name=f"{named.name.removesuffix('中心')}服务中心")
    notaries = [one for one in mine if one.kind == "公证机构"]
    if len(notaries) > 2:
        _merge(bodies, members, experts, notaries[-1], notaries[0])
        _transfer(members, notaries[1], notaries[0])
    forensic = [one for one in mine if one.kind == "司法鉴定机构" and one.id != PLANTED]
    with_experts = {one.body for one in experts}
    closable = [one for one in forensic if one.id not in with_experts]
    if len(forensic) > 2 and closable:
        _close(bodies, members, closable[-1])
        made, appraisers = founded(rng, counties_of(city)[0], city, people.year, bodies)
        bodies[made.id] = made
        members |= {one.id: one for one in appraisers}
    return replace(
        people,
        bodies=tuple(bodies.values()),
        practitioners=tuple(members.values()),
        inspectors=tuple(_officers(people, city)),
        experts=tuple(experts),
    )


def _merge(
    bodies: dict[str, Body], members: dict[str, Practitioner], experts: list[Expert], ended: Body, into: Body
) -> None:
    """Let one office end and all its notaries belong to another."""
    bodies[ended.id] = replace(ended, state=GONE)
    bodies[into.id] = replace(into, staff=into.staff + ended.staff)
    for one in list(members.values()):
        if one.body == ended.id:
            members[one.id] = replace(one, body=into.id)
    for place, expert in enumerate(experts):
        if expert.body == ended.id:
            experts[place] = replace(expert, body=into.id, employer=into.name)


def _transfer(members: dict[str, Practitioner], out_of: Body, into: Body) -> None:
    """Let the first practising notary of one office move to another."""
    mover = next(one for one in members.values() if one.body == out_of.id and one.state != GONE)
    members[mover.id] = replace(mover, body=into.id)


def _close(bodies: dict[str, Body], members: dict[str, Practitioner], ended: Body) -> None:
    """Let a forensic body give up its licence; its appraisers are struck off with it."""
    bodies[ended.id] = replace(ended, state=GONE)
    for one in list(members.values()):
        if one.body == ended.id:
            members[one.id] = replace(one, state=GONE)


def _officers(people: Population, city: Unit) -> list[Inspector]:
    """Return the officers after New Year: one replaced, one moved to another county, whose office nominates a new one."""
    counties = [one for one in people.counties if one.parent == city.code]
    found = list(people.inspectors)
    if len(counties) < 3:
        return found
    first, second, third = counties[:3]
    # A new colleague knows what the old one knew: the number's parity decides the fields (people.inspector).
    _replace(found, people, first, leaving=2, serial=4)
    mover = _replace(found, people, second, leaving=1, serial=3)
    place = next(at for at, one in enumerate(found) if one.unit == third.code)
    found[place] = replace(mover, unit=third.code, employer=third.name, recuse="")
    return found


def _replace(found: list[Inspector], people: Population, county: Unit, *, leaving: int, serial: int) -> Inspector:
    """Put a new officer in the place of a county's nominee number `leaving`, who is returned."""
    places = [at for at, one in enumerate(found) if one.unit == county.code]
    gone = found[places[leaving - 1]]
    rng = stream(people.seed, "officer", county.code, people.year)
    serial += 2 * (people.year % 10)
    found[places[leaving - 1]] = inspector(
        rng, unit=county.code, employer=county.name, serial=serial, year=people.year, nominated=True
    )
    return gone


def is_practising(one: Body | Practitioner) -> bool:
    """Say whether a body or person practises at all."""
    return one.state != GONE
