"""What a city officer does on a day in May: drops attachments, sees who is late, sends copies back, signs the package."""

import io
import os
import re
import threading
import zipfile
from concurrent.futures import ThreadPoolExecutor

import pytest

from desk import office as offices
from desk import uploads
from engine import workspace as folders
from engine.model import Refused
from engine.workflow import collect
from engine.workspace import Workspace
from workbooks.container import open_book

from .conftest import NOW, SIGNED, TOKEN, links, nominees, opened

COUNTY = "421221"
BADGE = re.compile(r'<span class="badge \w+"><span class="mark" aria-hidden="true">(.*?)</span>(.*?)</span>')


def test_what_is_dropped_is_received_and_answered(browser, received, store):
    assert received.status_code == 200
    assert "刚登记的 2 件" in received.text
    assert "嘉鱼县司法局" in received.text and "通城县司法局" in received.text
    assert "执法证号”没有填" in received.text and ">F5<" in received.text
    assert sorted(one["verdict"] for one in store(lambda kept: kept.arrivals())) == ["accepted", "returned"]


def test_the_returned_copy_the_receipt_and_the_original_can_be_fetched(browser, received):
    [copy] = links(received, "/files/returned/")
    answer = browser.get(copy)
    assert answer.headers["content-disposition"].startswith("attachment")
    assert any(grid.name == "推荐人员" for grid in open_book(answer.content, "x.xlsx").grids)
    receipts = [browser.get(one).text for one in links(received, "/files/receipts/")]
    assert len(receipts) == 2 and all("收件回执" in one for one in receipts)
    originals = {browser.get(one).content for one in links(received, "/originals/")}
    assert originals == {nominees(certificate_no=None), nominees("421222")}


def test_the_copy_corrected_and_dropped_again_is_accepted(browser, received):
    answer = browser.drop("/inbox", ("退回件改好.xlsx", nominees()))
    assert "接收" in answer.text and not links(answer, "/files/returned/")
    page = browser.get(f"/units/{COUNTY}").text
    assert "已退回" in page and "采用" in page


def test_the_board_says_who_reported_who_waits_and_who_is_missing(browser, received):
    page = browser.get("/").text
    assert "1 份已退回，等对方改好重报：嘉鱼县司法局" in page
    assert "下一个期限：<b>5月22日（周五）</b>，还有 <b>2</b> 天" in page
    assert page.index("已退回，待重报") < page.index("未报</span>") < page.index("通过</span>")


def test_a_state_is_never_told_by_colour_alone(browser, received):
    for path in ("/", "/inbox", "/units", f"/units/{COUNTY}"):
        found = BADGE.findall(browser.get(path).text)
        assert found and all(mark and text for mark, text in found), path


def test_nothing_somebody_wrote_becomes_markup(browser):
    answer = browser.drop("/inbox", ("<img src=x onerror=alert(1)>.xlsx", b"<script>alert(1)</script>"))
    pages = [answer.text, browser.get("/inbox").text]
    assert all("<img" not in one and "<script>" not in one for one in pages)
    assert browser.get("/units/<script>").text.count("<script>") == 0


def test_two_files_of_one_name_both_arrive(browser, store):
    answer = browser.drop("/inbox", ("甲/表.xlsx", nominees()), ("乙\\表.xlsx", nominees("421222")))
    assert "刚登记的 2 件" in answer.text
    assert [one["name"] for one in store(lambda kept: kept.arrivals())] == ["表.xlsx", "表.xlsx"]


def test_after_a_heap_what_must_be_done_stands_first_and_the_copies_come_in_one_zip(browser):
    faulty = [(f"{unit}.xlsx", nominees(unit, certificate_no=None)) for unit in ("421221", "421222")]
    sound = [(f"{unit}.xlsx", nominees(unit)) for unit in ("421202", "421223", "421224", "421281")]
    answer = browser.drop("/inbox", *sound, *faulty)
    assert answer.text.index("要处理的 2 件") < answer.text.index("421221.xlsx") < answer.text.index("没有问题的 4 件")
    [packed] = links(answer, "/inbox/returned.zip")
    with zipfile.ZipFile(io.BytesIO(browser.get(packed).content)) as archive:
        assert len(archive.namelist()) == 2
    assert browser.get("/inbox/returned.zip?done=gone").status_code == 404


def test_an_archive_and_what_is_in_it_arrive(browser, store):
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("嘉鱼/推荐.xlsx", nominees())
        archive.writestr("通城/推荐.xlsx", nominees("421222"))
    answer = browser.drop("/inbox", ("两县.zip", packed.getvalue()))
    assert "刚登记的 2 件" in answer.text
    assert sorted(one["role"] for one in store(lambda kept: kept.arrivals())) == ["container", "workbook", "workbook"]


def test_the_same_file_again_is_known_and_not_recorded_twice(browser, received, store):
    answer = browser.drop("/inbox", ("又发一次.xlsx", nominees("421222")))
    assert "已收过" in answer.text
    assert len(store(lambda kept: kept.submissions())) == 2


