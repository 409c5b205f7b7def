"""The assignment of people to drawn targets: a second draw from a second code (sections 7 and 8)."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from . import canonical, entropy, lfa, merkle, modes
from .ceremony import problem_of, solve, tables_document, tables_hash
from .commit import commitment
from .drawing import DrawResult, check_order, check_seals, stage_key
from .eligibility import KINDS, Eligibility, decide
from .hashing import Profile
from .hashing import profile as profile_named
from .refusal import DrawRefused
from .seal import Record, salt_for
from .state import replay
from .teams import crowd, demand, forced_pairs, lead_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from .pool import Pool

INDEX = 2
WAIVABLE = "same_county"


@dataclass(frozen=True, slots=True, kw_only=True)
class AssignResult:
    """What the assignment leaves behind: `assign.json`, `eligibility.json`, the reasons, values and codes.

    tables: `ceremony.json` of the ceremony mode; until its balls are drawn, `document` is None.
    """

    values: tuple[dict[str, Any], ...]
    reveal: dict[str, Any]
    document: dict[str, Any] | None
    eligibility: dict[str, Any]
    reasons: dict[str, Any]
    tables: dict[str, Any] | None = None

    @property
    def teams(self) -> list[dict[str, Any]]:
        """Return the teams: `{target, inspectors, lead, experts}`, by target; none before the balls of a ceremony."""
        return [] if self.document is None else self.document["teams"]


def assign(
    commit: Mapping[str, Any],
    pool: Pool,
    drawn: DrawResult,
    revealed: Sequence[str],
    at: str,
    *,
    log: Sequence[Mapping[str, Any]] = (),
    values: Sequence[Mapping[str, Any]] = (),
    late: Sequence[Record] = (),
    direct: Sequence[Mapping[str, str]] = (),
    choice: Mapping[str, Any] | None = None,
) -> AssignResult | lfa.Certificate:
    """Return the teams for the drawn targets from the codes of step 2, or the certificate that no assignment exists.

    In the ceremony mode it is the thousand tables instead (`tables`), to be published before `choose` takes the balls.

    log: vacancies and replacements recorded between the two draws; open ones must be filled first.
    values: entropy of sources committed for the stage `assign`.  late: recusals declared after the draw,
    `{target, person, reason, approver, at}`.  direct: approved direct assignments `{target, person, approver, basis}`;
    they may overrule `same_county` and nothing else.  choice: what the bounded mode needs, `{denominator, rows}`
    (section 9).  Ask `feasibility` before the code falls.
    """
    matrices = _matrices(commit, pool, drawn, log, late)
    profile = profile_named(commit["hash"])
    text, _ = entropy.gather(commit["entropy"], [*drawn.values, *values], "assign", str(commit["created_at"]))
    check_order([*drawn.values, *values, drawn.reveal | {"source": "code"}], at)
    key = stage_key(commit, text, INDEX, revealed)
    check_direct(matrices["inspectors"], direct)
    check_late(late, at)
    if log and canonical.instant(log[-1]["at"]) > canonical.instant(at):
        raise DrawRefused("log_runs_backwards", at=at)
    public = {kind: matrix.document(profile, pool.salt_secret) for kind, matrix in matrices.items()}
    eligibility = {
        "commitment": commitment(commit),
        "late": late_seal(profile, pool.salt_secret, late),
        "v": "vrd1",
        **public,
    }
    parts = (commit, pool.targets, eligibility, pool.capacity(), key, direct, len(log))
    is_ceremony = commit["mode"] == "ceremony"
    if is_ceremony and choice is not None:
        raise DrawRefused("bad_choice", mode="ceremony")
    made = tables_document(*parts) if is_ceremony else assign_document(*parts, choice)
    if isinstance(made, lfa.Certificate):
        return made
    return AssignResult(
        values=entropy.in_order(commit["entropy"], values),
        reveal={"at": at, "codes": list(revealed), "index": INDEX, "stage": "assign"},
        document=None if is_ceremony else made,
        eligibility=eligibility,
        reasons={"late": [dict(row) for row in late], **{kind: matrix.reasons for kind, matrix in matrices.items()}},
        tables=made if is_ceremony else None,
    )


def choose(
    commit: Mapping[str, Any], pool: Pool, prepared: AssignResult, balls: Sequence[int], at: str
) -> AssignResult:
    """Return the assignment that the `balls`, drawn `at`, pick out of the published tables of a ceremony.

    Raises `DrawRefused`: no tables, a choice made already, balls older than the code of the tables.
    """
    tables = prepared.tables
    if tables is None or prepared.document is not None:
        raise DrawRefused("bad_choice", mode=commit["mode"])
    if canonical.instant(at) < canonical.instant(prepared.reveal["at"]):
        raise DrawRefused("balls_before_tables", at=at)
    choice = {"at": at, "balls": list(balls), "tables": tables_hash(commit, tables)}
    key = bytes.fromhex(str(tables["prk"]))
    parts = (commit, pool.targets, prepared.eligibility, pool.capacity(), key, tables["direct"], tables["after"])
    document = assign_document(*parts, choice)
    if isinstance(document, lfa.Certificate):  # pragma: no cover - the tables were made of the same people
        raise TypeError
    return replace(prepared, document=document)


def feasibility(
    commit: Mapping[str, Any],
    pool: Pool,
    drawn: DrawResult,
    *,
    log: Sequence[Mapping[str, Any]] = (),
    late: Sequence[Record] = (),
    direct: Sequence[Mapping[str, str]] = (),
) -> lfa.Certificate | None:
    """Return None if every target can be given its team, else why not; needs no code and no randomness."""
    matrices = _matrices(commit, pool, drawn, log, late)
    check_direct(matrices["inspectors"], direct)
    capacity = pool.capacity()
    for kind in KINDS:
        allowed = {target: matrices[kind].allowed(target) for target in matrices[kind].targets}
        need = demand(commit, pool.targets, allowed, kind)
        stuck = lfa.feasible(need, allowed, *crowd(capacity, kind), forced_pairs(kind, direct))
        if stuck is not None:
            return replace(stuck, kind=kind)
    return None


def assign_document(
    commit: Mapping[str, Any],
    targets: Sequence[Record],
    eligibility: Mapping[str, Any],
    capacity: Sequence[Mapping[str, Any]],
    key: bytes,
    direct: Sequence[Mapping[str, str]],
    after: int = 0,
    choice: Mapping[str, Any] | None = None,
) -> dict[str, Any] | lfa.Certificate:
    """Return assign.json from public data alone, which is also how a verifier computes it."""
    profile = profile_named(commit["hash"])
    prefix = _check_choice(commit, choice, direct)
    solved = {}
    for kind in KINDS:
        problem = problem_of(commit, targets, eligibility, capacity, kind)
        if choice is not None and commit["mode"] == "bounded" and kind == "inspectors":
            solved[kind] = _rounded(profile, key, choice, *problem)
            continue
        result = solve(profile, key, kind, problem, direct, prefix)
        if isinstance(result, lfa.Certificate):
            return replace(result, kind=kind)
        solved[kind] = result
    leaders = {row["id"] for row in capacity if row["may_lead"]}
    teams = [
        {
            "experts": solved["experts"].teams[target],
            "inspectors": team,
            "lead": lead_of(profile, key, target, team, leaders),
            "target": target,
        }
        for target, team in solved["inspectors"].teams.items()
    ]
    totals = solved["inspectors"].loads | solved["experts"].loads
    return {
        "after": after,
        "choice": None if choice is None else dict(choice),
        "commitment": commitment(commit),
        "direct": [dict(row) for row in direct],
        "index": INDEX,
        "loads": [{"base": row["load"], "id": row["id"], "total": totals[row["id"]]} for row in capacity],
        "prk": key.hex(),
        "squares": {kind: solved[kind].squares for kind in KINDS},
        "stage": "assign",
        "teams": teams,
        "v": "vrd1",
    }


def marginal_shares(choice: Mapping[str, Any]) -> dict[tuple[str, str], int]:
    """Return the committed-to shares of a bounded assignment, from rows `{target, shares: {person: numerator}}`."""
    return {(row["target"], name): share for row in choice["rows"] for name, share in row["shares"].items()}


def _check_choice(
    commit: Mapping[str, Any], choice: Mapping[str, Any] | None, direct: Sequence[Mapping[str, str]]
) -> tuple[str, ...]:
    fields = {"lfa": None, "ceremony": {"at", "balls", "tables"}, "bounded": {"denominator", "rows"}}[
        str(commit["mode"])
    ]
    if (None if choice is None else set(choice)) != fields or (commit["mode"] == "bounded" and direct):
        raise DrawRefused("bad_choice", mode=commit["mode"])
    return ("ceremony", modes.number_of(choice["balls"])) if choice is not None and "balls" in choice else ()


def _rounded(
    profile: Profile,
    key: bytes,
    choice: Mapping[str, Any],
    need: Mapping[str, int],
    allowed: Mapping[str, Sequence[str]],
    base: Mapping[str, int],
    cap: Mapping[str, int | None],
) -> lfa.Solution:
    shares, denominator = marginal_shares(choice), choice["denominator"]
    modes.check_marginals(shares, denominator, need, allowed, base, cap)
    teams = modes.round_marginals(profile, key, shares, denominator)
    loads = {name: load + sum(name in team for team in teams.values()) for name, load in base.items()}
    return lfa.Solution({target: teams.get(target, []) for target in sorted(need)}, loads)


def check_late(late: Sequence[Record], at: str) -> None:
    """Refuse a recusal recorded after the code of the assignment was revealed: it could be a way to steer."""
    for row in late:
        if canonical.instant(row["at"]) > canonical.instant(at):
            raise DrawRefused("code_before_recusal", target=row.get("target"), person=row.get("person"))


def late_seal(profile: Profile, secret: bytes, late: Sequence[Record]) -> dict[str, Any]:
    """Return how many recusals came between the two draws and the root of their salted leaves, in the order given."""
    leaves = [
        merkle.leaf(profile, canonical.encode(dict(row)), salt_for(profile, secret, "late", str(place)))
        for place, row in enumerate(late)
    ]
    return {"count": len(leaves), "root": merkle.root(profile, leaves).hex()}


def matrices_of(
    commit: Mapping[str, Any],
    pool: Pool,
    chosen: Sequence[str],
    barred: Iterable[tuple[str | None, str]],
    late: Sequence[Record],
) -> dict[str, Eligibility]:
    """Return the matrices of both kinds of people over the `chosen` targets; `barred` are vacancies (target or None)."""
    wanted = set(chosen)
    records = [record for record in pool.targets if record["id"] in wanted]
    vacant = [
        {"person": person, "reason": "vacancy", "target": target}
        for only, person in sorted(barred, key=str)
        for target in (chosen if only is None else [only])
    ]
    people = {"inspectors": pool.inspectors, "experts": pool.experts}
    recusals = [*pool.recusals, *late, *vacant]
    return {kind: decide(kind, commit["rules"][kind], records, people[kind], recusals) for kind in KINDS}


def _matrices(
    commit: Mapping[str, Any],
    pool: Pool,
    drawn: DrawResult,
    log: Sequence[Mapping[str, Any]],
    late: Sequence[Record],
) -> dict[str, Eligibility]:
    check_seals(commit, pool)
    for row in late:
        if not row.get("approver") or not row.get("reason") or not row.get("at"):
            raise DrawRefused("late_recusal_unsigned", target=row.get("target"), person=row.get("person"))
    state = replay(drawn.document, None, None, log)
    if state.is_void:
        raise DrawRefused("draw_is_void")
    if state.open:
        raise DrawRefused("open_vacancy", seq=state.open[0]["seq"])
    return matrices_of(commit, pool, state.targets, state.barred, late)


def check_direct(matrix: Eligibility, direct: Sequence[Mapping[str, str]]) -> None:
    """Refuse a direct assignment that is unsigned or overrules anything but the county."""
    for row in direct:
        reasons = matrix.reasons.get(row["target"], {}).get(row["person"], [])
        if row["target"] not in matrix.reasons or row["person"] not in matrix.people or not row.get("approver"):
            raise DrawRefused("bad_forced_pair", target=row["target"], inspector=row["person"])
        if set(reasons) - {WAIVABLE}:
            raise DrawRefused("direct_not_allowed", target=row["target"], inspector=row["person"], reasons=reasons)
