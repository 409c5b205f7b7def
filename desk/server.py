"""Starts the desk: a socket on 127.0.0.1 only, a fresh token, the address for the browser."""

from __future__ import annotations

import secrets
import socket
import sys
import threading
import webbrowser
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

from engine.model import Refused

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from engine.workspace import Workspace

ADDRESS = "127.0.0.1"
PORT = 8765
_PARTS = ("starlette", "uvicorn", "python_multipart")
# A token travels in the first address only; the browser then holds it as a cookie.
_TOKEN_BYTES = 24


def serve(
    workspace: Workspace,
    *,
    now: Callable[[], datetime],
    announce: Callable[[dict[str, Any]], None],
    port: int | None = None,
    opens_browser: bool = True,
) -> None:
    """Serve the desk of `workspace` until Ctrl-C; `announce` is told `{url, lines}` once the address is known.

    port: None takes 8765 or, when that is taken, any free one; 0 any free one. Raises Refused when the extra `desk` is not
    installed or the port that was asked for is taken.
    """
    require_parts()
    import uvicorn

    from desk.app import application
    from desk.office import Office

    listening = listen(port)
    taken = listening.getsockname()[1]
    token = secrets.token_urlsafe(_TOKEN_BYTES)
    office = Office(workspace.root, now=now, clock=workspace.clock)
    workspace.close()  # every visit opens it for itself
    url = f"http://{ADDRESS}:{taken}/?token={token}"
    config = uvicorn.Config(
        application(office, token=token, port=taken),
        log_level="warning",
        access_log=False,
        server_header=False,
        timeout_graceful_shutdown=5,
    )
    announce(greeting(url, office))
    if opens_browser:
        # The socket listens already, so the browser may come before the server has begun to answer.
        threading.Thread(target=webbrowser.open, args=(url,), daemon=True).start()
    try:
        uvicorn.Server(config).run(sockets=[listening])
    except KeyboardInterrupt:
        pass  # Ctrl-C is how a desk is closed
    finally:
        office.close()
        listening.close()


def greeting(url: str, office: Any) -> dict[str, Any]:
    """Return what the terminal shows: the address, and how to stop."""
    return {
        "url": url,
        "lines": [
            f"收件台已打开：{url}",
            f"工作文件夹：{office.root}",
            "只有本机浏览器可以访问；网址里有口令，请不要转发。关闭：在本窗口按 Ctrl-C。",
        ],
    }


def require_parts() -> None:
    """Raise Refused when what the extra `desk` brings is not installed."""
    lacking = [one for one in _PARTS if find_spec(one) is None]
    if lacking:
        raise Refused(
            f"网页收件台需要另外安装几个部件（缺 {'、'.join(lacking)}）。",
            f'请运行 "{sys.executable}" -m pip install starlette uvicorn python-multipart；不装也可以用 receive、status 等命令。',
        )


def listen(port: int | None) -> socket.socket:
    """Return a socket that listens on this computer only."""
    for wanted in (PORT, 0) if port is None else (port,):
        found = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        found.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            found.bind((ADDRESS, wanted))
            found.listen()
        except OSError:
            found.close()
        else:
            return found
    raise Refused(f"端口 {port} 已被别的程序占用。", "请换一个端口，或不指定端口由程序自己选。")