@pytest.mark.parametrize(
    ("files", "sentence"),
    [
        ([], "没有选择文件"),
        ([("Thumbs.db", b"x")], "没有可以处理的内容"),
        ([("a/.DS_Store", b"x")], "没有可以处理的内容"),
    ],
)
def test_nothing_to_receive_is_said_plainly(browser, files, sentence):
    answer = browser.drop("/inbox", *files)
    assert (answer.status_code, sentence in answer.text) == (409, True)


@pytest.mark.parametrize(
    ("sent", "kept"),
    [
        ("附件/C:\\temp\\..\\名单.xlsx", "名单.xlsx"),
        ("../../etc/passwd", "passwd"),
        ("..", "._"),
        ("a/.DS_Store", ".DS_Store"),
        ("CON:|?.xlsx", "CON___.xlsx"),
        ("长" * 300 + ".xlsx", "长" * 70 + ".xlsx"),
    ],
)
def test_of_a_name_from_outside_only_the_last_part_is_believed(sent, kept):
    assert uploads.file_name(sent) == kept


def test_checking_records_nothing_and_gives_a_marked_copy(browser, store):
    before = store(lambda kept: kept.lines())
    answer = browser.drop("/check", ("推荐.xlsx", nominees(certificate_no=None)), ("好.xlsx", nominees("421222")))
    assert "检查结果：2 个文件" in answer.text and "可以报送" in answer.text
    [copy] = links(answer, "/check/")[1:] or links(answer, "/check/")
    assert browser.get(copy).content.startswith(b"PK")
    assert store(lambda kept: kept.lines()) == before
    assert browser.get("/check/gone").status_code == 404


def test_one_unit_shows_its_history_and_the_text_to_send(browser, received):
    page = browser.get(f"/units/{COUNTY}").text
    assert "嘉鱼县司法局：《县级执法检查人员推荐表》已退回，请在退回件上改好发回" in page
    assert "13900000001" in page
    assert browser.get("/units/999999").status_code == 404


def test_a_list_of_contacts_is_imported(browser, store):
    answer = browser.drop("/units/contacts", ("通讯录.csv", "单位代码,联系人,电话\n421221,李四,13900000002\n".encode()))
    assert "已导入通讯录" in answer.text and "13900000002" in answer.text
    answer = browser.drop("/units/contacts", ("通讯录.csv", "单位代码,联系人,电话\n不存在县,李四,1\n".encode()))
    assert (answer.status_code, "不认识的单位" in answer.text) == (409, True)


def test_templates_come_one_by_one_and_all_together(browser):
    page = browser.get("/forms")
    assert f"/forms/T06/{COUNTY}" in page.text
    one = browser.get(f"/forms/T06/{COUNTY}")
    assert any(grid.name == "推荐人员" for grid in open_book(one.content, "x.xlsx").grids)
    with zipfile.ZipFile(io.BytesIO(browser.get("/forms/T06.zip").content)) as archive:
        assert len(archive.namelist()) == 6
    assert browser.get("/forms/T06/blank").content.startswith(b"PK")
    assert browser.get("/forms/T99/blank").status_code == 404
    assert browser.get("/forms/T06/999999").status_code == 404


def test_the_package_is_signed_and_taken_away(browser, received, store):
    assert "汇总完成" in browser.post("/report/consolidate").text
    answer = browser.post("/report/submit", **SIGNED, note="嘉鱼县正在补正。")
    assert "报送包已经做好" in answer.text and "嘉鱼县司法局" in answer.text
    [package] = set(links(answer, "/files/registers/%E6%8A%A5%E9%80%81%E5%8C%85"))
    with zipfile.ZipFile(io.BytesIO(browser.get(package).content)) as archive:
        assert "报送函.docx" in archive.namelist()
    members = links(answer, "/packages/")
    assert {"docx", "xlsx"} <= {one.rsplit(".", 1)[-1] for one in members}
    assert all(browser.get(one).content.startswith(b"PK") for one in members)
    assert browser.get(f"{members[0].rsplit('/', 1)[0]}/..%2f..%2f台账.db").status_code == 404
    assert "submitted" in [one.event for one in store(lambda kept: kept.lines())]


def test_a_package_without_signatures_is_refused_in_words_for_a_page(browser, received):
    answer = browser.post("/report/submit", filled_by="钱明远")
    assert (answer.status_code, "填报人、审核人、签发人" in answer.text) == (409, True)
    same = {**SIGNED, "checked_by": SIGNED["filled_by"]}
    answer = browser.post("/report/submit", **same)
    assert "审核人不能与填报人是同一人" in answer.text
    assert "--sign" not in answer.text


def test_a_number_claimed_by_two_counties_is_shown_as_conflict(browser):
    browser.drop("/inbox", ("甲.xlsx", nominees()), ("乙.xlsx", nominees("421222", certificate_no=f"{COUNTY}00101")))
    answer = browser.post("/report/consolidate")
    assert "冲突" in answer.text
    page = browser.get("/report").text
    assert f"{COUNTY}00101" in page and "各方都暂不采用" in page
    assert "1 个编号由几家同时报送" in browser.get("/").text


