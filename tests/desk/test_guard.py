"""Nobody but the browser on this computer comes in, nothing is changed from elsewhere, nothing outside is handed out."""

import re

import pytest
from starlette.testclient import TestClient
from starlette.websockets import WebSocketDisconnect

from desk import guard, server, shelf, view
from desk.app import CHANGES, PAGES, application
from engine.model import NotFound, Refused

from .conftest import HOME, PORT, TOKEN

LOOKS = ["/", "/inbox", "/units", "/forms", "/report", "/check", "/draws", "/publication", "/journal"]


@pytest.mark.parametrize("path", LOOKS)
def test_without_the_token_no_page_opens(client, path):
    answer = client.get(path)
    assert (answer.status_code, "没有口令" in answer.text) == (403, True)
    assert "咸宁" not in answer.text


def test_a_wrong_token_opens_nothing(client):
    assert client.get("/?token=guess").status_code == 403
    assert client.get("/").status_code == 403
    client.cookies.set(f"taizhang_desk_{PORT}", "guess")
    assert client.get("/").status_code == 403


def test_the_token_becomes_a_cookie_and_leaves_the_address(client):
    answer = client.get(f"/?token={TOKEN}", follow_redirects=False)
    cookie = answer.headers["set-cookie"].lower()
    assert (answer.status_code, answer.headers["location"]) == (303, "/")
    assert "httponly" in cookie and "samesite=strict" in cookie
    assert client.get("/").status_code == 200


@pytest.mark.parametrize("host", ["evil.example", f"evil.example:{PORT}", "127.0.0.1:1", f"0.0.0.0:{PORT}", ""])
def test_another_host_name_is_refused_so_that_rebinding_gains_nothing(browser, host):
    assert browser.client.get("/", headers={"Host": host}).status_code == 400


@pytest.mark.parametrize("path", sorted(CHANGES))
def test_every_change_needs_our_origin(browser, path):
    path = re.sub(r"\{.*?\}", "x", path)
    for origin in ("http://evil.example", "null", f"http://127.0.0.1:{PORT + 1}", f"https://127.0.0.1:{PORT}"):
        answer = browser.client.post(path, data={"key": browser.key}, headers={"Origin": origin})
        assert (answer.status_code, "不是从收件台的页面" in answer.text) == (403, True), origin
    del browser.client.headers["Origin"]
    assert browser.post(path).status_code == 403


@pytest.mark.parametrize("path", sorted(CHANGES))
def test_every_change_needs_the_key_of_this_run(browser, path, store):
    before = store(lambda kept: kept.lines())
    path = re.sub(r"\{.*?\}", "x", path)
    for key in ("", "old-key"):
        answer = browser.client.post(path, data={"key": key})
        assert (answer.status_code, "页面已经过期" in answer.text) == (409, True)
    assert store(lambda kept: kept.lines()) == before


@pytest.mark.parametrize("path", sorted(set(CHANGES) - set(PAGES)))
def test_no_change_can_be_made_by_a_link(browser, path):
    assert browser.get(re.sub(r"\{.*?\}", "x", path)).status_code in (404, 405)


def test_every_answer_keeps_foreign_content_out(browser):
    for path in (*LOOKS, "/no-such-page", "/static/desk.css", "/static/desk.js"):
        headers = browser.get(path).headers
        assert headers["content-security-policy"].startswith("default-src 'self'"), path
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["x-frame-options"] == "DENY"
        assert headers["cache-control"] == "no-store"


def test_no_page_holds_a_script_or_a_style_of_its_own(browser):
    for path in LOOKS:
        text = browser.get(path).text
        assert re.findall(r"<script(?! src=)|<style|\sstyle=|\son\w+=", text) == [], path
        assert re.findall(r'(?:src|href|action)="(?:https?:)?//', text) == [], path


@pytest.mark.parametrize(
    "name",
    [
        "../台账.db",
        "..%2f台账.db",
        "%2e%2e/台账.db",
        "..%5c台账.db",
        "....//台账.db",
        "/etc/passwd",
        "%2fetc%2fpasswd",
        "a/../../taizhang.toml",
        "sub/..%2f..%2ftaizhang.toml",
        "%00",
        ".",
        "",
    ],
)
def test_no_path_leads_out_of_the_folder(browser, root, name):
    for folder in shelf.FOLDERS:
        answer = browser.get(f"/files/{folder}/{name}")
        assert answer.status_code == 404, (folder, name)
        assert "unit =" not in answer.text and "SQLite" not in answer.text


