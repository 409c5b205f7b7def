"""Summer and autumn: plans, the two draws, task packets, what the teams found, what was put right, what was passed on."""

from __future__ import annotations

import hashlib
from datetime import date
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from engine import campaign, transfer
from engine.workflow import collect, conduct
from schemas import loader
from simulate import daily, leftover, pen, publishing, requests
from simulate.bodies import PROVINCE, XIANNING
from simulate.inspections import after, visited, working
from simulate.offices import associations_of, cover
from simulate.people import person, stream
from simulate.scene import file_name

if TYPE_CHECKING:
    from datetime import datetime

    from simulate.offices import Row
    from simulate.scene import Scene

WITNESSES = 4
DIGITS = 10


def plan(scene: Scene, unit: str) -> None:
    """Let an office complete its pre-filled plan, approve it and enter it; the province after its cities (R26, R27)."""
    first, last = (28, 31) if unit == PROVINCE else (20, 25)
    on, shown = (working(scene.day(3, day).date()) for day in (first, last))
    when = scene.day(on.month, on.day)
    office, name = scene.offices[unit], loader.units()[unit].short_name
    folder = scene.root / "往来文件" / "计划草案"
    blank = Path(conduct.plan(office, at=when, out=folder / unit)["written"]).read_bytes()
    proposed = pen.read(blank)["plans"]
    approver = cover(scene.population, unit, when.date())["approved_by"]
    rows: list[Row] = [
        {
            "draw_on": _on(scene, 0).date().isoformat(),
            "starts_on": scene.day(6, 8).date().isoformat(),
            "lead_unit": f"{name}公共法律服务管理{'处' if unit == PROVINCE else '科'}",
            "approved_by": approver,
            "approved_on": when.date().isoformat(),
            "published_on": shown.isoformat(),
            **({} if _has_experts(scene, unit) else {"expert_count": 0}),
        }
        for _ in proposed[:1]
    ]
    # The plan for persons is left to the province, which samples them everywhere.
    rows += [dict.fromkeys(row) for row in proposed[1:]]
    data = pen.fill(blank, rows={"plans": rows}, cover=cover(scene.population, unit, when.date()))
    scene.receive(unit, [scene.mail(unit, when.date(), unit, file_name(scene, "T07", unit), data)], when)


def _has_experts(scene: Scene, unit: str) -> bool:
    """Say whether an association reports experts to this office; directly governed cities have none."""
    return bool(associations_of(scene.population, unit))


def secret(scene: Scene, *labels: str) -> bytes:
    """Return a secret of the demonstration. A real office takes it from the system's random source, never from a seed."""
    text = "/".join(("演示", str(scene.population.seed), *labels))
    return hashlib.sha256(text.encode()).digest()


def draw(scene: Scene, unit: str) -> dict[str, Any]:
    """Freeze, publish the commitment, draw targets and teams in public, verify, and return what the draw says of itself."""
    office, plan_id = scene.offices[unit], f"{unit}-{scene.year}-P01"
    when = _on(scene, 0)
    rng = stream(scene.population.seed, "witness", unit, scene.year)
    witnesses = [f"{role}{person(rng).name}" for role in ("见证人", "监督员", "人大代表", "公证员")][:WITNESSES]
    secrets = campaign.Secrets(
        holders=(secret(scene, plan_id, "A"), secret(scene, plan_id, "B")), salt=secret(scene, plan_id, "salt")
    )
    holders = scene.root / "保管人" / plan_id
    holders.mkdir(parents=True, exist_ok=True)
    ceremony = when.replace(hour=15)
    if collect.status(office, at=when)["stale"]:
        # What came in after the deadline was accepted and is part of the roster; nobody is left out of a draw for it.
        collect.consolidate(office, at=when)
    frozen = conduct.freeze(
        office,
        plan_id,
        at=when,
        secrets=secrets,
        holders=holders,
        witnesses=witnesses,
        ceremony_at=ceremony.isoformat(timespec="seconds"),
    )
    numbers = {one: "".join(str(rng.randrange(10)) for _ in range(DIGITS)) for one in frozen["sources"]}
    files = [Path(one) for one in frozen["holders"]]
    drawn = conduct.draw(office, frozen["draw"], at=ceremony, numbers=numbers, holders=files)
    teams = conduct.assign(office, frozen["draw"], at=ceremony.replace(minute=20), holders=files)
    if teams.get("ok") is False:
        raise RuntimeError("\n".join(teams["lines"]))
    if unit == XIANNING:
        _replace_the_ill(scene, frozen["draw"], teams["teams"][0], files)
    checked = conduct.verify(Path(teams["bundle"]))
    return {
        "draw": frozen["draw"],
        "commitment": frozen["commitment"],
        "sizes": frozen["sizes"],
        "drawn": drawn["drawn"],
        "bundle": teams["bundle"],
        "is_verified": checked["ok"],
    }


