"""What is set for the process, and that it is set by who asks for it alone."""

from __future__ import annotations

import os
import platform
import subprocess
import sys
from pathlib import Path

import cv2
import numpy as np
import pytest

from livedigits.process import OPENCV_ENVIRONMENT, quiet_opencv

FAULTS = """
import resource
import numpy as np
from livedigits.process import keep_freed
if {kept}:
    keep_freed()
for _ in range(20):
    pictures = [np.ones((1080, 1920), np.uint8) for _ in range(8)]
    del pictures
print(resource.getrusage(resource.RUSAGE_SELF).ru_minflt)
"""


def faults(kept: bool) -> int:
    done = subprocess.run([sys.executable, "-c", FAULTS.format(kept=kept)], capture_output=True, text=True, check=True)
    return int(done.stdout)


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="only glibc can be told to keep memory")
def test_freed_pictures_are_used_again():
    assert faults(kept=True) < 0.5 * faults(kept=False)


UNCHANGED = """
import os
import cv2  # which sets variables of its own
cv2.setNumThreads(3)
before = dict(os.environ)
import numpy as np
import livedigits, livedigits.process
kept = []
livedigits.process.keep_freed = lambda: kept.append(True)
reader = livedigits.Reader()
video = livedigits.VideoReader(reader)
page = np.full((120, 160, 3), 255, np.uint8)
reader.read(page)
video.read(page, 0.0)
print(dict(os.environ) == before, cv2.getNumThreads(), kept)
"""


def test_importing_and_reading_set_nothing_for_the_process():
    clean = {name: value for name, value in os.environ.items() if name not in OPENCV_ENVIRONMENT}
    done = subprocess.run([sys.executable, "-c", UNCHANGED], capture_output=True, text=True, check=True, env=clean)
    assert done.stdout == "True 3 []\n"


def test_what_the_user_has_set_stays(monkeypatch):
    monkeypatch.setenv("OPENCV_LOG_LEVEL", "INFO")
    monkeypatch.delenv("QT_LOGGING_RULES", raising=False)
    quiet_opencv()
    assert os.environ["OPENCV_LOG_LEVEL"] == "INFO"
    assert os.environ["QT_LOGGING_RULES"] == OPENCV_ENVIRONMENT["QT_LOGGING_RULES"]


def test_the_commands_set_their_process(tmp_path):
    picture = tmp_path / "white.png"
    cv2.imwrite(str(picture), np.full((60, 80, 3), 255, np.uint8))
    code = (
        "import sys, os\n"
        "from livedigits.cli import main\n"
        "try: main(['image', sys.argv[1]])\n"
        "except SystemExit: pass\n"
        "import cv2; print(cv2.getNumThreads(), os.environ['OPENCV_LOG_LEVEL'])"
    )
    clean = {name: value for name, value in os.environ.items() if name not in OPENCV_ENVIRONMENT}
    command = [sys.executable, "-c", code, str(picture)]
    done = subprocess.run(command, capture_output=True, text=True, check=True, env=clean)
    assert done.stdout.splitlines()[-1] == "1 SILENT"


REMARKS = """WARNING: All log messages before absl::InitializeLog() is called are written to STDERR
I0000 00:00:1795573497.259516   19783 cudart_stub.cc:31] Could not find cuda drivers on your machine.
2026-01-02 03:04:05.678901: I tensorflow/core/util/port.cc:153] oneDNN custom operations are on.
E0000 00:00:1795573497.259516   19783 cuda_fft.cc:467] Unable to register cuFFT factory: it has been registered.
To enable the following instructions: AVX2 FMA, rebuild TensorFlow with the appropriate compiler flags.
"""


@pytest.mark.parametrize("command", [["train"], ["evaluate", "--frames", "0", "--pages", "0"]])
@pytest.mark.parametrize("end", ["raise ImportError('broken')", "os.abort()"])
def test_remarks_of_tensorflow_are_left_out_and_errors_are_not(tmp_path: Path, command: list[str], end: str) -> None:
    said = REMARKS + "F0000 00:00:1795573497.259516 no AVX on this machine\n"
    (tmp_path / "keras.py").write_text(f"import os\nos.write(2, {said.encode()!r})\n{end}\n")
    clean = {name: value for name, value in os.environ.items() if name != "TF_CPP_MIN_LOG_LEVEL"}
    done = subprocess.run(
        [sys.executable, "-m", "livedigits", *command],
        capture_output=True,
        text=True,
        env=clean | {"PYTHONPATH": os.pathsep.join([str(tmp_path), os.getcwd()])},
    )
    assert done.returncode != 0
    assert "F0000 00:00:1795573497.259516 no AVX on this machine\n" in done.stderr
    assert not [line for line in REMARKS.splitlines() if line in done.stderr], done.stderr
