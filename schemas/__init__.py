"""What is asked: templates, code lists, units, calendar, policy and issue texts as TOML and CSV, and one loader."""

from importlib.resources import files

from schemas.declare import SchemaError

HOME = files(__name__)
if not (HOME / "sheets").is_dir():
    raise SchemaError(f"another distribution owns the name 'schemas': {HOME}")

__all__ = ["HOME", "SchemaError"]
