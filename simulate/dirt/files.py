"""Dirt of files and identities (intake 3.1, 3.2): wrong kinds, broken parts, odd but legal packages, wrong years and senders."""

from __future__ import annotations

import io
import re
import struct
import zipfile
from functools import partial
from typing import TYPE_CHECKING

from schemas import loader
from simulate.dirt import office
from simulate.dirt.binary import xlsb
from simulate.dirt.case import Case, Outcome, open_form, place
from simulate.dirt.compound import compound, xls
from workbooks.template import identity_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

SAME, NOTED, RETURNED, REFUSED = Outcome.SAME, Outcome.NOTED, Outcome.RETURNED, Outcome.REFUSED
DATA_SHEET = "xl/worksheets/sheet3.xml"


def repacked(data: bytes, change: Callable[[str, bytes], bytes | None], extra: dict[str, bytes] | None = None) -> bytes:
    """Return the package with every part passed through `change` (None drops it) and `extra` parts added."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as old, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as new:
        for info in old.infolist():
            part = change(info.filename, old.read(info))
            if part is not None:
                new.writestr(info.filename, part)
        for name, part in (extra or {}).items():
            new.writestr(name, part)
    return out.getvalue()


def _broken(bad: str, part: str, data: bytes) -> bytes:
    return b"<broken" if part == bad else data


def replaced(name: str, *pairs: tuple[str, str], form: str = "T06") -> bytes:
    """Return the sound workbook with texts replaced in one part (all parts with `*`)."""

    def change(part: str, data: bytes) -> bytes:
        if name in (part, "*"):
            for old, new in pairs:
                data = data.replace(old.encode(), new.encode())
        return data

    return repacked(office.workbook(form), change)


def with_cell(address: str, xml: str, form: str = "T06") -> bytes:
    """Return the sound workbook with the XML of one data cell written anew."""
    cell = re.compile(rf'<c r="{address}"( s="[0-9]+")?[^>]*>.*?</c>'.encode())
    return repacked(
        office.workbook(form),
        lambda part, data: cell.sub(lambda _: xml.encode(), data, count=1) if part == DATA_SHEET else data,
    )


def _list(
    kind: str, outcome: Outcome, codes: Iterable[str], *files: bytes, form: str = "T06", **rest: object
) -> list[Case]:
    return [
        Case(kind=kind, variant=at, form=form, data=data, outcome=outcome, codes=tuple(codes), **rest)  # type: ignore[arg-type]
        for at, data in enumerate(files, 1)
    ]


def _named(kind: str, outcome: Outcome, codes: Iterable[str], data: bytes, *names: str) -> list[Case]:
    return [
        Case(kind=kind, variant=at, form="T06", data=data, outcome=outcome, codes=tuple(codes), name=name)
        for at, name in enumerate(names, 1)
    ]


def cases() -> list[Case]:
    """Return every case of a file as a whole."""
    return [*_containers(), *_packages(), *_old_kinds(), *_identities(), *_people()]


def _containers() -> list[Case]:
    good = office.workbook("T06")
    html = "<html><body><table><tr><td>姓名</td></tr></table></body></html>".encode()
    xml2003 = b'<?xml version="1.0"?><?mso-application progid="Excel.Sheet"?><Workbook xmlns="urn:schemas-microsoft-com:office:spreadsheet"/>'
    csv = "姓名,职务,人员类别,执法资质,执法证号\n欧阳明远,股长,行政执法类公务员,持有行政执法证,42122100101\n"
    foreign = (
        b"Rar!\x1a\x07\x00" + b"x" * 99,
        b"7z\xbc\xaf\x27\x1c" + b"x" * 99,
        b"%PDF-1.4\n",
        b"\x89PNG\r\n\x1a\n" + b"x" * 50,
        b"\xff\xd8\xff\xe0" + b"x" * 50,
    )
    codes = (
        "DR-F001",
        "DR-F002",
        "DR-F004",
        "DR-F005",
        "DR-F006",
        "DR-F007",
        "DR-F008",
        "DR-F009",
        "DR-F010",
        "DR-F011",
        "DR-F012",
        "DR-F013",
        "DR-F015",
    )
    return [
        *_named("D001", SAME, ("DR-F111",), good, "表.xls", "表.csv", "表.et", "表.ods", "表.XLS"),
        *_named("D001", REFUSED, ("DR-F004",), html, "表.xls", "表.xlsx"),
        *_named("D001", REFUSED, ("DR-F004", "DR-F008", "DR-F012"), xml2003, "表.xls"),
        *_list("D005", RETURNED, ("DR-F102",), *(csv.encode(one) for one in ("gbk", "utf-8", "utf-8-sig", "utf-16", "gb18030")), name="表.csv"),
        *_list("D008", REFUSED, codes, b"", good[: len(good) // 2], good[:100], *foreign, html[:20]),
        *_named("D008", REFUSED, ("DR-F009",), good, "~$报送表.xlsx"),
        *_named("D011", SAME, (), good, "表(1).xlsx", "表 - 副本.xlsx", "最终版2.xlsx", "表．xlsx ", "x" * 200 + ".xlsx", "2026_NOM_421221_T06_v1.xlsx", "咸宁市嘉鱼县.xlsx", "通城县人民医院.xlsx", "T06 Jiayu.xlsx"),
        *_named("D011", SAME, ("DR-U009",), good, "2026_NOM_421222_T06_v1.xlsx", "通城县司法局.xlsx", "咸宁市赤壁市推荐表(1).xlsx", "咸安上报 - 副本.xlsx", "2026年度通山县最终版.xlsx"),
        *_list("D013", SAME, (), *(repacked(good, partial(_broken, bad)) for bad in ("docProps/core.xml", "docProps/app.xml", "xl/theme/theme1.xml", "docProps/custom.xml"))),
        *_list("D013", SAME, (), repacked(good, lambda part, data: None if part == "docProps/app.xml" else data)),
    ]  # fmt: skip


def _packages() -> list[Case]:
    book, sheet = "xl/workbook.xml", DATA_SHEET
    rich = '<c r="B5" t="inlineStr"><is><r><t>欧阳</t></r><r><rPr><b/></rPr><t>明远</t></r>{}</is></c>'
    spoken = '<rPh sb="0" eb="2"><t>おうよう</t></rPh><phoneticPr fontId="1"/>'
    formula = '<c r="C5" t="str"><f>{}</f><v>股长</v></c>'
    strict = (
        "http://schemas.openxmlformats.org/spreadsheetml/2006/main",
        "http://purl.oclc.org/ooxml/spreadsheetml/main",
    )
    relations = (
        "http://schemas.openxmlformats.org/officeDocument/2006/relationships",
        "http://purl.oclc.org/ooxml/officeDocument/relationships",
    )
    macros = {"xl/vbaProject.bin": b"macro" * 100}
    link = b'<?xml version="1.0"?><externalLink xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"/>'
    good = office.workbook("T06")
    kept = lambda _, data: data  # noqa: E731
    return [
        *_list("D004", SAME, ("DR-F103",), *(repacked(good, kept, {**macros, f"customUI/customUI{at}.xml": b"<x/>"}) for at in range(5)), name="表.xlsm"),
        *_list("D009", SAME, ("DR-F104", "DR-F105"), *(repacked(good, kept, {f"xl/externalLinks/externalLink{at}.xml": link}) for at in (1, 2, 3)),
               *(repacked(good, kept, {f"xl/embeddings/oleObject{at}.bin": b"object"}) for at in (1, 2))),
        *_list("D014", SAME, (), *(replaced(sheet, ('<dimension ref="A1:J14"/>', new)) for new in ('<dimension ref="A1"/>', '<dimension ref="A1:B2"/>', '<dimension ref="A1:XFD1048576"/>', "", '<dimension ref="C3:C3"/>'))),
        *_list("D015", SAME, (), with_cell("B5", rich.format("")), with_cell("B5", rich.format(spoken)), with_cell("B5", '<c r="B5" t="inlineStr"><is><t>欧阳明远</t>' + spoken + "</is></c>")),
        *_list("D016", SAME, (), replaced("*", strict, relations), replaced(book, strict), replaced("xl/_rels/workbook.xml.rels", ('Target="worksheets/', 'Target="/xl/worksheets/')),
               replaced("_rels/.rels", ('Target="xl/', 'Target="/xl/')), replaced(sheet, ('standalone="yes"', 'standalone="no"'))),
        *_list("D017", SAME, ("DR-F110",), *(replaced(book, ("<workbookPr", f'<workbookPr date1904="{word}"')) for word in ("1", "true")),
               *(replaced(book, ("<workbookPr", f'<workbookPr showInkAnnotation="{at}" date1904="1"')) for at in (0, 1)), replaced(book, ("<workbookPr", '<workbookPr backupFile="1" date1904="true"'))),
        *_list("D072", SAME, ("DR-C011",), *(with_cell("C5", formula.format(text)) for text in ('"股"&amp;"长"', "C6", "VLOOKUP(B5,Z1:Z9,1,0)", "CONCATENATE(X1,X2)", "代码表!A1")), sheet="nominees", cell="C5"),
    ]  # fmt: skip


def _old_kinds() -> list[Case]:
    """Return sound workbooks as .xls, .et and .xlsb, and files under a password."""
    forms = ("T06", "T06b", "T04", "T02", "T01")
    old, binary = ({form: writer(open_form(form)) for form in forms} for writer in (xls, xlsb))
    found = [
        Case(kind=kind, variant=at, form=form, data=data, outcome=SAME, codes=("DR-F101",), name=name)
        for kind, name, books, first in (
            ("D002", "表.xls", old, 1),
            ("D003", "表.et", old, 1),
            ("D004", "表.xlsb", binary, 6),
        )
        for at, (form, data) in enumerate(books.items(), first)
    ]
    secret = [compound({"EncryptionInfo": bytes(size), "EncryptedPackage": b"x" * size}) for size in (40, 248, 5000)]
    first = struct.pack("<HHHHHHII", 0x809, 16, 0x600, 5, 0x0DBB, 0x07CC, 0, 6)
    secret += [
        compound({"Workbook": (first + struct.pack("<HH", 0x2F, len(key)) + key).ljust(5000, b"\0")})
        for key in (bytes(6), b"\x01\0\x01\0\x01\0" + bytes(48))
    ]
    return found + [
        Case(kind="D006", variant=at, form="T06", data=data, outcome=REFUSED, codes=("DR-F003",), name=name)
        for at, (data, name) in enumerate(
            zip(secret, ("表.xlsx", "表.xlsx", "表.xlsm", "表.xls", "表.et"), strict=True), 1
        )
    ]


def _identities() -> list[Case]:
    rows = office.rows("T06")
    county = office.COUNTY
    declared = loader.template("T06")
    own = identity_of(declared, unit=county, year=office.YEAR).text()
    outsiders = ("420111", "420102", "420502", "420602", "421102")
    blank = {**office.COVER, "is_zero_report": "是"}
    return [
        *_list("D019", RETURNED, ("DR-U003",), *(office.filled("T06", rows, year=year) for year in (2025, 2024, 2027))),
        *_list("D019", RETURNED, ("DR-T101",), *(replaced("*", (own, own.replace("/1.0/", f"/{old}/")), ("版本 1.0", f"版本 {old}")) for old in ("0.9", "0.5"))),
        *_list("D022", RETURNED, ("DR-U002",), *(office.filled("T06", rows, sender=unit) for unit in outsiders)),
        *_list("D022", RETURNED, ("DR-U008",), *(of_nobody(name) for name in ("咸安区司法局", "通城县司法局", "咸宁市司法局", "湖北省公证协会", "崇阳县司法局")), sheet="cover", cell="C3"),
        *_list("D029", SAME, ("DR-U007",), *[office.workbook("T06")] * 5, receiver=office.PROVINCE),
        *_list("D025", RETURNED, ("DR-Q012",), *(office.filled("T06", {}, cover={**blank, "explanation": word}) for word in ("", " ", "无"))),
        *_list("D012", RETURNED, ("DR-T006",), *(_with_stranger(one) for one in ("T06b", "T05", "T18", "T13", "T07"))),
    ]  # fmt: skip


def of_nobody(name: str, code: str = office.COUNTY) -> bytes:
    """Return the sound county workbook as a form made for nobody, on whose cover somebody typed a name and a code."""
    own = identity_of(loader.template("T06"), unit=office.COUNTY, year=office.YEAR).text()
    known = loader.units()[office.COUNTY].name
    nobody = own.replace(office.COUNTY, "")
    return replaced("*", (own, nobody), (f">{known}<", f">{name}<"), (f">{office.COUNTY}<", f">{code}<"))


def _with_stranger(form: str) -> bytes:
    """Return the sound county workbook with the filled sheet of another form in it."""
    from simulate.dirt.case import open_form, saved

    book = open_form("T06")
    sheet = book.create_sheet("另一张表")
    fields = loader.template(form).sheets[0].fields
    sheet.append([])
    sheet.append([])
    sheet.append([None, *(one.title for one in fields)])
    sheet.append(["#_row", *(f"#{one.key}" for one in fields)])
    sheet.append([1, *(one.example or "甲" for one in fields)])
    return saved(book)


def _people() -> list[Case]:
    """Return the cases that need known people: a lost number that one candidate can restore, a name in other characters."""
    roster = {"certificate_no": {"欧阳明远": "421221199001011234", "刘国华": "42122100103"}}
    number = '<c r="F5"><v>421221199001011200</v></c>'
    names = ("劉國華", "刘國华", "劉国华", "刘国華", "劉国華")
    return [
        *_list("D073", RETURNED, ("DR-C012",), with_cell("F5", number), roster=roster, sheet="nominees", cell="F5"),
        *_list("D067", NOTED, ("DR-K004",), *(with_cell("B5", f'<c r="B5" t="inlineStr"><is><t>{one}</t></is></c>') for one in names),
               roster=roster, sheet="nominees", cell=place("T06", "name")),
        *_list("D110", NOTED, ("DR-K005",), *(with_cell("B5", f'<c r="B5" t="inlineStr"><is><t>{one}</t></is></c>') for one in ("欧阳明", "欧阳远", "欧明远", "王明远", "欧阳明远山")),
               roster={"certificate_no": {"欧阳明远": "42122100101"}}, sheet="nominees", cell=place("T06", "name")),
    ]  # fmt: skip
