"""Writes tests/fixtures/lrp and food_cnn/*/lrp_*: the relevance that zennit computes in float64.

Batch norms are folded by zennit's SequentialMergeBatchNorm, relevance starts as the logit of the
picture's label. zennit attaches its rules to modules, so that the networks which are written as
functions are written as modules here: a sum is a module and a layer used twice is two.
"""

import json
from pathlib import Path

import numpy as np
import torch
from PIL import Image
from torch import nn
from zennit.attribution import Gradient
from zennit.canonizers import SequentialMergeBatchNorm
from zennit.composites import EpsilonAlpha2Beta1, EpsilonGammaBox, EpsilonPlus, LayerMapComposite
from zennit.layer import Sum
from zennit.rules import AlphaBeta, Epsilon, Flat, Gamma, Norm, Pass, WSquare, ZBox, ZPlus
from zennit.types import Activation, Convolution

from fixture_io import channels_last, save_safetensors
from make_food_cnn_fixtures import EXPLAINED, FOLDER as FOOD_FOLDER, LABELS as FOOD_LABELS, make_indices, write_map
from reference_models import FoodCNN, PReLUCNN

FIXTURES = Path(__file__).parent.parent / "fixtures"
LABELS = torch.tensor([3, 1])  # as in make_autograd_fixtures.py


class Residual(nn.Module):
    """ResidualNet with modules for its activations, its sum and its pooling."""

    def __init__(self):
        super().__init__()
        self.conv1, self.norm1, self.relu1 = nn.Conv2d(3, 6, 3, 1, 1), nn.BatchNorm2d(6), nn.ReLU()
        self.conv2, self.norm2, self.relu2 = nn.Conv2d(6, 6, 3, 1, 1, bias=False), nn.BatchNorm2d(6), nn.ReLU()
        self.conv3, self.norm3 = nn.Conv2d(6, 6, 3, 1, 1, bias=False), nn.BatchNorm2d(6)
        self.sum, self.relu3, self.pool = Sum(), nn.ReLU(), nn.MaxPool2d(4)
        self.fc = nn.Linear(6 * 4 * 4, 5)

    def forward(self, x):
        a = self.relu1(self.norm1(self.conv1(x)))
        b = self.norm3(self.conv3(self.relu2(self.norm2(self.conv2(a)))))
        return self.fc(self.pool(self.relu3(self.sum(torch.stack([a, b], -1)))).flatten(1))


class Reused(nn.Module):
    """ReusedNet with a module for every use."""

    def __init__(self):
        super().__init__()
        self.stem, self.conv, self.again = nn.Conv2d(3, 5, 3, 1, 1), nn.Conv2d(5, 5, 3, 1, 1), nn.Conv2d(5, 5, 3, 1, 1)
        self.relu1, self.relu2, self.relu3 = nn.ReLU(), nn.ReLU(), nn.ReLU()
        self.pool1, self.pool2 = nn.MaxPool2d(2), nn.MaxPool2d(2)
        self.fc = nn.Linear(5 * 4 * 4, 5)

    def forward(self, x):
        x = self.pool1(self.relu1(self.stem(x)))
        x = self.pool2(self.relu3(self.again(self.relu2(self.conv(x)))))
        return self.fc(x.flatten(1))


def composites(shape):
    """What each name of a composite means for inputs in [0, 1] of `shape`."""
    canonizers = [SequentialMergeBatchNorm()]
    box = {"low": torch.zeros(shape, dtype=torch.float64), "high": torch.ones(shape, dtype=torch.float64)}
    return {
        "epsilon_plus": EpsilonPlus(canonizers=canonizers),
        "epsilon_gamma_box": EpsilonGammaBox(**box, canonizers=canonizers),
        "epsilon_alpha2_beta1": EpsilonAlpha2Beta1(canonizers=canonizers),
    }


