"""Downloads: originals, returned copies, receipts and whatever else lies in the folders people open."""

from __future__ import annotations

from typing import TYPE_CHECKING

from desk import shelf
from engine.model import NotFound

if TYPE_CHECKING:
    from starlette.responses import Response

    from desk.office import Visit


def single(visit: Visit) -> Response:
    """Return one file of a known folder."""
    item = shelf.find(visit.office.root, visit.place("folder"), visit.place("name"))
    return shelf.attachment(item.path.read_bytes(), item.short)


def whole(visit: Visit) -> Response:
    """Return a known folder as a zip."""
    folder = visit.place("folder")
    found = shelf.items(visit.office.root, folder)
    return shelf.attachment(
        shelf.packed((one.name, one.path.read_bytes()) for one in found), f"{shelf.FOLDERS[folder]}.zip"
    )


def original(visit: Visit) -> Response:
    """Return the bytes somebody sent, under the name they came with."""
    wanted = visit.place("sha256")
    with visit.office.reading() as workspace:
        found = next((one for one in workspace.store.arrivals() if one["sha256"] == wanted), None)
        if found is None:
            raise NotFound("没有这份原件。", "请从收件记录中打开。")
        return shelf.attachment(workspace.original(wanted), found["name"] or f"{wanted[:16]}.bin")
