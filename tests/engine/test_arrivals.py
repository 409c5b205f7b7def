"""What arrives is taken apart without trusting it: folders, archives with Chinese names, mails, packages."""

import io
import json
import os
import struct
import zipfile
from email.message import EmailMessage

import pytest

from engine import arrivals
from engine.arrivals import open_one, unpack
from engine.files import sha256
from engine.package import Package


def sheet(text="x"):
    """Return a zip that looks like a workbook to whoever only sniffs."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("[Content_Types].xml", text)
        archive.writestr("xl/workbook.xml", text)
    return out.getvalue()


def archive_of(members, *, gbk=False):
    """Return a zip; with `gbk` its names are bytes of GBK and not marked, as domestic tools write them."""
    out = io.BytesIO()
    raw = {name: name.encode("gbk") for name in members}
    with zipfile.ZipFile(out, "w") as archive:
        for name, data in members.items():
            archive.writestr("X" * len(raw[name]) if gbk else name, data)
    data = out.getvalue()
    for name in raw.values() if gbk else ():
        data = data.replace(b"X" * len(name), name)
    return data


def told(found):
    return [(one.name, one.role, one.problem[0] if one.problem else None) for one in found]


def test_a_folder_gives_its_files_in_order_and_leaves_rubbish_out(tmp_path):
    for name in ("b.xlsx", "a.xlsx", "~$a.xlsx", "Thumbs.db", ".DS_Store"):
        (tmp_path / name).write_bytes(sheet(name))
    assert told(unpack([tmp_path])) == [("a.xlsx", "workbook", None), ("b.xlsx", "workbook", None)]


@pytest.mark.parametrize("name", ["~$a.xlsx", "~$信.docx"])
def test_a_lock_file_that_is_named_is_refused_by_name_and_not_passed_over(tmp_path, name):
    """D008: whoever drags the wrong one of two files onto the command must learn what to send."""
    lock, book = tmp_path / name, tmp_path / "a.xlsx"
    lock.write_bytes(b"\x05admin" + bytes(159))
    book.write_bytes(sheet())
    assert told(unpack([lock, book])) == [(name, "workbook", "DR-F009"), ("a.xlsx", "workbook", None)]
    data = archive_of({name: lock.read_bytes(), "a.xlsx": sheet()})
    assert [one for one, _, _ in told(open_one("附件.zip", data))] == ["附件.zip", "a.xlsx"]


def test_two_files_of_equal_bytes_are_two_arrivals(tmp_path):
    for name in ("a.xlsx", "b.xlsx"):
        (tmp_path / name).write_bytes(sheet())
    assert [one for one, _, _ in told(unpack([tmp_path / "a.xlsx", tmp_path / "b.xlsx"]))] == ["a.xlsx", "b.xlsx"]


def test_scans_beside_a_workbook_are_attachments_and_alone_they_are_not(tmp_path):
    (tmp_path / "盖章.pdf").write_bytes(b"%PDF-1.4")
    assert told(unpack([tmp_path])) == [("盖章.pdf", "workbook", None)]
    (tmp_path / "表.xlsx").write_bytes(sheet())
    assert ("盖章.pdf", "attachment", None) in told(unpack([tmp_path]))


PICTURE = b"\x89PNG\r\n\x1a\n" + bytes(40)


@pytest.mark.parametrize("suffix", [".xlsx", ".XLS", ".et", ".ods", ".csv", ".xlsm", ".xlsb"])
@pytest.mark.parametrize("content", [PICTURE, b"%PDF-1.4"], ids=["picture", "pdf"])
def test_a_picture_that_calls_itself_a_workbook_goes_to_the_gate(tmp_path, suffix, content):
    """D008: it is refused by its kind; as an attachment it would be accepted and the table be missing."""
    (tmp_path / "表.xlsx").write_bytes(sheet())
    (tmp_path / f"推荐表{suffix}").write_bytes(content)
    assert (f"推荐表{suffix}", "workbook", None) in told(unpack([tmp_path]))
    letter = mail((f"推荐表{suffix}", content), ("盖章.png", PICTURE))
    assert told(open_one("信.eml", letter))[1:] == [
        (f"推荐表{suffix}", "workbook", None),
        ("盖章.png", "attachment", None),
    ]


@pytest.mark.parametrize("gbk", [True, False])
def test_an_archive_keeps_chinese_names(gbk):
    data = archive_of({"嘉鱼县/推荐表.xlsx": sheet()}, gbk=gbk)
    assert told(open_one("附件.zip", data)) == [("附件.zip", "container", None), ("推荐表.xlsx", "workbook", None)]


def test_what_comes_out_of_a_container_says_which():
    data = archive_of({"a.xlsx": sheet()})
    assert [one.container for one in open_one("附件.zip", data)] == ["", sha256(data)]


def test_an_archive_in_an_archive_is_not_opened():
    inner = archive_of({"a.xlsx": sheet()})
    assert told(open_one("外.zip", archive_of({"内.zip": inner})))[1:] == [("内.zip", "workbook", "DR-A003")]


def test_a_bomb_is_refused_unopened():
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("a.xlsx", b"\0" * (20 << 20))
    assert told(open_one("大.zip", out.getvalue())) == [("大.zip", "workbook", "DR-A005")]


def test_an_encrypted_archive_is_refused():
    data = bytearray(archive_of({"a.xlsx": sheet()}))
    for mark, offset in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        place = data.find(mark) if offset == 6 else data.rfind(mark)
        data[place + offset] |= 1
    assert told(open_one("密.zip", bytes(data))) == [("密.zip", "workbook", "DR-A004")]


def test_a_damaged_member_condemns_the_archive():
    data = bytearray(archive_of({"a.xlsx": sheet()}))
    data[60] ^= 0xFF
    assert told(open_one("坏.zip", bytes(data))) == [("坏.zip", "workbook", "DR-A006")]


def renamed(member):
    """Return a zip whose only member is called as no program calls one."""
    return archive_of({"Q" * len(member): b"x"}).replace(b"Q" * len(member), member.encode())


def bomb():
    """Return a few hundred bytes that say they hold a hundred and would be inflated to many megabytes at one step."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_BZIP2) as archive:
        archive.writestr("a.xlsx", bytes(64 << 20))
    return out.getvalue().replace((64 << 20).to_bytes(4, "little"), (100).to_bytes(4, "little"))


