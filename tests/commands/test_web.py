from __future__ import annotations

import json
import signal
import socket
import subprocess
import sys
import threading
import urllib.request
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("starlette", reason="the extra web is not installed")
pytest.importorskip("httpx", reason="httpx is not installed")
from click.testing import CliRunner

from livedigits import cli
from tests import pages
from tests.serving import encoded

ROOT = Path(cli.__file__).parents[1]


def test_command_serves_until_interrupted() -> None:
    command = [sys.executable, "-m", "livedigits", "web", "--no-open", "--port", "0"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, cwd=ROOT) as server:
        try:
            assert server.stdout is not None and server.stderr is not None
            url = server.stdout.readline().split()[3]
            assert url.startswith("http://127.0.0.1:")
            with urllib.request.urlopen(f"{url}api/read", encoded(pages.page("407")[0]), timeout=30) as response:
                assert json.load(response)["text"] == "407"
            server.send_signal(signal.SIGINT)
            assert server.wait(timeout=30) == 0
            assert server.stderr.read() == ""
        finally:
            server.kill()


def test_command_says_what_an_open_address_means(monkeypatch: pytest.MonkeyPatch) -> None:
    served: list[Any] = []
    monkeypatch.setattr("livedigits.commands.web._serve", lambda app, listening, door: served.append(listening.close()))
    result = CliRunner().invoke(cli.main, ["web", "--no-open", "--host", "0.0.0.0", "--port", "0"])
    assert result.exit_code == 0 and served
    assert "everybody who can reach this machine" in result.stderr
    result = CliRunner().invoke(cli.main, ["web", "--no-open", "--port", "0"])
    assert result.stderr == ""


def test_command_opens_a_browser_where_there_is_a_display(monkeypatch: pytest.MonkeyPatch) -> None:
    opened = threading.Event()
    monkeypatch.setattr("livedigits.commands.web._serve", lambda app, listening, door: listening.close())
    monkeypatch.setattr("webbrowser.open", lambda url: opened.set())
    monkeypatch.setenv("DISPLAY", ":0")
    assert CliRunner().invoke(cli.main, ["web", "--port", "0"]).exit_code == 0
    assert opened.wait(10)


@pytest.mark.parametrize(
    "options", [["--host", "nowhere.invalid"], ["--port", "{taken}"], ["--model", "missing.tflite"]]
)
def test_command_says_why_it_cannot_serve(options: list[str]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        options = [option.format(taken=taken.getsockname()[1]) for option in options]
        result = CliRunner().invoke(cli.main, ["web", "--no-open", *options])
    assert result.exit_code == 1
    assert result.stderr.startswith("Error: ") and result.stderr.count("\n") == 1


def test_command_without_its_packages(monkeypatch: pytest.MonkeyPatch) -> None:
    import livedigits.web

    monkeypatch.setattr(livedigits, "web", livedigits.web)  # put back afterwards: importing it again replaces it
    for name in [name for name in sys.modules if name.startswith("livedigits.web")]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "starlette", None)
    for name in [name for name in sys.modules if name.startswith("starlette.")]:
        monkeypatch.setitem(sys.modules, name, None)
    result = CliRunner().invoke(cli.main, ["web"])
    assert result.exit_code == 1
    assert "pip install 'livedigits[web]'" in result.stderr
