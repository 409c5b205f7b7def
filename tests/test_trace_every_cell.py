"""Every cell of the ledgers of a played year leads back to a cell that somebody filled in, or says that nothing was counted."""

import io
import json
import re
import zipfile
from functools import cache
from pathlib import Path

import openpyxl
import pytest

from engine import trace
from engine.arrivals import MANIFEST
from engine.files import sha256
from engine.values import percent
from engine.workspace import Workspace
from simulate import year
from workbooks.container import open_book

NAMES = ("figure", "figure_id", "unit_name", "unit_code")
NOTHING = {"0", "0.00%", "—", "0.00"}
COUNTED = {
    "by_unit": ("expected", "received", "targets", "drawn", "inspected", "without_problem", "with_problem", "rectified", "transferred", "to_publish", "published"),
    "by_field": ("targets", "drawn", "inspected", "without_problem", "with_problem", "rectified", "transferred", "to_publish", "published"),
    "by_item": ("planned", "inspected", "with_problem", "other_visits"),
    "workload": ("assignments", "as_lead"),
    "differentiation": ("inspections_this_year",),
}  # fmt: skip
SHARES = {
    "by_unit": ("inspection_rate", "coverage_rate", "publication_rate"),
    "by_field": ("inspection_rate", "coverage_rate", "publication_rate"),
    "by_item": ("problem_rate",),
}


@pytest.fixture(scope="module")
def played(tmp_path_factory):
    home = tmp_path_factory.mktemp("played") / "out"
    found = year.play(home, "S")
    return [Path(path) for path in found["workspaces"].values()]


def originals(workspaces):
    return {one.name: one for root in workspaces for one in (root / "收件" / "原件").iterdir()}


def cells(path):
    """Return (sheet, address, text) of every filled cell in the data area of a ledger, as the file has it."""
    for sheet in openpyxl.load_workbook(path):
        if sheet.title != "指标口径说明":
            for row in sheet.iter_rows(min_row=trace.FIRST_ROW):
                for cell in row:
                    if cell.value not in (None, ""):
                        yield sheet.title, cell.coordinate


@cache
def manifest(path):
    with zipfile.ZipFile(path) as package:
        return json.loads(package.read(MANIFEST))


def test_the_address_of_every_publication_equals_what_the_named_package_or_edition_says(played):
    """R60, decisions 33: the address a city gave stands in its own ledger and in that of the province, and leads back to it."""
    kept, compared = originals(played), 0
    for root in played:
        with Workspace(root) as ws:
            path = next((root / "台账").glob("*年度台账.xlsx"))
            document = ws.store.document("ledger", sha256(path.read_bytes()))
            sheet = document["sheets"]["publications"]
            column = openpyxl.utils.get_column_letter(sheet["keys"].index("published_url") + 1)
            for number, row in enumerate(sheet["rows"]):
                one = trace.lookup(document, f"{sheet['title']}!{column}{number + trace.FIRST_ROW}")
                assert bool(one["value"]) == (row["values"]["publication_state"] == "已公示"), row
                if one["value"]:
                    [ref] = one["rows"]
                    [place] = trace.resolve(ws.store, ref)
                    said = (
                        manifest(kept[place["sha256"]])["published"][row["values"]["task_id"]]["published_url"]
                        if place["sheet"] == MANIFEST
                        else ws.store.document("publication", ref[2])["url"]
                    )
                    assert said == one["value"]
                    compared += 1
    assert compared > 60


def counts_nothing(document, title, address):
    """Return whether the row of a cell says zero in every number it has: then there is nothing to lead back to."""
    sheet = next(one for one in document["sheets"].values() if one["title"] == title)
    values = sheet["rows"][int(re.sub("[A-Z]", "", address)) - trace.FIRST_ROW]["values"]
    numbers = [one for key, one in values.items() if key not in NAMES and one and key != "denominator"]
    return bool(numbers) and set(numbers) <= NOTHING


def test_every_cell_of_the_ledger_traces_to_cells_of_originals(played):
    """R60: all cells of all sheets of both levels, not a sample; each place names a file that is kept and a sheet it has."""
    kept, grids, looked = originals(played), {}, 0
    for root in played:
        with Workspace(root) as ws:
            path = next((root / "台账").glob("*年度台账.xlsx"))
            document = ws.store.document("ledger", sha256(path.read_bytes()))
            store, found = trace.Remembered(ws.store), {}
            for sheet, address in cells(path):
                one = trace.lookup(document, f"{sheet}!{address}")
                looked += 1
                if not one["rows"]:
                    assert one["value"] in NOTHING or counts_nothing(document, sheet, address), (sheet, address, one)
                for ref in one["rows"]:
                    if ref not in found:
                        found[ref] = trace.resolve(store, ref)
                    assert found[ref] or ref[0] == "报送", (sheet, address, ref)
            for place in (place for places in found.values() for place in places if place["sha256"]):
                if place["sheet"] == MANIFEST:
                    part, subject = place["cell"].split("/")
                    said = manifest(kept[place["sha256"]])[part]
                    assert subject in ({row["task_id"] for row in said} if part == "drawn" else said), place
                    continue
                if place["sha256"] not in grids:
                    original = kept[place["sha256"]]
                    grids[place["sha256"]] = {
                        grid.name for grid in open_book(original.read_bytes(), place["file"], skip=()).grids
                    }
                assert place["sheet"] in grids[place["sha256"]], place
    assert looked > 3000


