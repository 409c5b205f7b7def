"""Reads what was typed into the values the verbs take; a slip of the pen is answered in Chinese with the right form."""

from __future__ import annotations

from datetime import date, datetime, timedelta, timezone
from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from collections.abc import Callable

SHANGHAI = timezone(timedelta(hours=8))
FILE = click.Path(path_type=Path)
EXISTING = click.Path(path_type=Path, exists=True)
EXISTING.name = "文件"


def moment(_context: click.Context, _parameter: click.Parameter, text: str | None) -> datetime | None:
    """Return the moment written as ISO 8601 with its zone."""
    if text is None:
        return None
    try:
        found = datetime.fromisoformat(text)
    except ValueError as error:
        raise click.BadParameter("请写成 2026-05-20T09:00:00+08:00 这样。") from error
    if found.tzinfo is None:
        raise click.BadParameter("缺少时区，请写成 2026-05-20T09:00:00+08:00 这样。")
    try:
        return found.astimezone(SHANGHAI)
    except OverflowError as error:
        raise click.BadParameter("没有这个时间，请写成 2026-05-20T09:00:00+08:00 这样。") from error


def a_day(_context: click.Context, _parameter: click.Parameter, text: str | None) -> date | None:
    """Return the day written as 2026-06-30."""
    try:
        return None if text is None else date.fromisoformat(text.strip())
    except ValueError as error:
        raise click.BadParameter("请写成 2026-06-30 这样。") from error


def signers(_context: click.Context, _parameter: click.Parameter, text: str | None) -> dict[str, str]:
    """Return who signs, from `填报人,审核人,签发人,电话`."""
    names = ("filled_by", "checked_by", "approved_by", "phone")
    given = [one.strip() for one in (text or "").replace("，", ",").split(",")] if text else []
    if given and len(given) != len(names):
        raise click.BadParameter("请写成 填报人,审核人,签发人,电话。")
    return dict(zip(names, given, strict=False))


def pairs(_context: click.Context, _parameter: click.Parameter, given: tuple[str, ...]) -> dict[str, str]:
    """Return {name: value} from repeated `名=值`."""
    wrong = [one for one in given if "=" not in one]
    if wrong:
        raise click.BadParameter(f"“{wrong[0]}”应写成 名=值。")
    return dict(one.split("=", 1) for one in given)


def fraction(_context: click.Context, _parameter: click.Parameter, given: str | None) -> tuple[int, int] | None:
    """Return (k, n) from `k/n`."""
    if given is None:
        return None
    number, _, total = given.partition("/")
    if not (number.isascii() and number.isdigit() and total.isascii() and total.isdigit()):
        raise click.BadParameter("请写成 1/4 这样：第几批/共几批。")
    return int(number), int(total)


def records(*names: str) -> Callable[[click.Context, click.Parameter, tuple[str, ...]], list[dict[str, str]]]:
    """Return a reader of repeated `甲,乙,丙` values as records with these names."""

    def read(_context: click.Context, _parameter: click.Parameter, given: tuple[str, ...]) -> list[dict[str, str]]:
        rows = [[part.strip() for part in one.replace("，", ",").split(",")] for one in given]
        wrong = [row for row in rows if len(row) != len(names)]
        if wrong:
            raise click.BadParameter(f"“{','.join(wrong[0])}”应有 {len(names)} 项，用逗号隔开。")
        return [dict(zip(names, row, strict=True)) for row in rows]

    return read


def numbers_file(_context: click.Context, _parameter: click.Parameter, path: Path | None) -> dict[str, str]:
    """Return {source: number} from a text file of lines `来源=号码`."""
    if path is None:
        return {}
    lines = [one.strip() for one in path.read_text(encoding="utf-8-sig").splitlines()]
    return pairs(_context, _parameter, tuple(one for one in lines if one))
