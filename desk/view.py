"""Server-made pages: Jinja2 with autoescape, strict about what a template names."""

from __future__ import annotations

from datetime import date, datetime
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import quote

from starlette.responses import HTMLResponse

from desk import words
from engine.calendar import SHANGHAI

HOME = Path(__file__).parent
SECTIONS = (
    ("/", "今日"),
    ("/inbox", "收件"),
    ("/units", "单位"),
    ("/forms", "模板"),
    ("/report", "汇总与报送"),
    ("/check", "检查文件"),
    ("/draws", "抽取"),
    ("/publication", "公示与台账"),
    ("/journal", "日志"),
)
_WEEKDAYS = "一二三四五六日"


def page(name: str, status: int = 200, /, **facts: Any) -> HTMLResponse:
    """Return the page made from `templates/<name>.html.j2`."""
    found = {"key": "", "at": None, "path": "", "unit": None, "year": None, **facts}
    return HTMLResponse(_environment().get_template(f"{name}.html.j2").render(found), status_code=status)


def fault(status: int, sentence: str, hint: str = "") -> HTMLResponse:
    """Return the page of something that did not go."""
    return page("fault", status, sentence=sentence, hint=hint)


def day(value: date | datetime | str | None) -> str:
    """Return a day as people write it.

    >>> day("2026-05-22")
    '5月22日（周五）'
    """
    if not value:
        return ""
    found = date.fromisoformat(value[:10]) if isinstance(value, str) else value
    return f"{found.month}月{found.day}日（周{_WEEKDAYS[found.weekday()]}）"


def moment(value: datetime | str | None) -> str:
    """Return a moment of the office's own zone to the minute.

    >>> moment("2026-05-22T01:05:00+00:00")
    '2026-05-22 09:05'
    """
    if not value:
        return ""
    found = datetime.fromisoformat(value) if isinstance(value, str) else value
    return found.astimezone(SHANGHAI).strftime("%Y-%m-%d %H:%M")


def size(count: int) -> str:
    """Return a number of bytes as people read it.

    >>> size(2048)
    '2.0 KB'
    """
    if count < 1 << 10:
        return f"{count} B"
    return f"{count / (1 << 10):.1f} KB" if count < 1 << 20 else f"{count / (1 << 20):.1f} MB"


@cache
def _environment() -> Any:
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    made = Environment(
        loader=FileSystemLoader(HOME / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.filters.update(day=day, moment=moment, size=size, part=lambda text: quote(str(text), safe=""))
    made.filters["way"] = lambda text: quote(str(text), safe="/")
    made.globals.update(
        sections=SECTIONS,
        outcome=words.outcome,
        severity=words.severity,
        state_of=words.state,
        check_of=words.check,
        checked=words.checked,
        sign_of=words.line,
        event_of=words.event,
        form_title=words.form_title,
        unit_name=words.unit_name,
    )
    return made
