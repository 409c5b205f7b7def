"""A new year begins with what the old one leaves: read the old workspace, write everything at once into the new (R65).

The old workspace is only read, in a copy of its database, so that not even a schema upgrade touches it.
"""

from __future__ import annotations

import sqlite3
import tempfile
import tomllib
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

from engine import journal, parameters, rollover, waivers
from engine.changes import REGISTERS as COMPARED
from engine.files import sha256
from engine.journal import canonical
from engine.model import EngineError, NotFound, Refused
from engine.values import by, text
from engine.workflow.findings import Findings
from engine.workspace import DATABASE, MARK, Workspace
from schemas import loader

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import datetime

Row = dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Taken:
    """Everything one old year leaves; `editions`: {"T02/targets": [(digest, rows)…]}, the base first.

    `own`: the parameters the office had set, in words; they rest on last year's document and are only told, not taken over.
    """

    unit: str
    year: int
    ledger: str | None
    open_year: str
    head: Row
    editions: dict[str, list[Row]]
    identifiers: dict[str, dict[str, str]]
    contacts: Row | None
    documents: dict[str, Any] = field(default_factory=dict)
    own: tuple[str, ...] = ()


def read(directory: Path, unit: str, year: int, *, at: datetime, open_year: str = "") -> Taken:
    """Return what the workspace in `directory` leaves to `unit` for `year`; nothing in it is changed.

    Raises NotFound when there is no workspace, Refused when it is of another office or not of the year before, when its
    journal is broken, or when its year is not closed by a ledger and `open_year` gives no reason.
    """
    with _copy(Path(directory), unit, at) as old:
        if (old.unit.code, old.year) != (unit, year - 1):
            raise Refused(
                f"“{directory}”是{old.unit.name} {old.year} 年的工作文件夹，不能结转到 {unit} {year} 年。",
                "只能由同一单位的上一年度结转。",
            )
        lines = old.store.lines()
        broken = journal.broken(lines)
        if broken:
            raise Refused(f"旧年度的日志不完整：{broken[0]}。", f"请先用 taizhang -C {directory} audit 查明。")
        ledger = _closed(lines, open_year)
        return Taken(
            unit=unit,
            year=old.year,
            ledger=ledger,
            open_year=open_year,
            head={"lines": len(lines), "head": lines[-1].hash if lines else journal.GENESIS},
            editions=_editions(old, at),
            identifiers={code: old.store.identifiers(code) for code in ("T04", "T05")},
            contacts=old.store.document("contacts", "current"),
            documents=_documents(Findings(old), at),
            own=tuple(parameters.named(one, unit) for one in (old.store.document(*parameters.OWN) or {}).values()),
        )


@contextmanager
def _copy(directory: Path, unit: str, at: datetime) -> Iterator[Workspace]:
    """Open a copy of mark and database of a workspace; a renamed office is opened under the name it has now."""
    mark = directory / MARK
    if not mark.is_file():
        raise NotFound(f"“{directory}”不是工作文件夹。", "--from 请给出上一年度的工作文件夹。")
    try:
        given = tomllib.loads(mark.read_text(encoding="utf-8"))
        was, year, url = str(given["unit"]), int(given["year"]), str(given.get("url", ""))
    except (tomllib.TOMLDecodeError, KeyError, ValueError) as error:
        raise EngineError(f"“{mark}”内容有误：{error}。", "应写明 unit（单位代码）和 year（年度）。") from error
    now = rollover.current(was, at.date().isoformat())
    if now not in loader.units():
        raise Refused(f"旧年度的单位“{was}”现在不存在，也没有登记并入哪个单位。", f"新年度的单位是 {unit}，请核对。")
    with tempfile.TemporaryDirectory() as place:
        home = Path(place)
        lines = [f'unit = "{now}"', f"year = {year}", *([f'url = "{url}"'] if url else [])]
        (home / MARK).write_text("\n".join(lines), encoding="utf-8")
        if not url:
            _copy_database(directory / DATABASE, home / DATABASE)
        with Workspace(home) as old:
            yield old


