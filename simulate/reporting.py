"""Spring: rosters in March, plans by the end of March, nominations by 22 May, packages to the province by 24 May."""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from engine import differentiate
from engine.workflow import collect
from engine.workflow.registers import Registers
from schemas import loader
from simulate import pen
from simulate.bodies import PROVINCE, XIANNING, counties_of
from simulate.offices import (
    Manner,
    associations_of,
    cover,
    expert_row,
    inspector_row,
    manners,
    nominee_row,
    practitioner_row,
    provincial_expert_row,
    target_row,
)
from simulate.people import stream
from simulate.scene import file_name

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime
    from pathlib import Path

    from schemas.declare import Unit
    from simulate.offices import Row
    from simulate.scene import Receipt, Scene

LATE_NOTE = "因经办人员休假未能按期报送，现补报，今后按时报送。"
REFINED = ("HB-NOT-06", "HB-FOR-05")
SHORT_NOTE = "本县目前只有 1 名持证执法人员，另 1 名正在办理执法证，取得后补报。"


def items(scene: Scene) -> None:
    """Let the province enter its item list, and 咸宁 refine two of the items without dropping a point (R16, R17; X23)."""
    provincial = loader.provincial_items(scene.year)
    lists = {PROVINCE: [dict(row) for row in provincial]}
    if XIANNING in scene.offices:
        lists[XIANNING] = [_refined(row) for row in provincial if row["item_code"] in REFINED]
    for unit, rows in lists.items():
        day = 4 if unit == PROVINCE else 9
        when, shown = scene.day(3, day), scene.day(3, day - 1).date().isoformat()
        rows = [{**row, "published_on": shown} for row in rows]
        scene.receive(unit, [_send(scene, "T01", {"items": rows}, sender=unit, receiver=unit, when=when)], when)
    scene.say(f"3 月　随机抽查事项清单：省级 {len(provincial)} 项，咸宁细化 {len(REFINED)} 项。")


def _refined(item: Mapping[str, str]) -> Row:
    """Return the local edition of a provincial item: every point kept, one added, for the city alone."""
    _, trade, number = item["item_code"].split("-")
    points = item["content"].count("；") + 2
    content, standard = item["content"].rstrip("。"), item["standard"].rstrip("。")
    return {
        **item,
        "item_code": f"{XIANNING}-{trade}-{number}-a",
        "parent_item_code": item["item_code"],
        "item_name": f"{item['item_name']}（咸宁）",
        "content": f"{content}；{points}.上年度检查问题的整改情况。",
        "standard": f"{standard}；上年度问题已整改到位。",
        "organ_levels": "市级司法行政机关",
        "office": "公共法律服务管理科",
    }


def rosters(scene: Scene) -> None:
    """Let every city enter its institutions and practitioners, and the province its own, and pass them up (R19, X16)."""
    for city in scene.population.cities:
        _enter_rosters(scene, city.code, scene.day(3, 10))
    if scene.population.bodies_of(PROVINCE):
        _enter_rosters(scene, PROVINCE, scene.day(3, 12))
    bodies, people = len(scene.population.bodies), len(scene.population.practitioners)
    scene.say(f"3 月　检查对象名录：{bodies} 家机构、{people} 名公证员和司法鉴定人，由各市（州）录入。")


def differentiation(scene: Scene) -> None:
    """Let every city review which institutions may be visited less and which must be visited more (R33, R34; T17)."""
    counts: Counter[str] = Counter()
    for city in scene.population.cities:
        office, when = scene.offices[city.code], scene.day(3, 11)
        proposed = differentiate.evidence_rows(Registers(office).targets(), office.policy, city.code)
        rows = [
            {**_told(row), "satisfaction_source": "12348 平台回访", "reviewed_by": _reviewer(scene, city.code, when)}
            for row in proposed
            if row["judgement"] != differentiate.NORMAL
        ]
        if rows:
            path = _send(scene, "T17", {"institutions": rows}, sender=city.code, receiver=city.code, when=when)
            scene.receive(city.code, [path], when)
            counts.update(str(row["judgement"]) for row in proposed if row["judgement"] != differentiate.NORMAL)
    scene.say(f"3 月　差异化依据表：市（州）审核后减少频次 {counts['减少']} 家，列为重点 {counts['重点']} 家。")


def _told(row: Row) -> Row:
    """Return what a clerk types of a row that the office proposed: the judgement itself is computed."""
    return {key: value for key, value in row.items() if key not in ("judgement", "rule_version")}


def _reviewer(scene: Scene, unit: str, when: datetime) -> str:
    return str(cover(scene.population, unit, when.date())["checked_by"])


