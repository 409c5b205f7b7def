"""Counts a played year again, without the engine: what the offices were made to do, against what the demo reports.

Everything expected here comes from the population and the manners; nothing is read from a workspace.
"""

from __future__ import annotations

from collections import Counter
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from simulate import crossing
from simulate.bodies import PROVINCE, XIANNING, counties_of
from simulate.offices import EXPECTATIONS, Manner, daily_keepers, daily_visits, manners
from simulate.turnover import is_practising, lives

if TYPE_CHECKING:
    from collections.abc import Iterator

    from simulate.bodies import Body
    from simulate.people import Practitioner
    from simulate.population import Population

TYPES = {
    "11": "公证机构",
    "12": "司法鉴定机构",
    "13": "法律援助机构",
    "14": "公共法律服务中心",
    "21": "公证员",
    "22": "司法鉴定人",
}
COVERED = ("11", "12", "13", "14")
ZERO_REPORTERS = 2  # the two provincial associations
WITHHELD = 1  # the planted case of 咸宁
LATE = 2  # the two records of 咸宁 that lay on a desk until their twenty working days were over


def differences(found: dict[str, Any]) -> list[str]:
    """Return every point in which the result of `play` differs from the recount; empty when it agrees.

    Where several years were played, each is counted, and so is every step from one to the next.
    """
    years = [*found["earlier"], found]
    counted = [(one["year"], point) for one in years for point in _year(one, goes_on=one is not found)]
    counted += [(now["year"], point) for before, now in pairwise(years) for point in crossing.points(before, now)]
    return [
        f"{year} {what}: expected {expected}, found {shown}"
        for year, (what, expected, shown) in counted
        if expected != shown
    ]


Point = tuple[str, object, object]


def _year(found: dict[str, Any], *, goes_on: bool) -> Iterator[Point]:
    """Count one year; `goes_on` says that another followed, to which one visit was left."""
    people = lives(found["scale"], seed=found["seed"], year=found["year"], first=found["first"])
    answers = manners(people)
    yield from _boards(found, answers)
    yield from _levels(found, people, answers)
    yield from _people(found, people, answers)
    yield from _draws(found, people)
    yield from _daily(found, people)
    yield from _problems(found, people)
    yield from _end(found, postponed=int(goes_on))


def _boards(found: dict[str, Any], answers: dict[str, Manner]) -> Iterator[Point]:
    """Compare the line of every county and city association with its manner."""
    lines = {one["unit"]: one for one in found["units"] if one["template"] in ("T06", "T06b")}
    yield "offices on the boards", sorted(answers), sorted(lines)
    for unit, manner in answers.items():
        one, line = EXPECTATIONS[manner], lines[unit]
        expected = (1, one.received, one.on_time, one.accepted, one.accepted_on_time, one.returns)
        shown = tuple(
            line[key] for key in ("expected", "received", "on_time", "accepted", "accepted_on_time", "returned")
        )
        yield f"{unit} ({manner})", expected, shown
    yield (
        "missing",
        sorted(unit for unit, manner in answers.items() if not EXPECTATIONS[manner].accepted),
        found["missing"],
    )


def _levels(found: dict[str, Any], people: Population, answers: dict[str, Manner]) -> Iterator[Point]:
    """Compare the sums per template and level."""
    shown = {
        (one["template"], one["level"]): tuple(one[key] for key in ("expected", "received", "on_time", "accepted"))
        for one in found["levels"]
    }
    cities = len(people.cities)
    expected = {
        ("T04", "city"): (cities,) * 4,
        ("T05", "province_association"): (2,) * 4,
        ("T07", "city"): (cities,) * 4,
        ("T14", "city"): (cities,) * 4,
        ("T14", "province_association"): (ZERO_REPORTERS,) * 4,
    }
    for key, is_county in ((("T06", "county"), True), (("T06b", "city_association"), False)):
        own = [EXPECTATIONS[manner] for unit, manner in answers.items() if unit.isdigit() is is_county]
        counts = (sum(one.received for one in own), sum(one.on_time for one in own), sum(one.accepted for one in own))
        expected[key] = (len(own), *counts)
    yield "levels", expected, shown


