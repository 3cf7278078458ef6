from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from livedigits.errors import OutputError
from livedigits.outputs import outbox, webhook
from livedigits.outputs.changes import Changes
from livedigits.outputs.webhook import AUTHORIZATION, Webhook, parse_url, shown
from livedigits.types import Frame, Result
from tests.hook import Hook
from tests.outputs.numbers import page
from tests.test_cli import invoke, picture

BLANK = np.zeros((60, 80, 3), np.uint8)


@pytest.fixture
def hook(monkeypatch: pytest.MonkeyPatch) -> Iterator[Hook]:
    monkeypatch.setattr(outbox, "FIRST_PAUSE", 0.01)
    monkeypatch.setattr(outbox, "LONGEST_PAUSE", 0.05)
    monkeypatch.setattr(outbox, "FAREWELL", 0.2)
    with Hook() as hook:
        yield hook


def opened(hook: Hook, lines: list[str]) -> Webhook:
    return Webhook(hook.url, Changes(every=True), lines.append)


def result(index: int) -> Result:
    return Result(Frame(BLANK, index, index / 16, "0", at=1764000000.0), page(str(index)))


def frames(hook: Hook) -> list[int]:
    return [each["frame"] for each in hook.received]


def test_the_object_of_a_frame_is_posted_over_one_connection(hook: Hook) -> None:
    lines: list[str] = []
    with opened(hook, lines) as sink:
        for i in range(20):
            sink.write(result(i))
    assert hook.received == [json.loads(json.dumps(result(i).to_json())) for i in range(20)]
    assert hook.headers["Content-Type"] == "application/json" and hook.headers["User-Agent"].startswith("livedigits/")
    assert hook.connections == 1 and lines == []


def test_only_what_is_news_is_posted(hook: Hook) -> None:
    with Webhook(hook.url, Changes(), print) as sink:
        for i in range(40):
            sink.write(Result(Frame(BLANK, i, i / 16, "0"), page("12" if i < 20 else "13")))
    assert [(each["frame"], each["numbers"][0]["text"]) for each in hook.received] == [(4, "12"), (24, "13")]


@pytest.mark.parametrize("trouble", ["status", "down", "stall"])
def test_one_that_fails_is_down_or_stalls_gets_everything_when_it_is_back(
    hook: Hook, trouble: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(webhook, "PATIENCE", 0.1)
    lines: list[str] = []
    with opened(hook, lines) as sink:
        sink.write(result(0))
        hook.wait(received=1)
        attempts = hook.attempts
        {"status": lambda: hook.answer(503), "down": hook.down, "stall": hook.stall}[trouble]()
        for i in range(1, 10):
            sink.write(result(i))
        if trouble == "down":
            hook.up()
        else:
            hook.wait(attempts=attempts + 2)
            hook.answer(200)
            hook.go_on()
        hook.wait(received=10)
    # what it took without saying so is sent again
    assert sorted(set(frames(hook))) == list(range(10)) and (trouble == "stall" or frames(hook) == list(range(10)))
    assert lines == [] or (" is tried again" in lines[0] and "takes results again" in lines[-1])


@pytest.mark.parametrize("status", [400, 401, 404, 413])
def test_what_it_refuses_is_counted_and_told(hook: Hook, status: int) -> None:
    lines: list[str] = []
    hook.answer(status)
    with (
        pytest.raises(OutputError, match=rf"1 of 1 results were not delivered: answers {status} "),
        opened(hook, lines) as sink,
    ):
        sink.write(result(0))
    assert hook.attempts == 1
    assert lines[0].startswith(f"{hook.url}: answers {status} ")


def test_a_redirection_is_not_followed_and_says_where_to(hook: Hook) -> None:
    hook.answer(307)
    hook.location = "http://127.0.0.1:9/elsewhere"
    with pytest.raises(OutputError, match="it has moved to http://127.0.0.1:9/elsewhere"), opened(hook, []) as sink:
        sink.write(result(0))


def test_nobody_there_is_one_line(hook: Hook) -> None:
    lines: list[str] = []
    hook.down()
    with (
        pytest.raises(OutputError, match="2 of 2 results were not delivered: connection refused"),
        opened(hook, lines) as sink,
    ):
        sink.write(result(0))
        sink.write(result(1))
    hook.up()
    assert lines[0] == f"{hook.url}: connection refused; up to {outbox.ROOM} results wait, and it is tried again"
    assert len(lines) == 1


def test_who_may_post_stands_in_the_environment(hook: Hook, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(AUTHORIZATION, "Bearer s3cret")
    with opened(hook, []) as sink:
        sink.write(result(0))
    assert hook.headers["Authorization"] == "Bearer s3cret"


@pytest.mark.parametrize("text", ["http://localhost:1880/x", "https://desk.example/hook?key=1", "http://[::1]:80/"])
def test_an_address(text: str) -> None:
    assert parse_url(text) == text


@pytest.mark.parametrize(
    "text", ["", "localhost:1880", "ftp://desk/x", "http://", "http://desk:port/", "http://de sk/", "http://[::1/"]
)
def test_what_is_no_address(text: str) -> None:
    with pytest.raises(ValueError, match="give an http:// or https:// address"):
        parse_url(text)


def test_a_password_in_the_address_is_refused_and_not_repeated() -> None:
    with pytest.raises(ValueError, match=AUTHORIZATION) as refusal:
        parse_url("http://me:s3cret@desk/x")
    assert "s3cret" not in str(refusal.value)


def test_messages_do_not_tell_what_may_be_secret() -> None:
    assert shown("https://desk.example:8443/hook?key=s3cret") == "https://desk.example:8443/hook"


def test_pictures_are_posted_by_the_command(hook: Hook, tmp_path: Path) -> None:
    path = picture(tmp_path / "a.png")
    done = invoke("image", path, "--post", hook.url)
    assert done.exit_code == 0, done.stderr
    assert [each["source"] for each in hook.received] == [str(path)]
    hook.answer(404)
    failed = invoke("image", path, "--post", hook.url)
    assert failed.exit_code == 1
    assert failed.stderr.splitlines()[-1].startswith(f"Error: cannot write {hook.url}: 1 of 1 results")
    assert invoke("image", path, "--post", "desk").exit_code == 2
