"""Bundles of every kind an office can publish: both profiles, all modes, every stage, fall-backs, void draws."""

from __future__ import annotations

from engine import draw as vrd
from engine.draw import modes
from engine.draw.assign import crowd, demand
from engine.draw.eligibility import decide

from . import instance

# Published rounds of drand's two networks: round, moment, signature, the signature before (default network only).
QUICKNET = {
    "event": "657413",
    "time": "2023-09-15T11:00:03Z",
    "signature": "b713718a38ae728dfd477991af2822e08d2f305e47718cef9f7848ce4050e7be41076862b98fad56e91a6b85b89cd97b",
    "text": "fc1873a13f3545aeade8401532ef5519920652eee6b0d2b19ca12643b87b3587",
    "chain": "52db9ba70e0cc0f6eaf7803dd07447a1f5477735fd3f661792ba94600c84e971",
}
DEFAULT = {
    "event": "3311596",
    "time": "2023-09-15T11:55:00Z",
    "signature": "a696b9409ababce45749c3a4ec369074453dd4a79967734e1390d969c8ad8d98897d217b9121e92c8ddebbddda8d92f9"
    "00e3bd6bf9deb166863b1a19390d743f82774001487594c5c09e581db7365f02b70a2c8cc41ce32446ef08e4890c4754",
    "previous": "8ed588f2a7716fb1349e2d9803da5db0005e98a83783c353d4a08f183236a9ad91d70ddb01266f4b7c576983db464b43"
    "0e65680b9e0098552758afd6c1e6afcb77e3f62fe1b93d42d1cb63abbb2205512fe12fbf74ea9c5ac3b8f5c1e283a1d8",
    "text": "647c07b2abbf7ff2afb4d670214f565e5cd9f9c91bfdcecb59a21f3c78d73920",
    "chain": "8990e7a9aaed2ffed73dbd7092123d6f289930540d7651336225dc172e51b2ce",
}
CREATED, EVENT, HELD = "2023-09-12T09:00:00+08:00", "2023-09-15T19:00:00+08:00", "2023-09-17T10:00:00+08:00"


def later(minute: int) -> str:
    """Return a moment of the ceremony of public events."""
    return f"2023-09-17T10:{minute:02d}:00+08:00"


def sources(beacon: dict[str, str] = QUICKNET) -> list[dict[str, object]]:
    """Return committed public sources: two lotteries, a notary, a drand round, and who stands in for it."""
    plain = {"event": "2023107", "fallback": "next_issue", "time": EVENT}
    number = {"kind": "number", "below": 10**15, "event": "ONSITE", "time": EVENT}
    drand = {name: beacon[name] for name in ("event", "time", "chain")}
    return [
        {"id": "RED", "kind": "numbers", "pick": 6, "of": 33, "operator": "福彩", **plain},
        {"id": "FIVE", "kind": "number", "below": 10**5, "operator": "体彩", **plain},
        {"id": "NOTARY", "operator": "公证处", **number},
        {"id": "DRAND", "kind": "hex", "bytes": 32, "operator": "drand", "fallback": "unavailable", **drand},
        {"id": "SPARE", "operator": "人大代表", "reserve_for": "DRAND", **number},
    ]


def numbers(beacon: dict[str, str] | None = QUICKNET, **change: dict[str, object]) -> list[dict[str, object]]:
    """Return the values of `sources`; None: the beacon could not be had. change: by source id."""
    given: dict[str, dict[str, object]] = {
        "RED": {"event": "2023107", "values": [31, 3, 7, 12, 18, 25]},
        "FIVE": {"event": "2023107", "values": [42]},
        "NOTARY": {"event": "ONSITE", "values": [123456789012345]},
    }
    if beacon is None:
        given["DRAND"] = {"event": QUICKNET["event"], "text": "unavailable"}
        given["SPARE"] = {"event": "ONSITE", "values": [987654321098765]}
    else:
        named = ("event", "text", "signature", "previous")
        given["DRAND"] = {name: beacon[name] for name in named if name in beacon}
    return [{"at": later(1), "source": name, **value, **change.get(name, {})} for name, value in given.items()]


