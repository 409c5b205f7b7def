"""Every date a played year tells, read from what lies in its folders, and the order they must stand in.

Nothing here asks the engine: `told` reads mail, ledger, website and record of the draw, `contradictions` compares days.
"""

import json
import re
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from itertools import pairwise
from pathlib import Path

import openpyxl

from engine.workspace import Workspace
from schemas import loader

SHEETS = {
    "T02": "targets",
    "T03": "practitioners",
    "T07": "plans",
    "T10": "results",
    "T12": "rectifications",
    "T13": "transfers",
    "T14": "changes",
    "T16": "requests",
    "T18": "activities",
}
SPOKEN = re.compile(r"(\d{4})年(\d{1,2})月(\d{1,2})日 (\d{1,2})时(\d{2})分")


def told(found, unit):
    """Return what one office was told and tells: {template: rows with `_at`, the moment of receipt}, ledger sheets by
    title, `site` and `editions`, `draws`, `tasks`, `officers`, `journal` (moments in the order of the lines) and `year`.
    """
    root = Path(found["workspaces"][unit])
    with Workspace(root) as office:
        facts = {code: office.store.accepted_rows(code, sheet) for code, sheet in SHEETS.items()}
        facts["tasks"] = office.store.documents("task")
        facts["officers"] = office.store.register("T04", "inspectors").to_dict("records")
        facts["editions"] = list(office.store.documents("publication").values())
        facts["journal"] = [line.at for line in office.store.lines()]
    (ledger,) = (root / "台账").glob("*年度台账.xlsx")
    facts["site"] = json.loads((root / "公示" / "网站" / "data" / "results.json").read_text(encoding="utf-8"))
    facts["draws"] = {path.name: _draw(path / "bundle") for path in (root / "抽取").iterdir()}
    facts["ledger"] = {sheet.title: _rows(sheet) for sheet in openpyxl.load_workbook(ledger)}
    return {**facts, "year": found["year"], "unit": unit}


def _draw(bundle):
    """Return when one draw was committed, made, and when somebody was replaced, as its published record says."""
    reveals = json.loads((bundle / "otc.json").read_text(encoding="utf-8"))["reveals"]
    lines = (bundle / "replacements.jsonl").read_text(encoding="utf-8").splitlines()
    return {
        "committed": json.loads((bundle / "commit.json").read_text(encoding="utf-8"))["created_at"],
        "revealed": [one["at"] for one in reveals if one["stage"] == "draw"],
        "assigned": [one["at"] for one in reveals if one["stage"] == "assign"],
        "replaced": [json.loads(line)["at"] for line in lines],
    }


def _rows(sheet):
    _, _, _, heads, *cells = sheet.iter_rows(values_only=True)
    return [dict(zip(heads, one, strict=False)) for one in cells if any(value not in (None, "") for value in one)]


def moment(value) -> datetime:
    """Return a day, a stamp or a moment in words as a moment; a day alone is its first one."""
    spoken = SPOKEN.fullmatch(str(value))
    if spoken:
        return datetime(*(int(part) for part in spoken.groups()))
    return datetime.fromisoformat(str(value)).replace(tzinfo=None)


def day(value) -> date:
    """Return the day of anything `moment` reads."""
    return moment(value).date()


def ordered(subject, *steps) -> Iterator[str]:
    """Yield where one of the steps (name, day) lies before an earlier one; what has not happened has no day."""
    known = [(name, day(value)) for name, value in steps if value not in (None, "")]
    for (before, one), (after, other) in pairwise(known):
        if other < one:
            yield f"{subject}: {after} {other} before {before} {one}"


def equal(subject, one, other) -> Iterator[str]:
    """Yield that two papers say different things of one subject."""
    if (one or "") != (other or ""):
        yield f"{subject}: {one} here, {other} there"


def worked(subject, *days) -> Iterator[str]:
    """Yield days on which nobody works."""
    for one in days:
        kind, _ = loader.holidays().get(one, ("", ""))
        if one and (kind == "off" or (day(one).weekday() > 4 and kind != "work")):
            yield f"{subject}: {one} is a day of rest"


def contradictions(facts) -> list[str]:
    """Return every pair of dates of one office that cannot both be true, as sentences; [] when there is none."""
    return [
        *_procedure(facts),
        *_visits(facts),
        *_officers(facts),
        *_published(facts),
        *_problems(facts),
        *_transfers(facts),
        *_papers(facts),
        *_reports(facts),
    ]