def mail_of(body):
    return b"MIME-Version: 1.0\r\nFrom: a@example.org\r\nSubject: x\r\n" + body


def named_mail(name):
    head = b'Content-Type: multipart/mixed; boundary="b"\r\n\r\n--b\r\nContent-Type: application/octet-stream\r\n'
    return mail_of(head + b'Content-Disposition: attachment; filename="' + name + b'"\r\n\r\nhello\r\n--b--\r\n')


def nested_mail(depth):
    body = b"".join(b'Content-Type: multipart/mixed; boundary="b%d"\r\n\r\n--b%d\r\n' % (n, n) for n in range(depth))
    return mail_of(body + b"Content-Type: text/plain\r\n\r\nhi\r\n")


def twice():
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("表.xlsx", sheet("a"))
        with pytest.warns(UserWarning, match="Duplicate"):
            archive.writestr("表.xlsx", sheet("b"))
    return out.getvalue()


@pytest.mark.parametrize(
    ("name", "build", "code"),
    [
        ("点.zip", lambda: renamed("."), "DR-A006"),
        ("空名.zip", lambda: renamed("\0x"), "DR-A006"),
        ("空.zip", lambda: archive_of({"Thumbs.db": b"x"}), "DR-A006"),
        ("炸弹.zip", bomb, "DR-A006"),
        ("重名.zip", twice, "DR-A006"),
        ("深.zip", lambda: archive_of({"清单.json": b"[" * 100_000}), "DR-A007"),
        ("半个字.zip", lambda: archive_of({"清单.json": b'{"files": [], "unit": "421200", "year": 2026, "x": "\\ud800"}'}), "DR-A007"),
        ("断头.eml", lambda: named_mail(b"=?utf-8?b?a?="), "DR-A006"),
        ("千层.eml", lambda: nested_mail(3000), "DR-A006"),
    ],
)  # fmt: skip
def test_a_strange_container_is_refused_alone_and_its_neighbours_are_received(tmp_path, name, build, code):
    (tmp_path / name).write_bytes(build())
    for one in ("0.xlsx", "龥.xlsx"):
        (tmp_path / one).write_bytes(sheet(one))
    found = told(unpack([tmp_path]))
    assert (found[0], found[-1]) == (("0.xlsx", "workbook", None), ("龥.xlsx", "workbook", None))
    assert [one for one in found if one[2]] == [(name, "workbook", code)]


