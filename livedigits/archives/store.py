"""Where the parts of a batch go: a folder or an address; each part whole or not at all, JSON Lines or Parquet."""

from __future__ import annotations

import io
import json
import os
from collections.abc import Sequence
from typing import Any

from livedigits.archives.inputs import filesystem, is_remote
from livedigits.archives.rows import Row
from livedigits.errors import LivedigitsError, OutputError

FORMATS = ("jsonl", "parquet")


class Store:
    """The folder of a batch, and the state of each part beside it (in `.state`), by which the next one is joined.

    Parameters
    ----------
    place : a folder, which is made where it is missing, or an address
    suffix : one of FORMATS
    fields : names of fields, which are columns of Parquet

    Raises
    ------
    LivedigitsError: it cannot be written, or needs a package that is not there
    """

    def __init__(self, place: str, suffix: str, fields: Sequence[str] = ()) -> None:
        self.place, self._suffix, self._fields = place.rstrip("/"), suffix, tuple(fields)
        self._files: Any = None
        self._path = self.place
        if is_remote(place):
            self._files, self._path = filesystem(self.place)
        self._encoded = _jsonl if suffix == "jsonl" else _parquet(self._fields)

    def name(self, number: int) -> str:
        """The name of a part."""
        return f"part-{number:05d}.{self._suffix}"

    def begin(self, fingerprint: str, said: dict[str, Any], overwrite: bool) -> set[str]:
        """The names of the parts that are there already, of this batch; of another one raises LivedigitsError."""
        there = self._names()
        stored = self._stored("batch.json") if "batch.json" in there and not overwrite else None
        parts = {name for name in there if name.startswith("part-")}
        if overwrite or not (stored or parts):
            for name in parts:
                self._delete(name)
            parts = set()
        elif stored is None or stored.get("fingerprint") != fingerprint:
            raise LivedigitsError(
                f"{self.place} holds another batch, of other inputs or options, or with another profile: "
                "give another --out, or --overwrite"
            )
        self._write("batch.json", json.dumps({"fingerprint": fingerprint, **said}, indent=2).encode())
        return parts

    def write(self, number: int, rows: Sequence[Row], state: dict[str, Any]) -> None:
        """Writes a part, and before it its state."""
        self._write(f".state/{self.name(number)}.json", json.dumps(state).encode())
        self._write(self.name(number), self._encoded(rows))

    def state(self, number: int) -> dict[str, Any]:
        """What was written with a part."""
        state = self._stored(f".state/{self.name(number)}.json")
        if not isinstance(state.get("tracks"), int) or not isinstance(state.get("tail"), list):
            raise self._damaged(f".state/{self.name(number)}.json")
        return state

    def _stored(self, name: str) -> dict[str, Any]:
        try:
            stored = json.loads(self._read(name))
        except (ValueError, RecursionError):
            raise self._damaged(name) from None
        if not isinstance(stored, dict):
            raise self._damaged(name)
        return stored

    def _damaged(self, name: str) -> LivedigitsError:
        return LivedigitsError(f"{self.place}/{name} is damaged: give another --out, or --overwrite")

    def _names(self) -> set[str]:
        try:
            if self._files is None:
                os.makedirs(os.path.join(self._path, ".state"), exist_ok=True)
                return set(os.listdir(self._path))
            self._files.invalidate_cache()
            if not self._files.exists(self._path):
                return set()
            return {name.rstrip("/").rsplit("/", 1)[-1] for name in self._files.ls(self._path, detail=False)}
        except FileExistsError:
            raise LivedigitsError(f"cannot write into {self.place}: it is no folder") from None
        except Exception as error:
            raise OutputError(self.place, getattr(error, "strerror", None) or error) from error

    def _read(self, name: str) -> bytes:
        try:
            if self._files is None:
                with open(os.path.join(self._path, name), "rb") as file:
                    return file.read()
            return bytes(self._files.cat_file(f"{self._path}/{name}"))
        except Exception as error:
            raise LivedigitsError(f"cannot read {self.place}/{name}: {error}") from error

    def _write(self, name: str, data: bytes) -> None:
        try:
            if self._files is None:
                path = os.path.join(self._path, name)
                new = os.path.join(self._path, ".state", "new")
                with open(new, "wb") as file:
                    file.write(data)
                    file.flush()
                    os.fsync(file.fileno())
                os.replace(new, path)
            else:  # an object is there when all of it is
                self._files.pipe_file(f"{self._path}/{name}", data)
        except Exception as error:
            raise OutputError(f"{self.place}/{name}", getattr(error, "strerror", None) or error) from error

    def _delete(self, name: str) -> None:
        try:
            if self._files is None:
                os.unlink(os.path.join(self._path, name))
            else:
                self._files.rm_file(f"{self._path}/{name}")
        except Exception as error:
            raise OutputError(f"{self.place}/{name}", getattr(error, "strerror", None) or error) from error


def _jsonl(rows: Sequence[Row]) -> bytes:
    return "".join(json.dumps(row) + "\n" for row in rows).encode()


def _parquet(fields: tuple[str, ...]) -> Any:
    """What makes a Parquet file of rows: columns as the JSON's keys, one for each field, `error` null where none."""
    try:
        import pyarrow as pa
        import pyarrow.parquet as pq
    except ImportError as error:
        raise LivedigitsError("--format parquet needs pyarrow: pip install 'livedigits[cluster]'") from error
    box = pa.list_(pa.int32())
    digit = [("digit", pa.int8()), ("confidence", pa.float64()), ("box", box), ("track", pa.int64())]
    number = [("text", pa.string()), ("confidence", pa.float64()), ("box", box), ("digits", pa.list_(pa.int32()))]
    value = [("text", pa.string()), ("value", pa.float64()), ("confidence", pa.float64()), ("state", pa.string())]
    schema = pa.schema(
        [("source", pa.string()), ("frame", pa.int64()), ("time", pa.float64())]
        + [("width", pa.int32()), ("height", pa.int32()), ("digits", pa.list_(pa.struct(digit)))]
        + [("numbers", pa.list_(pa.struct([*number, ("complete", pa.bool_())])))]
        + [(name, pa.struct([*value, ("box", box), ("since", pa.float64())])) for name in fields]
        + [("error", pa.string())]
    )

    def encoded(rows: Sequence[Row]) -> bytes:
        flat = [{**row, **row.get("fields", {})} for row in rows]
        file = io.BytesIO()
        pq.write_table(pa.Table.from_pylist(flat, schema), file, compression="zstd")
        return file.getvalue()

    return encoded
