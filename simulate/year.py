"""Plays one whole year: rosters, plans, nominations, packages, public draws, visits, publication, changes, ledger.

Everything is synthetic and follows from the seed, also the secrets and the numbers of the draws: this is a demonstration,
and a real office must never take either from a seed.
"""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Any

from engine.model import NotFound, Refused
from engine.workflow import evidence
from engine.workflow.findings import Findings
from schemas import loader
from schemas.declare import Level
from simulate import campaigns, closing, daily, followup, leftover, publishing, reporting, summary, turnover
from simulate.bodies import PROVINCE, XIANNING
from simulate.offices import daily_keepers
from simulate.population import SCALES, population
from simulate.scene import Scene

if TYPE_CHECKING:
    from collections.abc import Callable

NAMES = {"S": "咸宁（一市六县）", "M": "湖北（17 个市州）", "L": "湖北及 1,475 个乡镇工作站"}
RESULTS = ("T02", "T03", "T10", "T12", "T13", "T14", "T18")


def play(
    directory: Path | str,
    scale: str = "S",
    *,
    seed: int = 2026,
    year: int = 2026,
    years: int = 1,
    progress: Callable[[str], None] | None = None,
) -> dict[str, Any]:
    """Play the year `year` of `scale` S, M or L into a new or empty folder and return what a reader wants to open.

    years: how many years in a row, the last of them `year`; each but the first begins with what the one before left (R65)
    and lies in a folder of its own. Returns {scale, seed, year, first, workspaces: {unit: path}, units: [status lines],
    levels, figures: [{name, unit, numerator, denominator}], draws: {unit: {draw, sizes, …}}, carried, left, repeats,
    bundle, publication, ledger, missing, lines, must_act} of the last year, and `earlier`: the same of those before it.
    Equal arguments give byte-identical templates, bundle, publication and ledger. `progress` gets one Chinese line per
    event. Nothing is written outside `directory`. Raises NotFound for an unknown scale and Refused for a full folder.
    """
    if scale not in SCALES:
        raise NotFound(f"没有规模“{scale}”。", f"可选：{'、'.join(SCALES)}。")
    lines: list[str] = []
    root = Path(directory)

    def say(line: str) -> None:
        lines.append(line)
        if progress:
            progress(line)

    if root.is_dir() and any(root.iterdir()):
        raise Refused(f"“{root.resolve()}”里已有别的文件。", "请指定一个新的或空的文件夹。")
    people = population(scale, seed=seed, year=year - years + 1)
    played: list[dict[str, Any]] = []
    for one in range(people.year, year + 1):
        before = {unit: Path(path) for unit, path in played[-1]["workspaces"].items()} if played else None
        scene = Scene(root / str(one) if years > 1 else root, people, say, before=before, goes_on=one < year)
        try:
            played.append({"scale": scale, "seed": seed, "year": one, "first": year - years + 1, **_year(scene)})
        finally:
            scene.close()
        people = turnover.next_year(people) if one < year else people
    *earlier, last = played
    return {**last, "earlier": earlier, "lines": lines}


def _year(scene: Scene) -> dict[str, Any]:
    """Play spring, summer and winter in this order, say what happened, and return the summary."""
    people = scene.population
    scene.say(f"演示 {scene.year} 年：{NAMES[people.scale]}，种子 {people.seed}。人员、机构和号码均为虚构。")
    for unit in (PROVINCE, *(city.code for city in people.cities)):
        scene.open_office(unit, scene.day(1, 5))
    _excuse_absent(scene)
    _take_over(scene)
    missing = _spring(scene)
    draws, left = _summer(scene)
    ledgers = _winter(scene)
    lines = summary.units(scene)
    figures = summary.figures(scene, lines, ledgers)
    province = scene.offices[PROVINCE]
    repeats = {unit: len(Findings(office).repeats(scene.day(12, 31).date())) for unit, office in scene.offices.items()}
    if scene.before:
        scene.say(f"12 月　与上年同一对象、同一事项的问题 {repeats[PROVINCE]} 个。")
    audits = {unit: evidence.audit(office) for unit, office in scene.offices.items()}
    sound = sum(bool(one["ok"]) for one in audits.values())
    scene.say(f"核对　{sound}/{len(audits)} 个工作文件夹的原件、台账库和日志逐字节相符。")
    found = {
        "folder": str(scene.root),
        "workspaces": {unit: str(office.root) for unit, office in scene.offices.items()},
        "units": lines,
        "levels": summary.levels(lines),
        "figures": figures,
        "draws": draws,
        "missing": missing,
        "carried": scene.carried,
        "settled": scene.settled,
        "typed": dict(scene.typed),
        "left": left,
        "repeats": repeats,
        "bundle": draws[PROVINCE]["bundle"],
        "publication": str(province.root / publishing.SITE),
        "ledger": ledgers[PROVINCE]["ledger"],
        "must_act": bool(missing) or sound < len(audits),
    }
    _where_to_look(scene, found)
    return found


