"""What the law wants gone: one original by its hash, or everything whose term is over (R62; decision 31).

An erased original leaves a tombstone with reason, basis and approver; rows, issues, receipt and returned copy go with it. Hashes,
receipt numbers and the journal stay, so `audit` still proves the rest. Registers, draws and publications are records of their
own and are not touched.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from sqlalchemy import delete, insert, select, update

from engine import archive as keeping
from engine import results, rollover
from engine.audit import tombstone_digest
from engine.journal import append
from engine.lifecycle import ACCEPTED
from engine.model import NotFound, Refused
from engine.tables import arrivals, editions, edits, issues, originals, submissions, tables, tombstones
from engine.values import text
from engine.workspace import DATABASE, ORIGINALS

if TYPE_CHECKING:
    from datetime import date, datetime

    from sqlalchemy import Connection

    from engine.workspace import Workspace

Row = dict[str, Any]
HOLD = "hold"
NOMINATIONS, USED, RECEIPTS = "nominations", "originals", "receipts"
KINDS = (NOMINATIONS, USED, RECEIPTS)
"""What can be disposed of one by one; registers, draws, tasks and publications go to the archive as a year."""


def erase(
    ws: Workspace, sha256: str, *, at: datetime, reason: str, basis: str, approver: str, in_use: bool = False
) -> Row:
    """Erase an original and what was read from it; return {sha256, number, erased: [sha256], lines}.

    The mail or archive it came in goes too: whatever else was in there is kept by itself. Raises NotFound for a file that was
    never received, Refused without reason, basis and approver, under a hold, or while its content counts or an unfinished
    matter needs it and nobody said `in_use`: rosters and figures would lose rows that nothing replaces.
    """
    grave = {"at": at, "reason": reason, "basis": basis, "approver": approver}
    _require(grave)
    with ws.store.transaction() as connection:
        whole, number = _named(connection, sha256)
        if (kept := ws.store.document(HOLD, whole)) and not kept["is_released"]:
            raise Refused(
                f"原件 {whole[:16]}… 已登记暂缓销毁：{kept['reason']}。", "先用 taizhang hold --release 解除。"
            )
        counting, why = _use(ws, whole, number, at.date())
        if (counting or why) and not in_use:
            shown = "；".join(
                (*(f"{code} 的 {rows} 行正在使用" for code, rows in counting.items()), *([why] if why else []))
            )
            raise Refused(
                f"原件 {whole[:16]}… 还不能删除：{shown}。",
                "请先由报送单位重报更正，或经上级同意撤回（T16 报送撤回），再删除旧件；依法必须立即删除的，加 --in-use。",
            )
        gone = [whole, *_containers(connection, whole)]
        for digest in gone:
            _bury(ws, connection, digest, grave)
    ws.deliver()
    lines = [
        f"已删除原件 {whole[:16]}…（回执号 {number}）及其内容、回执和退回件，删除记录已存。",
        *([f"装有它的邮件或压缩包 {len(gone) - 1} 件一并删除，其中其他文件各自留存。"] if gone[1:] else []),
        *(
            f"！{code} 的 {rows} 行不再计入名录和统计：请重新 consolidate，并通知报送单位。"
            for code, rows in counting.items()
        ),
        *([] if counting else ["现行名录、抽取和公示不引用它。"]),
    ]
    return {"sha256": whole, "number": number, "erased": gone, "lines": lines + _backups(ws)}


def _use(ws: Workspace, digest: str, number: str, on: date) -> tuple[dict[str, int], str]:
    """Return template -> rows of an original that count now, and the unfinished matter that needs it, '' for none."""
    filed = [one for one in ws.store.submissions() if one["sha256"] == digest]
    counting: dict[str, int] = {}
    for one in filed:
        if one["state"] == ACCEPTED and one["rows"]:
            counting[one["template"]] = counting.get(one["template"], 0) + int(one["rows"])
    row = {"sha256": digest, "number": number}
    return counting, _needed(ws, [row], {digest: filed}, on).get(digest, "")


def destroy(
    ws: Workspace,
    *,
    at: datetime,
    kind: str = NOMINATIONS,
    appraisal: str = "",
    reason: str = "",
    basis: str = "",
    approver: str = "",
    is_confirmed: bool = False,
) -> Row:
    """List what of one kind has outlived its term and is to go; erase it once that is confirmed.

    {due, held, erased, lines, must_act}; rows of due and held: {sha256, number, file, unit, template, until, basis, why}, `why`
    names what still needs a held one. kind: one of KINDS; what its term wants reviewed goes only on an `appraisal` (who found
    it worthless, when, number), which becomes part of the basis. basis: that of the term unless given. Of `receipts` the
    receipts and returned copies go and their originals stay: `erased` (hashes of originals) is empty then. Raises Refused without reason, approver or appraisal.
    """
    if kind not in KINDS:
        raise NotFound(f"没有类别“{kind}”。", f"可以销毁的类别：{'、'.join(KINDS)}。")
    if not is_confirmed:
        return _listed(kind, *_due(ws, at.date(), kind))
    with ws.store.transaction() as connection:
        due, held = _due(ws, at.date(), kind)
        if not due:
            return _listed(kind, due, held)
        grave = {"at": at, "reason": reason, "basis": _basis(kind, basis, appraisal), "approver": approver}
        _require(grave)
        erased: list[str] = []
        if kind == RECEIPTS:
            _clear(ws, due, grave)
        else:
            named = [row["sha256"] for row in due]
            around = [one for digest in named for one in _containers(connection, digest)]
            erased = list(dict.fromkeys((*named, *around)))
        for digest in erased:
            _bury(ws, connection, digest, grave)
    ws.deliver()
    beside = len(erased) - len(due)
    done = f"已依法销毁{keeping.terms()[kind].title} {len(due)} 件" + (
        f"，连同装有它们的邮件或压缩包 {beside} 件：" if beside > 0 else "："
    )
    lines = [done, *(f"  {_line(row)}" for row in due), *_withheld(held), *_backups(ws)]
    return {"due": due, "held": held, "erased": erased, "lines": lines, "must_act": False}


def _basis(kind: str, given: str, appraisal: str) -> str:
    """Return the basis of a disposal: that of the term unless given, and the appraisal where the term wants one."""
    term = keeping.terms()[kind]
    if term.then != "review":
        return given or term.basis
    if not appraisal.strip():
        raise Refused(
            f"{term.title}到期后须先鉴定，鉴定为无保存价值的才能销毁。",
            "请用 --appraisal 写明鉴定意见：谁鉴定、何时、文号。",
        )
    return f"{given or term.basis}；鉴定：{appraisal.strip()}"


def _listed(kind: str, due: list[Row], held: list[Row]) -> Row:
    term = keeping.terms()[kind]
    lines = [f"到期的{term.title} {len(due)} 件：" if due else f"没有到期的{term.title}。"]
    lines += [*(f"  {_line(row)}" for row in due), *_withheld(held)]
    if due:
        more = " --appraisal 鉴定意见" if term.then == "review" else ""
        step = "经鉴定无保存价值、" if more else ""
        lines.append(f"逐件核对无误，{step}经批准后，加 --yes --reason 理由 --approver 批准人{more} 再执行一次。")
    return {"due": due, "held": held, "erased": [], "lines": lines, "must_act": bool(due)}


def _withheld(held: list[Row]) -> list[str]:
    return [f"  暂不销毁：{_line(row)}：{row['why']}" for row in held]


def hold(ws: Workspace, name: str, *, at: datetime, reason: str, approver: str, is_released: bool = False) -> Row:
    """Keep an original from being erased, or let it go again; a release also ends what an unfinished matter keeps.

    name: receipt number or SHA-256. Returns what is kept, with `lines`. Raises NotFound, or Refused without reason or approver.
    """
    if not (reason.strip() and approver.strip()):
        raise Refused("暂缓销毁和解除都须写明理由和批准人。", "请补全 --reason、--approver。")
    with ws.store.transaction() as connection:
        whole, number = _named(connection, name)
        body = {"sha256": whole, "reason": reason, "approver": approver, "is_released": is_released}
        ws.store.put_document(HOLD, whole, body, at)
    words = "已解除暂缓销毁" if is_released else "已登记暂缓销毁"
    return {**body, "number": number, "lines": [f"{words}：原件 {whole[:16]}…（回执号 {number}）。"]}


def graves(ws: Workspace) -> list[Row]:
    """Return what was erased by law, oldest first: {sha256, number, reason, basis, approver, at}."""
    with ws.store.reading() as connection:
        numbers = dict(connection.execute(select(arrivals.c.sha256, arrivals.c.number)).all())
        found = connection.execute(select(tombstones).order_by(tombstones.c.at, tombstones.c.sha256)).mappings()
        return [{**row, "number": numbers.get(row["sha256"], "")} for row in found]


def unused(ws: Workspace) -> set[str]:
    """Return the hashes of the nominations nobody used: neither current, nor ever quoted by a register."""
    with ws.store.reading() as connection:
        bodies = connection.execute(select(editions.c.body)).scalars()
        quoted = {str(row.get("sha256", "")) for body in bodies for row in json.loads(body)}
    return keeping.unused(ws.store.submissions(), quoted)


# ---- what is due, and what is still needed ---------------------------------------------------------------------------


def _due(ws: Workspace, on: date, kind: str) -> tuple[list[Row], list[Row]]:
    """Return what of one kind has outlived its term (originals, or what was written about them), and what of it is still needed."""
    until = keeping.terms()[kind].until(ws.year)
    if until == keeping.FOR_EVER or until >= on.isoformat():
        return [], []
    nominations, filed = unused(ws), ws.store.submissions()
    with ws.store.reading() as connection:
        kept = set(connection.execute(select(originals.c.sha256)).scalars()) - _gone(ws, connection)
        numbers = dict(connection.execute(select(arrivals.c.sha256, arrivals.c.number)).all())
    by_hash: dict[str, list[Row]] = {}
    for one in filed:
        by_hash.setdefault(str(one["sha256"]), []).append(one)
    written = _written(ws) if kind == RECEIPTS else set()
    found = []
    for digest in sorted(kept, key=lambda one: (numbers.get(one, ""), one)):
        number = numbers.get(digest, "")
        term = keeping.kind_of(f"{ORIGINALS}/{digest}", nominations)
        if number in written if kind == RECEIPTS else term is not None and term.kind == kind:
            first = by_hash.get(digest, [{}])[0]
            row = {"sha256": digest, "number": number, "until": until, "basis": keeping.terms()[kind].basis}
            found.append({**row, **{name: text(first.get(name)) for name in ("file", "unit", "template")}})
    reasons = _needed(ws, found, by_hash, on) if found else {}
    due = [{**row, "why": ""} for row in found if row["sha256"] not in reasons]
    return due, [{**row, "why": reasons[row["sha256"]]} for row in found if row["sha256"] in reasons]


def _written(ws: Workspace) -> set[str]:
    """Return the receipt numbers of the receipts and returned copies that lie in the workspace."""
    folders = keeping.terms()[RECEIPTS].folders
    return {path.name.partition("_")[0] for one in folders for path in ws.path(one).glob("*_*") if path.is_file()}


def _needed(ws: Workspace, found: list[Row], by_hash: dict[str, list[Row]], on: date) -> dict[str, str]:
    """Return hash -> why of those that a hold, an unfinished matter or a package in use keeps."""
    holds, matters = ws.store.documents(HOLD), _matters(ws, on)
    free = {row["sha256"] for row in found}
    packed: dict[str, set[str]] = {}
    for digest, filed in by_hash.items():
        for one in filed:
            packed.setdefault(text(one["package"]), set()).add(digest)
    reasons = {}
    for row in found:
        digest = row["sha256"]
        if digest in holds:
            if not holds[digest]["is_released"]:
                reasons[digest] = f"暂缓销毁（{holds[digest]['reason']}；批准：{holds[digest]['approver']}）"
            continue
        names = {row["number"], digest}
        for one in by_hash.get(digest, ()):
            names |= {f"{one['unit']}-{one['template']}", text(one["digest"]), text(one["digest"])[:8]}
            names |= _persons(ws, int(one["id"]))
            others = packed[text(one["package"])] - free if text(one["package"]) else set()
            if others:
                reasons[digest] = "与仍在保管期内的材料同在一个报送包"
        why = next((matters[one] for one in sorted(names) if one in matters), "")
        if why:
            reasons[digest] = why
    return reasons


def _persons(ws: Workspace, submission: int) -> set[str]:
    """Return the certificate and licence numbers in an accepted nomination."""
    _, _, rows = ws.store.table(submission, "nominees")
    return {text(values.get(key)) for _, _, values in rows for key in ("certificate_no", "licence_no")} - {""}


def _matters(ws: Workspace, on: date) -> dict[str, str]:
    """Return name -> matter of what is not finished: officers of open tasks and cases, what undecided requests speak of."""
    from engine.workflow.findings import Findings

    found = Findings(ws)
    tasks, requests = found.tasks, found.requests()
    ends = results.end_states(list(tasks.values()), found.results, requests)
    open_tasks = {name: f"任务 {name} 未完成" for name, end in ends.items() if end == results.OPEN}
    for row in found.transfers:
        if not rollover.is_fed_back(row):
            open_tasks[text(row.get("task_id"))] = f"移送 {row.get('transfer_id')} 未办结"
    for row in found.problems(on):
        if not row["is_closed"]:
            open_tasks[text(row["task_id"])] = f"任务 {row['task_id']} 的问题未整改"
    names = {
        number: why
        for task, why in open_tasks.items()
        if task in tasks
        for number in results.certificates(tasks[task].get("inspectors"))
    }
    for row in requests:
        if not text(row.get("is_approved")):
            why = f"变更申请 {row.get('request_id')} 未决定"
            names |= dict.fromkeys({text(row.get("reference")), text(row.get("subject_id"))} - {""}, why)
    return names


# ---- the erasure itself ----------------------------------------------------------------------------------------------


def _bury(ws: Workspace, connection: Connection, digest: str, grave: Row) -> None:
    """Put a tombstone in the place of an original; its files go when the transaction has been committed."""
    found = connection.execute(select(arrivals).where(arrivals.c.sha256 == digest)).all()
    if digest not in _gone(ws, connection):
        tomb = {**grave, "sha256": digest, "at": grave["at"].isoformat(timespec="seconds")}
        connection.execute(delete(tombstones).where(tombstones.c.sha256 == digest))
        connection.execute(insert(tombstones), [tomb])
        for row in found:
            _blank(connection, row)
        append(connection, "erased", {"sha256": digest, "seal": tombstone_digest(tomb)}, grave["at"])
    ws.promise_removal(f"{ORIGINALS}/{digest}")
    for number in sorted({row.number for row in found}):
        # By number: the names of receipts and returned copies hold what the sender called his file.
        for folder in ("回执", "退回"):
            ws.promise_removal(f"{folder}/{number}_*")
    ws.promise_removal(DATABASE)


def _clear(ws: Workspace, due: list[Row], grave: Row) -> None:
    """Have the receipts and returned copies of these arrivals go; who decided so is kept as a document."""
    for row in due:
        for folder in keeping.terms()[RECEIPTS].folders:
            ws.promise_removal(f"{folder}/{row['number']}_*")
    at = grave["at"]
    body = {**grave, "at": at.isoformat(timespec="seconds"), "numbers": [row["number"] for row in due]}
    ws.store.put_document("disposal", RECEIPTS, body, at)


def _gone(ws: Workspace, connection: Connection) -> set[str]:
    """Return the hashes that a tombstone stands for, but for those that were sent once more since."""
    found = set(connection.execute(select(tombstones.c.sha256)).scalars())
    return {digest for digest in found if not (ws.originals / digest).exists()}


def _blank(connection: Connection, row: Any) -> None:
    """Remove what was read from an original; number, time and hash of the arrival stay."""
    connection.execute(delete(issues).where(issues.c.arrival == row.id))
    connection.execute(delete(tables).where(tables.c.submission == row.submission))
    connection.execute(delete(edits).where(edits.c.submission == row.submission))
    connection.execute(update(submissions).where(submissions.c.id == row.submission).values(cover="{}", file=""))
    receipt = {
        **json.loads(row.receipt or "{}"),
        "issues": [],
        "file": "",
        "sent_as": "",
        "returned": None,
        "erased": True,
    }
    kept = {"receipt": json.dumps(receipt, ensure_ascii=False), "name": ""}
    connection.execute(update(arrivals).where(arrivals.c.id == row.id).values(**kept))


def _containers(connection: Connection, digest: str) -> list[str]:
    """Return the mails and archives that an original came in, the innermost first."""
    found: list[str] = []
    inside = [digest]
    while inside:
        around = select(arrivals.c.container).where(arrivals.c.sha256.in_(inside))
        query = (
            select(arrivals.c.sha256).where(arrivals.c.role == "container", arrivals.c.sha256.in_(around)).distinct()
        )
        inside = [one for one in connection.execute(query.order_by(arrivals.c.sha256)).scalars() if one not in found]
        found += inside
    return found


def _named(connection: Connection, name: str) -> tuple[str, str]:
    """Return (hash, receipt number) of the one original meant by a receipt number or the start of a hash."""
    meant = (arrivals.c.number == name) | arrivals.c.sha256.startswith(name.lower(), autoescape=True)
    found = (
        connection.execute(select(arrivals.c.sha256, arrivals.c.number).where(meant)).all() if len(name) >= 8 else []
    )
    if len({row.sha256 for row in found}) != 1:
        raise NotFound(f"没有唯一的原件 {name}。", "请给出回执上的回执号或完整 SHA-256。")
    return found[0].sha256, found[0].number


def _require(grave: Row) -> None:
    if not all(text(grave[name]) for name in ("reason", "basis", "approver")):
        raise Refused("依法删除须写明理由、依据和批准人。", "请补全 --reason、--basis、--approver。")


def _line(row: Row) -> str:
    return (
        f"{row['number']} {row['unit']} {row['template']} {row['file']}（保管到 {row['until']}，依据：{row['basis']}）"
    )


def _backups(ws: Workspace) -> list[str]:
    """Say which copies inside the workspace still hold what was erased; outside nobody but people can know."""
    inside = sorted(path.name for path in ws.path("备份").glob("*") if path.is_file())
    return [
        f"此前的备份{'（备份/' + '、'.join(inside) + '）' if inside else ''}里仍有这些内容，请按同一批准一并销毁，并重新备份。"
    ]
