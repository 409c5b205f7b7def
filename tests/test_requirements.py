"""docs/requirements.md says truly where R01-R65 live: commands, templates and tests exist, and every test can fail on content."""

from __future__ import annotations

import ast
import re
from functools import cache
from pathlib import Path

import pytest

import cli
from schemas import loader

ROOT = Path(__file__).parents[1]
PAGE = ROOT / "docs" / "requirements.md"
KINDS = {f"R{number:02d}" for number in range(1, 66)}
EXISTENCE = {"exists", "is_file", "is_dir", "hasattr", "isinstance", "callable"}


def rows() -> dict[str, tuple[str, ...]]:
    """Return requirement -> (clause, what, commands, templates, tests) as the page has them."""
    lines = [line for line in PAGE.read_text("utf-8").splitlines() if re.match(r"\| R\d\d \|", line)]
    cells = [tuple(cell.strip() for cell in line.strip("|").split("|")) for line in lines]
    assert len({one[0] for one in cells}) == len(cells), "a requirement stands twice"
    return {one[0]: one[1:] for one in cells}


@cache
def functions_of(path: str) -> dict[str, ast.FunctionDef]:
    """Return the functions of a test file by name."""
    tree = ast.parse((ROOT / "tests" / path).read_text("utf-8"))
    return {one.name: one for one in ast.walk(tree) if isinstance(one, ast.FunctionDef)}


def statements(function: ast.FunctionDef, known: dict[str, ast.FunctionDef], depth: int = 2) -> list[ast.expr]:
    """Return what a test asserts, itself or through functions of its file; `pytest.raises` counts as an assertion."""
    found: list[ast.expr] = []
    for node in ast.walk(function):
        if isinstance(node, ast.Assert):
            found.append(node.test)
        elif isinstance(node, ast.Call):
            name = getattr(node.func, "attr", getattr(node.func, "id", ""))
            if name in ("raises", "fail"):
                found.append(node)
            elif depth and isinstance(node.func, ast.Name) and name in known and known[name] is not function:
                found += statements(known[name], known, depth - 1)
    return found


def only_exists(test: ast.expr) -> bool:
    """Say whether an assertion only asks whether something is there at all."""
    if isinstance(test, ast.Name | ast.Attribute):
        return True
    if isinstance(test, ast.Call):
        return getattr(test.func, "attr", getattr(test.func, "id", "")) in EXISTENCE
    return (
        isinstance(test, ast.Compare)
        and isinstance(test.ops[0], ast.IsNot)
        and isinstance(test.comparators[0], ast.Constant)
        and test.comparators[0].value is None
    )


def faults(row: tuple[str, ...]) -> list[str]:
    """Return what is untrue in one row."""
    _, _, commands, templates, tests = row
    found = []
    for line in re.findall(r"`([^`]+)`", commands):
        command = cli.taizhang.commands.get(line.split()[0])
        if command is None:
            found.append(f"no command {line}")
            continue
        options = {name for one in command.params for name in one.opts}
        found += [f"no option {line}" for word in line.split()[1:] if word.startswith("--") and word not in options]
    known = set(loader.templates())
    found += [f"no template {one}" for one in re.findall(r"T\d\d\w?", templates) if one not in known]
    named = re.findall(r"`([\w/]+\.py)::(\w+)`", tests)
    if not named:
        found.append("no test")
    for path, name in named:
        if not (ROOT / "tests" / path).is_file() or name not in functions_of(path):
            found.append(f"no test {path}::{name}")
            continue
        asserted = statements(functions_of(path)[name], functions_of(path))
        if not asserted or all(only_exists(one) for one in asserted):
            found.append(f"{path}::{name} only asks whether something exists")
    return found


def test_every_requirement_has_its_row() -> None:
    assert set(rows()) == KINDS


@pytest.mark.parametrize("name", sorted(KINDS))
def test_a_requirement_is_where_the_page_says(name: str) -> None:
    assert faults(rows()[name]) == []


@pytest.mark.parametrize(
    ("row", "fault"),
    [
        (("A", "x", "`nosuch`", "—", "`test_cli.py::test_every_command_of_the_product_is_there`"), "no command nosuch"),
        (
            ("A", "x", "`check --no`", "—", "`test_cli.py::test_every_command_of_the_product_is_there`"),
            "no option check --no",
        ),
        (("A", "x", "—", "T99", "`test_cli.py::test_every_command_of_the_product_is_there`"), "no template T99"),
        (("A", "x", "—", "—", "`test_cli.py::test_nothing`"), "no test test_cli.py::test_nothing"),
        (("A", "x", "—", "—", "—"), "no test"),
    ],
)
def test_an_untrue_row_is_noticed(row: tuple[str, ...], fault: str) -> None:
    assert faults(row) == [fault]


@pytest.mark.parametrize(
    ("source", "is_idle"),
    [
        ("assert path.exists()", True),
        ("assert value is not None", True),
        ("assert value", True),
        ("assert value == 3", False),
        ("assert 'x' in text", False),
        ("assert not found", False),
    ],
)
def test_a_test_that_only_asks_for_existence_is_told_from_one_that_asks_for_content(
    source: str, *, is_idle: bool
) -> None:
    statement = ast.parse(source).body[0]
    assert isinstance(statement, ast.Assert)
    assert only_exists(statement.test) is is_idle
