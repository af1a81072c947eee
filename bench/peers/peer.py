#!/usr/bin/env python3
"""Times PyTorch and Captum on the work that Backlight's benchmarks do, and prints one JSON object.

    peer.py --seed 1 --save food.pth              write full-size weights from a seed, then stop
    peer.py --weights food.pth --work forward     read any checkpoint of the food CNN or PReLU CNN

Works:
    forward               logits of the batch, no gradients
    input-gradient        logits and d logit[label] / dx (torch.autograd.grad)
    saliency              captum.attr.Saliency(abs=False)
    smoothgrad            captum.attr.NoiseTunnel(Saliency), `--samples` noisy copies, sigma 0.15
    integrated-gradients  captum.attr.IntegratedGradients, `--samples` Gauss-Legendre steps, black
    occlusion             captum.attr.Occlusion, windows of 16 x 16 at a stride of 8, black
    lime                  lime.lime_image as the course notebook calls it, with `--samples` copies of
                          pictures that are cut into 10 x 10 squares
    deepshap              captum.attr.DeepLiftShap, a background of `--samples` pictures of noise, all
                          at once, as it always runs

Pictures are seeded noise in [0, 1], N,3,128,128. `--chunk` is Captum's nt_samples_batch_size (in
samples per picture), internal_batch_size (in pictures) or perturbations_per_eval (in windows), and
lime's batch_size. Without it they do as their defaults are: lime masks 10 copies at once, Captum
covers one window at a time, and runs every sample or step at once: 80 MiB per picture and sample of
the full food CNN, so 4.5 GiB for one picture of 50 samples, and some 40 GiB for ten.

Printed: seconds (median over `--repeats` calls, after `--warmup` calls), seconds_per_image, all
`calls`, cpu_seconds (median; of all threads, spinning ones included), peak_rss_mib (of the process,
as the kernel counts it) and loaded_rss_mib (the same before the first call), the versions, and the
arguments. Python: tests/reference/requirements.txt.
"""

import argparse
import contextlib
import io
import json
import resource
import statistics
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "tests" / "reference"))

import captum
import numpy
import torch
from captum.attr import DeepLiftShap, IntegratedGradients, NoiseTunnel, Occlusion, Saliency
from reference_models import PICTURE_SIZE, FoodCNN, PReLUCNN, initialise

SIGMA = 0.15


