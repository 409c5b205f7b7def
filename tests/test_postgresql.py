"""The same office on a real PostgreSQL server: one year, byte for byte what SQLite brings about; and what goes wrong there."""

import hashlib
import os
import shutil
import subprocess
import tempfile
from pathlib import Path

import psycopg
import pytest

import cli
from engine.workspace import Workspace
from simulate.recount import differences
from simulate.year import play

SEED = 11
AT = ["--at", "2026-04-20T09:00:00+08:00"]


def programs():
    """The folder of initdb and pg_ctl: on the path, or where Debian keeps them."""
    found = shutil.which("initdb")
    return Path(found).resolve().parent if found else max(Path("/usr/lib/postgresql").glob("*/bin"))


class Server:
    """A throw-away server that listens on a socket file only; a server refuses to run as root, so root lends it a user."""

    def __init__(self, place):
        self.place, self.bin = Path(place), programs()
        is_root = hasattr(os, "geteuid") and os.geteuid() == 0
        self.user = {"user": "postgres", "group": "postgres", "extra_groups": []} if is_root else {}
        if self.user:
            shutil.chown(self.place, "postgres", "postgres")

    def run(self, program, *arguments):
        command = [self.bin / program, "-D", self.place / "data", *arguments]
        subprocess.run(command, check=True, cwd=self.place, stdout=subprocess.DEVNULL, **self.user)

    def start(self):
        self.run("initdb", "-A", "trust", "-U", "taizhang", "-E", "UTF8", "--locale=C.UTF-8")
        options = f"-k {self.place} -c listen_addresses='' -c fsync=off"
        self.run("pg_ctl", "-o", options, "-l", self.place / "log", "-w", "start")

    def database(self, name):
        """Make an empty database and return its URL."""
        with psycopg.connect(host=str(self.place), user="taizhang", dbname="postgres", autocommit=True) as connection:
            connection.execute(f"CREATE DATABASE {name}")
        return self.url(name)

    def url(self, name):
        return f"postgresql+psycopg://taizhang@/{name}?host={self.place}"


@pytest.fixture(scope="module")
def server():
    place = tempfile.mkdtemp(prefix="pg")  # short: the name of a socket has little room
    made = Server(place)
    made.start()
    yield made
    made.run("pg_ctl", "-m", "immediate", "-w", "stop")
    shutil.rmtree(place)


def digests(folder):
    """Every file people see below a folder with its hash; database, lock and the line with the URL are what differs."""
    return {
        str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(Path(folder).rglob("*"))
        if path.is_file() and not path.name.startswith(("台账.db", "台账.lock", "taizhang.toml"))
    }


def test_a_year_on_postgresql_gives_the_files_of_sqlite_byte_for_byte(server, tmp_path, monkeypatch):
    play(tmp_path / "sqlite", "S", seed=SEED)
    create, made = Workspace.create, []

    def on_server(root, unit, year, **given):
        made.append(unit)
        return create(root, unit, year, **{**given, "url": server.database(f"year_{unit}")})

    monkeypatch.setattr(Workspace, "create", on_server)
    found = play(tmp_path / "postgresql", "S", seed=SEED)
    assert made == ["420000", "421200"]
    assert differences(found) == []
    assert not list((tmp_path / "postgresql").rglob("台账.db"))
    assert digests(tmp_path / "postgresql") == digests(tmp_path / "sqlite")


def test_a_database_serves_one_workspace(server, tmp_path, capsys):
    url = server.database("shared")
    assert cli.run(["init", str(tmp_path / "市"), "--unit", "421200", "--year", "2026", "--database", url, *AT]) == 0
    assert cli.run(["init", str(tmp_path / "县"), "--unit", "421221", "--year", "2026", "--database", url, *AT]) == 3
    assert "已有一个工作文件夹的数据" in capsys.readouterr().err
    assert not (tmp_path / "县").exists()
    assert cli.run(["init", str(tmp_path / "市"), "--unit", "421200", "--year", "2026", "--database", url, *AT]) == 0
    other = server.url("elsewhere")
    assert cli.run(["init", str(tmp_path / "市"), "--unit", "421200", "--year", "2026", "--database", other, *AT]) == 3
    assert "用的是另一个数据库" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("postgresql+psycopg://taizhang:geheim@/missing?host={place}", "missing"),
        ("postgresql+psycopg://taizhang:geheim@/missing?host={place}/nowhere", "连接不上"),
        ("mysql://taizhang:geheim@server/name", "postgresql+psycopg://用户@服务器/库名"),
        ("台账", "postgresql+psycopg://用户@服务器/库名"),
    ],
)
def test_a_database_that_cannot_be_had_is_refused_in_words_and_leaves_nothing(server, tmp_path, capsys, url, words):
    call = ["init", str(tmp_path / "市"), "--unit", "421200", "--year", "2026", *AT]
    assert cli.run([*call, "--database", url.format(place=server.place)]) == 3
    said = capsys.readouterr().err
    assert words in said
    assert "geheim" not in said
    assert not (tmp_path / "市").exists()


def test_a_promise_that_outlived_a_crash_is_kept_at_the_next_opening(server, tmp_path):
    url = server.database("crashed")
    assert cli.run(["init", str(tmp_path / "市"), "--unit", "421200", "--year", "2026", "--database", url, *AT]) == 0
    with Workspace(tmp_path / "市") as office:
        office.store.promise("汇总/承诺.txt", b"x")
    with Workspace(tmp_path / "市") as office:
        assert (office.root / "汇总" / "承诺.txt").read_bytes() == b"x"
        assert not office.store.owes()


def test_a_server_that_is_gone_is_named_and_not_the_file(server, tmp_path, capsys):
    url = server.database("fleeting")
    assert cli.run(["init", str(tmp_path / "市"), "--unit", "421200", "--year", "2026", "--database", url, *AT]) == 0
    with psycopg.connect(host=str(server.place), user="taizhang", dbname="postgres", autocommit=True) as connection:
        connection.execute("DROP DATABASE fleeting")
    assert cli.run(["-C", str(tmp_path / "市"), "status", *AT]) == 3
    said = capsys.readouterr().err
    assert "PostgreSQL 数据库连接不上" in said
    assert "台账.db" not in said
