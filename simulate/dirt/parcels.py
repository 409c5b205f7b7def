"""Dirt that shows only among several files: repeats, versions, contests, copies of a neighbour, seals, people and institutions.

A `Parcel` is what arrives at one moment; a `Scenario` is a row of parcels received by a real workspace and merged at the end.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta, timezone
from typing import TYPE_CHECKING, Any

from simulate.dirt import office
from simulate.dirt.case import open_form, saved, table

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

CHINA = timezone(timedelta(hours=8))
CITY, PROVINCE = office.CITY, office.PROVINCE
ACCEPTED, RETURNED = "accepted", "returned"


@dataclass(frozen=True, slots=True, kw_only=True)
class Parcel:
    """Files that arrive together in one folder on a day of May 2026 at an hour."""

    day: int
    files: Mapping[str, bytes]
    hour: int = 9


@dataclass(frozen=True, slots=True, kw_only=True)
class Scenario:
    """Parcels for one receiver: what the last file must come to, the codes that must be told, the rows that must result."""

    kind: str
    variant: int
    parcels: tuple[Parcel, ...]
    codes: tuple[str, ...]
    receiver: str = CITY
    outcome: str = "new"
    rows: Mapping[tuple[str, str], int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Played:
    """What became of a scenario: receipts in order, the merge, and how many rows each register has."""

    receipts: list[dict[str, Any]]
    merged: dict[str, Any]
    rows: dict[tuple[str, str], int]

    @property
    def told(self) -> set[str]:
        """Every code that somebody was told."""
        found = {issue["code"] for receipt in self.receipts for issue in receipt["issues"]}
        found |= {one["code"] for one in self.merged["findings"]}
        return found | ({"DR-A111"} if self.merged["conflicts"] else set())


def play(one: Scenario, folder: Path) -> Played:
    """Receive the parcels in a workspace in `folder`, one after the other, and merge the day after the last."""
    from engine.workflow import collect
    from engine.workspace import Workspace

    collect.init(folder / "office", one.receiver, office.YEAR, at=moment(1))
    receipts: list[dict[str, Any]] = []
    with Workspace(folder / "office") as workspace:
        for number, parcel in enumerate(one.parcels):
            inbox = folder / f"in{number}"
            inbox.mkdir()
            for name, data in parcel.files.items():
                (inbox / name).write_bytes(data)
            receipts += collect.receive(workspace, [inbox], at=moment(parcel.day, parcel.hour), workers=0)["files"]
        merged = collect.consolidate(workspace, at=moment(one.parcels[-1].day + 1))
    rows = {(each["template"], each["sheet"]): each["rows"] for each in merged["registers"]}
    return Played(receipts=receipts, merged=merged, rows=rows)


def moment(day: int, hour: int = 9) -> datetime:
    """Return an hour of a day of May."""
    return datetime(office.YEAR, 5, day, hour, tzinfo=CHINA)


def judge(one: Scenario, found: Played) -> list[str]:
    """Return what is wrong with the outcome of a scenario, nothing if all is as it must be."""
    wrong = [f"nothing says {code}: {sorted(found.told)}" for code in one.codes if code not in found.told]
    books = [each for each in found.receipts if each["template"]]
    if books and books[-1]["outcome"] != one.outcome:
        wrong.append(f"outcome {books[-1]['outcome']}, not {one.outcome}")
    return wrong + [
        f"{name}: {found.rows.get(name, 0)} rows, not {count}"
        for name, count in one.rows.items()
        if found.rows.get(name, 0) != count
    ]


def scenarios() -> list[Scenario]:
    """Return every scenario, at least five for each kind."""
    made = [*_repeats(), *_versions(), *_contests(), *_copies(), *_institutions(), *_seals(), *_left_out()]
    counts: dict[str, int] = {}
    found = []
    for kind, rest in made:
        counts[kind] = counts.get(kind, 0) + 1
        found.append(Scenario(kind=kind, variant=counts[kind], **rest))
    return found


OFFICERS = ("T04", "inspectors")


def county(*changes: tuple[int, str, object], sender: str = "", **cover: object) -> bytes:
    """Return a nomination with single cells changed: (row, key, value)."""
    rows = office.rows("T06")
    for number, key, value in changes:
        rows["nominees"][number][key] = value
    return office.filled("T06", rows, sender=sender, cover={**office.COVER, **cover})


def _parcels(*given: tuple[int, dict[str, bytes]]) -> tuple[Parcel, ...]:
    return tuple(Parcel(day=day, files=files) for day, files in given)


def resaved(form: str, zoom: int) -> bytes:
    """Return the sound workbook with the same content in other bytes."""
    book = open_form(form)
    table(book).sheet_view.zoomScale = zoom
    return saved(book)


OTHER = (1, "name", "苏晓晴"), (1, "certificate_no", "42122100209")


def _repeats() -> Any:
    """The same file, the same content, one row changed (D026)."""
    first = county()
    for name in ("表.xlsx", "表(1).xlsx", "报送.xls"):
        yield "D026", {"parcels": _parcels((20, {"表.xlsx": first}), (21, {name: first})), "codes": ("DR-A101",), "outcome": "again", "rows": {OFFICERS: 2}}  # fmt: skip
    for zoom in (80, 120):
        again = resaved("T06", zoom)
        yield "D026", {"parcels": _parcels((20, {"表.xlsx": first}), (21, {"表.xlsx": again})), "codes": ("DR-A102",), "outcome": "same", "rows": {OFFICERS: 2}}  # fmt: skip
    yield "D026", {"parcels": _parcels((20, {"表.xlsx": first}), (21, {"表.xlsx": county(*OTHER)})), "codes": (), "rows": {OFFICERS: 2}}  # fmt: skip


def _versions() -> Any:
    """An older version after a newer one (D027)."""
    old, new = county(), county(*OTHER)
    for days in ((20, 21, 22), (20, 22, 23), (20, 21, 21)):
        first, second, third = days
        parcels = _parcels((first, {"一.xlsx": old}), (second, {"二.xlsx": new}), (third, {"一.xlsx": old}))
        yield "D027", {"parcels": parcels, "codes": ("DR-A103",), "outcome": "old", "rows": {OFFICERS: 2}}
    for zoom in (80, 120):
        parcels = _parcels((20, {"一.xlsx": old}), (21, {"二.xlsx": new}), (22, {"三.xlsx": resaved("T06", zoom)}))
        yield "D027", {"parcels": parcels, "codes": ("DR-A103",), "outcome": "old", "rows": {OFFICERS: 2}}


def _contests() -> Any:
    """Two people of one unit send different files on one day (D028)."""
    rivals = (
        county(*OTHER),
        county((0, "post", "副股长")),
        county((0, "fields", "公证")),
        county((1, "certificate_valid_to", "2029-07-31")),
        county((0, "recused_targets", "咸宁市示例公证处")),
    )
    for rival in rivals:
        parcels = (Parcel(day=20, files={"一.xlsx": county()}), Parcel(day=20, hour=15, files={"二.xlsx": rival}))
        yield "D028", {"parcels": parcels, "codes": ("DR-A104",), "outcome": "conflict", "rows": {OFFICERS: 0}}


def _copies() -> Any:
    """The rows of a neighbour under another unit's name: neither wins, both are told (D117)."""
    for unit in ("421222", "421223", "421224", "421281", "421202"):
        parcels = _parcels((20, {"一.xlsx": county()}), (21, {"二.xlsx": county(sender=unit)}))
        yield "D117", {"parcels": parcels, "codes": ("DR-A111",), "rows": {OFFICERS: 0}}


