from __future__ import annotations

import io
import os
import struct
import subprocess
import sys
import threading
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from click.testing import CliRunner
from PIL import Image

from livedigits.cli import main
from livedigits.errors import LivedigitsError
from livedigits.sources import images
from livedigits.sources.images import Pictures, decode, decode_file, is_picture, measured
from livedigits.sources.picture_memory import MB, process_megabytes

SIZE = (60, 40)  # height, width


def page() -> np.ndarray:
    """A stroke of ink (grey 20) on paper (grey 240), (60, 40) uint8: a vertical bar at the upper left."""
    image = np.full(SIZE, 240, np.uint8)
    image[5:30, 4:10] = 20
    return image


INK = (slice(7, 28), slice(5, 9))
PAPER = (slice(35, 55), slice(20, 38))


def shades(image: np.ndarray) -> tuple[float, float]:
    """Mean grey of the ink and of the paper."""
    return float(image[INK].mean()), float(image[PAPER].mean())


def rgb() -> Image.Image:
    return Image.fromarray(cv2.cvtColor(page(), cv2.COLOR_GRAY2RGB))


def write_deep(path: Path, scale: int) -> None:
    cv2.imwrite(str(path), page().astype(np.uint16) * scale)


# -- kinds of pictures ------------------------------------------------------------------------------------------------

KINDS: dict[str, Callable[[Path], object]] = {
    "colour.png": lambda path: rgb().save(path),
    "colour.jpg": lambda path: rgb().save(path, quality=95),
    "colour.webp": lambda path: rgb().save(path, lossless=True),
    "colour.bmp": lambda path: rgb().save(path),
    "colour.tif": lambda path: rgb().save(path),
    "packed.tif": lambda path: rgb().save(path, compression="tiff_lzw"),
    "colour.ppm": lambda path: rgb().save(path),
    "grey.png": lambda path: Image.fromarray(page()).save(path),
    "grey.jpg": lambda path: Image.fromarray(page()).save(path, quality=95),
    "palette.png": lambda path: rgb().quantize(8).save(path),
    "palette.gif": lambda path: rgb().save(path),
    "full16.png": lambda path: write_deep(path, 257),
    "full16.tif": lambda path: write_deep(path, 257),
    "twelve.png": lambda path: write_deep(path, 16),
    "eight.png": lambda path: write_deep(path, 1),
    "colour16.png": lambda path: cv2.imwrite(str(path), cv2.merge([page().astype(np.uint16) * 257] * 3)),
    "float1.tif": lambda path: Image.fromarray(page().astype(np.float32) / 255).save(path),
    "float255.tif": lambda path: Image.fromarray(page().astype(np.float32)).save(path),
    "cmyk.jpg": lambda path: rgb().convert("CMYK").save(path, quality=95),
    "opaque.png": lambda path: rgb().convert("RGBA").save(path),
    "alpha16.png": lambda path: cv2.imwrite(
        str(path), cv2.merge([page().astype(np.uint16) * 257] * 3 + [np.full(SIZE, 65535, np.uint16)])
    ),
}


@pytest.mark.parametrize("name", KINDS)
def test_every_kind_of_picture_reads_as_it_looks(tmp_path: Path, name: str) -> None:
    KINDS[name](tmp_path / name)
    image = decode(tmp_path / name)
    assert image.shape == (*SIZE, 3) and image.dtype == np.uint8 and image.flags.c_contiguous
    assert shades(image) == pytest.approx((20, 240), abs=6)
    assert image[INK].std() < 12 and image[PAPER].std() < 12


@pytest.mark.parametrize("name", ["bit.png", "bit.tif", "bit.bmp"])
def test_one_bit_pictures(tmp_path: Path, name: str) -> None:
    Image.fromarray(page() > 128).save(tmp_path / name)
    assert shades(decode(tmp_path / name)) == (0, 255)


def test_colours_are_bgr(tmp_path: Path) -> None:
    Image.new("RGB", (8, 8), (200, 100, 0)).save(tmp_path / "a.png")
    assert (decode(tmp_path / "a.png") == (0, 100, 200)).all()


def test_first_frame_of_an_animation(tmp_path: Path) -> None:
    for name in ("a.gif", "a.webp", "a.png"):
        rgb().save(tmp_path / name, save_all=True, append_images=[Image.new("RGB", SIZE[::-1], "red")], duration=100)
        assert shades(decode(tmp_path / name)) == pytest.approx((20, 240), abs=6)


