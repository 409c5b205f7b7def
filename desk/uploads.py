"""What is dropped into a page becomes a folder of its own in a borrowed place; only the last part of a name is believed."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

from starlette.datastructures import UploadFile

from engine.files import safe_name
from engine.model import Refused

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from desk.office import Visit

FOLDER = "网页收件"
COUNT_LIMIT = 5000
_LENGTH = 70  # three bytes each, and an ending: what every disk takes as one name


def unload(visit: Visit, field: str = "files") -> Path:
    """Write the uploaded files below a fresh folder and return it; Refused when nothing was chosen.

    Files of one name go to numbered subfolders, so that both arrive. The folder stands for “what came together”: a scan
    beside a workbook is an attachment of it (decision 16).
    """
    given = [one for one in (visit.form.getlist(field) if visit.form else []) if isinstance(one, UploadFile)]
    given = [one for one in given if one.filename]
    if not given:
        raise Refused("没有选择文件。", "请选择文件、文件夹或压缩包，也可以把邮件附件拖进来。")
    target = visit.office.scratch() / FOLDER
    for one in given:
        name = file_name(one.filename or "")
        place = next(place for place in _places(target, name) if not place.exists())
        place.parent.mkdir(parents=True, exist_ok=True)
        with place.open("wb") as file:
            shutil.copyfileobj(one.file, file, 1 << 20)
    return target


def discard(folder: Path) -> None:
    """Remove an unloaded folder; what counts has been stored by then."""
    shutil.rmtree(folder.parent, ignore_errors=True)


def file_name(given: str) -> str:
    r"""Return the last part of a name a browser sent, safe on every system; its ending is kept.

    >>> file_name("附件/C:\\temp\\..\\名单.xlsx")
    '名单.xlsx'
    """
    last = given.replace("\\", "/").rsplit("/", 1)[-1]
    hidden, last = ("." if last.startswith(".") else ""), last.lstrip(".")
    stem, dot, ending = last.rpartition(".")
    return hidden + (f"{safe_name(stem, _LENGTH)}.{safe_name(ending, 10)}" if dot else safe_name(last, _LENGTH))


def _places(folder: Path, name: str) -> Iterator[Path]:
    """Yield where a file of this name may lie, without end."""
    yield folder / name
    number = 2
    while True:
        yield folder / str(number) / name
        number += 1