def _enter_rosters(scene: Scene, unit: str, when: datetime) -> list[Receipt]:
    population, known = scene.population, loader.units()
    bodies = population.bodies_of(unit)
    names = {one.id: one.name for one in bodies}
    targets = [target_row(one, scene.year, known[one.supervisor].name) for one in bodies]
    members = [practitioner_row(one, scene.year, names[one.body]) for one in population.practitioners_of(unit)]
    paths = [
        _send(
            scene,
            "T02",
            {"targets": targets, "legal_aid": legal_aid(scene, unit)},
            sender=unit,
            receiver=unit,
            when=when,
        )
    ]
    if members:
        paths.append(_send(scene, "T03", {"practitioners": members}, sender=unit, receiver=unit, when=when))
    receipts = scene.receive(unit, paths, when)
    if scene.before:  # last year's register stands until this year's is merged
        collect.consolidate(scene.offices[unit], at=when.replace(hour=11))
    return receipts


def legal_aid(scene: Scene, unit: str) -> list[Row]:
    """Return what T02 asks besides of the legal-aid institutions of a city."""
    return [
        {
            "target_id": one.id,
            "establishing_organ": loader.units()[one.supervisor].name,
            "lawyer_count": 1 + one.staff // 4,
        }
        for one in scene.population.bodies_of(unit)
        if one.kind == "法律援助机构"
    ]


def _send(scene: Scene, code: str, rows: dict[str, list[Row]], *, sender: str, receiver: str, when: datetime) -> Path:
    """Write the workbook that `sender` fills in on a day, put it into the mail of `receiver`, return where it lies."""
    data = scene.filled(code, sender, rows, when.date())
    return scene.mail(receiver, when.date(), sender, file_name(scene, code, sender), data)


# ---- nominations --------------------------------------------------------------------------------------------------


def nominations(scene: Scene) -> dict[str, Manner]:
    """Play 6 to 23 May in every city: requests go out, answers come as each office's manner is; return the manners."""
    answering = manners(scene.population)
    for city in scene.population.cities:
        if counties_of(city) != (city,):
            _one_city(scene, city, answering)
    return answering


def _one_city(scene: Scene, city: Unit, answering: dict[str, Manner]) -> None:
    """Receive day by day what the counties and associations of one city send, and return what is wrong."""
    senders = [*(one.code for one in counties_of(city)), *associations_of(scene.population, city.code)]
    diary: dict[datetime, list[Act]] = defaultdict(list)
    for unit in senders:
        for act in _acts(scene, unit, answering[unit]):
            diary[act.when].append(act)
    marked: dict[str, bytes] = {}
    for when, acts in sorted(diary.items()):
        paths = [_letter(scene, city.code, act, marked) for act in acts]
        for receipt in scene.receive(city.code, paths, when):
            if receipt["returned"] and receipt["unit"]:
                marked[receipt["unit"]] = scene.returned(city.code, receipt)


@dataclass(frozen=True, slots=True)
class Act:
    """One thing an office does: when, who, and how the file looks: good, untidy, wrong, corrected, late or short."""

    when: datetime
    unit: str
    how: str


def _acts(scene: Scene, unit: str, manner: Manner) -> list[Act]:
    """Return what an office of this manner sends, and when."""
    rng = stream(scene.population.seed, "day", unit)
    early = scene.day(5, 11, 16) + timedelta(days=(0, 1, 2, 3, 4, 7, 8, 9)[rng.randrange(8)])
    late = scene.day(5, 23, 11)
    plans = {
        Manner.PROMPT: [(early, "good")],
        Manner.UNTIDY: [(early, "untidy")],
        Manner.TWICE: [(early, "good"), (early + timedelta(days=1), "good")],
        Manner.FAULTY: [(scene.day(5, 14, 10), "wrong"), (scene.day(5, 18, 15), "corrected")],
        Manner.SLIPPED: [(scene.day(5, 21, 17), "wrong"), (late, "corrected")],
        Manner.LATE: [(late, "late")],
        Manner.SHORT: [(early, "short")],
        Manner.STUBBORN: [(scene.day(5, 19, 9), "wrong")],
        Manner.SILENT: [],
    }
    return [Act(when, unit, how) for when, how in plans[manner]]


def _letter(scene: Scene, city: str, act: Act, marked: dict[str, bytes]) -> Path:
    """Write the file of one act and return where it lies in the mail of `city`; a correction is typed into the marked copy."""
    code, rows = _nominees(scene, act.unit)
    day = act.when.date()
    if act.how == "corrected":
        data = pen.fill(marked[act.unit], rows={"nominees": rows})
        return scene.mail(city, day, act.unit, file_name(scene, code, act.unit, 2), data)
    note = {"late": LATE_NOTE, "short": SHORT_NOTE}.get(act.how, "")
    typed = {"wrong": _wrong(scene, act.unit, rows), "untidy": _untidy(rows), "short": rows[:1]}.get(act.how, rows)
    # The same file mailed twice is the same file: it was filled in on one day.
    data = scene.filled(code, act.unit, {"nominees": typed}, scene.day(5, 11).date(), note)
    return scene.mail(city, day, act.unit, file_name(scene, code, act.unit), data)


