"""Writes tests/fixtures/food_cnn: pictures, narrow food CNNs, and what PyTorch says of them.

Every map is computed in float64 from float32 weights and float32 pixels by formulas written out
here; Captum is asked for the same map wherever it has the method, and must agree.
"""

import copy
from pathlib import Path

import numpy as np
import torch
from captum.attr import InputXGradient, IntegratedGradients, Saliency
from PIL import Image
from torch import nn
from torch.nn import functional as F

from fixture_io import channels_last, save_npy, save_safetensors
from reference_models import PICTURE_SIZE, FoodCNN, PReLUCNN, initialise

FOLDER = Path(__file__).parent.parent / "fixtures" / "food_cnn"
LABELS = torch.tensor([2, 9, 5, 0])  # the class each of the four pictures is explained for
EXPLAINED = 2  # maps are kept of the first two pictures
SAMPLE = 2000  # values of a map that are kept
STEPS = 50
NOTEBOOK_STEPS = 10
NOISE_SAMPLES = 4
NOISE_LEVEL = 0.15


# Pictures ------------------------------------------------------------------------------------


def draw_picture(seed):
    """A colourful picture: a gradient, soft ellipses, waves, and a grain that leaves no two
    neighbouring patches equal (equal patches would tie in every max pooling)."""
    random = np.random.default_rng(seed)
    y, x = np.mgrid[0:PICTURE_SIZE, 0:PICTURE_SIZE] / PICTURE_SIZE
    corners = random.uniform(0.1, 0.9, (4, 3))
    ramp = [(1 - y) * (1 - x), (1 - y) * x, y * (1 - x), y * x]
    picture = sum(w[..., None] * c for w, c in zip(ramp, corners))
    for _ in range(6):
        centre, radius, angle = random.uniform(0.15, 0.85, 2), random.uniform(0.06, 0.3, 2), random.uniform(0, np.pi)
        u = (x - centre[0]) * np.cos(angle) + (y - centre[1]) * np.sin(angle)
        v = (y - centre[1]) * np.cos(angle) - (x - centre[0]) * np.sin(angle)
        cover = 0.5 - 0.5 * np.tanh(6 * ((u / radius[0]) ** 2 + (v / radius[1]) ** 2 - 1))
        colour = random.uniform(0, 1, 3) + 0.1 * np.sin(2 * np.pi * random.uniform(3, 9) * u)[..., None]
        picture = picture * (1 - cover[..., None]) + colour * cover[..., None]
    picture = 255 * picture + random.uniform(-4, 4, picture.shape)
    return np.clip(np.rint(picture), 0, 255).astype(np.uint8)


def make_pictures():
    """Draws and writes the four pictures; returns them as float32 N,C,H,W in [0, 1]."""
    (FOLDER / "pictures").mkdir(parents=True, exist_ok=True)
    pictures = [draw_picture(seed) for seed in range(len(LABELS))]
    for i, picture in enumerate(pictures):
        Image.fromarray(picture).save(FOLDER / "pictures" / f"{i}.png", optimize=True)
    return torch.from_numpy(np.stack(pictures)).permute(0, 3, 1, 2).contiguous().float() / 255


def make_noise():
    """Four samples of N(0, 1), quantised so that a byte q holds them: z = (q - 128) / 32."""
    shape = (NOISE_SAMPLES, PICTURE_SIZE, PICTURE_SIZE, 3)
    normal = np.random.default_rng(99).standard_normal(shape)
    quantised = np.clip(np.rint(32 * normal) + 128, 0, 255).astype(np.uint8)
    save_npy(FOLDER / "smoothgrad_noise.npy", quantised)
    return torch.from_numpy((quantised.astype(np.float64) - 128) / 32).permute(0, 3, 1, 2).contiguous()


# Gradients -----------------------------------------------------------------------------------


