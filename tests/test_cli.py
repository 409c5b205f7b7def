"""The command line: Chinese help with an example for every command, honest exit status, one line for every mistake."""

import io
import json
import os
import re
import subprocess
import sys
from pathlib import Path

import click
import pytest
from click.testing import CliRunner

import cli
from console.progress import progress

HOME = Path(__file__).resolve().parents[1]
COMMANDS = sorted(cli.taizhang.commands)
CHINESE = re.compile(r"[\u4e00-\u9fff]")
PRODUCT = [
    "demo",
    "init",
    "templates",
    "check",
    "receive",
    "status",
    "consolidate",
    "submit",
    "adopt",
    "plan",
    "freeze",
    "draw",
    "assign",
    "replace",
    "verify",
    "dispatch",
    "publish",
    "changes",
    "ledger",
    "trace",
    "audit",
    "backup",
    "restore",
]


def run(*arguments, capsys=None):
    """Run one command line; return (exit status, stdout, stderr)."""
    status = cli.run([str(one) for one in arguments])
    shown = capsys.readouterr()
    return status, shown.out, shown.err


def test_every_command_of_the_product_is_there():
    assert set(PRODUCT) <= set(COMMANDS)


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_has_chinese_help_one_example_and_the_common_options(name):
    shown = CliRunner().invoke(cli.taizhang, [name, "--help"])
    assert shown.exit_code == 0
    assert shown.output.startswith("用法：")
    assert f"例：taizhang {name}" in shown.output
    assert {"-C", "--at", "--json"} <= set(re.findall(r"(?<![\w-])--?[A-Za-z]+", shown.output))
    for option in cli.taizhang.commands[name].params:
        if isinstance(option, click.Option):
            assert CHINESE.search(option.help or ""), option.name


