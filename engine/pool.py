"""Who and what goes into a draw: the pool of targets, the officers, the experts, and who must keep away from whom.

Leaving somebody out is the oldest trick, so every target of the register is either in the pool or listed with its public
reason (decisions 12). R19, R22-R25, R58; X15, X17-X19, X33.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from engine.differentiate import NORMAL, weight
from engine.draw.canonical import ID
from engine.draw.eligibility import DEFAULT_RULES, decide
from engine.plan import FIELD_OF_TYPE, Plan, is_officer
from engine.values import Row, by, day, several, text, whole, yes
from schemas import loader
from schemas.declare import Level

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from datetime import date

    from engine.differentiate import Judgement
    from schemas.declare import Policy


@dataclass(frozen=True, slots=True, kw_only=True)
class Frozen:
    """Everything a commitment seals, and what the office keeps beside it.

    targets, inspectors, experts, recusals: records as `engine.draw.Pool` wants them. excluded: `{id, name, excluded}`.
    people: id -> name, unit, certificate, kind. bodies: target id -> name, type, address and public number.
    notes: what could not be matched (a recused body nobody knows), in Chinese.
    """

    targets: list[Row]
    inspectors: list[Row]
    experts: list[Row]
    recusals: list[Row]
    excluded: list[Row] = field(default_factory=list)
    people: dict[str, Row] = field(default_factory=dict)
    bodies: dict[str, Row] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)


def type_code(label: str) -> str:
    """Return the code of C02 of a type of target, e.g. `11` for 公证机构."""
    return next(one.code for one in loader.code_lists()["C02"].entries if one.label == label)


def field_code(label: str) -> str:
    """Return the code of C01 of a field, e.g. `NOT` for 公证."""
    return next(one.code for one in loader.code_lists()["C01"].entries if one.label == label)


def freeze(
    plan: Plan,
    *,
    targets: Sequence[Row],
    practitioners: Sequence[Row],
    inspectors: Sequence[Row],
    experts: Sequence[Row],
    items: Sequence[Row],
    judgements: Mapping[str, Judgement],
    visits: Mapping[str, int],
    loads: Mapping[str, int],
    policy: Policy,
) -> Frozen:
    """Return everything `plan` draws from, from the rows of T02, T03, T04, T05 and T01.

    visits: target id -> visits this year (X33). loads: certificate number -> tasks this year.
    """
    bodies = by(targets, "target_id")
    candidates = [*targets, *({**row, **_home(row, bodies)} for row in practitioners)]
    pool, excluded, known = [], [], {}
    for row in candidates:
        kind, name = text(row.get("target_type")), text(row.get("target_id"))
        if kind not in plan.target_types or not reaches(plan, row):
            continue
        reason = exclusion(row, plan, visits.get(name, 0), policy)
        if reason:
            excluded.append({"id": name, "name": text(row.get("name")), "excluded": reason})
            continue
        pool.append(_target(row, plan, items, judgements, policy))
        known[name] = _body(row)
    crowd, people = _officers(inspectors, plan, items, loads, policy)
    advisers, advisers_known = _experts(experts, plan)
    recusals, notes = _recusals(known, {**people, **advisers_known}, [*inspectors, *experts], bodies)
    pool, eased = eased_needs(plan, pool, crowd, recusals)
    return Frozen(
        targets=pool,
        inspectors=crowd,
        experts=advisers,
        recusals=recusals,
        excluded=sorted(excluded, key=lambda row: text(row["id"])),
        people={**people, **advisers_known},
        bodies=known,
        notes=[*notes, *eased],
    )


def reaches(plan: Plan, target: Row) -> bool:
    """Return whether `plan` could reach `target` at all: the provincial plan its roster level, a city what it supervises."""
    if plan.roster_level == "省级":
        return text(target.get("roster_level")) in ("", "省级")
    return target_unit(target) in loader.subtree(plan.unit) or target_city(target) == plan.unit


def target_unit(target: Row) -> str:
    """Return the unit code that supervises `target`: the declared one if it is a code, else that of its division."""
    supervisor = text(target.get("supervisor"))
    if supervisor in loader.units():
        return supervisor
    return text(target.get("division"))


def target_city(target: Row) -> str:
    """Return the reporting city of `target` by its division; the province itself for what lies nowhere else."""
    code = text(target.get("division"))
    units = loader.units()
    for step in (code, f"{code[:4]}00", f"{code[:2]}0000"):
        unit = units.get(step)
        if unit is not None and unit.level in (Level.CITY, Level.PROVINCE):
            return unit.code
    return code


def exclusion(target: Row, plan: Plan, visits: int, policy: Policy) -> str:
    """Return the public reason why `target` is not drawable, '' if it is (X17-X19, X33)."""
    kind, name = text(target.get("target_type")), text(target.get("target_id"))
    needs_roster = kind in ("公证机构", "公证员", "司法鉴定机构", "司法鉴定人")
    expiry = day(target.get("licence_valid_to"))
    if not ID.fullmatch(name):
        return "对象编号不规范"
    if text(target.get("practice_state")) != "正常执业":
        return f"执业状态：{text(target.get('practice_state')) or '未填'}"
    if needs_roster and not yes(target.get("is_in_roster")):
        return "不在年度名册"
    if needs_roster and (whole(target.get("roster_year")) or 0) < policy.year - 1:
        return "名册年度过期"
    if expiry is not None and plan.starts_on is not None and expiry < plan.starts_on:
        return "许可证已过有效期"
    if target.get("_institution") == "":
        return "所属机构不在名录"
    if visits >= int(str(policy.value("visits_per_target_cap", plan.unit))):
        return "本年度已达检查次数上限"
    return ""


def _home(row: Row, bodies: Mapping[str, Row]) -> Row:
    """Return what a practitioner takes over from the institution: place, supervisor and level."""
    body = bodies.get(text(row.get("institution_id")))
    if body is None:
        return {"_institution": "", "division": ""}
    taken = {key: body.get(key) for key in ("division", "supervisor", "roster_level", "address")}
    return {**taken, "_institution": text(body.get("name"))}


def _target(row: Row, plan: Plan, items: Sequence[Row], judgements: Mapping[str, Judgement], policy: Policy) -> Row:
    """Return the public record of one target; its weight is shown as a class, without the facts behind it (decisions 7)."""
    kind = text(row.get("target_type"))
    judged = judgements.get(text(row.get("target_id")))
    last = day(row.get("last_inspected_on"))
    share = weight(
        judged.value if judged else NORMAL,
        (judged.credit if judged else text(row.get("credit_grade"))) or "N",
        None if last is None else policy.year - last.year,
        policy.value("weights", plan.unit),
    )
    needs = [field_code(FIELD_OF_TYPE[kind])]
    if specialities_of(items, plan, kind):
        needs.append(f"S{type_code(kind)}")
    return {
        "id": text(row["target_id"]),
        "name": text(row.get("name")),
        "type": type_code(kind),
        "stratum": stratum(plan, row, kind),
        "county": text(row.get("division")),
        "needs": needs,
        "expert_needs": [field_code(FIELD_OF_TYPE[kind])],
        "class": f"W{share}",
    }


def stratum(plan: Plan, row: Row, kind: str) -> str:
    """Return the stratum: the type; in a plan that spans cities the type and the city, so that each gets its share."""
    return f"{type_code(kind)}-{target_city(row)}" if plan.roster_level == "省级" else type_code(kind)


def specialities_of(items: Sequence[Row], plan: Plan, kind: str) -> set[str]:
    """Return the specialities the plan's items ask for on a type of target; any one of them qualifies a person."""
    return {
        name
        for row in items
        if text(row.get("item_code")) in plan.items and kind in several(row.get("target_types"))
        for name in several(row.get("specialities_needed"))
    }


