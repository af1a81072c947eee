"""Writes tests/fixtures/perturbation: what Captum, SHAP and Quantus say where a picture is changed
piece by piece, for two small networks in float64.

Random draws are those of philox.py and go into the other programs in place of their own. Where a
method is written out here, the script stops unless the other program agrees.
"""

import itertools
import math
import warnings
from pathlib import Path
from unittest import mock

import numpy as np
import quantus
import shap
import torch
from captum.attr import FeatureAblation, GradientShap, Occlusion, ShapleyValueSampling
from captum.metrics import infidelity, sensitivity_max
from scipy.stats import spearmanr
from torch.nn import functional as F

from fixture_io import channels_last, load_safetensors, save_safetensors
from philox import Philox, Random
from reference_models import ResidualNet, SmoothNet

FIXTURES = Path(__file__).parent.parent / "fixtures"
TARGET, SIZE, SEED = 2, 16, 5
GRID = 3  # rectangles a side
MASKS, CELLS, PROBABILITY = 40, 3, 0.4
PERMUTATIONS = 7
SAMPLES, SIGMA = 6, 0.1
DRAWS = 2**40  # where GradientSHAP's draws begin, see xai/gradient_shap.h


def load(name, network):
    """A network of fixtures/autograd, its first picture [1,3,16,16] and its second."""
    tensors = load_safetensors(FIXTURES / "autograd" / f"{name}.safetensors")
    state = {key[len("state.") :]: torch.tensor(value) for key, value in tensors.items() if key.startswith("state.")}
    model = network.double().eval()
    model.load_state_dict(state)
    pictures = torch.tensor(tensors["input"].transpose(0, 3, 1, 2).copy())
    return model, pictures[:1], pictures[1:]


def check(name, ours, theirs, tolerance):
    ours, theirs = np.asarray(ours), np.asarray(theirs)
    error = np.linalg.norm(ours - theirs) / np.linalg.norm(ours)
    print(f"  {name}: differs by {error:.1e}")
    if not error <= tolerance:
        raise SystemExit(f"{name}: differs by {error:.1e}")


# Methods -------------------------------------------------------------------------------------


def occlusions(model, x, baseline):
    """The formula, for windows that end at the edge and windows that are cut off there. Captum's
    own sums are float32."""
    maps = {}
    for window, stride in ((4, 4), (5, 3), (16, 1)):
        starts = [stride * i for i in range(math.ceil((SIZE - window) / stride) + 1)]
        total, count = torch.zeros(SIZE, SIZE), torch.zeros(SIZE, SIZE)
        with torch.no_grad():
            for top, left in itertools.product(starts, starts):
                place = (slice(top, top + window), slice(left, left + window))
                covered = x.clone()
                covered[(0, slice(None), *place)] = baseline[(0, slice(None), *place)]
                total[place] += (model(x) - model(covered))[0, TARGET]
                count[place] += 1
        maps[f"occlusion.{window}s{stride}"] = total / count
        values = Occlusion(model).attribute(
            x, (3, window, window), strides=(3, stride, stride), baselines=baseline, target=TARGET
        )
        assert (values == values[:, :1]).all()
        check(f"occlusion {window}s{stride} of Captum", total / count, values[0, 0], 1e-6)
    return maps


def grid_segments():
    cell = torch.arange(SIZE) * GRID // SIZE
    return (cell[:, None] * GRID + cell).reshape(1, 1, SIZE, SIZE)


def exact_shapley_values(worth, players):
    """The definition: the mean over all orders of what a player adds."""
    values = np.zeros(players)
    for player in range(players):
        others = [p for p in range(players) if p != player]
        for size in range(players):
            weight = 1 / (players * math.comb(players - 1, size))
            for coalition in itertools.combinations(others, size):
                values[player] += weight * (worth[frozenset(coalition) | {player}] - worth[frozenset(coalition)])
    return values


