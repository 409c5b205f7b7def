"""How offices answer: the rows they type, the covers they sign, and whether they send well, late, dirty, twice or never.

The manner of every office follows from the seed alone; `expectation` says, without asking the engine, what a status
board must show for it. 咸宁 always ends complete; offices that stay silent are counties elsewhere (decision 30).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta, timezone
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from simulate.bodies import XIANNING
from simulate.people import person, phone, stream

if TYPE_CHECKING:
    from simulate.bodies import Body
    from simulate.people import Expert, Inspector, Practitioner
    from simulate.population import Population

CHINA = timezone(timedelta(hours=8))
Row = dict[str, Any]
ROSTER_OUT = "{}-03-06"
"""The day on which cities publish their rosters, before they report them."""


class Manner(StrEnum):
    """How one office answers one request."""

    PROMPT = "prompt"  # in time, nothing to say about it
    UNTIDY = "untidy"  # in time, with blanks and full-width digits that we can clean
    TWICE = "twice"  # in time, the same file mailed two times
    FAULTY = "faulty"  # in time but wrong; the returned copy comes back corrected, still in time
    SLIPPED = "slipped"  # in time but wrong; the correction comes after the deadline
    LATE = "late"  # right, after the deadline, with an explanation on the cover
    SHORT = "short"  # in time, fewer people than asked for, with an explanation
    STUBBORN = "stubborn"  # wrong, and never corrected
    SILENT = "silent"  # nothing ever comes


@dataclass(frozen=True, slots=True)
class Expectation:
    """What the board must show for one office and one template."""

    received: bool
    on_time: bool
    accepted: bool
    accepted_on_time: bool
    returns: int


EXPECTATIONS = {
    Manner.PROMPT: Expectation(True, True, True, True, 0),
    Manner.UNTIDY: Expectation(True, True, True, True, 0),
    Manner.TWICE: Expectation(True, True, True, True, 0),
    Manner.FAULTY: Expectation(True, True, True, True, 1),
    Manner.SLIPPED: Expectation(True, True, True, False, 1),
    Manner.LATE: Expectation(True, False, True, False, 0),
    Manner.SHORT: Expectation(True, True, True, True, 0),
    Manner.STUBBORN: Expectation(True, True, False, False, 1),
    Manner.SILENT: Expectation(False, False, False, False, 0),
}
# 咸宁 shows every way of answering that still ends complete, one county each.
XIANNING_MANNERS = {
    "421202": Manner.PROMPT,
    "421221": Manner.FAULTY,
    "421222": Manner.UNTIDY,
    "421223": Manner.TWICE,
    "421224": Manner.LATE,
    "421281": Manner.SLIPPED,
    "421200-FA": Manner.FAULTY,
    "421200-NA": Manner.PROMPT,
}
# Out of a hundred counties elsewhere.
SHARES = (
    (Manner.PROMPT, 52),
    (Manner.UNTIDY, 14),
    (Manner.TWICE, 7),
    (Manner.FAULTY, 10),
    (Manner.SLIPPED, 3),
    (Manner.LATE, 6),
    (Manner.SHORT, 2),
    (Manner.STUBBORN, 2),
    (Manner.SILENT, 4),
)


def manners(population: Population) -> dict[str, Manner]:
    """Return how each county and association answers the request for nominations, by unit code.

    The shares of `SHARES` are met as exactly as whole numbers allow; only counties outside 咸宁 are silent, stubborn or short.
    """
    found = dict(XIANNING_MANNERS)
    if population.scale == "S":
        return found
    counties = [one.code for one in population.counties if one.parent != XIANNING]
    stream(population.seed, "manners").shuffle(counties)
    deck = [manner for manner, share in SHARES for _ in range(share)]
    step = len(deck) / len(counties)
    found |= {unit: deck[int(place * step)] for place, unit in enumerate(counties)}
    associations = [one for city in population.cities for one in associations_of(population, city.code)]
    rng = stream(population.seed, "associations")
    for unit in associations:
        if unit not in found:
            found[unit] = (Manner.PROMPT, Manner.PROMPT, Manner.PROMPT, Manner.UNTIDY, Manner.FAULTY)[rng.randrange(5)]
    return found


def associations_of(population: Population, owner: str) -> list[str]:
    """Return the associations that report to `owner`, by code."""
    return sorted({one.association for one in population.experts if one.association.startswith(f"{owner}-")})


def at(year: int, month: int, day: int, hour: int = 9, minute: int = 0) -> datetime:
    """Return an aware moment in China."""
    return datetime(year, month, day, hour, minute, tzinfo=CHINA)


def cover(population: Population, unit: str, on: date, explanation: str = "") -> Row:
    """Return what the clerk of `unit` types on the cover: three names, a telephone, a date, now and then an explanation."""
    rng = stream(population.seed, "cover", unit)
    names: list[str] = []
    while len(names) < 3:
        name = person(rng).name
        if name not in names:
            names.append(name)
    filled, checked, approved = names
    row: Row = {
        "filled_by": filled,
        "checked_by": checked,
        "approved_by": approved,
        "phone": phone(rng),
        "filled_on": on.isoformat(),
    }
    return {**row, "explanation": explanation} if explanation else row


def nominee_row(one: Inspector) -> Row:
    """Return the T06 row of one county officer."""
    return {
        "name": one.person.name,
        "post": one.post,
        "inspector_class": one.inspector_class,
        "qualification": one.qualification,
        "certificate_no": one.certificate,
        "certificate_valid_to": one.valid_to,
        "specialities": "；".join(one.specialities),
        "fields": "；".join(one.fields),
        "recused_targets": one.recuse or None,
    }


def inspector_row(one: Inspector, year: int) -> Row:
    """Return the T04 row of one officer of a city or of the province."""
    return {
        **nominee_row(one),
        "unit_name": one.employer,
        "unit_code": one.unit,
        "sex": one.person.sex,
        "department": one.department,
        "certificate_issuer": "湖北省司法厅",
        "supervision_years": one.years,
        "trained_on": f"{year}-04-10",
        "training_hours": 8,
        "availability": "在岗可用",
        "is_public": True,
        "mobile": one.phone,
    }


def expert_row(one: Expert) -> Row:
    """Return the T06b row (and the clerk's part of the T05 row) of one expert."""
    return {
        "name": one.person.name,
        "employer": one.employer,
        "licence_no": one.licence,
        "professional_title": one.title,
        "expertise": "；".join(one.kinds),
        "was_disciplined_3y": False,
        "pledges_compliance": True,
        "consents_publication": False,
    }


def provincial_expert_row(one: Expert) -> Row:
    """Return the T05 row of one expert of a provincial association."""
    return {**expert_row(one), "sex": one.person.sex, "practice_years": one.years, "availability": "在岗可用"}


def target_row(one: Body, year: int, supervisor: str) -> Row:
    """Return the T02 row of one institution; `supervisor` is the name of the organ that supervises it."""
    return {
        "target_id": one.id,
        "target_type": one.kind,
        "name": one.name,
        "uscc": one.uscc or None,
        "licence_no": one.licence or None,
        "licence_issuer": "湖北省司法厅" if one.licence else None,
        "licence_issued_on": one.issued or None,
        "licence_valid_to": one.valid_to or None,
        "nature": one.nature,
        "head_name": one.head,
        "address": one.address,
        "division": one.division,
        "supervisor": supervisor,
        "roster_level": "省级",
        "scope": "；".join(one.kinds) or None,
        "staff_count": one.staff,
        "is_in_roster": True,
        "roster_year": year,
        "practice_state": one.state,
        "credit_grade": one.credit,
        "penalties_3y": one.penalties,
        "disciplines_3y": 0,
        "complaints_last_year": one.complaints,
        "satisfaction": str(one.satisfaction),
        "welfare": one.welfare,
        "published_on": ROSTER_OUT.format(year),
    }


def practitioner_row(one: Practitioner, year: int, institution: str) -> Row:
    """Return the T03 row of one notary or appraiser of `institution`."""
    return {
        "target_id": one.id,
        "target_type": one.kind,
        "name": one.person.name,
        "sex": one.person.sex,
        "institution_id": one.body,
        "institution_name": institution,
        "licence_no": one.licence,
        "practice_kinds": "；".join(one.kinds) or None,
        "first_licensed_on": one.first,
        "licence_valid_to": one.valid_to or None,
        "professional_title": one.title,
        "birth_year": one.person.born,
        "roster_year": year,
        "is_in_roster": True,
        "practice_state": one.state,
        "penalties_3y": one.penalties,
        "disciplines_3y": 0,
        "complaints_last_year": one.complaints,
        # Who was appointed after the list came out is first on the next one.
        "published_on": ROSTER_OUT.format(year) if one.first < ROSTER_OUT.format(year) else None,
    }


# ---- daily inspections --------------------------------------------------------------------------------------------

SPARSE = 4
"""Outside 咸宁 one county in so many keeps a register of its daily inspections."""
VISITS = (2, 3, 4)
VISITED_DAILY = ("公共法律服务中心", "法律援助机构")


def daily_keepers(population: Population) -> list[str]:
    """Return the counties that report daily inspections (R46), by code: all of 咸宁, a share of the others."""
    elsewhere = [one.code for one in population.counties if one.parent != XIANNING]
    return sorted([one.code for one in population.counties if one.parent == XIANNING] + elsewhere[::SPARSE])


def daily_visits(population: Population, county: str) -> list[tuple[Body, bool]]:
    """Return what a county looked at in the course of the year, and whether something was put right on the spot."""
    rng = stream(population.seed, "daily", county, population.year)
    near = [one for one in population.bodies if one.supervisor == county and one.kind in VISITED_DAILY]
    count = VISITS[rng.randrange(len(VISITS))] if near else 0
    return [(near[at % len(near)], rng.random() < 0.25) for at in range(count)]
