"""A draw on the desk: its state, its re-computation, its public record, and a verifier shut off from everything else."""

import io
import zipfile

import pytest

from desk import words
from engine.workflow import conduct
from engine.workspace import Workspace
from tests.engine.registers_2026 import moment, through
from tests.engine.registers_2026 import workspace as drawable

from .conftest import TOKEN, Browser, links, opened

NAME = "421200-2026-P01-D1"


@pytest.fixture(scope="module")
def city(tmp_path_factory):
    """The desk of a city that has drawn, assigned and dispatched one plan; the other plan waits."""
    place = tmp_path_factory.mktemp("city")
    with drawable(place / "市") as workspace:
        through(workspace, "421200-2026-P01", place / "保管人")
        conduct.dispatch(workspace, NAME, at=moment("2026-06-05T09:00:00"), out=place / "市" / "任务")
        root = workspace.root
    with opened(root) as (office, client):
        client.get(f"/?token={TOKEN}")
        yield root, Browser(client, office.form_key)


def test_the_list_shows_how_far_each_draw_has_come(city):
    _, browser = city
    page = browser.get("/draws").text
    assert NAME in page and "27 个对象" in page and "✓ 派发任务 <span>27 项" in page
    assert "本次打开收件台后还没有复核" in page
    assert "421200-2026-P02" in page


def test_a_draw_is_verified_from_its_public_record(city):
    root, browser = city
    answer = browser.post(f"/draws/{NAME}/verify")
    assert "按公开记录重算一遍，全部相符" in answer.text
    assert "全部相符" in browser.get("/draws").text
    kept = root / "抽取" / NAME / "bundle" / "draw.json"
    whole = kept.read_bytes()
    kept.write_bytes(whole.replace(b'"drawn"', b'"alternate"', 1))
    assert "还没有复核" in browser.get("/draws").text, "an old verdict must not cover a changed record"
    assert "有不符之处" in browser.post(f"/draws/{NAME}/verify").text
    kept.write_bytes(whole)


def test_the_public_record_is_taken_away_whole(city):
    root, browser = city
    with zipfile.ZipFile(io.BytesIO(browser.get(f"/draws/{NAME}/bundle.zip").content)) as archive:
        for name in archive.namelist():
            assert archive.read(name) == (root / "抽取" / NAME / name).read_bytes()
        assert {"bundle/commit.json", "bundle/draw.json", "bundle/SHA256SUMS"} <= set(archive.namelist())


def test_tasks_and_papers_are_listed(city):
    _, browser = city
    page = browser.get(f"/draws/{NAME}")
    assert f"{NAME}-001" in page.text
    papers = links(page, "/files/draws/")
    assert papers and all(browser.get(one).status_code == 200 for one in papers)


def test_the_verifier_opens_apart_from_the_desk(city):
    _, browser = city
    answer = browser.get(f"/draws/{NAME}/verify.html")
    policy = answer.headers["content-security-policy"]
    assert policy.startswith("sandbox") and "allow-same-origin" not in policy and "default-src 'none'" in policy


@pytest.mark.parametrize("path", ["", "/bundle.zip", "/verify.html"])
def test_a_draw_that_is_none_is_not_found(city, path):
    _, browser = city
    assert browser.get(f"/draws/..%2f收件{path}").status_code == 404
    assert browser.get(f"/draws/421200-2026-P99-D1{path}").status_code == 404
    assert browser.post("/draws/421200-2026-P99-D1/verify").status_code == 404


def test_looking_changes_nothing(city):
    root, browser = city
    with Workspace(root) as workspace:
        before = workspace.store.lines()
    for path in ("/", "/draws", f"/draws/{NAME}", "/publication", "/journal", "/report"):
        assert browser.get(path).status_code == 200
    with Workspace(root) as workspace:
        assert workspace.store.lines() == before


def test_desk_and_public_page_name_the_checks_alike(city):
    root, _ = city
    page = (root / "抽取" / NAME / "bundle" / "verify.html").read_text(encoding="utf-8")
    assert [title for title, _, _ in words.GROUPS if f"'{title}'" not in page] == []
    found = words.checked(conduct.verify(root / "抽取" / NAME / "bundle")["checks"])
    assert [one["title"] for one in found] == [title for title, _, _ in words.GROUPS]