def single_rules(shape):
    """Each rule by itself: on every convolution, epsilon on the linear layers."""
    low, high = (torch.full(shape, v, dtype=torch.float64) for v in (-3.0, 3.0))
    rules = {
        "epsilon": Epsilon(epsilon=0.25),
        "gamma": Gamma(gamma=0.5),
        "alpha_beta": AlphaBeta(alpha=1.5, beta=0.5),
        "z_plus": ZPlus(),
        "w_squared": WSquare(zero_params=["bias"]),
        "flat": Flat(),
        "z_box": ZBox(low=low, high=high),
    }
    for name, rule in rules.items():
        layers = [(Activation, Pass()), (Sum, Norm()), (Convolution, rule), (nn.Linear, Epsilon())]
        if name == "z_box":  # for the input alone: behind it, a gamma rule
            first = [(Convolution, rule)]
            composite = EpsilonGammaBox(low, high, first_map=first, canonizers=[SequentialMergeBatchNorm()])
        else:
            composite = LayerMapComposite(layers, canonizers=[SequentialMergeBatchNorm()])
        yield name, composite


def relevance(model, composite, x, labels):
    """The relevance of x for the logits of its labels.

    What zennit leaves of a folded batch norm still divides by sqrt(1 + eps), so that the network
    is not quite the same any more (the food CNN's logits move by 6e-4); here it divides by 1.
    """
    norms = [module for module in model.modules() if isinstance(module, nn.BatchNorm2d)]
    def start(logits):
        return logits * nn.functional.one_hot(labels, logits.shape[1])

    eps, plain = [norm.eps for norm in norms], model(x)
    with Gradient(model=model, composite=composite, attr_output=start) as attributor:
        for norm in norms:
            norm.eps = 0.0
        logits, result = attributor(x)
    for norm, value in zip(norms, eps):
        norm.eps = value
    if not torch.allclose(logits, plain, rtol=1e-12, atol=1e-12):
        raise SystemExit("zennit's folded network is another one")
    return result.detach()


def make_network(name, model, state, x, tensors):
    model.double().eval()
    model.load_state_dict(state)
    for composite_name, composite in composites(x.shape).items():
        tensors[f"{name}.{composite_name}"] = channels_last(relevance(model, composite, x, LABELS))
    for rule, composite in single_rules(x.shape):
        tensors[f"{name}.rule.{rule}"] = channels_last(relevance(model, composite, x, LABELS))


def read_safetensors(path):
    """The file's float64 and int64 tensors by name."""
    data = path.read_bytes()
    length = int.from_bytes(data[:8], "little")
    types = {"F64": np.float64, "I64": np.int64}
    tensors = {}
    for name, entry in json.loads(data[8 : 8 + length]).items():
        begin, end = (8 + length + offset for offset in entry["data_offsets"])
        array = np.frombuffer(data[begin:end], types[entry["dtype"]]).reshape(entry["shape"])
        tensors[name] = torch.from_numpy(array.copy())
    return tensors


def make_networks():
    """Writes lrp/networks.safetensors for the parameters and inputs of fixtures/autograd."""
    tensors = {}
    for name, model in {"residual": Residual(), "reused": Reused()}.items():
        original = read_safetensors(FIXTURES / "autograd" / f"{name}.safetensors")
        state = {key[6:]: value for key, value in original.items() if key.startswith("state.")}
        if name == "reused":
            state |= {key.replace("conv", "again"): value for key, value in state.items() if key.startswith("conv")}
        x = original["input"].permute(0, 3, 1, 2).contiguous()
        make_network(name, model, state, x, tensors)
    save_safetensors(FIXTURES / "lrp" / "networks.safetensors", tensors)


def make_food_cnns():
    """Writes the maps of the food CNNs of fixtures/food_cnn, and the margins of their composites."""
    pictures = [np.asarray(Image.open(FOOD_FOLDER / "pictures" / f"{i}.png")) for i in range(EXPLAINED)]
    x = torch.from_numpy(np.stack(pictures)).permute(0, 3, 1, 2).contiguous().float().div(255).double()
    indices, labels = make_indices(), FOOD_LABELS[:EXPLAINED]
    for name, model in {"food": FoodCNN(divisor=16), "prelu": PReLUCNN(divisor=16)}.items():
        weights = torch.load(FOOD_FOLDER / name / "weights.pth")
        model.load_state_dict(weights.get("model_state_dict", weights))
        model.double().eval()
        for composite_name, composite in composites(x.shape).items():
            write_map(FOOD_FOLDER / name, f"lrp_{composite_name}", relevance(model, composite, x, labels), indices)


def main():
    torch.set_num_threads(2)
    make_networks()
    make_food_cnns()


if __name__ == "__main__":
    main()
