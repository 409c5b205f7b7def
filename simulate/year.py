"""Plays one whole year: rosters, plans, nominations, packages, public draws, visits, publication, changes, ledger.

Everything is synthetic and follows from the seed, also the secrets and the numbers of the draws: this is a demonstration,
and a real office must never take either from a seed.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from engine.model import NotFound, Refused
from simulate import campaigns, closing, followup, reporting
from simulate.bodies import PROVINCE
from simulate.population import SCALES, population
from simulate.scene import Scene

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

NAMES = {"S": "咸宁（一市六县）", "M": "湖北（17 个市州）", "L": "湖北及 1,475 个乡镇工作站"}


def play(
    directory: Path | str,
    scale: str = "S",
    *,
    seed: int = 2026,
    year: int = 2026,
    progress: Callable[[str], None] | None = None,
) -> dict[str, Any]:
    """Play one year of `scale` S, M or L into a new or empty folder and return what a reader wants to open.

    Returns {workspaces: {unit: path}, units: [status lines], figures: [{name, unit, numerator, denominator}], bundle,
    publication, ledger, scale, seed, year, draws, lines, must_act}. Equal arguments give byte-identical templates, bundle,
    publication and ledger. `progress` gets one Chinese line per event. Nothing is written outside `directory`.
    """
    if scale not in SCALES:
        raise NotFound(f"没有规模“{scale}”。", f"可选：{'、'.join(SCALES)}。")
    lines: list[str] = []

    def say(line: str) -> None:
        lines.append(line)
        if progress:
            progress(line)

    scene = Scene(directory, population(scale, seed=seed, year=year), say)
    if scene.root.is_dir() and any(scene.root.iterdir()):
        raise Refused(f"“{scene.root}”里已有别的文件。", "请指定一个新的或空的文件夹。")
    try:
        return {**_year(scene), "lines": lines}
    finally:
        scene.close()


def _year(scene: Scene) -> dict[str, Any]:
    scene.say(
        f"演示：{scene.year} 年，{NAMES[scene.population.scale]}，种子 {scene.population.seed}；人员和机构均为虚构。"
    )
    for unit in (PROVINCE, *(city.code for city in scene.population.cities)):
        scene.open_office(unit, scene.day(1, 5))
    reporting.rosters(scene)
    plans = {unit: campaigns.plan(scene, unit) for unit in scene.offices if unit != PROVINCE}
    reporting.packages(scene, ("T02", "T03", "T07"), scene.day(3, 27))
    plans[PROVINCE] = campaigns.plan(scene, PROVINCE)
    reporting.nominations(scene)
    reporting.officers(scene)
    missing = reporting.packages(scene, ("T04",), scene.day(5, 24))
    draws = {unit: campaigns.draw(scene, unit, plans[unit], scene.day(6, 2)) for unit in scene.offices}
    for unit, one in draws.items():
        scene.say(
            f"6 月　{scene.name(unit)}：公开抽取 {len(one['drawn'])} 个对象并匹配检查组，校验{'通过' if one['is_verified'] else '不符'}。"
        )
    found = {unit: campaigns.inspect(scene, unit, one["draw"]) for unit, one in draws.items()}
    followed = {unit: followup.follow(scene, unit) for unit in scene.offices}
    cities = [unit for unit in scene.offices if unit != PROVINCE]
    for unit in scene.offices:
        closing.activities(scene, unit)
    published = {unit: closing.publish(scene, unit) for unit in scene.offices}
    changed = {unit: closing.changes(scene, unit) for unit in cities}
    filed = {unit: closing.file_changes(scene, unit) for unit in cities}
    closing.zero_reports(scene)
    reporting.packages(scene, ("T02", "T03", "T10", "T12", "T13", "T14", "T18"), scene.day(12, 22))
    ledgers = {unit: closing.ledger(scene, unit) for unit in scene.offices}
    return {
        "plans": plans,
        "missing": missing,
        "found": found,
        "followed": followed,
        "changed": changed,
        "filed": filed,
        "ledgers": ledgers[PROVINCE]["lines"],
        "p": published[PROVINCE]["lines"],
        "pc": published["421200"]["lines"],
    }
