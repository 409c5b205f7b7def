"""Synthetic persons: notaries, appraisers, inspectors, experts and clerks, who exist nowhere.

Everything follows from a seed: the same seed gives the same people on every machine. Certificate numbers begin with 42
so that none can be mistaken for a mobile number; the only telephone numbers used are 13900000000 to 13900000009.
"""

from __future__ import annotations

import hashlib
import random
from dataclasses import dataclass

SURNAMES = tuple(
    "王李张刘陈杨黄赵周吴徐孙胡朱高林何郭马罗梁宋郑谢韩唐冯于董萧程曹袁邓许傅沈曾彭吕苏卢蒋蔡贾丁魏薛叶阎"
    "余潘杜戴夏钟汪田任姜范方石姚谭廖邹熊金陆郝孔白崔康毛邱秦江史顾侯邵孟龙万段雷钱汤尹黎易常武乔贺赖龚文"
)
DOUBLE_SURNAMES = ("欧阳", "上官", "司马", "诸葛", "东方", "皇甫", "令狐")
MALE = tuple("伟强磊军洋勇杰涛超明刚平辉鹏华飞鑫波斌宇浩凯健俊帆晨志国建文海峰林东宏亮庆光旭博远航山川毅诚")
FEMALE = tuple("芳娜敏静丽艳娟霞燕玲桂英慧巧美婷雪琳倩颖洁梅莉兰蕾薇莹佳云淑珍怡悦欣瑶萍红青秋月宁岚韵清")
RARE = ("\U00020164", "\U0002bb95", "\U0002c317", "㛃", "䶮", "翯", "堃", "祎", "頔", "甡")
"""Given-name characters that break weak programs; the first three lie beyond the basic plane."""

DOTTED = (("阿依夏木", "艾尼", "女"), ("卓玛", "才让", "女"), ("买买提", "吐尔逊", "男"), ("索南", "扎西", "男"))
FIELDS = {"PLS": "公共法律服务体系建设", "LA": "法律援助", "NOT": "公证", "FOR": "司法鉴定"}
SPECIALITIES = ("公证管理", "司法鉴定管理", "法律援助管理", "公共法律服务体系", "案卷评查", "投诉处理", "法制审核")
MASTERED = {
    "公证": "公证管理",
    "司法鉴定": "司法鉴定管理",
    "法律援助": "法律援助管理",
    "公共法律服务体系建设": "公共法律服务体系",
}
COUNTY_POSTS = ("股长", "副股长", "科员", "二级主任科员", "四级主任科员", "司法助理员")
CITY_POSTS = ("科长", "副科长", "一级主任科员", "三级主任科员", "四级主任科员")
CLASSES = ("行政执法类公务员", "具有行政执法资格的工作人员", "从事日常监管工作的人员")


def stream(seed: int, *labels: object) -> random.Random:
    """Return the random source that belongs to `labels`: independent of every other one and of the order of use."""
    text = "/".join(("taizhang-demo", str(seed), *(str(one) for one in labels)))
    return random.Random(int.from_bytes(hashlib.sha256(text.encode()).digest(), "big"))


@dataclass(frozen=True, slots=True)
class Person:
    """A name, a sex and a year of birth."""

    name: str
    sex: str
    born: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Inspector:
    """One enforcement officer of a unit; `nominated` says that the unit sent a T06 row for this person."""

    id: str
    unit: str
    employer: str
    department: str
    post: str
    person: Person
    inspector_class: str
    qualification: str
    certificate: str
    valid_to: str
    specialities: tuple[str, ...]
    fields: tuple[str, ...]
    years: int
    phone: str
    recuse: str = ""
    nominated: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Expert:
    """One trade expert put forward by an association; `body` is the institution the expert practises in."""

    id: str
    association: str
    sector: str
    person: Person
    body: str
    employer: str
    title: str
    licence: str
    kinds: tuple[str, ...]
    years: int
    phone: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Practitioner:
    """One notary or forensic appraiser, of exactly one institution (domain 1.3)."""

    id: str
    kind: str
    person: Person
    body: str
    licence: str
    kinds: tuple[str, ...]
    first: str
    valid_to: str
    title: str
    complaints: int
    penalties: int
    state: str = "正常执业"


