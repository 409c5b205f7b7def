"""LibreOffice as a real client, headless and with a profile of its own: converts workbooks, and types into them."""

import os
import shutil
import subprocess
import tempfile
from contextlib import contextmanager
from pathlib import Path
from xml.sax.saxutils import escape

TYPING = Path(__file__).with_name("typing.bas")
_MODULE = (
    '<?xml version="1.0" encoding="UTF-8"?>\n'
    '<script:module xmlns:script="http://openoffice.org/2000/script" script:name="Module1" script:language="StarBasic">'
    "{}</script:module>"
)


def convert(files, kind, folder):
    """Return the converted copies (in order) of `files` as `kind` (xlsx, xls, ods, pdf) in `folder`."""
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    with _client() as run:
        run("--convert-to", kind, "--outdir", folder, *files)
    return [folder / f"{Path(one).stem}.{kind}" for one in files]


def perform(acts):
    """Do the acts of `typing.bas` (tuples of text) in one running client and return its answers, one for each."""
    with _client() as run, tempfile.TemporaryDirectory() as place:
        # The first start lays out the profile, an empty Basic module in it; the program goes into that module.
        run("--terminate_after_init")
        (module,) = Path(run.profile).glob("user/basic/Standard/Module1.xba")
        module.write_text(_MODULE.format(escape(TYPING.read_text("utf-8"))), "utf-8")
        given, answered = Path(place) / "acts", Path(place) / "answers"
        given.write_text("\n".join("\t".join(act) for act in acts), "utf-8")
        run("macro:///Standard.Module1.Main", CLERK_ACTS=given.as_uri(), CLERK_ANSWERS=answered.as_uri())
        answers = answered.read_text("utf-8").splitlines()
    assert len(answers) == len(acts), f"the client stopped at {acts[len(answers)]}"
    return answers


@contextmanager
def _client():
    """Yield a function that runs LibreOffice once with some arguments; its throw-away profile is `.profile`."""
    command = shutil.which("soffice") or shutil.which("libreoffice")
    assert command, "LibreOffice is needed: apt-get install libreoffice-calc"
    with tempfile.TemporaryDirectory() as profile:

        def run(*arguments, **variables):
            subprocess.run(
                [command, f"-env:UserInstallation={Path(profile).as_uri()}", "--headless", "--norestore", *arguments],
                check=True,
                capture_output=True,
                timeout=240,
                env={**os.environ, "HOME": profile, **variables},
            )

        run.profile = profile
        yield run
