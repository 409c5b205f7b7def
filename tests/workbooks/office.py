"""LibreOffice as a real client: converts workbooks headless in one batch, with a profile of its own."""

import os
import shutil
import subprocess
import tempfile
from pathlib import Path


def convert(files, kind, folder):
    """Return the converted copies (in order) of `files` as `kind` (xlsx, xls, ods, pdf) in `folder`."""
    command = shutil.which("soffice") or shutil.which("libreoffice")
    assert command, "LibreOffice is needed: apt-get install libreoffice-calc"
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as profile:
        subprocess.run(
            [
                command,
                f"-env:UserInstallation=file://{profile}",
                "--headless",
                "--convert-to",
                kind,
                "--outdir",
                folder,
                *files,
            ],
            check=True,
            capture_output=True,
            timeout=240,
            env={**os.environ, "HOME": profile},
        )
    return [folder / f"{Path(one).stem}.{kind}" for one in files]
