"""The package can be handed to an auditor alone: standard library, one direction of imports, short modules, said why."""

import ast
import sys
from pathlib import Path

HOME = Path(__file__).resolve().parent.parent.parent / "engine" / "draw"


def trees():
    return {path.stem: ast.parse(path.read_text(encoding="utf-8")) for path in sorted(HOME.glob("*.py"))}


def test_only_the_standard_library_is_imported():
    for name, tree in trees().items():
        for node in ast.walk(tree):
            if isinstance(node, ast.Import):
                assert all(alias.name.split(".")[0] in sys.stdlib_module_names for alias in node.names), name
            elif isinstance(node, ast.ImportFrom) and node.level == 0:
                assert node.module.split(".")[0] in sys.stdlib_module_names, name


def test_modules_import_in_one_direction():
    graph = {}
    for name, tree in trees().items():
        found = graph[name] = set()
        for node in ast.walk(tree):
            if isinstance(node, ast.ImportFrom) and node.level == 1:
                found.update([node.module] if node.module else [alias.name for alias in node.names])
    done: list[str] = []
    while len(done) < len(graph):
        ready = sorted(name for name in graph if name not in done and graph[name] <= {*done})
        assert ready, sorted(set(graph) - set(done))
        done += ready


def test_modules_are_short_and_say_what_they_are_for():
    for path in HOME.glob("*.py"):
        assert len(path.read_text(encoding="utf-8").splitlines()) <= 300, path.name
    for name, tree in trees().items():
        assert ast.get_docstring(tree), name
        classes = [node for node in tree.body if isinstance(node, ast.ClassDef)]
        for node in [*tree.body, *(inner for one in classes for inner in one.body)]:
            if isinstance(node, ast.FunctionDef | ast.ClassDef) and not node.name.startswith("_"):
                assert ast.get_docstring(node), f"{name}.{node.name}"


def test_nothing_reads_the_clock_or_a_random_source():
    for name, tree in trees().items():
        used = {node.module if isinstance(node, ast.ImportFrom) else alias.name
                for node in ast.walk(tree) if isinstance(node, ast.Import | ast.ImportFrom) for alias in node.names}  # fmt: skip
        assert not used & {"random", "secrets", "time", "uuid", "locale"}, name
        attributes = {node.attr for node in ast.walk(tree) if isinstance(node, ast.Attribute)}
        assert not attributes & {"now", "today", "utcnow", "environ", "urandom"}, name
