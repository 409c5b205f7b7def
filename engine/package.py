"""What goes up: one zip with the workbooks of this level, the originals they rest on, a letter, a summary and a manifest.

It enters the level above through the same intake; the manifest names every file with its hash and every row with its origin.
Equal input gives equal bytes.
"""

from __future__ import annotations

import io
import json
import zipfile
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from engine.arrivals import MANIFEST, ORIGINALS
from engine.files import sha256

if TYPE_CHECKING:
    from collections.abc import Mapping

FORMAT = "taizhang-package/1"
REPORTS = "报送/"
_MOMENT = (2026, 1, 1, 0, 0, 0)


@dataclass(slots=True, kw_only=True)
class Package:
    """The parts of a package by name, and what its manifest says beside the hashes."""

    facts: dict[str, Any]
    parts: dict[str, bytes] = field(default_factory=dict)

    def add(self, name: str, data: bytes) -> None:
        """Add one part."""
        self.parts[name] = data

    def bytes(self) -> bytes:
        """Return the zip: names sorted, times fixed, the manifest first."""
        manifest = {"format": FORMAT, **self.facts, "files": listing(self.parts)}
        text = json.dumps(manifest, ensure_ascii=False, indent=1, sort_keys=True)
        out = io.BytesIO()
        with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
            for name, data in [(MANIFEST, text.encode()), *sorted(self.parts.items())]:
                info = zipfile.ZipInfo(name, _MOMENT)
                info.compress_type = zipfile.ZIP_DEFLATED
                info.external_attr = 0o644 << 16
                archive.writestr(info, data)
        return out.getvalue()


def listing(parts: Mapping[str, bytes]) -> list[dict[str, Any]]:
    """Return name, hash and size of every part, by name."""
    return [{"name": name, "sha256": sha256(data), "size": len(data)} for name, data in sorted(parts.items())]


def original_name(digest: str, file: str) -> str:
    """Return where an original stands in a package: under its hash, with the ending people need to open it."""
    ending = file.rsplit(".", 1)[-1].lower() if "." in file else ""
    return f"{ORIGINALS}{digest}{'.' + ending if ending.isalnum() and len(ending) < 6 else ''}"