class TapConv2d(nn.Module):
    """A convolution summed tap by tap, in the same order at every position.

    Where patches are equal its results are equal to the last bit, so that max pooling meets
    exact ties and takes the first in the window. A library's convolution rounds differently at
    different positions and breaks the ties of an all-black picture at random.
    """

    def __init__(self, conv):
        super().__init__()
        self.conv = conv

    def forward(self, x):
        weight, height, width = self.conv.weight, x.shape[2], x.shape[3]
        padded = F.pad(x, (1, 1, 1, 1))
        out = self.conv.bias.view(1, -1, 1, 1)
        for i in range(3):
            for j in range(3):
                for c in range(x.shape[1]):
                    patch = padded[:, c : c + 1, i : i + height, j : j + width]
                    out = out + weight[:, c, i, j].view(1, -1, 1, 1) * patch
        return out


def with_exact_ties(model):
    """A copy of `model` whose convolutions are TapConv2d."""
    model = copy.deepcopy(model)
    for i, module in enumerate(model.cnn):
        if isinstance(module, nn.Conv2d):
            model.cnn[i] = TapConv2d(module)
    return model


class Margins:
    """The smallest distance of any value met from a cliff: of a ReLU's input from 0, and of a
    pooling window's largest value from its second. Exact ties do not count: they are those of
    patches that are zero throughout, where no gradient passes whoever wins."""

    def __init__(self, model):
        self.relu = self.pool = float("inf")
        for module in model.modules():
            if isinstance(module, (nn.ReLU, nn.PReLU)):
                module.register_forward_hook(self._activation)
            elif isinstance(module, nn.MaxPool2d):
                module.register_forward_hook(self._pooling)

    def _activation(self, _, inputs, __):
        self.relu = min(self.relu, inputs[0].abs().min().item())

    def _pooling(self, _, inputs, __):
        windows = F.unfold(inputs[0].flatten(0, 1).unsqueeze(1), 2, stride=2)
        first, second = windows.topk(2, dim=1).values.unbind(1)
        gaps = torch.where(first == second, torch.inf, first - second)
        self.pool = min(self.pool, gaps.min().item())


def logit_gradient(model, x, labels):
    """d logit[label] / dx of each picture."""
    x = x.detach().requires_grad_()
    logits = model(x)
    return torch.autograd.grad(logits.gather(1, labels.view(-1, 1)).sum(), x)[0]


def loss_gradient(model, x, labels):
    """d (mean cross-entropy over the batch) / dx."""
    x = x.detach().requires_grad_()
    return torch.autograd.grad(F.cross_entropy(model(x), labels), x)[0]


def path_gradient(model, x, labels, alphas, weights):
    """sum_k weights[k] * d logit[label] / dx at alphas[k] * x, the path from black to x."""
    exact = with_exact_ties(model)
    maps = []
    for i in range(len(x)):
        total = torch.zeros_like(x[i])
        for alpha, weight in zip(alphas, weights):
            network = exact if alpha == 0 else model
            total += weight * logit_gradient(network, alpha * x[i : i + 1], labels[i : i + 1])[0]
        maps.append(total)
    return torch.stack(maps)


def rules(n):
    """Quadrature rules on [0, 1]: name -> (alphas, weights). All but Captum's trapezoid have
    weights that sum to one."""
    k = np.arange(n)
    nodes, legendre = np.polynomial.legendre.leggauss(n)
    ends = np.where((k == 0) | (k == n - 1), 0.5, 1.0)
    equal = np.full(n, 1 / n)
    return {
        "gauss_legendre": ((1 + nodes) / 2, legendre / 2),
        "midpoint": ((k + 0.5) / n, equal),
        "left": (k / n, equal),
        "right": ((k + 1) / n, equal),
        "trapezoid": (k / (n - 1), ends / (n - 1)),
        "captum_trapezoid": (k / (n - 1), ends / n),
    }


