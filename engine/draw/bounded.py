"""The bounded mode's first half: the probability of every pair, on the table before the code that rounds it (section 9)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from . import lfa, modes
from .assign import feasibility, matrices_of
from .refusal import DrawRefused
from .state import replay
from .teams import crowd, demand

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from .drawing import DrawResult
    from .pool import Pool
    from .seal import Record

DENOMINATOR = 1000


def proposal(
    commit: Mapping[str, Any],
    pool: Pool,
    drawn: DrawResult,
    *,
    log: Sequence[Mapping[str, Any]] = (),
    late: Sequence[Record] = (),
) -> dict[str, Any] | lfa.Certificate:
    """Return the `choice` of a bounded assignment, `{denominator, rows}`, or the certificate that there is none.

    The greatest probability of any pair is the least possible to within 1/1000.  It has to be published before the code
    of step 2 falls and to be given to `assign` unchanged; needs no code and no randomness.
    """
    if commit["mode"] != "bounded":
        raise DrawRefused("bad_choice", mode=commit["mode"])
    stuck = feasibility(commit, pool, drawn, log=log, late=late)
    if stuck is not None:
        return stuck
    state = replay(drawn.document, None, None, log)
    matrix = matrices_of(commit, pool, state.targets, state.barred, late)["inspectors"]
    allowed = {target: matrix.allowed(target) for target in matrix.targets}
    need = demand(commit, pool.targets, allowed, "inspectors")
    rows: dict[str, dict[str, int]] = {}
    shares = modes.marginals(need, allowed, *crowd(pool.capacity(), "inspectors"), DENOMINATOR)
    if shares is None:  # pragma: no cover - `feasibility` was asked before
        raise TypeError
    for (target, name), share in shares.items():
        rows.setdefault(target, {})[name] = share
    return {"denominator": DENOMINATOR, "rows": [{"shares": rows[name], "target": name} for name in sorted(rows)]}
