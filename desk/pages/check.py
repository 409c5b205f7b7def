"""检查文件: look at a file without recording anything."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from desk import uploads
from desk.shelf import attachment
from engine.model import NotFound, Refused
from engine.workflow import collect

if TYPE_CHECKING:
    from starlette.responses import Response

    from desk.office import Visit


def blank(visit: Visit) -> Response:
    """Show where to drop a file."""
    with visit.office.reading() as workspace:
        return visit.show("check", workspace, files=None, key_of_result="")


def check(visit: Visit) -> Response:
    """Check what was dropped; the result is kept for this run of the desk only."""
    folder = uploads.unload(visit)
    try:
        with visit.office.reading() as workspace:
            year = workspace.year
        found = collect.check([folder], year=year, at=visit.at, return_to=visit.office.scratch(), workers=1)
    except NotFound as error:
        raise Refused("这些文件里没有可以检查的内容。", "请选择表格、压缩包或邮件文件。") from error
    finally:
        uploads.discard(folder)
    return visit.go(f"/check/{visit.office.keep(found['files'])}")


def result(visit: Visit) -> Response:
    """Show verdict and issues of each file."""
    key = visit.place("key")
    with visit.office.reading() as workspace:
        return visit.show("check", workspace, files=_kept(visit), key_of_result=key)


def copy(visit: Visit) -> Response:
    """Return the marked copy of one checked file."""
    files, number = _kept(visit), visit.request.path_params["number"]
    path = files[number]["returned"] if number < len(files) else None
    if not path:
        raise NotFound("这份文件没有标注件。")
    return attachment(Path(path).read_bytes(), Path(path).name)


def _kept(visit: Visit) -> list[Any]:
    found = visit.office.kept(visit.place("key"))
    if not isinstance(found, list):
        raise NotFound("这次检查的结果已经不在了。", "请重新检查一次；检查不登记，也不保留。")
    return found
