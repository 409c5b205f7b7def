"""VRD-1, the draw a stranger can check: seal, commit, draw, assign, replace, bundle, verify.

Standard library only, nothing else of ours imported: this folder can be handed to an auditor alone.  The protocol,
file by file and formula by formula, is `docs/draw.md`; the numbers of its sections stand in the docstrings here.

    commit = build_commit(pool, ...)                 before any public number exists; publish `commitment(commit)`
    drawn  = draw(commit, pool, values, codes, at)   targets, with the code of step 1
    teams  = assign(commit, pool, drawn, codes, at)  people, with the code of step 2 (ask `feasibility` first)
    log    = vacancy(...); log = replace(...)        the next code each
    root   = write_bundle(folder, commit, pool, drawn, teams, log)
    verify(folder, root=root).ok
"""

from .assign import AssignResult, assign, choose, feasibility
from .bounded import proposal
from .bundle import SHARES, Bundle, bundle_files, read_bundle, write_bundle
from .canonical import encode as canonical_bytes
from .codes import new_chain, reveal
from .commit import build_commit, commitment
from .drawing import DrawResult, chances_by_class, draw
from .entropy import block as entropy_block
from .entropy import fallbacks, gather, onsite
from .lfa import Certificate
from .logchecks import flags
from .pool import Pool
from .refusal import DrawRefused
from .replace import current, note, replace, vacancy, void
from .seal import Seal, seal
from .state import State
from .verify import Check, Report, verify

__all__ = [
    "SHARES",
    "AssignResult",
    "Bundle",
    "Certificate",
    "Check",
    "DrawRefused",
    "DrawResult",
    "Pool",
    "Report",
    "Seal",
    "State",
    "assign",
    "build_commit",
    "bundle_files",
    "canonical_bytes",
    "chances_by_class",
    "choose",
    "commitment",
    "current",
    "draw",
    "entropy_block",
    "fallbacks",
    "feasibility",
    "flags",
    "gather",
    "new_chain",
    "note",
    "onsite",
    "proposal",
    "read_bundle",
    "replace",
    "reveal",
    "seal",
    "vacancy",
    "verify",
    "void",
    "write_bundle",
]
