"""The map of the house is a test: imports point one way, Excel stays in its room, commands hold no branch."""

import ast
import re
from importlib.metadata import packages_distributions
from pathlib import Path

HOME = Path(__file__).resolve().parents[1]
ROOMS = ("schemas", "workbooks", "engine", "simulate", "portal", "desk", "console")

# A room may import from the rooms named here and from itself; the order is the order of the house.
MAY_IMPORT = {
    "schemas": set(),
    "workbooks": {"schemas"},
    "engine": {"schemas", "workbooks", "portal"},
    "portal": set(),
    "simulate": {"schemas", "workbooks", "engine"},
    "desk": {"schemas", "engine"},
    "console": {"schemas", "engine"},
    "cli": {"console", "engine", "simulate", "desk"},
}
# What the desk may know of the engine besides the verbs: how to open a workspace, how to name things, how to read the board.
DESK_KNOWS = {"workspace", "model", "receipt", "files", "calendar", "timeliness", "consolidate", "workflow"}
WEB = {"starlette", "uvicorn", "multipart", "python_multipart", "anyio", "h11"}
EXCEL = {"openpyxl", "xlsxwriter", "python_calamine", "docx", "olefile"}
# A .msg mail is an OLE container too, but no workbook.
EXCEL_ALLOWED = {("engine", "mails.py", "olefile")}


def modules():
    """Yield (room, path, tree) of every module of the product."""
    for room in ROOMS:
        for path in sorted((HOME / room).rglob("*.py")):
            yield room, path, ast.parse(path.read_text(encoding="utf-8"))
    yield "cli", HOME / "cli.py", ast.parse((HOME / "cli.py").read_text(encoding="utf-8"))


def imported(tree, package=""):
    """Yield the dotted names a module of `package` imports, wherever in it: `from engine import draft` names engine.draft too."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            above = package.split(".")[: len(package.split(".")) + 1 - node.level] if node.level else []
            source = ".".join([*above, *([node.module] if node.module else [])])
            parts = [name for alias in node.names if is_module(name := f"{source}.{alias.name}")]
            yield from parts
            if len(parts) < len(node.names):
                yield source


def is_module(name):
    path = HOME.joinpath(*name.split("."))
    return path.with_suffix(".py").is_file() or (path / "__init__.py").is_file()


def test_imports_point_one_way():
    wrong = []
    for room, path, tree in modules():
        for name in imported(tree):
            top = name.split(".")[0]
            if top in MAY_IMPORT and top != room and top not in MAY_IMPORT[room]:
                wrong.append(f"{path.relative_to(HOME)} imports {name}")
    assert wrong == []


def test_only_the_workflow_knows_the_workflow():
    wrong = [
        f"{path.relative_to(HOME)} imports {name}"
        for room, path, tree in modules()
        for name in imported(tree)
        if room == "engine" and name.startswith("engine.workflow") and path.parent.name != "workflow"
    ]
    assert wrong == []


def parts_of(tree, room):
    """Yield the modules of a room that are imported, whether as `room.part` or `from room import part`."""
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and node.module == room:
            yield from (alias.name for alias in node.names)
    yield from (name.split(".")[1] for name in imported(tree) if name.startswith(f"{room}."))


def test_the_desk_is_a_face_over_the_workflow():
    wrong = [
        f"{path.relative_to(HOME)} imports engine.{part}"
        for room, path, tree in modules()
        for part in parts_of(tree, "engine")
        if room == "desk" and part not in DESK_KNOWS
    ]
    assert wrong == []


def test_only_the_desk_speaks_http():
    wrong = [
        f"{path.relative_to(HOME)} imports {name}"
        for room, path, tree in modules()
        for name in imported(tree)
        if room != "desk" and name.split(".")[0] in WEB
    ]
    assert wrong == []


def test_the_draw_can_be_handed_to_an_auditor_alone():
    ours = set(MAY_IMPORT)
    wrong = []
    for path in sorted((HOME / "engine" / "draw").rglob("*.py")):
        names = imported(ast.parse(path.read_text(encoding="utf-8")))
        wrong += [
            f"{path.name} imports {name}"
            for name in names
            if name.split(".")[0] in ours and not name.startswith("engine.draw")
        ]
    assert wrong == []


def test_only_one_room_knows_excel():
    wrong = []
    for room, path, tree in modules():
        for name in imported(tree):
            top = name.split(".")[0]
            if top in EXCEL and room not in {"workbooks", "simulate"} and (room, path.name, top) not in EXCEL_ALLOWED:
                wrong.append(f"{path.relative_to(HOME)} imports {name}")
    assert wrong == []


def test_nothing_reads_codes_through_pandas():
    wrong = [
        str(path.relative_to(HOME))
        for _, path, tree in modules()
        for node in ast.walk(tree)
        if isinstance(node, ast.Attribute) and node.attr == "read_excel"
    ]
    assert wrong == []


def test_there_is_no_cycle_between_modules():
    graph = {}
    for _, path, tree in modules():
        name = ".".join(path.relative_to(HOME).with_suffix("").parts).removesuffix(".__init__")
        top_level = [node for node in tree.body if isinstance(node, ast.Import | ast.ImportFrom)]
        package = name if path.name == "__init__.py" else name.rpartition(".")[0]
        graph[name] = set(imported(ast.Module(body=top_level, type_ignores=[]), package))
    state: dict[str, int] = {}

    def visit(name, trail):
        if state.get(name) == 2:
            return
        assert state.get(name) != 1, " -> ".join([*trail, name])
        state[name] = 1
        for other in sorted(graph[name] & set(graph) - {name}):
            visit(other, [*trail, name])
        state[name] = 2

    for name in graph:
        visit(name, [])


def test_a_command_holds_no_branch():
    tree = ast.parse((HOME / "cli.py").read_text(encoding="utf-8"))
    branches = (ast.If, ast.For, ast.While, ast.Try, ast.IfExp, ast.Match)
    wrong = []
    for node in tree.body:
        if isinstance(node, ast.FunctionDef) and any("command" in ast.unparse(mark) for mark in node.decorator_list):
            wrong += [f"{node.name}: line {inner.lineno}" for inner in ast.walk(node) if isinstance(inner, branches)]
    assert wrong == []


def test_the_top_level_names_are_ours():
    owners = packages_distributions()
    for name in ("cli", "console", "desk", "engine", "schemas", "workbooks", "simulate", "portal"):
        assert set(owners.get(name, ["taizhang"])) == {"taizhang"}, name


def test_the_project_speaks_only_of_itself():
    forbidden = re.compile(
        r"\.\./shared|(?<![.\w-])/(?:work|farm)/[A-Za-z.]|\b(?:subagent|claude|anthropic)\b", re.IGNORECASE
    )
    wrong = []
    for path in sorted(HOME.rglob("*")):
        inside = path.relative_to(HOME).parts
        is_text = path.suffix in {".py", ".md", ".toml", ".csv", ".html", ".txt", ".json", ".js", ".css", ".pl"}
        if inside[0] in {".git", ".venv", "out"} or not is_text or path == Path(__file__):
            continue
        if forbidden.search(path.read_text(encoding="utf-8", errors="replace")):
            wrong.append(str(path.relative_to(HOME)))
    assert wrong == []
