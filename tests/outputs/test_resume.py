from __future__ import annotations

from pathlib import Path

import pytest

from livedigits.errors import LivedigitsError
from livedigits.outputs.resume import left_to_read, read_done

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


def lines(source: str, *frames: int) -> bytes:
    line = b'{"source": "%s", "frame": %d, "time": %f, "digits": []}\n'
    return b"".join(line % (source.encode(), i, i / 25) for i in frames)


def test_what_is_left_of_each_file(tmp_path: Path) -> None:
    path = tmp_path / "read.jsonl"
    path.write_bytes(lines("a.mp4", 0, 2, 4) + lines("b.mp4", 0, 2))
    (a, done_a, over_a), (b, done_b, over_b), (c, done_c, over_c) = left_to_read(
        str(path), ["a.mp4", "b.mp4", "c.mp4"], every=2
    )
    assert (a, b, c, over_a, over_b, over_c, done_c) == ("a.mp4", "b.mp4", "c.mp4", True, False, False, None)
    assert done_a is not None and (done_a.first, done_a.last, done_a.frames, done_a.end) == (0, 4, 3, 0.16)
    assert done_b is not None and (done_b.first, done_b.last, done_b.begin) == (0, 2, 0.0)


@pytest.mark.parametrize(
    ("frames", "said", "start"),
    [((0, 1), "another --every", None), ((4, 6), "another --start", None), ((4, 6), "another --start", 0.5)],
)
def test_a_file_that_was_read_with_other_options_is_refused(
    tmp_path: Path, frames: tuple[int, ...], said: str, start: float | None
) -> None:
    path = tmp_path / "read.jsonl"
    path.write_bytes(lines("a.mp4", *frames))
    with pytest.raises(LivedigitsError, match=said):
        left_to_read(str(path), ["a.mp4"], start, every=2)
