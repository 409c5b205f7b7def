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
CAPITAL = "420100"


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
        experts=tuple(_experts(cities, bodies, practitioners, seed, year)),
    )


def _nominees(cities: tuple[Unit, ...], bodies: list[Body], seed: int, year: int) -> Iterable[Inspector]:
    """Yield two officers of every county and of every directly governed city; one in eight names a body to keep away from."""
    for city in cities:
        near = [one for one in bodies if one.city == city.code and one.kind in ("公证机构", "司法鉴定机构")]
        for county in counties_of(city):
            rng = stream(seed, "officers", county.code)
            others = [one for one in near if one.supervisor != county.code]
            is_direct = county is city  # two officers who have to do everything
            for serial in (1, 2):
                one = inspector(
                    rng,
                    unit=county.code,
                    employer=county.name,
                    serial=serial,
                    year=year,
                    nominated=True,
                    knows_all=is_direct,
                )
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
    cities: tuple[Unit, ...], bodies: list[Body], practitioners: list[Practitioner], seed: int, year: int
) -> Iterable[Expert]:
    """Yield three experts per city association and ten per provincial association, all of them practitioners of the trade.

    Where only one city is played, the provincial associations take theirs from the provincial capital.
    """
    taken: set[str] = set()
    for city in cities:
        near = {one.id: one.name for one in bodies if one.city == city.code}
        for association in _associations(city.code):
            pool = [one for one in practitioners if one.body in near]
            yield from _chosen(association, 3, pool, near, seed, taken)
    if len(cities) == 1:
        bodies, practitioners = city_bodies(loader.units()[CAPITAL], seed=seed, year=year, stations=False)
    everywhere = {one.id: one.name for one in bodies}
    for association in _associations(PROVINCE):
        yield from _chosen(association, 10, practitioners, everywhere, seed, taken)


def _associations(owner: str) -> list[Unit]:
    kinds = (Level.CITY_ASSOCIATION, Level.PROVINCE_ASSOCIATION)
    return [one for one in loader.children(owner) if one.level in kinds]


def _chosen(
    association: Unit, size: int, pool: list[Practitioner], employers: dict[str, str], seed: int, taken: set[str]
) -> Iterable[Expert]:
    """Yield `size` practitioners of the association's trade, nobody twice, from as many counties: one always has no stake."""
    rng = stream(seed, "experts", association.code)
    sector, kind = ("公证", "公证员") if association.sector == "NOT" else ("司法鉴定", "司法鉴定人")
    pool = [one for one in pool if one.kind == kind and one.id not in taken]
    for serial in range(1, size + 1):
        who = pool.pop(rng.randrange(len(pool)))
        taken.add(who.id)
        elsewhere = [one for one in pool if one.body.split("-")[2] != who.body.split("-")[2]]
        pool = elsewhere or pool
        yield Expert(
            id=f"E-{association.code}-{serial:03d}",
            association=association.code,
            sector=sector,
            person=who.person,
            body=who.body,
            employer=employers[who.body],
            title=TITLES[rng.randrange(3)],
            licence=who.licence,
            kinds=who.kinds or NOTARY_KINDS[:2],
            years=3 + rng.randrange(20),
            phone=phone(rng),
        )
