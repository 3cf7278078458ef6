from __future__ import annotations

import pytest

from livedigits.sources.filetypes import HEAD, is_heic, is_video

REST = bytes(HEAD)


@pytest.mark.parametrize(
    "head",
    [
        b"\0\0\0\x18ftypmp42" + REST,
        b"\0\0\0\x08wide" + REST,
        b"RIFF\0\0\0\0AVI " + REST,
        b"\x1a\x45\xdf\xa3" + REST,
        b"OggS" + REST,
        b"FLV\1" + REST,
        b"\x30\x26\xb2\x75" + REST,
        b"\0\0\1\xba" + REST,
        b"\0\0\1\xb3" + REST,
        b"G" + bytes(187) + b"G",
    ],
)
def test_videos_of_the_usual_containers_are_known(head: bytes) -> None:
    assert is_video(head[:HEAD])


@pytest.mark.parametrize(
    "head",
    [
        b"",
        b"#EXTM3U\nhttp://elsewhere/" + REST,
        b"GIF89a" + REST,
        b"RIFF\0\0\0\0WEBP" + REST,
        b"\0\0\0\x18ftypheic" + REST,
        b"\0\0\0\x18ftypavif" + REST,
        b"G" + bytes(186),
        b"\x89PNG\r\n\x1a\n" + REST,
    ],
)
def test_playlists_and_pictures_are_no_videos(head: bytes) -> None:
    assert not is_video(head[:HEAD])


def test_heic_is_told_from_other_files_of_its_container() -> None:
    assert is_heic(b"\0\0\0\x18ftypheic")
    assert not is_heic(b"\0\0\0\x18ftypmp42")