def _people(found: dict[str, Any], people: Population, answers: dict[str, Manner]) -> Iterator[Point]:
    """Compare how many nominees arrived in 咸宁, and how many officers the province has in the end."""
    yield "nominees of 咸宁", (12, 12), figure(found, "县级推荐执法检查人员", "421200")
    yield "experts of 咸宁", (6, 6), figure(found, "协会推荐专家", "421200")
    arrived = Counter(one.unit for one in people.inspectors)
    for unit, manner in answers.items():
        if unit in arrived and not EXPECTATIONS[manner].accepted:
            arrived[unit] = 0
        elif unit in arrived and manner is Manner.SHORT:
            arrived[unit] = 1
    yield "officers of the province", arrived.total(), figure(found, "执法检查人员持证率", PROVINCE)[1]
    # Of a unit that sent fewer, the first on its list arrived.
    left = Counter(arrived)
    classes: Counter[str] = Counter()
    for one in people.inspectors:
        classes[one.inspector_class] += left[one.unit] > 0
        left[one.unit] -= 1
    for name in ("行政执法类公务员", "具有行政执法资格的工作人员", "从事日常监管工作的人员"):
        yield f"officers of the class {name}", (classes[name], arrived.total()), figure(found, name, PROVINCE)


def _draws(found: dict[str, Any], people: Population) -> Iterator[Point]:
    """Compare the sizes: five per cent of every type, rounded up, for the province; everything for a city."""
    known: tuple[Body | Practitioner, ...] = (*people.bodies, *people.practitioners)
    everybody = Counter(one.kind for one in known if is_practising(one))
    sizes = {code: -(-everybody[kind] * 5 // 100) for code, kind in TYPES.items()}
    if people.scale == "L":
        sizes["15"] = -(-everybody["公共法律服务工作站"] * 5 // 100)
    shown = found["draws"][PROVINCE]["sizes"]
    yield "sizes of the province", {code: sizes[code] for code in shown}, shown
    yield "types of the province", sorted(TYPES), sorted(set(shown) - {"15"})
    for city in people.cities:
        own = Counter(one.kind for one in people.bodies_of(city.code) if is_practising(one))
        yield f"sizes of {city.code}", {c: own[TYPES[c]] for c in COVERED}, found["draws"][city.code]["sizes"]
    yield (
        "direct cities",
        [one.code for one in people.cities if counties_of(one) == (one,)],
        sorted(one.code for one in people.cities if one.code.startswith("4290")),
    )


def _daily(found: dict[str, Any], people: Population) -> Iterator[Point]:
    """Compare the daily inspections of the counties, which no ratio may hold (R46)."""
    counts = {unit: len(daily_visits(people, unit)) for unit in daily_keepers(people)}
    yield "daily inspections", counts_of(counts), figure(found, "日常检查", PROVINCE)
    own = {unit: count for unit, count in counts.items() if unit.startswith(XIANNING[:4])}
    yield "daily inspections of 咸宁", counts_of(own), figure(found, "日常检查", XIANNING)


def _problems(found: dict[str, Any], people: Population) -> Iterator[Point]:
    """Compare the problems put right: of drawn visits as teams and offices typed them, of daily ones as the counties were made."""
    typed = found["typed"]
    yield "drawn problems put right", (typed["put_right"], typed["found"]), figure(found, "整改率", PROVINCE)
    faults = sum(has_fault for unit in daily_keepers(people) for _, has_fault in daily_visits(people, unit))
    yield "daily problems put right", (faults, faults), figure(found, "日常和专项检查整改率", PROVINCE)


def counts_of(counts: dict[str, int]) -> tuple[int, None]:
    """Return the sum as a figure without a denominator."""
    return sum(counts.values()), None


def _end(found: dict[str, Any], postponed: int) -> Iterator[Point]:
    """Compare the last figures: every drawn target inspected and published, but for the one case under investigation;
    most of it within twenty working days.
    """
    tasks = sum(len(one["drawn"]) for one in found["draws"].values())
    drawn = tasks - postponed + sum(one["tasks"] for one in found["settled"].values())
    own = len(found["draws"][XIANNING]["drawn"])
    yield "tasks done in 咸宁", (own - postponed, own), figure(found, "本级任务完成率", XIANNING)
    yield "withheld", (WITHHELD, None), figure(found, "批准不公示", PROVINCE)
    yield "published in time", (drawn - WITHHELD - LATE, drawn - WITHHELD), figure(found, "按时公示率", PROVINCE)
    yield "published in time in 咸宁", LATE, _behind(found, "按时公示率", XIANNING)
    yield "published", (drawn - WITHHELD, drawn - WITHHELD), figure(found, "公示率", PROVINCE)
    yield "verified", True, all(one["is_verified"] for one in found["draws"].values())


def _behind(found: dict[str, Any], name: str, unit: str) -> int:
    """Return how much the numerator of a ratio lacks."""
    above, below = figure(found, name, unit)
    return (below or 0) - above


def figure(found: dict[str, Any], name: str, unit: str) -> tuple[int, int | None]:
    """Return numerator and denominator of one figure of the summary; StopIteration when it is not there."""
    return next(
        (one["numerator"], one["denominator"]) for one in found["figures"] if (one["name"], one["unit"]) == (name, unit)
    )
