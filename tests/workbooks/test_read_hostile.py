"""Every crafted file is refused by name or read; none of them takes the reader with it."""

import json
import pickle
import subprocess
import sys
from pathlib import Path

import pytest

from schemas.loader import issue_texts
from tests.workbooks import hostile
from workbooks.container import open_book
from workbooks.model import WorkbookError

HERE = Path(__file__).parent


def outcome(kind):
    """Return the refusal's code, or None when the file was read."""
    name, build, _ = hostile.KINDS[kind]
    try:
        open_book(build(), name)
    except WorkbookError as refusal:
        return refusal.code
    return None


@pytest.mark.parametrize("kind", hostile.KINDS)
def test_a_hostile_file_meets_its_own_answer(kind):
    assert outcome(kind) == hostile.KINDS[kind][2]


@pytest.mark.parametrize("kind", [kind for kind, (_, _, code) in hostile.KINDS.items() if code])
def test_every_refusal_has_a_chinese_sentence_without_a_gap_left(kind):
    name, build, code = hostile.KINDS[kind]
    with pytest.raises(WorkbookError) as refused:
        open_book(build(), name)
    text = issue_texts()[code]
    shown = text.message.format(**refused.value.params) + text.fix
    assert any("\u4e00" <= letter <= "\u9fff" for letter in shown)
    assert "{" not in shown


def test_all_of_them_pass_through_one_small_process():
    program = (
        "import json, resource, sys; sys.path.insert(0, sys.argv[1]); sys.path.insert(0, sys.argv[2])\n"
        "resource.setrlimit(resource.RLIMIT_AS, (1 << 30, 1 << 30)); resource.setrlimit(resource.RLIMIT_CPU, (60, 60))\n"
        "import hostile; from workbooks.container import open_book; from workbooks.model import WorkbookError\n"
        "found = {}\n"
        "for kind, (name, build, code) in hostile.KINDS.items():\n"
        "    try: open_book(build(), name); found[kind] = None\n"
        "    except WorkbookError as refusal: found[kind] = refusal.code\n"
        "peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024\n"
        "print(json.dumps({'found': found, 'peak': peak}))\n"
    )
    command = [sys.executable, "-c", program, str(HERE), str(HERE.parents[1])]
    done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=300)
    answer = json.loads(done.stdout)
    assert answer["found"] == {kind: code for kind, (_, _, code) in hostile.KINDS.items()}
    assert answer["peak"] < 300


def test_a_refusal_survives_the_way_out_of_a_worker():
    refusal = pickle.loads(pickle.dumps(WorkbookError("DR-F903", name="甲.xlsx", part="xl/x.xml")))
    assert (refusal.code, refusal.params) == ("DR-F903", {"name": "甲.xlsx", "part": "xl/x.xml"})


def test_macros_links_and_objects_are_named_and_left_alone():
    name, build, _ = hostile.KINDS["macros, links and objects"]
    codes = {problem.code for problem in open_book(build(), name).problems}
    assert {"DR-F103", "DR-F104", "DR-F105", "DR-F106"} <= codes


def test_a_merge_over_the_whole_sheet_is_clipped_to_what_is_used():
    name, build, _ = hostile.KINDS["whole sheet merged"]
    assert open_book(build(), name).grids[0].merges == ((1, 1, 1, 2),)


def test_a_hundred_thousand_formatted_blanks_leave_nothing_behind():
    name, build, _ = hostile.KINDS["hundred thousand blank rows"]
    assert list(open_book(build(), name).grids[0].rows) == [1]


def test_a_number_of_impossible_length_stays_text():
    name, build, _ = hostile.KINDS["number with 200,000 digits"]
    cell = open_book(build(), name).grids[0].rows[1][1]
    assert (cell.kind, len(cell.text)) == ("text", 200_000)


@pytest.mark.parametrize("name", ["~$名单.xlsx", "目录/~$名单.xlsx", "目录\\~$名单.xlsx"])
def test_the_lock_file_of_an_open_workbook_is_never_read(name):
    with pytest.raises(WorkbookError) as refused:
        open_book(hostile.workbook(), name)
    assert refused.value.code == "DR-F009"


def test_a_file_over_the_limit_is_refused_before_it_is_looked_at():
    with pytest.raises(WorkbookError) as refused:
        open_book(b"PK\x03\x04" + bytes(21 * 1024 * 1024) + b"x", "大.xlsx")
    assert refused.value.code == "DR-F901"


@pytest.mark.parametrize("cut", range(0, 1000, 37))
def test_a_file_cut_anywhere_is_refused_by_name(cut):
    data = hostile.workbook()
    with pytest.raises(WorkbookError):
        open_book(data[: max(1, len(data) * cut // 1000)], "断.xlsx")


@pytest.mark.parametrize("step", range(60))
def test_a_flipped_byte_gives_a_book_or_a_refusal_and_nothing_else(step):
    data = bytearray(hostile.workbook())
    place = (step * 7919) % len(data)
    data[place] ^= 0xFF
    try:
        outcome_of_flip = open_book(bytes(data), "损.xlsx").grids
    except WorkbookError as refusal:
        outcome_of_flip = refusal.code in issue_texts()
    assert outcome_of_flip
