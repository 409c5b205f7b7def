"""For every code about arrivals and merging: what is sent so that it is told, and the nearest that is not (receive, consolidate)."""

import io
import tempfile
import zipfile
from functools import partial
from pathlib import Path
from unittest import mock

from engine import arrivals
from engine.arrivals import open_one, unpack
from engine.package import Package
from engine.workflow import collect, locking
from engine.workspace import Workspace
from schemas import loader
from simulate.dirt import office, parcels
from simulate.dirt.compound import msg
from simulate.dirt.parcels import HOMES, OTHER, Parcel, Scenario, county, people, resaved

BOOK = office.workbook("T06")
CITY, PROVINCE = office.CITY, office.PROVINCE


def unpacked(name, data):
    """Return the codes with which a container or file is refused."""
    return {one.problem[0] for one in open_one(name, data) if one.problem}


def archive(method=zipfile.ZIP_STORED, **members):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", method) as found:
        for name, data in members.items():
            found.writestr(name.replace("__", "."), data)
    return out.getvalue()


def encrypted(flag):
    data = bytearray(archive(a__xlsx=BOOK))
    for mark, offset in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        place = data.find(mark) if offset == 6 else data.rfind(mark)
        data[place + offset] |= flag
    return bytes(data)


def damaged(place):
    data = bytearray(archive(a__xlsx=BOOK))
    data[place] ^= 0xFF
    return bytes(data)


def package(**changed):
    made = Package(facts={"unit": CITY, "year": office.YEAR, "missing": [], "rows": {}})
    made.add("报送/表.xlsx", BOOK)
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(made.bytes())) as old, zipfile.ZipFile(out, "w") as new:
        for info in old.infolist():
            new.writestr(info, changed.get(info.filename.split(".")[0].replace("/", "_"), old.read(info)))
    return out.getvalue()


def misnamed(unit):
    """Return a package of this city whose manifest names `unit`."""
    made = Package(facts={"unit": unit, "year": office.YEAR, "missing": [], "rows": {}})
    made.add(f"报送/{office.YEAR}_NOM_{CITY}_T04_v1.xlsx", BOOK)
    return made.bytes()