def _body(row: Row) -> Row:
    number = text(row.get("uscc")) or text(row.get("licence_no"))
    return {
        "name": text(row.get("name")),
        "type": text(row.get("target_type")),
        "address": text(row.get("address")),
        "number": number,
        "institution": text(row.get("_institution")),
        "institution_id": text(row.get("institution_id")),
        "division": text(row.get("division")),
        "unit": target_unit(row),
        "city": target_city(row),
    }


def _officers(
    inspectors: Sequence[Row], plan: Plan, items: Sequence[Row], loads: Mapping[str, int], policy: Policy
) -> tuple[list[Row], dict[str, Row]]:
    """Return the certified officers as records, and who they are; those without a certificate are no officers (X13)."""
    wanted = {kind: specialities_of(items, plan, kind) for kind in plan.target_types}
    cap = int(str(policy.value("load_cap", plan.unit))) or None
    records: list[Row] = []
    people: dict[str, Row] = {}
    certified = sorted((row for row in inspectors if is_officer(row)), key=lambda row: text(row.get("certificate_no")))
    for number, row in enumerate(certified, 1):
        name = _identity(row, "inspector_id", f"INS-{number:04d}", people)
        held = set(several(row.get("specialities")))
        quals = [field_code(one) for one in several(row.get("fields")) if one in FIELD_OF_TYPE.values()]
        quals += [f"S{type_code(kind)}" for kind, asked in wanted.items() if asked & held]
        certificate = text(row.get("certificate_no"))
        record: Row = {
            "id": name,
            "quals": sorted(set(quals)),
            "county": text(row.get("unit_code")),
            "available": is_available(row, plan.starts_on, plan.ends_on),
            "load": loads.get(certificate, 0),
            "cap": cap,
        }
        if day(row.get("certificate_valid_to")) is not None:
            record["valid_to"] = text(row.get("certificate_valid_to"))[:10]
        records.append(record)
        people[name] = {
            "kind": "inspector",
            "name": text(row.get("name")),
            "unit": text(row.get("unit_name")),
            "unit_code": text(row.get("unit_code")),
            "certificate": certificate,
            "key": text(row.get("_key")) or certificate,
        }
    return records, people


