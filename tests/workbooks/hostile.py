"""Crafted files that break spreadsheet readers, built by code: bombs, lies, entity tricks, impossible addresses.

`KINDS` maps a name to (file name, builder, expected issue code or None when the file must simply be read).
Nothing here holds more than a few megabytes: bombs are assembled from repeated compressed blocks.
"""

import hashlib
import struct
import zlib
from functools import partial

MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
RELS = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
KIND = "application/vnd.openxmlformats-officedocument.spreadsheetml"
PACKAGE = "http://schemas.openxmlformats.org/package/2006"
HEAD = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'


class Entry:
    """One zip entry whose every declared trait can be a lie."""

    def __init__(self, name, plain=b"", *, packed=None, size=None, crc=None, method=8, flags=0x800):
        self.name = name.encode() if isinstance(name, str) else name
        squeeze = zlib.compressobj(9, zlib.DEFLATED, -15)
        self.packed = packed if packed is not None else squeeze.compress(plain) + squeeze.flush()
        if method == 0:
            self.packed = plain
        self.size = len(plain) if size is None else size
        self.crc = zlib.crc32(plain) if crc is None else crc
        self.method, self.flags = method, flags


def zip_of(entries, *, offsets=None):
    """Return a zip container; `offsets` overrides where the directory says the entries start."""
    body, directory = b"", b""
    for number, one in enumerate(entries):
        start = (offsets or {}).get(number, len(body))
        common = struct.pack(
            "<HHHHHIIIHH", 20, one.flags, one.method, 0, 33, one.crc, len(one.packed), one.size, len(one.name), 0
        )
        body += b"PK\x03\x04" + common + one.name + one.packed
        directory += b"PK\x01\x02\x14\x00" + common + struct.pack("<HHHII", 0, 0, 0, 0, start) + one.name
    count = min(len(entries), 0xFFFF)
    end = struct.pack("<HHHHIIH", 0, 0, count, count, len(directory), len(body), 0)
    return body + directory + b"PK\x05\x06" + end


def block_bomb(prefix, block, times, suffix):
    """Return (deflate stream, size) of prefix + block * times + suffix without ever holding it unpacked."""
    squeeze = zlib.compressobj(9, zlib.DEFLATED, -15)
    stream = squeeze.compress(prefix) + squeeze.flush(zlib.Z_FULL_FLUSH)
    one = squeeze.compress(block) + squeeze.flush(zlib.Z_FULL_FLUSH)
    stream += one * times + squeeze.compress(suffix) + squeeze.flush()
    return stream, len(prefix) + len(block) * times + len(suffix)


def sheet_xml(rows="", before="", after="", *, head=HEAD, doctype=""):
    """Return worksheet XML around `rows`."""
    inside = f"{before}<sheetData>{rows}</sheetData>{after}"
    return f'{head}{doctype}<worksheet xmlns="{MAIN}" xmlns:r="{RELS}">{inside}</worksheet>'.encode()


def strings_xml(items="<si><t>文</t></si>", *, doctype=""):
    """Return shared-string XML around `items`."""
    return f'{HEAD}{doctype}<sst xmlns="{MAIN}">{items}</sst>'.encode()


