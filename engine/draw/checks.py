"""The checks of a verification, one function each: from the documents of a bundle to (expected, found) (section 12).

Everything is recomputed with the functions that made it, from published data alone; what only the internal edition can
show is skipped, never passed, in the public one.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from . import allocate, entropy, inclusion, lfa, logchecks, merkle, sample
from .assign import _check_direct, allowed_of, assign_document, late_seal, matrices_of
from .bundle import INTERNAL, LOG, split_values
from .commit import check_commit, check_targets, commitment, weights_by_stratum
from .drawing import check_order, draw_document, stage_key
from .eligibility import KINDS
from .evidence import Found, Skipped, internal_pool
from .hashing import profile as profile_named
from .pool import SALTED
from .refusal import DrawRefused
from .seal import by_id, seal
from .state import replay

PI_TOLERANCE = 1e-9
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
    names = [n for n in ("entropy.json", "otc.json", "draw.json", "eligibility.json", "assign.json") if n in found.documents]
    shown = {name: [found.documents[name].get("commitment"), found.documents[name].get("v")] for name in names}
    versions = {name: found.documents[name].get("v") for name in ("rosters.json", INTERNAL) if name in found.documents}
    return {**{name: [value, "vrd1"] for name in names}, **dict.fromkeys(versions, "vrd1")}, {**shown, **versions}


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
        root = merkle.root(profile, [bytes.fromhex(row["leaf"]) for row in rows]).hex()
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
    excused = {name: reason for name, reason in published.items() if reason and name not in sealed}
    shown = {
        "in the pool though excluded": sorted(name for name in sealed if published.get(name)),
        "left out without a reason": sorted(set(published) - sealed - set(excused)),
        "excluded with a public reason": dict(sorted(excused.items())),
        "not in the published roster": sorted(sealed - set(published)),
    }
    clean = {"in the pool though excluded": [], "left out without a reason": [], "not in the published roster": []}
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
    pis = inclusion.published(counts, places, lambdas)
    return max(abs(float(pis[weight]) / float(wanted[weight]) - 1) for weight in counts)


def entropy_string(found: Found) -> tuple[object, object]:
    """Recompute the entropy strings; too little, too early or uncommitted values are refused on the way."""
    commit, own = found.need("commit.json"), found.need("entropy.json")
    created = commit["created_at"]
    values = split_values(commit, own["values"])
    text, _ = entropy.gather(commit["entropy"], values["draw"], "draw", created)
    later = None
    if "assign.json" in found.documents:
        later, _ = entropy.gather(commit["entropy"], [*values["draw"], *values["assign"]], "assign", created)
    ordered = [*entropy.in_order(commit["entropy"], values["draw"]), *entropy.in_order(commit["entropy"], values["assign"])]
    if ordered != own["values"] or set(own) != {"commitment", "strings", "v", "values"}:
        raise DrawRefused("bad_entropy_file")
    return {"assign": later, "draw": text}, own["strings"]


def entropy_beacon(found: Found) -> tuple[object, object]:
    """Say openly that a beacon's signature needs pairing arithmetic."""
    if any(source["kind"] == "hex" for source in found.need("commit.json")["entropy"]["sources"]):
        raise Skipped("the beacon's signature needs pairing arithmetic; compare the round with the beacon's own site")
    raise Skipped("no beacon was committed")


def code_of(stage: str) -> Callable[[Found], tuple[object, object]]:
    """Return the check that the codes of a stage lead to the anchors, at the right step and after the numbers."""

    def test(found: Found) -> tuple[object, object]:
        reveals = [row for row in found.need("otc.json")["reveals"] if row["stage"] == stage]
        if not reveals:
            raise Skipped(f"no code of this stage: {stage}")
        key, row = _key(found, stage), reveals[0]
        document = found.need(f"{stage}.json")
        wanted = {"index": document["index"], "prk": key.hex(), "fields": ["at", "codes", "index", "stage"], "times": 1}
        return wanted, {"index": row["index"], "prk": document["prk"], "fields": sorted(row), "times": len(reveals)}

    return test


def code_list(found: Found) -> tuple[object, object]:
    """Check that otc.json holds exactly the codes of the stages present, in order."""
    own = found.need("otc.json")
    stages = ["draw"] + (["assign"] if "assign.json" in found.documents else [])
    reveals = [row for row in own["reveals"] if row["stage"] != "replace"]
    lines = [line for line in found.documents.get(LOG, []) if line["kind"] == "replacement" and line["index"] is not None]
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


def _drawn_again(found: Found) -> dict[str, object]:
    def make() -> dict[str, object]:
        commit = found.need("commit.json")
        return draw_document(commit, found.need("rosters.json")["targets"], bytes.fromhex(found.need("draw.json")["prk"]))

    return found.once("draw", make)


def draw_sizes(found: Found) -> tuple[object, object]:
    """Recompute r and the size of every stratum."""
    return _drawn_again(found)["types"], found.need("draw.json")["types"]


def draw_column(*columns: str) -> Callable[[Found], tuple[object, object]]:
    """Return the check of some columns of the targets, by id."""

    def test(found: Found) -> tuple[object, object]:
        pick = lambda rows: {row["id"]: [row[column] for column in columns] for row in rows}  # noqa: E731
        return pick(_drawn_again(found)["targets"]), pick(found.need("draw.json")["targets"])

    return test


def draw_order(found: Found) -> tuple[object, object]:
    """Compare the whole order: who is drawn, who is in reserve, and at which rank."""
    pick = lambda rows: [[row["stratum"], row["rank"], row["id"], row["status"]] for row in rows]  # noqa: E731
    return pick(_drawn_again(found)["targets"]), pick(found.need("draw.json")["targets"])


