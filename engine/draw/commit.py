"""The commitment: every input and every rule, fixed and published before the first number falls (section 3)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from . import allocate, canonical, codes, eligibility, entropy, inclusion, sample
from .hashing import profile as profile_named
from .pool import Pool, stratum_of
from .refusal import DrawRefused

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from .seal import Record

VERSION = "vrd1"
MODES = ("lfa", "bounded", "ceremony")
FIELDS = (
    "v", "hash", "plan", "created_at", "software", "rosters", "types", "weights", "lambda", "rules", "mode", "entropy",
    "otc", "supersedes",
)  # fmt: skip


def build_commit(
    pool: Pool,
    *,
    plan: str | Mapping[str, Any],
    created_at: str,
    software: Mapping[str, str],
    types: Sequence[Mapping[str, Any]],
    entropy_block: Mapping[str, Any],
    chains: Sequence[Mapping[str, Any]],
    weights: Mapping[str, Mapping[str, int]] | None = None,
    rules: Mapping[str, Mapping[str, Any]] | None = None,
    profile: str = "sha256",
    calibrate: bool = True,
    mode: str = "lfa",
    supersedes: Mapping[str, str] | None = None,
) -> dict[str, Any]:
    """Return the commitment over `pool`; raise `DrawRefused` for anything that could not be drawn later.

    types: `{type, ratio: [a, b] | size: n, team: 2, experts: 0}`, one per type of target (or label such as `main`);
    `strata` lists its stratum codes, by default those of the targets whose `type` is this one.
    entropy_block: from `entropy.onsite(...)` or `entropy.block(...)`.  chains: `{holder, anchor, n}`, in salt order.
    weights: factor (a field of the target) -> class -> positive integer; the weight is their product.
    rules: `{inspectors: {...}, experts: {...}}`, each a change to `eligibility.DEFAULT_RULES`.
    """
    given = rules or {}
    unknown = sorted(set(given) - set(eligibility.KINDS))
    if unknown:
        raise DrawRefused("bad_rules", rules=unknown[0])
    commit: dict[str, Any] = {
        "v": VERSION,
        "hash": profile_named(profile).name,
        "plan": plan if isinstance(plan, str) else dict(plan),
        "created_at": created_at,
        "software": dict(software),
        "rosters": pool.seals(profile),
        "types": _types(pool.targets, types),
        "weights": {factor: dict(table) for factor, table in (weights or {}).items()},
        "lambda": {},
        "rules": {kind: {**eligibility.DEFAULT_RULES, **given.get(kind, {})} for kind in eligibility.KINDS},
        "mode": mode,
        "entropy": dict(entropy_block),
        "otc": {"chains": [dict(chain) for chain in chains]},
        "supersedes": None if supersedes is None else dict(supersedes),
    }
    check_commit(commit)
    if calibrate and commit["weights"]:
        commit["lambda"] = calibrated(commit, pool.targets)
    check_targets(commit, pool.targets)
    return commit


def commitment(commit: Mapping[str, Any]) -> str:
    """Return C = H(JCS(commit)) in hex."""
    return profile_named(commit.get("hash")).digest(canonical.encode(dict(commit))).hex()


def check_commit(commit: Mapping[str, Any]) -> None:
    """Raise unless `commit` is complete and lawful in itself."""
    canonical.encode(dict(commit))
    if set(commit) != set(FIELDS) or commit["v"] != VERSION or commit["mode"] not in MODES:
        raise DrawRefused("bad_commit", fields=sorted(set(commit) ^ set(FIELDS)))
    profile_named(commit["hash"])
    entropy.check_block(_table(commit["entropy"]), canonical.instant(commit["created_at"]).isoformat())
    chains = _table(commit["otc"]).get("chains")
    if not isinstance(chains, list) or not 1 <= len(chains) <= 2:
        raise DrawRefused("bad_chains")
    for chain in chains:
        if set(chain) != {"holder", "anchor", "n"} or type(chain["n"]) is not int or chain["n"] < 3:
            raise DrawRefused("bad_chains", holder=chain.get("holder"))
    if len({chain["holder"] for chain in chains}) != len(chains) or len({chain["anchor"] for chain in chains}) != len(
        chains
    ):
        raise DrawRefused("bad_chains", holder=chains[0]["holder"])
    check_supersedes(commit["supersedes"])
    for one in commit["types"]:
        # Two inspectors at least, whatever an office asks for: the law counts experts apart.
        if type(one["team"]) is not int or one["team"] < 2 or type(one["experts"]) is not int or one["experts"] < 0:
            raise DrawRefused("team_too_small", type=one["type"], team=one["team"], experts=one["experts"])
    for kind in eligibility.KINDS:
        eligibility.check_rules(_table(_table(commit["rules"])[kind]))
    for factor, table in _table(commit["weights"]).items():
        if not table or any(type(weight) is not int or weight < 1 for weight in table.values()):
            raise DrawRefused("bad_weight_table", factor=factor)


def check_supersedes(named: Any) -> None:
    """Raise unless the commitment names no earlier draw, or exactly the void one that it follows."""
    if named is None:
        return
    if set(_table(named)) != {"draw", "commitment"} or not isinstance(named["draw"], str):
        raise DrawRefused("bad_supersedes", fields=sorted(named))
    if not isinstance(named["commitment"], str) or len(canonical.octets(named["commitment"])) != 32:
        raise DrawRefused("bad_supersedes", commitment=named["commitment"])


def check_targets(commit: Mapping[str, Any], targets: Sequence[Record]) -> None:
    """Raise unless the targets fill the committed strata exactly, each with a weight."""
    counts = {row["stratum"]: row["count"] for one in commit["types"] for row in one["strata"]}
    found = dict.fromkeys(counts, 0)
    for target in targets:
        code = stratum_of(target)
        if code not in found:
            raise DrawRefused("unknown_stratum", id=target.get("id"), stratum=code)
        found[code] += 1
        weight_of(commit, target)
    if counts != found:
        raise DrawRefused("stratum_counts", expected=counts, found=found)


def weight_of(commit: Mapping[str, Any], target: Record) -> int:
    """Return the weight of a target: the product of the committed factors; refuse a class the table does not have."""
    weight = 1
    for factor, table in _table(commit["weights"]).items():
        share = table.get(target.get(factor))
        if share is None:
            raise DrawRefused("unknown_class", id=target.get("id"), factor=factor, value=target.get(factor))
        weight *= share
    return weight


def weights_by_stratum(commit: Mapping[str, Any], targets: Sequence[Record]) -> dict[str, dict[str, int]]:
    """Return for each stratum its targets with their weights."""
    found: dict[str, dict[str, int]] = {}
    for target in targets:
        found.setdefault(stratum_of(target), {})[str(target["id"])] = weight_of(commit, target)
    return found


def calibrated(commit: Mapping[str, Any], targets: Sequence[Record]) -> dict[str, dict[str, dict[str, str]]]:
    """Return the calibrated lambdas: stratum -> possible size -> weight -> 18 decimals, for floor and ceiling alike."""
    weights = weights_by_stratum(commit, targets)
    tables: dict[str, dict[str, dict[str, str]]] = {}
    for one in commit["types"]:
        counts = {row["stratum"]: row["count"] for row in one["strata"]}
        for code, sizes in allocate.bounds(counts, one["n"]).items():
            classes = sample.count_weights(weights.get(code, {}).values())
            if len(classes) > 1:
                tables[code] = {
                    str(n): inclusion.calibrate(classes, n) for n in sorted(set(sizes)) if 0 < n < counts[code]
                }
    return tables


def chain_salt(commit: Mapping[str, Any], index: int, revealed: Sequence[str]) -> bytes:
    """Return the salt of step `index` after checking the revealed codes against the anchors."""
    return codes.check(profile_named(commit["hash"]), _table(commit["otc"])["chains"], index, revealed)


def _types(targets: Sequence[Record], types: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    if not types:
        raise DrawRefused("no_types")
    counts: dict[str, int] = {}
    home: dict[str, set[object]] = {}
    for target in targets:
        code = stratum_of(target)
        counts[code] = counts.get(code, 0) + 1
        home.setdefault(code, set()).add(target.get("type"))
    done: list[dict[str, Any]] = []
    seen: set[str] = set()
    for one in sorted(types, key=lambda row: canonical.check_code(row.get("type"))):
        strata = one.get("strata") or [code for code in counts if home[code] == {one["type"]} or code == one["type"]]
        if seen.intersection(strata) or any(code not in counts for code in strata) or not strata:
            raise DrawRefused("bad_strata", type=one["type"])
        seen.update(strata)
        population = sum(counts[code] for code in strata)
        done.append(
            {
                "type": one["type"],
                "count": population,
                "rule": _rule(one),
                "n": _size(one, population),
                "team": one.get("team", 2),
                "experts": one.get("experts", 0),
                "strata": [{"stratum": code, "count": counts[code]} for code in sorted(strata)],
            }
        )
    if len({row["type"] for row in done}) != len(done) or seen != set(counts):
        raise DrawRefused("bad_strata", type=sorted(set(counts) - seen))
    return done


def _rule(one: Mapping[str, Any]) -> dict[str, Any]:
    return {"ratio": list(one["ratio"])} if "ratio" in one else {"size": one.get("size")}


def _size(one: Mapping[str, Any], population: int) -> int:
    if "ratio" in one:
        return allocate.size(population, *one["ratio"])
    wanted = one.get("size")
    if type(wanted) is not int or not 1 <= wanted <= population:
        raise DrawRefused("bad_size", type=one["type"], size=wanted, population=population)
    return wanted


def _table(value: object) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise DrawRefused("bad_commit", value=str(value)[:40])
    return value