@pytest.mark.parametrize("suffix", [".jpg", ".png", ".webp", ".tif"])
@pytest.mark.parametrize("orientation", range(1, 9))
def test_orientation_of_the_camera_is_applied(tmp_path: Path, orientation: int, suffix: str) -> None:
    # each tag says how the stored rows and columns lie; so it is undone here in the other direction
    stored = {
        1: page(),
        2: page()[:, ::-1],
        3: page()[::-1, ::-1],
        4: page()[::-1],
        5: page().T,
        6: np.rot90(page()),
        7: page()[::-1, ::-1].T,
        8: np.rot90(page(), 3),
    }[orientation]
    exif = Image.Exif()
    exif[0x0112] = orientation
    path = tmp_path / f"photo{suffix}"
    Image.fromarray(np.ascontiguousarray(stored)).convert("RGB").save(path, exif=exif)
    image = decode(path)
    assert image.shape == (*SIZE, 3)
    assert shades(image) == pytest.approx((20, 240), abs=8)
    assert image.flags.c_contiguous


def test_damaged_exif_does_not_hide_the_picture(tmp_path: Path) -> None:
    head = b"Exif\0\0II*\0\x08\0\0\0"
    text = struct.pack("<HHHI4sI", 1, 0x0112, 2, 4, b"abc\0", 0)  # an orientation of letters
    rgb().save(tmp_path / "wrong.jpg", exif=head + text, quality=95)
    rgb().save(tmp_path / "short.jpg", exif=head + b"\xff\xff\x12\x01\x03\0", quality=95)
    for name in ("wrong.jpg", "short.jpg"):
        assert shades(decode(tmp_path / name)) == pytest.approx((20, 240), abs=8)


# -- transparency -----------------------------------------------------------------------------------------------------


def ink_on_glass(colour: tuple[int, int, int], strength: int = 255) -> Image.Image:
    """Ink of an RGB colour on a transparent ground; what is transparent has the ink's own colour, or none."""
    image = np.zeros((*SIZE, 4), np.uint8)
    image[page() < 128] = (*colour, strength)
    return Image.fromarray(image)


@pytest.mark.parametrize(
    ("colour", "ground"),
    [((0, 0, 0), 255), ((30, 60, 160), 255), ((200, 0, 0), 255), ((255, 255, 255), 0), ((255, 230, 0), 0)],
)
@pytest.mark.parametrize("suffix", [".png", ".webp", ".tif"])
def test_ink_on_a_transparent_ground_shows(
    tmp_path: Path, colour: tuple[int, int, int], ground: int, suffix: str
) -> None:
    path = tmp_path / f"a{suffix}"
    ink_on_glass(colour).save(path, lossless=True)  # WebP heeds it
    image = decode(path)
    assert (image[INK] == colour[::-1]).all()
    assert (image[PAPER] == ground).all()


@pytest.mark.parametrize(("shade", "ground"), [(0, 255), (255, 0)])
def test_transparency_of_palettes_grey_and_single_colours(tmp_path: Path, shade: int, ground: int) -> None:
    other = 255 - shade
    levels = np.where(page() < 128, shade, other).astype(np.uint8)
    palette = Image.fromarray((page() < 128).astype(np.uint8))
    palette.putpalette([other] * 3 + [shade] * 3)
    palette.save(tmp_path / "palette.png", transparency=0)
    palette.save(tmp_path / "palette.gif", transparency=0)
    Image.fromarray(levels).save(tmp_path / "grey.png", transparency=other)
    Image.fromarray(levels).convert("RGB").save(tmp_path / "colour.png", transparency=(other,) * 3)
    Image.fromarray(np.dstack([levels, np.where(page() < 128, 255, 0).astype(np.uint8)])).save(tmp_path / "la.png")
    for path in sorted(tmp_path.iterdir()):
        assert shades(decode(path)) == (shade, ground), path.name


def test_faint_ink_on_a_transparent_ground_is_laid_on_white(tmp_path: Path) -> None:
    ink_on_glass((0, 0, 0), strength=102).save(tmp_path / "a.png")
    assert shades(decode(tmp_path / "a.png")) == (153, 255)


@pytest.mark.parametrize("paper", [255, 240, 0])
def test_paper_with_a_transparent_edge_goes_on_in_its_own_colour(tmp_path: Path, paper: int) -> None:
    image = np.full((28, 28, 4), paper, np.uint8)
    image[6:20, 12:15, :3] = 255 - paper
    image[..., 3] = 255
    image[-1] = 0
    image[:, -1] = 0
    Image.fromarray(image).save(tmp_path / "a.png")
    read = decode(tmp_path / "a.png")
    assert (read[-1] == paper).all() and (read[:, -1] == paper).all()
    assert (read[8:18, 13] == 255 - paper).all()