CAPTUM_RULES = {
    "gauss_legendre": "gausslegendre",
    "midpoint": "riemann_middle",
    "left": "riemann_left",
    "right": "riemann_right",
    "captum_trapezoid": "riemann_trapezoid",
}


def check(name, ours, explainer, x, tolerance, **options):
    """Stops unless the Captum explainer agrees with our map in relative L2."""
    # Captum makes its Riemann nodes in the default dtype.
    torch.set_default_dtype(torch.float64)
    captum = explainer.attribute(x.clone().requires_grad_(), **options).detach()
    torch.set_default_dtype(torch.float32)
    error = ((ours - captum).norm() / ours.norm()).item()
    print(f"  {name}: Captum differs by {error:.1e}")
    if not error <= tolerance:
        raise SystemExit(f"{name}: Captum differs by {error:.1e}")


# Maps ----------------------------------------------------------------------------------------


def normalised(maps):
    """Each map of a batch moved and scaled to [0, 1]."""
    low, high = maps.amin((1, 2), keepdim=True), maps.amax((1, 2), keepdim=True)
    return (maps - low) / (high - low)


def gradient_maps(model, x, labels):
    """The maps that take one gradient."""
    gradient = logit_gradient(model, x, labels)
    check("saliency", gradient, Saliency(model), x, 1e-12, target=labels, abs=False)
    check("input_x_gradient", x * gradient, InputXGradient(model), x, 1e-12, target=labels)
    magnitude = loss_gradient(model, x, labels).abs().amax(1)
    return {"saliency": gradient, "input_x_gradient": x * gradient, "saliency_notebook": normalised(magnitude)}


def path_maps(model, x, labels, names):
    """Integrated Gradients under the rules `names`, and the notebook's variant."""
    maps = {}
    for name in names:
        alphas, weights = rules(STEPS)[name]
        key = f"integrated_gradients_{name}"
        maps[key] = x * path_gradient(model, x, labels, alphas, weights)
        if name in CAPTUM_RULES:
            # Captum rounds its weights to float32 and lets rounding break the black picture's ties.
            options = {"target": labels, "n_steps": STEPS, "method": CAPTUM_RULES[name]}
            tolerance = 1e-6 if alphas[0] > 0 else 5e-2
            # A copy, because the margins of `model` are watched and a black picture has none.
            explainer = IntegratedGradients(copy.deepcopy(model))
            check(key, maps[key], explainer, x, tolerance, internal_batch_size=10, **options)
    alphas, weights = rules(NOTEBOOK_STEPS)["left"]
    maps["integrated_gradients_notebook"] = path_gradient(model, x, labels, alphas, weights)
    return maps


def smoothgrad_maps(model, x, labels, noise):
    """SmoothGrad of the first picture with given noise: the paper's and the notebook's."""
    x, label = x[:1], labels[:1]
    span = (x.max() - x.min()).item()
    paper = [logit_gradient(model, x + NOISE_LEVEL * span * z, label) for z in noise]
    notebook = [loss_gradient(model, x + (0.4 / span) ** 2 * z, label).abs() for z in noise]
    return {"smoothgrad": sum(paper) / len(paper), "smoothgrad_notebook": sum(notebook) / len(notebook)}


def write_map(folder, name, maps, indices):
    """Writes the sample and the norms of a batch of maps: N,C,H,W, or N,H,W of one channel."""
    flat = channels_last(maps).reshape(len(maps), -1)
    kept = indices["pixels" if maps.dim() == 3 else "values"]
    save_npy(folder / f"{name}.sample.npy", flat[:, kept])
    save_npy(folder / f"{name}.norm.npy", np.stack([np.linalg.norm(flat, axis=1), flat.sum(1)], axis=1))


