"""The committed standard templates: blank, of no unit and no year; `python -m workbooks.standard` rewrites them.

They are committed so that a change of a declaration shows in a review as a changed file.
"""

from __future__ import annotations

from pathlib import Path

from schemas.loader import templates
from workbooks.template import identity_of, write

HOME = Path(__file__).parent / "templates"


def blanks() -> dict[str, bytes]:
    """Return file name -> bytes of every template that offices fill in."""
    return {
        f"{code}_{form.title}.xlsx": write(form, identity_of(form))
        for code, form in templates().items()
        if form.direction == "up" and code != "T00"
    }


def main() -> None:
    """Write the blanks into `workbooks/templates/` and remove what is no longer one."""
    made = blanks()
    HOME.mkdir(exist_ok=True)
    for path in HOME.glob("*.xlsx"):
        if path.name not in made:
            path.unlink()
    for name, data in made.items():
        (HOME / name).write_bytes(data)


if __name__ == "__main__":
    main()