def test_the_journal_is_shown_and_audited(browser, received, root):
    assert "收件登记" in browser.get("/journal").text
    assert "全部完好" in browser.post("/journal/audit").text
    [original, *_] = sorted(root.joinpath("收件", "原件").iterdir())
    original.chmod(0o644)
    original.write_bytes(b"changed")
    assert "发现改动" in browser.post("/journal/audit").text


def test_the_ledger_is_written_and_a_cell_of_it_traced(browser, received):
    browser.post("/report/consolidate")
    assert "台账已生成" in browser.post("/publication/ledger").text
    name = "2026_421200_年度台账_0520_090000.xlsx"
    answer = browser.post("/publication/trace", ledger=name, cell="总览!E7")
    assert "总览!E7" in answer.text and "省级随机抽查事项清单" in answer.text
    assert browser.post("/publication/trace", ledger=name, cell="没有!A1").status_code == 404
    assert browser.post("/publication/trace", ledger="../台账.db", cell="A1").status_code == 404


def test_publishing_needs_a_reviewer_and_a_reason_for_each_release(browser):
    assert browser.post("/publication/publish", reviewer="").status_code == 409
    answer = browser.post("/publication/publish", reviewer="李四", released="3f2a91c07b5e")
    assert (answer.status_code, "缺少理由" in answer.text) == (409, True)
    assert "公示版已生成" in browser.post("/publication/publish", reviewer="李四").text


def test_the_address_of_an_edition_is_said_or_refused_in_words(browser):
    answer = browser.post("/publication/publish", reviewer="李四", url="sfj.example.gov.cn/gs")
    assert (answer.status_code, "不是以 https:// 或 http:// 开头的网址" in answer.text) == (409, True)
    page = browser.post("/publication/publish", reviewer="李四", url="https://sfj.example.gov.cn/gs").text
    assert "网址 https://sfj.example.gov.cn/gs" in page


def test_while_another_program_writes_the_page_says_who(browser, root, store):
    handle = os.open(root / folders.LOCK, os.O_RDWR | os.O_CREAT)
    try:
        os.write(handle, "值班@电脑，进程 1".encode())
        folders._lock_file(handle)
        answer = browser.drop("/inbox", ("推荐.xlsx", nominees()))
        assert (answer.status_code, "工作文件夹正被占用：值班@电脑" in answer.text) == (423, True)
        assert browser.get("/").status_code == 200
    finally:
        os.close(handle)
    assert "刚登记的 1 件" in browser.drop("/inbox", ("推荐.xlsx", nominees())).text


def test_reading_goes_on_while_one_window_receives_and_a_second_must_wait(browser, monkeypatch):
    begun, finish = threading.Event(), threading.Event()

    def slow(workspace, *_, **__):
        begun.set()
        finish.wait(20)
        raise Refused("到此为止。")

    monkeypatch.setattr(collect, "receive", slow)
    monkeypatch.setattr(offices, "_PATIENCE", 0.05)
    with ThreadPoolExecutor(1) as hands:
        first = hands.submit(browser.drop, "/inbox", ("甲.xlsx", b"x"))
        assert begun.wait(20)
        assert browser.get("/").status_code == 200
        second = browser.drop("/inbox", ("乙.xlsx", b"y"))
        finish.set()
        assert "到此为止" in first.result(20).text
    assert (second.status_code, "另一个窗口正在登记" in second.text) == (423, True)


def test_what_the_desk_records_is_what_the_command_would_record(browser, received, root, tmp_path):
    (tmp_path / "网页收件").mkdir()
    (tmp_path / "网页收件" / "推荐.xlsx").write_bytes(nominees(certificate_no=None))
    (tmp_path / "网页收件" / "2").mkdir()
    (tmp_path / "网页收件" / "2" / "推荐.xlsx").write_bytes(nominees("421222"))
    collect.init(tmp_path / "另一个", "421200", 2026, at=NOW)
    with Workspace(tmp_path / "另一个") as other, Workspace(root) as ours:
        collect.receive(other, [tmp_path / "网页收件"], at=NOW)
        assert [one["content"] for one in other.store.arrivals()] == [one["content"] for one in ours.store.arrivals()]


def test_the_progress_is_told_while_reading_and_nothing_is_left_behind(browser, received, office, root):
    assert browser.get("/inbox/progress").json() == {"done": 0, "total": 0}
    assert not list(root.rglob("*.tz~"))
    browser.get("/board.xlsx")
    browser.get("/forms/T06.zip")
    assert list(office.scratch().parent.rglob("*.xlsx")) == []


def test_an_office_with_nobody_below_still_has_a_desk(tmp_path):
    collect.init(tmp_path / "县", COUNTY, 2026, at=NOW)
    with opened(tmp_path / "县") as (_, client):
        page = client.get(f"/?token={TOKEN}").text
        assert "没有单位需要向嘉鱼县司法局报送" in page
        assert "本单位应于 5月22日（周五）前向上级报送 T06" in page
        for path in ("/units", "/forms", "/report", "/draws", "/publication"):
            assert client.get(path).status_code == 200, path
