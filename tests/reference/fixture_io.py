"""Writes the files the C++ tests read: safetensors and .npy, activations channels last."""

import json
from pathlib import Path

import numpy as np
import torch

SAFETENSORS_NAMES = {
    np.dtype("float64"): "F64",
    np.dtype("float32"): "F32",
    np.dtype("int64"): "I64",
    np.dtype("int32"): "I32",
    np.dtype("uint8"): "U8",
}


def to_array(value):
    """`value` (a tensor, an array or a number) as a C-contiguous numpy array."""
    if isinstance(value, torch.Tensor):
        value = value.detach().cpu().numpy()
    array = np.asarray(value)
    return array if array.ndim == 0 else np.ascontiguousarray(array)


def channels_last(value):
    """N,C,H,W as N,H,W,C; anything that is not of four dimensions stays as it is."""
    array = to_array(value)
    return np.ascontiguousarray(array.transpose(0, 2, 3, 1)) if array.ndim == 4 else array


def save_npy(path, value):
    """Writes `value` as one .npy file and makes its folder where that is missing."""
    path = Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    np.save(path, to_array(value))


def save_safetensors(path, tensors):
    """Writes the dictionary name -> tensor as one safetensors file.

    Layout: the header's length (8 bytes, little endian), the header (JSON, padded with spaces to
    a multiple of 8), then the tensors' bytes in the order of the header.
    """
    header, data, offset = {}, [], 0
    for name, value in tensors.items():
        array = to_array(value)
        header[name] = {
            "dtype": SAFETENSORS_NAMES[array.dtype],
            "shape": list(array.shape),
            "data_offsets": [offset, offset + array.nbytes],
        }
        data.append(array.tobytes())
        offset += array.nbytes
    text = json.dumps(header, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 8)
    path = Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(len(text).to_bytes(8, "little") + text + b"".join(data))


def load_safetensors(path):
    """The dictionary name -> array of a file that save_safetensors wrote."""
    data = Path(path).read_bytes()
    start = 8 + int.from_bytes(data[:8], "little")
    dtypes = {name: dtype for dtype, name in SAFETENSORS_NAMES.items()}
    arrays = {}
    for name, entry in json.loads(data[8:start]).items():
        first, last = entry["data_offsets"]
        values = np.frombuffer(data[start + first : start + last], dtypes[entry["dtype"]])
        arrays[name] = values.reshape(entry["shape"]).copy()
    return arrays