def _copy_database(source: Path, target: Path) -> None:
    """Copy the database in one consistent state without writing beside it; one at rest is not even locked."""
    if not source.is_file():
        raise NotFound(f"“{source.parent}”里没有台账库。", "--from 请给出完整的工作文件夹。")
    is_at_rest = not source.with_name(f"{source.name}-wal").exists()
    mode = "immutable=1" if is_at_rest else "mode=ro"
    uri = f"{source.resolve().as_uri()}?{mode}"
    with closing(sqlite3.connect(uri, uri=True)) as old, closing(sqlite3.connect(target)) as new:
        old.backup(new)


def _closed(lines: list[journal.Line], open_year: str) -> str | None:
    """Return the digest of the ledger that closes the year; Refused when it is open and nobody says why that is all right."""
    import json

    ledger = next((line for line in reversed(lines) if line.event == "ledger"), None)
    late = [line for line in lines if ledger and line.number > ledger.number and line.event == "received"]
    if ledger is not None and not late:
        return json.loads(ledger.body)["sha256"]
    if not open_year:
        why = f"年度台账之后又收到 {len(late)} 件" if ledger else "还没有年度台账"
        raise Refused(
            f"旧年度没有关账：{why}。", "请先在旧工作文件夹运行 taizhang ledger -o 台账，或用 --open-year 写明理由。"
        )
    return None


def _editions(old: Workspace, at: datetime) -> dict[str, list[Row]]:
    """Return per register sheet the edition that was last filed and the newest one, rows as they stand now."""
    findings, on = Findings(old), at.date().isoformat()
    filed = findings.filed().get("editions", {})
    owes = any(one.template == "T14" and old.unit.level in one.reporters for one in old.policy.duties)
    found = {}
    for code in rollover.REGISTERS:
        for sheet in loader.template(code).sheets:
            newest = old.store.edition(code, sheet.name)
            if newest is None:
                continue
            name, wanted = f"{code}/{sheet.name}", newest["version"]
            if sheet.name in {one for template, one, _ in COMPARED if template == code}:
                # What changed after the last filing has still to be filed; a year without a filing leaves all of it. Who
                # files nothing (the province) begins anew.
                wanted = filed.get(code) or (1 if owes else wanted)
            versions = dict.fromkeys((wanted, newest["version"]))
            found[name] = [_edition(old, code, sheet.name, version, on) for version in versions]
    return found


def _edition(old: Workspace, code: str, sheet: str, version: int, on: str) -> Row:
    bodies = rollover.bodies(old.store, code, sheet, version)
    rows, count = rollover.mapped(code, sheet, bodies, on)
    return {"version": version, "digest": rollover.digest_of(code, sheet, bodies), "rows": rows, "mapped": count}


def _documents(findings: Findings, at: datetime) -> dict[str, Any]:
    """Return the bodies of the documents of kind `carried` (docs/architecture.md, Roll-over)."""
    year, before = findings.ws.year, findings.carried
    filed = findings.filed()
    end = date(year, 12, 31)
    requests = findings.requests()
    problems = [rollover.problem(row, year) for row in findings.problems(end)]
    matters = findings.matters(end)
    known = {**before.open("tasks"), **by(findings.standing_tasks(), "task_id")}
    tasks = rollover.unfinished_tasks(list(known.values()), findings.results, requests)
    unfinished = {
        "problems": [row for row in problems if not row["is_closed"]]
        + [rollover.problem(row, year) for row in matters["problems"] if not row["is_closed"]],
        "transfers": [
            _plain(row)
            for row in (*findings.transfers, *_unsent(findings, end), *matters["transfers"])
            if not rollover.is_over(row)
        ],
        "tasks": tasks,
        "requests": [
            _plain(row)
            for row in (
                *rollover.prolonging(requests, tasks),
                *rollover.changes_left(requests, findings.unshown(date(year + 1, 12, 31)), filed.get("requests", ())),
            )
        ],
    }
    ended = {text(row["problem_id"]): bool(row["is_closed"]) for row in matters["problems"]}
    earlier = [{**row, "is_closed": ended.get(text(row["problem_id"]), row["is_closed"])} for row in before.problems]
    leave = [
        row for row in findings.waiving() if any(one.until >= f"{year + 1}-01-01" for one in waivers.granted([row]))
    ]
    return {
        "visits": findings.known_visits(),
        "problems": [*earlier, *problems],
        "publications": rollover.unpublished(findings.entries(end), findings.published()),
        "unfinished": unfinished,
        "waivers": [_plain(row) for row in leave],
    }


