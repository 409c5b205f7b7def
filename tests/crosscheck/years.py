"""Whole random procedures, from the commitment to the last replacement, with everything an office may do on the way."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

from engine import draw as vrd
from tests.draw import instance

if TYPE_CHECKING:
    import random

COUNTIES = ("420102", "420502", "420602", "420802")
SECRETS = [hashlib.sha256(f"holder {k} of the fuzzed years".encode()).digest() for k in range(2)]
LENGTH = 12


def year(source: random.Random) -> dict[str, bytes]:
    """Return the bundle of one random procedure, public or internal edition."""
    while (found := _attempt(source)) is None:
        continue
    return found


def _attempt(source: random.Random) -> dict[str, bytes] | None:
    """Return a bundle, or None where the people do not suffice for the teams."""
    pool = _pool(source)
    made, values = _commit(source, pool, source.choice(("sha256", "sha256", "sm3")))
    first = [one for one in values if one["source"] != "LATER"]
    later = [one for one in values if one["source"] == "LATER"]
    drawn = vrd.draw(made, pool, first, _codes(made, 1), instance.at(10))
    log: tuple = ()
    if source.random() < 0.5:
        closed = {"fact": "before_freeze", "reason": "closed", "approver": "张", "target": drawn.drawn[0]}
        log = vrd.replace(
            made, pool, drawn, None, vrd.vacancy(made, log, at=instance.at(11), **closed), at=instance.at(12)
        )
    is_bounded = made["mode"] == "bounded"
    direct = [] if is_bounded else _direct(source, pool, vrd.current(made, drawn, None, log).targets)
    options = {"log": log, "direct": direct, "late": _late(source, pool, drawn)}
    if vrd.feasibility(made, pool, drawn, **options) is not None:
        return None
    choice = vrd.proposal(made, pool, drawn, log=log, late=options["late"]) if is_bounded else None
    assigned = vrd.assign(made, pool, drawn, _codes(made, 2), instance.at(20), values=later, **options, choice=choice)
    if made["mode"] == "ceremony":
        balls = [source.randrange(10) for _ in range(3)]
        assigned = vrd.choose(made, pool, assigned, balls, instance.at(20))
    for turn in range(source.randrange(3)):
        log = _replaced(source, made, pool, drawn, assigned, log, 21 + 3 * turn)
    return vrd.bundle_files(made, pool, drawn, assigned, log, internal=source.random() < 0.5)


def _codes(made: dict[str, object], index: int) -> list[str]:
    secrets = SECRETS[: len(made["otc"]["chains"])]
    return [vrd.reveal(secret, LENGTH, index, made["hash"]) for secret in secrets]


def _pool(source: random.Random) -> vrd.Pool:
    types = ["OFFICE", "NOTARY", "FORENSIC"][: source.randint(1, 3)]
    targets = []
    for number in range(source.randint(6, 30)):
        kind, county = source.choice(types), source.choice(COUNTIES)
        row = {
            "county": county,
            "credit": source.choice("ABCD"),
            "id": f"T-{number:03d}",
            "name": f"机构（{number}）",
            "type": kind,
        }
        targets.append(row | ({"stratum": f"{kind}-{county}"} if kind == "OFFICE" else {}))
    people = [
        {"county": source.choice(COUNTIES), "id": f"P-{number:02d}", "load": source.randrange(3), "may_lead": source.random() < 0.6,
         "cap": source.choice((None, None, 9)), "quals": types if source.random() < 0.8 else types[:1]}
        for number in range(source.randint(8, 14))
    ]  # fmt: skip
    experts = [{"id": f"E-{number}", "quals": []} for number in range(source.randint(2, 4))]
    recusals = [
        {
            "id": f"R-{number}",
            "person": source.choice(people)["id"],
            "reason": "last_team",
            "target": source.choice(targets)["id"],
        }
        for number in range(source.randrange(4))
    ]
    return vrd.Pool(targets=targets, inspectors=people, experts=experts, recusals=recusals, salt_secret=instance.SALTS)


def _commit(source: random.Random, pool: vrd.Pool, profile: str) -> tuple[dict[str, object], list[dict[str, object]]]:
    types = [
        {
            "type": kind,
            "team": source.choice((2, 2, 3)),
            "experts": source.randrange(2),
            "ratio": [source.randint(1, 40), 100],
        }
        for kind in sorted({row["type"] for row in pool.targets})
    ]
    sources = [
        {
            "id": "RED",
            "kind": "numbers",
            "pick": 6,
            "of": 33,
            "operator": "福彩",
            "event": "2026057",
            "fallback": "next_issue",
        },
        {"id": "WITNESS", "kind": "number", "below": 10**15, "operator": "公证处", "event": "ONSITE"},
        {
            "id": "BEACON",
            "kind": "hex",
            "bytes": 32,
            "operator": "beacon",
            "event": "4711",
            "fallback": "unavailable",
            "time": instance.DAY_BEFORE,
        },
        {"id": "SPARE", "kind": "number", "below": 10**15, "operator": "体彩", "event": "7", "reserve_for": "BEACON"},
        {"id": "PUBLIC", "kind": "number", "below": 10**15, "operator": "人大代表", "event": "ONSITE"},
        {"id": "LATER", "kind": "number", "below": 10**6, "operator": "体彩", "event": "8", "stage": "assign"},
    ]
    fails = source.random() < 0.4
    values = {
        "RED": {"values": source.sample(range(1, 34), 6)}
        | ({"event": "2026058", "note": "顺延"} if source.random() < 0.3 else {}),
        "WITNESS": {"values": [source.randrange(10**15)]},
        "BEACON": {"text": "unavailable" if fails else source.randbytes(32).hex().upper()},
        "PUBLIC": {"values": [source.randrange(10**15)]},
        "LATER": {"values": [source.randrange(10**6)]},
    } | ({"SPARE": {"values": [source.randrange(10**15)]}} if fails else {})
    event = {one["id"]: one["event"] for one in sources}
    rows = [{"at": instance.at(5), "event": event[name], "source": name, **value} for name, value in values.items()]
    chains = [
        {"anchor": vrd.new_chain(secret, LENGTH, profile), "holder": "AB"[k], "n": LENGTH}
        for k, secret in enumerate(SECRETS)
    ][: source.randint(1, 2)]
    made = instance.commit(
        pool, profile, types=types, chains=chains, weights=source.choice(({}, {"credit": {"A": 1, "B": 2, "C": 3, "D": 9}})),
        calibrate=source.random() < 0.5,
        mode=source.choices(("lfa", "bounded", "ceremony"), (85, 12, 3))[0],
        entropy_block=vrd.entropy_block("public", [{"time": instance.CEREMONY, **one} for one in sources]),
    )  # fmt: skip
    return made, rows


def _direct(source: random.Random, pool: vrd.Pool, chosen: tuple[str, ...]) -> list[dict[str, str]]:
    if source.random() < 0.6:
        return []
    barred = {(row["target"], row["person"]) for row in pool.recusals}
    kinds = {row["id"]: row["type"] for row in pool.targets}
    pairs = [
        (target, person["id"]) for target in chosen for person in pool.inspectors
        if kinds[target] in person["quals"] and (target, person["id"]) not in barred
    ]  # fmt: skip
    if not pairs:
        return []
    target, person = source.choice(pairs)
    return [{"approver": "局长", "basis": "人手不足", "person": person, "target": target}]


def _late(source: random.Random, pool: vrd.Pool, drawn: vrd.DrawResult) -> list[dict[str, str]]:
    if source.random() < 0.7:
        return []
    person = {"approver": "张", "person": source.choice(pool.experts)["id"], "target": drawn.drawn[-1]}
    return [{**person, "at": instance.at(15), "reason": "declared_interest"}]


def _replaced(
    source: random.Random,
    made: dict,
    pool: vrd.Pool,
    drawn: vrd.DrawResult,
    assigned: vrd.AssignResult,
    log: tuple,
    minute: int,
) -> tuple:
    """Return the log after one vacancy was filled and noted, or as it was if nobody is left to fill it."""
    state = vrd.current(made, drawn, assigned, log)
    if not state.targets:
        return log
    fact = source.choice(("after_draw", "after_draw", "before_freeze"))
    target = source.choice(state.targets)
    person = source.choice([*state.teams[target]["inspectors"], None])
    everywhere = person is not None and source.random() < 0.3
    more = vrd.vacancy(
        made, log, at=instance.at(minute), fact=fact, reason="illness", approver=source.choice("张李王"), person=person,
        target=None if everywhere else target,
    )  # fmt: skip
    codes = _codes(made, state.index) if fact == "after_draw" else None
    found = vrd.replace(made, pool, drawn, assigned, more, at=instance.at(minute + 1), revealed=codes)
    if isinstance(found, vrd.Certificate):
        return log
    return vrd.note(made, found, at=instance.at(minute + 2), approver="监督", text="已核")
