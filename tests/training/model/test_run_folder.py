from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from livedigits.errors import LivedigitsError
from livedigits.training.model.run_folder import RESULTS, Inputs, claim

CONFIG = {"network": "mlp", "epochs": 2}


@pytest.fixture
def inputs(tmp_path: Path) -> Inputs:
    data = tmp_path / "mnist.npz"
    data.write_bytes(b"digits")
    (tmp_path / "photos").mkdir()
    (tmp_path / "photos" / "a.jpg").write_bytes(b"a")
    return Inputs(tmp_path / "run", (data,), backgrounds=tmp_path / "photos")


def test_the_same_training_goes_on_in_its_folder(inputs: Inputs) -> None:
    for _ in range(2):
        claim("classifier", CONFIG, inputs)
        (inputs.out / RESULTS["classifier"]).write_bytes(b"network")
    claim("strips", {"seed": 1}, inputs)  # the other network has a record of its own there
    claim("classifier", CONFIG, inputs)


@pytest.mark.parametrize("change", ["network", "data", "backgrounds", "start"])
def test_another_training_is_refused_by_what_differs_and_keeps_what_is_there(inputs: Inputs, change: str) -> None:
    claim("classifier", CONFIG, inputs)
    (inputs.out / "crops").mkdir()
    config = {**CONFIG, "network": "cnn"} if change == "network" else CONFIG
    if change == "data":  # by the same name
        inputs.data[0].write_bytes(b"other digits")
    if change == "backgrounds":
        (inputs.backgrounds / "b.jpg").write_bytes(b"b")  # type: ignore[operator]
    if change == "start":
        inputs = replace(inputs, start=inputs.data[0])
    with pytest.raises(LivedigitsError, match=rf"holds another training \({change} differs\): .*--overwrite"):
        claim("classifier", config, inputs)
    assert (inputs.out / "crops").is_dir()
    claim("classifier", config, replace(inputs, overwrite=True))
    assert not (inputs.out / "crops").exists()
    claim("classifier", config, inputs)


def test_a_network_of_which_nothing_is_known_is_not_replaced(inputs: Inputs) -> None:
    inputs.out.mkdir()
    (inputs.out / RESULTS["strips"]).write_bytes(b"network")
    claim("classifier", CONFIG, inputs)
    with pytest.raises(LivedigitsError, match="does not say of which network and data"):
        claim("strips", CONFIG, inputs)
    (inputs.out / "run.json").write_text("[]")
    with pytest.raises(LivedigitsError, match="does not say"):
        claim("strips", CONFIG, inputs)


def test_data_that_is_missing_is_named(inputs: Inputs) -> None:
    with pytest.raises(LivedigitsError, match="missing.npz cannot be read"):
        claim("classifier", CONFIG, replace(inputs, strokes=(Path("missing.npz"),)))
