"""The whole population of a scale: institutions, practitioners, officers and experts, and who belongs to whom.

Sizes follow the counts of the field (M, the province): 116 notary offices with 480 notaries, 110 forensic institutions
with 1,300 appraisers, 118 legal-aid institutions, 117 service centres, 400 officers; L adds 1,475 township stations;
S is 咸宁 alone, with the same people as in the province.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from schemas import loader
from schemas.declare import Level, Unit
from simulate.bodies import NOTARY_KINDS, PROVINCE, TITLES, XIANNING, Body, city_bodies, counties_of, provincial_bodies
from simulate.people import Expert, Inspector, Practitioner, inspector, phone, stream

if TYPE_CHECKING:
    from collections.abc import Iterable

SCALES = ("S", "M", "L")


@dataclass(frozen=True, slots=True, kw_only=True)
class Population:
    """Everybody and everything of one scale, and the cities and counties that take part."""

    scale: str
    seed: int
    year: int
    cities: tuple[Unit, ...]
    counties: tuple[Unit, ...]
    bodies: tuple[Body, ...]
    practitioners: tuple[Practitioner, ...]
    inspectors: tuple[Inspector, ...]
    experts: tuple[Expert, ...]

    def bodies_of(self, city: str) -> tuple[Body, ...]:
        """The institutions that `city` enters in its roster."""
        return tuple(one for one in self.bodies if one.city == city)

    def practitioners_of(self, city: str) -> tuple[Practitioner, ...]:
        """The notaries and appraisers of the institutions of `city`."""
        inside = {one.id for one in self.bodies_of(city)}
        return tuple(one for one in self.practitioners if one.body in inside)

    def officers_of(self, unit: str) -> tuple[Inspector, ...]:
        """The officers employed by `unit` itself."""
        return tuple(one for one in self.inspectors if one.unit == unit)

    def experts_of(self, association: str) -> tuple[Expert, ...]:
        """The experts put forward by `association`."""
        return tuple(one for one in self.experts if one.association == association)


def population(scale: str = "S", *, seed: int = 2026, year: int = 2026) -> Population:
    """Return the population of `scale` S (one city), M (the province) or L (with stations), wholly determined by `seed`."""
    if scale not in SCALES:
        raise ValueError(f"no scale {scale!r}, there are {', '.join(SCALES)}")
    cities = tuple(
        one for one in loader.children(PROVINCE) if one.level is Level.CITY and (scale != "S" or one.code == XIANNING)
    )
    counties = tuple(sub for city in cities for sub in loader.children(city.code) if sub.level is Level.COUNTY)
    bodies, practitioners = [], []
    for city in cities:
        found, members = city_bodies(city, seed=seed, year=year, stations=scale == "L")
        bodies += found
        practitioners += members
    if scale != "S":
        bodies += provincial_bodies(seed=seed, year=year)
    return Population(
        scale=scale,
        seed=seed,
        year=year,
        cities=cities,
        counties=counties,
        bodies=tuple(bodies),
        practitioners=tuple(practitioners),
        inspectors=(*_nominees(cities, bodies, seed, year), *(() if scale == "S" else _staff(cities, seed, year))),
        experts=tuple(_experts(cities, bodies, practitioners, seed, scale)),
    )


def _nominees(cities: tuple[Unit, ...], bodies: list[Body], seed: int, year: int) -> Iterable[Inspector]:
    """Yield two officers of every county and of every directly governed city; one in eight names a body to keep away from."""
    for city in cities:
        near = [one for one in bodies if one.city == city.code and one.kind in ("公证机构", "司法鉴定机构")]
        for county in counties_of(city):
            rng = stream(seed, "officers", county.code)
            others = [one for one in near if one.supervisor != county.code]
            for serial in (1, 2):
                one = inspector(rng, unit=county.code, employer=county.name, serial=serial, year=year, nominated=True)
                recused = others[rng.randrange(len(others))].name if others and rng.random() < 0.125 else ""
                yield replace(one, recuse=recused)


def _staff(cities: tuple[Unit, ...], seed: int, year: int) -> Iterable[Inspector]:
    """Yield the officers nobody nominates: 14 of each city with counties, 12 of the province."""
    sizes = [(city, 14) for city in cities if counties_of(city) != (city,)]
    for unit, size in [*sizes, (loader.units()[PROVINCE], 12)]:
        rng = stream(seed, "officers", unit.code)
        for serial in range(1, size + 1):
            yield inspector(rng, unit=unit.code, employer=unit.name, serial=serial, year=year, nominated=False)


def _experts(
    cities: tuple[Unit, ...], bodies: list[Body], practitioners: list[Practitioner], seed: int, scale: str
) -> Iterable[Expert]:
    """Yield three experts per city association and ten per provincial association, all of them practitioners of the trade."""
    named = {one.id: one for one in bodies}
    owners = [(association, city.code, 3) for city in cities for association in loader.children(city.code)]
    if scale != "S":
        owners += [(association, "", 10) for association in loader.children(PROVINCE)]
    taken: set[str] = set()
    for association, city, size in owners:
        if association.level not in (Level.CITY_ASSOCIATION, Level.PROVINCE_ASSOCIATION):
            continue
        rng = stream(seed, "experts", association.code)
        sector = "公证" if association.sector in ("公证", "NOT") else "司法鉴定"
        kind = "公证员" if sector == "公证" else "司法鉴定人"
        pool = [
            one
            for one in practitioners
            if one.kind == kind and one.id not in taken and (not city or named[one.body].city == city)
        ]
        for serial in range(1, size + 1):
            who = pool.pop(rng.randrange(len(pool)))
            taken.add(who.id)
            yield Expert(
                id=f"E-{association.code}-{serial:03d}",
                association=association.code,
                sector=sector,
                person=who.person,
                body=who.body,
                employer=named[who.body].name,
                title=TITLES[rng.randrange(3)],
                licence=who.licence,
                kinds=who.kinds or NOTARY_KINDS[:2],
                years=3 + rng.randrange(20),
                phone=phone(rng),
            )
