"""抽取: what was drawn and whether it re-computes; the ceremony itself is led on the command line."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from starlette.responses import HTMLResponse

from desk import shelf
from engine.files import sha256
from engine.model import NotFound
from engine.workflow import conduct

if TYPE_CHECKING:
    from starlette.responses import Response

    from desk.office import Visit
    from engine.workspace import Workspace

Row = dict[str, Any]
BUNDLE = "bundle"
# The verifier is a page of its own: it may run its own script, but it is not of our origin and reaches nothing of the desk.
VERIFIER_POLICY = (
    "sandbox allow-scripts allow-downloads; default-src 'none'; script-src 'unsafe-inline'; style-src 'unsafe-inline'"
)


def listing(visit: Visit) -> Response:
    """Show plans and draws with their state."""
    with visit.office.reading() as workspace:
        plans = conduct.plan(workspace, at=visit.at)["plans"]
        return visit.show(
            "draws", workspace, plans=plans, draws=[_facts(visit, workspace, one) for one in _names(workspace)]
        )


def one(visit: Visit) -> Response:
    """Show one draw: commitment, result, teams, log, files, and the last verification."""
    name = visit.place("name")
    with visit.office.reading() as workspace:
        _require(workspace, name)
        files = shelf.items(visit.office.root, "draws", f"{name}/")
        return visit.show(
            "draw",
            workspace,
            draw=_facts(visit, workspace, name),
            frozen=workspace.store.document("freeze", name),
            teams=_teams(workspace, name),
            log=workspace.store.document("log", name) or [],
            papers=[one for one in files if f"/{BUNDLE}/" not in one.name],
            bundle=[one for one in files if f"/{BUNDLE}/" in one.name],
        )


def verify(visit: Visit) -> Response:
    """Re-compute one draw from its public bundle."""
    name = visit.place("name")
    with visit.office.reading() as workspace:
        _require(workspace, name)
        found = conduct.verify(workspace.path("抽取", name, BUNDLE))
    visit.office.verdicts[name] = {**found, "at": visit.at, "seal": _seal(visit, name)}
    return visit.go(f"/draws/{name}")


def bundle(visit: Visit) -> Response:
    """Return the public bundle of one draw as a zip."""
    name = visit.place("name")
    with visit.office.reading() as workspace:
        _require(workspace, name)
    found = shelf.items(visit.office.root, "draws", f"{name}/{BUNDLE}/")
    data = shelf.packed((one.name.removeprefix(f"{name}/"), one.path.read_bytes()) for one in found)
    return shelf.attachment(data, f"{name}_公开记录.zip")


def verifier(visit: Visit) -> Response:
    """Show the offline verifier that travels with the bundle, shut off from the desk."""
    page = shelf.find(visit.office.root, "draws", f"{visit.place('name')}/{BUNDLE}/verify.html")
    return HTMLResponse(page.path.read_bytes(), headers={"Content-Security-Policy": VERIFIER_POLICY})


def _names(workspace: Workspace) -> list[str]:
    return sorted(workspace.store.documents("freeze"), reverse=True)


def _require(workspace: Workspace, name: str) -> None:
    if name not in _names(workspace):
        raise NotFound("没有这次抽取。", "请从“抽取”列表中选择。")


def _facts(visit: Visit, workspace: Workspace, name: str) -> Row:
    """Return what the list says of one draw; a verification counts as long as its bundle is the same."""
    store = workspace.store
    frozen, drawn = store.document("freeze", name), store.document("draw", name)
    tasks = sum(one["draw_id"] == name for one in store.documents("task").values())
    verdict = visit.office.verdicts.get(name)
    return {
        "name": name,
        "title": frozen["plan"]["name"],
        "frozen_at": frozen["commit"]["created_at"],
        "commitment": frozen["commitment"],
        "drawn_at": drawn["reveal"]["at"] if drawn else "",
        "targets": len(_drawn(drawn)),
        "is_assigned": store.document("assign", name) is not None,
        "tasks": tasks,
        "is_void": any(line["kind"] == "void" for line in store.document("log", name) or ()),
        "verdict": verdict if verdict and verdict["seal"] == _seal(visit, name) else None,
    }


def _drawn(drawn: Row | None) -> list[Row]:
    return [one for one in drawn["document"]["targets"] if one.get("outcome", "drawn") == "drawn"] if drawn else []


def _teams(workspace: Workspace, name: str) -> list[Row]:
    """Return the tasks in force of one draw, as they were dispatched."""
    found = [{"id": key, **body} for key, body in workspace.store.documents("task").items()]
    return [one for one in found if one["draw_id"] == name]


def _seal(visit: Visit, name: str) -> str:
    found = shelf.items(visit.office.root, "draws", f"{name}/{BUNDLE}/")
    return sha256("".join(f"{one.name}{sha256(one.path.read_bytes())}" for one in found).encode())
