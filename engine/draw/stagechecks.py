"""The checks of the draw, of eligibility and of the assignment, one function each (sections 5 to 8 and 12)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from . import canonical, lfa
from .assign import assign_document, check_direct, check_late, late_seal, matrices_of
from .bundle import INTERNAL, LOG
from .commit import commitment
from .drawing import draw_document
from .eligibility import KINDS
from .evidence import Found, Skipped, internal_pool
from .hashing import profile as profile_named
from .refusal import DrawRefused
from .state import State, replay
from .teams import allowed_of

if TYPE_CHECKING:
    from collections.abc import Callable

PI_TOLERANCE = 1e-9


def _drawn_again(found: Found) -> dict[str, object]:
    def make() -> dict[str, object]:
        commit = found.need("commit.json")
        return draw_document(
            commit, found.need("rosters.json")["targets"], canonical.octets(found.need("draw.json")["prk"])
        )

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
        if (
            len(text) != 14
            or not text.isascii()
            or not text.replace(".", "", 1).isdecimal()
            or abs(float(text) - float(mine)) > PI_TOLERANCE
        ):
            off[row["id"]] = f"{text} instead of {mine}"
    return {}, off


def draw_rest(found: Found) -> tuple[object, object]:
    """Compare every other byte of draw.json."""
    bare = lambda document: {  # noqa: E731
        **document, "targets": [{k: v for k, v in row.items() if k != "pi"} for row in document["targets"]]
    }  # fmt: skip
    return bare(_drawn_again(found)), bare(found.need("draw.json"))


def _before_assign(found: Found) -> State:
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
    moments = [row["at"] for row in found.need("otc.json")["reveals"] if row["stage"] == "assign"]
    check_late(reasons["late"], moments[0])
    check_direct(matrices["inspectors"], found.need("assign.json")["direct"])
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
    key = canonical.octets(assigned["prk"])
    parts = (commit, rosters["targets"], found.need("eligibility.json"), rosters["capacity"], key)
    again = assign_document(*parts, assigned["direct"], assigned["after"], assigned["choice"])
    return again.document() if isinstance(again, lfa.Certificate) else again, assigned


CHECKS = (
    ("draw.sizes", "5", draw_sizes),
    ("draw.tickets", "4", draw_column("ticket")),
    ("draw.lambda", "6", draw_column("weight", "lambda")),
    ("draw.pi", "6", draw_pi),
    ("draw.order", "6", draw_order),
    ("draw.rest", "6", draw_rest),
    ("eligibility.form", "7", eligibility_form),
    ("eligibility.reasons", "7", eligibility_reasons),
    ("assign.conflicts", "8", assign_conflicts),
    ("assign.teams", "8", assign_again),
)
