#!/usr/bin/env python3
"""PyTorch and Captum on the SmoothGrad that backlight_gpu_bench times, as rows of the same table.

    gpu_peer.py                            every precision and chunk size, eager and torch.compile
    gpu_peer.py --precision tf32 --chunk 64 --json peer.json

The full food CNN with seeded weights, channels last, cuDNN autotuned (torch.backends.cudnn.benchmark);
captum.attr.NoiseTunnel(Saliency), 500 samples of each of 10 photos, one photo after another, sigma 0.15
of the photo's range, `chunk` samples at once. Precisions: fp32 forbids TF32 in convolutions and matrix
products, tf32 allows it in both, bf16 is torch.autocast. Seconds are of the host's clock after the GPU is
done; warm-up and compilation come before. The memory is what PyTorch's allocator held at most.

Needs a Python with torch for CUDA and captum, and a GPU.
"""

import argparse
import json
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "tests" / "reference"))

try:
    import torch
    from captum.attr import NoiseTunnel, Saliency
    from reference_models import PICTURE_SIZE, FoodCNN, initialise
except ImportError as error:
    sys.exit(f"gpu_peer.py: {error}; it needs a Python with torch for CUDA and captum")

COLUMNS = ("kernels", "precision", "chunk", "seconds", "TFLOP/s", "MiB held", "digest", "remark")
LEVEL = 0.15
TARGET = 3


class Autocast(torch.nn.Module):
    """A model whose products and convolutions are computed in bfloat16."""

    def __init__(self, model):
        super().__init__()
        self.model = model

    def forward(self, x):
        with torch.autocast("cuda", dtype=torch.bfloat16):
            return self.model(x).float()


def food_cnn():
    """The full food CNN on the GPU, channels last; nothing but its input is differentiated."""
    generator = torch.Generator().manual_seed(1)
    model = initialise(FoodCNN(), 1, torch.rand((2, 3, PICTURE_SIZE, PICTURE_SIZE), generator=generator))
    return model.requires_grad_(False).to("cuda", memory_format=torch.channels_last)


def flop_of_one_pass(model):
    """Multiplications and additions of one photo's forward pass and input gradient."""
    flop = 0

    def count(module, _, output):
        nonlocal flop
        window = module.weight.numel() // module.weight.shape[0]
        flop += 2 * output.numel() * window

    products = [m for m in model.modules() if isinstance(m, (torch.nn.Conv2d, torch.nn.Linear))]
    hooks = [m.register_forward_hook(count) for m in products]
    with torch.no_grad():
        model(torch.zeros((1, 3, PICTURE_SIZE, PICTURE_SIZE), device="cuda"))
    for hook in hooks:
        hook.remove()
    return 2 * flop


def explain(model, photos, samples, chunk):
    """SmoothGrad maps of the photos, back on the processor."""
    maps = []
    for photo in photos.split(1):
        x = photo.to("cuda").to(memory_format=torch.channels_last).requires_grad_()
        sigma = LEVEL * float(photo.max() - photo.min())
        tunnel = NoiseTunnel(Saliency(model))
        maps.append(
            tunnel.attribute(
                x,
                nt_type="smoothgrad",
                nt_samples=samples,
                nt_samples_batch_size=chunk,
                stdevs=sigma,
                target=TARGET,
                abs=False,
            ).cpu()
        )
    torch.cuda.synchronize()
    return maps


def prepared(base, precision, compiled):
    """The model under a precision's rules, compiled if asked for."""
    torch.backends.cuda.matmul.allow_tf32 = precision == "tf32"
    torch.backends.cudnn.allow_tf32 = precision == "tf32"
    model = Autocast(base) if precision == "bf16" else base
    torch._dynamo.reset()
    return torch.compile(model, dynamic=False) if compiled else model


def measure(base, photos, options, precision, chunk, compiled):
    """Seconds of all photos and the MiB that PyTorch held."""
    model = prepared(base, precision, compiled)
    torch.cuda.empty_cache()
    # A full chunk and the last, shorter one; twice, so that autotuning and compilation are over.
    for _ in range(2):
        explain(model, photos[:1], chunk + options.samples % chunk, chunk)
    torch.cuda.reset_peak_memory_stats()
    start = time.perf_counter()
    maps = explain(model, photos, options.samples, chunk)
    seconds = time.perf_counter() - start
    assert all(torch.isfinite(m).all() for m in maps)
    return seconds, torch.cuda.max_memory_reserved() / 2**20


def shown(cell):
    """A cell as backlight_gpu_bench prints it."""
    if isinstance(cell, float):
        return f"{cell:.0f}" if cell >= 100 else f"{cell:.3g}"
    return "-" if cell is None else cell


def parse_arguments():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--precision", action="append", choices=("fp32", "tf32", "bf16"))
    parser.add_argument("--chunk", action="append", type=int)
    parser.add_argument("--mode", action="append", choices=("eager", "compile"))
    parser.add_argument("--photos", type=int, default=10)
    parser.add_argument("--samples", type=int, default=500)
    parser.add_argument("--json", type=Path)
    return parser.parse_args()


def main():
    options = parse_arguments()
    if not torch.cuda.is_available():
        sys.exit("gpu_peer.py: this PyTorch finds no GPU")
    torch.backends.cudnn.benchmark = True
    base = food_cnn()
    flop = flop_of_one_pass(base) * options.photos * options.samples
    generator = torch.Generator().manual_seed(0)
    photos = torch.rand((options.photos, 3, PICTURE_SIZE, PICTURE_SIZE), generator=generator)
    print(f"{torch.cuda.get_device_name()}; PyTorch {torch.__version__}, cuDNN {torch.backends.cudnn.version()}\n")
    print("| " + " | ".join(COLUMNS) + " |\n" + "| --- " * len(COLUMNS) + "|", flush=True)
    rows = []
    for mode in options.mode or ("eager", "compile"):
        for precision in options.precision or ("fp32", "tf32", "bf16"):
            for chunk in options.chunk or (16, 32, 64):
                row = {"kernels": f"PyTorch {mode}", "precision": precision, "chunk": str(chunk)}
                row.update(dict.fromkeys(COLUMNS[3:6]), digest="", remark="")
                try:
                    seconds, held = measure(base, photos, options, precision, chunk, mode == "compile")
                    row.update({"seconds": seconds, "TFLOP/s": flop / seconds / 1e12, "MiB held": held})
                except (RuntimeError, AssertionError) as error:
                    row["remark"] = (str(error) or type(error).__name__).splitlines()[0]
                print("| " + " | ".join(shown(cell) for cell in row.values()) + " |", flush=True)
                rows.append(row)
    if options.json:
        options.json.write_text(json.dumps({"smoothgrad": rows}, indent=2) + "\n")


if __name__ == "__main__":
    main()
