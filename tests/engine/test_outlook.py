"""Outlook mails as Outlook writes them: a compound file with a storage for each attachment; domestic names in mail and zip."""

import base64
import io
import zipfile

import olefile
import pytest

from engine.arrivals import open_one
from simulate.dirt import office
from simulate.dirt.compound import compound, msg

NAMES = ("嘉鱼县推荐表.xlsx", "镕基县㛃珺推荐表.xlsx", "盖章件.pdf")


def told(found):
    return [(one.name, one.role, one.problem[0] if one.problem else None) for one in found]


def test_a_compound_file_is_one_for_a_reader_of_such_files():
    tree = {"大": b"x" * 5000, "小": b"y" * 70, "夹": {"里": b"z", "空": b""}}
    with olefile.OleFileIO(io.BytesIO(compound(tree))) as found:
        assert {"/".join(one) for one in found.listdir()} == {"夹/空", "夹/里", "大", "小"}
        assert [found.openstream(one).read() for one in ("大", "小", "夹/里", "夹/空")] == [b"x" * 5000, b"y" * 70, b"z", b""]  # fmt: skip
        assert found.parsing_issues == []


@pytest.mark.parametrize("wide", [True, False])
def test_the_attachments_of_an_outlook_mail_arrive_whole_with_their_long_names(wide):
    book = office.workbook("T06")
    files = {NAMES[0]: book, NAMES[1]: book + b"", NAMES[2]: b"%PDF-1.4"}
    found = list(open_one("报送.msg", msg("报送", files, wide=wide)))
    assert told(found) == [
        ("报送.msg", "container", None),
        (NAMES[0], "workbook", None),
        (NAMES[1], "workbook", None),
        (NAMES[2], "attachment", None),
    ]
    assert [one.data for one in found[1:]] == list(files.values())


def test_a_mail_within_the_mail_has_no_bytes_and_is_left_alone():
    data = compound({"__properties_version1.0": bytes(32), "__attach_version1.0_#00000000": {"__substg1.0_3701000D": {"x": b"y"}}})  # fmt: skip
    assert told(open_one("转发.msg", data)) == [("转发.msg", "workbook", "DR-A008")]


def test_an_outlook_mail_without_attachments_is_answered():
    assert told(open_one("空.msg", msg("空", {}))) == [("空.msg", "workbook", "DR-A008")]


@pytest.mark.parametrize("label", ["gb2312", "GB2312", "gbk", "gb18030", "hz-gb-2312", "x-unknown"])
def test_a_name_in_gbk_is_read_whatever_the_mail_calls_its_characters(label):
    coded = base64.b64encode(NAMES[1].replace("㛃", "").encode("gbk")).decode()
    body = base64.b64encode(office.workbook("T06")).decode()
    raw = (
        "From: a@example.cn\r\nMIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=x\r\n\r\n--x\r\n"
        f'Content-Type: application/octet-stream; name="=?{label}?B?{coded}?="\r\n'
        f"Content-Transfer-Encoding: base64\r\nContent-Disposition: attachment\r\n\r\n{body}\r\n--x--\r\n"
    )
    assert told(open_one("信.eml", raw.encode()))[1:] == [("镕基县珺推荐表.xlsx", "workbook", None)]


def test_a_zip_of_a_domestic_tool_keeps_characters_beyond_gb2312():
    name = "镕基县堃字推荐表.xlsx"
    raw, out = name.encode("gbk"), io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("X" * len(raw), office.workbook("T06"))
    data = out.getvalue().replace(b"X" * len(raw), raw)
    assert told(open_one("附件.zip", data)) == [("附件.zip", "container", None), (name, "workbook", None)]
