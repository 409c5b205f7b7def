"""One call of a command: the workspace it works in, the time that holds for it, and how its answer is shown."""

from __future__ import annotations

from datetime import datetime
from functools import cached_property
from typing import TYPE_CHECKING, Any

import click

from console.arguments import SHANGHAI

if TYPE_CHECKING:
    from pathlib import Path

    from engine.workspace import Workspace


class Call:
    """One call of a command: where, when, for whom. `show` prints a value and ends with the exit status it asks for."""

    def __init__(self, directory: Path, at: datetime | None, *, as_json: bool) -> None:
        self.directory, self.as_json = directory, as_json
        self.clock = "supplied" if at else "system"
        self.at = at or datetime.now(SHANGHAI)

    @cached_property
    def workspace(self) -> Workspace:
        """The workspace in `-C` or the current folder."""
        from engine.workspace import Workspace

        found = Workspace(self.directory, clock=self.clock)
        click.get_current_context().call_on_close(found.close)
        return found

    @property
    def workspace_if_any(self) -> Workspace | None:
        """The workspace, or None outside of one: `templates` and `adopt` work anywhere."""
        return self.workspace if (self.directory / "taizhang.toml").is_file() else None

    @property
    def year(self) -> int:
        """The year of the workspace, or the current one outside of a workspace."""
        return self.workspace.year if self.workspace_if_any else self.at.year

    def tell(self, value: Any) -> None:
        """Print the value as text or JSON."""
        from engine import report

        click.echo(report.to_json(value) if self.as_json else report.text(value))

    def show(self, value: Any) -> None:
        """Print the value as text or JSON and leave with its status."""
        from engine import report

        self.tell(value)
        click.get_current_context().exit(report.status(value))

    def now(self) -> datetime:
        """The moment of each thing a long-running command does: the clock, or the one time that was supplied."""
        return self.at if self.clock == "supplied" else datetime.now(SHANGHAI)