def test_digit_cut_out_of_a_plain_sheet_shows(tmp_path: Path) -> None:
    """White all over, transparent where the digit is, with the soft edge that paint programs give it."""
    alpha = cv2.GaussianBlur(np.where(page() < 128, 0, 255).astype(np.uint8), (3, 3), 0)
    shade = cv2.GaussianBlur(page(), (3, 3), 0) // 4 * 3 + 75
    shade[alpha == 255] = 255
    Image.fromarray(np.dstack([shade, shade, shade, alpha])).save(tmp_path / "a.png")
    ink, paper = shades(decode(tmp_path / "a.png"))
    assert (ink, paper) == (0, 255)


def test_wholly_transparent_picture_is_blank(tmp_path: Path) -> None:
    Image.new("RGBA", (8, 8), (0, 0, 0, 0)).save(tmp_path / "a.png")
    assert (decode(tmp_path / "a.png") == 255).all()


# -- errors -----------------------------------------------------------------------------------------------------------


def big_png(width: int, height: int) -> bytes:
    """The beginning of a PNG of that size."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(b"\0")) + chunk(b"IEND", b"")


BAD = {
    "empty.png": (b"", "is empty"),
    "notes.png": (b"7 apples\n" * 100, "is no picture and no video"),
    "noise.jpg": (np.random.default_rng(0).bytes(5000), "is no picture and no video"),
    "phone.jpg": (b"\0\0\0\x18ftypheic\0\0\0\0mif1heic" + bytes(100), "HEIC .* save it as JPEG|damaged"),
    "bomb.png": (big_png(20_000, 20_000), "is too large: more than 178 megapixels"),
    "large.png": (big_png(13_300, 13_300), "13300 x 13300 pixels of a PNG picture take 1740 MB .*: --max-memory 1740"),
    "hollow.png": (big_png(20, 20), "damaged or cut short"),
    "header.png": (big_png(20, 20)[:20], "damaged or cut short|is no picture"),
}


@pytest.mark.parametrize("name", BAD)
def test_what_is_no_good_picture_is_one_clear_line(tmp_path: Path, name: str) -> None:
    data, message = BAD[name]
    (tmp_path / name).write_bytes(data)
    with pytest.raises(LivedigitsError, match=message) as error:
        decode(tmp_path / name)
    assert str(error.value).startswith(str(tmp_path / name)) and "\n" not in str(error.value)
    with pytest.raises(LivedigitsError, match=f"^upload 3 .*({message})"):
        decode_file(io.BytesIO(data), "upload 3")


@pytest.mark.parametrize("suffix", [".png", ".jpg", ".webp", ".bmp", ".tif", ".gif", ".ppm"])
def test_picture_that_is_cut_short(tmp_path: Path, suffix: str, capfd: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / f"a{suffix}"
    noise = np.random.default_rng(1).integers(0, 256, (200, 300, 3), np.uint8)
    Image.fromarray(noise).save(path)
    assert decode(path).shape == (200, 300, 3)
    path.write_bytes(path.read_bytes()[: path.stat().st_size * 2 // 3])
    with pytest.raises(LivedigitsError, match="damaged"):
        decode(path)
    assert capfd.readouterr().err == ""


def test_a_picture_is_one_by_its_content(tmp_path: Path) -> None:
    Image.new("L", (20, 20)).save(tmp_path / "a.txt", "PNG")
    (tmp_path / "cut.jpg").write_bytes((tmp_path / "a.txt").read_bytes()[:-20])
    (tmp_path / "text.png").write_text("3 eggs")
    (tmp_path / "phone.jpg").write_bytes(b"\0\0\0\x18ftypheic\0\0\0\0")
    found = {path.name for path in tmp_path.iterdir() if is_picture(path)}
    assert found == {"a.txt", "cut.jpg", "phone.jpg"}
    (tmp_path / "video.png").write_bytes(b"\0\0\0\x18ftypisom\0\0\0\0")
    with pytest.raises(LivedigitsError, match="is a video, not a picture"):
        decode(tmp_path / "video.png")


def test_missing_picture_and_folder(tmp_path: Path) -> None:
    with pytest.raises(LivedigitsError, match="no such file"):
        decode(tmp_path / "missing.png")
    with pytest.raises(LivedigitsError, match="is a folder, not a picture"):
        decode(tmp_path)


def test_bytes_read_like_files() -> None:
    buffer = io.BytesIO()
    rgb().save(buffer, "PNG")
    assert shades(decode_file(buffer, "canvas")) == (20, 240)


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="needs named pipes")
def test_picture_from_a_pipe(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    buffer = io.BytesIO()
    rgb().save(buffer, "WEBP", lossless=True)
    writer = threading.Thread(target=pipe.write_bytes, args=(buffer.getvalue(),))
    writer.start()
    image = decode(pipe)
    writer.join()
    assert shades(image) == (20, 240)


# -- files and folders ------------------------------------------------------------------------------------------------


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """A folder named "my digits" in the working directory, with pictures and other things."""
    monkeypatch.chdir(tmp_path)
    Path("my digits/more/.thumbnails").mkdir(parents=True)
    names = ["digit10.png", "digit2.PNG", "Digit1.jpg", "more/b.webp", "more/a.bmp", "größe 数.png", "Eight.png"]
    hidden = [".digit3.png", "more/.thumbnails/digit4.png"]
    for name in names + hidden:
        rgb().save(f"my digits/{name}")
    Path("my digits/notes.txt").write_text("7")
    Path("my digits/clip.mp4").write_bytes(b"7")
    return "my digits"


def in_folder(*names: str) -> list[str]:
    return [os.path.join("my digits", *name.split("/")) for name in names]


def test_folder_in_natural_order(folder: str) -> None:
    expected = in_folder(
        "Digit1.jpg", "digit2.PNG", "digit10.png", "Eight.png", "größe 数.png", "more/a.bmp", "more/b.webp"
    )
    with Pictures([folder]) as pictures:
        assert (pictures.count, pictures.live, pictures.fps, pictures.dropped) == (7, False, None, 0)
        frames = list(pictures)
    assert [frame.source for frame in frames] == expected
    assert [frame.index for frame in frames] == list(range(7))
    assert {frame.time for frame in frames} == {0.0}
    assert all(shades(frame.image) == pytest.approx((20, 240), abs=8) for frame in frames)


def test_a_folder_of_results_is_left_out(folder: str) -> None:
    sub = os.path.join(folder, "more")
    whole = Pictures([folder]).files
    without = Pictures([folder], without=os.path.join(sub, ".")).files
    assert without == [path for path in whole if not path.startswith(sub + os.sep)] != whole
    assert Pictures([sub], without=sub).files  # the user has named it


def test_files_and_folders_in_the_order_given(folder: str) -> None:
    wanted = [*in_folder("digit10.png"), os.path.join(folder, "more"), *in_folder("Digit1.jpg")]
    with Pictures(wanted) as pictures:
        found = [frame.source for frame in pictures]
    assert found == in_folder("digit10.png", "more/a.bmp", "more/b.webp", "Digit1.jpg")
    assert pictures.name == ", ".join(wanted)


def test_suffixes_do_not_matter_for_content(tmp_path: Path) -> None:
    rgb().save(tmp_path / "jpeg.png", "JPEG", quality=95)
    rgb().save(tmp_path / "scan", "PNG")  # named, it is read whatever its suffix
    with Pictures([tmp_path / "jpeg.png", tmp_path / "scan"]) as pictures:
        assert [shades(frame.image) == pytest.approx((20, 240), abs=8) for frame in pictures] == [True, True]


def test_bad_pictures_are_reported_and_the_others_read(folder: str) -> None:
    Path(folder, "digit5.png").write_bytes(b"")
    errors: list[LivedigitsError] = []
    with Pictures([folder, "missing.png"], on_error=errors.append) as pictures:
        frames = list(pictures)
    assert [frame.index for frame in frames] == [0, 1, 3, 4, 5, 6, 7]
    assert [str(error) for error in errors] == [
        *(f"{f} is empty" for f in in_folder("digit5.png")),
        "missing.png: no such file",
    ]
    assert pictures.count == 9


def test_bad_picture_raises_without_a_callback_and_the_next_can_follow(folder: str) -> None:
    Path(folder, "digit1.png").write_bytes(b"")
    with Pictures([folder]) as pictures:
        first = next(pictures)
        with pytest.raises(LivedigitsError, match="is empty"):
            next(pictures)
        assert next(pictures).index == first.index + 2


def test_folder_without_pictures(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("7")
    with pytest.raises(LivedigitsError, match="no pictures in this folder"):
        Pictures([tmp_path])
    errors: list[LivedigitsError] = []
    with Pictures([tmp_path], on_error=errors.append) as pictures:
        assert list(pictures) == []
    assert len(errors) == 1


def test_closing_ends_the_iteration(folder: str) -> None:
    pictures = Pictures([folder])
    next(pictures)
    pictures.close()
    assert list(pictures) == []


PEAK = """
import sys
from livedigits import process
process.quiet_opencv(); process.tune()
from livedigits.cli import main
try:
    main(sys.argv[1:])
