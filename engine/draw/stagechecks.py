"""The checks of the draw, of eligibility and of the assignment, one function each (sections 5 to 8 and 12)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from . import canonical, lfa
from .assign import assign_document, check_direct, check_late, late_seal, matrices_of
from .bundle import INTERNAL, LOG, TABLES
from .ceremony import tables_hash
from .commit import commitment
from .drawing import draw_document
from .eligibility import KINDS
from .evidence import Found, Skipped, internal_pool
from .hashing import profile as profile_named
from .modes import NUMBERS, line_of, number_of
from .refusal import DrawRefused
from .state import State, replay
from .teams import allowed_of, demand

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

PI_TOLERANCE = 1e-9
TABLES_FIELDS = ["after", "commitment", "direct", "index", "prk", "stage", "tables", "targets", "v"]


def _drawn_again(found: Found) -> dict[str, Any]:
    def make() -> dict[str, Any]:
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
        one, other = (
            {row["id"]: [row[column] for column in columns] for row in document["targets"]}
            for document in (_drawn_again(found), found.need("draw.json"))
        )
        return one, other

    return test


def draw_order(found: Found) -> tuple[object, object]:
    """Compare the whole order: who is drawn, who is in reserve, and at which rank."""
    one, other = (
        [[row["stratum"], row["rank"], row["id"], row["status"]] for row in document["targets"]]
        for document in (_drawn_again(found), found.need("draw.json"))
    )
    return one, other


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
    one, other = (
        {**document, "targets": [{k: v for k, v in row.items() if k != "pi"} for row in document["targets"]]}
        for document in (_drawn_again(found), found.need("draw.json"))
    )
    return one, other


def _teams(found: Found) -> dict[str, Any]:
    if found.teams is None:
        raise Skipped("no readable assign.json")
    return found.teams


def _before_assign(found: Found) -> State:
    after = _teams(found)["after"]
    lines = [line for line in found.need(LOG) if line["seq"] <= after]
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
    check_direct(matrices["inspectors"], _teams(found)["direct"])
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


def assign_tables(found: Found) -> tuple[object, object]:
    """Check the thousand tables of a ceremony: all without a forbidden pair and balanced, 000 and the chosen one as drawn."""
    commit = found.need("commit.json")
    if commit["mode"] != "ceremony":
        return "no tables", "tables" if TABLES in found.documents else "no tables"
    if "eligibility.json" not in found.documents:
        raise Skipped("nothing is assigned yet")
    own, eligibility, rosters = found.documents[TABLES], found.need("eligibility.json"), found.need("rosters.json")
    key, parts = canonical.octets(own["prk"]), (commit, rosters["targets"], eligibility, rosters["capacity"])
    first = {"at": "", "balls": [0, 0, 0], "tables": ""}
    made = assign_document(*parts, key, own["direct"], own["after"], first)
    if isinstance(made, lfa.Certificate):
        return "teams for every target", made.document()
    drawn = [(0, made["teams"])]
    wanted = {
        "fields": sorted(own),
        "targets": [team["target"] for team in drawn[0][1]],
        "unlawful": [],
        "rows": NUMBERS,
    }
    shown = {"fields": TABLES_FIELDS, "targets": own["targets"], "rows": len(own["tables"])}
    shown["unlawful"] = unlawful(parts, own, drawn[0][1])
    assigned = found.documents.get("assign.json")
    if assigned is not None:
        chosen = int(number_of(assigned["choice"]["balls"]))
        drawn.append((chosen, assigned["teams"]))
        names = ("after", "commitment", "direct", "index", "prk")
        wanted["head"], shown["head"] = [assigned[name] for name in names], [own[name] for name in names]
        wanted["named"], shown["named"] = tables_hash(commit, own), assigned["choice"]["tables"]
        reveal = next(row for row in found.need("otc.json")["reveals"] if row["stage"] == "assign")
        wanted["balls later"] = True
        shown["balls later"] = canonical.instant(reveal["at"]) <= canonical.instant(assigned["choice"]["at"])
    wanted["drawn"] = [[line_of(team["inspectors"], team["experts"]) for team in teams] for _, teams in drawn]
    shown["drawn"] = [own["tables"][number] for number, _ in drawn]
    return wanted, shown


def assign_shares(found: Found) -> tuple[object, object]:
    """Compare the probabilities published before the code of a bounded assignment with those it was rounded from."""
    if found.need("commit.json")["mode"] != "bounded":
        return "no shares", "no shares" if found.shares is None else "shares"
    choice = found.need("assign.json")["choice"]
    if found.shares is None:
        raise Skipped("no table of probabilities beside the record")
    return canonical.encode(choice).decode() + "\n", found.shares.decode("utf-8", "replace")


def unlawful(parts: tuple[Any, ...], own: Mapping[str, Any], first: Sequence[Mapping[str, Any]]) -> list[str]:
    """Return the numbers of the tables with a wrong size of a team, a forbidden pair, or loads less balanced than 000's."""
    commit, targets, eligibility, capacity = parts
    direct = {(row["target"], row["person"]) for row in own["direct"]}
    limits, bad = {row["id"]: row for row in capacity}, []
    allowed = {kind: allowed_of(eligibility[kind]) for kind in KINDS}
    need = {kind: demand(commit, targets, allowed[kind], kind) for kind in KINDS}

    def squares(teams: Sequence[Mapping[str, Sequence[str]]]) -> int | None:
        load = {name: row["load"] for name, row in limits.items()}
        for target, team in zip(own["targets"], teams, strict=True):
            for kind in KINDS:
                names = team[kind]
                may = set(allowed[kind][target]) | {
                    who for one, who in direct if kind == "inspectors" and one == target
                }
                if list(names) != sorted(set(names)) or len(names) != need[kind][target] or not may.issuperset(names):
                    return None
                for name in names:
                    load[name] += 1
        over = any(row["cap"] is not None and load[name] > max(row["cap"], row["load"]) for name, row in limits.items())
        return None if over and not direct else sum(total * total for total in load.values())

    least = squares(first)
    for number, table in enumerate(own["tables"]):
        teams = [dict(zip(KINDS, map(str.split, line.split("/")), strict=False)) for line in table]
        lines = [line_of(team.get("inspectors", ()), team.get("experts", ())) for team in teams]
        if lines != table or len(table) != len(own["targets"]) or squares(teams) != least:
            bad.append(f"{number:03d}")
    return bad


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
    ("assign.tables", "9", assign_tables),
    ("assign.shares", "9", assign_shares),
)
