"""One draw as the store keeps it: its freeze, how far it has come, and the files written from it."""

from __future__ import annotations

from datetime import date
from fractions import Fraction
from typing import TYPE_CHECKING, Any

from engine import campaign, csvfile, record
from engine import draw as vrd
from engine import plan as planning
from engine import tasks as tasking
from engine.files import sha256
from engine.model import NotFound, Refused
from engine.workflow.registers import Registers
from portal import HOME

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from engine.values import Row
    from engine.workspace import Workspace

BUNDLE = "bundle"
VERIFIER = "verify.html"
PROOFS = ("commit.tsr", "commit.ots")
"""Time-stamp token (RFC 3161) and OpenTimestamps proof of commit.json; the verifiers list them and leave judging to others."""


class Stage:
    """One draw as the store keeps it: its freeze, and how far it has come. `name` may be a draw or a plan (its last draw)."""

    def __init__(self, ws: Workspace, name: str) -> None:
        """Read the draw; NotFound when nothing is frozen under that name."""
        self.ws = ws
        frozen = ws.store.document("freeze", name)
        if frozen is None:
            known = draws_of(ws, name)
            if not known:
                raise NotFound(f"没有名为“{name}”的已锁定名单。", "先运行 taizhang freeze 计划编号。")
            name, frozen = known[-1], ws.store.document("freeze", known[-1])
        self.name: str = name
        self.frozen: dict[str, Any] = frozen
        self.commit: dict[str, Any] = frozen["commit"]
        self.registers, self.pool = campaign.thawed(frozen)
        drawn, assigned = ws.store.document("draw", name), ws.store.document("assign", name)
        self.drawn = campaign.drawn_from(drawn) if drawn else None
        self.assigned = campaign.assigned_from(assigned) if assigned else None
        self.log: tuple[dict[str, Any], ...] = tuple(ws.store.document("log", name) or ())

    @property
    def folder(self) -> Path:
        """Where the bundle lies."""
        return bundle_of(self.ws, self.name)

    @property
    def is_void(self) -> bool:
        """Whether the log declares the draw void."""
        return any(line["kind"] == "void" for line in self.log)

    @property
    def batch(self) -> tuple[int, int] | None:
        """Which round of a full coverage this is, (k, n); None for a plan drawn at once."""
        number, _, total = self.commit["plan"].get("batch", "").partition("/")
        return (int(number), int(total)) if total else None

    @property
    def plan(self) -> planning.Plan:
        """The plan as it stood at the freeze."""
        kept = self.frozen["plan"]
        given: dict[str, Any] = {key: tuple(value) if isinstance(value, list) else value for key, value in kept.items()}
        given["ratio"] = Fraction(given["ratio"]) if given["ratio"] else None
        for key in ("starts_on", "ends_on", "approved_on"):
            given[key] = date.fromisoformat(given[key]) if given[key] else None
        return planning.Plan(**given)

    def require_undrawn(self) -> None:
        """Raise Refused when the draw was made already or declared void."""
        if self.is_void:
            raise Refused(f"{self.name} 已作废。", "重新锁定名单后再抽取。")
        if self.drawn is not None:
            raise Refused(f"{self.name} 已经抽取过，不能重抽。", "确有必要的，先以批准的理由作废，再重新锁定名单。")

    def require_balls(self) -> None:
        """Raise Refused while the balls of a ceremony are still to be drawn."""
        if self.assigned is not None and self.assigned.document is None:
            raise Refused(f"{self.name} 还没有摇三个球确定分组表。", "先运行 taizhang assign --balls 三个数字。")

    def require_drawn(self) -> vrd.DrawResult:
        """Return the draw; Refused before it was made or after it was declared void."""
        if self.is_void:
            raise Refused(f"{self.name} 已作废。", "重新锁定名单后再抽取。")
        return self._made()

    def _made(self) -> vrd.DrawResult:
        if self.drawn is None:
            raise Refused(f"{self.name} 还没有抽取。", "先运行 taizhang draw。")
        return self.drawn

    def state(self) -> vrd.State:
        """Return who inspects whom now; Refused while the balls of a ceremony are still to be drawn."""
        self.require_balls()
        return vrd.current(self.commit, self.require_drawn(), self.assigned, self.log)

    def person(self, given: str) -> str:
        """Return the id of the person called `given` by id, certificate or name; Refused when it is not exactly one."""
        people = self.frozen["frozen"]["people"]
        if given in people:
            return given
        fitting = [name for name, row in people.items() if given in (row["certificate"], row["name"])]
        if len(fitting) != 1:
            raise NotFound(f"“{given}”在锁定的人员名单中对应 {len(fitting)} 人。", "请用人员编号或执法证号。")
        return fitting[0]

    def tasks(self, known: Mapping[str, str]) -> list[Row]:
        """Return the T09 rows of the teams in force."""
        frozen = self.frozen["frozen"]
        visits = Registers(self.ws).visits(apart=self.name)
        made = tasking.tasks_of(
            self.plan,
            self.name,
            list(self.state().teams.values()),
            frozen["bodies"],
            frozen["people"],
            self.frozen["items"],
            visits=visits,
            known=known,
        )
        drawn_on = self._made().reveal["at"][:10]
        return [{**row, "drawn_on": drawn_on} for row in made]

    def promise_bundle(self) -> str:
        """Promise the public bundle inside the open transaction and return its root.

        What the store and what the files say of a draw then change together, whenever the power fails.
        """
        files = self.public_files()
        for name, data in files.items():
            self._promise(f"{BUNDLE}/{name}", data)
        return sha256(files["SHA256SUMS"])

    def _promise(self, name: str, data: bytes) -> Path:
        path = f"抽取/{self.name}/{name}"
        self.ws.store.promise(path, data)
        return self.ws.path(path)

    def public_files(self) -> dict[str, bytes]:
        """Return the files of the public bundle."""
        return vrd.bundle_files(*self._stages(), attachments=self._attachments())

    def verifier_hash(self) -> str:
        """Return SHA-256 of the offline page that travels with the bundle; it is announced before the draw."""
        return sha256(self._verifier()[VERIFIER])

    def _attachments(self) -> dict[str, bytes]:
        """Return what travels with the bundle: the offline verifier, a proof of time the office obtained for the commitment
        and laid beside the bundle, and the probabilities of a bounded assignment.
        """
        choice = self.choice()
        beside = [self.folder.parent / name for name in PROOFS]
        proofs = {path.name: path.read_bytes() for path in beside if path.is_file()}
        shares = {} if choice is None else {vrd.SHARES: vrd.canonical_bytes(choice) + b"\n"}
        return {**self._verifier(), **proofs, **shares}

    def _verifier(self) -> dict[str, bytes]:
        """Return the offline verifier that travels with the bundle: the page of the day it was frozen.

        Its hash is announced before the draw, so neither an update of the program nor a hand on the folder may change it.
        """
        announced = self.frozen.get("verifier")
        pages = [path.read_bytes() for path in (self.folder / VERIFIER, HOME / VERIFIER) if path.is_file()]
        found = [page for page in pages if announced in (None, sha256(page))]
        if not found:
            raise Refused(
                f"{self.name} 的离线复核页已被改动，与公告的不同。",
                f"请把锁定名单时的 {VERIFIER} 放回“{self.folder}”。",
            )
        return {VERIFIER: found[0]}

    def root(self) -> str:
        """Return the fingerprint of the bundle, SHA-256 of its SHA256SUMS."""
        return sha256(self.public_files()["SHA256SUMS"])

    def _stages(self) -> tuple[Any, ...]:
        pool = self.pool if self.drawn is not None else None
        return self.commit, pool, self.drawn, self.assigned, self.log

    def promise_announcement(self, text: str, letter: bytes) -> None:
        """Promise what is published of a freeze before the draw, to paste and as a letter."""
        self._promise("锁定名单公告.txt", text.encode())
        self._promise("锁定名单公告.docx", letter)

    def choice(self) -> dict[str, Any] | None:
        """Return the published probabilities of a bounded assignment, or None when there are none for the draw as it stands."""
        kept = self.ws.store.document("choice", self.name)
        return kept["choice"] if kept and (self.assigned is not None or kept["after"] == len(self.log)) else None

    def promise_shares(self, choice: Mapping[str, Any]) -> Path:
        """Promise the probabilities of a bounded assignment as a spreadsheet text: one row per target, in percent."""
        bodies, people = self.frozen["frozen"]["bodies"], self.frozen["frozen"]["people"]
        names = sorted({name for row in choice["rows"] for name in row["shares"]})
        rows = [["对象", *(str(people[name]["name"]) for name in names)]]
        for row in choice["rows"]:
            cells = (100 * row["shares"].get(name, 0) / choice["denominator"] for name in names)
            rows.append([str(bodies[row["target"]]["name"]), *(f"{cell:g}%" if cell else "" for cell in cells)])
        return self._promise_csv("概率表", rows)

    def promise_tables(self, tables: Mapping[str, Any]) -> Path:
        """Promise the thousand tables of a ceremony as a spreadsheet text: one row per number, one column per target."""
        bodies, people = self.frozen["frozen"]["bodies"], self.frozen["frozen"]["people"]

        def shown(line: str) -> str:
            return " ".join(str(people[one]["name"]) for one in line.replace("/", " ").split())

        rows = [["编号", *(str(bodies[one]["name"]) for one in tables["targets"])]]
        rows += [[f"{number:03d}", *map(shown, table)] for number, table in enumerate(tables["tables"])]
        return self._promise_csv("千组分组表", rows)

    def _promise_csv(self, title: str, rows: Sequence[Sequence[str]]) -> Path:
        return self._promise(f"{self.name}_{title}.csv", csvfile.text(rows))

    def promise_record(self) -> Path:
        """Promise the T08 workbook for people, generated from the bundle's documents."""
        drawn = self.ws.store.document("draw", self.name) or {}
        kept = self.ws.store.documents("vacancy")
        stem = f"{self.name}-"
        rows = record.rows_of(
            self.name,
            self.frozen,
            self._made(),
            self.assigned,
            self.log,
            conducted=drawn.get("people"),
            asked={int(name[len(stem) :]): body for name, body in kept.items() if name.startswith(stem)},
            root=self.root(),
        )
        data = record.workbook(self.ws.unit, self.ws.year, rows)
        return self._promise(f"{self.name}_抽取记录.xlsx", data)


def draws_of(ws: Workspace, plan_id: str) -> list[str]:
    """Return the draws of a plan, oldest first."""
    found = [name for name, body in ws.store.documents("freeze").items() if body["plan"]["id"] == plan_id]
    return sorted(found, key=lambda name: int(name.rsplit("-D", 1)[1]))


def bundle_of(ws: Workspace, name: str) -> Path:
    """Return the folder of a draw's public bundle."""
    return ws.path("抽取", name, BUNDLE)
