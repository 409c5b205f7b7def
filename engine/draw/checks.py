"""The checks of a verification, one function each: from the documents of a bundle to (expected, found) (section 12).

Everything is recomputed with the functions that made it, from published data alone; what only the internal edition can
show is skipped, never passed, in the public one.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from . import allocate, beacon, canonical, entropy, inclusion, merkle, sample
from .bundle import DOCUMENTS, INTERNAL, LOG, split_values
from .commit import check_commit, check_targets, commitment, weights_by_stratum
from .drawing import check_order, stage_key
from .eligibility import KINDS
from .entropy import UNAVAILABLE
from .evidence import Found, Skipped, internal_pool
from .hashing import profile as profile_named
from .pool import SALTED
from .refusal import DrawRefused
from .seal import by_id, seal

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

CALIBRATION_TOLERANCE = 1e-9


def commit_form(found: Found) -> tuple[object, object]:
    """Check that the commitment is complete and lawful in itself."""
    check_commit(found.need("commit.json"))
    return True, True


def commit_hash(found: Found) -> tuple[object, object]:
    """Compare C with the one announced before the draw."""
    value = commitment(found.need("commit.json"))
    if found.commitment is None:
        raise Skipped(f"no announced commitment was given; this one is {value}")
    return found.commitment.strip().lower(), value


def commit_named(found: Found) -> tuple[object, object]:
    """Check that every document of the draw names this commitment and version."""
    value = commitment(found.need("commit.json"))
    names = [name for name in DOCUMENTS if name in found.documents and name not in ("commit.json", "rosters.json")]
    shown = {name: [found.documents[name].get("commitment"), found.documents[name].get("v")] for name in names}
    versions = {name: found.documents[name].get("v") for name in ("rosters.json", INTERNAL) if name in found.documents}
    return {**{name: [value, "vrd1"] for name in names}, **dict.fromkeys(versions, "vrd1")}, {**shown, **versions}


def supersedes(found: Found) -> tuple[object, object]:
    """Show whether this commitment follows a void draw: a draw repeated until it pleases must not look like a first one."""
    named = found.need("commit.json")["supersedes"]
    text = (
        "no earlier draw"
        if named is None
        else f"follows the void draw {named['draw']}, commitment {named['commitment']}"
    )
    return text, text


def timestamp(found: Found) -> tuple[object, object]:
    """Say openly that the proof of time is not judged here."""
    raise Skipped("the time-stamp token needs its issuer's certificate and an RFC 3161 tool")


def seal_of(roster: str) -> Callable[[Found], tuple[object, object]]:
    """Return the check of one register's seal."""

    def test(found: Found) -> tuple[object, object]:
        commit, rosters = found.need("commit.json"), found.need("rosters.json")
        rows, profile = by_id(rosters[roster]), profile_named(commit["hash"])
        if rows != rosters[roster]:
            raise DrawRefused("not_in_order", roster=roster)
        if roster not in SALTED:
            return commit["rosters"][roster], seal(rows, commit["hash"]).document()
        if any(set(row) != {"id", "leaf"} for row in rows):
            raise DrawRefused("bad_leaf_row", roster=roster)
        root = merkle.root(profile, [canonical.octets(row["leaf"]) for row in rows]).hex()
        return commit["rosters"][roster], {"count": len(rows), "root": root}

    return test


def rosters_people(found: Found) -> tuple[object, object]:
    """Check that the public capacity table lists exactly the sealed people."""
    rosters = found.need("rosters.json")
    fields = {"cap", "id", "kind", "load", "may_lead"}
    if set(rosters) != {"v", "targets", "capacity", *SALTED} or any(set(row) != fields for row in rosters["capacity"]):
        raise DrawRefused("bad_rosters")
    listed = {kind: [row["id"] for row in rosters["capacity"] if row["kind"] == kind[:-1]] for kind in KINDS}
    return {kind: [row["id"] for row in rosters[kind]] for kind in KINDS}, listed


def rosters_internal(found: Found) -> tuple[object, object]:
    """Open the salted leaves: the personal records are the sealed ones, and the capacity table says what they say."""
    rosters, pool = found.need("rosters.json"), internal_pool(found)
    profile = profile_named(found.need("commit.json")["hash"])
    if set(found.need(INTERNAL)) != {"v", "salt_secret", "reasons", *SALTED}:
        raise DrawRefused("bad_internal")
    if {roster: list(getattr(pool, roster)) for roster in SALTED} != {
        roster: by_id(getattr(pool, roster)) for roster in SALTED
    } or pool.salt_secret.hex() != found.need(INTERNAL)["salt_secret"]:
        raise DrawRefused("not_in_order", roster=INTERNAL)
    return rosters, pool.document(profile)