@pytest.mark.parametrize("folder", ["..", "收件", "收件/原件", ".", "%2e%2e", "originals"])
def test_only_the_folders_people_open_are_open(browser, folder):
    assert browser.get(f"/files/{folder}/taizhang.toml").status_code == 404
    assert browser.get(f"/folders/{folder}.zip").status_code == 404


def test_a_link_in_a_folder_is_not_followed(browser, root, tmp_path):
    (tmp_path / "外面.txt").write_text("outside")
    (root / "汇总" / "里面.txt").write_text("inside")
    (root / "汇总" / "链接.txt").symlink_to(tmp_path / "外面.txt")
    (root / "汇总" / ".隐藏.txt").write_text("hidden")
    assert browser.get("/files/registers/里面.txt").text == "inside"
    assert browser.get("/files/registers/链接.txt").status_code == 404
    assert browser.get("/files/registers/.隐藏.txt").status_code == 404
    with pytest.raises(NotFound):
        shelf.find(root, "registers", "../taizhang.toml")


def test_a_download_is_saved_and_never_shown(browser, root):
    (root / "公示" / "页 面.html").write_text("<script>alert(1)</script>")
    headers = browser.get("/files/public/页 面.html").headers
    assert headers["content-type"] == "application/octet-stream"
    assert headers["content-disposition"] == "attachment; filename*=UTF-8''%E9%A1%B5%20%E9%9D%A2.html"


def test_too_much_at_once_is_refused_before_and_while_it_comes(browser, store):
    big = b"0" * (3 << 20)
    answer = browser.drop("/inbox", ("大.xlsx", big))
    assert (answer.status_code, "一次最多上传" in answer.text) == (413, True)

    def stream():
        yield b'--x\r\nContent-Disposition: form-data; name="files"; filename="a.xlsx"\r\n\r\n'
        yield from (big[:65536] for _ in range(48))

    answer = browser.client.post(
        "/inbox", content=stream(), headers={"Content-Type": "multipart/form-data; boundary=x"}
    )
    assert (answer.status_code, "一次最多上传" in answer.text) == (413, True)
    assert store(lambda kept: kept.arrivals()) == []


def test_a_broken_upload_is_told_in_chinese(browser):
    headers = {"Content-Type": "multipart/form-data; boundary=x"}
    answer = browser.client.post("/inbox", content=b"--x\r\nContent-Disp", headers=headers)
    assert answer.status_code in (400, 409)
    assert re.search(r"<h1>✗ [\u4e00-\u9fff]", answer.text)


def test_what_nobody_foresaw_is_a_page_and_no_traceback(browser, monkeypatch, caplog):
    monkeypatch.setattr("engine.workflow.collect.status", lambda *_, **__: 1 / 0)
    answer = browser.get("/")
    assert (answer.status_code, "程序出错" in answer.text) == (500, True)
    assert "Traceback" not in answer.text and "ZeroDivision" not in answer.text
    assert "unforeseen" in caplog.text


def test_a_damaged_database_is_told_as_such(browser, root):
    (root / "台账.db").write_bytes(b"no database at all" * 100)
    answer = browser.get("/inbox")
    assert (answer.status_code, "台账.db" in answer.text) == (503, True)


def test_an_unknown_page_says_so_in_chinese(browser):
    answer = browser.get("/no-such-page")
    assert (answer.status_code, "没有这个页面" in answer.text) == (404, True)


def test_a_web_socket_finds_nobody(office):
    made = application(office, token=TOKEN, port=PORT)
    client = TestClient(made, base_url=HOME)
    with pytest.raises(WebSocketDisconnect), client.websocket_connect("/"):
        pass


def test_the_desk_listens_on_this_computer_only():
    with server.listen(0) as found:
        assert found.getsockname()[0] == "127.0.0.1"
        with pytest.raises(Refused, match="已被别的程序占用"):
            server.listen(found.getsockname()[1])


def test_the_limit_is_the_one_the_page_knows():
    script = (view.HOME / "static" / "desk.js").read_text(encoding="utf-8")
    assert f"LIMIT = {guard.UPLOAD_LIMIT >> 20} * 1024 * 1024" in script
