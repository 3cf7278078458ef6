"""Who may import whom: rooms from left to right, and no file in a circle.

Imports within functions, and those for types alone, count like all others.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

HOUSE = Path(__file__).parents[1] / "livedigits"
# Each room imports only from those to its right.
ROOMS = (
    ["commands", "web", "archives", "live", "diagnostics", "training", "fields", "profiles", "outputs", "annotate"]
    + ["recognition", "sources", "engines"]
)  # fmt: skip
TRAINING = ["evaluation", "model", "dataset", "synthesis"]
FOR_TRAINING = {"__init__", "tool"}
FOR_ALL = {"types", "errors", "process"}
DOORS = {"__init__", "__main__", "cli"}  # they open the house, and import what they open
MOST_FILES = 8


def modules() -> dict[str, Path]:
    """The house's modules, such as "livedigits.live.loop", and their files; a room is its __init__.py."""
    found = {}
    for path in sorted(HOUSE.rglob("*.py")):
        parts = path.relative_to(HOUSE.parent).with_suffix("").parts
        found[".".join(parts[:-1] if parts[-1] == "__init__" else parts)] = path
    return found


MODULES = modules()


def imports(path: Path) -> Iterator[str]:
    """The house's modules that a file imports, anywhere in it."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names if alias.name in MODULES)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path} has a relative import: name it in full"
            for alias in node.names:
                inner = f"{node.module}.{alias.name}"
                if inner in MODULES:
                    yield inner
                elif node.module == "livedigits":
                    assert alias.name == "__version__", f"{path}: import {alias.name} from where it is defined"
                elif node.module in MODULES:
                    yield str(node.module)


IMPORTS = {name: set(imports(path)) for name, path in MODULES.items()}


def room(module: str, below: int = 1) -> str:
    """The room that a module is in, or is; for a file directly in the house its own name."""
    parts = module.split(".")
    return parts[below] if len(parts) > below else "__init__"


def test_every_folder_is_a_room_with_a_place_in_the_order() -> None:
    folders = {path.parent.name for path in HOUSE.glob("*/__init__.py")}
    assert folders <= set(ROOMS)
    assert {path.parent.name for path in HOUSE.glob("training/*/__init__.py")} == set(TRAINING)


def test_few_files_lie_directly_in_the_house() -> None:
    files = {path.stem for path in HOUSE.glob("*.py")}
    assert len(files) <= MOST_FILES
    assert files == DOORS | FOR_ALL


@pytest.mark.parametrize("module", [name for name in MODULES if room(name) not in DOORS])
def test_rooms_import_from_their_right_alone(module: str) -> None:
    own = room(module)
    allowed = FOR_ALL | {"__init__"} | set(ROOMS[ROOMS.index(own) :] if own in ROOMS else ())
    wrong = sorted(name for name in IMPORTS[module] if room(name) not in allowed)
    assert not wrong, f"{module} is to the right of these"


@pytest.mark.parametrize("module", [name for name in MODULES if name.startswith("livedigits.training.")])
def test_rooms_of_training_import_from_their_right_alone(module: str) -> None:
    own = room(module, 2)
    allowed = FOR_TRAINING | set(TRAINING[TRAINING.index(own) :] if own in TRAINING else ())
    inner = {name for name in IMPORTS[module] if name.startswith("livedigits.training.")}
    wrong = sorted(name for name in inner if room(name, 2) not in allowed)
    assert not wrong, f"{module} is to the right of these"


@pytest.mark.parametrize("module", [name for name, path in MODULES.items() if path.name == "__init__.py"])
def test_a_room_is_explained_and_imports_none_of_its_own_files(module: str) -> None:
    tree = ast.parse(MODULES[module].read_text(encoding="utf-8"))
    assert len((ast.get_docstring(tree) or "").splitlines()) >= 3, "a paragraph says what comes in and what goes out"
    if module != "livedigits":  # the public names, which are loaded when they are asked for
        assert not [name for name in IMPORTS[module] if name.startswith(f"{module}.")]


def test_no_files_import_each_other_in_a_circle() -> None:
    done: set[str] = set()

    def visit(module: str, way: list[str]) -> None:
        assert module not in way, " imports ".join([*way[way.index(module) :], module])
        if module in done:
            return
        for name in sorted(IMPORTS[module]):
            visit(name, [*way, module])
        done.add(module)

    for module in MODULES:
        visit(module, [])