def _unsent(findings: Findings, end: date) -> list[Row]:
    """Return the transfers that this office's results ask for and nobody filed: none is forgotten with the year (R15)."""
    filed = {text(row.get("transfer_id")) for row in findings.transfers}
    return [row for row in findings.own_transfers(end) if row["transfer_id"] not in filed]


def _plain(row: Row) -> Row:
    """Return a row without references into the old store, except who reported it."""
    return {key: value for key, value in row.items() if not key.startswith("_") or key == "_unit"}


# ---- into the new workspace ------------------------------------------------------------------------------------------


def write(ws: Workspace, taken: Taken, *, at: datetime) -> Row:
    """Write what was taken into the new workspace, all or nothing; the same call again changes nothing.

    What was published in the old folder since is noted, and nothing else (R14). Refused when something else was carried
    before or the year has already begun.
    """
    source = _source(taken)
    known = ws.store.document(rollover.KIND, "source")
    if known is not None and known != source:
        if not _only_published(known, source):
            raise Refused("本年度已经结转过，来源与这次不同。", "结转只做一次；确需重做的，请另建工作文件夹。")
        return _note_published(ws, taken, at)
    if known is None:
        begun = [one for code in rollover.REGISTERS for one in ws.store.submissions(code)]
        if begun or any(ws.store.edition(*name.split("/")) for name in taken.editions):
            raise Refused("本年度已经收到名录，不能再结转。", "请在收表之前结转，或另建工作文件夹。")
        _keep(ws, taken, source, at)
    return _told(taken, source, is_new=known is None)


def _only_published(known: Row, now: Row) -> bool:
    """Return whether the old year went on only to publish what was left: its registers and other matters are as they were."""
    loose = {"ledger", "open_year", "journal", "documents"}
    return all(known[key] == now[key] for key in known.keys() - loose) and all(
        now["documents"].get(name) == digest for name, digest in known["documents"].items() if name != "publications"
    )


def _note_published(ws: Workspace, taken: Taken, at: datetime) -> Row:
    """Keep which of the results left unpublished were published (or approved not to be) in the old folder since."""
    carried = rollover.carried(ws.store)
    left = {text(row["task_id"]) for row in taken.documents["publications"]}
    done = {name: carried.published.get(name, {"on": at.date().isoformat()}) for name in carried.open("publications")}
    done = {name: body for name, body in done.items() if name not in left}
    if done != carried.published:
        ws.store.put_document(rollover.KIND, rollover.PUBLISHED, done, at)
    waiting = [row for row in taken.documents["publications"] if row["task_id"] in carried.open("publications")]
    return {
        "year": taken.year,
        "is_new": False,
        "published": sorted(done),
        "unpublished": [row["task_id"] for row in waiting],
        "lines": [
            f"此前已从 {taken.year} 年结转，其余没有改动；结转时未公示的结果已办 {len(done)} 项，还有 {len(waiting)} 项。",
            *_waiting(waiting),
        ],
    }


def _waiting(rows: Sequence[Row]) -> list[str]:
    return [
        f"    {row['task_id']} {row['target_name']}（{loader.units()[row['unit']].name}，公示截止日 {row['due_on']}）"
        for row in rows
    ]


