"""One transaction's worth of arrivals: numbered, filed, settled among the other files of their units, written, promised."""

from __future__ import annotations

import json
from functools import cached_property
from typing import TYPE_CHECKING, Any

from sqlalchemy import func, insert, select

from engine import consent, journal, lifecycle, timeliness
from engine.calendar import spoken
from engine.files import safe_name
from engine.journal import canonical
from engine.prepared import content_digest, issue
from engine.receipt import receipt_text, told
from engine.slots import Slots, slot_of
from engine.tables import arrivals, edits, issues, originals, outbox, submissions, tables
from schemas import loader

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from sqlalchemy import Connection

    from engine.arrivals import Arrival
    from engine.lifecycle import Standing
    from engine.prepared import Prepared
    from engine.workspace import Workspace

Row = dict[str, Any]
# What gets a receipt of its own; containers, manifests and originals inside a package are recorded without one.
_ANSWERED = ("workbook", "attachment")
# What a receipt says of a file among the others of its unit: the same, old, in conflict.
_STOOD = ("DR-A102", "DR-A103", "DR-A104")


class Batch:
    """One transaction's worth of arrivals."""

    def __init__(self, workspace: Workspace, at: datetime, connection: Connection) -> None:
        self.workspace, self.store, self.at, self.connection = workspace, workspace.store, at, connection
        self.moment = at.isoformat(timespec="seconds")
        self.next_arrival = (connection.execute(select(func.max(arrivals.c.id))).scalar() or 0) + 1
        self.next_number = (connection.execute(select(func.count(func.distinct(arrivals.c.number)))).scalar() or 0) + 1
        self.next_submission = (connection.execute(select(func.max(submissions.c.id))).scalar() or 0) + 1
        self.slots = Slots(workspace, connection)
        self.entries: list[Row] = []
        self.new_originals: dict[str, Row] = {}
        self.seen: dict[str, Row] = {}
        self.packages: dict[str, Row] = {}

    # -- taking in ---------------------------------------------------------------------------------------------------

    def take(self, arrival: Arrival, digest: str, found: Prepared | None) -> None:
        """Take in one arrival: number it, and file it when it is a submission of this office's units."""
        entry: Row = {
            "id": self.next_arrival,
            "number": "",
            "at": self.moment,
            "name": arrival.name,
            "container": arrival.container,
            "sha256": digest,
            "role": arrival.role,
            "verdict": "accepted",
            "outcome": "stored",
            "template": "",
            "unit": "",
            "submission": None,
            "prepared": found,
            "package": arrival.package,
            "issues": list(found.issues) if found else [],
        }
        self.next_arrival += 1
        if arrival.data:
            self.new_originals[digest] = {"sha256": digest, "size": len(arrival.data), "at": self.moment}
        if arrival.role == "workbook":
            self._take_workbook(entry, arrival)
        elif arrival.role == "attachment":
            self._take_attachment(entry)
        elif arrival.role == "manifest":
            self._take_manifest(arrival, digest)
        if not entry["number"]:
            entry["number"] = self._number()
        self.entries.append(entry)

    def _number(self) -> str:
        number = f"SJ-{self.workspace.year}-{self.workspace.unit.code}-{self.next_number:05d}"
        self.next_number += 1
        return number

    def _take_workbook(self, entry: Row, arrival: Arrival) -> None:
        found: Prepared | None = entry["prepared"]
        earlier = self.seen.get(entry["sha256"])
        if earlier is not None and not _is_reprieved(earlier, entry["prepared"]):
            entry.update(
                number=earlier["number"],
                verdict=earlier["verdict"],
                outcome="again",
                template=earlier["template"],
                unit=earlier["unit"],
                submission=earlier["submission"],
                earlier=earlier,
                prepared=None,
                issues=[issue("DR-A101", at=spoken(earlier["at"]), number=earlier["number"])],
            )
            return
        if found is None:
            raise RuntimeError("a workbook that is not known must have been examined")
        entry.update(verdict=found.verdict, outcome=found.verdict, template=found.template, unit=found.unit)
        if found.submission and not self._is_foreign(entry, found):
            self._file(entry, found)
        self.seen[entry["sha256"]] = entry

    def _is_foreign(self, entry: Row, found: Prepared) -> bool:
        """Refuse a workbook of another office or year than the manifest of its package says, whatever its name."""
        manifest = self.packages.get(entry["package"])
        if manifest is None or (found.unit, str(found.year)) == (str(manifest["unit"]), str(manifest["year"])):
            return False
        entry["verdict"] = entry["outcome"] = "refused"
        name = next((one["name"] for one in self.entries if one["sha256"] == entry["package"]), "")
        said = {"unit": manifest["unit"], "year": manifest["year"], "part": entry["name"]}
        entry["issues"] = [issue("DR-A009", name=name, **said)]
        found.tables, found.edits, found.returned = [], [], None
        return True

    def _take_attachment(self, entry: Row) -> None:
        earlier = self.seen.get(entry["sha256"])
        entry["issues"] = [issue("DR-A107", name=entry["name"])]
        if earlier is not None:
            entry.update(number=earlier["number"], outcome="again", earlier=earlier)
            entry["issues"] = [issue("DR-A101", at=spoken(earlier["at"]), number=earlier["number"])]
        self.seen.setdefault(entry["sha256"], entry)

    def _file(self, entry: Row, found: Prepared) -> None:
        """Give a sound or returned submission its row, unless it belongs to another office."""
        unit = loader.units().get(found.unit)
        own = self.workspace.unit
        is_from_above = unit is not None and loader.comes_from_above(found.template, unit.code, own.code)
        if unit is None or not (is_from_above or own.code in (unit.code, unit.parent)):
            self._forward(entry, found)
            return
        shut = self.locked.get(found.template, {}).get("at", "")
        if shut and shut <= self.moment and not self._has_leave(found):
            entry["verdict"] = entry["outcome"] = "returned"
            entry["issues"] = [issue("DR-A116", at=spoken(shut), reference=f"{unit.code}-{found.template}")]
            found.tables, found.edits, found.returned = [], [], None
            return
        day = timeliness.deadline(self.workspace.policy, unit, found.template)
        late = timeliness.is_late(self.at, day)
        if late and day:
            entry["issues"].append(issue("DR-A110", at=spoken(self.moment), deadline=day.isoformat()))
        package = self.packages.get(entry["package"])
        if unit.code != own.code and found.template in timeliness.GATHERED and unit.level.value == "city":
            missing = "、".join(package.get("missing_names", ())) if package else ""
            if not package:
                entry["issues"].append(issue("DR-A108"))
            elif missing:
                entry["issues"].append(issue("DR-A112", units=missing))
        entry["submission"] = self.next_submission
        entry["filed"] = {
            **found.submission,
            "id": self.next_submission,
            "arrival": entry["id"],
            "at": self.moment,
            "sha256": entry["sha256"],
            "file": entry["name"],
            "is_late": int(late),
            "verdict": found.verdict,
            "subjects": canonical(found.subjects),
            "package": entry["package"],
            "state": "",
            "version": 0,
        }
        self.next_submission += 1

    @cached_property
    def locked(self) -> dict[str, Row]:
        """What this office locked, by template."""
        return self.store.documents(consent.LOCK)

    @cached_property
    def _requests(self) -> list[Row]:
        return self.store.accepted_rows("T16", "requests")

    def _has_leave(self, found: Prepared) -> bool:
        return consent.has_leave(self._requests, template=found.template, unit=found.unit, on=self.at.date())

    def _forward(self, entry: Row, found: Prepared) -> None:
        """A file for another office: a copy to hand on when that office is below us, a plain refusal otherwise (D029, D023)."""
        unit = loader.units().get(found.unit)
        name = unit.name if unit else found.unit or "来件单位"
        inside = unit is not None and unit.code in loader.subtree(self.workspace.unit.code)
        parent = loader.units()[unit.parent].name if unit and unit.parent else ""
        entry["verdict"], entry["outcome"] = "returned", "forwarded"
        if inside and parent:
            entry["issues"] = [issue("DR-A105", unit=name, parent=parent)]
            entry["forward"] = f"转办/{safe_name(parent)}/{safe_name(entry['name'])}"
        else:
            entry["issues"] = [issue("DR-A106", unit=name)]
        found.tables, found.edits, found.returned = [], [], None

    def _take_manifest(self, arrival: Arrival, digest: str) -> None:
        manifest = json.loads(arrival.data)
        self.packages[arrival.package] = manifest
        self.store.put_document("package", arrival.package, {**manifest, "manifest": digest}, self.at)

    def recall(self, digests: Iterable[str]) -> None:
        """Look up which of these bytes arrived before; the first arrival of each speaks for all, or the one that was let pass."""
        query = select(arrivals).where(arrivals.c.sha256.in_(sorted(set(digests))), arrivals.c.role.in_(_ANSWERED))
        for row in self.connection.execute(query.order_by(arrivals.c.id)).mappings():
            known = self.seen.setdefault(row["sha256"], dict(row))
            if known["outcome"] == "returned" and row["outcome"] not in ("returned", "again"):
                self.seen[row["sha256"]] = dict(row)

    # -- closing the group ---------------------------------------------------------------------------------------------

    def close(self) -> list[Row]:
        """Settle every slot touched, write all rows, receipts and journal lines; return the receipts."""
        before, after = self._settle()
        receipts = [self._receipt(entry, before, after) for entry in self.entries]
        self._write(receipts, before, after)
        return [
            receipt
            for receipt, entry in zip(receipts, self.entries, strict=True)
            if entry["role"] in ("workbook", "attachment")
        ]

    def _settle(self) -> tuple[dict[int, Row], dict[int, Standing]]:
        """Return (submissions of the touched slots as stored before, their standings now)."""
        touched = {
            (one["template"], one["unit"], one["year"], one["period"])
            for entry in self.entries
            for one in [entry.get("filed") or self._stored(entry)]
            if one
        }
        before: dict[int, Row] = {}
        after: dict[int, Standing] = {}
        arrived = {entry["submission"] for entry in self.entries}
        for slot in sorted(touched):
            fresh = {
                entry["filed"]["id"]: entry
                for entry in self.entries
                if "filed" in entry and slot_of(entry["filed"]) == slot
            }
            known = self.slots.touched(slot, fresh, arrived)
            before.update(known)
            after.update(self.slots.settle(slot, known, fresh, self.entries))
        return before, after

    def _stored(self, entry: Row) -> Row | None:
        if entry["outcome"] != "again" or entry["submission"] is None:
            return None
        found = self.connection.execute(select(submissions).where(submissions.c.id == entry["submission"])).first()
        return dict(found._mapping) if found else None

    def _receipt(self, entry: Row, before: dict[int, Row], after: dict[int, Standing]) -> Row:
        standing = after.get(entry["submission"]) if entry["submission"] else None
        if standing:
            self._explain(entry, standing, before, after)
        found: Prepared | None = entry["prepared"]
        if "earlier" in entry and entry["earlier"].get("receipt"):
            old = entry["earlier"]["receipt"]
            old = json.loads(old) if isinstance(old, str) else old
            # Where it stood when it came is no longer true of a file that has become old, or was chosen of two.
            stale = _STOOD if entry["outcome"] in ("old", "accepted") else ()
            kept = [one for one in old["issues"] if one["code"] not in stale]
            return {
                **old,
                "sent_as": entry["name"],
                "outcome": entry["outcome"],
                "verdict": entry["verdict"],
                "issues": [*kept, *entry["issues"]],
            }
        filed = entry.get("filed")
        unit = loader.units().get(entry["unit"])
        receipt = {
            "number": entry["number"],
            "at": entry["at"],
            "file": entry["name"],
            "verdict": entry["verdict"],
            "outcome": entry["outcome"],
            "template": entry["template"] or None,
            "unit": entry["unit"] or None,
            "unit_name": unit.name if unit else None,
            "year": found.year if found else None,
            "rows": found.rows if found else 0,
            "digest": found.digest if found else "",
            "sha256": entry["sha256"],
            "on_time": (not filed["is_late"]) if filed else None,
            "version": standing.version if standing else None,
            "kind": standing.kind if standing else None,
            "issues": told(entry["issues"], entry["template"]),
            "returned": self._returned_path(entry),
            "received_by": self.workspace.unit.name,
        }
        entry["receipt"] = receipt
        return receipt

    def _explain(self, entry: Row, standing: Standing, before: dict[int, Row], after: dict[int, Standing]) -> None:
        """Say on the receipt where this file stands among the others of its unit."""
        other = self._number_of(standing.other)
        if entry["outcome"] == "again":
            stood = before.get(entry["submission"], {}).get("state")
            # What was the same as another file is as old as that file has become.
            content = after.get(standing.other or 0, standing) if standing.state == lifecycle.SAME else standing
            if content.state in (lifecycle.SUPERSEDED, lifecycle.OLD):
                newest = self._number_of(lifecycle.current(entry["submission"], after))
                entry.update(outcome="old", verdict="returned")
                entry["issues"] = [issue("DR-A103", number=f"回执号 {newest}" if newest else "见回执清单")]
            elif content.state == lifecycle.ACCEPTED and lifecycle.CONFLICT in (entry["earlier"]["outcome"], stood):
                entry.update(outcome="accepted", verdict="accepted")
                entry["issues"] = [issue("DR-A113", number=entry["number"])]
            elif content.state == lifecycle.ACCEPTED and stood == lifecycle.WITHDRAWN:
                entry.update(outcome="accepted", verdict="accepted")
                entry["issues"] = [issue("DR-A114", number=entry["number"])]
        elif standing.state == lifecycle.SAME:
            entry["outcome"] = "same"
            entry["issues"].append(issue("DR-A102", version=standing.version, number=other))
        elif standing.state == lifecycle.OLD:
            entry.update(outcome="old", verdict="returned")
            entry["issues"].append(issue("DR-A103", number=f"回执号 {other}" if other else "见回执清单"))
        elif standing.state == lifecycle.CONFLICT:
            entry.update(outcome="conflict", verdict="returned")
            entry["issues"].append(issue("DR-A104", number=other))
        elif standing.state == lifecycle.ACCEPTED:
            entry["outcome"] = "new"
            if standing.kind == lifecycle.SUPPLEMENT:
                # Two rows came in two files: of the second alone “one of two, the rest may follow” would be wrong.
                entry["issues"] = [one for one in entry["issues"] if one["code"] != "DR-Q003"]
                entry["issues"].append(issue("DR-A109", count=entry["filed"]["rows"] + self._rows_before(entry)))

    def _rows_before(self, entry: Row) -> int:
        slot = self.slots.stored(slot_of(entry["filed"]))
        return sum(row["rows"] for row in slot.values() if row["state"] == lifecycle.ACCEPTED)

    def _number_of(self, submission: int | None) -> str:
        if submission is None:
            return ""
        for entry in self.entries:
            if entry["submission"] == submission:
                return entry["number"]
        query = select(arrivals.c.number).where(arrivals.c.submission == submission).order_by(arrivals.c.id).limit(1)
        return self.connection.execute(query).scalar() or ""

    def _returned_path(self, entry: Row) -> str | None:
        found: Prepared | None = entry["prepared"]
        if not found or found.returned is None:
            return None
        name = found.returned_name or f"退回_{entry['name'].rsplit('.', 1)[0]}.xlsx"
        return f"退回/{entry['number']}_{safe_name(name, 80)}"

    def _write(self, receipts: list[Row], before: dict[int, Row], after: dict[int, Standing]) -> None:
        run = self.connection.execute
        known = set(
            run(select(originals.c.sha256).where(originals.c.sha256.in_(list(self.new_originals) or [""]))).scalars()
        )
        _insert(run, originals, [row for digest, row in self.new_originals.items() if digest not in known])
        kept: dict[str, list[Row]] = {
            "arrivals": [],
            "submissions": [],
            "tables": [],
            "issues": [],
            "edits": [],
            "outbox": [],
        }
        lines = []
        for entry, receipt in zip(self.entries, receipts, strict=True):
            lines.append(self._rows_of(entry, receipt, after, kept))
        for table, rows in (
            (arrivals, kept["arrivals"]),
            (submissions, kept["submissions"]),
            (tables, kept["tables"]),
            (issues, kept["issues"]),
            (edits, kept["edits"]),
        ):
            _insert(run, table, rows)
        self._promise(kept["outbox"])
        changed = self.slots.restate(before, after)
        if changed:
            lines[-1]["standings"] = changed
        journal.append_all(self.connection, [("received", line) for line in lines], self.at)

    def _rows_of(self, entry: Row, receipt: Row, after: dict[int, Standing], kept: dict[str, list[Row]]) -> Row:
        """Add the rows of one arrival to `kept` and return the body of its journal line."""
        found: Prepared | None = entry["prepared"]
        filed, content = entry.get("filed"), ""
        text = canonical(receipt)
        own: dict[str, list[Row]] = {"tables": [], "issues": [], "edits": []}
        if entry["outcome"] != "again" and "earlier" not in entry:
            own["issues"] = [
                {"arrival": entry["id"], "position": place, **{key: str(value or "") for key, value in one.items()}}
                for place, one in enumerate(entry["issues"])
            ]
        if filed and found:
            standing = after[filed["id"]]
            filed.update(state=standing.state, version=standing.version, kind=standing.kind)
            if filed["verdict"] == "accepted":
                own["tables"] = [{"submission": filed["id"], **one} for one in found.tables]
                own["edits"] = [
                    {"submission": filed["id"], "position": place, **one} for place, one in enumerate(found.edits)
                ]
            kept["submissions"].append(filed)
        content = content_digest(text, filed, own["tables"], own["issues"], own["edits"])
        kept["arrivals"].append(
            {name: entry.get(name) for name in arrivals.c.keys() if name not in ("content", "receipt")}  # noqa: SIM118
            | {"content": content, "receipt": text, "outcome": entry["outcome"], "verdict": entry["verdict"]}
        )
        for name, rows in own.items():
            kept[name] += rows
        self._outbox(entry, receipt, kept["outbox"])
        return {
            "arrival": entry["id"],
            "number": entry["number"],
            "role": entry["role"],
            "sha256": entry["sha256"],
            "verdict": entry["verdict"],
            "outcome": entry["outcome"],
            "submission": entry["submission"],
            "content": content,
        }

    def _outbox(self, entry: Row, receipt: Row, kept: list[Row]) -> None:
        if entry["role"] not in _ANSWERED or "earlier" in entry:
            return
        name = safe_name(f"{entry['number']}_{receipt['unit_name'] or entry['name']}_{entry['template'] or '来件'}", 90)
        kept.append({"path": f"回执/{name}.txt", "data": receipt_text(receipt).encode("utf-8-sig")})
        found: Prepared | None = entry["prepared"]
        if receipt["returned"] and found and found.returned is not None:
            kept.append({"path": receipt["returned"], "data": found.returned})
        if "forward" in entry:
            kept.append({"path": entry["forward"], "data": self.workspace.original(entry["sha256"])})

    def _promise(self, rows: list[Row]) -> None:
        """Put files to be written after the commit; two arrivals never promise the same path with different content."""
        _insert(self.connection.execute, outbox, list({row["path"]: row for row in rows}.values()))


def _is_reprieved(earlier: Row, found: Prepared | None) -> bool:
    """Say whether bytes that were sent back before are accepted now: leave from a rule has come in between."""
    return earlier["outcome"] == "returned" and found is not None and found.verdict == "accepted"


def _insert(run: Any, table: Any, rows: list[Row]) -> None:
    if rows:
        run(insert(table), rows)
