from __future__ import annotations

from pathlib import Path

import pytest

from livedigits.errors import LivedigitsError
from livedigits.outputs.resume import read_done

FIRST = b'{"source": "a.mp4", "frame": 0, "time": 0.0, "digits": []}\n'


@pytest.mark.parametrize(
    "line",
    [
        b'{"source": "a.mp4", "frame": 1e999, "time": 0.0, "digits": []}\n',
        b'{"source": "a.mp4", "frame": NaN, "time": 0.0, "digits": []}\n',
        b'{"source": "a.mp4", "frame": 1, "time": 0.0, "digits": ' + b"[" * 100_000 + b"\n",
        b'{"source": "a.mp4", "frame": 1, "time": 0.0, "digits": [{"track": "x"}, {"track": 1}]}\n',
        b'{"source": "a.mp4", "frame": 1}\n',
        b"\xff\n",
        b"[]\n",
    ],
)
def test_a_line_of_another_program_is_named_and_nothing_is_cut_off(tmp_path: Path, line: bytes) -> None:
    path = tmp_path / "read.jsonl"
    path.write_bytes(FIRST + line)
    with pytest.raises(LivedigitsError, match=f"cannot resume {path}: line 2 is none that"):
        read_done(str(path))
    assert path.read_bytes() == FIRST + line