def load_model(path):
    """The food CNN or the PReLU CNN of a checkpoint, of the width its first convolution has."""
    state = torch.load(path, map_location="cpu", weights_only=True)
    state = state.get("model_state_dict", state)
    width = state["cnn.0.weight"].shape[0]
    is_prelu = "cnn.2.weight" in state  # a PReLU; the food CNN has a ReLU there
    model = PReLUCNN(divisor=64 // width) if is_prelu else FoodCNN(divisor=128 // width)
    model.load_state_dict(state)
    return model.eval()


def seeded_model(seed):
    """The full-size food CNN with weights drawn from a seed."""
    generator = torch.Generator().manual_seed(seed)
    return initialise(FoodCNN(), seed, torch.rand((2, 3, PICTURE_SIZE, PICTURE_SIZE), generator=generator))


def make_work(options, model, x, labels):
    """The function to time."""
    if options.work == "forward":

        def forward():
            with torch.inference_mode():
                return model(x)

        return forward
    if options.work == "input-gradient":

        def input_gradient():
            leaf = x.detach().requires_grad_()
            return torch.autograd.grad(model(leaf).gather(1, labels.view(-1, 1)).sum(), leaf)[0]

        return input_gradient
    leaf = x.detach().requires_grad_()
    if options.work == "saliency":
        return lambda: Saliency(model).attribute(leaf, target=labels, abs=False)
    if options.work == "smoothgrad":
        return lambda: NoiseTunnel(Saliency(model)).attribute(
            leaf,
            nt_type="smoothgrad",
            nt_samples=options.samples,
            nt_samples_batch_size=options.chunk,
            stdevs=SIGMA,
            target=labels,
            abs=False,
        )
    if options.work == "occlusion":
        return lambda: Occlusion(model).attribute(
            x, (3, 16, 16), strides=(3, 8, 8), target=labels, perturbations_per_eval=options.chunk or 1
        )
    if options.work == "lime":
        return lambda: [explain_by_lime(options, model, *each) for each in zip(x, labels)]
    if options.work == "deepshap":
        generator = torch.Generator().manual_seed(1)
        background = torch.rand((options.samples, *x.shape[1:]), generator=generator)
        return lambda: DeepLiftShap(model).attribute(leaf, baselines=background, target=labels)
    return lambda: IntegratedGradients(model).attribute(
        leaf, target=labels, n_steps=options.samples, internal_batch_size=options.chunk
    )


def explain_by_lime(options, model, picture, label):
    """The weights that lime finds for one picture [3,H,W], logits in."""
    from lime.lime_image import LimeImageExplainer  # slow to load, and not all works need it

    # A picture of noise has no segments to find: a grid of 10 x 10 squares stands in, as in work.cpp.
    place = numpy.arange(128) * 10 // 128
    squares = place[:, None] * 10 + place[None, :]

    def predict(pictures):
        with torch.inference_mode():
            batch = torch.from_numpy(pictures).float().permute(0, 3, 1, 2)
            if options.layout == "nchw":
                batch = batch.contiguous()
            return model(batch).numpy()

    with contextlib.redirect_stderr(io.StringIO()):  # the progress bar
        return LimeImageExplainer(random_state=0).explain_instance(
            image=picture.permute(1, 2, 0).numpy().astype("double"),
            classifier_fn=predict,
            segmentation_fn=lambda x: squares,
            labels=(int(label),),
            top_labels=None,
            num_samples=options.samples,
            batch_size=options.chunk or 10,
        )


def peak_rss_mib():
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def measure(work, warmup, repeats):
    """Seconds, and processor seconds of all threads, of each of `repeats` calls."""
    for _ in range(warmup):
        work()
    calls, cpu = [], []
    for _ in range(repeats):
        start, cpu_start = time.perf_counter(), time.process_time()
        work()
        calls.append(time.perf_counter() - start)
        cpu.append(time.process_time() - cpu_start)
    return calls, cpu


def parse_arguments():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    source = parser.add_mutually_exclusive_group(required=True)
    source.add_argument("--weights", help="a checkpoint written by torch.save")
    source.add_argument("--seed", type=int, help="draw full-size food CNN weights from this seed")
    parser.add_argument("--save", help="with --seed: write the weights here and stop")
    works = ("forward", "input-gradient", "saliency", "smoothgrad", "integrated-gradients", "occlusion", "lime",
             "deepshap")
    parser.add_argument("--work", choices=works, default="forward")
    parser.add_argument("--batch", type=int, default=10, help="pictures per call")
    parser.add_argument("--samples", type=int, default=50,
                        help="noisy or masked copies, path steps or background pictures")
    parser.add_argument("--chunk", type=int, help="Captum's own batch size; default: all at once")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--layout", choices=("nchw", "nhwc"), default="nchw")
    parser.add_argument("--warmup", type=int, default=1)
    parser.add_argument("--repeats", type=int, default=5)
    options = parser.parse_args()
    if options.save and options.seed is None:
        parser.error("--save writes seeded weights: give --seed too")
    return options


def main():
    options = parse_arguments()
    torch.set_num_threads(options.threads)
    model = load_model(options.weights) if options.weights else seeded_model(options.seed)
    if options.save:
        torch.save({"epoch": 0, "model_state_dict": model.state_dict()}, options.save)
        return

    generator = torch.Generator().manual_seed(0)
    x = torch.rand((options.batch, 3, PICTURE_SIZE, PICTURE_SIZE), generator=generator)
    labels = torch.arange(options.batch) % 11
    if options.layout == "nhwc":
        model, x = model.to(memory_format=torch.channels_last), x.to(memory_format=torch.channels_last)

    loaded = peak_rss_mib()
    calls, cpu = measure(make_work(options, model, x, labels), options.warmup, options.repeats)
    seconds = statistics.median(calls)
    result = {
        "work": options.work,
        "layout": options.layout,
        "batch": options.batch,
        "samples": options.samples,
        "chunk": options.chunk,
        "threads": options.threads,
        "seconds": seconds,
        "seconds_per_image": seconds / options.batch,
        "calls": calls,
        "cpu_seconds": statistics.median(cpu),
        "loaded_rss_mib": loaded,
        "peak_rss_mib": peak_rss_mib(),
        "torch": torch.__version__,
        "captum": captum.__version__,
    }
    print(json.dumps(result))


if __name__ == "__main__":
    main()
