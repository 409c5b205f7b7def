"""What a user may meet, as a sentence, a hint and an exit status."""

from __future__ import annotations


def explain(error: Exception) -> tuple[str, str, int] | None:
    """Return (sentence, hint, exit status) for what a user may meet, None for a bug of ours."""
    from engine.model import EngineError
    from schemas.declare import SchemaError

    if isinstance(error, EngineError):
        return str(error), error.hint, error.exit_code
    if isinstance(error, SchemaError):
        return f"模板定义或代码表有误：{error}", "请检查 schemas/ 下的文件。", 3
    if type(error).__name__ == "WorkbookError":
        from schemas import loader

        gaps = {"name": "文件", **error.params}  # type: ignore[attr-defined]
        text = loader.issue_texts()[error.code]  # type: ignore[attr-defined]
        return text.message.format_map(gaps), text.fix, 3
    if type(getattr(error, "orig", None)).__module__.startswith("psycopg"):
        said = str(error.orig).strip().splitlines()  # type: ignore[attr-defined]
        return (
            f"PostgreSQL 数据库连接不上，或没有完成操作：{said[0] if said else type(error.orig).__name__}",  # type: ignore[attr-defined]
            "请核对数据库地址和用户权限，库须先建好（createdb），服务器须开着；已登记的内容没有受影响。",
            3,
        )
    if type(error).__module__.startswith(("sqlalchemy", "sqlite3")) and "readonly" in str(error):
        return (
            "工作文件夹是只读的，数据库“台账.db”打不开。",
            "请先取得写入权限，或把整个文件夹复制到能写的地方再打开；内容没有受影响。",
            3,
        )
    if type(error).__module__.startswith(("sqlalchemy", "sqlite3")):
        return "数据库“台账.db”无法读写，可能已损坏或被占用。", "请先用 taizhang restore 从备份恢复，或稍后再试。", 3
    if isinstance(error, OSError):
        return f"文件操作失败：{error.filename or ''} {error.strerror or error}。", "请检查磁盘空间和读写权限。", 3
    return None