_PERSON = {
    "target_type": "公证员", "roster_year": 2026, "is_in_roster": "是", "practice_state": "正常执业",
    "penalties_3y": 0, "disciplines_3y": 0, "complaints_last_year": 0,
}  # fmt: skip


def people(*homes: str, sender: str = CITY, division: str = "421202", **changes: object) -> bytes:
    """Return a list of notaries, one at each of `homes`; `changes` go into the last."""
    names = ("方晓岚", "陆海波", "沈若云", "潘学文", "杜少陵")
    rows: list[dict[str, Any]] = [
        {**_PERSON, "target_id": f"P-NOT-{division}-{at:04d}", "name": names[at - 1], "licence_no": f"1421202{at:03d}", "institution_id": home}
        for at, home in enumerate(homes, 1)
    ]  # fmt: skip
    if rows:
        rows[-1] |= changes
    return office.filled("T03", {"practitioners": rows}, sender=sender)


HOMES = ("O-NOT-421202-001",) * 2 + ("O-NOT-421202-002",) * 2


def _institutions() -> Any:
    """People who do not fit the institutions (D115), in either order of arrival."""
    targets = office.workbook("T02")
    sent = (
        ("DR-X001", people(*HOMES, "O-NOT-421202-009")),
        ("DR-X001", people(*HOMES[:3], "O-NOT-420100-001")),
        ("DR-X002", people(*HOMES, "O-NOT-421202-001", target_type="司法鉴定人", practice_kinds="文书")),
        ("DR-X005", people(*HOMES)),
        ("DR-X006", people(*HOMES[:3])),
        ("DR-X006", people(*HOMES, practice_state="停业")),
    )
    for at, (code, listed) in enumerate(sent):
        files = ({"机构.xlsx": targets}, {"人员.xlsx": listed})
        first, second = files if at % 2 else files[::-1]
        yield "D115", {"parcels": _parcels((21, first), (22, second)), "codes": (code,), "receiver": PROVINCE}
    for sender, division in (("420100", "420102"), ("421100", "421102")):
        again = people(f"O-NOT-{division}-001", sender=sender, division=division)  # the same licence in another city
        parcels = _parcels((21, {"一.xlsx": people(*HOMES)}), (22, {"二.xlsx": again}))
        yield "D115", {"parcels": parcels, "codes": ("DR-X003",), "receiver": PROVINCE}


