"""What went wrong, as a sentence for the page: the same family of errors as on the command line."""

from __future__ import annotations

import logging

from starlette.exceptions import HTTPException
from starlette.formparsers import MultiPartException

from desk.guard import TooLarge, too_large
from engine.model import Busy, EngineError, NotFound
from schemas.declare import SchemaError

log = logging.getLogger("taizhang.desk")
_BACK = "请返回上一页重试。"
_PLAIN = {404: ("没有这个页面。", "请从上面的栏目进入。"), 405: ("这个网址不能这样打开。", "请从上面的栏目进入。")}


def explain(error: Exception) -> tuple[int, str, str]:
    """Return (HTTP status, sentence, hint); what nobody foresaw is logged in the terminal and named as a fault of ours."""
    if isinstance(error, EngineError):
        status = 404 if isinstance(error, NotFound) else 423 if isinstance(error, Busy) else 409
        return status, str(error), _for_page(error.hint)
    if isinstance(error, TooLarge):
        return 413, *too_large()
    if isinstance(error, MultiPartException):
        return 400, "上传的内容不完整。", "请重新选择文件再传一次。"
    if isinstance(error, HTTPException):
        return error.status_code, *_PLAIN.get(error.status_code, ("请求没有成功。", _BACK))
    if isinstance(error, SchemaError):
        return 500, f"模板定义或代码表有误：{error}", "请检查 schemas 文件夹。"
    if type(error).__name__ == "WorkbookError":
        from schemas import loader

        text = loader.issue_texts()[error.code]  # type: ignore[attr-defined]
        return 409, text.message.format_map({"name": "文件", **error.params}), text.fix  # type: ignore[attr-defined]
    if type(error).__module__.startswith(("sqlalchemy", "sqlite3")):
        return 503, "数据库“台账.db”无法读写，可能已损坏或被占用。", "请稍后再试；仍不行的，从备份恢复。"
    if isinstance(error, OSError):
        return 503, f"文件操作失败：{error.strerror or '原因不明'}。", "请检查磁盘空间和读写权限。"
    log.error("unforeseen", exc_info=error)
    return 500, "程序出错，这次操作没有完成。", "已登记的内容没有受影响；详情在命令窗口里，请转告维护人员。"


def _for_page(hint: str) -> str:
    """A hint that speaks of options and commands helps nobody on a page."""
    return _BACK if "--" in hint or "taizhang " in hint else hint
