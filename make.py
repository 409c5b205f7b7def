"""The one door to the project: `python3 make.py demo` runs a year, `python3 make.py test` passes the tests.

Needs nothing but Python 3.11+ and pip. It makes `.venv`, installs the pinned packages into it, on Debian fetches the
system parts the tests look at (LibreOffice, a Chinese font, Chromium, poppler, perl, PostgreSQL), then runs. On Windows: `py make.py demo`.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
from pathlib import Path

HOME = Path(__file__).resolve().parent
VENV = HOME / ".venv"
BIN = VENV / ("Scripts" if os.name == "nt" else "bin")
PYTHON = BIN / ("python.exe" if os.name == "nt" else "python")
SYSTEM_PARTS = {
    "soffice": ("libreoffice-calc", "libreoffice-writer"),
    "pdftoppm": ("poppler-utils",),
    "chromium": ("chromium",),
}
CHINESE_FONT = "fonts-noto-cjk"


def run(*command: str | Path, **kwargs: object) -> int:
    """Run a command in the project folder and return its exit status."""
    return subprocess.run([str(part) for part in command], cwd=HOME, check=False, **kwargs).returncode


def need(*command: str | Path) -> None:
    """Run a command that must succeed; stop with its exit status otherwise."""
    status = run(*command)
    if status:
        sys.exit(status)


def environment(*extras: str) -> None:
    """Make `.venv` and install the project with its pinned dependencies, once per state of the two files."""
    wanted = hashlib.sha256(
        b"".join((HOME / name).read_bytes() for name in ("pyproject.toml", "constraints.txt")) + repr(extras).encode()
    ).hexdigest()
    stamp = VENV / f"installed-{'-'.join(extras) or 'core'}"
    if PYTHON.exists() and stamp.exists() and stamp.read_text() == wanted:
        return
    if not PYTHON.exists() and run(sys.executable, "-m", "venv", VENV):
        # Debian without python3-venv has no ensurepip: make the bare environment and let the outer pip fill it.
        shutil.rmtree(VENV, ignore_errors=True)
        need(sys.executable, "-m", "venv", "--without-pip", VENV)
    target = f"-e.[{','.join(extras)}]" if extras else "-e."
    has_pip = run(PYTHON, "-c", "import pip", stderr=subprocess.DEVNULL) == 0
    pip = (PYTHON, "-m", "pip") if has_pip else (sys.executable, "-m", "pip", "--python", PYTHON)
    need(*pip, "install", "--quiet", "--disable-pip-version-check", "-c", "constraints.txt", target)
    stamp.write_text(wanted)


def has_chinese_font() -> bool:
    """Say whether fontconfig knows a font with Chinese characters; without one every page prints empty boxes."""
    if not shutil.which("fc-list"):
        return False
    return bool(subprocess.run(["fc-list", ":lang=zh-cn"], capture_output=True, check=False).stdout.strip())


def has_postgresql() -> bool:
    """Say whether the programs of a PostgreSQL server are there; Debian keeps them off the path."""
    return bool(shutil.which("initdb") or list(Path("/usr/lib/postgresql").glob("*/bin/initdb")))


def has_perl() -> bool:
    """Say whether perl brings its modules: Debian's perl-base is the command alone, the strange verifier needs more."""
    modules = ("-MDigest::SHA", "-MJSON::PP", "-MMath::BigInt")
    return bool(shutil.which("perl")) and run("perl", *modules, "-e1", stderr=subprocess.DEVNULL) == 0


def system_parts() -> None:
    """Fetch with apt what the tests look at their results with; say plainly what is missing where that cannot be done."""
    missing = [
        package for command, packages in SYSTEM_PARTS.items() if not shutil.which(command) for package in packages
    ]
    missing += [] if has_chinese_font() else [CHINESE_FONT]
    missing += [] if has_perl() else ["perl"]
    missing += [] if has_postgresql() else ["postgresql"]
    if not missing:
        return
    if not shutil.which("apt-get"):
        print("Please install by hand, the tests need them:", ", ".join(missing), file=sys.stderr)
        return
    sudo = [] if os.geteuid() == 0 else ["sudo"]
    quiet = {"stdout": subprocess.DEVNULL}
    run(*sudo, "apt-get", "update", "-qq", **quiet)
    environ = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    status = run(*sudo, "apt-get", "install", "-y", "-qq", "--no-install-recommends", *missing, env=environ, **quiet)
    if status:
        sys.exit(f"apt-get could not install: {' '.join(missing)}")


def demo(*arguments: str) -> int:
    """Play one synthetic year of 咸宁 (or what the arguments say) into `out/`."""
    environment()
    return run(BIN / "taizhang", "demo", *(arguments or ("out",)))


def test(*arguments: str) -> int:
    """Lint, check the types and run every test."""
    system_parts()
    environment("test")
    need(PYTHON, "-m", "ruff", "check", ".")
    need(PYTHON, "-m", "ruff", "format", "--check", ".")
    need(PYTHON, "-m", "mypy")
    return run(PYTHON, "-m", "pytest", *(arguments or ("-n", "2", "--dist", "loadfile")))


def bench(*arguments: str) -> int:
    """Measure everything against its named baseline and write docs/performance.md."""
    system_parts()
    environment("test", "bench")
    return run(PYTHON, "-m", "bench", *arguments)


VERBS = {"demo": demo, "test": test, "bench": bench}

if __name__ == "__main__":
    if len(sys.argv) < 2 or sys.argv[1] not in VERBS:
        sys.exit(f"usage: python3 make.py {{{'|'.join(VERBS)}}} [...]")
    sys.exit(VERBS[sys.argv[1]](*sys.argv[2:]))