def scan(day: str, form: str = "pdf") -> bytes:
    """Return a scan that says it was made on an ISO day."""
    plain = day.replace("-", "")
    if form == "pdf":
        return f"%PDF-1.4\n1 0 obj <</CreationDate (D:{plain}093000+08'00')>> endobj\n%%EOF\n".encode()
    if form == "jpg":
        return b"\xff\xd8\xff\xe1\x00\x40Exif\x00\x00" + day.replace("-", ":").encode() + b" 09:30:00\x00\xff\xd9"
    year, month, date = map(int, day.split("-"))
    return b"\x89PNG\r\n\x1a\n\x00\x00\x00\x07tIME" + year.to_bytes(2, "big") + bytes((month, date, 9, 30, 0))


def _seals() -> Any:
    """A seal older than the data or missing (D122), data changed by hand after the seal (D123)."""
    book = county()
    for name, day, form in (("盖章.pdf", "2026-05-19", "pdf"), ("扫描.pdf", "2025-05-20", "pdf"), ("照片.jpg", "2026-05-18", "jpg"), ("盖章.png", "2026-05-01", "png")):  # fmt: skip
        parcels = _parcels((21, {"表.xlsx": book, name: scan(day, form)}))
        yield "D122", {"parcels": parcels, "codes": ("DR-P011",), "rows": {OFFICERS: 2}}
    alone = county(*OTHER, (0, "certificate_no", "42122200101"), sender="421222")
    parcels = _parcels((21, {"表.xlsx": book, "盖章.pdf": scan("2026-05-20")}), (22, {"表.xlsx": alone}))
    yield "D122", {"parcels": parcels, "codes": ("DR-P012",), "rows": {OFFICERS: 4}}
    changes = (
        OTHER,
        ((0, "post", "副股长"),),
        ((0, "fields", "公证"),),
        ((1, "specialities", "公证管理"),),
        ((1, "post", "主任"),),
    )
    for change in changes:
        parcels = _parcels((20, {"表.xlsx": book, "盖章.pdf": scan("2026-05-20")}), (21, {"表.xlsx": county(*change)}))
        yield "D123", {"parcels": parcels, "codes": ("DR-P013",), "rows": {OFFICERS: 2}}


def _left_out() -> Any:
    """A record that a later full list no longer has is never taken for removed (D124)."""
    rows = office.rows("T02")["targets"]
    third = {**rows[0], "target_id": "O-NOT-421202-003", "name": "咸宁市示例第三公证处", "uscc": office.uscc("3242120000000090"), "licence_no": "4212020003"}  # fmt: skip
    whole = [*rows, third]
    for kept in ([0, 1], [0, 2], [1, 2], [0], [2]):
        first, second = (office.filled("T02", {"targets": chosen}) for chosen in (whole, [whole[at] for at in kept]))
        parcels = _parcels((21, {"一.xlsx": first}), (22, {"二.xlsx": second}))
        yield "D124", {"parcels": parcels, "codes": ("DR-L001",), "receiver": PROVINCE, "rows": {("T02", "targets"): len(kept)}}  # fmt: skip


__all__ = ["Parcel", "Played", "Scenario", "judge", "play", "scan", "scenarios"]