def _take_over(scene: Scene) -> None:
    """Say what the year begins with."""
    if not scene.before:
        return
    carried = scene.carried[PROVINCE]
    scene.say(
        f"1 月　从 {scene.year - 1} 年结转：检查对象 {carried['targets']} 个（从未检查 {carried['never_inspected']} 个），"
        f"未了问题 {carried['unfinished']['problems']} 个、移送 {carried['unfinished']['transfers']} 件、"
        f"任务 {carried['unfinished']['tasks']} 个。"
    )


def _settle(scene: Scene) -> None:
    """Let every office end what the year before left open."""
    if not scene.before:
        return
    scene.settled = {unit: leftover.settle(scene, unit) for unit in scene.offices}
    sums = {kind: sum(one[kind] for one in scene.settled.values()) for kind in ("problems", "transfers", "tasks")}
    scene.say(f"3 月　了结上年问题 {sums['problems']} 个、移送 {sums['transfers']} 件、任务 {sums['tasks']} 个。")


def _excuse_absent(scene: Scene) -> None:
    """Where only one city is played, record that the province expects nothing from the others in this demonstration."""
    played, office = set(scene.offices), scene.offices[PROVINCE]
    with office.store.transaction():
        for one in loader.children(PROVINCE):
            if one.level is Level.CITY and one.code not in played:
                for duty in office.policy.duties:
                    if one.level in duty.reporters:
                        note = {"reason": "演示只演一个市"}
                        office.store.put_document("excuse", f"{one.code}/{duty.template}", note, scene.day(1, 5))


def _spring(scene: Scene) -> list[str]:
    """Rosters, plans, nominations and packages; return the units whose nominations are missing from the packages."""
    reporting.items(scene)
    reporting.rosters(scene)
    reporting.differentiation(scene)
    _settle(scene)
    for city in scene.population.cities:
        campaigns.plan(scene, city.code)
    reporting.packages(scene, ("T02", "T03", "T07", "T17"), scene.day(3, 27))
    campaigns.plan(scene, PROVINCE)
    scene.say(f"3 月　年度抽查计划：省级 1 份，市（州）{len(scene.population.cities)} 份，随名录打包报省厅。")
    reporting.nominations(scene)
    reporting.officers(scene)
    missing = reporting.packages(scene, ("T04",), scene.day(5, 24))
    absent = "、".join(scene.name(unit) for unit in missing)
    scene.say(f"5 月　市（州）汇总后打包报省厅{f'，注明尚缺：{absent}' if absent else '，各单位均已报齐'}。")
    return missing


