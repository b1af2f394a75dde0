"""Frames as bytes, and back, without a value, a type or an order changing.

Belongs here: the container. Sealing it is `vault.store`; what a table must look like is `schemas`.

The container is a zip without compression or dates: `meta.json`, then `<table>.parquet` (zstd) in the mapping's order.
The same frames and the same library give the same bytes.
"""

import io
import json
import zipfile
from collections.abc import Mapping
from typing import Any, ClassVar, Final

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from schemas.refusal import Refusal
from schemas.table import Frames

_META: Final = "meta.json"
_SUFFIX: Final = ".parquet"
_DAY_ZERO: Final = (1980, 1, 1, 0, 0, 0)
_WITHOUT_ROWS: Final[dict[bytes, pd.DataFrame]] = {}
"""What was read of tables without rows, of which a school has dozens: as many as there are tables, and of nobody."""


class NotFrames(Refusal):
    """Bytes are not a container of frames."""

    code: ClassVar[str] = "not_frames"


def pack(frames: Frames, meta: Mapping[str, Any] | None = None) -> bytes:
    """Return frames and a JSON-able mapping as one container.

    Every column must be Arrow-backed; TypeError names the table and column that is not. The index is not kept.
    """
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_STORED) as container:
        text = json.dumps(meta or {}, sort_keys=True, ensure_ascii=False, allow_nan=False)
        container.writestr(zipfile.ZipInfo(_META, _DAY_ZERO), text)
        for name, frame in frames.items():
            container.writestr(zipfile.ZipInfo(f"{name}{_SUFFIX}", _DAY_ZERO), _parquet(name, frame))
    return buffer.getvalue()


def unpack(data: bytes) -> tuple[dict[str, pd.DataFrame], dict[str, Any]]:
    """Return the frames and the mapping of a container; raises NotFrames."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as container:
            meta = json.loads(container.read(_META))
            names = [name for name in container.namelist() if name != _META]
            return {name.removesuffix(_SUFFIX): _frame(container.read(name)) for name in names}, meta
    except (zipfile.BadZipFile, KeyError, ValueError, pa.ArrowException):
        message = "an artefact is not a container of frames; the kind asked for is not the kind that was sealed"
        raise NotFrames(message) from None


def _parquet(name: str, frame: pd.DataFrame) -> bytes:
    for column, dtype in frame.dtypes.items():
        if not isinstance(dtype, pd.ArrowDtype):
            message = f"{name}.{column} is {dtype}, not Arrow-backed"
            raise TypeError(message)
    table = pa.Table.from_pandas(frame, preserve_index=False).replace_schema_metadata(None)
    sink = pa.BufferOutputStream()
    pq.write_table(table, sink, compression="zstd")
    data: bytes = sink.getvalue().to_pybytes()
    return data


def _frame(data: bytes) -> pd.DataFrame:
    """Read one file as what it is: the reader of data sets takes twice as long over a small table."""
    if data in _WITHOUT_ROWS:
        return _WITHOUT_ROWS[data].copy(deep=False)
    frame: pd.DataFrame = pq.ParquetFile(pa.BufferReader(data)).read().to_pandas(types_mapper=pd.ArrowDtype)
    if frame.empty:
        _WITHOUT_ROWS[data] = frame
    return frame
