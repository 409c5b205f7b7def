"""Writes docs/issues.csv and docs/issues.md: `python -m simulate.dirt.catalogue` after a change; a test compares them.

Every code with its sentence and what it rests on, every kind of dirt with the codes that answer it and where it is proven,
every rule X01-X33 with its checks.
"""

from __future__ import annotations

import csv
import io
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from engine import reconcile
from engine.checks import NAMED
from schemas import loader
from simulate.dirt import cells, files, numbers, parcels, proof, structure

if TYPE_CHECKING:
    from collections.abc import Iterable

_LEVELS = {"error": "必须改", "explain": "请核实并说明", "fixed": "已自动更正", "note": "提示"}
_WITH_COVER = ("quota", "checker_differs", "explanation_given")
_ACROSS = {one.__name__ for one in reconcile.CHECKS}
_DOCS = Path(__file__).resolve().parents[2] / "docs"


def issues_csv() -> str:
    """Return docs/issues.csv: one line for each code."""
    out = io.StringIO()
    write = csv.writer(out, lineterminator="\n").writerow
    write(("code", "title", "severity", "message", "fix", "basis", "auto_fix", "since", "until"))
    for one in loader.issue_texts().values():
        fixed = "1" if one.auto_fix else ""
        write((one.code, one.title, one.severity, one.message, one.fix, one.basis, fixed, one.since, one.until))
    return out.getvalue()


def issues_page() -> str:
    """Return docs/issues.md: codes, kinds of dirt, rules."""
    lines = [
        "# 问题代码 (issue catalogue)",
        "",
        "Generated from `schemas/issues/*.toml` by `python -m simulate.dirt.catalogue`; the same as a table: `issues.csv`.",
        "",
        "必须改 and an unanswered 请核实并说明 send a file back; 已自动更正 and 提示 do not.",
        "",
        "## Codes",
        "",
        *_table(
            ("code", "title", "asks", "what to do", "rests on"),
            ((one.code, one.title, _LEVELS[one.severity], one.fix, one.basis) for one in loader.issue_texts().values()),
        ),
        "",
        "## Kinds of dirt",
        "",
        "Injected: variants that `simulate/dirt` puts into sound workbooks or sends as parcels; tests/test_dirt.py and bench/dirt.py judge them.",
        "",
        *_table(("kind", "codes", "injected", "else proven or judged in"), map(_kind, proof.KINDS)),
        "",
        "## Rules",
        "",
        "Each rule with the function that judges it in the end, and the tests in which it fails and passes (`rules.csv`).",
        "",
        *_table(("rule", "codes", "checks", "judged by", "fails in", "passes in"), map(_rule, rules())),
    ]  # fmt: skip
    return "\n".join(lines) + "\n"


def injected() -> dict[str, int]:
    """Return how many variants of each kind are injected."""
    found: dict[str, int] = {}
    for name in (
        *(one.kind for one in cells.dirt()),
        *(one.kind for one in files.cases()),
        *(one.kind for one in structure.cases()),
        *(one.kind for one in parcels.scenarios()),
        *(one.kind for one in numbers.numbers()),
    ):
        found[name] = found.get(name, 0) + 1
    return found


def _kind(kind: str) -> tuple[str, str, str, str]:
    codes = " ".join(one.code for one in loader.issue_texts().values() if kind in one.basis.split())
    return kind, codes, str(_counts().get(kind, "")), proof.ELSEWHERE.get(kind, "")


@cache
def _counts() -> dict[str, int]:
    return injected()


def rules() -> list[dict[str, str]]:
    """Return the rules X01-X33: rule, judged_by (dotted name), fails_in and passes_in (file::test)."""
    with (_DOCS / "rules.csv").open(encoding="utf-8", newline="") as lines:
        return list(csv.DictReader(lines))


def _rule(row: dict[str, str]) -> tuple[str, ...]:
    rule = row["rule"]
    codes = " ".join(one.code for one in loader.issue_texts().values() if rule in one.basis.split())
    with (Path(loader.HOME) / "checks.csv").open(encoding="utf-8", newline="") as lines:  # type: ignore[arg-type]
        names = [row["name"] for row in csv.DictReader(lines) if rule in row["rules"].split()]
    return (
        rule,
        codes,
        " ".join(map(_check, names)),
        *(f"`{row[key]}`" for key in ("judged_by", "fails_in", "passes_in")),
    )


def _check(name: str) -> str:
    """Return a declared check with when it is applied: at receipt, when registers are merged, or in a later stage."""
    if name in NAMED or name in _WITH_COVER:
        return f"`{name}`"
    return f"`{name}` ({'when merged' if name in _ACROSS else 'later'})"


def _table(head: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> list[str]:
    return [_line(head), _line(tuple("---" for _ in head)), *map(_line, rows)]


def _line(cells_: tuple[str, ...]) -> str:
    return "| " + " | ".join(one.replace("|", "\\|").replace("\n", " ") for one in cells_) + " |"


def main() -> None:
    """Write both files of the documentation."""
    (_DOCS / "issues.csv").write_text(issues_csv(), encoding="utf-8", newline="")
    (_DOCS / "issues.md").write_text(issues_page(), encoding="utf-8", newline="")


if __name__ == "__main__":
    main()
