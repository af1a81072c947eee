"""Writes tests/fixtures/food_cnn/filters.safetensors: what PyTorch says of filters of the narrow food
CNN of make_food_cnn_fixtures.py, in float64: their activations, and the course notebook's ascent."""

from pathlib import Path

import numpy as np
import torch
from PIL import Image

from fixture_io import channels_last, save_safetensors, to_array
from reference_models import FoodCNN

FOLDER = Path(__file__).parent.parent / "fixtures" / "food_cnn"
PICTURES = 2
STEPS = 6
RATE = 0.1
VALUES = 500  # of a picture that are kept: the first of sample_values.npy
STRIDE = 4  # every so many rows and columns of an activation are kept

# A convolution, a max pooling, a ReLU, a batch normalisation, and a convolution further up.
ACTIVATIONS = {6: 0, 9: 5, 15: 3, 21: 2, 23: 7}
ASCENTS = {15: 3, 21: 2}


def load_model():
    model = FoodCNN(divisor=16)
    checkpoint = torch.load(FOLDER / "food" / "weights.pth", weights_only=True)
    model.load_state_dict(checkpoint["model_state_dict"])
    return model.double().eval()


def load_pictures():
    pictures = [np.asarray(Image.open(FOLDER / "pictures" / f"{i}.png")) for i in range(PICTURES)]
    pixels = torch.from_numpy(np.stack(pictures)).permute(0, 3, 1, 2).contiguous()
    return (pixels.float() / 255).double()


def activation(model, layer, x):
    """The output of model.cnn[layer], caught by a hook, as the notebook does."""
    caught = []
    hook = model.cnn[layer].register_forward_hook(lambda module, inputs, output: caught.append(output))
    model(x)
    hook.remove()
    return caught[0]


def ascend(model, layer, filter, x):
    """Adam on the pixels, minimising minus the sum of the filter's activation over the batch."""
    x = x.clone().requires_grad_()
    optimizer = torch.optim.Adam([x], lr=RATE)
    sums, pictures = [], []
    for _ in range(STEPS):
        optimizer.zero_grad()
        found = activation(model, layer, x)[:, filter]
        sums.append(found.sum((1, 2)).detach())
        (-found.sum()).backward()
        optimizer.step()
        pictures.append(x.detach().clone())
    sums.append(activation(model, layer, x)[:, filter].sum((1, 2)).detach())
    return torch.stack(sums), pictures


def main():
    torch.manual_seed(0)
    model, x = load_model(), load_pictures()
    kept = np.load(FOLDER / "sample_values.npy")[:VALUES]
    tensors = {}
    for layer, filter in ACTIVATIONS.items():
        with torch.no_grad():
            found = activation(model, layer, x)[:, filter]
        tensors[f"activation.{layer}.{filter}"] = found[:, ::STRIDE, ::STRIDE]
        tensors[f"activation.{layer}.{filter}.sum"] = found.sum((1, 2))
    for layer, filter in ASCENTS.items():
        sums, pictures = ascend(model, layer, filter, x)
        tensors[f"ascent.{layer}.{filter}.sums"] = sums
        for steps in (1, STEPS):
            flat = channels_last(pictures[steps - 1]).reshape(PICTURES, -1)
            tensors[f"ascent.{layer}.{filter}.{steps}"] = to_array(flat[:, kept])
    save_safetensors(FOLDER / "filters.safetensors", tensors)
    print({name: to_array(value).ravel()[:8] for name, value in tensors.items() if "sum" in name})


if __name__ == "__main__":
    main()