@pytest.mark.parametrize(
    ("sent", "shown"),
    [
        ("表.xlsx\r\n处理结果　接收", "表.xlsx处理结果　接收"),
        ("表\u202excod.xlsx", "表xcod.xlsx"),
        (os.fsdecode("嘉鱼.xlsx".encode("gbk")), "嘉鱼.xlsx"),
        ("半\ud800字.xlsx", "半?字.xlsx"),
        ("\u200b", "无名"),
    ],
)
def test_a_name_is_kept_without_what_nobody_sees(sent, shown):
    """It is printed on receipts: a line break in it could write a line of the office's own."""
    assert told(open_one(sent, sheet())) == [(shown, "workbook", None)]


@pytest.mark.parametrize(
    "said",
    [
        {"published": 5}, {"published": {"x": 5}}, {"withheld": None}, {"withheld": [{"task_id": {"a": 1}}]}, {"drawn": [5]}, {"figures": [5]},
        {"missing_names": [1]}, {"made_at": 5},
    ],
)  # fmt: skip
def test_a_manifest_of_other_kinds_than_ours_is_refused(said):
    part = {"name": "说明.txt", "sha256": sha256(b"x")}
    manifest = {"unit": "421200", "year": 2026, "files": [part], **said}
    data = archive_of({"清单.json": json.dumps(manifest).encode(), "说明.txt": b"x"})
    assert told(open_one("包.zip", data))[-1] == ("包.zip", "workbook", "DR-A007")