def make_indices():
    """The places of the kept values within a map H,W,C and of the kept pixels within H,W."""
    random = np.random.default_rng(7)
    pixels = PICTURE_SIZE * PICTURE_SIZE
    indices = {
        "values": np.sort(random.choice(3 * pixels, SAMPLE, replace=False)),
        "pixels": np.sort(random.choice(pixels, SAMPLE, replace=False)),
    }
    for name, index in indices.items():
        save_npy(FOLDER / f"sample_{name}.npy", index.astype(np.int64))
    return indices


# Cases ---------------------------------------------------------------------------------------


def make_attribution_case(name, model, pictures, noise, indices, names):
    """Writes the folder `name`: logits of all pictures and maps of the first ones."""
    print(name)
    folder = FOLDER / name
    save_npy(folder / "labels.npy", LABELS)
    with torch.no_grad():
        save_npy(folder / "logits_f32.npy", model(pictures))
    if name == "food":
        single = logit_gradient(model, pictures[:1], LABELS[:1])
        save_npy(folder / "saliency_f32.npy", channels_last(single)[0])

    model, pictures = copy.deepcopy(model).double(), pictures.double()
    margins = Margins(model)
    with torch.no_grad():
        save_npy(folder / "logits.npy", model(pictures))
    x, labels = pictures[:EXPLAINED], LABELS[:EXPLAINED]
    maps = gradient_maps(model, x, labels)
    maps |= path_maps(model, x, labels, names)
    maps |= smoothgrad_maps(model, x, labels, noise)
    for map_name, values in maps.items():
        write_map(folder, map_name, values, indices)
    print(f"  margins: ReLU {margins.relu:.1e}, pooling {margins.pool:.1e}")
    if not min(margins.relu, margins.pool) >= 1e-12:
        raise SystemExit(f"{name}: too close to a cliff for a float64 comparison; draw other pictures")


def make_training_case(pictures):
    """Writes the folder `training`: three steps of Adam in training mode, in float64."""
    print("training")
    folder = FOLDER / "training"
    folder.mkdir(parents=True, exist_ok=True)
    start = initialise(FoodCNN(divisor=32, dropout=0.0), 13, pictures)
    torch.save(start.state_dict(), folder / "weights.pth")
    save_npy(folder / "labels.npy", LABELS)
    for dtype, suffix in ((torch.float32, "_f32"), (torch.float64, "")):
        model, x = copy.deepcopy(start).to(dtype).train(), pictures.to(dtype)
        optimizer = torch.optim.Adam(model.parameters(), lr=1e-3)
        losses = []
        for _ in range(3):
            loss = F.cross_entropy(model(x), LABELS)
            losses.append(loss.item())
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
        save_npy(folder / f"losses{suffix}.npy", np.array(losses))
        print(f"  {dtype}: losses {losses}")
    save_safetensors(folder / "state_after.safetensors", model.state_dict())
    with torch.no_grad():
        save_npy(folder / "logits_after.npy", model.eval()(x))


def main():
    torch.set_num_threads(2)
    FOLDER.mkdir(parents=True, exist_ok=True)
    pictures, noise, indices = make_pictures(), make_noise(), make_indices()

    food = initialise(FoodCNN(divisor=16), 11, pictures)
    optimizer = torch.optim.Adam(food.parameters(), lr=1e-3)
    (FOLDER / "food").mkdir(exist_ok=True)
    checkpoint = {
        "epoch": 3,
        "model_state_dict": food.state_dict(),
        "optimizer_state_dict": optimizer.state_dict(),
    }
    torch.save(checkpoint, FOLDER / "food" / "weights.pth")
    make_attribution_case("food", food, pictures, noise, indices, list(rules(STEPS)))

    prelu = initialise(PReLUCNN(divisor=16), 12, pictures)
    (FOLDER / "prelu").mkdir(exist_ok=True)
    torch.save(prelu.state_dict(), FOLDER / "prelu" / "weights.pth")
    make_attribution_case("prelu", prelu, pictures, noise, indices, ["gauss_legendre"])

    make_training_case(pictures)


if __name__ == "__main__":
    main()
