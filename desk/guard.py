"""Who may come in: only the browser on this computer that was given the token, and changes only from our own pages.

Against DNS rebinding the Host must be ours; against other pages in the same browser a change needs our Origin and, in the
form, the key of this run (checked by `office.Visit`). Every answer carries the headers that keep foreign content out.
"""

from __future__ import annotations

import hmac
from http.cookies import CookieError, SimpleCookie
from typing import TYPE_CHECKING
from urllib.parse import parse_qs

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import RedirectResponse

if TYPE_CHECKING:
    from collections.abc import Callable

    from starlette.responses import Response
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

UPLOAD_LIMIT = 300 << 20
POLICY = "default-src 'self'; object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
_HEADERS = {
    "Content-Security-Policy": POLICY,
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    # Not `no-referrer`: with it browsers send `Origin: null` from our own forms.
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cache-Control": "no-store",
}


class TooLarge(Exception):
    """More was sent than one upload may hold."""


class Guard:
    """Stands before the pages. `deny(status, sentence, hint)` makes the page of a refusal."""

    def __init__(
        self,
        app: ASGIApp,
        *,
        token: str,
        port: int,
        deny: Callable[[int, str, str], Response],
        limit: int = UPLOAD_LIMIT,
    ) -> None:
        self.app, self.token, self.deny, self.limit = app, token, deny, limit
        self.hosts = {f"127.0.0.1:{port}", f"localhost:{port}"}
        self.cookie = f"taizhang_desk_{port}"

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a refusal, or let the request through with its body counted and its answer sealed."""
        if scope["type"] == "lifespan":
            await self.app(scope, receive, send)
            return
        if scope["type"] == "websocket":
            await send({"type": "websocket.close"})
            return
        sealed = _sealing(send)
        refusal = self.refusal(scope)
        if refusal is not None:
            await refusal(scope, receive, sealed)
            return
        await self.app(scope, self._counting(receive), sealed)

    def refusal(self, scope: Scope) -> Response | None:
        """Return the answer to a request that may not pass, None for one that may."""
        headers = Headers(scope=scope)
        if headers.get("host") not in self.hosts:
            return self.deny(400, "网址不对。", "请用命令窗口里显示的网址打开。")
        if scope["path"].startswith("/static/") and scope["method"] in ("GET", "HEAD"):
            return None
        given = parse_qs(scope["query_string"].decode("latin-1")).get("token", [""])[0]
        if given and scope["path"] == "/":
            return self._welcome() if self._is_ours(given) else self._stranger()
        if not self._is_ours(_cookie(headers.get("cookie", ""), self.cookie)):
            return self._stranger()
        if scope["method"] == "POST":
            if headers.get("origin") not in {f"http://{host}" for host in self.hosts}:
                return self.deny(403, "这个请求不是从收件台的页面发出的。", "请回到收件台页面重新操作。")
            length = headers.get("content-length", "0")
            if length.isdigit() and int(length) > self.limit:
                return self.deny(413, *too_large(self.limit))
        return None

    def _is_ours(self, given: str) -> bool:
        return hmac.compare_digest(given.encode(), self.token.encode())

    def _welcome(self) -> Response:
        answer = RedirectResponse("/", status_code=303)
        answer.set_cookie(self.cookie, self.token, httponly=True, samesite="strict", path="/")
        return answer

    def _stranger(self) -> Response:
        return self.deny(403, "没有口令，不能进入。", "请用命令窗口里显示的完整网址打开；每次启动口令都会更换。")

    def _counting(self, receive: Receive) -> Receive:
        total = 0

        async def counted() -> Message:
            nonlocal total
            message = await receive()
            total += len(message.get("body", b""))
            if total > self.limit:
                raise TooLarge
            return message

        return counted


def too_large(limit: int = UPLOAD_LIMIT) -> tuple[str, str]:
    """Return (sentence, hint) for an upload beyond the limit."""
    return f"一次最多上传 {limit >> 20} MB。", "请分几次上传，或在命令行用 taizhang receive 直接接收文件夹。"


def _sealing(send: Send) -> Send:
    async def sealed(message: Message) -> None:
        if message["type"] == "http.response.start":
            headers = MutableHeaders(scope=message)
            for name, value in _HEADERS.items():
                headers.setdefault(name, value)
        await send(message)

    return sealed


def _cookie(text: str, name: str) -> str:
    try:
        found = SimpleCookie(text).get(name)
    except CookieError:
        return ""
    return found.value if found else ""
