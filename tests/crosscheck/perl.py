"""The Perl implementation: questions as lines in, answers as lines out."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING

from tests.crosscheck.cases import question

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

HERE = Path(__file__).resolve().parent


def command(script: str, *arguments: str) -> list[str]:
    """Return the command line of one of our scripts; without Perl the tests fail, they are not skipped."""
    found = shutil.which("perl")
    assert found, "no perl"
    return [found, str(HERE / script), *arguments]


def answers(cases: Iterable[Mapping[str, object]]) -> list[dict[str, object]]:
    """Return Perl's answers to the cases of `cases.py`."""
    lines = "".join(json.dumps(question(case), ensure_ascii=False) + "\n" for case in cases)
    done = subprocess.run(command("answers.pl"), input=lines.encode(), check=True, capture_output=True)
    return [json.loads(line) for line in done.stdout.splitlines()]
