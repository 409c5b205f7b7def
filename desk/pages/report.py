"""汇总与报送: the registers of this level, what is in conflict, the signed package for the level above."""

from __future__ import annotations

import zipfile
from typing import TYPE_CHECKING, Any

from desk import shelf
from engine import consolidate as merging
from engine.files import safe_name
from engine.model import NotFound
from engine.workflow import collect
from schemas import loader

if TYPE_CHECKING:
    from starlette.responses import Response

    from desk.office import Visit
    from engine.workspace import Workspace

SIGNERS = {"filled_by": "填报人", "checked_by": "审核人", "approved_by": "签发人", "phone": "联系电话"}


def overview(visit: Visit) -> Response:
    """Show registers, conflicts, who is missing, the form to sign, and the packages made so far."""
    with visit.office.reading() as workspace:
        board = collect.status(workspace, at=visit.at)
        files = shelf.items(visit.office.root, "registers")
        packages = [
            {"item": one, "members": _members(one)} for one in reversed(files) if one.name.lower().endswith(".zip")
        ]
        return visit.show(
            "report",
            workspace,
            board=board,
            registers=_registers(workspace),
            files={one.name: one for one in files},
            packages=sorted(packages, key=lambda one: one["item"].at, reverse=True),
            missing=sorted({one["unit_name"] for one in board["units"] if not one["accepted"]}),
            signers=workspace.store.document("signers", "current") or {},
            labels=SIGNERS,
            parent=loader.units().get(workspace.unit.parent or ""),
            done=visit.result(),
        )


def consolidate(visit: Visit) -> Response:
    """Build the registers anew from what is accepted."""
    with visit.office.changing() as workspace:
        found = collect.consolidate(workspace, at=visit.at)
    return visit.go("/report", {"title": "汇总完成", "lines": found["lines"], "warns": found["must_act"]})


def submit(visit: Visit) -> Response:
    """Pack what goes to the level above, signed."""
    with visit.office.changing() as workspace:
        name = safe_name(f"报送包_{workspace.unit.code}_{workspace.year}_{visit.at:%m%d_%H%M%S}", 80) + ".zip"
        found = collect.submit(
            workspace,
            workspace.path("汇总", name),
            at=visit.at,
            templates=visit.chosen("codes"),
            signers={key: visit.typed(key) for key in SIGNERS},
            explanation=visit.typed("note"),
        )
    lines = [f"已打包“{name}”，报送{loader.units()[found['to']].name}。", *found["lines"][1:]]
    done = {"title": "报送包已经做好", "lines": lines, "warns": found["must_act"], "package": name}
    return visit.go("/report", {**done, "sha256": found["sha256"]})


def member(visit: Visit) -> Response:
    """Return one file of a package: the letter, the summary, a report."""
    package = shelf.find(visit.office.root, "registers", visit.place("name"))
    name = visit.place("member")
    if name not in _members(package):
        raise NotFound("报送包里没有这个文件。")
    with zipfile.ZipFile(package.path) as archive:
        return shelf.attachment(archive.read(name), name.rsplit("/", 1)[-1])


def _members(package: shelf.Item) -> list[str]:
    """Return what is in a package, without the originals below it; [] for what is no zip."""
    try:
        with zipfile.ZipFile(package.path) as archive:
            return [one for one in archive.namelist() if not one.startswith("原件/")]
    except (zipfile.BadZipFile, OSError):
        return []


def _registers(workspace: Workspace) -> list[dict[str, Any]]:
    """Return the newest edition of every register: template, title, version, rows, when, file."""
    found = []
    for code in merging.registers():
        form = loader.template(code)
        edition = workspace.store.edition(code, form.sheets[0].name)
        if edition:
            name = f"{code}_{safe_name(form.title)}.xlsx"
            facts = {"version": edition["version"], "at": edition["at"], "rows": len(edition["rows"])}
            found.append({"template": code, "title": form.title, "file": name, **facts})
    return found
