"""Requests (T16) as 咸宁 files them: applied for, agreed to and entered on one day."""

from __future__ import annotations

from typing import TYPE_CHECKING

from simulate.bodies import XIANNING
from simulate.offices import cover
from simulate.scene import file_name

if TYPE_CHECKING:
    from datetime import datetime

    from simulate.offices import Row
    from simulate.scene import Scene


def approved(scene: Scene, when: datetime, **asked: object) -> None:
    """Enter an approved request of 咸宁; `asked` are the columns that say what it is about (T16)."""
    on = when.date()
    signed = cover(scene.population, XIANNING, on)
    decided: Row = {
        "applicant": signed["filled_by"],
        "applied_on": on.isoformat(),
        "opinion": "同意",
        "decided_by": signed["approved_by"],
        "decided_on": on.isoformat(),
        "is_approved": True,
    }
    data = scene.filled("T16", XIANNING, {"requests": [{**asked, **decided}]}, on)
    scene.receive(XIANNING, [scene.mail(XIANNING, on, XIANNING, file_name(scene, "T16", XIANNING), data)], when)
