"""Synthetic institutions and those who practise in them: notary offices, forensic bodies, legal aid, centres, stations.

Names are built from real divisions and invented words; credit codes and licences are well-formed and belong to nobody.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from schemas import loader
from schemas.declare import Level, Unit
from simulate.people import Practitioner, person, stream

if TYPE_CHECKING:
    import random
    from collections.abc import Container, Iterable

PROVINCE = "420000"
XIANNING = "421200"
ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY"
CREDIT_WEIGHTS = (1, 3, 9, 27, 19, 26, 16, 17, 20, 29, 25, 13, 8, 24, 10, 30, 28)
ORGANISATION_WEIGHTS = (3, 7, 9, 10, 5, 8, 4, 2)
NOTARY_KINDS = ("合同公证", "继承公证", "委托声明遗嘱公证", "保全证据公证", "涉外涉港澳台公证", "强制执行公证")
FORENSIC_KINDS = ("法医病理", "法医临床", "法医精神病", "法医物证", "法医毒物", "文书", "痕迹")
WORDS = ("明鉴", "正衡", "楚正", "诚信", "天平", "公明", "同济", "中正", "致公", "求实", "江城", "汉源", "荆楚", "博正")
TITLES = ("正高", "副高", "中级", "初级")
STATIONS = {
    "420100": 193, "421100": 165, "420600": 130, "420300": 129, "421000": 129, "420900": 128, "420500": 113,
    "422800": 94, "421200": 89, "420800": 84, "420200": 57, "421300": 51, "420700": 28,
    "429004": 26, "429005": 23, "429006": 27, "429021": 9,
}  # fmt: skip
"""Townships and streets per city, one station each; together 1,475."""
TOWNS = tuple("东西南北新旧大小上下白青金石")
TOWN_ENDS = (
    "桥镇",
    "河镇",
    "湖镇",
    "山镇",
    "口镇",
    "坪乡",
    "畈镇",
    "湾街道",
    "林乡",
    "港镇",
    "洲乡",
    "岭镇",
    "渡镇",
    "畈乡",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Body:
    """One institution: `kind` is the label of C02, `supervisor` the unit that supervises it, `city` its reporting city."""

    id: str
    kind: str
    name: str
    uscc: str
    licence: str
    division: str
    supervisor: str
    city: str
    nature: str
    head: str
    address: str
    kinds: tuple[str, ...]
    staff: int
    issued: str
    valid_to: str
    penalties: int
    complaints: int
    satisfaction: int
    welfare: str
    credit: str
    state: str = "正常执业"


@dataclass(frozen=True, slots=True)
class Place:
    """Where and when an institution stands: its seat, the city that reports it, the year of the roster."""

    seat: Unit
    city: Unit
    year: int


def credit_code(prefix: str, division: str, serial: int) -> str:
    """Return a well-formed unified social credit code (GB 32100, GB 11714) that always holds letters.

    >>> credit_code("32", "421200", 1)
    '32421200MA4000012K'
    """
    organisation = f"MA4{serial:05d}"
    total = sum(int(char, 36) * weight for char, weight in zip(organisation, ORGANISATION_WEIGHTS, strict=True))
    check = {10: "X", 11: "0"}.get(11 - total % 11, str(11 - total % 11))
    body = prefix + division + organisation + check
    rest = sum(ALPHABET.index(char) * weight for char, weight in zip(body, CREDIT_WEIGHTS, strict=True)) % 31
    return body + ALPHABET[(31 - rest) % 31]


def spread(rng: random.Random, total: int, places: int, least: int) -> list[int]:
    """Return `places` whole numbers >= `least` that sum up to `total`: an even split, then some passed on at random."""
    base, rest = divmod(total, places)
    parts = [base + (place < rest) for place in range(places)]
    for giver in range(places):
        gift = rng.randrange(max(1, parts[giver] - least + 1)) // 2
        parts[giver] -= gift
        parts[rng.randrange(places)] += gift
    return parts


def counties_of(city: Unit) -> tuple[Unit, ...]:
    """Return the counties of a city; a directly governed city is its own county."""
    below = tuple(one for one in loader.children(city.code) if one.level is Level.COUNTY)
    return below or (city,)


def _headcount(city: Unit, kind: str, places: int) -> int:
    """Return how many practitioners a city has, so that the province sums up to 480 notaries and 1,300 appraisers."""
    if city.code == XIANNING:
        return 24 if kind == "公证员" else 60
    if kind == "公证员":
        return places * 4 + (20 if city.code == "420100" else 0)
    return places * 12 - (8 if city.code == "420100" else 0)


def city_bodies(city: Unit, *, seed: int, year: int, stations: bool) -> tuple[list[Body], list[Practitioner]]:
    """Return the institutions of one city and those who practise in them."""
    rng = stream(seed, "city", city.code)
    counties = counties_of(city)
    seats = counties if counties == (city,) else (city, *counties)
    extra = 7 if city.code == "420100" else 0  # the provincial capital has more forensic institutions than districts
    forensic = [*counties, *(counties * 2)[:extra]]
    heads = {
        "公证员": spread(rng, _headcount(city, "公证员", len(seats)), len(seats), 2),
        "司法鉴定人": spread(rng, _headcount(city, "司法鉴定人", len(forensic)), len(forensic), 6),
    }
    bodies = [_body(rng, "公证机构", Place(seat, city, year), 1, heads["公证员"][at]) for at, seat in enumerate(seats)]
    serial: dict[str, int] = {}
    for at, seat in enumerate(forensic):
        serial[seat.code] = serial.get(seat.code, 0) + 1
        bodies.append(_body(rng, "司法鉴定机构", Place(seat, city, year), serial[seat.code], heads["司法鉴定人"][at]))
    for kind in ("法律援助机构", "公共法律服务中心"):
        bodies += [_body(rng, kind, Place(seat, city, year), 1, 4 + rng.randrange(9)) for seat in seats]
    if city.code == "420100":  # a development zone runs a legal-aid institution of its own
        bodies.append(_body(rng, "法律援助机构", Place(city, city, year), 2, 5))
    if stations:
        for at in range(STATIONS[city.code]):
            seat = counties[at % len(counties)]
            bodies.append(_body(rng, "公共法律服务工作站", Place(seat, city, year), at // len(counties) + 1, 2))
    members = [one for body in bodies for one in _practitioners(rng, body, year)]
    return bodies, members


def provincial_bodies(*, seed: int, year: int) -> list[Body]:
    """Return the two institutions that the province itself runs."""
    rng = stream(seed, "province")
    unit = loader.units()[PROVINCE]
    return [_body(rng, kind, Place(unit, unit, year), 1, 18) for kind in ("法律援助机构", "公共法律服务中心")]


SHORT = {
    "公证机构": "NOT", "司法鉴定机构": "FOR", "法律援助机构": "LA", "公共法律服务中心": "CEN", "公共法律服务工作站": "STA",
}  # fmt: skip
NATURES = {
    "公证机构": ("公益二类事业单位", "合作制公证机构"),
    "司法鉴定机构": ("依托医院", "企业法人", "依托高校或科研机构"),
    "法律援助机构": ("公益一类事业单位",),
    "公共法律服务中心": ("公益一类事业单位",),
    "公共法律服务工作站": ("其他",),
}


def _title(kind: str, seat: Unit, city: Unit, serial: int, rng: random.Random) -> str:
    """Return the full name of an institution as its certificate would say it."""
    place = loader.divisions()[seat.division].name
    # The name of a district says little without its city.
    full = f"{loader.divisions()[city.division].name}{place}" if place.endswith("区") and seat is not city else place
    if kind == "公证机构":
        return f"湖北省{full}公证处"
    if kind == "司法鉴定机构":
        if rng.random() < 0.3 and serial == 1:
            return f"{full}人民医院法医司法鉴定所"
        return f"湖北{place.rstrip('市县区')}{WORDS[(serial + rng.randrange(len(WORDS))) % len(WORDS)]}司法鉴定中心"
    if kind == "公共法律服务工作站":
        town = TOWNS[(serial - 1) % len(TOWNS)] + TOWN_ENDS[((serial - 1) // len(TOWNS) * 5 + serial) % len(TOWN_ENDS)]
        return f"{full}{town}公共法律服务工作站"
    zone = "东湖新技术开发区" if serial > 1 else ""
    return f"{full}{zone}{'法律援助中心' if kind == '法律援助机构' else '公共法律服务中心'}"


def _body(rng: random.Random, kind: str, place: Place, serial: int, staff: int) -> Body:
    """Return one institution at `place`, supervised by the organ of its seat."""
    seat, city, year = place.seat, place.city, place.year
    short, division = SHORT[kind], seat.division
    nature = NATURES[kind][rng.randrange(len(NATURES[kind]))]
    issued = year - 1 - rng.randrange(4)
    founded = rng.randrange(5, 20)
    number = {"NOT": 1, "FOR": 2, "LA": 3, "CEN": 4, "STA": 5}[short] * 1000 + serial
    prefix = {"NOT": "32", "FOR": "34", "LA": "12", "CEN": "12", "STA": "12"}[short]
    licensed = short in ("NOT", "FOR")
    troubled = rng.random() < 0.06
    kinds = {"NOT": NOTARY_KINDS, "FOR": FORENSIC_KINDS}.get(short, ())
    if short == "FOR":
        start = rng.randrange(len(kinds) - 2)
        kinds = kinds[start : start + 2 + rng.randrange(2)]
    return Body(
        id=f"O-{short}-{seat.code}-{serial:03d}",
        kind=kind,
        name=_title(kind, seat, city, serial, rng),
        uscc=credit_code(prefix, division, number) if short != "STA" else "",
        licence=f"{division[:4]}{founded:02d}{division[4:]}{serial + (short == 'FOR') * 3}" if licensed else "",
        division=division,
        supervisor=seat.code,
        city=city.code,
        nature=nature,
        head=person(rng).name,
        address=f"{loader.divisions()[division].name}人民大道{1 + rng.randrange(300)}号",
        kinds=tuple(kinds),
        staff=staff,
        issued=f"{issued}-{1 + rng.randrange(12):02d}-15" if licensed else "",
        valid_to=f"{issued + 5}-12-31" if licensed else "",
        penalties=1 + rng.randrange(2) if troubled else 0,
        complaints=3 + rng.randrange(4) if troubled else rng.randrange(2),
        satisfaction=70 + rng.randrange(12) if troubled else 88 + rng.randrange(12),
        welfare="拒绝参与" if troubled and rng.random() < 0.3 else ("积极参与", "积极参与", "一般")[rng.randrange(3)],
        credit=("C", "D")[rng.randrange(2)] if troubled else ("A", "A", "B", "B", "未评")[rng.randrange(5)],
    )


def founded(
    rng: random.Random, seat: Unit, city: Unit, year: int, known: Container[str]
) -> tuple[Body, list[Practitioner]]:
    """Return a forensic body newly registered at `seat`, with three appraisers; `known` are the ids already given."""
    serial = next(one for one in range(1, 99) if f"O-FOR-{seat.code}-{one:03d}" not in known)
    made = _body(rng, "司法鉴定机构", Place(seat, city, year), serial, 3)
    return made, list(_practitioners(rng, made, year))


def _practitioners(rng: random.Random, body: Body, year: int) -> Iterable[Practitioner]:
    """Yield the notaries or appraisers of one institution; legal-aid institutions, centres and stations have none."""
    if body.kind not in ("公证机构", "司法鉴定机构"):
        return
    is_notary = body.kind == "公证机构"
    for serial in range(1, body.staff + 1):
        who = person(rng, oldest=year - 62, youngest=year - 27)
        first = min(year - 1, who.born + 25 + rng.randrange(12))
        seat, number = body.supervisor, int(body.id[-3:])
        code = f"42{seat[2:6]}{number}{serial:03d}" if is_notary else f"{body.licence}{serial:03d}"
        yield Practitioner(
            id=f"P-{'NOT' if is_notary else 'FOR'}-{seat}-{number * 100 + serial:04d}",
            kind="公证员" if is_notary else "司法鉴定人",
            person=who,
            body=body.id,
            licence=code,
            kinds=() if is_notary else body.kinds[: 1 + rng.randrange(len(body.kinds))],
            first=f"{first}-{1 + rng.randrange(12):02d}-10",
            valid_to="" if is_notary else f"{year + 1 + rng.randrange(4)}-12-31",
            title=TITLES[rng.randrange(len(TITLES))],
            complaints=int(rng.random() < 0.05),
            penalties=int(rng.random() < 0.01),
        )
