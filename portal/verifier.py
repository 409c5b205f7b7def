"""The offline page on which a citizen re-computes a draw: `verify.html`, alone or with a bundle inside."""

from __future__ import annotations

import base64
import json
from importlib.resources import files as folder_of
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

_PLACE = '<script type="application/json" id="{}">null</script>'


def page(files: Mapping[str, bytes] | None = None, roster: Iterable[Mapping[str, Any]] | None = None) -> bytes:
    """Return the page; without `files` it asks for a folder, with them it verifies at once.

    files: file name -> bytes of a bundle (`engine.draw.bundle_files`), embedded as text, or as `{base64}` where they are
    not UTF-8.  roster: the published register as `{id, excluded?}` rows (check `rosters.published`).  The page without a
    bundle is the one to list among a bundle's attachments: no file can hold itself.
    """
    text = folder_of(__package__).joinpath("verify.html").read_text(encoding="utf-8")
    if files is not None:
        text = _put(text, "bundle", {name: _packed(files[name]) for name in sorted(files)})
    if roster is not None:
        text = _put(text, "roster", [{"excluded": row.get("excluded"), "id": row["id"]} for row in roster])
    return text.encode()


def _put(text: str, place: str, value: object) -> str:
    # A script element ends at the first "</", whatever its type; in JSON text the bracket can be written as an escape.
    data = json.dumps(value, ensure_ascii=False, separators=(",", ":")).replace("<", "\\u003c")
    before, mark, after = text.partition(_PLACE.format(place))
    if not mark:
        raise ValueError(place)
    return before + mark.replace("null", data, 1) + after


def _packed(data: bytes) -> object:
    try:
        return data.decode()
    except UnicodeDecodeError:
        return {"base64": base64.b64encode(data).decode()}
