"""What README and CONTRIBUTING tell people to type is what the commands take, and the files they name are there."""

from __future__ import annotations

import re
import shlex
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import click
import pytest

from livedigits.cli import main

ROOT = Path(__file__).parents[1]
PAGES = ("README.md", "CONTRIBUTING.md", *(f"docs/{path.name}" for path in sorted((ROOT / "docs").glob("*.md"))))

# Pages that show how to use it, and so have commands with options.
GUIDES = ("README.md", "docs/archives.md", "docs/fields.md", "docs/outlets.md")


def page(name: str) -> str:
    return (ROOT / name).read_text(encoding="utf-8")


def written(name: str) -> list[list[str]]:
    """The calls of livedigits in a page's code blocks and in its code within text, as lists of arguments."""
    text = page(name)
    code = re.findall(r"^    .*", text, re.M) + re.findall(r"`([^`\n]+)`", text)
    calls = [
        found
        for line in code
        for found in re.findall(r"(?:^|[\s/])livedigits ([a-z]+(?: (?:[^#;&|]|(?<! )#)*)?)", line)
    ]
    return [shlex.split(call) for call in calls]


@pytest.mark.parametrize("name", PAGES)
def test_options_that_are_shown_exist(name: str) -> None:
    context = click.Context(main)
    seen = 0
    for command, *args in written(name):
        known = main.get_command(context, command)
        assert known is not None, command
        params = list(known.params)
        if isinstance(known, click.Group):
            params += [parameter for each in known.commands.values() for parameter in each.params]
        options = {option for parameter in params for option in parameter.opts}
        for arg in args:
            if arg.startswith("--"):
                assert arg in options, (command, arg)
                seen += 1
    assert seen > 5 or name not in GUIDES, "the page shows no commands"


@pytest.mark.parametrize("name", PAGES)
def test_modules_and_files_that_are_named_exist(name: str) -> None:
    text = page(name)
    modules = re.findall(r"-m (livedigits[\w.]+)", text)
    assert [module for module in modules if find_spec(module) is None] == []
    links = [link for link in re.findall(r"\]\(([^)]+)\)", text) if "://" not in link]
    assert [link for link in links if not (ROOT / name).parent.joinpath(link).exists()] == []


def test_every_stage_is_explained() -> None:
    how = page("README.md").split("## How it works")[1].split("\n## ")[0]
    recognition = ROOT / "livedigits" / "recognition"
    named = re.findall(r"`(\w+\.py)`", how)
    assert len(named) > 9
    assert [stage for stage in named if not (recognition / stage).exists()] == []


def test_rooms_in_the_table_are_those_there_are() -> None:
    table = re.findall(r"^\| `(\w+)/`", page("CONTRIBUTING.md"), re.M)
    rooms = {path.parent.name for path in (ROOT / "livedigits").glob("*/__init__.py")}
    assert set(table) == rooms


def test_the_python_in_readme_runs() -> None:
    code = "".join(re.findall(r"```python\n(.*?)```", page("README.md"), re.S))
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0 and done.stdout, done.stderr
