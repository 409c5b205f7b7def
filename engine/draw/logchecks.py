"""The checks of the replacement log, and the flags that ask a supervisor for a note (sections 10 and 12)."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

from . import canonical, lfa
from .bundle import INTERNAL, LOG, split_values
from .commit import commitment
from .drawing import stage_key
from .eligibility import KINDS
from .entropy import gather
from .evidence import Found, Skipped, internal_pool
from .refusal import DrawRefused
from .replace import FACTS, check_direct_now, new_rows
from .state import State, blank, fill, line_hash, replay, strike

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

_COMMON = {"at", "kind", "prev", "seq"}
FIELDS = {
    "note": _COMMON | {"approver", "text"},
    "replacement": _COMMON | {"codes", "direct", "index", "rows", "targets", "teams", "vacancies"},
    "vacancy": _COMMON | {"approver", "evidence", "fact", "person", "reason", "target"},
    "void": _COMMON | {"approver", "reason", "successor"},
}
MOST_BY_ONE = 3
MOST_REPLACED = (1, 5)


def flags(
    draw: Mapping[str, Any],
    eligibility: Mapping[str, Any] | None,
    assignment: Mapping[str, Any] | None,
    log: Sequence[Mapping[str, Any]],
) -> list[str]:
    """Return the raised flags: one approver on more than three vacancies, more than a fifth of targets or places replaced.

    A flag never draws anew by itself; it stays visible, and a supervisor's note later in the log answers it.
    """
    raised = []
    approvers = Counter(str(line["approver"]) for line in log if line["kind"] == "vacancy")
    raised += [f"approver:{name}:{count}" for name, count in sorted(approvers.items()) if count > MOST_BY_ONE]
    state = replay(draw, eligibility, assignment, log)
    drawn = sum(row["status"] == "drawn" for row in draw["targets"])
    places = 0 if assignment is None else sum(len(team[kind]) for team in assignment["teams"] for kind in KINDS)
    top, bottom = MOST_REPLACED
    for name, part, whole in (("targets", len(state.struck), drawn), ("people", state.replaced, places)):
        if whole and part * bottom > whole * top:
            raised.append(f"{name}:{part}/{whole}")
    return raised


def log_chain(found: Found) -> tuple[object, object]:
    """Check fields, numbering, links and times of the log."""
    commit, log = found.need("commit.json"), found.need(LOG)
    wanted, shown, before, moment = [], [], commitment(commit), None
    for place, line in enumerate(log, 1):
        now = canonical.instant(line["at"])
        wanted.append([place, before, True, True])
        shown.append(
            [line["seq"], line["prev"], moment is None or moment <= now, set(line) == FIELDS.get(line["kind"])]
        )
        before, moment = line_hash(commit, line), now
    return wanted, shown


def log_order(found: Found) -> tuple[object, object]:
    """Check that vacancies stand before their codes, the assignment between its lines, and nothing behind a void."""
    log = found.need(LOG)
    kinds = [line["kind"] for line in log]
    if not {"draw.json", "otc.json"} & set(found.documents):
        return ["void"], kinds
    facts = all(
        line["fact"] in FACTS and line["approver"] and line["reason"] for line in log if line["kind"] == "vacancy"
    )
    reveals = {row["stage"]: row for row in found.need("otc.json")["reveals"]}
    ends = {"last is void": "void" not in kinds[:-1], "facts": facts, "split": True}
    if found.teams is not None:
        after, moment = found.teams["after"], canonical.instant(reveals["assign"]["at"])
        ends["split"] = 0 <= after <= len(log) and all(
            (canonical.instant(line["at"]) <= moment)
            if line["seq"] <= after
            else (canonical.instant(line["at"]) >= moment)
            for line in log
        )
    return {"last is void": True, "facts": True, "split": True}, ends


def log_replacements(found: Found) -> tuple[object, object]:
    """Draw every replacement again from the state before it and compare alternates, codes and teams."""
    log, wanted, shown = found.need(LOG), [], []
    for place, line in enumerate(log):
        if line["kind"] == "replacement":
            wanted.append(_expected(found, _state(found, log[:place]), line))
            shown.append(dict(line))
    if not shown:
        raise Skipped("nothing was replaced")
    return wanted, shown


def log_reasons(found: Found) -> tuple[object, object]:
    """Recompute the eligibility of newly called targets from the personal records (internal edition)."""
    if INTERNAL not in found.documents:
        raise Skipped("reasons and personal records are in the internal edition only")
    if "assign.json" not in found.documents:
        raise Skipped("nothing is assigned")
    after, late = found.need("assign.json")["after"], found.need(INTERNAL)["reasons"]["late"]
    wanted, shown = [], []
    log = found.need(LOG)
    for place, line in enumerate(log):
        if line["kind"] == "replacement" and line["seq"] > after:
            state, _ = strike(_state(found, log[:place]), found.need("draw.json"))
            check_direct_now(found.need("commit.json"), internal_pool(found), late, state, line["direct"])
            new = [swap["new"] for swap in line["targets"] if swap["new"] is not None]
            wanted.append(new_rows(found.need("commit.json"), internal_pool(found), late, new))
            shown.append(line["rows"])
    return wanted, shown


def log_flags(found: Found) -> tuple[object, object]:
    """Check that raised flags are answered by a supervisor's note after the last vacancy."""
    eligibility, assignment = (found.documents.get(name) for name in ("eligibility.json", "assign.json"))
    log = found.need(LOG)
    raised = flags(found.need("draw.json"), eligibility, assignment, log)
    kinds = [line["kind"] for line in log]
    last = max((place for place, kind in enumerate(kinds) if kind == "vacancy"), default=-1)
    if raised and "note" in kinds[last + 1 :]:
        return "answered: " + ", ".join(raised), "answered: " + ", ".join(raised)
    return [], raised


