"""A city's desk with a browser in front of it: real workbooks, a fixed clock, no network."""

import re
import shutil
from contextlib import contextmanager
from datetime import datetime, timedelta, timezone

import pytest
from starlette.testclient import TestClient

from desk.app import application
from desk.office import Office
from engine.workflow import collect
from engine.workspace import Workspace
from schemas.loader import template, units
from simulate.dirt import office as county
from workbooks import template as forms

CHINA = timezone(timedelta(hours=8))
NOW = datetime(2026, 5, 20, 9, tzinfo=CHINA)
TOKEN, PORT = "opened-by-the-officer", 8765
HOME = f"http://127.0.0.1:{PORT}"
SIGNED = {"filled_by": "钱明远", "checked_by": "孙立", "approved_by": "周正", "phone": "07150000000"}


def nominees(unit=county.COUNTY, **change):
    """Return the T06 of a county as it comes back filled in; `change` goes into its first row."""
    form, rows = template("T06"), county.rows("T06")
    for place, row in enumerate(rows["nominees"]):
        row["certificate_no"] = f"{unit}{101 + place:05d}"
    rows["nominees"][0].update(change)
    identity = forms.identity_of(form, unit=unit, year=2026)
    return forms.write(form, identity, unit=units()[unit], rows=rows, cover=county.COVER)


class Browser:
    """What a browser does with the desk: it keeps the cookie, sends its Origin, and posts the forms it was shown."""

    def __init__(self, client, key):
        self.client, self.key = client, key
        self.client.headers["Origin"] = HOME

    def get(self, path):
        return self.client.get(path)

    def post(self, path, **fields):
        return self.client.post(path, data={"key": self.key, **fields})

    def drop(self, path, *files):
        return self.client.post(path, data={"key": self.key}, files=[("files", one) for one in files])


@pytest.fixture
def root(tmp_path):
    collect.init(tmp_path / "咸宁市", "421200", 2026, at=datetime(2026, 5, 6, 9, tzinfo=CHINA))
    return tmp_path / "咸宁市"


@contextmanager
def opened(root):
    """Yield (office, client) of a desk over `root`; nobody has come in yet."""
    office = Office(root, now=lambda: NOW, clock="supplied")
    with TestClient(application(office, token=TOKEN, port=PORT, limit=2 << 20), base_url=HOME) as client:
        yield office, client
    office.close()


@pytest.fixture
def desk(root):
    with opened(root) as found:
        yield found


@pytest.fixture
def office(desk):
    return desk[0]


@pytest.fixture
def client(desk):
    return desk[1]


@pytest.fixture
def browser(office, client):
    client.get(f"/?token={TOKEN}")
    return Browser(client, office.form_key)


@pytest.fixture(scope="session")
def first_drop(tmp_path_factory):
    """Two counties have written, one soundly, one without a certificate number: (workspace, the page that answered)."""
    root = tmp_path_factory.mktemp("first") / "咸宁市"
    collect.init(root, "421200", 2026, at=datetime(2026, 5, 6, 9, tzinfo=CHINA))
    with opened(root) as (office, client):
        client.get(f"/?token={TOKEN}")
        sound, faulty = ("通城/推荐.xlsx", nominees("421222")), ("嘉鱼/推荐.xlsx", nominees(certificate_no=None))
        return root, Browser(client, office.form_key).drop("/inbox", faulty, sound)


@pytest.fixture
def received(first_drop, root):
    """Return the page that answered the first drop; the workspace of this test has it behind it."""
    kept, answer = first_drop
    shutil.rmtree(root)
    shutil.copytree(kept, root)
    return answer


@pytest.fixture
def store(root):
    """Return a look at the store, closed again by the time the desk writes."""

    def look(question):
        with Workspace(root) as workspace:
            return question(workspace.store)

    return look


def links(answer, start):
    """Return the addresses on a page that begin with `start`."""
    return re.findall(rf'href="({re.escape(start)}[^"]*)"', answer.text)