def _experts(experts: Sequence[Row], plan: Plan) -> tuple[list[Row], dict[str, Row]]:
    """Return the experts as records, and who they are; who was disciplined or gave no pledge is left out (R25)."""
    fit = [row for row in experts if yes(row.get("pledges_compliance")) and not yes(row.get("was_disciplined_3y"))]
    records: list[Row] = []
    people: dict[str, Row] = {}
    for number, row in enumerate(sorted(fit, key=lambda row: text(row.get("licence_no"))), 1):
        name = _identity(row, "expert_id", f"EXP-{number:04d}", people)
        quals = [field_code(expert_field(row))] if expert_field(row) else []
        records.append({"id": name, "quals": quals, "available": is_available(row, plan.starts_on, plan.ends_on)})
        people[name] = {
            "kind": "expert",
            "name": text(row.get("name")),
            "unit": text(row.get("employer")),
            "certificate": text(row.get("licence_no")),
            "is_public": yes(row.get("consents_publication")),
            "key": text(row.get("_key")) or text(row.get("licence_no")),
        }
    return records, people


def without_experts(plan: Plan, counts: Mapping[str, int], items: Sequence[Row], experts: Sequence[Row]) -> list[str]:
    """Return a sentence for each type whose items demand an expert (必须) while nobody could go: no team could ever be made."""
    known, _ = _experts(experts, plan)
    able = {trade for one in known if one["available"] for trade in one["quals"]}
    found = []
    for kind in plan.target_types:
        demanding = [
            text(row.get("item_code"))
            for row in items
            if text(row.get("item_code")) in plan.items
            and kind in several(row.get("target_types"))
            and text(row.get("expert_need")) == "必须"
        ]
        if counts.get(kind) and demanding and field_code(FIELD_OF_TYPE[kind]) not in able:
            found.append(
                f"{kind}的事项 {'、'.join(demanding)} 必须有专家参加，名录里没有可派的{FIELD_OF_TYPE[kind]}专家"
            )
    return found


def expert_field(row: Row) -> str:
    """Return the trade of an expert: as recorded, else that of the association that put the person forward."""
    if text(row.get("field")):
        return text(row["field"])
    unit = loader.units().get(text(row.get("_unit")))
    association = text(row.get("association"))
    if (unit is not None and unit.sector == "NOT") or "公证" in association:
        return "公证"
    return "司法鉴定" if (unit is not None and unit.sector == "FOR") or "鉴定" in association else ""


def is_available(row: Row, first: date | None, last: date | None) -> bool:
    """Return whether a person can serve between `first` and `last`: on duty, or away only outside that time."""
    state = text(row.get("availability"))
    if state in ("", "在岗可用"):
        return True
    begun, ended = day(row.get("unavailable_from")), day(row.get("unavailable_to"))
    if state != "临时不可用" or begun is None or ended is None or first is None or last is None:
        return False
    return ended < first or begun > last


def _identity(row: Row, key: str, otherwise: str, taken: Mapping[str, Row]) -> str:
    given = text(row.get(key))
    return given if ID.fullmatch(given) and given not in taken else otherwise


def rules_of(plan: Plan) -> dict[str, Row]:
    """Return the rules of eligibility a plan commits to: recusal of the own county, certificates valid in its window."""
    window = (
        {"from": plan.starts_on.isoformat(), "to": plan.ends_on.isoformat()}
        if plan.starts_on and plan.ends_on
        else None
    )
    county = "exclude" if plan.excludes_same_county else "allow"
    return {
        "inspectors": {"same_county": county, "window": window},
        "experts": {"same_county": "allow", "window": None},
    }


