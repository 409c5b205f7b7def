"""Replacements: a vacancy is recorded before the code that fills it is revealed (section 10).

The log is a tuple of lines, each naming the hash of the one before (the first names the commitment): `vacancy`,
`replacement`, `note` (a supervisor's) and `void`.  Nothing is ever rewritten; `current` replays the log.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from . import canonical, lfa
from .assign import check_direct, matrices_of
from .commit import commitment
from .drawing import DrawResult, stage_key
from .eligibility import KINDS, decide
from .entropy import gather
from .hashing import profile as profile_named
from .refusal import DrawRefused
from .state import FIRST_INDEX, State, blank, fill, line_hash, replay, strike

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from .assign import AssignResult
    from .pool import Pool

FACTS = ("before_freeze", "after_draw")
Log = tuple[dict[str, Any], ...]


def vacancy(
    commit: Mapping[str, Any],
    log: Sequence[Mapping[str, Any]],
    *,
    at: str,
    fact: str,
    reason: str,
    approver: str,
    evidence: str = "",
    target: str | None = None,
    person: str | None = None,
) -> Log:
    """Return the log with one vacancy more: a target, a person everywhere, or a person on one target.

    fact: `before_freeze` (it existed when the roster was frozen: same code) or `after_draw` (next code); evidence is the
    hash of a paper.  Raises `DrawRefused` if nothing or nobody is named.
    """
    if fact not in FACTS or not reason or not approver or (target is None and person is None):
        raise DrawRefused("bad_vacancy", fact=fact, reason=reason, approver=approver)
    body = {
        "approver": approver,
        "evidence": evidence,
        "fact": fact,
        "person": person,
        "reason": reason,
        "target": target,
    }
    return _append(commit, log, "vacancy", at, body)


def note(commit: Mapping[str, Any], log: Sequence[Mapping[str, Any]], *, at: str, approver: str, text: str) -> Log:
    """Return the log with a supervisor's note, which a raised flag asks for."""
    return _append(commit, log, "note", at, {"approver": approver, "text": text})


def void(
    commit: Mapping[str, Any],
    log: Sequence[Mapping[str, Any]],
    *,
    at: str,
    reason: str,
    approver: str,
    successor: str | None = None,
) -> Log:
    """Return the log with the draw declared void; it stays visible, and `successor` names the new commitment if any."""
    return _append(commit, log, "void", at, {"approver": approver, "reason": reason, "successor": successor})


def current(
    commit: Mapping[str, Any], drawn: DrawResult, assigned: AssignResult | None, log: Sequence[Mapping[str, Any]]
) -> State:
    """Return who is to inspect whom now: the draw and the assignment with every line of the log applied."""
    if assigned is None or assigned.document is None:
        return replay(drawn.document, None, None, log)
    return replay(drawn.document, assigned.eligibility, assigned.document, log)


