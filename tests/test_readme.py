"""What the two README files and the guide tell a reader to type is a command that exists, with options that exist."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import click
import pytest

import cli

ROOT = Path(__file__).parents[1]
GUIDE = sorted(f"docs/guide/{one.name}" for one in (ROOT / "docs/guide").glob("*.md"))
READMES = ("README.md", "README.zh-CN.md")
PAGES = (*READMES, *GUIDE)


def console_lines(page: str) -> list[str]:
    """Return what follows the prompt in the console blocks of the page, without comments."""
    blocks = re.findall(r"```console\n(.*?)```", (ROOT / page).read_text("utf-8"), re.DOTALL)
    lines = [line[2:] for block in blocks for line in block.splitlines() if line.startswith("$ ")]
    return [re.sub(r"\s+#.*$", "", line) for line in lines]


def parse(line: str) -> None:
    """Parse one `taizhang …` line as the program would, without doing what it says; paths need not exist."""
    words = shlex.split(line)[1:]
    with cli.taizhang.make_context("taizhang", words, resilient_parsing=False) as context:
        name, command, rest = cli.taizhang.resolve_command(context, [*context._protected_args, *context.args])
        assert command is not None, name
        known = {option for one in command.params for option in (*one.opts, *one.secondary_opts)}
        written = {word.split("=")[0] for word in rest if re.match(r"--?[A-Za-z]", word)}
        assert written <= known | {"-h", "--help"}, (line, written - known)


@pytest.mark.parametrize(
    "line", [line for page in PAGES for line in console_lines(page) if line.startswith("taizhang ")]
)
def test_every_taizhang_line_names_a_command_and_options_that_exist(line: str) -> None:
    parse(line)


@pytest.mark.parametrize("wrong", ["taizhang nosuchcommand", "taizhang status --nosuchoption"])
def test_a_line_that_does_not_exist_is_noticed(wrong: str) -> None:
    with pytest.raises((AssertionError, click.UsageError)):
        parse(wrong)


@pytest.mark.parametrize("page", READMES)
def test_the_commands_of_make_are_the_ones_it_knows(page: str) -> None:
    named = set(re.findall(r"python3? make\.py (\w+)", (ROOT / page).read_text("utf-8")))
    source = (ROOT / "make.py").read_text("utf-8")
    verbs = re.search(r"^VERBS = \{(.*)\}", source, re.MULTILINE)
    assert verbs is not None
    assert {"demo", "test"} <= named <= set(re.findall(r'"(\w+)"', verbs[1]))
