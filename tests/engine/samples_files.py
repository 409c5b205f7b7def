"""For every code about files: a file that is refused or noted by it, and the nearest that is not."""

import sys
from functools import partial
from unittest import mock

from test_executor import deadly

from engine import executor
from simulate.dirt import office
from simulate.dirt.case import open_form
from simulate.dirt.compound import xls
from simulate.dirt.files import replaced
from tests.workbooks.hostile import (
    GOOD,
    HTML,
    KINDS,
    Entry,
    one_cell,
    parts,
    sheet_xml,
    with_dangers,
    workbook,
    zip_of,
)
from workbooks import gate, xlsx_reader
from workbooks.container import open_book
from workbooks.model import WorkbookError


def told(data, name="表.xlsx"):
    """Return the codes with which a file is refused or noted."""
    try:
        return {one.code for one in open_book(data() if callable(data) else data, name).problems}
    except WorkbookError as refusal:
        return {refusal.code}


def crafted(kind):
    name, build, _ = KINDS[kind]
    return told(build, name)


def without_old_readers(name):
    with mock.patch.dict(sys.modules, {"python_calamine": None}):
        return told(xls(open_form("T06")) if name.endswith(".xls") else workbook(), name)


def first_reader(*, gives_up):
    def broken(*_):
        raise WorkbookError("DR-F015", name="表.xlsx", detail="试")

    with mock.patch.object(xlsx_reader, "read", broken if gives_up else xlsx_reader.read):
        return told(workbook())


def limit(size):
    """Return what is told of a workbook of exactly so many bytes more than allowed."""
    good = workbook()
    return told(workbook(extra=[Entry("x.bin", bytes(gate.FILE_LIMIT + size - len(good) - 200), method=0)]))


def unpacked(megabytes):
    return told(
        zip_of([*parts(), Entry("xl/media/a.bin", packed=b"x" * (megabytes << 14), size=megabytes << 20, crc=0)])
    )


def entries(number):
    return told(zip_of([*parts(), *(Entry(f"xl/media/{at}.png", method=0) for at in range(number))]))


def worksheets(number):
    return told(workbook(sheets=number))


def in_a_child(item):
    """Read in a guarded child that dies of `item` or does not."""
    from engine.examination import poisoned

    found = [one for _, many in executor.run([[item]], deadly, None, poison=poisoned, workers=1) for one in many]
    return {one["code"] for each in found if not isinstance(each, str) for one in each.issues}


XLS = partial(xls, open_form("T06"))
CSV = "姓名,执法证号,备注\n王甲,1,甲\n"
FLAGGED = Entry("xl/media/a.png", b"x", flags=0x801)
NO_SHEET = '<workbook xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheets/></workbook>'
TWICE = '<row r="1"><c r="A1"><v>1</v></c><c r="{}"><v>2</v></c></row>'
STRICT = ("http://schemas.openxmlformats.org/spreadsheetml/2006/main", "http://purl.oclc.org/ooxml/spreadsheetml/main")
LINK = b'<?xml version="1.0"?><externalLink xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"/>'
DDE = "<row r='1'><c r='A1' t='str'><f>{}</f><v>1</v></c></row>"
HALF = workbook()[:400]
MANY = GOOD + "".join(f'<row r="{at}"><c r="A{at}"><v>{at * 7919}</v></c></row>' for at in range(2, 20_000))


def extra(name, data):
    return told(workbook(extra=[Entry(name, data)]))