def replace(
    commit: Mapping[str, Any],
    pool: Pool,
    drawn: DrawResult,
    assigned: AssignResult | None,
    log: Sequence[Mapping[str, Any]],
    *,
    at: str,
    revealed: Sequence[str] | None = None,
    direct: Sequence[Mapping[str, str]] = (),
) -> Log | lfa.Certificate:
    """Return the log with all open vacancies filled, or the certificate that the people do not suffice.

    Struck targets are followed by the next of the reserve of their stratum.  Vacated places are drawn anew among the
    people still allowed, all other pairs frozen: with the next code if any open fact is later than the draw, with the
    code of the assignment otherwise, and without any code while nothing is assigned.  Nothing is revealed in vain:
    without `revealed` the feasibility is judged first and `code_needed` is refused only if the places can be filled.
    """
    state = current(commit, drawn, assigned, log)
    if not state.open:
        raise DrawRefused("no_open_vacancy")
    after, swaps = strike(state, drawn.document)
    body: dict[str, Any] = {
        "codes": None,
        "direct": [dict(row) for row in direct],
        "index": None,
        "rows": {kind: [] for kind in KINDS},
        "targets": swaps,
        "teams": [],
        "vacancies": [line["seq"] for line in state.open],
    }
    if assigned is None:
        if revealed is not None or direct:
            raise DrawRefused("code_not_needed")
        return _append(commit, log, "replacement", at, body)
    if assigned.document is None:
        raise DrawRefused("balls_not_drawn")
    body["rows"] = new_rows(
        commit, pool, assigned.reasons.get("late", ()), [swap["new"] for swap in swaps if swap["new"] is not None]
    )
    after = after.with_rows(body["rows"]).with_direct(direct)
    check_direct_now(commit, pool, assigned.reasons.get("late", ()), after, direct)
    capacity = pool.capacity()
    stuck = blank(commit, pool.targets, capacity, after)
    if stuck is not None:
        return stuck
    key = bytes.fromhex(str(assigned.document["prk"]))
    if any(line["fact"] == "after_draw" for line in state.open):
        if revealed is None:
            raise DrawRefused("code_needed", index=state.index)
        for line in state.open:
            if canonical.instant(line["at"]) > canonical.instant(at):
                raise DrawRefused("code_before_vacancy", seq=line["seq"])
        key = stage_key(commit, assigned_text(drawn, assigned, commit), state.index, revealed)
        body |= {"codes": list(revealed), "index": state.index}
    elif revealed is not None:
        raise DrawRefused("code_not_needed")
    body["teams"] = fill(commit, pool.targets, capacity, after, key)
    return _append(commit, log, "replacement", at, body)


def check_direct_now(
    commit: Mapping[str, Any],
    pool: Pool,
    late: Sequence[Mapping[str, Any]],
    state: State,
    direct: Sequence[Mapping[str, str]],
) -> None:
    """Refuse a direct assignment of a replacement as `assign` would, vacancies included."""
    chosen = sorted({row["target"] for row in direct} & set(state.targets))
    check_direct(matrices_of(commit, pool, chosen, state.barred, late)["inspectors"], direct)


def assigned_text(drawn: DrawResult, assigned: AssignResult, commit: Mapping[str, Any]) -> str:
    """Return the entropy string that the assignment and all replacements use."""
    return gather(commit["entropy"], [*drawn.values, *assigned.values], "assign", str(commit["created_at"]))[0]


def new_rows(
    commit: Mapping[str, Any], pool: Pool, late: Sequence[Mapping[str, Any]], new: Sequence[str]
) -> dict[str, list[dict[str, Any]]]:
    """Return the eligibility rows of newly called targets, as `eligibility.json` has them for the drawn ones."""
    profile = profile_named(commit["hash"])
    records = [record for record in pool.targets if record["id"] in set(new)]
    barred = [*pool.recusals, *late]
    people = {"inspectors": pool.inspectors, "experts": pool.experts}
    found = {}
    for kind in KINDS:
        matrix = decide(kind, commit["rules"][kind], records, people[kind], barred)
        found[kind] = [matrix.row(profile, pool.salt_secret, target) for target in matrix.targets]
    return found


def _append(
    commit: Mapping[str, Any], log: Sequence[Mapping[str, Any]], kind: str, at: str, body: Mapping[str, Any]
) -> Log:
    moment = canonical.instant(at)
    if log and moment < canonical.instant(log[-1]["at"]):
        raise DrawRefused("log_runs_backwards", at=at)
    if any(line["kind"] == "void" for line in log):
        raise DrawRefused("draw_is_void")
    before = line_hash(commit, log[-1]) if log else commitment(commit)
    line = {"at": at, "kind": kind, "prev": before, "seq": len(log) + 1, **body}
    canonical.encode(line)
    return (*(dict(old) for old in log), line)


__all__ = ["FACTS", "FIRST_INDEX", "Log", "State", "current", "note", "replace", "vacancy", "void"]