def segment_methods(model, x, baseline):
    segments, players = grid_segments(), GRID * GRID
    options = {"baselines": baseline, "target": TARGET, "feature_mask": segments}
    maps = {"feature_ablation": FeatureAblation(model).attribute(x, **options)[0, 0]}

    def worths(shown):
        """The logit of each row of 0 and 1, a number a segment."""
        mask = torch.tensor(np.asarray(shown), dtype=torch.float64)[:, segments[0, 0]][:, None]
        with torch.no_grad():
            return model(mask * x + (1 - mask) * baseline)[:, TARGET].numpy()

    coalitions = np.array(list(itertools.product((0, 1), repeat=players)))
    worth = {frozenset(np.flatnonzero(c)): v for c, v in zip(coalitions, worths(coalitions))}
    maps["shapley"] = exact_shapley_values(worth, players)
    explainer = shap.KernelExplainer(worths, np.zeros((1, players)))
    kernel = explainer.shap_values(np.ones((1, players)), nsamples="auto", l1_reg=0, silent=True)[0]
    check("KernelSHAP of SHAP against the exact Shapley values", maps["shapley"], kernel, 1e-8)

    orders = [Random(SEED, k).permutation(players) for k in range(PERMUTATIONS)]
    values = np.zeros(players)
    for order in orders:
        for i, player in enumerate(order):
            values[player] += (worth[frozenset(order[: i + 1])] - worth[frozenset(order[:i])]) / PERMUTATIONS
    maps["shapley_sampling"] = values
    sampling = ShapleyValueSampling(model)
    sampling.permutation_generator = lambda features, samples: iter(orders)
    theirs = sampling.attribute(x, n_samples=PERMUTATIONS, **options)[0, 0].numpy()
    spread = values[segments[0, 0].numpy()]
    check("Shapley sampling of Captum", spread, theirs, 1e-6)  # its sums are float32
    return maps


