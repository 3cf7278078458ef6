from __future__ import annotations

from pathlib import Path

import pytest

keras = pytest.importorskip("keras", reason="needs the extra train")

from livedigits.errors import LivedigitsError  # noqa: E402
from livedigits.training.model.widen import loaded  # noqa: E402

pytestmark = pytest.mark.train


def test_a_network_with_code_of_its_own_or_cut_short_is_one_line(tmp_path: Path) -> None:
    lambda_layer = keras.Sequential([keras.Input((4,)), keras.layers.Lambda(lambda x: x * 2)])
    lambda_layer.save(tmp_path / "lambda.keras")
    keras.Sequential([keras.Input((4,)), keras.layers.Dense(2)]).save(tmp_path / "whole.keras")
    assert loaded(tmp_path / "whole.keras").output_shape == (None, 2)
    (tmp_path / "cut.keras").write_bytes((tmp_path / "whole.keras").read_bytes()[:2000])
    (tmp_path / "none.keras").write_bytes(b"no network")
    for name in ("lambda.keras", "cut.keras", "none.keras"):
        with pytest.raises(LivedigitsError, match=f"cannot start from .*{name}") as refused:
            loaded(tmp_path / name)
        assert "\n" not in str(refused.value)