def _source(taken: Taken) -> Row:
    registers = {
        f"{template}/{sheet}": {
            "version": editions[-1]["version"],
            "digest": editions[-1]["digest"],
            "edition": len(editions),
            "carried": rollover.digest_of(template, sheet, editions[-1]["rows"]),
            "mapped": editions[-1]["mapped"],
        }
        for (template, sheet), editions in ((name.split("/"), held) for name, held in taken.editions.items())
    }
    return {
        "unit": taken.unit,
        "year": taken.year,
        "ledger": taken.ledger,
        "open_year": taken.open_year or None,
        "journal": taken.head,
        "registers": registers,
        "documents": {name: sha256(canonical(body).encode()) for name, body in taken.documents.items()},
    }


def _keep(ws: Workspace, taken: Taken, source: Row, at: datetime) -> None:
    with ws.store.transaction():
        for name, editions in taken.editions.items():
            template, sheet = name.split("/")
            for one in editions:
                ws.store.put_edition(template, sheet, rollover.digest_of(template, sheet, one["rows"]), one["rows"], at)
        for code, given in taken.identifiers.items():
            ws.store.put_identifiers(code, given, at)
        for name, body in taken.documents.items():
            ws.store.put_document(rollover.KIND, name, body, at)
        ws.store.put_document(rollover.KIND, "source", source, at)
        if taken.contacts:
            ws.store.put_document("contacts", "current", taken.contacts, at)
        # The registers are now older than whatever arrives next: the board says so until they are consolidated.
        ws.store.put_document("consolidation", "current", [], at)
        digests = {name: one["carried"] for name, one in source["registers"].items()}
        ws.store.note(
            rollover.KIND,
            {
                "unit": taken.unit,
                "year": taken.year,
                "journal": taken.head["head"],
                "source": sha256(canonical(source).encode()),
                "registers": digests,
            },
            at,
        )


def _told(taken: Taken, source: Row, *, is_new: bool) -> Row:
    """Return what was carried as counts and as lines for people."""
    rows = {name: len(editions[-1]["rows"]) for name, editions in taken.editions.items()}
    visits, unfinished = taken.documents["visits"], taken.documents["unfinished"]
    never = sum(not one["last_inspected_on"] for one in visits.values())
    unpublished = taken.documents["publications"]
    counts = {name: len(found) for name, found in unfinished.items()}
    changed = sum(one["mapped"] for one in source["registers"].values())
    titles = {code: loader.template(code).title for code in rollover.REGISTERS}
    lines = [
        f"已从 {taken.year} 年结转（{'年度台账 ' + taken.ledger[:16] if taken.ledger else '未关账：' + taken.open_year}）。"
        if is_new
        else f"此前已从 {taken.year} 年结转，没有改动。",
        *(
            f"  {titles[name.split('/')[0]]}：{count} 行"
            for name, count in rows.items()
            if name.split("/")[1] == loader.template(name.split("/")[0]).sheets[0].name
        ),
        f"  检查记录：{len(visits)} 个对象，其中 {never} 个从未检查",
        f"  未了事项：问题 {counts['problems']} 个，移送 {counts['transfers']} 件，任务 {counts['tasks']} 个",
        *(
            [
                f"  上年结果尚未公示 {len(unpublished)} 项，请在上年的工作文件夹 publish，公示后再用 init --from 读一次：",
                *_waiting(unpublished),
            ]
            if unpublished
            else []
        ),
        f"  仍有效的规则豁免 {len(taken.documents['waivers'])} 项",
        *(
            [f"  上年自定的参数不结转，仍适用的请用 parameters --set 重新设定：{'；'.join(taken.own)}"]
            if taken.own
            else []
        ),
        *([f"  因区划更名或合并而改写 {changed} 行"] if changed else []),
    ]
    return {
        "year": taken.year,
        "ledger": taken.ledger,
        "open_year": taken.open_year or None,
        "is_new": is_new,
        "registers": rows,
        "targets": len(visits),
        "never_inspected": never,
        "unfinished": counts,
        "unpublished": [row["task_id"] for row in unpublished],
        "waivers": len(taken.documents["waivers"]),
        "mapped": changed,
        "own_parameters": list(taken.own),
        "lines": lines,
    }