def rise_map(model, x):
    """The masks of the authors: a grid that is stretched, and a part of it that begins anywhere in
    the first cell."""
    cell = -(-SIZE // CELLS)
    total = torch.zeros(SIZE, SIZE, dtype=torch.float64)
    for k in range(MASKS):
        random = Random(SEED, k)
        grid = [float(random.uniform() < PROBABILITY) for _ in range(CELLS * CELLS)]
        grid = torch.tensor(grid, dtype=torch.float64).reshape(1, 1, CELLS, CELLS)
        stretched = F.interpolate(grid, size=((CELLS + 1) * cell,) * 2, mode="bilinear", align_corners=False)
        down, right = random.below(cell), random.below(cell)
        mask = stretched[0, 0, down : down + SIZE, right : right + SIZE]
        with torch.no_grad():
            total += model(x * mask)[0, TARGET] * mask
    return total / (MASKS * PROBABILITY)


def gradient_shaps(model, x, baselines):
    """The formula; without noise, Captum's with the same draws."""
    maps = {}
    for name, sigma in (("gradient_shap", 0.0), ("gradient_shap_noisy", SIGMA)):
        total, shares, rows = torch.zeros_like(x), [], []
        for k in range(SAMPLES):
            draws = Philox(SEED, k)
            shares.append(draws.uniform(DRAWS))
            rows.append(int(draws.uniform(DRAWS + 1) * len(baselines)))
            noise = torch.tensor(draws.array(draws.normal, (1, SIZE, SIZE, 3)).transpose(0, 3, 1, 2))
            difference = x + sigma * noise - baselines[rows[-1]]
            point = (baselines[rows[-1]] + shares[-1] * difference).requires_grad_()
            total += difference * torch.autograd.grad(model(point)[0, TARGET], point)[0] / SAMPLES
        maps[name] = total
        if sigma == 0:
            with mock.patch("numpy.random.uniform", lambda *_: np.array(shares)), mock.patch(
                "numpy.random.choice", lambda *_: np.array(rows)
            ):
                theirs = GradientShap(model).attribute(x, baselines, n_samples=SAMPLES, stdevs=0.0, target=TARGET)
            check("GradientSHAP of Captum", total, theirs.detach(), 1e-12)
    return maps


# Metrics -------------------------------------------------------------------------------------


def saliency(model, x):
    with torch.enable_grad():
        point = x.clone().requires_grad_()
        return torch.autograd.grad(model(point)[:, TARGET].sum(), point)[0]


class Draws:
    """Hands out prepared arrays one after another."""

    def __init__(self, arrays):
        self.arrays = iter(arrays)

    def __call__(self, arr, **_):
        return next(self.arrays).reshape(arr.shape)


def quantus_score(metric, model, x, attribution, **options):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return metric(
            model=model, x_batch=x.numpy(), y_batch=np.array([TARGET]), a_batch=attribution.numpy(), device="cpu", **options
        )


def pixel_flipping(model, x, attribution):
    """Probabilities after 8, 16, ... pixels are black, the largest first. Quantus takes one value
    after another, not pixels: let the channels of a pixel follow each other by a small margin."""
    per_pixel = attribution.sum(1, keepdim=True)
    spread = per_pixel + torch.tensor([0.0, -1e-13, -2e-13], dtype=torch.float64).reshape(1, 3, 1, 1)
    gaps = per_pixel.flatten().sort().values.diff()
    assert gaps.min() > 1e-12
    metric = quantus.PixelFlipping(features_in_step=1, perturb_baseline=0.0, normalise=False, disable_warnings=True)
    return np.array(quantus_score(metric, model, x, spread, softmax=True)[0])[23::24]


def metrics(model, x, other):
    attribution = saliency(model, x)
    out = {"saliency": channels_last(attribution), "pixel_flipping": pixel_flipping(model, x, attribution)}
    noise = np.stack([Philox(SEED, k).array(Philox(SEED, k).normal, (SIZE, SIZE, 3)) for k in range(SAMPLES)])
    noise = SIGMA * torch.tensor(noise.transpose(0, 3, 1, 2))
    for name, normalise in (("infidelity", False), ("infidelity_scaled", True)):
        value = infidelity(
            model,
            lambda inputs: (noise, inputs - noise),
            x,
            attribution,
            target=TARGET,
            n_perturb_samples=SAMPLES,
            normalize=normalise,
        )
        out[name] = value.detach()
    # Quantus makes one patch after another black and leaves it so.
    metric = quantus.Infidelity(perturb_baseline=0.0, perturb_patch_sizes=[4], n_perturb_samples=1, normalise=False, disable_warnings=True)
    out["infidelity_patches"] = np.array(quantus_score(metric, model, x, attribution))

    radius = 0.02
    moved = [
        x + radius * torch.tensor(2 * Philox(SEED, k).array(Philox(SEED, k).uniform, (1, SIZE, SIZE, 3)) - 1).permute(0, 3, 1, 2)
        for k in range(SAMPLES)
    ]
    value = sensitivity_max(
        lambda inputs: (saliency(model, inputs[0]),),
        x,
        perturb_func=lambda inputs: (torch.cat(moved),),
        n_perturb_samples=SAMPLES,
    )
    metric = quantus.MaxSensitivity(
        nr_samples=SAMPLES,
        perturb_func=Draws([m.numpy() for m in moved]),
        normalise=False,
        disable_warnings=True,
        return_nan_when_prediction_changes=False,
    )
    theirs = quantus_score(
        metric, model, x, attribution, explain_func=lambda model, inputs, targets, **_: saliency(model, torch.tensor(inputs)).numpy()
    )
    check("sensitivity-max of Quantus", value, theirs, 1e-9)
    out["sensitivity_max"] = value.detach()

    second = saliency(model, other).sum(1)[0]
    first = attribution.sum(1)[0]
    coarse = (first / first.abs().max() * 4).round()  # many ties
    out["other"], out["coarse"] = second, coarse
    for name, values in (("other", second), ("coarse", coarse)):
        rank = spearmanr(first.flatten(), values.flatten())[0]
        check(f"rank correlation of Quantus, {name}", rank, quantus.correlation_spearman(first.flatten(), values.flatten()), 1e-12)
        out[f"spearman_{name}"] = np.array(rank)
    top = lambda values: set(np.argsort(-values.flatten().numpy(), kind="stable")[: round(values.numel() / 10)])
    out["top_tenth_other"] = np.array(len(top(first) & top(second)) / len(top(first)))
    return {f"metrics.{name}": value for name, value in out.items()}


def main():
    torch.set_default_dtype(torch.float64)
    for name, network in (("smooth", SmoothNet()), ("residual", ResidualNet())):
        print(name)
        model, x, other = load(name, network)
        baselines = torch.cat([torch.zeros_like(x), other])
        tensors = occlusions(model, x, other)
        tensors |= segment_methods(model, x, other)
        tensors["rise"] = rise_map(model, x)
        tensors |= {key: channels_last(value) for key, value in gradient_shaps(model, x, baselines).items()}
        tensors |= metrics(model, x, other)
        save_safetensors(FIXTURES / "perturbation" / f"{name}.safetensors", tensors)


if __name__ == "__main__":
    main()