def eased_needs(
    plan: Plan, targets: Sequence[Row], crowd: Sequence[Row], recusals: Sequence[Row]
) -> tuple[list[Row], list[str]]:
    """Return the targets with the speciality dropped where no full team has it, and a note for each such type.

    The field and the certificate always stay. Decided before the commitment, so that it is part of what is sealed.
    """
    rules = {**DEFAULT_RULES, **rules_of(plan)["inspectors"]}
    matrix = decide("inspectors", rules, targets, crowd, recusals)
    short = {text(one["type"]) for one in targets if len(matrix.allowed(text(one["id"]))) < plan.team_size}
    eased = {code for code in short if any(f"S{code}" in one["needs"] for one in targets if one["type"] == code)}
    labels = {type_code(kind): kind for kind in plan.target_types}
    notes = [f"{labels[code]}：具备所需业务专长的可派人员不足一组，本次按可检查领域匹配。" for code in sorted(eased)]
    return [
        {**one, "needs": [need for need in one["needs"] if need != f"S{one['type']}"]} if one["type"] in eased else one
        for one in targets
    ], notes


OWN_WORDS = frozenset(("本单位", "本机构", "本所", "本处", "本中心", "所在单位", "所在机构"))


def _recusals(
    known: Mapping[str, Row], people: Mapping[str, Row], given: Sequence[Row], bodies: Mapping[str, Row]
) -> tuple[list[Row], list[str]]:
    """Return the recusal table over the pool, and what named a body nobody knows.

    known: targets of the pool. people: officers and experts by id; given: their T04 and T05 rows. bodies: all of T02.
    """
    at_home = _targets_of_institution(known)
    names: dict[str, list[str]] = {}
    for name, row in bodies.items():
        names.setdefault(normal(text(row.get("name"))), []).append(name)
    pairs: set[tuple[str, str, str]] = set()
    notes = []

    def barred(person: str, listed: str, reason: str, who: str) -> None:
        for one in several(listed):
            found = [one] if one in bodies else names.get(normal(one), [])
            if not found:
                notes.append(f"{who}需回避的“{one}”不在机构名录，请核对。")
            pairs.update((target, person, reason) for body in found for target in at_home.get(body, ()))

    sources = {**_by_key(given, "licence_no"), **_by_key(given, "certificate_no")}
    for name, person in people.items():
        row = sources.get(text(person["key"])) or sources.get(text(person["certificate"])) or {}
        listed = several(row.get("recused_targets"))
        if person["kind"] != "inspector":
            # An expert's own institution is barred below, whether he names it or writes 本单位.
            listed = tuple(one for one in listed if one not in OWN_WORDS)
        barred(name, "；".join(listed), "declared_interest", text(person["name"]))
        if person["kind"] == "inspector":
            # Former employers are free text; what is no body of the register keeps nobody away from anything.
            former = [one for one in several(row.get("former_employers")) if one in bodies or normal(one) in names]
            barred(name, "；".join(former), "former_employer", text(person["name"]))
        else:
            given_id = text(row.get("employer_id"))
            for own in [given_id] if given_id else names.get(normal(text(person["unit"])), []):
                pairs.update((target, name, "own_institution") for target in at_home.get(own, ()))
                pairs.update((target, name, "competitor") for target in _competitors(own, known, bodies))
    return [
        {"id": f"R-{number:06d}", "target": target, "person": person, "reason": reason}
        for number, (target, person, reason) in enumerate(sorted(pairs), 1)
    ], notes


def _competitors(own: str, known: Mapping[str, Row], bodies: Mapping[str, Row]) -> list[str]:
    """Return the targets of the expert's own trade in the same county (domain T05: own institution and its competitors)."""
    home = bodies.get(own)
    if home is None:
        return []
    trade = FIELD_OF_TYPE.get(text(home.get("target_type")))
    place = text(home.get("division"))
    return [
        name
        for name, row in known.items()
        if row["division"] == place and FIELD_OF_TYPE.get(text(row["type"])) == trade
    ]


def _targets_of_institution(known: Mapping[str, Row]) -> dict[str, list[str]]:
    """Return institution id -> the targets it stands for: itself and its own practitioners."""
    found: dict[str, list[str]] = {}
    for name, row in known.items():
        found.setdefault(text(row["institution_id"]) or name, []).append(name)
    return found


def _by_key(given: Iterable[Row], key: str) -> dict[str, Row]:
    return {**by(given, key), **{text(row["_key"]): row for row in given if text(row.get("_key"))}}


def normal(name: str) -> str:
    """Return a name as it is compared: without blanks and with one kind of bracket."""
    return "".join(name.split()).replace("(", "（").replace(")", "）")
