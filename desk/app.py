"""The map of the desk: which address shows which page, and how every page is called."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles

from desk import faults, view
from desk.guard import UPLOAD_LIMIT, Guard
from desk.office import Visit
from desk.pages import board, check, draws, files, forms, inbox, journal, publication, report, units
from desk.uploads import COUNT_LIMIT

if TYPE_CHECKING:
    from collections.abc import Callable

    from starlette.requests import Request
    from starlette.responses import Response
    from starlette.types import ASGIApp

    from desk.office import Office

PAGES = {
    "/": board.today,
    "/board.xlsx": board.workbook,
    "/inbox": inbox.listing,
    "/inbox/progress": inbox.progress,
    "/inbox/returned.zip": inbox.copies,
    "/inbox/{arrival:int}": inbox.one,
    "/units": units.listing,
    "/units/{code}": units.one,
    "/forms": forms.listing,
    "/forms/{template}.zip": forms.all_of_one,
    "/forms/{template}/{unit}": forms.single,
    "/report": report.overview,
    "/packages/{name}/{member:path}": report.member,
    "/check": check.blank,
    "/check/{key}": check.result,
    "/check/{key}/{number:int}": check.copy,
    "/draws": draws.listing,
    "/draws/{name}": draws.one,
    "/draws/{name}/bundle.zip": draws.bundle,
    "/draws/{name}/verify.html": draws.verifier,
    "/publication": publication.overview,
    "/journal": journal.listing,
    "/files/{folder}/{name:path}": files.single,
    "/folders/{folder}.zip": files.whole,
    "/originals/{sha256}": files.original,
}
CHANGES = {
    "/inbox": inbox.receive,
    "/units/contacts": units.contacts,
    "/report/consolidate": report.consolidate,
    "/report/submit": report.submit,
    "/check": check.check,
    "/draws/{name}/verify": draws.verify,
    "/publication/trace": publication.trace,
    "/publication/ledger": publication.ledger,
    "/publication/publish": publication.publish,
    "/journal/audit": journal.audit,
}


def application(office: Office, *, token: str, port: int, limit: int = UPLOAD_LIMIT) -> ASGIApp:
    """Return the desk as an ASGI application, guarded."""
    routes = [
        *(Route(path, partial(_look, office, show), methods=["GET"]) for path, show in PAGES.items()),
        *(Route(path, partial(_change, office, do), methods=["POST"]) for path, do in CHANGES.items()),
        Mount("/static", StaticFiles(directory=view.HOME / "static")),
    ]
    handlers = {HTTPException: _plain_fault, Exception: _plain_fault}
    pages = Starlette(routes=routes, exception_handlers=handlers)
    return Guard(pages, token=token, port=port, deny=view.fault, limit=limit)


async def _look(office: Office, show: Callable[[Visit], Response], request: Request) -> Response:
    try:
        return await run_in_threadpool(show, Visit(office, request))
    except Exception as error:
        return view.fault(*faults.explain(error))


async def _change(office: Office, do: Callable[[Visit], Response], request: Request) -> Response:
    """Read the form (files are spooled to disk while they come in), then change something in a thread of its own."""
    try:
        async with request.form(max_files=COUNT_LIMIT) as form:
            visit = Visit(office, request, form)
            visit.require_key()
            return await run_in_threadpool(do, visit)
    except Exception as error:
        return view.fault(*faults.explain(error))


async def _plain_fault(_request: Request, error: Exception) -> Response:
    return view.fault(*faults.explain(error))
