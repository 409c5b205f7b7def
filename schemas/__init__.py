"""What is asked: templates, code lists, units, calendar, policy and issue texts as TOML and CSV, and one loader."""

from __future__ import annotations

import csv
import io
from importlib.resources import files

from schemas.declare import SchemaError

HOME = files(__name__)
if not (HOME / "sheets").is_dir():
    raise SchemaError(f"another distribution owns the name 'schemas': {HOME}")


def table(*names: str) -> list[dict[str, str]]:
    """Return the lines of a CSV file of this package, by heading; `names` lead to it."""
    return list(csv.DictReader(io.StringIO(HOME.joinpath(*names).read_text(encoding="utf-8-sig"))))


__all__ = ["HOME", "SchemaError", "table"]