def _procedure(facts):
    """Plan, commitment, draw, teams, replacement, dispatch: in this order, and the ledger names the same moment."""
    plans = {row["plan_id"]: row for row in facts["T07"]}
    indexed = {row["抽取编号"]: row for row in facts["ledger"]["抽取记录索引"]}
    for name, one in facts["draws"].items():
        plan = plans[name.rpartition("-")[0]]
        sent = [task["dispatched_at"] for task in facts["tasks"].values() if task["draw_id"] == name]
        (drawn,), (teams,) = one["revealed"], one["assigned"]
        yield from ordered(
            name,
            ("plan approved", plan["approved_on"]),
            ("plan published", plan["published_on"]),
            ("names locked", one["committed"]),
            ("drawn", drawn),
            ("teams", teams),
            ("replaced", max(one["replaced"], default=None)),
            ("dispatched", min(sent)),
            ("window opens", plan["starts_on"]),
            ("window closes", plan["ends_on"]),
        )
        yield from equal(f"{name} planned for", plan["draw_on"], drawn[:10])
        yield from equal(f"{name} in the ledger", moment(indexed[name]["抽取时间"]), moment(drawn))
        yield from worked(name, plan["approved_on"], plan["draw_on"], drawn[:10], teams[:10], min(sent)[:10])
        if moment(one["committed"]) >= moment(drawn):
            yield f"{name}: drawn before the names were locked"


def _visits(facts):
    """Dispatch, visit, approval, entry, receipt; within the window; with a valid certificate, at a licensed body."""
    plans = {row["plan_id"]: row for row in facts["T07"]}
    longer = {row["reference"]: row["new_value"] for row in facts["T16"] if row["request_type"] == "检查延期"}
    valid = {str(row["certificate_no"]): row["certificate_valid_to"] for row in facts["officers"]}
    bodies = {row["target_id"]: row for row in (*facts["T02"], *facts["T03"])}
    shown = {row["任务编号"]: row for row in facts["ledger"]["结果明细"]}
    for row in facts["T10"]:
        name, task = row["task_id"], facts["tasks"].get(row["task_id"], {})
        plan, body = plans.get(task.get("plan_id"), {}), bodies[row["target_id"]]
        yield from ordered(
            name,
            ("licensed", body.get("licence_issued_on") or body.get("first_licensed_on")),
            ("dispatched", task.get("dispatched_at")),
            ("window opens", plan.get("starts_on")),
            ("visit begins", row["inspected_from"]),
            ("visit ends", row["inspected_to"]),
            ("approved", row["approved_on"]),
            ("entered", row["entered_on"]),
            ("received", row["_at"]),
        )
        yield from ordered(
            name, ("visit ends", row["inspected_to"]), ("window closes", longer.get(name) or plan.get("ends_on"))
        )
        yield from ordered(name, ("visit ends", row["inspected_to"]), ("licence ends", body.get("licence_valid_to")))
        for number in re.findall(r"（(\d+)）", row["inspectors"]):
            yield from ordered(
                f"{name} {number}", ("visit ends", row["inspected_to"]), ("certificate ends", valid.get(number))
            )
        yield from worked(name, *(row[key] for key in ("inspected_from", "inspected_to", "approved_on", "entered_on")))
        yield from equal(f"{name} in the ledger", shown[name]["检查日期"], row["inspected_to"])


def _officers(facts):
    """Nobody is on two visits on one day."""
    seen = {}
    for row in facts["T10"]:
        for number in re.findall(r"（(\d+)）", row["inspectors"]):
            for on in {row["inspected_from"], row["inspected_to"]}:
                other = seen.setdefault((number, on), row["task_id"])
                if other != row["task_id"]:
                    yield f"{number}: on {on} at {other} and at {row['task_id']}"


def _published(facts):
    """Published after receipt and as the website says; late exactly when its day was over; all of it again in December."""
    results = {row["task_id"]: row for row in facts["T10"]}
    site = {(row["被检查对象"], row["检查日期"]): row["公示日期"] for row in facts["site"]}
    own = loader.units()[facts["unit"]].name
    standing = set()
    for row in facts["ledger"]["公示明细"]:
        name, on = row["任务编号"], row["公示日期"]
        result = results[name]
        yield from ordered(name, ("approved", result["approved_on"]), ("to publish by", row["公示截止日"]))
        yield from equal(f"{name} late", row["超20个工作日"], "是" if on and day(on) > day(row["公示截止日"]) else "否")
        if row["检查机关"] == own:
            standing |= {name} if on else set()
            yield from ordered(name, ("received", result["_at"]), ("published", on))
            yield from equal(f"{name} on the website", site.get((row["对象名称"], result["inspected_to"])), on)
        else:
            yield from ordered(name, ("entered", result["entered_on"]), ("published", on))
    *_, last = facts["editions"]
    yield from equal("published again in December", (last["on"][5:7], sorted(last["tasks"])), ("12", sorted(standing)))