def _replace_the_ill(scene: Scene, name: str, team: dict[str, Any], holders: list[Path]) -> None:
    """Let one officer of 咸宁 fall ill before a visit: application, approval, and the next code names the substitute (R58)."""
    office, when = scene.offices[XIANNING], _on(scene, 1, 10)
    ill, request = team["inspectors"][-1], f"{XIANNING}-{scene.year}-Q01"
    requests.approved(
        scene,
        when,
        request_id=request,
        request_type="人员不能参加",
        reference=name,
        subject_id=ill,
        change_reason="长期病假",
        explanation="住院治疗，不能参加本次检查",
        replacement_mode="重新随机",
    )
    conduct.replace(
        office, name, at=when.replace(hour=15), target=team["target"], person=ill, request=request, holders=holders
    )
    scene.say("6 月　咸宁市一名检查人员因病不能参加：凭批准的变更申请，由下一个校验码随机递补。")


def inspect(scene: Scene, unit: str, name: str) -> dict[str, int]:
    """Send the teams out, type in what they found, and receive the records; return counts by outcome."""
    office = scene.offices[unit]
    when, season = _on(scene, 3), (scene.day(6, 8).date(), scene.day(10, 16).date())
    dispatched = conduct.dispatch(office, name, at=when, out=office.root / "任务" / name)
    records = sorted(Path(one) for one in dispatched["files"] if one.endswith("_检查记录.xlsx"))
    found: dict[str, int] = {}
    sent, due = [], []
    if scene.goes_on and unit == XIANNING:
        task = pen.read(records.pop().read_bytes())["results"][0]
        due.append((leftover.asked_on(scene), partial(leftover.postpone, scene, task)))
    for path in records:
        blank = path.read_bytes()
        rows = pen.read(blank)
        task = rows["results"][0]
        competent = transfer.authority(unit, str(task["target_type"]), office.policy)
        row, points = visited(
            task,
            rows["checklist"],
            seed=scene.population.seed,
            season=season,
            may_transfer=competent != unit,
            busy=scene.busy,
        )
        row = daily.withheld(scene, unit, row)
        scene.typed["found"] += sum(bool(one["has_problem"]) for one in points)
        found[str(row["result"])] = found.get(str(row["result"]), 0) + 1
        day = date.fromisoformat(str(row["entered_on"]))
        if row.get("nonpublic_request"):
            due.append((day, partial(daily.ask_to_withhold, scene, row, day)))
        data = pen.fill(blank, rows={"results": [row], "checklist": points}, cover=cover(scene.population, unit, day))
        sent.append((day, scene.mail(unit, day, unit, path.name, data)))
    publishing.hand_in(scene, unit, sent, due)
    return found


def _on(scene: Scene, days: int, hour: int = 9) -> datetime:
    """Return a moment so many working days after the draw, which is on 2 June or the first working day after it."""
    day = after(working(scene.day(6, 2).date()), days)
    return scene.day(day.month, day.day, hour)
