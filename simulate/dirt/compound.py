"""Files of the old kind, made without any office program: compound files (OLE), and in them workbooks (BIFF8) and Outlook mails."""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

Tree = "Mapping[str, bytes | Tree]"
_SECTOR, _SMALL, _CUTOFF = 512, 64, 4096
_FREE, _END, _FAT_SECTOR, _NONE = 0xFFFFFFFF, 0xFFFFFFFE, 0xFFFFFFFD, 0xFFFFFFFF
_STORAGE, _STREAM, _ROOT = 1, 2, 5


class _Node:
    def __init__(self, name: str, kind: int, data: bytes = b"") -> None:
        self.name, self.kind, self.data = name, kind, data
        self.child = self.right = _NONE
        self.start, self.size = (_END, len(data)) if kind != _STORAGE else (0, 0)

    def record(self) -> bytes:
        name = self.name.encode("utf-16-le") + b"\0\0"
        fixed = struct.pack("<HBBIII", len(name), self.kind, 1, _NONE, self.right, self.child)
        return name.ljust(64, b"\0") + fixed + bytes(36) + struct.pack("<IQ", self.start, self.size)


def compound(tree: Any) -> bytes:
    """Return a compound file (version 3) with streams and storages as in `tree`: name -> bytes or a tree of its own."""
    nodes = [_Node("Root Entry", _ROOT)]
    _plant(nodes, 0, tree)
    fat: list[int] = []
    body = bytearray()

    def place(data: bytes) -> int:
        count = -(-len(data) // _SECTOR)
        start = len(fat)
        fat.extend([*range(start + 1, start + count), _END])
        body.extend(data.ljust(count * _SECTOR, b"\0"))
        return start

    small = bytearray()
    table: list[int] = []
    for one in nodes:
        if one.kind == _STREAM and one.size >= _CUTOFF:
            one.start = place(one.data)
        elif one.kind == _STREAM and one.size:
            one.start, count = len(table), -(-one.size // _SMALL)
            table.extend([*range(one.start + 1, one.start + count), _END])
            small.extend(one.data.ljust(count * _SMALL, b"\0"))
    if small:
        nodes[0].start, nodes[0].size = place(bytes(small)), len(small)
    table_start = place(_numbers(table)) if table else _END
    blank = bytes(64) + struct.pack("<HBBIII", 0, 0, 0, _NONE, _NONE, _NONE) + bytes(48)
    directory = b"".join(one.record() for one in nodes) + blank * (-len(nodes) % 4)
    directory_start = place(directory)
    count = 1
    while count * 128 < len(fat) + count:
        count += 1
    first = len(fat)
    fat += [_FAT_SECTOR] * count
    head = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(16) + struct.pack("<HHHHH6x", 0x3E, 3, 0xFFFE, 9, 6)
    tables = -(-len(table) // 128)
    head += struct.pack("<IIIIIIIII", 0, count, directory_start, 0, _CUTOFF, table_start, tables, _END, 0)
    head += _numbers([*range(first, first + count)]).ljust(436, b"\xff")[:436]
    return head + bytes(body) + _numbers(fat).ljust(count * _SECTOR, b"\xff")


def _plant(nodes: list[_Node], parent: int, tree: Any) -> None:
    """Add what a storage holds; siblings hang to the right of each other in the order of the format."""
    last = None
    for name in sorted(tree, key=lambda one: (len(one), one.upper())):
        inside = tree[name]
        node = _Node(name, _STREAM, inside) if isinstance(inside, bytes) else _Node(name, _STORAGE)
        nodes.append(node)
        number = len(nodes) - 1
        if last is None:
            nodes[parent].child = number
        else:
            last.right = number
        last = node
        if not isinstance(inside, bytes):
            _plant(nodes, number, inside)


def _numbers(values: list[int]) -> bytes:
    return struct.pack(f"<{len(values)}I", *values)


def xls(book: Any) -> bytes:
    """Return an openpyxl workbook as an .xls file (BIFF8): its sheets with texts and numbers, whatever is not hidden by them."""
    heads, sheets = [], []
    for sheet in book.worksheets:
        hidden = {"hidden": 1, "veryHidden": 2}.get(sheet.sheet_state, 0)
        heads.append((sheet.title, hidden))
        sheets.append(_sheet(sheet))
    before = _record(0x809, struct.pack("<HHHHII", 0x600, 5, 0x0DBB, 0x07CC, 0, 6)) + _record(0x42, b"\xb0\x04")
    bound = [_record(0x85, struct.pack("<IBB", 0, state, 0) + _short(name)) for name, state in heads]
    at = len(before) + sum(map(len, bound)) + 4
    written = []
    for (name, state), one in zip(heads, sheets, strict=True):
        written.append(_record(0x85, struct.pack("<IBB", at, state, 0) + _short(name)))
        at += len(one)
    stream = before + b"".join(written) + _record(0x0A) + b"".join(sheets)
    return compound({"Workbook": stream.ljust(_CUTOFF, b"\0")})


def _sheet(sheet: Any) -> bytes:
    found = [_record(0x809, struct.pack("<HHHHII", 0x600, 0x10, 0x0DBB, 0x07CC, 0, 6))]
    found.append(_record(0x200, struct.pack("<IIHHH", 0, sheet.max_row, 0, sheet.max_column, 0)))
    for row in sheet.iter_rows():
        for cell in row:
            place = struct.pack("<HHH", cell.row - 1, cell.column - 1, 15)
            if isinstance(cell.value, int | float):
                found.append(_record(0x203, place + struct.pack("<d", cell.value)))
            elif cell.value is not None and not str(cell.value).startswith("="):
                found.append(_record(0x204, place + _long(str(cell.value))))
    return b"".join([*found, _record(0x0A)])


def _record(number: int, data: bytes = b"") -> bytes:
    return struct.pack("<HH", number, len(data)) + data


def _short(text: str) -> bytes:
    return struct.pack("<BB", len(text), 1) + text.encode("utf-16-le")


def _long(text: str) -> bytes:
    return struct.pack("<HB", len(text), 1) + text.encode("utf-16-le")


def msg(subject: str, attachments: Mapping[str, bytes], *, wide: bool = True) -> bytes:
    """Return an Outlook mail with attachments; `wide=False` writes names as old programs do, in the code page of the system."""
    kind, encoding = ("001F", "utf-16-le") if wide else ("001E", "gb18030")
    tree: dict[str, Any] = {
        "__properties_version1.0": bytes(32),
        "__nameid_version1.0": {"__substg1.0_00020102": b"", "__substg1.0_00030102": b"", "__substg1.0_00040102": b""},
        f"__substg1.0_001A{kind}": "IPM.Note".encode(encoding),
        f"__substg1.0_0037{kind}": subject.encode(encoding),
        f"__substg1.0_1000{kind}": "见附件".encode(encoding),
    }
    for at, (name, data) in enumerate(attachments.items()):
        tree[f"__attach_version1.0_#{at:08X}"] = {
            "__properties_version1.0": bytes(8),
            f"__substg1.0_3707{kind}": name.encode(encoding),
            f"__substg1.0_3704{kind}": f"FUJIAN~{at}.XLS".encode(encoding),
            "__substg1.0_37010102": data,
        }
    return compound(tree)