def draw_pi(found: Found) -> tuple[object, object]:
    """Compare the inclusion probabilities to 1e-9, and their form exactly."""
    again = {row["id"]: row["pi"] for row in _drawn_again(found)["targets"]}
    off = {}
    for row in found.need("draw.json")["targets"]:
        text, mine = row["pi"], again.get(row["id"], "2")
        if len(text) != 14 or not text.replace(".", "", 1).isdecimal() or abs(float(text) - float(mine)) > PI_TOLERANCE:
            off[row["id"]] = f"{text} instead of {mine}"
    return {}, off


def draw_rest(found: Found) -> tuple[object, object]:
    """Compare every other byte of draw.json."""
    bare = lambda document: {  # noqa: E731
        **document, "targets": [{k: v for k, v in row.items() if k != "pi"} for row in document["targets"]]
    }  # fmt: skip
    return bare(_drawn_again(found)), bare(found.need("draw.json"))


def _before_assign(found: Found) -> object:
    lines = [line for line in found.need(LOG) if line["seq"] <= found.need("assign.json")["after"]]
    return replay(found.need("draw.json"), None, None, lines)


def eligibility_form(found: Found) -> tuple[object, object]:
    """Check that the matrix is over the sealed people and the drawn targets, in booleans."""
    own, rosters = found.need("eligibility.json"), found.need("rosters.json")
    if set(own) != {"commitment", "late", "v", *KINDS} or any(set(own[kind]) != {"people", "rows"} for kind in KINDS):
        raise DrawRefused("bad_matrix", target=None)
    shown, wanted = {}, {}
    chosen = sorted(_before_assign(found).targets)
    for kind in KINDS:
        rows = own[kind]["rows"]
        if any(set(row) != {"allowed", "refused_root", "target"} for row in rows):
            raise DrawRefused("bad_matrix", target=None)
        shown[kind] = [own[kind]["people"], [row["target"] for row in rows], list(allowed_of(own[kind]))]
        wanted[kind] = [[row["id"] for row in rosters[kind]], chosen, chosen]
    return wanted, shown


def eligibility_reasons(found: Found) -> tuple[object, object]:
    """Recompute the matrix and its roots from the personal records and the committed rules (internal edition)."""
    own, commit = found.need("eligibility.json"), found.need("commit.json")
    if INTERNAL not in found.documents:
        raise Skipped("reasons and personal records are in the internal edition only")
    pool, profile = internal_pool(found), profile_named(commit["hash"])
    reasons = found.need(INTERNAL)["reasons"]
    state = _before_assign(found)
    matrices = matrices_of(commit, pool, state.targets, state.barred, reasons["late"])
    _check_direct(matrices["inspectors"], found.need("assign.json")["direct"])
    again = {kind: matrices[kind].document(profile, pool.salt_secret) for kind in KINDS}
    late = late_seal(profile, pool.salt_secret, reasons["late"])
    recomputed = {"late": reasons["late"], **{kind: matrices[kind].reasons for kind in KINDS}}
    document = {"commitment": commitment(commit), "late": late, "v": "vrd1", **again}
    return {"eligibility": document, "reasons": recomputed}, {"eligibility": own, "reasons": reasons}


def assign_conflicts(found: Found) -> tuple[object, object]:
    """Count the pairs that eligibility forbids and no approved direct assignment covers: there must be none."""
    own, assigned = found.need("eligibility.json"), found.need("assign.json")
    direct = {(row["target"], row["person"]) for row in assigned["direct"]}
    bad = []
    for kind in KINDS:
        allowed = allowed_of(own[kind])
        for team in assigned["teams"]:
            bad += [
                [team["target"], name]
                for name in team[kind]
                if name not in allowed[team["target"]] and (team["target"], name) not in direct
            ]
    return [], bad


def assign_again(found: Found) -> tuple[object, object]:
    """Recompute the lexicographic-first balanced assignment and compare every field."""
    commit, rosters, assigned = (found.need(name) for name in ("commit.json", "rosters.json", "assign.json"))
    key = bytes.fromhex(assigned["prk"])
    parts = (commit, rosters["targets"], found.need("eligibility.json"), rosters["capacity"], key)
    again = assign_document(*parts, assigned["direct"], assigned["after"], assigned["choice"])
    return again.document() if isinstance(again, lfa.Certificate) else again, assigned


CHECKS: tuple[tuple[str, str, Callable[[Found], tuple[object, object]]], ...] = (
    ("commit.form", "3", commit_form),
    ("commit.hash", "3", commit_hash),
    ("commit.named", "11", commit_named),
    ("commit.timestamp", "3", timestamp),
    *((f"seal.{roster}", "2", seal_of(roster)) for roster in ("targets", "capacity", *SALTED)),
    ("rosters.people", "2", rosters_people),
    ("rosters.internal", "2", rosters_internal),
    ("rosters.published", "12", rosters_published),
    ("commit.sizes", "5", sizes),
    ("lambda.calibrated", "6", calibration),
    ("entropy.string", "4", entropy_string),
    ("entropy.beacon", "4", entropy_beacon),
    ("code.list", "4", code_list),
    ("code.draw", "4", code_of("draw")),
    ("draw.sizes", "5", draw_sizes),
    ("draw.tickets", "4", draw_column("ticket")),
    ("draw.lambda", "6", draw_column("weight", "lambda")),
    ("draw.pi", "6", draw_pi),
    ("draw.order", "6", draw_order),
    ("draw.rest", "6", draw_rest),
    ("eligibility.form", "7", eligibility_form),
    ("eligibility.reasons", "7", eligibility_reasons),
    ("code.assign", "4", code_of("assign")),
    ("assign.conflicts", "8", assign_conflicts),
    ("assign.teams", "8", assign_again),
    *logchecks.CHECKS,
)
