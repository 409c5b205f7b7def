"""What all visits share, and one visit: the workspace is opened for each request, one change at a time."""

from __future__ import annotations

import hmac
import secrets
import shutil
import tempfile
import threading
from collections import OrderedDict
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from starlette.responses import RedirectResponse

from desk import view
from engine.model import Busy, NotFound, Refused
from engine.workspace import Workspace

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from datetime import datetime

    from starlette.datastructures import FormData
    from starlette.requests import Request
    from starlette.responses import Response

# A change in another window of this desk is waited for; after that the page says who is busy.
_PATIENCE = 60
_KEPT = 40


class Office:
    """One workspace as the desk holds it while it runs. `now` gives the moment of every change."""

    def __init__(self, root: Path, *, now: Callable[[], datetime], clock: str) -> None:
        self.root, self.now, self.clock = root, now, clock
        self.form_key = secrets.token_urlsafe(18)
        self.progress = (0, 0)
        self.verdicts: dict[str, dict[str, Any]] = {}
        self._results: OrderedDict[str, Any] = OrderedDict()
        self._opening, self._writing, self._keeping = threading.Lock(), threading.Lock(), threading.Lock()
        self._scratch = tempfile.TemporaryDirectory(prefix="taizhang-desk-")

    @contextmanager
    def reading(self) -> Iterator[Workspace]:
        """Yield the workspace for looking at it; a connection never leaves the thread of its visit."""
        with self._opening:
            workspace = Workspace(self.root, clock=self.clock)
        with workspace:
            yield workspace

    @contextmanager
    def changing(self) -> Iterator[Workspace]:
        """Yield the workspace for one change; Busy when another window or another program is at it."""
        if not self._writing.acquire(timeout=_PATIENCE):
            raise Busy("收件台的另一个窗口正在登记。", "请等它完成后再试。")
        try:
            with self.reading() as workspace:
                with self._opening:
                    workspace.lock()
                yield workspace
        finally:
            self._writing.release()

    def scratch(self) -> Path:
        """Return a new empty folder that vanishes when the desk is closed."""
        return Path(tempfile.mkdtemp(dir=self._scratch.name))

    @contextmanager
    def borrowed(self) -> Iterator[Path]:
        """Yield a new empty folder that vanishes as soon as it is not needed."""
        folder = self.scratch()
        try:
            yield folder
        finally:
            shutil.rmtree(folder, ignore_errors=True)

    def keep(self, result: Any) -> str:
        """Keep a result for the page that follows a change; return the key under which it is shown."""
        key = secrets.token_urlsafe(9)
        with self._keeping:
            self._results[key] = result
            while len(self._results) > _KEPT:
                self._results.popitem(last=False)
        return key

    def kept(self, key: str) -> Any | None:
        """Return a kept result, None when it is gone (the desk was started anew)."""
        return self._results.get(key)

    def close(self) -> None:
        """Remove what was only borrowed."""
        self._scratch.cleanup()


class Visit:
    """One request: where to look, what was typed, how to answer."""

    def __init__(self, office: Office, request: Request, form: FormData | None = None) -> None:
        self.office, self.request, self.form = office, request, form
        self.at = office.now()

    def require_key(self) -> None:
        """Raise Refused unless the form was made by this run of the desk."""
        given = self.form.get("key") if self.form else ""
        if not isinstance(given, str) or not hmac.compare_digest(given.encode(), self.office.form_key.encode()):
            raise Refused("页面已经过期。", "收件台重新启动过，请刷新页面后再操作一次。")

    def asked(self, name: str, default: str = "") -> str:
        """Return a value of the address."""
        return self.request.query_params.get(name, default)

    def number(self, name: str, default: int = 0) -> int:
        """Return a whole number of the address; anything else counts as not given."""
        text = self.asked(name)
        return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else default

    def place(self, name: str) -> str:
        """Return a part of the path."""
        return str(self.request.path_params[name])

    def typed(self, name: str) -> str:
        """Return what was typed into a field of the form, trimmed."""
        given = self.form.get(name) if self.form else ""
        return given.strip() if isinstance(given, str) else ""

    def chosen(self, name: str) -> list[str]:
        """Return the ticked boxes of one name."""
        return [one for one in (self.form.getlist(name) if self.form else []) if isinstance(one, str)]

    def result(self) -> Any | None:
        """Return the result this page was sent to show, None without one."""
        return self.office.kept(self.asked("done"))

    def require_result(self) -> Any:
        """Return the result this page is about; NotFound when it is gone."""
        found = self.result()
        if found is None:
            raise NotFound("这次的结果已经不在了。", "收件台重新启动后，临时结果不再保留，请重新操作。")
        return found

    def show(self, name: str, workspace: Workspace | None = None, /, **facts: Any) -> Response:
        """Return a page. `workspace` gives the heading: whose office, which year."""
        heading = {"unit": workspace.unit, "year": workspace.year} if workspace else {}
        return view.page(name, key=self.office.form_key, at=self.at, path=self.request.url.path, **heading, **facts)

    def go(self, path: str, result: Any = None) -> Response:
        """Return the way to the page after a change, which may show `result`."""
        mark = f"{'&' if '?' in path else '?'}done={self.office.keep(result)}" if result is not None else ""
        return RedirectResponse(path + mark, status_code=303)
