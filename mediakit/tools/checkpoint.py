"""PyTorch checkpoints without PyTorch: the tensors of a ``.pt`` file, and nothing that could run.

Such a file (PyTorch 1.6 and later) is a ZIP archive with one file a storage and ``data.pkl``, a pickle that says how
tensors lie in them. A pickle can name any function of any installed module; here the names of tensors, storages and
ordered dictionaries mean what is written below, and every other name an object that does nothing.
"""

from __future__ import annotations

import io
import pickle
import zipfile
from collections import OrderedDict
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mediakit.errors import InputError

if TYPE_CHECKING:
    from numpy.typing import NDArray

_STORAGES = {
    "FloatStorage": "<f4",
    "DoubleStorage": "<f8",
    "HalfStorage": "<f2",
    "LongStorage": "<i8",
    "IntStorage": "<i4",
    "ByteStorage": "|u1",
    "BoolStorage": "|b1",
}
_LARGEST = 512 << 20
_LARGEST_PICKLE = 4 << 20


class _Ignored:
    """Stands for whatever a checkpoint holds beside tensors: takes any arguments and keeps nothing."""

    def __new__(cls, *_: Any, **__: Any) -> _Ignored:
        return object.__new__(cls)

    def __init__(self, *_: Any, **__: Any) -> None:
        pass

    def __setstate__(self, _: Any) -> None:
        pass

    def __setitem__(self, _: Any, __: Any) -> None:
        pass

    def append(self, _: Any) -> None:
        pass

    def extend(self, _: Any) -> None:
        pass


def read_checkpoint(path: Path) -> dict[str, NDArray[Any]]:
    """Return the tensors of a checkpoint by name; of nested dictionaries with dots between the names.

    Raises:
        InputError: not such a file, or it describes tensors that it does not hold.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            files = {name.partition("/")[2]: archive.getinfo(name) for name in archive.namelist()}
            sizes = [info.file_size for info in files.values()]
            if "data.pkl" not in files or sum(sizes) > _LARGEST or files["data.pkl"].file_size > _LARGEST_PICKLE:
                raise InputError("is not a PyTorch checkpoint that can be read", where=path)
            loader = _Loader(io.BytesIO(archive.read(files["data.pkl"])), archive, files)
            return dict(_tensors("", loader.load()))
    except (OSError, zipfile.BadZipFile, KeyError, ValueError, TypeError, IndexError, pickle.UnpicklingError) as exc:
        raise InputError(f"cannot be read as a PyTorch checkpoint ({exc})", where=path) from exc


class _Loader(pickle.Unpickler):
    """Reads ``data.pkl`` with a fixed, harmless meaning for every name."""

    def __init__(self, data: io.BytesIO, archive: zipfile.ZipFile, files: dict[str, zipfile.ZipInfo]) -> None:
        super().__init__(data)
        self._archive = archive
        self._files = files

    def find_class(self, module: str, name: str) -> Any:
        if module == "torch" and name in _STORAGES:
            return _STORAGES[name]
        known = {
            ("torch._utils", "_rebuild_tensor_v2"): _rebuild,
            ("torch._utils", "_rebuild_parameter"): _first,
            ("collections", "OrderedDict"): OrderedDict,
        }
        return known.get((module, name), _Ignored)

    def persistent_load(self, pid: Any) -> Any:
        import numpy as np

        kind, dtype, key, _, _ = pid
        if kind != "storage" or not isinstance(dtype, str):
            raise pickle.UnpicklingError("a storage of a kind that is not known")
        return np.frombuffer(self._archive.read(self._files[f"data/{key}"]), dtype)


def _rebuild(storage: NDArray[Any], offset: int, size: tuple[int, ...], stride: tuple[int, ...], *_: Any) -> Any:
    """Return the tensor that lies in a storage, as an array of its own."""
    import numpy as np

    if any(one < 0 for one in (offset, *size, *stride)) or len(size) != len(stride):
        raise ValueError("a tensor with negative sizes")
    last = offset + sum((count - 1) * step for count, step in zip(size, stride, strict=True))
    if all(size) and last >= len(storage):
        raise ValueError("a tensor that reaches past its storage")
    steps = [step * storage.itemsize for step in stride]
    return np.lib.stride_tricks.as_strided(storage[offset:], size, steps, writeable=False).copy()


def _first(value: Any, *_: Any) -> Any:
    return value


def _tensors(prefix: str, value: Any) -> Any:
    import numpy as np

    if isinstance(value, np.ndarray) and prefix:
        yield prefix, value
    elif isinstance(value, dict):
        for name, one in value.items():
            yield from _tensors(f"{prefix}.{name}" if prefix else str(name), one)
