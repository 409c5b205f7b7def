"""State: documents with versions, accepted rows, editions, identifiers, migrations, promises of files."""

import sqlite3

import pytest
from offices import form, moment, nominee, read_stand_ins
from sqlalchemy import insert, select

from engine import migrations, tables
from engine.model import Refused
from engine.store import Store, sqlite_url
from engine.workflow import collect
from engine.workspace import Workspace


@pytest.fixture
def store(tmp_path):
    made = Store(sqlite_url(tmp_path / "a.db"))
    made.migrate()
    yield made
    made.close()


@pytest.fixture
def city(tmp_path, monkeypatch):
    read_stand_ins(monkeypatch)
    collect.init(tmp_path / "city", "421200", 2026, at=moment(1))
    with Workspace(tmp_path / "city") as workspace:
        yield workspace


def send(city, tmp_path, day, data, name="表.xlsx"):
    path = tmp_path / name
    path.write_bytes(data)
    return collect.receive(city, [path], at=moment(day), workers=0)["files"]


def test_a_document_keeps_its_versions(store):
    assert [store.put_document("plan", "p", {"n": n}, moment(1)) for n in (1, 2)] == [1, 2]
    assert store.document("plan", "p") == {"n": 2}
    assert store.document("plan", "p", version=1) == {"n": 1}
    assert store.document("plan", "q") is None


def test_documents_of_a_kind_come_newest_and_by_name(store):
    for name, body in (("b", 1), ("a", 2), ("b", 3)):
        store.put_document("plan", name, body, moment(1))
    assert list(store.documents("plan").items()) == [("a", 2), ("b", 3)]


def test_an_inner_transaction_joins_the_outer(store):
    def fail():
        with store.transaction():
            store.put_document("plan", "p", 1, moment(1))
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()
    assert store.document("plan", "p") is None
    assert store.lines() == []


def test_the_database_flushes_every_commit(store):
    with store.reading() as connection:
        assert connection.exec_driver_sql("PRAGMA synchronous").scalar() == 2
        assert connection.exec_driver_sql("PRAGMA journal_mode").scalar() == "wal"


def test_a_migration_runs_once_and_after_a_backup(store):
    ran = []
    steps = (*migrations.STEPS, (2, lambda _: ran.append(2)))
    with store.transaction() as connection:
        assert migrations.migrate(connection, steps) == 2
    with store.transaction() as connection:
        assert migrations.migrate(connection, steps) == 2
    assert ran == [2]


def test_a_workspace_of_a_newer_program_is_refused(store):
    with store.transaction() as connection:
        connection.execute(tables.settings.update().values(value="99"))
    with pytest.raises(Refused):
        store.migrate()


def test_old_tables_are_backed_up_before_they_change(store, monkeypatch):
    done = []
    monkeypatch.setattr(migrations, "STEPS", (*migrations.STEPS, (2, lambda _: done.append("step"))))
    monkeypatch.setattr(migrations.pending, "__defaults__", (migrations.STEPS,))
    monkeypatch.setattr(migrations.migrate, "__defaults__", (migrations.STEPS,))
    assert store.migrate(lambda: done.append("backup")) == 2
    assert done == ["backup", "step"]


def test_accepted_rows_say_where_they_came_from(city, tmp_path):
    send(city, tmp_path, 20, form("421221", nominee("1"), nominee("2")))
    rows = city.store.accepted("T06", "nominees").to_dict("records")
    assert [(row["certificate_no"], row["_unit"], row["_grid"], row["_row"], row["_key"]) for row in rows] == [
        ("1", "421221", "推荐人员", 5, "1"),
        ("2", "421221", "推荐人员", 6, "2"),
    ]
    assert rows[0]["recused_targets"] is None


def test_only_the_newest_version_counts(city, tmp_path):
    send(city, tmp_path, 18, form("421221", nominee("1"), nominee("2")))
    send(city, tmp_path, 19, form("421221", nominee("1"), nominee("3")), "改.xlsx")
    assert list(city.store.accepted("T06", "nominees")["_key"]) == ["1", "3"]


def test_an_accumulating_template_replaces_subject_by_subject(city, tmp_path):
    def request(number, text):
        return {"request_id": number, "explanation": text}

    more = {"template": "T16", "sheet": "requests", "key": "request_id", "period": "CHANGE"}
    send(city, tmp_path, 18, form("421221", request("Q1", "a"), request("Q2", "b"), **more))
    send(city, tmp_path, 19, form("421221", request("Q2", "c"), request("Q3", "d"), **more), "又.xlsx")
    rows = city.store.accepted("T16", "requests").to_dict("records")
    assert sorted((row["request_id"], row["explanation"]) for row in rows) == [("Q1", "a"), ("Q2", "c"), ("Q3", "d")]


def test_an_edition_is_kept_only_when_something_changed(store):
    rows = [{"key": "1", "values": {"name": "a"}}]
    assert store.put_edition("T04", "inspectors", "d1", rows, moment(1)) == 1
    assert store.put_edition("T04", "inspectors", "d1", rows, moment(2)) == 1
    assert store.put_edition("T04", "inspectors", "d2", rows, moment(3)) == 2


def test_an_empty_register_has_its_columns(store):
    found = store.register("T04", "inspectors")
    assert len(found) == 0
    assert {"name", "_key", "_unit", "_version"} <= set(found.columns)


def test_a_promised_file_is_written_even_when_the_program_stopped_after_the_commit(city):
    with city.store.transaction():
        city.store.promise("汇总/承诺.txt", b"x")
    city.close()
    Workspace(city.root).close()
    assert (city.root / "汇总" / "承诺.txt").read_bytes() == b"x"
    with sqlite3.connect(city.root / "台账.db") as connection:
        assert connection.execute("SELECT count(*) FROM outbox").fetchone() == (0,)
    connection.close()


def test_the_tables_use_only_portable_types():
    from sqlalchemy.dialects import postgresql
    from sqlalchemy.schema import CreateTable

    for table in tables.metadata.sorted_tables:
        assert "CREATE TABLE" in str(CreateTable(table).compile(dialect=postgresql.dialect()))
        assert str(insert(table).compile(dialect=postgresql.dialect()))
        assert str(select(table).compile(dialect=postgresql.dialect()))
