"""Writes tests/fixtures/weights: small weight files, as PyTorch writes them; and the seeds of the
fuzzers of weight and .npy files, tests/fuzz/corpus/{weights,npy}.

Element i of every tensor is start + i / 8, exact in all floating-point types used here, so that
the tests know what to expect without a copy of it.

Run with PyTorch and NumPy installed: python tests/reference/make_weight_fixtures.py
"""

import argparse
import collections
import io
import json
import pathlib
import pickle
import struct
import zipfile

import numpy
import torch

TESTS = pathlib.Path(__file__).resolve().parent.parent
OUT = TESTS / "fixtures" / "weights"
CORPUS = TESTS / "fuzz" / "corpus"


def ramp(start, *shape, dtype=torch.float32):
    count = int(numpy.prod(shape))
    return (start + torch.arange(count, dtype=torch.float64) / 8).reshape(shape).to(dtype)


class Net(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.conv = torch.nn.Conv2d(3, 2, 2)
        self.bn = torch.nn.BatchNorm2d(2)
        self.fc = torch.nn.Linear(4, 3)

    def forward(self, x):
        return self.fc(self.bn(self.conv(x)).flatten(1)[:, :4])


def ramp_net():
    """A network whose k-th state dict entry starts at k; bn.num_batches_tracked is 7."""
    net = Net()
    for k, (name, value) in enumerate(net.state_dict().items()):
        if value.dtype == torch.int64:
            value.fill_(7)
        else:
            value.copy_(ramp(k, *value.shape))
    return net


def checkpoint():
    """What a training script keeps; the names have DataParallel's prefix."""
    net = ramp_net()
    optimizer = torch.optim.Adam(net.parameters(), lr=1e-3)
    net(torch.ones(1, 3, 3, 3)).sum().backward()
    optimizer.step()
    return {
        "epoch": 12,
        "best_accuracy": numpy.float64(0.75),
        "best_loss": torch.tensor(0.5),
        "arguments": argparse.Namespace(lr=1e-3, name="net"),
        "seen": {1, 2},
        "model_state_dict": torch.nn.DataParallel(ramp_net()).state_dict(),
        "optimizer_state_dict": optimizer.state_dict(),
    }


def dtypes():
    return collections.OrderedDict(
        f64=ramp(1, 2, 3, dtype=torch.float64),
        f32=ramp(-1, 2, 3),
        f16=ramp(-2, 2, 3, dtype=torch.float16),
        bf16=ramp(3, 2, 3, dtype=torch.bfloat16),
        i64=torch.tensor([-(2**40), 5]),
        i32=torch.tensor([-7, 8], dtype=torch.int32),
        i16=torch.tensor([-300, 300], dtype=torch.int16),
        i8=torch.tensor([-128, 127], dtype=torch.int8),
        u8=torch.tensor([0, 255], dtype=torch.uint8),
        bool=torch.tensor([True, False]),
    )


def views():
    base = ramp(0, 4, 6)
    parameter = torch.nn.Parameter(ramp(2, 3))
    parameter.note = "an attribute"
    return {
        "base": base,
        "transposed": base.t(),
        "window": base[1:3, 2:5],
        "every_other": base[::2, ::3],
        "expanded": base[:1, :2].expand(3, 2),
        "parameter": torch.nn.Parameter(ramp(1, 2)),
        "parameter_with_attribute": parameter,
        "scalar": torch.tensor(2.5),
        "empty": torch.empty(0, 3),
        "permuted": ramp(0, 2, 3, 4).permute(2, 0, 1),
    }


def legacy_with_view_metadata():
    """A legacy file as PyTorch 0.4 wrote views: (key of the view, offset, size) in the reference."""

    class Tensor:
        def __init__(self, storage, size):
            self.storage, self.size = storage, size

        def __reduce__(self):
            arguments = (self.storage, 0, self.size, (1,), False, collections.OrderedDict())
            return torch._utils._rebuild_tensor_v2, arguments

    class Storage:
        def __init__(self, view):
            self.view = view

    class Pickler(pickle.Pickler):
        def persistent_id(self, value):
            if isinstance(value, Storage):
                return ("storage", torch.FloatStorage, "17", "cpu", 6, value.view)

    file = io.BytesIO()
    for head in (0x1950A86A20F9469CFC6C, 1001, {"little_endian": True}):
        pickle.dump(head, file, protocol=2)
    Pickler(file, protocol=2).dump(
        {"whole": Tensor(Storage(None), (6,)), "tail": Tensor(Storage(("18", 4, 2)), (2,))}
    )
    pickle.dump(["17"], file, protocol=2)
    file.write(struct.pack("<q6f", 6, *ramp(0, 6).tolist()))
    return file.getvalue()


def safetensors(entries, metadata):
    names = {torch.float64: "F64", torch.float32: "F32", torch.float16: "F16",
             torch.bfloat16: "BF16", torch.int64: "I64", torch.int32: "I32", torch.int16: "I16",
             torch.int8: "I8", torch.uint8: "U8", torch.bool: "BOOL"}
    header, data = {"__metadata__": metadata}, b""
    for name, tensor in entries.items():
        flat = tensor.contiguous().reshape(-1)
        raw = flat.view(torch.uint8).numpy().tobytes() if flat.numel() else b""
        header[name] = {"dtype": names[tensor.dtype], "shape": list(tensor.shape),
                        "data_offsets": [len(data), len(data) + len(raw)]}
        data += raw
    text = json.dumps(header).encode()
    text += b" " * (-len(text) % 8)
    return struct.pack("<Q", len(text)) + text + data


def deflated(path):
    packed = io.BytesIO()
    with zipfile.ZipFile(path) as source, zipfile.ZipFile(packed, "w") as target:
        for info in source.infolist():
            entry = zipfile.ZipInfo(info.filename)
            target.writestr(entry, source.read(info), zipfile.ZIP_DEFLATED)
    return packed.getvalue()


class Harmful:
    """What a malicious checkpoint holds: unpickling it would run a command."""

    def __reduce__(self):
        import os

        return os.system, ("echo harm",)


def weight_seeds():
    def saved(value, **options):
        file = io.BytesIO()
        torch.save(value, file, **options)
        return file.getvalue()

    def rezipped(value, method):
        packed = io.BytesIO()
        with zipfile.ZipFile(io.BytesIO(saved(value))) as source:
            with zipfile.ZipFile(packed, "w", method) as target:
                for name in source.namelist():
                    if name.endswith("data.pkl") or "/data/" in name:
                        target.writestr(zipfile.ZipInfo(name), source.read(name), method)
        return packed.getvalue()

    legacy = {"_use_new_zipfile_serialization": False}
    state = {"module.w": ramp(0, 2, 2), "module.n": torch.tensor(7)}
    return {
        "stored.pth": rezipped(state, zipfile.ZIP_STORED),
        "deflated.pth": rezipped({"model": {"w": torch.zeros(40)}}, zipfile.ZIP_DEFLATED),
        "harmful.pth": rezipped({"w": Harmful()}, zipfile.ZIP_STORED),
        "legacy.pth": saved({"epoch": 1, "state_dict": state}, **legacy),
        "legacy_4.pth": saved({"w": ramp(0, 2, 3).t()}, pickle_protocol=4, **legacy),
        "legacy_parameter.pth": saved({"w": torch.nn.Parameter(ramp(0, 2))}, **legacy),
        "legacy_harmful.pth": saved({"w": Harmful()}, **legacy),
        "view_metadata.pth": legacy_with_view_metadata(),
        "small.safetensors": safetensors(
            {"w": ramp(0, 2, dtype=torch.bfloat16), "n": torch.tensor(3)}, {"format": "pt"}
        ),
    }


def npy_seeds():
    arrays = {
        "float32": (numpy.arange(6, dtype="<f4").reshape(2, 3), (1, 0)),
        "float64_scalar": (numpy.array(2.5), (2, 0)),
        "int64": (numpy.arange(3), (1, 0)),
        "uint8": (numpy.zeros((1, 2, 2), numpy.uint8), (3, 0)),
        "bool": (numpy.array([True]), (1, 0)),
        "fortran": (numpy.asfortranarray(numpy.arange(6.0).reshape(2, 3)), (1, 0)),
        "big_endian": (numpy.arange(2, dtype=">f4"), (1, 0)),
        "record": (numpy.zeros(1, dtype=[("a", "<f4")]), (1, 0)),
        "empty": (numpy.zeros((0, 3), numpy.int32), (1, 0)),
    }
    seeds = {}
    for name, (array, version) in arrays.items():
        file = io.BytesIO()
        numpy.lib.format.write_array(file, array, version=version)
        seeds[name + ".npy"] = file.getvalue()
    return seeds


def write_seeds(folder, seeds):
    folder.mkdir(parents=True, exist_ok=True)
    for name, contents in seeds.items():
        (folder / name).write_bytes(contents)


def main():
    write_seeds(CORPUS / "weights", weight_seeds())
    write_seeds(CORPUS / "npy", npy_seeds())
    OUT.mkdir(parents=True, exist_ok=True)
    torch.manual_seed(0)
    legacy = {"_use_new_zipfile_serialization": False}
    state = ramp_net().state_dict()
    torch.save(checkpoint(), OUT / "checkpoint.pth")
    torch.save(checkpoint(), OUT / "checkpoint_legacy.pth", **legacy)
    (OUT / "checkpoint_deflated.pth").write_bytes(deflated(OUT / "checkpoint.pth"))
    torch.save(state, OUT / "protocol_4.pth", pickle_protocol=4)
    torch.save(state, OUT / "protocol_5_legacy.pth", pickle_protocol=5, **legacy)
    torch.save({"_orig_mod.module." + k: v for k, v in state.items()}, OUT / "compiled.pth")
    torch.save(dtypes(), OUT / "dtypes.pth")
    torch.save(dtypes(), OUT / "dtypes_legacy.pth", **legacy)
    torch.save(views(), OUT / "views.pth")
    torch.save(views(), OUT / "views_legacy.pth", **legacy)
    (OUT / "view_metadata_legacy.pth").write_bytes(legacy_with_view_metadata())
    generator, discriminator = {"w": ramp(0, 2)}, {"w": ramp(1, 2)}
    torch.save({"generator": generator, "discriminator": discriminator}, OUT / "two_models.pth")
    torch.save({"teacher": generator, "run": {"model": discriminator}}, OUT / "usual_key.pth")
    torch.save({"epoch": 3, "losses": [0.5, 0.25]}, OUT / "no_weights.pth")
    torch.save(ramp(0, 3), OUT / "one_tensor.pth")
    torch.save(torch.nn.Linear(2, 2), OUT / "whole_model.pth")
    torch.save({"w": torch.eye(3).to_sparse()}, OUT / "sparse.pth")
    torch.save({"w": torch.tensor([1 + 2j])}, OUT / "complex.pth")
    torch.save({"fine": ramp(0, 2), "bn.bias": torch.tensor([1.0, float("nan")])}, OUT / "nan.pth")
    with open(OUT / "plain_pickle.pth", "wb") as file:
        pickle.dump({"w": [1.0]}, file)
    (OUT / "dtypes.safetensors").write_bytes(safetensors(dtypes(), {"format": "pt"}))
    (OUT / "net.safetensors").write_bytes(safetensors(state, {"format": "pt"}))


if __name__ == "__main__":
    main()