def ledgers(played):
    """Yield the workspace and the kept ledger of each office."""
    for root in played:
        with Workspace(root) as ws:
            path = next((root / "台账").glob("*年度台账.xlsx"))
            yield ws, ws.store.document("ledger", sha256(path.read_bytes()))


def told_of(document, name, keys):
    """Yield what `trace` says of every cell of some columns of a sheet, with the values of its row."""
    sheet = document["sheets"][name]
    for number, row in enumerate(sheet["rows"]):
        for key in keys:
            letter = openpyxl.utils.get_column_letter(sheet["keys"].index(key) + 1)
            yield trace.lookup(document, f"{sheet['title']}!{letter}{number + trace.FIRST_ROW}"), row["values"]


def test_every_count_leads_to_as_many_rows_as_it_says(played):
    """R60: not to all rows of its line: each number of the split sheets to exactly the rows it counts, each share to both sides."""
    counts = shares = 0
    for _, document in ledgers(played):
        for name, keys in COUNTED.items():
            for one, _ in told_of(document, name, keys):
                assert len(set(one["rows"])) == int(one["value"]), one
                counts += int(one["value"]) > 0
        for name, keys in SHARES.items():
            for one, _ in told_of(document, name, keys):
                if one["value"]:
                    above, below = int(one["numerator"]), int(one["denominator"])
                    assert percent(above, below) == f"{one['value']}%"
                    assert len(one["rows"]) == below
                    assert "÷" in one["formula"]
                    shares += 1
    assert counts > 200
    assert shares > 40


def test_the_visits_of_a_place_lie_in_that_place_and_those_of_an_officer_name_the_officer(played):
    """R60: the rows behind a cell are its own, looked up one by one."""
    looked = 0
    for ws, document in ledgers(played):
        lies = {row["target_id"]: row["division"] for row in ws.store.accepted_rows("T02", "targets")}
        made = {row["task_id"]: row for row in ws.store.accepted_rows("T10", "results")}
        for one, row in told_of(document, "by_unit", ("inspected",)):
            for _, _, key in one["rows"]:
                target = made[key]["target_id"]
                if row["unit_name"] != "合计" and target in lies and row["unit_code"] != ws.unit.code:
                    assert lies[target].startswith(row["unit_code"].rstrip("0")), (one, target)
                    looked += 1
        for one, row in told_of(document, "workload", ("assignments",)):
            for _, _, key in one["rows"]:
                assert row["name"] in ws.store.document("task", key)["inspectors"]
                looked += 1
    assert looked > 60


def test_the_judgement_of_a_target_leads_to_its_t17(played):
    """R33, R60: why a body is reduced or a key target stands in the file the office sent, not in the roster alone."""
    kept, looked = originals(played), 0
    for ws, document in ledgers(played):
        for one, row in told_of(document, "differentiation", ("judgement",)):
            if row["judgement"] == "正常":
                continue
            places = [place for ref in one["rows"] for place in trace.resolve(ws.store, ref, "judgement")]
            (place, *_) = [place for place in places if place["register"] == "T17"]
            book = openpyxl.load_workbook(io.BytesIO(kept[place["sha256"]].read_bytes()))
            line = [cell.value for cell in book[place["sheet"]][int(re.sub("[A-Z]", "", place["cell"]))]]
            assert row["target_id"] in line
            looked += 1
    assert looked >= 6


def test_a_visit_that_is_over_leads_to_the_re_check_that_ended_it(played):
    """R15, R60: 是否完结 follows from T12, not from what the record said on its own day."""
    kept, looked = originals(played), 0
    for ws, document in ledgers(played):
        books = {}
        for one, _ in told_of(document, "results", ("is_closed",)):
            for ref in one["rows"]:
                if ref[0] != "T12":
                    continue
                place = trace.resolve(ws.store, ref, "is_closed")[-1]
                name = place["sha256"]
                books[name] = books.get(name) or openpyxl.load_workbook(io.BytesIO(kept[name].read_bytes()))
                if one["value"] == "True":
                    assert books[name][place["sheet"]][place["cell"]].value == "是"
                    looked += 1
    assert looked > 0


def test_a_result_in_the_ledger_equals_the_cell_it_traces_to(played):
    """R60: the value itself, read from the original the trace names."""
    kept, compared = originals(played), 0
    for root in played:
        with Workspace(root) as ws:
            path = next((root / "台账").glob("*年度台账.xlsx"))
            document = ws.store.document("ledger", sha256(path.read_bytes()))
            sheet = document["sheets"]["results"]
            column = openpyxl.utils.get_column_letter(sheet["keys"].index("result") + 1)
            store, books = trace.Remembered(ws.store), {}
            for number in range(len(sheet["rows"])):
                one = trace.lookup(document, f"{sheet['title']}!{column}{number + trace.FIRST_ROW}")
                place = trace.resolve(store, one["rows"][0], "result")[-1]
                name = place["sha256"]
                books[name] = books.get(name) or openpyxl.load_workbook(io.BytesIO(kept[name].read_bytes()))
                assert books[name][place["sheet"]][place["cell"]].value == one["value"]
                compared += 1
    assert compared > 60