def person(rng: random.Random, *, oldest: int = 1964, youngest: int = 1996) -> Person:
    """Return somebody: mostly two or three characters, now and then a rare character, a double surname or a dotted name."""
    born = rng.randrange(oldest, youngest + 1)
    chance = rng.random()
    if chance < 0.004:
        given, family, sex = DOTTED[rng.randrange(len(DOTTED))]
        return Person(f"{given}·{family}", sex, born)
    sex = "男" if rng.random() < 0.6 else "女"
    pool = MALE if sex == "男" else FEMALE
    surname = SURNAMES[min(int(rng.expovariate(1 / 22)), len(SURNAMES) - 1)]
    if chance > 0.99:
        surname = DOUBLE_SURNAMES[rng.randrange(len(DOUBLE_SURNAMES))]
    given = pool[rng.randrange(len(pool))]
    if rng.random() < 0.72:
        given += pool[rng.randrange(len(pool))]
    if chance < 0.02:
        given = given[:-1] + RARE[rng.randrange(len(RARE))]
    return Person(surname + given, sex, born)


def phone(rng: random.Random) -> str:
    """Return one of the ten telephone numbers reserved for synthetic people."""
    return f"1390000000{rng.randrange(10)}"


def certificate(unit: str, serial: int) -> str:
    """Return an enforcement certificate number: 42, four digits of the unit, five of the serial; never like a mobile."""
    return f"42{unit[2:6]}{serial:05d}"


def _mastered(rng: random.Random, fields: tuple[str, ...], serial: int, *, knows_all: bool) -> tuple[str, ...]:
    """Return the main specialities of an officer: two of the fields, so shared out that two colleagues cover all four."""
    known = [MASTERED[one] for one in fields]
    if knows_all:
        return tuple(known)
    first = [MASTERED[one] for one in (("公证", "司法鉴定"), ("法律援助", "公共法律服务体系建设"))[serial % 2]]
    own = [one for one in first if one in known]
    others = [one for one in known if one not in own]
    if rng.random() < 0.4:
        own.append(others[rng.randrange(len(others))])
    return tuple(own)


def inspector(
    rng: random.Random, *, unit: str, employer: str, serial: int, year: int, nominated: bool, knows_all: bool = False
) -> Inspector:
    """Return one officer of `unit`: county officers know two fields or more, city and province officers most of them."""
    is_county = nominated
    who = person(rng, oldest=year - 58, youngest=year - 25)
    licensed = CLASSES[0] if rng.random() < 0.7 else CLASSES[1]
    # County offices have so few people that everybody may look at everything; a city officer is more of a specialist.
    fields = tuple(FIELDS.values())
    if not is_county and rng.random() < 0.5:
        left_out = rng.randrange(len(fields))
        fields = fields[:left_out] + fields[left_out + 1 :]
    extra = SPECIALITIES[4 + rng.randrange(len(SPECIALITIES) - 4)]
    mastered = _mastered(rng, fields, serial, knows_all=knows_all)
    posts = COUNTY_POSTS if is_county else CITY_POSTS
    return Inspector(
        id=f"I-{unit}-{serial:03d}",
        unit=unit,
        employer=employer,
        department="公共法律服务管理股" if is_county else "公共法律服务管理科",
        post=posts[rng.randrange(len(posts))],
        person=who,
        inspector_class=licensed,
        qualification="持有行政执法证",
        certificate=certificate(unit, serial),
        valid_to=f"{year + 1 + rng.randrange(3)}-12-31",
        specialities=(*mastered, extra),
        fields=fields,
        years=1 + rng.randrange(max(1, min(25, year - who.born - 24))),
        phone=phone(rng),
        nominated=nominated,
    )
