#!/usr/bin/env python3
"""Writes tests/fixtures/lime: scikit-image's segments, and lime's weights of them.

segments.safetensors: slic and quickshift on fixture pictures, quickshift with the noise that
Backlight draws in place of NumPy's. explanations.safetensors: lime 0.1.1.37 on two networks, with
the masks it drew, for segments numbered from 0 and, as in the course notebook, from 1.
ridge.safetensors: scikit-learn's weighted ridge regression.
"""

import contextlib
import io
from pathlib import Path
from unittest import mock

import lime.lime_image
import numpy as np
import torch
from fixture_io import load_safetensors, save_safetensors
from philox import Philox
from PIL import Image
from reference_models import FoodCNN, SmoothNet
from skimage.segmentation import quickshift, slic
from sklearn.linear_model import Ridge

FIXTURES = Path(__file__).resolve().parents[1] / "fixtures"
SAMPLES = 160


def picture(path):
    """A picture as the notebook hands it on: float32 quotients in float64."""
    pixels = np.asarray(Image.open(FIXTURES / path).convert("RGB"))
    return (pixels.astype(np.float32) / np.float32(255)).astype(np.float64)


def patches():
    """Even areas, where the densities of quickshift are tied: bars and a square of few colours."""
    x = np.zeros((40, 56, 3))
    x[:, 14:28] = (0.9, 0.2, 0.1)
    x[:, 28:] = (0.1, 0.3, 0.8)
    x[10:30, 20:44] = (0.2, 0.7, 0.3)
    return x


def quickshift_with_our_noise(x, seed, **options):
    """scikit-image's quickshift, its ties broken by Backlight's random numbers."""

    class Generator:
        def normal(self, scale, size):
            noise = Philox(seed, 0)
            return scale * noise.array(noise.normal, size)

    with mock.patch.object(np.random, "default_rng", lambda _: Generator()):
        return quickshift(x, **options)


def make_segments():
    """Entries <method>.<picture>.<settings>, int32 or uint8 [H,W]."""
    pictures = {
        "0": picture("food_cnn/pictures/0.png"),
        "1": picture("food_cnn/pictures/1.png"),
        "small": picture("image/yuv444.jpg.png"),
        "patches": patches(),
    }
    settings = {"0": [(200, 1, 1), (40, 10, 0)], "1": [(200, 1, 1), (300, 0.1, 2)],
                "small": [(200, 1, 1), (30, 20, 1)], "patches": [(200, 1, 1), (5000, 1, 0)]}
    tensors = {"patches": pictures["patches"]}

    def add(name, segments):
        assert segments.min() == 0
        tensors[name] = segments.astype(np.uint8 if segments.max() < 256 else np.int32)

    for name, x in pictures.items():
        for count, compactness, sigma in settings[name]:
            segments = slic(x, n_segments=count, compactness=compactness, sigma=sigma, start_label=0)
            add(f"slic.{name}.{count}.{compactness}.{sigma}", segments)
    x = pictures["small"]
    loose = slic(x, n_segments=60, compactness=1, sigma=0, start_label=0, enforce_connectivity=False)
    add("slic_unconnected.small.60.1.0", np.unique(loose, return_inverse=True)[1].reshape(loose.shape))
    for name in ("0", "small", "patches"):
        for kernel_size, max_dist, ratio in ((4, 200, 0.2), (3, 10, 0.5)):
            options = {"kernel_size": kernel_size, "max_dist": max_dist, "ratio": ratio}
            segments = quickshift_with_our_noise(pictures[name], 3, **options)
            add(f"quickshift.{name}.{kernel_size}.{max_dist}.{ratio}", segments)
    save_safetensors(FIXTURES / "lime" / "segments.safetensors", tensors)


def classifier(model, scale):
    """What the notebook hands to lime: logits, from pictures [N,H,W,3] of float64; times a number."""

    def predict(pictures):
        with torch.no_grad():
            return scale * model(torch.from_numpy(np.asarray(pictures)).permute(0, 3, 1, 2)).numpy()

    return predict