SAMPLES = {
    "DR-F001": (partial(told, b""), partial(told, CSV.encode(), "表.csv")),
    "DR-F002": (partial(told, HALF), partial(told, workbook())),
    "DR-F003": (partial(crafted, "encrypted xls"), partial(told, XLS, "表.xls")),
    "DR-F004": (partial(told, HTML.encode("gbk"), "表.xls"), partial(told, CSV.encode(), "表.xls")),
    "DR-F005": (partial(told, b"%PDF-1.7\n"), partial(told, CSV.replace("王甲", "%PDF").encode(), "表.csv")),
    "DR-F006": (partial(crafted, "picture"), partial(told, workbook(extra=[Entry("xl/media/a.png", b"\x89PNG")]))),
    "DR-F007": (partial(crafted, "rar"), partial(crafted, "workbook inside a zip")),
    "DR-F008": (partial(crafted, "docx"), partial(told, workbook())),
    "DR-F009": (partial(told, workbook(), "~$表.xlsx"), partial(told, workbook(), "$~表.xlsx")),
    "DR-F010": (partial(told, b"L\x00\x00\x00\x01\x14\x02\x00abc", "表.xlsx.lnk"), partial(told, workbook(), "表.xlsx.lnk")),
    "DR-F011": (partial(told, b"From: a@b\r\nSubject: x\r\nDate: y\r\n\r\n"), partial(told, CSV.encode(), "表.csv")),
    "DR-F012": (partial(told, "只是一句话".encode(), "话.csv"), partial(told, CSV.encode(), "话.csv")),
    "DR-F013": (partial(crafted, "workbook inside a zip"), partial(told, workbook())),
    "DR-F014": (partial(told, b"name,no\n\x81\x20\xff,1\n", "表.csv"), partial(told, CSV.encode("gbk"), "表.csv")),
    "DR-F015": (partial(crafted, "xls that is only noise"), partial(told, XLS, "表.xls")),
    "DR-F016": (partial(told, lambda: workbook(workbook=NO_SHEET)), partial(told, workbook())),
    "DR-F017": (partial(without_old_readers, "表.xls"), partial(without_old_readers, "表.xlsx")),
    "DR-F101": (partial(told, XLS, "表.xls"), partial(told, workbook())),
    "DR-F102": (partial(told, CSV.encode(), "表.csv"), partial(told, workbook(), "表.csv")),
    "DR-F103": (partial(extra, "xl/vbaProject.bin", b"macro"), partial(told, workbook(), "表.xlsm")),
    "DR-F104": (partial(extra, "xl/externalLinks/externalLink1.xml", LINK), partial(extra, "xl/media/externalLink1.xml", LINK)),
    "DR-F105": (partial(extra, "xl/embeddings/oleObject1.bin", b"x"), partial(extra, "xl/media/oleObject1.bin", b"x")),
    "DR-F106": (partial(told, with_dangers, "表.xlsm"), partial(extra, "xl/externalLinks/externalLink1.xml", LINK)),
    "DR-F107": (partial(extra, "docProps/custom.xml", b"<broken"), partial(extra, "docProps/custom.xml", b"<Properties/>")),
    "DR-F108": (partial(first_reader, gives_up=True), partial(first_reader, gives_up=False)),
    "DR-F109": (partial(told, replaced("*", STRICT)), partial(told, office.workbook("T06"))),
    "DR-F110": (partial(told, replaced("xl/workbook.xml", ("<workbookPr", '<workbookPr date1904="1"'))), partial(told, replaced("xl/workbook.xml", ("<workbookPr", '<workbookPr date1904="0"')))),
    "DR-F111": (partial(told, workbook(), "表.xls"), partial(told, workbook(), "表.XLSX")),
    "DR-F112": (partial(told, workbook(sheet_xml(TWICE.format("A1")))), partial(told, workbook(sheet_xml(TWICE.format("B1"))))),
    "DR-F901": (partial(limit, 4096), partial(limit, -4096)),
    "DR-F902": (partial(crafted, "seventy thousand parts"), partial(entries, 100)),
    "DR-F903": (partial(crafted, "one string of 1 GiB"), partial(told, lambda: workbook(sheet_xml(MANY)))),
    "DR-F904": (partial(unpacked, 101), partial(unpacked, 1)),
    "DR-F905": (partial(crafted, "part name climbs out"), partial(extra, "xl/x..y", b"x")),
    "DR-F906": (partial(crafted, "external entity"), partial(told, workbook(sheet_xml(GOOD, after="<!-- DOCTYPE -->")))),
    "DR-F907": (partial(worksheets, 10_000), partial(worksheets, 50)),
    "DR-F908": (partial(told, partial(one_cell, "A1048576")), partial(told, partial(one_cell, "A100000"))),
    "DR-F909": (partial(told, partial(one_cell, "A0")), partial(told, partial(one_cell, "A1"))),
    "DR-F910": (partial(told, workbook(extra=[FLAGGED])), partial(told, workbook(extra=[Entry("xl/media/a.png", b"x")]))),
    "DR-F911": (partial(crafted, "size declared too small"), partial(told, workbook(sheet_xml(GOOD + "<row/>" * 20_000)))),
    "DR-F913": (partial(crafted, "ods of fifty million cells"), partial(told, XLS, "表.xls")),
    "DR-F990": (partial(in_a_child, "fail"), partial(in_a_child, "a")),
}  # fmt: skip
