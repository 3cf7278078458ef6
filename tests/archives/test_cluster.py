"""A batch on a real Ray cluster, of which a machine is lost, and at addresses of an object store."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from livedigits.engines.cores import Cores
from livedigits.training.dataset.pools import Pool
from livedigits.training.dataset.shards import scene_crops
from tests.archives.test_batch import moving, picture, rows_in
from tests.test_cli import livedigits

pytestmark = pytest.mark.slow


@pytest.fixture
def cluster(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """A head that does no work and two workers of a core each, all processes of their own."""
    pytest.importorskip("ray", reason="the extra cluster is not installed")
    from ray.cluster_utils import Cluster

    monkeypatch.setenv("PYTHONPATH", os.pathsep.join(filter(None, sys.path)))  # where workers find livedigits
    monkeypatch.setenv("RAY_worker_niceness", "0")  # 15: beside other work a test would wait for ever
    made = Cluster(initialize_head=True, head_node_args={"num_cpus": 0, "object_store_memory": 80_000_000})
    try:
        yield made
    finally:
        made.shutdown()


def test_a_worker_that_is_killed_costs_no_row(cluster: Any, tmp_path: Path) -> None:
    folder = tmp_path / "archive"
    folder.mkdir()
    for i in range(20):
        picture(folder / f"a{i}.png", f"{i}")
    (folder / "a99.png").write_bytes(b"no picture")
    for i in range(8):
        moving(folder / f"desk{i}.mp4", 4, f"{40 + i}")
    workers = [cluster.add_node(num_cpus=1, object_store_memory=80_000_000) for _ in range(2)]
    alone = livedigits("batch", folder, "--out", tmp_path / "alone", "--jobs", 1)
    assert alone.returncode == 1
    command = [sys.executable, "-m", "livedigits", "batch", folder, "--out", tmp_path / "out"]
    log = tmp_path / "stderr"
    with log.open("w") as file:
        process = subprocess.Popen([*command, "--ray", cluster.address], stdout=file, stderr=file)
        while not list((tmp_path / "out").glob("part-*")):
            assert process.poll() is None, log.read_text()
        killed = workers[0].all_processes["raylet"][0].process.pid
        os.kill(killed, signal.SIGKILL)
        assert process.wait(timeout=400) == 1, log.read_text()
    assert "Traceback" not in log.read_text() and "1 inputs could not be read" in log.read_text()
    names = sorted(path.name for path in (tmp_path / "alone").glob("part-*"))
    assert names == sorted(path.name for path in (tmp_path / "out").glob("part-*"))
    for name in names:
        assert (tmp_path / "out" / name).read_bytes() == (tmp_path / "alone" / name).read_bytes(), name
    assert len(rows_in(tmp_path / "out")) == 21 + 8 * 60
    again = livedigits("batch", folder, "--out", tmp_path / "out", "--ray", cluster.address)
    assert again.returncode == 0 and "parts are there" in again.stderr


def test_training_renders_on_a_cluster_that_loses_a_machine(cluster: Any, tmp_path: Path) -> None:
    workers = [cluster.add_node(num_cpus=1, object_store_memory=80_000_000) for _ in range(2)]
    nobody, done = Pool(None, None, None), [0]
    alone = scene_crops(tmp_path / "alone", 60, nobody, 6, lambda frames: None, cores=Cores(1))

    def progress(frames: int) -> None:
        done[0] += frames
        if done[0] == 12:
            os.kill(workers[0].all_processes["raylet"][0].process.pid, signal.SIGKILL)

    spread = scene_crops(tmp_path / "out", 60, nobody, 6, progress, cores=Cores(address=cluster.address))
    assert done == [60]
    assert np.array_equal(spread.images, alone.images) and np.array_equal(spread.labels, alone.labels)


def test_no_cluster_is_one_line(tmp_path: Path) -> None:
    pytest.importorskip("ray", reason="the extra cluster is not installed")
    picture(tmp_path / "a.png", "4")
    result = livedigits("batch", tmp_path / "a.png", "--out", tmp_path / "out", "--ray", "127.0.0.1:1")
    assert result.returncode == 1 and "no Ray cluster at 127.0.0.1:1" in result.stderr
    assert "Traceback" not in result.stderr


@pytest.fixture
def bucket(monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """The address of a bucket in an object store on this machine."""
    pytest.importorskip("s3fs", reason="the extra cluster is not installed")
    moto = pytest.importorskip("moto.server", reason="moto is not installed")
    server = moto.ThreadedMotoServer(port=0)
    server.start()
    host, port = server.get_host_and_port()
    settings = {"AWS_ENDPOINT_URL": f"http://127.0.0.1:{port}", "AWS_DEFAULT_REGION": "us-east-1"}
    for name, value in {**settings, "AWS_ACCESS_KEY_ID": "none", "AWS_SECRET_ACCESS_KEY": "none"}.items():
        monkeypatch.setenv(name, value)
    import boto3

    boto3.client("s3").create_bucket(Bucket="school")
    yield "s3://school"
    server.stop()


def test_pictures_and_videos_of_an_object_store(bucket: str, tmp_path: Path) -> None:
    import fsspec

    folder = tmp_path / "scans"
    folder.mkdir()
    picture(folder / "page2.png", "83")
    (folder / "page10.png").write_bytes(b"no picture")
    moving(folder / "desk.mp4", 0.4)
    files = fsspec.filesystem("s3", skip_instance_cache=True)
    files.put(str(folder), "school/scans", recursive=True)
    here = livedigits("batch", folder, "--out", tmp_path / "out", "--jobs", 1)
    there = livedigits("batch", f"{bucket}/scans/", f"{bucket}/none.png", "--out", f"{bucket}/read", "--jobs", 1)
    assert here.returncode == there.returncode == 1 and "Traceback" not in there.stderr
    files.invalidate_cache()
    names = sorted(name for name in files.ls("school/read", detail=False) if "part-" in name)
    text = b"".join(files.cat_file(name) for name in names).decode()
    read = [json.loads(line) for line in text.replace(bucket, str(tmp_path)).splitlines()]
    assert "no such file" in read.pop()["error"]
    assert read[:-1] == rows_in(tmp_path / "out")[:-1] and "page10.png" in read[-1]["error"]
    again = livedigits("batch", f"{bucket}/scans/", f"{bucket}/none.png", "--out", f"{bucket}/read")
    assert again.returncode == 0 and "all 2 parts are there" in again.stderr