def public(
    beacon: dict[str, str] | None = QUICKNET, committed: dict[str, str] = QUICKNET, **change: dict[str, object]
) -> tuple:
    """Return (commit, pool, drawn, assigned) of a draw by public events."""
    pool = instance.pool()
    block = vrd.entropy_block("public", sources(committed))
    made = instance.commit(pool, created_at=CREATED, entropy_block=block)
    drawn = vrd.draw(made, pool, numbers(beacon, **change), instance.codes(1), later(10))
    return made, pool, drawn, vrd.assign(made, pool, drawn, instance.codes(2), later(20))


def in_mode(mode: str, profile: str = "sha256") -> tuple:
    """Return (commit, pool, drawn, assigned) of one mode; a ceremony is still without its balls."""
    pool = instance.pool()
    made = instance.commit(pool, profile, mode=mode)
    drawn = vrd.draw(made, pool, instance.values(), instance.codes(1, profile), instance.at(10))
    choice = shares(made, pool, drawn) if mode == "bounded" else None
    return made, pool, drawn, vrd.assign(made, pool, drawn, instance.codes(2, profile), instance.at(20), choice=choice)


def shares(made: dict, pool: vrd.Pool, drawn: vrd.DrawResult) -> dict[str, object]:
    """Return the published marginals of a bounded assignment."""
    records = [record for record in pool.targets if record["id"] in drawn.drawn]
    matrix = decide("inspectors", made["rules"]["inspectors"], records, pool.inspectors, pool.recusals)
    allowed = {target: matrix.allowed(target) for target in matrix.targets}
    need = demand(made, pool.targets, allowed, "inspectors")
    rows: dict[str, dict[str, int]] = {}
    for (target, name), share in modes.marginals(need, allowed, *crowd(pool.capacity(), "inspectors"), 1000).items():
        rows.setdefault(target, {})[name] = share
    return {"denominator": 1000, "rows": [{"target": target, "shares": row} for target, row in sorted(rows.items())]}


def every() -> dict[str, dict[str, bytes]]:
    """Return name -> files of a bundle of every kind."""
    found = {profile: vrd.bundle_files(*instance.year(profile), internal=True) for profile in ("sha256", "sm3")}
    for name, beacon in (("quicknet", QUICKNET), ("default", DEFAULT)):
        found[name] = vrd.bundle_files(*public(beacon, beacon), internal=True)
    found["lost beacon"] = vrd.bundle_files(*public(None))
    moved = {"event": "2023108", "note": "第2023107期停开"}
    found["next issue"] = vrd.bundle_files(*public(RED=moved))
    for profile in ("sha256", "sm3"):
        made, pool, drawn, tables = in_mode("ceremony", profile)
        chosen = vrd.choose(made, pool, tables, [0, 4, 2], instance.at(25))
        found[f"tables {profile}"] = vrd.bundle_files(made, pool, drawn, tables)
        found[f"ceremony {profile}"] = vrd.bundle_files(made, pool, drawn, chosen, internal=True)
        bounded = in_mode("bounded", profile)
        table = {vrd.SHARES: vrd.canonical_bytes(bounded[3].document["choice"]) + b"\n"}
        found[f"bounded {profile}"] = vrd.bundle_files(*bounded, attachments=table, internal=True)
    made, pool, drawn, assigned, log = instance.year()
    gone = {"at": instance.at(40), "reason": "号码抄错", "approver": "监督"}
    found["void"] = vrd.bundle_files(made, pool, drawn, assigned, vrd.void(made, log, **gone))
    found["given up"] = vrd.bundle_files(made, log=vrd.void(made, (), **gone))
    found["given up with rosters"] = vrd.bundle_files(made, pool, log=vrd.void(made, (), **gone))
    named = {"draw": "P01-D1", "commitment": vrd.commitment(made)}
    found["second"] = vrd.bundle_files(instance.commit(pool, supersedes=named))
    found["committed"] = vrd.bundle_files(made)
    found["sealed"] = vrd.bundle_files(made, pool)
    found["drawn"] = vrd.bundle_files(made, pool, drawn)
    return found