def parts(sheet=None, *, strings=None, sheets=1, extra=(), workbook=None):
    """Return the entries of a minimal workbook; `sheets` entries of workbook.xml all point to the one part."""
    names = "".join(f'<sheet name="表{n}" sheetId="{n}" r:id="rId1"/>' for n in range(1, sheets + 1))
    workbook = workbook or f'{HEAD}<workbook xmlns="{MAIN}" xmlns:r="{RELS}"><sheets>{names}</sheets></workbook>'
    relations = (
        f'<Relationship Id="rId1" Type="{RELS}/worksheet" Target="worksheets/sheet1.xml"/>'
        f'<Relationship Id="rId2" Type="{RELS}/sharedStrings" Target="sharedStrings.xml"/>'
    )
    office = f'<Relationship Id="rId1" Type="{RELS}/officeDocument" Target="xl/workbook.xml"/>'
    types = (
        f'{HEAD}<Types xmlns="{PACKAGE}/content-types">'
        '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
        '<Default Extension="xml" ContentType="application/xml"/>'
        f'<Override PartName="/xl/workbook.xml" ContentType="{KIND}.sheet.main+xml"/>'
        f'<Override PartName="/xl/worksheets/sheet1.xml" ContentType="{KIND}.worksheet+xml"/>'
        f'<Override PartName="/xl/sharedStrings.xml" ContentType="{KIND}.sharedStrings+xml"/></Types>'
    )
    found = [
        Entry("[Content_Types].xml", types.encode()),
        Entry("_rels/.rels", f'{HEAD}<Relationships xmlns="{PACKAGE}/relationships">{office}</Relationships>'.encode()),
        Entry("xl/workbook.xml", workbook.encode()),
        Entry(
            "xl/_rels/workbook.xml.rels",
            f'{HEAD}<Relationships xmlns="{PACKAGE}/relationships">{relations}</Relationships>'.encode(),
        ),
    ]
    if not isinstance(sheet, Entry):
        sheet = Entry("xl/worksheets/sheet1.xml", sheet_xml(GOOD) if sheet is None else sheet)
    if not isinstance(strings, Entry):
        strings = Entry("xl/sharedStrings.xml", strings or strings_xml())
    return [*found, sheet, strings, *extra]


GOOD = '<row r="1"><c r="A1" t="s"><v>0</v></c><c r="B1"><v>1</v></c></row>'
LAUGHS = (
    '<!DOCTYPE x [<!ENTITY a "哈哈哈哈哈哈哈哈哈哈">'
    + "".join(f'<!ENTITY {b} "{f"&{a};" * 10}">' for a, b in zip("abcdefgh", "bcdefghi", strict=True))
    + "]>"
)


def workbook(sheet=None, **traits):
    """Return a minimal workbook as bytes."""
    return zip_of(parts(sheet, **traits))


def stored(sheet):
    """Return a minimal workbook whose sheet is not compressed, so that no ratio gives it away."""
    return workbook(Entry("xl/worksheets/sheet1.xml", sheet, method=0))


def one_cell(place, *, row=None, raw="1", kind=""):
    """Return a workbook with one cell at `place`."""
    number = row or "".join(filter(str.isdigit, place))
    return workbook(sheet_xml(f'<row r="{number}"><c r="{place}"{kind}><v>{raw}</v></c></row>'))


def bomb(name, prefix, block, times, suffix, **traits):
    """Return a workbook whose part `name` unpacks to block * times."""
    packed, size = block_bomb(prefix, block, times, suffix)
    entry = Entry(name, packed=packed, size=size, crc=0)
    key = "strings" if "Strings" in name else "sheet"
    return zip_of(parts(**{key: entry}, **traits))


def string_bomb():
    """1 GiB in one shared string."""
    head = strings_xml("").replace(b"</sst>", b"<si><t>")
    return bomb("xl/sharedStrings.xml", head, b"A" * (1 << 20), 1024, b"</t></si></sst>")


def cell_bomb():
    """50 million cells."""
    head, _, tail = sheet_xml("").partition(b"</sheetData>")
    block = b"<row>" + b"<c><v>1</v></c>" * 5_000 + b"</row>"
    return bomb("xl/worksheets/sheet1.xml", head, block, 10_000, b"</sheetData>" + tail)


def many_strings():
    """30 million empty shared strings."""
    head = strings_xml("").replace(b"</sst>", b"")
    return bomb("xl/sharedStrings.xml", head, b"<si><t/></si>" * 30_000, 1_000, b"</sst>")


def blank_rows():
    """A hundred thousand formatted rows with nothing in them, and one honest cell."""
    blanks = "".join(f'<row r="{n}" s="1"><c r="A{n}" s="1"/><c r="B{n}" s="1"/></row>' for n in range(2, 100_002))
    return workbook(sheet_xml(GOOD + blanks))