def _nominees(scene: Scene, unit: str) -> tuple[str, list[Row]]:
    experts = scene.population.experts_of(unit)
    if experts:
        return "T06b", [expert_row(one) for one in experts]
    return "T06", [nominee_row(one) for one in scene.population.officers_of(unit)]


def _wrong(scene: Scene, unit: str, rows: list[Row]) -> list[Row]:
    """Return the rows with one mistake that only the office itself can put right."""
    number = "licence_no" if "licence_no" in rows[0] else "certificate_no"
    at = stream(scene.population.seed, "wrong", unit).randrange(2)
    first, *rest = [dict(row) for row in rows]
    mistake: tuple[Row, ...] = ({number: None}, {"name": None})
    return [{**first, **mistake[at]}, *rest]


def _untidy(rows: list[Row]) -> list[Row]:
    """Return the rows as somebody types them who aligns names with blanks and uses the wrong keyboard."""
    untidy = [dict(row) for row in rows]
    name = str(untidy[0]["name"])
    untidy[0]["name"] = f"{name[0]}　{name[1]}" if len(name) == 2 else f" {name} "
    number = "licence_no" if "licence_no" in untidy[0] else "certificate_no"
    untidy[1][number] = "".join(chr(ord(char) + 0xFEE0) if char.isdigit() else char for char in str(untidy[1][number]))
    if "certificate_valid_to" in untidy[1]:
        untidy[1]["certificate_valid_to"] = str(untidy[1]["certificate_valid_to"]).replace("-", ".")
    return untidy


# ---- packages -----------------------------------------------------------------------------------------------------


def officers(scene: Scene) -> None:
    """Let cities and province add the officers nobody nominates; the associations of the province report their experts.

    A directly governed city has no counties: it sends its list as a plain workbook, without a package.
    """
    when = scene.day(5, 20, 10)
    for association in associations_of(scene.population, PROVINCE):
        rows = [provincial_expert_row(one) for one in scene.population.experts_of(association)]
        path = _send(scene, "T05", {"experts": rows}, sender=association, receiver=PROVINCE, when=when)
        scene.receive(PROVINCE, [path], when)
    when = scene.day(5, 23, 15)
    for unit in (*(city.code for city in scene.population.cities), PROVINCE):
        rows = [inspector_row(one, scene.year) for one in scene.population.officers_of(unit)]
        if rows:
            path = _send(scene, "T04", {"inspectors": rows}, sender=unit, receiver=unit, when=when)
            scene.receive(unit, [path], when)
            if _is_direct(unit):
                scene.receive(PROVINCE, [scene.mail(PROVINCE, when.date(), unit, path.name, path.read_bytes())], when)
    for city in scene.population.cities:
        if _is_direct(city.code):
            _lend_experts(scene, city.code, scene.day(5, 25))


def _lend_experts(scene: Scene, unit: str, when: datetime) -> None:
    """Give a directly governed city, which has no associations, two appraisers of the provincial one (R25, R42)."""
    lent = [one for one in scene.population.experts_of(f"{PROVINCE}-FA") if one.body[6:12] != unit][:2]
    rows = [{**provincial_expert_row(one), "association": "省司法鉴定协会", "field": one.sector} for one in lent]
    scene.receive(unit, [_send(scene, "T05", {"experts": rows}, sender=unit, receiver=unit, when=when)], when)


def _is_direct(unit: str) -> bool:
    return unit != PROVINCE and counties_of(loader.units()[unit]) == (loader.units()[unit],)


def packages(scene: Scene, codes: Sequence[str], when: datetime) -> list[str]:
    """Let every city consolidate and submit the registers `codes`, and the province take the packages in.

    Returns the units that every package together names as missing.
    """
    missing: list[str] = []
    for city in scene.population.cities:
        if codes == ("T04",) and _is_direct(city.code):
            continue
        office = scene.offices[city.code]
        wanted = [code for code in codes if office.store.submissions(code, "accepted") or code == "T04"]
        if not wanted:
            continue
        package = office.root / "汇总" / f"{when:%m%d}_报送包.zip"
        signed = cover(scene.population, city.code, when.date())
        signers = {key: str(signed[key]) for key in ("filled_by", "checked_by", "approved_by", "phone")}
        sent = collect.submit(office, package, at=when, templates=wanted, signers=signers)
        missing += sent["missing"]
        name = f"{city.code}_{scene.year}_{when:%m%d}_报送包.zip"
        path = scene.mail(PROVINCE, when.date(), city.code, name, package.read_bytes())
        scene.receive(PROVINCE, [path], when.replace(hour=when.hour + 1))
    collect.consolidate(scene.offices[PROVINCE], at=when.replace(hour=when.hour + 2))
    return sorted(missing)
