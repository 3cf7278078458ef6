from __future__ import annotations

from pathlib import Path

ROOT = Path(__file__).parents[1]


def test_every_row_of_the_table_of_faults_names_tests_that_there_are() -> None:
    rows = [row.split("|")[1:-1] for row in (ROOT / "docs/faults.md").read_text(encoding="utf-8").splitlines()[6:]]
    assert len(rows) > 10
    for row in rows:
        assert len(row) == 5 and (ROOT / "tests" / row[4].strip()).is_file(), row
