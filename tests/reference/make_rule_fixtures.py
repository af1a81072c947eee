"""Writes what Captum and SHAP say of the methods that are rules for gradients: guided
backpropagation, deconvolution, Grad-CAM, Guided Grad-CAM, DeepLIFT and DeepSHAP.

The maps of the food CNNs join those of make_food_cnn_fixtures.py, which must have run before; the
chain, a small network of modules used once each, goes to tests/fixtures/rules. All in float64.
"""

import warnings
from collections import OrderedDict
from pathlib import Path

import numpy as np
import shap
import torch
from captum.attr import Deconvolution, DeepLift, DeepLiftShap, GuidedBackprop, GuidedGradCam, LayerGradCam
from PIL import Image
from torch import nn

from fixture_io import channels_last, save_npy, save_safetensors
from make_food_cnn_fixtures import EXPLAINED, FOLDER, LABELS, write_map
from reference_models import FoodCNN, PReLUCNN, initialise

CHAIN = FOLDER.parent / "rules" / "chain.safetensors"
LAST_RELU, MIDDLE_RELU = 36, 25  # of the food CNN: [8,8,512/16] and [32,32,256/16]
CHAIN_TARGET = 2


def pictures():
    """The four pictures of the food CNN's fixtures, float64 N,C,H,W in [0, 1]."""
    images = [np.asarray(Image.open(FOLDER / "pictures" / f"{i}.png")) for i in range(len(LABELS))]
    return (torch.from_numpy(np.stack(images)).permute(0, 3, 1, 2).contiguous().float() / 255).double()


def load(name, model):
    """A narrow food CNN with the weights of its fixture."""
    state = torch.load(FOLDER / name / "weights.pth", weights_only=True)
    model.load_state_dict(state.get("model_state_dict", state))
    return model.double().eval()


def maps_of(explainer, x, labels, **options):
    """The explainer's maps, a picture at a time: some of Captum's mix the pictures of a batch."""
    maps = [explainer.attribute(x[i : i + 1].clone(), target=labels[i : i + 1], **options) for i in range(len(x))]
    return torch.cat(maps).detach()


def missing(model, x, background, labels, maps):
    """How far Captum's sums are from f(x) - mean f(background), relative to that."""
    with torch.no_grad():
        rise = model(x).gather(1, labels.view(-1, 1))[:, 0] - model(background)[:, labels].mean(0)
    return ((maps.flatten(1).sum(1) - rise) / rise).tolist()


def make_food_maps(name, model, x, background):
    """The maps of one food CNN: Captum's, and Grad-CAM at the layers' own sizes."""
    indices = {kind: np.load(FOLDER / f"sample_{kind}.npy") for kind in ("values", "pixels")}
    labels = LABELS[:EXPLAINED]
    maps = {
        "guided_backprop_captum": maps_of(GuidedBackprop(model), x, labels),
        "deconvolution_captum": maps_of(Deconvolution(model), x, labels),
        "deeplift_captum": maps_of(DeepLift(model), x, labels, baselines=background[:1]),
        "deepshap_captum": maps_of(DeepLiftShap(model), x, labels, baselines=background),
    }
    print(f"{name}: DeepLiftShap's sums are off by", missing(model, x, background, labels, maps["deepshap_captum"]))
    if name == "food":
        maps["guided_grad_cam_captum"] = maps_of(GuidedGradCam(model, model.cnn[LAST_RELU]), x, labels)
        for layer in (LAST_RELU, MIDDLE_RELU):
            cam = maps_of(LayerGradCam(model, model.cnn[layer]), x, labels)
            save_npy(FOLDER / name / f"grad_cam_{layer}_captum.npy", cam[:, 0])
    for map_name, values in maps.items():
        write_map(FOLDER / name, map_name, values, indices)


def chain(with_softmax):
    """Convolutions, batch normalisation, ReLU, sigmoid and pooling in a row; 16 x 16 pictures."""
    layers = OrderedDict(
        conv1=nn.Conv2d(3, 5, 3, 1, 1),
        relu1=nn.ReLU(),
        pool1=nn.MaxPool2d(2),
        conv2=nn.Conv2d(5, 6, 3, 1, 1),
        norm2=nn.BatchNorm2d(6),
        sigmoid2=nn.Sigmoid(),
        pool2=nn.MaxPool2d(2),
        flatten=nn.Flatten(),
        fc1=nn.Linear(6 * 4 * 4, 12),
        relu2=nn.ReLU(),
        fc2=nn.Linear(12, 5),
    )
    if with_softmax:
        layers["softmax"] = nn.Softmax(1)
    return nn.Sequential(layers)


def make_chain():
    """SHAP's maps of all classes, of logits and of probabilities, and Captum's of one class."""
    generator = torch.Generator().manual_seed(31)
    draw = lambda count: torch.rand((count, 3, 16, 16), generator=generator)
    logits = initialise(chain(False), 31, draw(8)).double()
    probabilities = chain(True).double().eval()
    probabilities.load_state_dict(logits.state_dict())
    x, background = draw(1).double(), draw(4).double()
    tensors = {f"state.{name}": value for name, value in logits.state_dict().items()}
    tensors |= {"input": channels_last(x), "background": channels_last(background)}
    target = torch.tensor([CHAIN_TARGET])
    for of, model in (("logit", logits), ("probability", probabilities)):
        values = shap.DeepExplainer(model, background).shap_values(x.clone())  # [1,C,H,W,classes]
        tensors[f"{of}.shap"] = values[0].transpose(3, 1, 2, 0)
        tensors[f"{of}.captum"] = channels_last(maps_of(DeepLift(model), x, target, baselines=background[:1]))
    with torch.no_grad():
        tensors["logits"], tensors["background_logits"] = logits(x), logits(background)
    save_safetensors(CHAIN, tensors)


def main():
    warnings.filterwarnings("ignore")
    torch.set_num_threads(2)
    drawn = pictures()
    x, background = drawn[:EXPLAINED], drawn[EXPLAINED:]
    make_food_maps("food", load("food", FoodCNN(divisor=16)), x, background)
    make_food_maps("prelu", load("prelu", PReLUCNN(divisor=16)), x, background)
    make_chain()


if __name__ == "__main__":
    main()