def explain(predict, x, segments, label, hide_color=None):
    """lime's explanation as a dictionary: masks, weights by lime's numbers, what the notebook draws."""
    explainer = lime.lime_image.LimeImageExplainer(random_state=17)
    drawn, data_labels = {}, explainer.data_labels

    def remember(*arguments, **options):
        drawn["masks"], drawn["scores"] = data_labels(*arguments, **options)
        return drawn["masks"], drawn["scores"]

    explainer.data_labels = remember
    with contextlib.redirect_stderr(io.StringIO()):
        explanation = explainer.explain_instance(
            image=x, classifier_fn=predict, segmentation_fn=lambda _: segments, labels=(label,),
            top_labels=None, hide_color=hide_color, num_samples=SAMPLES)
    _, shown = explanation.get_image_and_mask(
        label=label, positive_only=False, hide_rest=False, num_features=11, min_weight=0.05)
    pairs = explanation.local_exp[label]
    weights = np.zeros(len(pairs))
    for feature, weight in pairs:
        weights[feature] = weight
    return {"masks": drawn["masks"].astype(np.uint8), "weights": weights,
            "intercept": explanation.intercept[label], "r2": explanation.score,
            "local": explanation.local_pred, "score": drawn["scores"][0, label],
            "shown": (shown + 1).astype(np.uint8)}


def blocks(height, width, side):
    """Squares of `side` pixels, numbered row by row."""
    y, x = np.mgrid[:height, :width] // side
    return (y * (width // side) + x).astype(np.int64)


def make_explanations():
    """Entries <network>.<case>.<what>; food in float32's reach, smooth to the last digits."""
    tensors = {}

    def add(name, result):
        tensors.update({f"{name}.{key}": value for key, value in result.items()})

    food = FoodCNN(divisor=16)
    checkpoint = torch.load(FIXTURES / "food_cnn/food/weights.pth", weights_only=True)
    food.load_state_dict(checkpoint["model_state_dict"])
    predict = classifier(food.eval().double(), 1)
    x = picture("food_cnn/pictures/0.png")
    label = int(np.load(FIXTURES / "food_cnn/food/labels.npy")[0])
    for start, name in ((0, "paper"), (1, "notebook")):
        segments = slic(x, n_segments=60, compactness=1, sigma=1, start_label=start)
        add(f"food.{name}", explain(predict, x, segments, label))
    tensors["food.segments"] = (segments - 1).astype(np.uint8)

    smooth = load_safetensors(FIXTURES / "autograd" / "smooth.safetensors")
    network = SmoothNet().double()
    state = {k[6:]: torch.from_numpy(v) for k, v in smooth.items() if k.startswith("state.")}
    network.load_state_dict(state)
    x, segments = smooth["input"][0], blocks(16, 16, 4)
    predict = classifier(network.eval(), 40)
    tensors["smooth.segments"] = segments.astype(np.uint8)
    add("smooth.paper", explain(predict, x, segments, 3))
    add("smooth.black", explain(predict, x, segments, 3, hide_color=0))
    add("smooth.notebook", explain(predict, x, segments + 1, 3))
    save_safetensors(FIXTURES / "lime" / "explanations.safetensors", tensors)


def make_ridge():
    """scikit-learn's weighted ridge on random samples."""
    generator = np.random.default_rng(2)
    x, y, w = generator.normal(size=(30, 7)), generator.normal(size=30), generator.uniform(size=30)
    tensors = {"x": x, "y": y, "w": w}
    for alpha in (0.0, 1.0, 25.0):
        ridge = Ridge(alpha=alpha).fit(x, y, sample_weight=w)
        tensors |= {f"weights.{alpha}": ridge.coef_, f"intercept.{alpha}": ridge.intercept_,
                    f"r2.{alpha}": ridge.score(x, y, sample_weight=w)}
    save_safetensors(FIXTURES / "lime" / "ridge.safetensors", tensors)


if __name__ == "__main__":
    make_segments()
    make_explanations()
    make_ridge()
