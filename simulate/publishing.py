"""When results are handed in and published: all through the season within twenty working days, and all of them again in December.

谁检查、谁录入、谁公开: every office publishes its own (R35-R37; X27). A round takes in what was handed in since the last one.
"""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

from engine.workflow import publishing
from simulate.bodies import PROVINCE
from simulate.inspections import after, working

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import datetime
    from pathlib import Path

    from simulate.scene import Scene

REVIEWER = "审查员"
SITE = "公示/网站"
ROUND = 20
"""Working days from one round to the next: as long as the earliest result of a round may wait (X27)."""
HALF = 10
"""Working days from one day on which records are received to the next."""


def rounds(year: int) -> list[tuple[date, bool]]:
    """Return the days on which records are received, and whether results are published that day; December is not among them.

    Visits begin on 8 June at the earliest and are signed three days later, so the first round is early enough for all of them.
    """
    days, day = [], working(date(year, 6, 18))
    while day < date(year, 11, 20):
        days.append(day)
        day = after(day, HALF)
    return [(day, place % (ROUND // HALF) == 1) for place, day in enumerate(days)]


def hand_in(
    scene: Scene, unit: str, sent: Sequence[tuple[date, Path]], due: Sequence[tuple[date, Callable[[], None]]]
) -> None:
    """Receive the records of an office as they come, publish in rounds what is new, and do what is `due` in between.

    sent: (day of entry, file). due: (day, what the office does then), such as filing a request.
    """
    waiting, acts, is_new = sorted(sent), sorted(due, key=lambda one: one[0]), False
    for day, is_round in [*rounds(scene.year), (working(date(scene.year, 11, 23)), False)]:
        while acts and acts[0][0] <= day:
            acts.pop(0)[1]()
        batch = [path for entered, path in waiting if entered <= day]
        waiting = [one for one in waiting if one[0] > day]
        if batch:
            scene.receive(unit, sorted(batch), scene.day(day.month, day.day, 10))
        is_new |= bool(batch)
        if is_round and is_new:
            publish(scene, unit, scene.day(day.month, day.day, 15))
            is_new = False
    if waiting:
        raise RuntimeError(f"{unit}: {len(waiting)} records came after the last day.")


def publish(scene: Scene, unit: str, when: datetime) -> int:
    """Publish what an office inspected and nothing forbids; return how many results its page then shows."""
    office = scene.offices[unit]
    found = publishing.publish(office, at=when, out=office.root / SITE, reviewer=REVIEWER, url=address(scene, unit))
    if found.get("ok") is False:
        raise RuntimeError("\n".join(found["lines"]))
    return int(found["published"])


def address(scene: Scene, unit: str) -> str:
    """Return where the portal of an office shows its results of the year; an example domain, nobody's."""
    host = "sft" if unit == PROVINCE else f"sfj{unit}"
    return f"https://{host}.example.gov.cn/ssjyg/{scene.year}/results.html"
