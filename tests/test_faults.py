"""docs/faults.md: each row is held by tests that there are, and that are run."""

from __future__ import annotations

import ast
import functools
from pathlib import Path

ROOT = Path(__file__).parents[1]
NEVER_RUN = {"skip", "xfail"}


@functools.cache
def named_in(path: Path) -> dict[str, set[str]]:
    """The tests of a file, each with the names in its decorators."""
    functions = [node for node in ast.parse(path.read_text(encoding="utf-8")).body if isinstance(node, ast.FunctionDef)]
    return {
        function.name: {
            node.attr for part in function.decorator_list for node in ast.walk(part) if isinstance(node, ast.Attribute)
        }
        for function in functions
        if function.name.startswith("test_")
    }


def test_every_row_of_the_table_of_faults_names_tests_that_there_are() -> None:
    rows = [row.split("|")[1:-1] for row in (ROOT / "docs/faults.md").read_text(encoding="utf-8").splitlines()[6:]]
    assert len(rows) > 30
    for row in rows:
        assert len(row) == 5 and all(cell.strip() for cell in row) and row[4].split(), row
        for named in row[4].split():
            file, _, name = named.partition("::")
            found = named_in(ROOT / "tests" / file)
            assert name in found, f"{named} is no test"
            assert not found[name] & NEVER_RUN, f"{named} is not run"