def rosters_published(found: Found) -> tuple[object, object]:
    """Compare the sealed targets with the published register: leaving somebody out is the oldest trick."""
    if found.roster is None:
        raise Skipped("no published roster was given")
    sealed = {row["id"] for row in found.need("rosters.json")["targets"]}
    published = {row["id"]: row.get("excluded") for row in found.roster}
    names = [row["id"] for row in found.roster]
    excused = {name: reason for name, reason in published.items() if reason and name not in sealed}
    shown = {
        "in the pool though excluded": sorted(name for name in sealed if published.get(name)),
        "left out without a reason": sorted(set(published) - sealed - set(excused)),
        "excluded with a public reason": dict(sorted(excused.items())),
        "listed twice": sorted({name for name in published if names.count(name) > 1})
        if len(names) > len(published)
        else [],
        "not in the published roster": sorted(sealed - set(published)),
    }
    clean: dict[str, list[str]] = {name: [] for name in shown if name != "excluded with a public reason"}
    return {**shown, **clean}, shown


def sizes(found: Found) -> tuple[object, object]:
    """Check populations, sizes by the committed rule, and that every target has a stratum and a weight."""
    commit, targets = found.need("commit.json"), found.need("rosters.json")["targets"]
    check_targets(commit, targets)
    wanted, shown = [], []
    for one in commit["types"]:
        count, rule = sum(row["count"] for row in one["strata"]), one["rule"]
        n = allocate.size(count, *rule["ratio"]) if "ratio" in rule else rule["size"]
        wanted.append([one["type"], count, n])
        shown.append([one["type"], one["count"], one["n"]])
    return wanted, shown


def calibration(found: Found) -> tuple[object, object]:
    """Check that every committed lambda table meets its wanted probabilities to 1e-9."""
    commit, targets = found.need("commit.json"), found.need("rosters.json")["targets"]
    if not commit["lambda"]:
        raise Skipped("lambda is m w / W as it stands; no table is committed")
    weights, worst = weights_by_stratum(commit, targets), 0.0
    for stratum, tables in commit["lambda"].items():
        counts = sample.count_weights(weights[stratum].values())
        for places, table in tables.items():
            worst = max(worst, _deviation(counts, int(places), table))
    return True, worst <= CALIBRATION_TOLERANCE or f"max |pi/target - 1| = {worst:.3g}"


def _deviation(counts: dict[int, int], places: int, table: Mapping[str, str]) -> float:
    wanted, lambdas = sample.targets_of(counts, places), sample.lambdas_of(counts, places, table)
    if {int(weight) for weight in table} != {weight for weight in counts if wanted[weight] != 1}:
        raise DrawRefused("bad_lambda", places=places)
    pis = inclusion.exact(counts, places, lambdas)
    return max(abs(pis[weight] / float(wanted[weight]) - 1) for weight in counts)


def entropy_string(found: Found) -> tuple[object, object]:
    """Recompute the entropy strings; too little, too early or uncommitted values are refused on the way."""
    commit, own = found.need("commit.json"), found.need("entropy.json")
    created = commit["created_at"]
    values = split_values(commit, own["values"])
    text, _ = entropy.gather(commit["entropy"], values["draw"], "draw", created)
    later = None
    if found.teams is not None:
        later, _ = entropy.gather(commit["entropy"], [*values["draw"], *values["assign"]], "assign", created)
    ordered = [
        *entropy.in_order(commit["entropy"], values["draw"]),
        *entropy.in_order(commit["entropy"], values["assign"]),
    ]
    if ordered != own["values"] or set(own) != {"commitment", "strings", "v", "values"}:
        raise DrawRefused("bad_entropy_file")
    return {"assign": later, "draw": text}, own["strings"]


def entropy_fallbacks(found: Found) -> tuple[object, object]:
    """Show which fall-backs were used; that only committed ones can be is part of the entropy string."""
    used = entropy.fallbacks(found.need("commit.json")["entropy"], found.need("entropy.json")["values"])
    text = "; ".join(used) or "none was used"
    return text, text