finally:
    print([line.split()[1] for line in open("/proc/self/status") if line.startswith("VmHWM")][0], file=sys.stderr)
"""
needs_proc = pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="memory is read from Linux's /proc")


def peak(*arguments: object) -> float:
    """Most memory, MB, that a command had at any time; of that alone, without the forking process's own."""
    run = subprocess.run([sys.executable, "-c", PEAK, *map(str, arguments)], capture_output=True, text=True, check=True)
    return int(run.stderr.split()[-1]) * 1024 / MB


def large(kind: str, path: Path, megapixels: float) -> Path:
    """A large picture of a kind whose decoder takes more than others."""
    height = round((megapixels * 1e6 / 1.25) ** 0.5)
    grey = np.full((height, round(1.25 * height)), 230, np.uint8)
    grey[height // 3 : height // 3 + 40, 100 : height // 2] = 218  # faint: it is brought out
    picture = Image.fromarray(grey)
    if kind == "turned":
        exif = Image.Exif()
        exif[0x0112] = 6
        picture.convert("RGB").save(path.with_suffix(".jpg"), exif=exif)
        return path.with_suffix(".jpg")
    if kind == "progressive":
        picture.convert("RGB").save(path.with_suffix(".jpg"), progressive=True, subsampling=0)
        return path.with_suffix(".jpg")
    if kind == "transparent":
        picture = picture.convert("RGBA")
        picture.putalpha(Image.fromarray(grey - 100))
    elif kind == "palette":
        picture = picture.convert("P")
        picture.info["transparency"] = 3
    elif kind == "16 bits":
        picture = Image.fromarray(grey.astype(np.uint16) * 250)
    elif kind == "1 bit":
        picture = picture.convert("1")
    suffix = {"webp": ".webp", "tiff": ".tif", "jpeg 2000": ".jp2"}.get(kind, ".png")
    options: dict[str, Any] = {".webp": {"method": 0}, ".tif": {"compression": "tiff_lzw", "tiffinfo": {278: height}}}
    picture.convert("RGB" if suffix != ".png" else picture.mode).save(
        path.with_suffix(suffix), **options.get(suffix, {"compress_level": 1} if suffix == ".png" else {})
    )
    return path.with_suffix(suffix)


LARGE_KINDS = ["turned", "progressive", "transparent", "palette", "16 bits", "1 bit", "webp", "tiff", "jpeg 2000"]


def needs(path: Path) -> int:
    with open(path, "rb") as file:
        return measured(file)[2]


@needs_proc
@pytest.mark.slow
@pytest.mark.parametrize("kind", LARGE_KINDS)
def test_a_picture_takes_no_more_memory_than_was_foreseen(tmp_path: Path, kind: str) -> None:
    small = needs(large(kind, tmp_path / "small", 0.1)) / 0.1e6  # bytes a pixel
    path = large(kind, tmp_path / "large", 60e6 / small / 1e6)
    assert process_megabytes(needs(path)) <= 210
    assert peak("image", path) <= process_megabytes(needs(path))


@pytest.mark.slow
@needs_proc
@pytest.mark.parametrize("kind", LARGE_KINDS)
def test_the_largest_picture_of_a_kind_stays_below_600_mb(tmp_path: Path, kind: str) -> None:
    each = needs(large(kind, tmp_path / "small", 0.1)) / 0.1e6
    path = large(kind, tmp_path / "large", 454e6 / each / 1e6)
    assert process_megabytes(needs(path)) == 600
    assert peak("image", path, "--save", tmp_path / "read") <= 600


def test_the_memory_that_pictures_may_take_can_be_raised(tmp_path: Path) -> None:
    path = large("1 bit", tmp_path / "large", 13)
    refused = CliRunner().invoke(main, ["image", str(path), "--max-memory", "200"])
    assert refused.exit_code == 1 and "--max-memory 270 allows it" in refused.output and refused.output.count("\n") == 1
    assert CliRunner().invoke(main, ["image", str(path), "--max-memory", "270"]).exit_code == 0


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="needs named pipes")
def test_a_pipe_without_an_end_is_given_up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(images, "PIPED", 1000)
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    writer = threading.Thread(target=lambda: pipe.write_bytes(bytes(1001)))
    writer.start()
    with pytest.raises(LivedigitsError, match="of a pipe at most"):
        decode(pipe)
    writer.join()
