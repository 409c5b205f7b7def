"""What a play hands back: status lines, figures with numerator and denominator, and where to look."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from engine.workflow import collect
from schemas import loader
from simulate.bodies import PROVINCE, XIANNING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from simulate.scene import Scene

COLUMNS = (
    "unit",
    "unit_name",
    "level",
    "template",
    "expected",
    "received",
    "on_time",
    "accepted",
    "accepted_on_time",
    "returned",
    "missing",
    "rows",
    "state",
)
NOMINATIONS = (("T06", "县级推荐执法检查人员"), ("T06b", "协会推荐专家"))


def units(scene: Scene) -> list[dict[str, Any]]:
    """Return who owed what and how it ended: the lines of every office's board, the receiver named in `to`."""
    found = []
    for receiver, office in scene.offices.items():
        board = collect.status(office, at=scene.day(12, 31, 18))
        found += [{**{name: line[name] for name in COLUMNS}, "to": receiver} for line in board["units"]]
    return found


def levels(lines: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return expected, received, on time and accepted per template and level of the reporter."""
    groups: dict[tuple[str, str], dict[str, Any]] = {}
    for line in lines:
        one = groups.setdefault(
            (line["template"], line["level"]),
            {"template": line["template"], "level": line["level"], **dict.fromkeys(FIVE, 0), "missing": []},
        )
        for name in FIVE:
            one[name] += line[name]
        if not line["accepted"]:
            one["missing"].append(line["unit"])
    return [groups[key] for key in sorted(groups)]


FIVE = ("expected", "received", "on_time", "accepted", "accepted_on_time")


def figures(scene: Scene, lines: list[dict[str, Any]], ledgers: Mapping[str, dict[str, Any]]) -> list[dict[str, Any]]:
    """Return the figures of the ledgers and the counts a reader asks for first: reports per level, nominees of 咸宁."""
    found: list[dict[str, Any]] = []
    for one in levels(lines):
        title = f"{loader.template(one['template']).title}（{LEVELS[one['level']]}）"
        for name, label in (("received", "收到"), ("on_time", "按时"), ("accepted", "通过")):
            found.append(_figure(f"{title}{label}", PROVINCE, one[name], one["expected"]))
    for code, label in NOMINATIONS:
        own = [line for line in lines if line["template"] == code and line["to"] == XIANNING]
        quota = sum(2 if code == "T06" else 3 for _ in own)
        found.append(_figure(label, XIANNING, sum(line["rows"] for line in own), quota))
    for unit in (PROVINCE, *(one for one in scene.offices if one != PROVINCE)):
        figures = [one for one in ledgers[unit]["figures"] if one["unit"] == unit]
        found += [_figure(one["name"], unit, one["numerator"], one["denominator"]) for one in figures]
    return found


LEVELS = {
    "province": "省级",
    "city": "市州",
    "county": "县级",
    "zone": "功能区",
    "province_association": "省协会",
    "city_association": "市协会",
    "centre": "省中心",
}


def _figure(name: str, unit: str, numerator: int, denominator: int | None) -> dict[str, Any]:
    return {"name": name, "unit": unit, "numerator": numerator, "denominator": denominator}