def size_lie():
    """A sheet that declares 1 kB and holds a hundred times as much."""
    honest = sheet_xml(GOOD + "<row/>" * 20_000)
    squeeze = zlib.compressobj(9, zlib.DEFLATED, -15)
    packed = squeeze.compress(honest) + squeeze.flush()
    return zip_of(parts(Entry("xl/worksheets/sheet1.xml", packed=packed, size=1024, crc=zlib.crc32(honest[:1024]))))


def hidden_entries():
    """A zip64: the end record everybody looks at speaks of one part, the longer one before it of thirty thousand."""
    entries = [Entry(f"xl/{number}.xml", b"") for number in range(30_000)]
    data = zip_of(entries)
    end = len(data) - 22
    size, start = struct.unpack_from("<II", data, end + 12)
    wide = struct.pack("<4sQHHIIQQQQ", b"PK\x06\x06", 44, 45, 45, 0, 0, len(entries), len(entries), size, start)
    locator = struct.pack("<4sIQI", b"PK\x06\x07", 0, end, 1)
    short = struct.pack("<4sHHHHIIH", b"PK\x05\x06", 0, 0, 1, 1, size, 0xFFFFFFFF, 0)
    return data[:end] + wide + locator + short


def overlapping():
    """Many entries that share the bytes of one: the other kind of bomb."""
    noise = b"".join(hashlib.sha256(bytes([n % 256, n // 256])).digest() for n in range(2_000))
    inner = Entry("xl/media/a.bin", noise)
    entries = [*parts(), inner, *(Entry(f"xl/media/{n}.bin", packed=inner.packed, size=inner.size) for n in range(200))]
    first = sum(30 + len(one.name) + len(one.packed) for one in parts())
    data = zip_of(entries, offsets=dict.fromkeys(range(len(parts()), len(entries)), first))
    body = data[: first + 30 + len(inner.name) + len(inner.packed)]
    start = data.index(b"PK\x01\x02")
    directory, end = data[start : data.rindex(b"PK\x05\x06")], bytearray(data[data.rindex(b"PK\x05\x06") :])
    end[16:20] = struct.pack("<I", len(body))
    return body + directory + bytes(end)


def nested():
    """200,000 elements inside one another."""
    depth = 200_000
    return stored(sheet_xml(GOOD, after="<a>" * depth + "</a>" * depth))


def validations():
    """65,000 data validations."""
    one = '<dataValidation type="list" sqref="A{0}"><formula1>"是,否"</formula1></dataValidation>'
    return workbook(
        sheet_xml(GOOD, after="<dataValidations>" + "".join(map(one.format, range(1, 65_001))) + "</dataValidations>")
    )


def many_entries():
    """A zip with 70,000 parts."""
    return zip_of([Entry(f"xl/{n}.xml", method=0) for n in range(70_000)])


def utf16_doctype():
    """An entity hidden from a search for ASCII bytes."""
    text = sheet_xml(GOOD, head='<?xml version="1.0" encoding="UTF-16"?>', doctype=LAUGHS).decode()
    return workbook(text.encode("utf-16"))


def ods(content, *, meta=b""):
    """Return an OpenDocument spreadsheet around table rows."""
    office = "urn:oasis:names:tc:opendocument:xmlns:office:1.0"
    table = "urn:oasis:names:tc:opendocument:xmlns:table:1.0"
    text = "urn:oasis:names:tc:opendocument:xmlns:text:1.0"
    body = (
        f'{HEAD}<office:document-content xmlns:office="{office}" xmlns:table="{table}" xmlns:text="{text}" office:version="1.2">'
        f'<office:body><office:spreadsheet><table:table table:name="表1">{content}</table:table>'
        "</office:spreadsheet></office:body></office:document-content>"
    )
    kind = b"application/vnd.oasis.opendocument.spreadsheet"
    manifest = f'{HEAD}<m:manifest xmlns:m="urn:oasis:names:tc:opendocument:xmlns:manifest:1.0"/>'
    found = [
        Entry("mimetype", kind, method=0),
        Entry("content.xml", body.encode()),
        Entry("META-INF/manifest.xml", manifest.encode()),
    ]
    return zip_of(found + ([Entry("meta.xml", meta)] if meta else []))


def ods_cell(rows=1, columns=1):
    """Return an ods with one value repeated."""
    return ods(
        f'<table:table-row table:number-rows-repeated="{rows}">'
        f'<table:table-cell table:number-columns-repeated="{columns}" office:value-type="float" office:value="1">'
        "<text:p>1</text:p></table:table-cell></table:table-row>"
    )


def ole(streams):
    """Return an OLE container (CFB v3) with the given streams; every stream is padded past the mini stream."""
    sector = 512
    padded = {
        name: data + bytes(max(4096, -(-len(data) // sector) * sector) - len(data)) for name, data in streams.items()
    }
    fat, directory, body = [0xFFFFFFFD, 0xFFFFFFFE], [], b""
    names = list(padded)
    entries = -(-(len(names) + 1) // 4)
    fat = [0xFFFFFFFD] + [n + 2 for n in range(entries - 1)] + [0xFFFFFFFE]
    starts = {}
    for name, data in padded.items():
        starts[name], count = len(fat), len(data) // sector
        fat += [starts[name] + n + 1 for n in range(count - 1)] + [0xFFFFFFFE]
        body += data

    def record(name, kind, *, child=0xFFFFFFFF, right=0xFFFFFFFF, start=0, size=0):
        encoded = name.encode("utf-16-le") + b"\x00\x00"
        fixed = struct.pack("<H", len(encoded)) + struct.pack("<BBIII", kind, 1, 0xFFFFFFFF, right, child)
        return encoded.ljust(64, b"\x00") + fixed + bytes(36) + struct.pack("<IQ", start, size)

    directory.append(record("Root Entry", 5, child=1, start=0xFFFFFFFE))
    for number, name in enumerate(names, 1):
        right = number + 1 if number < len(names) else 0xFFFFFFFF
        directory.append(record(name, 2, right=right, start=starts[name], size=len(padded[name])))
    while len(directory) % 4:
        directory.append(bytes(64) + struct.pack("<HBBIII", 0, 0, 0, *[0xFFFFFFFF] * 3) + bytes(48))
    header = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(16)
    header += struct.pack("<HHHHH6xIIIIIIIII", 0x3E, 3, 0xFFFE, 9, 6, 0, 1, 1, 0, 4096, 0xFFFFFFFE, 0, 0xFFFFFFFE, 0)
    header += struct.pack("<I", 0) + b"\xff\xff\xff\xff" * 108
    table = b"".join(struct.pack("<I", one) for one in fat).ljust(sector, b"\xff")
    return header[:512] + table + b"".join(directory) + body


def biff(*records):
    """Return the beginning of a BIFF stream from (number, payload) records."""
    return b"".join(struct.pack("<HH", number, len(data)) + data for number, data in records)


def with_dangers():
    """Macros, a link to another file by DDE, an embedded object: read, named, never opened."""
    dde = f'{HEAD}<externalLink xmlns="{MAIN}"><ddeLink ddeService="cmd" ddeTopic="/c calc"/></externalLink>'
    extra = [
        Entry("xl/vbaProject.bin", b"macro"),
        Entry("xl/externalLinks/externalLink1.xml", dde.encode()),
        Entry("xl/embeddings/oleObject1.bin", b"object"),
    ]
    return workbook(extra=extra)


def half(data):
    """Return the first half of a file."""
    return data[: len(data) // 2]


HTML = "<html><head><meta charset='gb2312'></head><body><table><tr><td>姓名</td></tr></table></body></html>"
MERGE = '<mergeCells count="1"><mergeCell ref="{}"/></mergeCells>'
QUADRATIC = f'<!DOCTYPE x [<!ENTITY a "{"哈" * 50_000}">]>'
EXTERNAL = '<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/hostname">]>'
INLINE = '<row r="1"><c r="A1" t="inlineStr"><is><t>{}</t></is></c></row>'

KINDS = {
    "control": ("好.xlsx", workbook, None),
    "cell at XFD1048576": ("角.xlsx", partial(one_cell, "XFD1048576"), "DR-F908"),
    "cell at A1048576": ("底.xlsx", partial(one_cell, "A1048576"), "DR-F908"),
    "row 99999999": ("行.xlsx", partial(one_cell, "A99999999", row="99999999"), "DR-F909"),
    "row 4294967295": ("行.xlsx", partial(one_cell, "A4294967295"), "DR-F909"),
    "column ZZZZ": ("列.xlsx", partial(one_cell, "ZZZZ1"), "DR-F909"),
    "column ZZZ": ("列.xlsx", partial(one_cell, "ZZZ1"), "DR-F908"),
    "row 0": ("零.xlsx", partial(one_cell, "A0"), "DR-F909"),
    "whole sheet as dimension": (
        "维.xlsx",
        lambda: workbook(sheet_xml(GOOD, '<dimension ref="A1:XFD1048576"/>')),
        None,
    ),
    "whole sheet merged": ("并.xlsx", lambda: workbook(sheet_xml(GOOD, after=MERGE.format("A1:XFD1048576"))), None),
    "hundred thousand rows merged": (
        "并.xlsx",
        lambda: workbook(sheet_xml(GOOD, after=MERGE.format("A1:Z100000"))),
        None,
    ),
    "laughs in the sheet": ("笑.xlsx", lambda: workbook(sheet_xml(INLINE.format("&i;"), doctype=LAUGHS)), "DR-F906"),
    "laughs in the strings": (
        "笑.xlsx",
        lambda: workbook(strings=strings_xml("<si><t>&i;</t></si>", doctype=LAUGHS)),
        "DR-F906",
    ),
    "laughs in UTF-16": ("笑.xlsx", utf16_doctype, "DR-F906"),
    "quadratic entity": (
        "方.xlsx",
        lambda: stored(sheet_xml(INLINE.format("&a;" * 2_000), doctype=QUADRATIC)),
        "DR-F906",
    ),
    "external entity": ("外.xlsx", lambda: workbook(sheet_xml(INLINE.format("&a;"), doctype=EXTERNAL)), "DR-F906"),
    "one string of 1 GiB": ("串.xlsx", string_bomb, "DR-F903"),
    "fifty million cells": ("格.xlsx", cell_bomb, "DR-F903"),
    "thirty million strings": ("串.xlsx", many_strings, "DR-F903"),
    "hundred thousand blank rows": ("空行.xlsx", blank_rows, None),
    "string index too large": ("索.xlsx", partial(one_cell, "A1", raw="7", kind=' t="s"'), "DR-F909"),
    "string index negative": ("索.xlsx", partial(one_cell, "A1", raw="-1", kind=' t="s"'), "DR-F909"),
    "number with 200,000 digits": (
        "数.xlsx",
        lambda: stored(sheet_xml(f'<row r="1"><c r="A1"><v>{"9" * 200_000}</v></c></row>')),
        None,
    ),
    "number NaN": ("数.xlsx", partial(one_cell, "A1", raw="NaN"), None),
    "ten thousand sheets": ("表.xlsx", partial(workbook, sheets=10_000), "DR-F907"),
    "sixty-five thousand validations": ("验.xlsx", validations, None),
    "two hundred thousand nested elements": ("深.xlsx", nested, None),
    "part name climbs out": ("出.xlsx", lambda: workbook(extra=[Entry("../../x", b"x")]), "DR-F905"),
    "part name absolute": ("绝.xlsx", lambda: workbook(extra=[Entry("/etc/x", b"x")]), "DR-F905"),
    "part name twice": ("双.xlsx", lambda: workbook(extra=[Entry("xl/workbook.xml", b"<x/>")]), "DR-F905"),
    "part encrypted": ("密.xlsx", lambda: workbook(extra=[Entry("xl/x.xml", b"x", flags=0x801)]), "DR-F910"),
    "seventy thousand parts": ("多.xlsx", many_entries, "DR-F902"),
    "thirty thousand parts behind a count of one": ("六十四.xlsx", hidden_entries, "DR-F902"),
    "parts that overlap": ("叠.xlsx", overlapping, "DR-F911"),
    "size declared too small": ("谎.xlsx", size_lie, "DR-F911"),
    "workbook inside a zip": ("套.xlsx", lambda: zip_of([Entry("名单.xlsx", workbook())]), "DR-F013"),
    "web page named xlsx": ("网.xlsx", lambda: HTML.encode("gbk"), "DR-F004"),
    "web page named xls": ("网.xls", HTML.encode, "DR-F004"),
    "empty": ("空.xlsx", lambda: b"", "DR-F001"),
    "half a file": ("半.xlsx", lambda: half(workbook()), "DR-F002"),
    "encrypted workbook": ("密.xlsx", lambda: ole({"EncryptedPackage": b"x", "EncryptionInfo": b"y"}), "DR-F003"),
    "encrypted xls": ("密.xls", lambda: ole({"Workbook": biff((0x809, bytes(16)), (0x2F, bytes(6)))}), "DR-F003"),
    "xls of one whole sheet": (
        "满.xls",
        lambda: ole({"Workbook": biff((0x809, bytes(16)), (0x203, struct.pack("<HH", 65_535, 65_535) + bytes(10)))}),
        "DR-F913",
    ),
    "xls that reserves too much": (
        "满.xls",
        lambda: ole({"Workbook": biff((0x809, bytes(16)), (0x200, struct.pack("<IIHHH", 0, 1 << 31, 0, 65_535, 0)))}),
        "DR-F913",
    ),
    "xls of less than nothing": (
        "负.xls",
        lambda: ole({"Workbook": biff((0x809, bytes(16)), (0x200, struct.pack("<IIHHH", 20_973, 1, 0, 9, 0)))}),
        "DR-F015",
    ),
    "Word document named xls": ("文.xls", lambda: ole({"WordDocument": b"x"}), "DR-F008"),
    "mail named xls": ("信.xls", lambda: ole({"__substg1.0_0037001F": b"x"}), "DR-F011"),
    "xls that is only noise": ("噪.xls", lambda: ole({"Workbook": bytes(range(256)) * 20}), "DR-F015"),
    "ods of one whole sheet": ("满.ods", partial(ods_cell, 1_048_576, 16_384), "DR-F908"),
    "ods of four thousand million rows": ("满.ods", partial(ods_cell, 4_000_000_000, 4_000_000_000), "DR-F908"),
    "ods of fifty million cells": ("满.ods", partial(ods_cell, 100_000, 500), "DR-F913"),
    "macros, links and objects": ("宏.xlsm", with_dangers, None),
    "PDF": ("扫.xlsx", lambda: b"%PDF-1.7\n", "DR-F005"),
    "picture": ("照.xlsx", lambda: b"\x89PNG\r\n\x1a\n", "DR-F006"),
    "rar": ("包.xlsx", lambda: b"Rar!\x1a\x07\x01\x00", "DR-F007"),
    "7z": ("包.xlsx", lambda: b"7z\xbc\xaf\x27\x1c\x00\x04", "DR-F007"),
    "docx": (
        "文.xlsx",
        lambda: zip_of([Entry("[Content_Types].xml", b"<x/>"), Entry("word/document.xml", b"<x/>")]),
        "DR-F008",
    ),
    "noise": ("噪.xlsx", lambda: bytes((n * 7 + n // 3) % 256 for n in range(4_000)), "DR-F012"),
}
