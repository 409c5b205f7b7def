"""A small synthetic year that most tests of the draw share: registers, commitment, codes, numbers, a finished bundle."""

from __future__ import annotations

import hashlib
import random

from engine import draw as vrd

COUNTIES = ("420102", "420502", "420602")
SECRET_A = hashlib.sha256(b"holder A of the tests").digest()
SECRET_B = hashlib.sha256(b"holder B of the tests").digest()
SALTS = hashlib.sha256(b"salts of the tests").digest()
LENGTH = 9
CREATED = "2026-05-20T09:00:00+08:00"
CEREMONY = "2026-05-22T09:00:00+08:00"
DAY_BEFORE = "2026-05-21T09:00:00+08:00"


def at(minute: int) -> str:
    return f"2026-05-22T10:{minute:02d}:00+08:00"


def codes(index: int, profile: str = "sha256") -> list[str]:
    return [vrd.reveal(secret, LENGTH, index, profile) for secret in (SECRET_A, SECRET_B)]


def pool(offices: int = 14, notaries: int = 6, people: int = 8, experts: int = 3) -> vrd.Pool:
    targets = [
        {
            "county": COUNTIES[k % 3],
            "credit": "ABCD"[k * 7 % 4],
            "id": f"OFF-{k:03d}",
            "name": f"第{k}公证处",
            "stratum": f"OFFICE-{COUNTIES[k % 3]}",
            "type": "NOTARY_OFFICE",
        }
        for k in range(1, offices + 1)
    ]
    targets += [
        {
            "county": COUNTIES[k % 3],
            "credit": "ABC"[k % 3],
            "id": f"NOT-{k:03d}",
            "needs": ["NOTARY_OFFICE"],
            "type": "NOTARY",
        }
        for k in range(1, notaries + 1)
    ]
    inspectors = [
        {
            "county": (*COUNTIES, "420100")[k % 4],
            "id": f"INS-{k:02d}",
            "load": k % 2,
            "may_lead": k % 3 != 0,
            "name": f"检查员{k}",
            "quals": ["NOTARY_OFFICE"],
        }
        for k in range(1, people + 1)
    ]
    advisers = [{"id": f"EXP-{k:02d}", "name": f"专家{k}", "quals": []} for k in range(1, experts + 1)]
    recusals = [
        {"id": "R-1", "person": "INS-01", "reason": "declared_interest", "target": "OFF-001"},
        {"id": "R-2", "person": "INS-02", "reason": "last_team", "target": "OFF-002"},
    ]
    return vrd.Pool(targets=targets, inspectors=inspectors, experts=advisers, recusals=recusals, salt_secret=SALTS)


def commit(registers: vrd.Pool, profile: str = "sha256", **changes: object) -> dict[str, object]:
    parts: dict[str, object] = {
        "plan": "421200-2026-P01",
        "created_at": CREATED,
        "software": {"name": "taizhang", "version": "test"},
        "types": [
            {"type": "NOTARY_OFFICE", "ratio": [30, 100], "team": 2, "experts": 1},
            {"type": "NOTARY", "size": 2, "team": 2},
        ],
        "entropy_block": vrd.onsite(["甲", "乙", "丙", "丁"], digits=10, time=CEREMONY),
        "chains": [
            {"holder": "A", "anchor": vrd.new_chain(SECRET_A, LENGTH, profile), "n": LENGTH},
            {"holder": "B", "anchor": vrd.new_chain(SECRET_B, LENGTH, profile), "n": LENGTH},
        ],
        "weights": {"credit": {"A": 1, "B": 2, "C": 3, "D": 4}},
        "profile": profile,
    }
    return vrd.build_commit(registers, **{**parts, **changes})


def values(seed: int = 1) -> list[dict[str, object]]:
    source = random.Random(seed)
    return [
        {"at": at(k), "event": "ONSITE", "source": f"WITNESS-{k}", "values": [source.randrange(10**10)]}
        for k in range(1, 5)
    ]


def year(profile: str = "sha256", *, replaced: bool = True, **changes: object) -> tuple:
    """Return (commit, pool, drawn, assigned, log) of a whole procedure, with two replacements unless told otherwise."""
    registers = pool()
    made = commit(registers, profile, **changes)
    drawn = vrd.draw(made, registers, values(), codes(1, profile), at(10))
    log: tuple = ()
    if replaced:
        log = vrd.vacancy(
            made, log, at=at(11), fact="before_freeze", reason="deregistered", approver="张", target=drawn.drawn[0]
        )
        log = vrd.replace(made, registers, drawn, None, log, at=at(12))
    assigned = vrd.assign(made, registers, drawn, codes(2, profile), at(20), log=log)
    if replaced:
        team = assigned.teams[0]
        log = vrd.vacancy(
            made, log, at=at(21), fact="after_draw", reason="illness", approver="李", person=team["inspectors"][0]
        )
        log = vrd.vacancy(
            made, log, at=at(22), fact="after_draw", reason="conflict", approver="王", person=team["inspectors"][1],
            target=team["target"],
        )  # fmt: skip
        log = vrd.vacancy(
            made, log, at=at(22), fact="after_draw", reason="closed", approver="赵", target=assigned.teams[-1]["target"]
        )
        log = vrd.replace(made, registers, drawn, assigned, log, at=at(23), revealed=codes(3, profile))
        log = vrd.note(made, log, at=at(24), approver="监督", text="已核")
    return made, registers, drawn, assigned, log


def tiny() -> tuple:
    """Return a whole procedure small enough to be damaged in every place."""
    targets = [{"county": COUNTIES[k % 2], "id": f"T-{k}", "name": f"所{k}", "type": "T"} for k in range(4)]
    inspectors = [{"county": COUNTIES[2], "id": f"I-{k}", "name": f"员{k}", "quals": ["T"]} for k in range(4)]
    recusals = [{"id": "R-1", "person": "I-0", "reason": "employer", "target": "T-1"}]
    registers = vrd.Pool(targets=targets, inspectors=inspectors, recusals=recusals, salt_secret=SALTS)
    made = commit(registers, types=[{"type": "T", "size": 2}], weights={})
    drawn = vrd.draw(made, registers, values(), codes(1), at(10))
    assigned = vrd.assign(made, registers, drawn, codes(2), at(20))
    log = vrd.vacancy(
        made,
        (),
        at=at(21),
        fact="after_draw",
        reason="illness",
        approver="李",
        person=assigned.teams[0]["inspectors"][0],
    )
    log = vrd.replace(made, registers, drawn, assigned, log, at=at(23), revealed=codes(3))
    log = vrd.note(made, log, at=at(24), approver="监督", text="已核")
    return made, registers, drawn, assigned, log