def entropy_beacon(found: Found) -> tuple[object, object]:
    """Check the signatures of the beacon's rounds, where pairing arithmetic is at hand; else say so openly."""
    sources = {s["id"]: s for s in found.need("commit.json")["entropy"]["sources"] if s["kind"] == "hex"}
    if not sources:
        raise Skipped("no beacon was committed")
    given = [v for v in found.need("entropy.json")["values"] if v["source"] in sources and v["text"] != UNAVAILABLE]
    signed = [(sources[v["source"]], v) for v in given if sources[v["source"]].get("chain") is not None]
    if not signed or len(signed) < len(given):
        raise Skipped(
            "a value without a known chain has no signature that could be checked" if given else "unavailable"
        )
    if found.is_signed is None:
        raise Skipped("the beacon's signature needs pairing arithmetic; compare the round with the beacon's own site")
    rounds = [f"{source['id']} {source['event']}" for source, _ in signed]
    return rounds, [
        text for text, (source, value) in zip(rounds, signed, strict=True) if _is_signed(found.is_signed, source, value)
    ]


def _is_signed(
    is_signed: Callable[[str, bytes, bytes, bytes], bool], source: Mapping[str, Any], value: Mapping[str, Any]
) -> bool:
    chain = beacon.chain_of(source)
    signature = canonical.octets(value["signature"])
    return is_signed(chain.scheme, bytes.fromhex(chain.public_key), beacon.message(source, value), signature)


def code_of(stage: str) -> Callable[[Found], tuple[object, object]]:
    """Return the check that the codes of a stage lead to the anchors, at the right step and after the numbers."""

    def test(found: Found) -> tuple[object, object]:
        reveals = [row for row in found.need("otc.json")["reveals"] if row["stage"] == stage]
        if not reveals:
            raise Skipped(f"no code of this stage: {stage}")
        key, row = _key(found, stage), reveals[0]
        document = found.teams if stage == "assign" else found.need("draw.json")
        if document is None:
            raise Skipped("no readable assign.json")
        wanted = {"index": document["index"], "prk": key.hex(), "fields": ["at", "codes", "index", "stage"], "times": 1}
        return wanted, {"index": row["index"], "prk": document["prk"], "fields": sorted(row), "times": len(reveals)}

    return test


def code_list(found: Found) -> tuple[object, object]:
    """Check that otc.json holds exactly the codes of the stages present, in order."""
    own = found.need("otc.json")
    stages = ["draw"] + (["assign"] if found.teams is not None else [])
    reveals = [row for row in own["reveals"] if row["stage"] != "replace"]
    lines = [
        line for line in found.documents.get(LOG, []) if line["kind"] == "replacement" and line["index"] is not None
    ]
    wanted = [{"at": line["at"], "codes": line["codes"], "index": line["index"], "stage": "replace"} for line in lines]
    return [stages, wanted, 3], [[row["stage"] for row in reveals], own["reveals"][len(reveals) :], len(own)]


def _key(found: Found, stage: str) -> bytes:
    commit, own = found.need("commit.json"), found.need("entropy.json")
    values = split_values(commit, own["values"])
    rows = {row["stage"]: row for row in reversed(found.need("otc.json")["reveals"])}
    given = [*values["draw"], *values["assign"]] if stage == "assign" else list(values["draw"])
    before = [{"at": rows["draw"]["at"], "source": "code"}] if stage == "assign" else []
    check_order([*given, *before], rows[stage]["at"])
    text, _ = entropy.gather(commit["entropy"], given, stage, commit["created_at"])
    return stage_key(commit, text, {"draw": 1, "assign": 2}[stage], rows[stage]["codes"])


CHECKS = (
    ("commit.form", "3", commit_form),
    ("commit.hash", "3", commit_hash),
    ("commit.named", "11", commit_named),
    ("commit.supersedes", "3", supersedes),
    ("commit.timestamp", "3", timestamp),
    *((f"seal.{roster}", "2", seal_of(roster)) for roster in ("targets", "capacity", *SALTED)),
    ("rosters.people", "2", rosters_people),
    ("rosters.internal", "2", rosters_internal),
    ("rosters.published", "12", rosters_published),
    ("commit.sizes", "5", sizes),
    ("lambda.calibrated", "6", calibration),
    ("entropy.string", "4", entropy_string),
    ("entropy.fallbacks", "4", entropy_fallbacks),
    ("entropy.beacon", "4", entropy_beacon),
    ("code.list", "4", code_list),
    ("code.draw", "4", code_of("draw")),
    ("code.assign", "4", code_of("assign")),
)