def looked_at(*, fails=False, grows=False):
    """Read a file that cannot be opened, or that keeps growing, or neither."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "表.xlsx"
        path.write_bytes(BOOK)
        error = PermissionError(13, "Permission denied") if fails else None
        looks = mock.Mock(side_effect=error, return_value=BOOK + b"x" if grows else BOOK)
        with mock.patch.object(arrivals.Path, "read_bytes", looks), mock.patch.object(arrivals, "_SETTLE", ()):
            return {one.problem[0] for one in unpack([path]) if one.problem}


def sent(*given, receiver=CITY):
    """Receive (day, files) one after the other, merge, and return everything told."""
    made = tuple(Parcel(day=day, files=files, hour=hour) for day, hour, files in given)
    one = Scenario(kind="", variant=0, parcels=made, codes=(), receiver=receiver)
    with tempfile.TemporaryDirectory() as folder:
        return parcels.play(one, Path(folder)).told


def after_a_lock(hour):
    """Lock the nominations at nine and receive a file at `hour` of that day."""
    with tempfile.TemporaryDirectory() as folder:
        collect.init(Path(folder) / "office", CITY, office.YEAR, at=parcels.moment(1))
        Path(folder, "a.xlsx").write_bytes(BOOK)
        with Workspace(Path(folder) / "office") as workspace:
            locking.lock(workspace, "T06", at=parcels.moment(21, 9), by="周正")
            (found,) = collect.receive(workspace, [Path(folder, "a.xlsx")], at=parcels.moment(21, hour), workers=0)[
                "files"
            ]
    return {one["code"] for one in found["issues"]}


def after_consent(is_approved):
    """Receive a file, ask to take it back with or without consent, merge, receive the very file once more."""
    asked = {
        "request_id": f"{CITY}-2026-Q01", "request_type": "报送撤回", "subject_id": "嘉鱼县司法局", "applicant": "钱明远", "applied_on": "2026-05-21",
        "decided_by": "周正", "decided_on": "2026-05-21", "is_approved": is_approved, "explanation": "人员有误",
    }  # fmt: skip
    with tempfile.TemporaryDirectory() as folder:
        collect.init(Path(folder) / "office", CITY, office.YEAR, at=parcels.moment(1))
        nominees, request = Path(folder, "a.xlsx"), Path(folder, "b.xlsx")
        nominees.write_bytes(BOOK)
        with Workspace(Path(folder) / "office") as workspace:

            def receive(path, day):
                (found,) = collect.receive(workspace, [path], at=parcels.moment(day), workers=0)["files"]
                return found

            rows = {"requests": [{**asked, "reference": receive(nominees, 20)["number"]}]}
            request.write_bytes(
                office.filled("T16", rows, sender=CITY, cover={**office.COVER, "filled_on": "2026-05-21"})
            )
            told = receive(request, 21)
            assert told["verdict"] == "accepted", told["issues"]
            collect.consolidate(workspace, at=parcels.moment(22))
            return {one["code"] for one in receive(nominees, 23)["issues"]}


def one_row(number, *changes, **rest):
    rows = office.rows("T06")
    rows["nominees"] = [{**rows["nominees"][number], **dict(changes)}]
    return office.filled("T06", rows, cover={**office.COVER, "explanation": "另一人待定", **rest})


def with_targets(made):
    return sent((21, 9, {"机构.xlsx": office.workbook("T02")}), (22, 9, {"人员.xlsx": made}), receiver=PROVINCE)


def items(**changed):
    rows = office.rows("T01")
    first = {"parent_item_code": "HB-NOT-01", "content": "1.甲；2.乙；3.丙；4.丁；5.戊；6.己；7.庚；8.辛", **changed}
    rows["items"][0].update(first)
    return sent((21, 9, {"事项.xlsx": office.filled("T01", rows)}), receiver=PROVINCE)


def fields(kept):
    """Let the province file its list with one field stopped, but for the number of items kept."""
    known = [one for one in loader.provincial_items(office.YEAR) if one["field"] == "公共法律服务体系建设"]
    rows = [{**one, "status": "有效" if at < kept else "停用"} for at, one in enumerate(known)]
    return sent((21, 9, {"事项.xlsx": office.filled("T01", {"items": rows}, sender=PROVINCE)}), receiver=PROVINCE)


def lists(first, second):
    rows = office.rows("T02")["targets"]
    files = [{"a.xlsx": office.filled("T02", {"targets": [rows[at] for at in kept]})} for kept in (first, second)]
    return sent((21, 9, files[0]), (22, 9, files[1]), receiver=PROVINCE)


def sealed(day, *, second=None):
    given = [(21, 9, {"表.xlsx": BOOK, "盖章.pdf": parcels.scan(day)})]
    return sent(*given, *([(22, 9, second)] if second else []))


def submitted(missing):
    """Send the roster of a city in a package that names missing units, or none."""
    made = Package(facts={"unit": CITY, "year": office.YEAR, "missing": missing, "missing_names": missing, "rows": {}})
    made.add("报送/T04.xlsx", office.workbook("T04"))
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "包.zip").write_bytes(made.bytes())
        data = (Path(folder) / "包.zip").read_bytes()
    return sent((22, 9, {"包.zip": data}), receiver=PROVINCE)


FIRST, SECOND = {"a.xlsx": BOOK}, {"a.xlsx": county(*OTHER)}
RESAVED = {"b.xlsx": resaved("T06", 90)}
NEIGHBOUR = county(*OTHER, (0, "certificate_no", "42122200101"), sender="421222")
STRANGERS = county(*OTHER, (0, "name", "苏明远"), (0, "certificate_no", "42122200101"), sender="421222")
SAMPLES = {
    "DR-A001": (partial(looked_at, fails=True), looked_at),
    "DR-A002": (partial(looked_at, grows=True), looked_at),
    "DR-A003": (partial(unpacked, "外.zip", archive(b__zip=archive(a__xlsx=BOOK))), partial(unpacked, "外.zip", archive(a__xlsx=BOOK))),
    "DR-A004": (partial(unpacked, "密.zip", encrypted(1)), partial(unpacked, "密.zip", encrypted(0))),
    "DR-A005": (partial(unpacked, "大.zip", archive(zipfile.ZIP_DEFLATED, a__xlsx=b"\0" * (20 << 20))), partial(unpacked, "大.zip", archive(zipfile.ZIP_DEFLATED, a__xlsx=BOOK * 20))),
    "DR-A006": (partial(unpacked, "坏.zip", damaged(60)), partial(unpacked, "好.zip", archive(a__xlsx=BOOK))),
    "DR-A009": (partial(unpacked, "包.zip", misnamed("421000")), partial(unpacked, "包.zip", misnamed(CITY))),
    "DR-A007": (partial(unpacked, "包.zip", package(报送_表=BOOK[:-1] + b"y")), partial(unpacked, "包.zip", package())),
    "DR-A008": (partial(unpacked, "信.msg", msg("空", {})), partial(unpacked, "信.msg", msg("报送", {"表.xlsx": BOOK}))),
    "DR-A101": (partial(sent, (20, 9, FIRST), (21, 9, FIRST)), partial(sent, (20, 9, FIRST), (21, 9, RESAVED))),
    "DR-A114": (partial(after_consent, "是"), partial(after_consent, "否")),
    "DR-A116": (partial(after_a_lock, 9), partial(after_a_lock, 8)),
    "DR-A102": (partial(sent, (20, 9, FIRST), (21, 9, RESAVED)), partial(sent, (20, 9, FIRST), (21, 9, SECOND))),
    "DR-A103": (partial(sent, (20, 9, FIRST), (21, 9, SECOND), (22, 9, FIRST)), partial(sent, (20, 9, FIRST), (21, 9, SECOND))),
    "DR-A104": (partial(sent, (20, 9, FIRST), (20, 15, SECOND)), partial(sent, (20, 9, FIRST), (21, 9, SECOND))),
    "DR-A105": (partial(sent, (20, 9, FIRST), receiver=PROVINCE), partial(sent, (20, 9, FIRST))),
    "DR-A106": (partial(sent, (20, 9, {"a.xlsx": county(sender="421222")}), receiver="421221"), partial(sent, (20, 9, FIRST), receiver="421221")),
    "DR-A107": (partial(sent, (20, 9, {**FIRST, "扫描.pdf": b"%PDF-1.4"})), partial(sent, (20, 9, FIRST))),
    "DR-A108": (partial(sent, (21, 9, {"a.xlsx": office.workbook("T04")}), receiver=PROVINCE), partial(submitted, [])),
    "DR-A109": (partial(sent, (20, 9, {"a.xlsx": one_row(0)}), (21, 9, {"a.xlsx": one_row(1)})), partial(sent, (20, 9, {"a.xlsx": one_row(0)}), (21, 9, {"a.xlsx": one_row(0, ("post", "主任"))}))),
    "DR-A110": (partial(sent, (23, 0, FIRST)), partial(sent, (22, 23, FIRST))),
    "DR-A113": (partial(sent, (20, 9, FIRST), (20, 15, SECOND), (21, 9, SECOND)), partial(sent, (20, 9, FIRST), (20, 15, SECOND))),
    "DR-A111": (partial(sent, (20, 9, FIRST), (21, 9, {"b.xlsx": county(sender="421222")})), partial(sent, (20, 9, FIRST), (21, 9, {"b.xlsx": NEIGHBOUR}))),
    "DR-A112": (partial(submitted, ["嘉鱼县司法局"]), partial(submitted, [])),
    "DR-X001": (partial(with_targets, people(*HOMES, "O-NOT-421202-009")), partial(with_targets, people(*HOMES, "O-NOT-421202-002"))),
    "DR-X002": (partial(with_targets, people(*HOMES, target_type="司法鉴定人", practice_kinds="文书", licence_no="123456789012")), partial(with_targets, people(*HOMES))),
    "DR-X003": (partial(sent, (21, 9, {"a.xlsx": people(*HOMES)}), (22, 9, {"b.xlsx": people("O-NOT-420102-001", sender="420100", division="420102")}), receiver=PROVINCE), partial(sent, (21, 9, {"a.xlsx": people(*HOMES)}), (22, 9, {"b.xlsx": people("O-NOT-420102-001", sender="420100", division="420102", licence_no="1420102001")}), receiver=PROVINCE)),
    "DR-X004": (partial(with_targets, people(*HOMES, practice_kinds="合同公证")), partial(with_targets, people(*HOMES, practice_kinds="继承公证"))),
    "DR-X005": (partial(with_targets, people(*HOMES)), partial(sent, (21, 9, {"机构.xlsx": office.workbook("T02")}), receiver=PROVINCE)),
    "DR-X006": (partial(with_targets, people(*HOMES[:3])), partial(with_targets, people(*HOMES))),
    "DR-X008": (partial(with_targets, people(*HOMES, institution_name="别的公证处")), partial(with_targets, people(*HOMES))),
    "DR-X007": (
        partial(sent, (20, 9, FIRST), (21, 9, {"b.xlsx": NEIGHBOUR})),
        partial(sent, (20, 9, FIRST), (21, 9, {"b.xlsx": STRANGERS})),
    ),
    "DR-X011": (partial(items, parent_item_code="HB-NOT-99"), items),
    "DR-X012": (partial(items, field="司法鉴定"), items),
    "DR-X013": (partial(items, content="1.甲"), items),
    "DR-X014": (partial(fields, 0), partial(fields, 1)),
    "DR-L001": (partial(lists, [0, 1], [0]), partial(lists, [0], [0, 1])),
    "DR-P011": (partial(sealed, "2026-05-19"), partial(sealed, "2026-05-20")),
    "DR-P012": (partial(sealed, "2026-05-20", second={"b.xlsx": NEIGHBOUR}), partial(sealed, "2026-05-20", second={"b.xlsx": NEIGHBOUR, "章.pdf": parcels.scan("2026-05-21")})),
    "DR-P013": (partial(sealed, "2026-05-20", second=SECOND), partial(sealed, "2026-05-20", second={**SECOND, "章.pdf": parcels.scan("2026-05-21")})),
}  # fmt: skip