def _problems(facts):
    """A term after the finding, a re-check after the finding and before the report, and as many days late as they lie apart."""
    results = {row["task_id"]: row for row in facts["T10"]}
    shown = {row["问题编号"]: row for row in facts["ledger"]["整改与复查"]}
    for row in facts["T12"]:
        name, found = row["problem_id"], results.get(row["task_id"])
        if found is None:  # a matter of the year before, which no sheet of this year counts
            yield from ordered(name, ("re-checked", row["rechecked_on"]), ("reported", row["_at"]))
            continue
        yield from ordered(name, ("found", found["inspected_to"]), ("term", row["rectify_by"]))
        yield from ordered(
            name, ("found", found["approved_on"]), ("re-checked", row["rechecked_on"]), ("reported", row["_at"])
        )
        end = day(row["rechecked_on"] or f"{facts['year']}-12-31")
        yield from equal(f"{name} days late", shown[name]["逾期天数"], max(0, (end - day(row["rectify_by"])).days))
        yield from equal(f"{name} term", shown[name]["整改期限"], row["rectify_by"])
        yield from equal(f"{name} re-checked", shown[name]["复查日期"], row["rechecked_on"])
        if row["is_closed"] == "是" and not row["rechecked_on"]:
            yield f"{name}: closed without a re-check"
        if row["rechecked_on"]:
            days = max(0, (end - day(row["rectify_by"])).days)
            yield from equal(f"{name} days late as typed", int(row["overdue_days"] or 0), days)


def _transfers(facts):
    """Passed on within a week, received, opened, decided within ninety days, published, told; withheld only while it is open."""
    results = {row["task_id"]: row for row in facts["T10"]}
    shown = {row["移送编号"]: row for row in facts["ledger"]["移送立案"]}
    for row in facts["T13"]:
        name, found = row["transfer_id"], results.get(row["task_id"], {})
        yield from ordered(
            name,
            ("found", found.get("approved_on")),
            ("passed on", row["transferred_on"]),
            ("received", row["received_on"]),
            ("case opened", row["filed_on"]),
            ("decided", row["decided_on"]),
            ("decision published", row["decision_published_on"]),
            ("told", row["feedback_on"]),
            ("reported", row["_at"]),
        )
        if row["filed_on"] and day(row["decided_on"] or f"{facts['year']}-12-31") > day(row["filed_on"]) + timedelta(
            days=90
        ):
            yield f"{name}: no decision within ninety days of the opened case"
        if not found:
            continue
        if day(row["transferred_on"]) > day(found["approved_on"]) + timedelta(days=7):
            yield f"{name}: passed on more than a week after the finding"
        if found["nonpublic_reason"] == "正在立案调查" and row["decided_on"]:
            yield f"{name}: withheld for an investigation that is over"
        yield from equal(f"{name} in the ledger", shown[name]["移送日期"], row["transferred_on"])


def _papers(facts):
    """Requests are decided after they were made, changes take effect before they are filed and are filed by 30 December."""
    for row in facts["T16"]:
        yield from ordered(
            row["request_id"], ("applied", row["applied_on"]), ("decided", row["decided_on"]), ("entered", row["_at"])
        )
        yield from ordered(row["request_id"], ("decided", row["decided_on"]), ("takes effect", row["effective_on"]))
    for row in facts["T14"]:
        yield from ordered(
            row["_key"],
            ("takes effect", row["effective_on"]),
            ("filed", row["_at"]),
            ("last day", f"{facts['year']}-12-30"),
        )
    changed = [*facts["ledger"]["对象库变动"], *facts["ledger"]["人员库变动"]]
    shown = {(row["编号"], row["变更字段"] or ""): row["生效日期"] for row in changed}
    for row in facts["T14"]:
        on = shown.get((row["subject_id"], row["changed_field"] or ""))
        if on or row["_unit"] == facts["unit"]:  # a province keeps no register of the experts of its cities
            yield from equal(row["_key"], on, row["effective_on"])
    for code in ("T02", "T03"):
        for row in facts[code]:
            yield from ordered(row["target_id"], ("published", row["published_on"]), ("reported", row["_at"]))
    for row in facts["T18"]:
        yield from ordered(row["topic"], ("held", row["held_on"]), ("reported", row["_at"]))


def _reports(facts):
    """Received before accepted, late exactly when it came after its day; the journal never goes back in time."""
    for row in facts["ledger"]["报送时效"]:
        name, first = f"{row['单位']} {row['表号']}", row["首次收到"]
        if first:
            yield from ordered(name, ("received", first), ("accepted", row["通过时间"]))
            yield from equal(f"{name} late", row["是否逾期"], "是" if day(first) > day(row["截止日"]) else "否")
    for one, other in pairwise(facts["journal"]):
        if moment(other) < moment(one):
            yield f"journal: {other} after {one}"
