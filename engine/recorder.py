"""Records what arrived: original, rows, issues, receipt and journal line together or not at all (product 5).

Workers examine (a pure function of bytes and context); only the recorder writes. A group of arrivals shares one transaction;
a receipt is shown to nobody before that transaction has been committed.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import select

from engine import journal, lifecycle
from engine.batch import Batch
from engine.files import write_originals
from engine.slots import Slots, slot_of
from engine.tables import arrivals

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import datetime

    from engine.arrivals import Arrival
    from engine.prepared import Prepared
    from engine.workspace import Workspace

Row = dict[str, Any]


class Recorder:
    """Writes groups of arrivals into one workspace."""

    def __init__(self, workspace: Workspace, at: datetime) -> None:
        self.workspace, self.store, self.at = workspace, workspace.store, at
        self.moment = at.isoformat(timespec="seconds")

    def known(self, digests: Iterable[str]) -> set[str]:
        """Return which of these bytes have been received before and need no second look.

        What was sent back is looked at again whenever it comes: leave from a rule may have been granted since (T16).
        """
        wanted = sorted(set(digests))
        query = select(arrivals.c.sha256).where(
            arrivals.c.sha256.in_(wanted),
            arrivals.c.role == "workbook",
            arrivals.c.outcome.not_in(("returned", "again")),
        )
        with self.store.reading() as connection:
            return set(connection.execute(query).scalars())

    def record(self, group: Sequence[tuple[Arrival, Prepared | None]]) -> list[Row]:
        """Record a group in one transaction and return its receipts, files as they came (containers give none).

        A `None` in place of the preparation means that the bytes are known or need no reading.
        """
        hashed = [(arrival, arrival.sha256, found) for arrival, found in group]
        if not hashed:
            return []
        self.store.engine  # noqa: B018 - the database must be open before originals are written
        self.workspace.lock()
        write_originals(
            self.workspace.originals, ((digest, arrival.data) for arrival, digest, _ in hashed if arrival.data)
        )
        with self.store.transaction() as connection:
            batch = Batch(self.workspace, self.at, connection)
            batch.recall(digest for _, digest, _ in hashed)
            for arrival, digest, found in hashed:
                batch.take(arrival, digest, found)
            receipts = batch.close()
        self.workspace.deliver()
        return receipts

    def resettle(self) -> list[int]:
        """Settle every slot that contends or gives something back once more, as a decision may have come; return what changed."""
        with self.store.transaction() as connection:
            slots, before, after = Slots(self.workspace, connection), {}, {}
            open_ = self.store.submissions(None, lifecycle.CONFLICT)
            back = [one for one in self.store.submissions() if one["id"] in slots.withdrawn] if slots.withdrawn else []
            for slot in sorted({slot_of(one) for one in (*open_, *back)}):
                known = slots.stored(slot)
                before.update(known)
                after.update(slots.settle(slot, known, {}, withdrawn=slots.withdrawn))
            changed = slots.restate(before, after)
            if changed:
                journal.append(connection, "settled", {"standings": changed}, self.at)
        return sorted(int(one) for one in changed)
