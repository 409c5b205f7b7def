"""Writes docs/issues.csv, docs/issues.md and the workbook for clerks, docs/guide/问题代码手册.xlsx, by
`python -m simulate.dirt.catalogue` after a change; a test compares them.

Every code with its sentence and what it rests on, every kind of dirt with the codes that answer it and where it is proven,
every rule X01-X33 with its checks.
"""

from __future__ import annotations

import csv
import io
import re
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from engine import reconcile
from engine.checks import NAMED
from schemas import loader, table
from simulate.dirt import cells, files, numbers, parcels, proof, structure
from workbooks import register

if TYPE_CHECKING:
    from collections.abc import Iterable

_LEVELS = {"error": "必须改", "explain": "请核实并说明", "fixed": "已自动更正", "note": "提示"}
_AREAS = {
    "F": "文件", "T": "表样", "U": "单位和年度", "S": "工作表", "H": "表头", "R": "必填", "C": "单元格", "D": "日期", "V": "内容",
    "K": "重复", "X": "表间核对", "Q": "人数和行数", "P": "填报和期限", "M": "汇总", "L": "名录和台账", "A": "收件",
}  # fmt: skip
_GAP = re.compile(r"\{[a-z_]+\}")
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


def issues_workbook() -> bytes:
    """Return the catalogue as clerks open it: what each code says, what to do, whether the program corrects it itself."""
    rows = [
        [
            one.code,
            _AREAS[one.code[3]],
            one.title,
            _LEVELS[one.severity],
            *(_GAP.sub("……", text) for text in (one.message, one.fix)),
        ]
        for one in sorted(loader.issue_texts().values(), key=lambda one: (list(_AREAS).index(one.code[3]), one.code))
    ]
    table = register.Table(
        name="问题代码",
        title="问题代码手册",
        columns=["代码", "说的是", "名称", "类别", "说明", "怎么办"],
        rows=rows,
        notes=[
            "退回件和回执里每一条问题末尾括号里的就是代码。“必须改”和没有说明的“请核实并说明”会退回，“已自动更正”和“提示”不退。",
            "说明里的……在退回件上写明是哪一格、填的是什么、应是什么。",
        ],
        widths={"代码": 11, "说的是": 12, "名称": 18, "类别": 14, "说明": 60, "怎么办": 50},
    )
    return register.write([table], title="问题代码手册")


def issues_page() -> str:
    """Return docs/issues.md: codes, kinds of dirt, rules."""
    lines = [
        "# 问题代码 (issue catalogue)",
        "",
        "Generated from `schemas/issues/*.toml` by `python -m simulate.dirt.catalogue`; the same as a table: `issues.csv`, for clerks: `guide/问题代码手册.xlsx`.",
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
    names = [row["name"] for row in table("checks.csv") if rule in row["rules"].split()]
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
    """Write the files of the documentation."""
    (_DOCS / "guide" / "问题代码手册.xlsx").write_bytes(issues_workbook())
    (_DOCS / "issues.csv").write_text(issues_csv(), encoding="utf-8", newline="")
    (_DOCS / "issues.md").write_text(issues_page(), encoding="utf-8", newline="")


if __name__ == "__main__":
    main()