def _summer(scene: Scene) -> tuple[dict[str, dict[str, Any]], dict[str, dict[str, int]]]:
    """Draw in every office, send the teams out, follow up; return what each draw says of itself and what stays open."""
    draws = {unit: campaigns.draw(scene, unit) for unit in scene.offices}
    for name, inside in _groups(scene):
        drawn = sum(len(draws[unit]["drawn"]) for unit in inside)
        verdict = "复核通过" if all(draws[unit]["is_verified"] for unit in inside) else "复核不符"
        scene.say(f"6 月　{name}公开抽取：锁定名单后抽中 {drawn} 个对象，随机匹配检查组，{verdict}。")
    found = {unit: campaigns.inspect(scene, unit, one["draw"]) for unit, one in draws.items()}
    for name, inside in _groups(scene):
        counts: Counter[str] = Counter()
        for unit in inside:
            counts.update(found[unit])
        shown = "，".join(f"{result} {counts[result]}" for result in sorted(counts))
        scene.say(f"6—10 月　{name}检查 {counts.total()} 次：{shown}。")
    visits = daily.inspect(scene)
    scene.say(f"11 月　{len(daily_keepers(scene.population))} 个县（市、区）报来日常检查 {visits} 次，单独统计。")
    followed = {unit: followup.follow(scene, unit) for unit in scene.offices}
    totals = sum((Counter(one) for one in followed.values()), Counter())
    scene.say(
        f"11 月　发现问题 {totals['problems']} 个，已整改复查 {totals['rectified']} 个，移送 {totals['transferred']} 件。"
    )
    left = {
        unit: {
            "problems": one["problems"] - one["rectified"],
            "transfers": one["pending"],
            "tasks": int(scene.goes_on and unit == XIANNING),
        }
        for unit, one in followed.items()
    }
    return draws, left


def _groups(scene: Scene) -> list[tuple[str, list[str]]]:
    """Return whom a line speaks of: the province, 咸宁, and all other cities together."""
    rest = [unit for unit in scene.offices if unit not in (PROVINCE, XIANNING)]
    groups = [(scene.name(PROVINCE), [PROVINCE]), (scene.name(XIANNING), [XIANNING])]
    return [*groups, (f"其余 {len(rest)} 个市（州）", rest)] if rest else groups


def _winter(scene: Scene) -> dict[str, dict[str, Any]]:
    """Publish everything once more, file changes, pass the results up, close the books; return the ledgers."""
    for unit in scene.offices:
        closing.activities(scene, unit)
    published = {unit: publishing.publish(scene, unit, scene.day(12, 4, 10)) for unit in scene.offices}
    scene.say(f"12 月　{len(published)} 个机关在各自网站集中公示全年检查结果 {sum(published.values())} 项。")
    cities = [city.code for city in scene.population.cities]
    filed = 0
    for unit in cities:
        closing.changes(scene, unit)
        filed += closing.file_changes(scene, unit)
    closing.zero_reports(scene)
    scene.say(f"12 月　动态调整备案 {filed} 条；省级协会零报告。")
    reporting.packages(scene, RESULTS, scene.day(12, 22))
    ledgers = {unit: closing.ledger(scene, unit) for unit in scene.offices}
    for one in ledgers[PROVINCE]["figures"]:
        if one["unit"] == PROVINCE and one["name"] in ("抽查比例", "机构覆盖率", "公示率", "按时公示率", "整改率"):
            scene.say(
                f"12 月　{one['name']}：{one['numerator']}/{one['denominator']}" + _withheld(ledgers[PROVINCE], one)
            )
    return ledgers


def _withheld(ledger: dict[str, Any], rate: dict[str, Any]) -> str:
    """Say beside the rate of publication why it counts fewer results than there were inspections (R14, R37)."""
    (count,) = (one["numerator"] for one in ledger["figures"] if (one["unit"], one["name"]) == (PROVINCE, "批准不公示"))
    if rate["name"] != "公示率" or not count:
        return ""
    return f"（检查 {rate['denominator'] + count} 次，其中 {count} 项依法经批准不公示，不计入分母）"


def _where_to_look(scene: Scene, found: dict[str, Any]) -> None:
    """Say what to open first."""
    known = loader.units()
    scene.say("请打开：")
    scene.say(f"  年度台账　{found['ledger']}")
    scene.say(f"  公示网页　{found['publication']}/index.html")
    scene.say(f"  抽取记录　{found['bundle']}（复核：taizhang verify 该文件夹）")
    scene.say(f"  退回件　　{scene.offices[XIANNING].root / '退回'}")
    scene.say(f"  往来文件　{scene.root / '往来文件'}（{known[XIANNING].short_name}等收到的邮件附件）")