@pytest.mark.parametrize("method", [zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_data_that_cannot_be_inflated_is_a_damaged_archive_whatever_packed_it(method):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", method) as archive:
        archive.writestr("a.txt", b"abc" * 500)
    data = bytearray(out.getvalue())
    start = 30 + len("a.txt")
    data[start : start + 12] = b"\xff" * 12
    for name in ("坏.zip", "坏.xlsx", "坏.bin"):
        assert told(open_one(name, bytes(data))) == [(name, "workbook", "DR-A006")]


def test_a_zip_of_a_version_nobody_knows_is_left_to_the_reader_and_no_traceback():
    data = bytearray(archive_of({"a.txt": b"abc"}))
    place = data.find(b"PK\x01\x02")
    data[place + 6] = 99
    assert told(open_one("新.bin", bytes(data))) == [("新.bin", "workbook", None)]


def test_a_member_path_cannot_climb():
    found = list(open_one("坏.zip", archive_of({"../../etc/a.xlsx": sheet()})))
    assert found[1].name == "a.xlsx"


def mail(*attachments, **headers):
    message = EmailMessage()
    message["From"], message["To"], message["Subject"] = "a@example.cn", "b@example.cn", headers.get("subject", "报送")
    message.set_content("见附件")
    for name, data in attachments:
        message.add_attachment(data, maintype="application", subtype="octet-stream", filename=name)
    return message.as_bytes()


def test_a_mail_gives_its_attachments():
    data = mail(("推荐表.xlsx", sheet()), ("盖章件.pdf", b"%PDF-1.4"))
    assert told(open_one("信.eml", data)) == [
        ("信.eml", "container", None),
        ("推荐表.xlsx", "workbook", None),
        ("盖章件.pdf", "attachment", None),
    ]


def test_a_name_labelled_gb2312_and_written_in_gbk_is_read():
    import base64

    coded = base64.b64encode("镕基县推荐表.xlsx".encode("gbk")).decode()
    raw = (
        "From: a@example.cn\r\nMIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=x\r\n\r\n--x\r\n"
        f'Content-Type: application/octet-stream; name="=?gb2312?B?{coded}?="\r\n'
        "Content-Transfer-Encoding: base64\r\nContent-Disposition: attachment\r\n\r\n"
        f"{base64.b64encode(sheet()).decode()}\r\n--x--\r\n"
    )
    assert told(open_one("信.eml", raw.encode()))[1:] == [("镕基县推荐表.xlsx", "workbook", None)]


def test_a_mail_without_attachments_is_answered():
    assert told(open_one("信.eml", mail())) == [("信.eml", "workbook", "DR-A008")]


def test_an_archive_attached_to_a_mail_is_opened():
    data = mail(("附件.zip", archive_of({"a.xlsx": sheet()})))
    assert told(open_one("信.eml", data))[1:] == [("附件.zip", "container", None), ("a.xlsx", "workbook", None)]


def test_an_outlook_mail_is_recognised_by_its_name_even_when_damaged():
    data = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + struct.pack("<504x")
    assert told(open_one("信.msg", data)) == [("信.msg", "workbook", "DR-A006")]


def package(**changed):
    made = Package(facts={"unit": "421200", "year": 2026, "missing": [], "rows": {}})
    made.add("报送/表.xlsx", sheet())
    made.add("原件/aa.xlsx", sheet("original"))
    made.add("报送函.docx", b"PK\x03\x04letter")
    data = made.bytes()
    if not changed:
        return data
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as old, zipfile.ZipFile(out, "w") as new:
        for info in old.infolist():
            new.writestr(info.filename, changed.get(info.filename.split(".")[0].replace("/", "_"), old.read(info)))
        for name, extra in changed.get("more", {}).items():
            new.writestr(name, extra)
    return out.getvalue()


def test_a_package_gives_manifest_reports_originals_and_papers():
    assert told(open_one("包.zip", package())) == [
        ("包.zip", "container", None),
        ("清单.json", "manifest", None),
        ("aa.xlsx", "evidence", None),
        ("表.xlsx", "workbook", None),
        ("报送函.docx", "attachment", None),
    ]


@pytest.mark.parametrize(
    "changed", [{"报送_表": sheet("y")}, {"原件_aa": b"z"}, {"清单": b"{}"}, {"more": {"多.xlsx": b"q"}}]
)
def test_a_package_that_differs_from_its_manifest_is_refused_whole(changed):
    assert told(open_one("包.zip", package(**changed)))[1:] == [("包.zip", "workbook", "DR-A007")]


@pytest.mark.parametrize(
    ("unit", "year", "fits"), [("421200", 2026, True), ("421000", 2026, False), ("421200", 2025, False)]
)
def test_a_package_whose_manifest_speaks_of_another_office_or_year_is_refused_whole(unit, year, fits):
    """What a manifest says counts for the office it names: 荆州 must not publish what 咸宁 inspected."""
    made = Package(facts={"unit": unit, "year": year, "missing": [], "rows": {}})
    made.add("报送/2026_CASE_421200_T12_v1.xlsx", sheet())
    found = told(open_one("包.zip", made.bytes()))
    assert [one[2] for one in found] == ([None] * 3 if fits else [None, "DR-A009"])


def test_two_packages_spoilt_in_different_ways_are_two_files():
    one, other = (list(open_one("包.zip", package(more={name: b"q"})))[1] for name in ("甲.xlsx", "乙.xlsx"))
    assert one.sha256 != other.sha256
    assert (one.problem[1]["part"], other.problem[1]["part"]) == ("甲.xlsx", "乙.xlsx")


def test_a_package_is_the_same_bytes_every_time():
    assert package() == package()
    with zipfile.ZipFile(io.BytesIO(package())) as archive:
        manifest = json.loads(archive.read("清单.json"))
    assert {one["name"] for one in manifest["files"]} == {"报送/表.xlsx", "原件/aa.xlsx", "报送函.docx"}


def test_a_file_that_keeps_growing_is_answered_and_not_read(tmp_path, monkeypatch):
    path = tmp_path / "下载中.xlsx"
    path.write_bytes(b"x")
    monkeypatch.setattr(arrivals, "_SETTLE", ())
    monkeypatch.setattr(arrivals.Path, "read_bytes", lambda _: b"longer")
    assert told(unpack([path])) == [("下载中.xlsx", "workbook", "DR-A002")]
