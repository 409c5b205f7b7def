"""The page's own script in one headless Chromium: many questions in, all answers out of the dumped document."""

from __future__ import annotations

import base64
import html
import json
import re
import shutil
import subprocess
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from portal.verifier import page
from tests.crosscheck.cases import question

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

HERE = Path(__file__).resolve().parent
NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
FLAGS = (
    "--headless", "--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-default-apps", "--disable-extensions", "--disable-sync", "--disable-dev-shm-usage",
)  # fmt: skip


def chromium() -> str:
    """Return the browser's command; without one the tests fail, they are not skipped."""
    found = next(filter(None, map(shutil.which, NAMES)), None)
    assert found, f"no browser: one of {', '.join(NAMES)} is needed"
    return found


def dump(text: str, *, wait_milliseconds: int = 0, seconds: int = 3600) -> str:
    """Return the document after its scripts have run, opened from a file as a citizen would.

    wait_milliseconds: of the page's own time, for what it does after loading.
    """
    with tempfile.TemporaryDirectory() as home:
        path = Path(home) / "page.html"
        path.write_text(text, encoding="utf-8")
        command = [chromium(), *FLAGS, f"--user-data-dir={home}/profile", "--dump-dom", path.as_uri()]
        if wait_milliseconds:
            command.insert(1, f"--virtual-time-budget={wait_milliseconds}")
        done = subprocess.run(command, check=True, capture_output=True, timeout=seconds)
    return done.stdout.decode()


def answers(cases: Iterable[Mapping[str, object]]) -> list[dict[str, object]]:
    """Return the page's answers to the cases of `cases.py`."""
    script = (HERE / "answers.js").read_text(encoding="utf-8")
    return run(script + "\nconst work = answerOf;", [question(case) for case in cases])


def reports(
    changes: Sequence[Mapping[str, bytes | None]], base: Mapping[str, bytes], root: str | None
) -> list[dict[str, str]]:
    """Return check name -> status for each change to the `base` files; a None takes a file away."""
    packed = {name: base64.b64encode(data).decode() for name, data in base.items()}
    tasks = [
        {name: None if data is None else base64.b64encode(data).decode() for name, data in change.items()}
        for change in changes
    ]
    script = f"""
      const unpack = (text) => Uint8Array.from(atob(text), (char) => char.charCodeAt(0));
      const base = {json.dumps(packed)};
      for (const name of Object.keys(base)) base[name] = unpack(base[name]);
      function work(change) {{
        const files = {{ ...base }};
        for (const name of Object.keys(change)) if (change[name] === null) delete files[name]; else files[name] = unpack(change[name]);
        const report = window.verifyBundle(files, {{ root: {json.dumps(root)} }});
        return Object.fromEntries(report.checks.map((check) => [check.name, check.status]));
      }}
    """
    return run(script, tasks)


def run(script: str, tasks: Sequence[object]) -> list:
    """Return `work(task)` of every task, `work` being defined by `script`; an exception becomes `{error}`."""
    data = json.dumps(tasks, ensure_ascii=False).replace("<", "\\u003c")
    more = (
        f"<script>{script}\nconst tasks = {data};\n"
        "const done = tasks.map((task) => { try { return work(task); } catch (error) { return { error: String(error) }; } });\n"
        "const out = document.createElement('pre'); out.id = 'answers'; out.textContent = JSON.stringify(done);\n"
        "document.body.append(out);</script></body>"
    )
    text = page().decode().replace("</body>", more)
    found = re.search(r'<pre id="answers">(.*?)</pre>', dump(text), re.DOTALL)
    assert found, "the page gave no answers"
    return json.loads(html.unescape(found.group(1)))