def log_void(found: Found) -> tuple[object, object]:
    """Show whether the draw stands."""
    voids = [line for line in found.need(LOG) if line["kind"] == "void"]
    if voids:
        text = f"void at {voids[0]['at']}: {voids[0]['reason']}; successor {voids[0]['successor']}"
        return text, text
    return "stands", "stands"


def _state(found: Found, log: Sequence[Mapping[str, Any]]) -> State:
    assigned = found.documents.get("assign.json")
    # The line being judged may be the first behind the assignment, so the assignment is placed by `after`, not by it.
    if assigned is not None and len(log) < assigned["after"]:
        return replay(found.need("draw.json"), None, None, log)
    return replay(found.need("draw.json"), found.documents.get("eligibility.json"), assigned, log)


def _expected(found: Found, state: State, line: Mapping[str, Any]) -> dict[str, Any]:
    commit, rosters, draw = (found.need(name) for name in ("commit.json", "rosters.json", "draw.json"))
    after, swaps = strike(state, draw)
    body = {**line, "targets": swaps, "vacancies": [one["seq"] for one in state.open]}
    if not state.open:
        raise DrawRefused("no_open_vacancy")
    assigned = found.documents.get("assign.json")
    if assigned is None or line["seq"] <= assigned["after"]:
        return {**body, "codes": None, "direct": [], "index": None, "rows": {kind: [] for kind in KINDS}, "teams": []}
    new = sorted(swap["new"] for swap in swaps if swap["new"] is not None)
    if set(line["rows"]) != set(KINDS) or any([row["target"] for row in line["rows"][kind]] != new for kind in KINDS):
        raise DrawRefused("bad_matrix", target=new)
    if any(set(row) != {"allowed", "refused_root", "target"} for kind in KINDS for row in line["rows"][kind]):
        raise DrawRefused("bad_matrix", target=new)
    after = after.with_rows(line["rows"]).with_direct(line["direct"])
    key = canonical.octets(assigned["prk"])
    if any(one["fact"] == "after_draw" for one in state.open):
        values = split_values(commit, found.need("entropy.json")["values"])
        text, _ = gather(commit["entropy"], [*values["draw"], *values["assign"]], "assign", commit["created_at"])
        body["index"] = state.index
        key = stage_key(commit, text, state.index, line["codes"])
    else:
        body |= {"codes": None, "index": None}
    stuck = blank(commit, rosters["targets"], rosters["capacity"], after)
    if isinstance(stuck, lfa.Certificate):
        raise DrawRefused("infeasible", **stuck.document())
    return {**body, "teams": fill(commit, rosters["targets"], rosters["capacity"], after, key)}


CHECKS = (
    ("log.chain", "10", log_chain),
    ("log.order", "10", log_order),
    ("log.replacements", "10", log_replacements),
    ("log.reasons", "10", log_reasons),
    ("log.flags", "10", log_flags),
    ("log.void", "10", log_void),
)
