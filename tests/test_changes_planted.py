"""Changes planted in rosters of 1,200 bodies and 1,200 officers are found, all of them and nothing else."""

from __future__ import annotations

import random

import pytest

from engine import changes
from schemas import loader

ROWS = 1200
RENAMED = {one.code: one.successor for one in loader.divisions().values() if one.successor}

Change = tuple[str, str, str | None, str | None]


def bodies() -> list[dict[str, object]]:
    """Return synthetic bodies; every tenth sits in a division that has since been renamed or merged."""
    old = sorted(RENAMED)
    return [
        {
            "target_id": f"O-{n:05d}",
            "name": f"示例公证处{n:05d}",
            "division": old[n // 10 % len(old)] if n % 10 == 0 else "421221",
            "supervisor": "421200",
            "practice_state": "正常执业",
            "is_in_roster": True,
        }
        for n in range(ROWS)
    ]


def officers() -> list[dict[str, object]]:
    """Return synthetic officers without a life-long key: the certificate number is all that names them."""
    return [
        {"name": f"示例{n:05d}", "certificate_no": f"42{n:09d}", "unit_code": "421221", "post": "科员"}
        for n in range(ROWS)
    ]


def plant_bodies(rng: random.Random) -> tuple[list[dict[str, object]], set[Change]]:
    """Return the roster of the next year and what was done to it: (subject, kind, old, new)."""
    after, truth = [], set()
    for row in bodies():
        now, name = dict(row), str(row["target_id"])
        # A renamed or merged division moves everybody in it; that is no change of theirs.
        now["division"] = RENAMED.get(str(row["division"]), row["division"])
        match rng.choices(("none", "rename", "move", "close", "merge", "remove"), (50, 10, 10, 10, 10, 10))[0]:
            case "rename":
                now["name"] = f"{row['name']}（更名）"
                truth.add((name, changes.EDITED, str(row["name"]), str(now["name"])))
            case "move":
                now["supervisor"] = "420700"
                truth.add((name, changes.MOVED_IN, "421200", "420700"))
            case "close":
                now["practice_state"] = "注销"
                truth.add((name, changes.REMOVED, "正常执业", "注销"))
            case "merge":
                truth |= {(name, changes.REMOVED, None, None), (f"{name}-M", changes.ADDED, None, None)}
                now["target_id"] = f"{name}-M"
            case "remove":
                truth.add((name, changes.REMOVED, None, None))
                continue
        after.append(now)
    for n in range(100):
        after.append({**bodies()[1], "target_id": f"N-{n:05d}", "name": f"新设公证处{n:05d}"})
        truth.add((f"N-{n:05d}", changes.ADDED, None, None))
    rng.shuffle(after)
    return after, truth


def plant_officers(rng: random.Random) -> tuple[list[dict[str, object]], set[Change]]:
    """Return next year's officers and what was done; a new certificate number is an edit of the same person."""
    after, truth = [], set()
    for row in officers():
        now, name = dict(row), str(row["certificate_no"])
        match rng.choices(("none", "certificate", "move", "post", "remove"), (50, 15, 15, 10, 10))[0]:
            case "certificate":
                now["certificate_no"] = f"43{name[2:]}"
                truth.add((str(now["certificate_no"]), changes.EDITED, name, str(now["certificate_no"])))
            case "move":
                now["unit_code"] = "421222"
                truth.add((name, changes.MOVED_IN, "421221", "421222"))
            case "post":
                now["post"] = "股长"
                truth.add((name, changes.EDITED, "科员", "股长"))
            case "remove":
                truth.add((name, changes.REMOVED, None, None))
                continue
        after.append(now)
    rng.shuffle(after)
    return after, truth


def found(before: list[dict[str, object]], after: list[dict[str, object]], template: str, sheet: str) -> list[Change]:
    rows = changes.compare(before, after, template=template, sheet=sheet, register="名录", divisions=loader.divisions())
    return [(row["subject_id"], row["change_type"], row["old_value"], row["new_value"]) for row in rows]


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize(
    ("roster", "plant", "template", "sheet"),
    [(bodies, plant_bodies, "T02", "targets"), (officers, plant_officers, "T04", "inspectors")],
    ids=["bodies", "officers"],
)
def test_precision_and_recall_are_at_least_999_in_1000(roster, plant, template, sheet, seed) -> None:
    after, truth = plant(random.Random(seed))
    told = found(roster(), after, template, sheet)
    right = sum(one in truth for one in told)
    assert len(truth) > 400
    assert len(told) == len(set(told)), "one change is told once"
    assert right >= 0.999 * len(told), sorted(set(told) - truth)[:5]
    assert right >= 0.999 * len(truth), sorted(truth - set(told), key=str)[:5]


def test_renamed_divisions_are_among_the_planted() -> None:
    assert RENAMED
    assert sum(row["division"] in RENAMED for row in bodies()) == ROWS // 10