@pytest.mark.parametrize("name", COMMANDS)
def test_the_example_of_a_command_can_be_parsed(name, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    command = cli.taizhang.commands[name]
    example = re.search(rf"例：taizhang {name}(.*)", command.help)[1].split()
    for word in example:
        if "." in word or "/" in word:
            Path(word).parent.mkdir(parents=True, exist_ok=True)
            Path(word).mkdir() if word.endswith("/") else Path(word).touch()
    context = command.make_context(name, example, parent=click.Context(cli.taizhang, obj=Path()))
    assert context.params["as_json"] is False


def test_a_command_that_was_looked_at_before_it_ran_speaks_chinese_too():
    """click keeps the help option of a command once made: a page or a test that lists options must not fix its language."""
    look = "import click, cli; one = cli.taizhang; one.get_params(click.Context(one)); cli.run(['--help'])"
    done = subprocess.run(
        [sys.executable, "-c", look], cwd=HOME, capture_output=True, check=True, text=True, encoding="utf-8"
    )
    assert "显示帮助" in done.stdout
    assert "Show this message" not in done.stdout


def test_no_word_of_click_stays_english():
    shown = [
        CliRunner().invoke(cli.taizhang, arguments).output
        for arguments in (
            ["--help"],
            ["nonsense"],
            ["init"],
            ["init", "x", "--year", "abc", "--unit", "1"],
            ["status", "--wrong"],
        )
    ]
    for text in shown:
        words = (
            set(re.findall(r"(?<![\w./-])[A-Z]?[a-z]{3,}(?![\w./-])", text))
            - set(COMMANDS)
            - {"taizhang", "help", "zip", "nonsense", "abc"}
        )
        assert not words, (words, text)


@pytest.mark.parametrize(
    ("arguments", "status", "says"),
    [
        (["nonsense"], 2, "没有命令"),
        (["init", "x"], 2, "缺少选项"),
        (["receive", "没有的文件.xlsx"], 2, "不存在"),
        (["status", "--at", "昨天"], 2, "2026-05-20T09:00:00+08:00"),
        (["status", "--at", "2026-05-20T09:00:00"], 2, "时区"),
        (["status", "--at", "0001-01-01T00:00:00+23:00"], 2, "没有这个时间"),
        (["status", "--at", "9999-12-31T23:59:59-08:00"], 2, "没有这个时间"),
        (["submit", "-o", "x.zip", "--sign", "一人"], 2, "填报人,审核人"),
        (["status"], 2, "不是工作文件夹"),
        (["init", "x", "--unit", "999999", "--year", "2026"], 2, "没有代码为"),
        (["verify", "没有"], 2, "没有文件夹"),
    ],
)
def test_a_mistake_is_one_chinese_line_and_the_right_status(arguments, status, says, capsys, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    code, out, err = run(*arguments, capsys=capsys)
    assert code == status
    assert says in err
    assert "Traceback" not in out + err


def test_an_error_is_json_when_json_was_asked_for(capsys, tmp_path):
    code, out, _ = run("-C", tmp_path, "status", "--json", capsys=capsys)
    assert json.loads(out)["exit"] == code == 2


def test_a_damaged_database_is_one_line(capsys, tmp_path):
    run(
        "init", tmp_path / "w", "--unit", "421200", "--year", "2026", "--at", "2026-05-01T09:00:00+08:00", capsys=capsys
    )
    (tmp_path / "w" / "台账.db").write_bytes(b"not a database" * 100)
    code, out, err = run("-C", tmp_path / "w", "status", capsys=capsys)
    assert code == 3
    assert "restore" in err
    assert "Traceback" not in out + err


def test_an_office_works_from_the_command_line(capsys, tmp_path):
    from schemas import loader
    from workbooks import template as writer

    city, day = tmp_path / "w", "2026-05-20T09:00:00+08:00"
    code, out, _ = run("init", city, "--unit", "421200", "--year", "2026", "--at", day, capsys=capsys)
    assert (code, "应收：T06 6 份，T06b 2 份" in out) == (0, True)
    form = loader.template("T06")
    identity = writer.identity_of(form, unit="421221", year=2026)
    (tmp_path / "表.xlsx").write_bytes(writer.write(form, identity, unit=loader.units()["421221"], year=2026))
    code, out, _ = run("-C", city, "receive", tmp_path / "表.xlsx", "--at", day, "--json", capsys=capsys)
    (receipt,) = json.loads(out)["files"]
    assert (code, receipt["verdict"]) == (1, "returned")
    wanted = {"file", "verdict", "template", "unit", "year", "rows", "digest", "sha256", "issues"}
    assert wanted <= set(receipt)
    issue = receipt["issues"][0]
    assert set(issue) == {
        "code",
        "severity",
        "sheet",
        "cell",
        "field",
        "row_key",
        "value",
        "proposal",
        "message",
        "fix",
        "basis",
    }
    (tmp_path / "坏.xlsx").write_bytes(b"PK\x03\x04")
    assert run("-C", city, "receive", tmp_path / "坏.xlsx", "--jobs", "0", "--at", day, capsys=capsys)[0] == 3
    code, out, _ = run("status", "-C", city, "--at", day, "--json", capsys=capsys)
    keys = {"unit", "level", "template", "expected", "received", "on_time", "accepted", "returned", "missing"}
    assert keys <= set(json.loads(out)["units"][0])
    assert run("-C", city, "audit", capsys=capsys)[0] == 0
    assert run("-C", city, "backup", "-o", tmp_path / "b.zip", "--at", day, capsys=capsys)[0] == 0
    assert run("restore", tmp_path / "b.zip", tmp_path / "again", capsys=capsys)[0] == 0


def test_the_journal_knows_whose_clock_it_was(capsys, tmp_path):
    from engine.workspace import Workspace

    run(
        "init", tmp_path / "a", "--unit", "421200", "--year", "2026", "--at", "2026-05-01T09:00:00+08:00", capsys=capsys
    )
    run("init", tmp_path / "b", "--unit", "421200", "--year", "2026", capsys=capsys)
    clocks = []
    for name in "ab":
        with Workspace(tmp_path / name) as workspace:
            clocks.append(workspace.store.lines()[0].clock)
    assert clocks == ["supplied", "system"]


def test_help_imports_neither_pandas_nor_the_database():
    code = (
        "import sys, cli\nsys.argv = ['taizhang', '--help']\ntry:\n    cli.main()\nexcept SystemExit:\n    pass\n"
        "print([name for name in ('pandas', 'numpy', 'sqlalchemy', 'openpyxl', 'xlsxwriter') if name in sys.modules])"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=HOME, capture_output=True, text=True, check=True, encoding="utf-8"
    )
    assert done.stdout.strip().endswith("[]")


def test_a_gbk_pipe_never_breaks_the_program(tmp_path):
    environment = {**os.environ, "PYTHONIOENCODING": "ascii"}
    command = [sys.executable, "-m", "cli", "-C", str(tmp_path), "status"]
    done = subprocess.run(command, cwd=HOME, capture_output=True, env=environment, check=False)
    assert done.returncode == 2
    assert b"Traceback" not in done.stderr


def test_shown_text_says_the_same_as_json():
    from engine import report

    value = {"lines": ["甲", "乙"], "ok": True, "path": Path("a"), "set": {"x"}}
    assert report.text(value) == "甲\n乙"
    assert json.loads(report.to_json(value)) == {"ok": True, "path": "a", "set": ["x"]}


@pytest.mark.parametrize(
    ("value", "status"),
    [
        ({"files": [{"verdict": "accepted"}]}, 0),
        ({"files": [{"verdict": "accepted"}, {"verdict": "returned"}]}, 1),
        ({"files": [{"verdict": "returned"}, {"verdict": "refused"}]}, 3),
        ({"files": 7}, 0),
        ({"ok": False}, 1),
        ({"must_act": True}, 1),
        ({"ok": True}, 0),
        (None, 0),
    ],
)
def test_the_worst_file_decides_the_status(value, status):
    from engine import report

    assert report.status(value) == status


def test_columns_stand_under_each_other_with_chinese_characters():
    from engine import report

    head, row = report.table(("单位", "x"), [("嘉鱼县", 1)])
    assert (head, row) == ("单位    x", "嘉鱼县  1")


def test_progress_is_silent_in_a_pipe(capsys, monkeypatch):
    monkeypatch.setattr(sys, "stderr", io.StringIO())
    progress()(50, 100)
    assert sys.stderr.getvalue() == ""


def test_progress_tells_rate_and_time_left_on_a_terminal(monkeypatch):
    terminal = io.StringIO()
    terminal.isatty = lambda: True
    monkeypatch.setattr(sys, "stderr", terminal)
    step = progress()
    step(50, 100)
    assert re.search(r"已登记 50/100 件，每秒 \d+ 件，约剩 \d+ 秒", terminal.getvalue())
    step(60, 100)
    assert "已登记 110 件，每秒" in terminal.getvalue()
