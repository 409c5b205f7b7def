"""The command itself: a real server on loopback, one address, Ctrl-C closes it; without its parts it says what to install."""

import http.client
import json
import signal
import subprocess
import sys
from pathlib import Path
from urllib.parse import urlsplit

import pytest

import cli
from desk import server

HOME = Path(__file__).resolve().parents[2]


@pytest.fixture
def running(root):
    command = [sys.executable, "cli.py", "-C", str(root), "desk", "--no-browser", "--json", "--port", "0"]
    with subprocess.Popen(command, cwd=HOME, stdout=subprocess.PIPE, text=True, encoding="utf-8") as process:
        told = ""
        while "}" not in told:
            line = process.stdout.readline()
            assert line, "the server ended before it told its address"
            told += line
        yield process, urlsplit(json.loads(told)["url"])
        process.kill()


def ask(address, path, **headers):
    connection = http.client.HTTPConnection(address.hostname, address.port, timeout=20)
    connection.request("GET", path, headers=headers)
    answer = connection.getresponse()
    return answer, answer.read().decode("utf-8")


def test_the_command_serves_its_own_browser_and_ends_with_ctrl_c(running):
    process, address = running
    assert address.hostname == "127.0.0.1"
    answer, page = ask(address, "/")
    assert (answer.status, "没有口令" in page) == (403, True)
    answer, _ = ask(address, f"{address.path}?{address.query}")
    assert answer.status == 303
    answer, page = ask(address, "/", Cookie=answer.headers["Set-Cookie"].split(";")[0])
    assert (answer.status, "咸宁市司法局" in page) == (200, True)
    assert "server" not in {name.lower() for name, _ in answer.getheaders()}
    process.send_signal(signal.SIGINT)
    assert process.wait(30) == 0


def test_without_its_parts_the_command_says_what_to_install(root, monkeypatch, capsys):
    monkeypatch.setattr(server, "find_spec", lambda name: None if name == "uvicorn" else object())
    assert cli.run(["-C", str(root), "desk", "--no-browser"]) == 3
    told = capsys.readouterr().err
    assert "缺 uvicorn" in told and "-m pip install starlette uvicorn python-multipart" in told


def test_outside_of_a_workspace_there_is_no_desk(tmp_path, capsys):
    assert cli.run(["-C", str(tmp_path), "desk", "--no-browser"]) == 2
    assert "不是工作文件夹" in capsys.readouterr().err


def test_the_other_commands_never_load_the_web():
    code = "import sys, cli; cli.run(['--help']); print(sorted({'starlette', 'uvicorn', 'desk'} & set(sys.modules)))"
    found = subprocess.run(
        [sys.executable, "-c", code], cwd=HOME, capture_output=True, text=True, encoding="utf-8", check=True
    )
    assert found.stdout.splitlines()[-1] == "[]"
