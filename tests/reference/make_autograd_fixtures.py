"""Writes tests/fixtures/autograd: single operations and small networks in float64, PyTorch's
values and gradients. Activations are stored channels last (N,H,W,C), parameters as PyTorch's."""

from pathlib import Path

import numpy as np
import torch
from torch.nn import functional as F

from fixture_io import channels_last, save_safetensors
from reference_models import FunctionalNet, ResidualNet, ReusedNet, SmoothNet, initialise

FOLDER = Path(__file__).parent.parent / "fixtures" / "autograd"
LABELS = torch.tensor([3, 1])
STEPS = 20


class OpCases:
    """Collects cases `op.variant`: arguments, output, a random cotangent and its vjp."""

    def __init__(self, seed):
        self.tensors = {}
        self.generator = torch.Generator().manual_seed(seed)

    def normal(self, *shape):
        return torch.randn(shape, generator=self.generator, dtype=torch.float64)

    def positive(self, *shape):
        return 0.5 + torch.rand(shape, generator=self.generator, dtype=torch.float64)

    def add(self, case, op, /, **arguments):
        """Runs `op(**arguments)`. Every argument is differentiated; of four dimensions, only
        `weight` is not an activation and keeps its order."""

        def stored(name, value):
            return value if name.endswith("weight") else channels_last(value)

        for argument in arguments.values():
            argument.requires_grad_()
        output = op(**arguments)
        cotangent = self.normal(*output.shape)
        gradients = torch.autograd.grad(output, list(arguments.values()), cotangent)
        for name, value in arguments.items():
            self.tensors[f"{case}.{name}"] = stored(name, value)
        for (name, _), gradient in zip(arguments.items(), gradients):
            self.tensors[f"{case}.grad_{name}"] = stored(name, gradient)
        self.tensors[f"{case}.output"] = channels_last(output)
        self.tensors[f"{case}.cotangent"] = channels_last(cotangent)


def add_convolutions(cases):
    """conv2d.<kernel>s<stride>p<padding>: height 7, width 6, 3 -> 4 channels."""
    for kernel, stride, padding in ((1, 1, 0), (3, 1, 1), (3, 1, 0), (3, 2, 1), (5, 1, 2), (5, 2, 0), (1, 2, 0)):
        cases.add(
            f"conv2d.{kernel}x{kernel}s{stride}p{padding}",
            lambda input, weight, bias, s=stride, p=padding: F.conv2d(input, weight, bias, s, p),
            input=cases.normal(2, 3, 7, 6),
            weight=cases.normal(4, 3, kernel, kernel),
            bias=cases.normal(4),
        )
    cases.add(
        "conv2d.3x3s1p1_nobias",
        lambda input, weight: F.conv2d(input, weight, None, 1, 1),
        input=cases.normal(2, 3, 7, 6),
        weight=cases.normal(4, 3, 3, 3),
    )
    cases.add(
        "conv2d.3x2s2x1p1x0",
        lambda input, weight, bias: F.conv2d(input, weight, bias, (2, 1), (1, 0)),
        input=cases.normal(2, 3, 7, 6),
        weight=cases.normal(4, 3, 3, 2),
        bias=cases.normal(4),
    )


def add_batch_norms(cases):
    """batch_norm.train and batch_norm.eval: eps 1e-5, momentum 0.1; the running statistics are
    not differentiated and are stored before (`running_mean`) and after (`new_running_mean`)."""
    for mode in ("train", "eval"):
        mean, var = cases.normal(4), cases.positive(4)
        cases.tensors[f"batch_norm.{mode}.running_mean"] = mean.clone()
        cases.tensors[f"batch_norm.{mode}.running_var"] = var.clone()
        cases.add(
            f"batch_norm.{mode}",
            lambda input, weight, bias: F.batch_norm(input, mean, var, weight, bias, mode == "train", 0.1, 1e-5),
            input=cases.normal(3, 4, 3, 2),
            weight=cases.positive(4),
            bias=cases.normal(4),
        )
        cases.tensors[f"batch_norm.{mode}.new_running_mean"] = mean
        cases.tensors[f"batch_norm.{mode}.new_running_var"] = var


def add_poolings(cases):
    """Max pooling of distinct values, of few different values (many ties: the first in the window
    in row order takes the gradient), and average pooling. Odd sizes drop the last row or column."""
    for kernel, stride, padding in ((2, 2, 0), (3, 2, 1), (3, 1, 1), (4, 4, 0)):
        size = f"{kernel}x{kernel}s{stride}p{padding}"

        def pool(input, k=kernel, s=stride, p=padding):
            return F.max_pool2d(input, k, s, p)

        cases.add(f"max_pool2d.{size}", pool, input=cases.normal(2, 3, 9, 8))
        few = torch.randint(-1, 2, (2, 3, 9, 8), generator=cases.generator).double()
        cases.add(f"max_pool2d.{size}_ties", pool, input=few)
        cases.add(f"max_pool2d.{size}_constant", pool, input=torch.full((1, 2, 9, 8), -1.5).double())
    cases.add("avg_pool2d.2x2s2", lambda input: F.avg_pool2d(input, 2), input=cases.normal(2, 3, 7, 6))
    cases.add("mean_hw", lambda input: input.mean((2, 3)), input=cases.normal(2, 3, 5, 4))


def add_activations(cases):
    """Elementwise functions; `relu` has exact zeros, where its gradient is 0."""
    x = cases.normal(2, 3, 4, 5)
    x[0, 0, 0] = 0.0
    x[0, 1, 0] = -0.0
    functions = {
        "relu": F.relu,
        "gelu.erf": F.gelu,
        "gelu.tanh": lambda input: F.gelu(input, approximate="tanh"),
        "sigmoid": torch.sigmoid,
        "tanh": torch.tanh,
        "softplus": F.softplus,
        "exp": torch.exp,
    }
    for name, function in functions.items():
        cases.add(name, function, input=3 * x.detach())
    cases.add("log", torch.log, input=cases.positive(2, 3, 4, 5))
    cases.add("sqrt", torch.sqrt, input=cases.positive(2, 3, 4, 5))
    cases.add("prelu.channel", F.prelu, input=x.detach().clone(), weight=cases.normal(3))
    cases.add("prelu.shared", F.prelu, input=x.detach().clone(), weight=cases.normal(1))


def add_dense(cases):
    """Linear layers, matrix products, softmax and the cross-entropy (mean over the batch)."""
    cases.add("linear.bias", F.linear, input=cases.normal(3, 5), weight=cases.normal(4, 5), bias=cases.normal(4))
    cases.add("linear.nobias", F.linear, input=cases.normal(3, 5), weight=cases.normal(4, 5))
    cases.add(
        "flatten_linear",
        lambda input, weight, bias: F.linear(input.flatten(1), weight, bias),
        input=cases.normal(2, 3, 4, 5),
        weight=cases.normal(4, 60),
        bias=cases.normal(4),
    )
    cases.add("matmul", lambda a, b: a @ b, a=cases.normal(3, 5), b=cases.normal(5, 4))
    cases.add("softmax", lambda input: F.softmax(input, -1), input=4 * cases.normal(3, 7))
    cases.add("log_softmax", lambda input: F.log_softmax(input, -1), input=4 * cases.normal(3, 7))
    large = cases.normal(2, 5) + torch.tensor([[1000.0], [-1000.0]], dtype=torch.float64)
    cases.add("softmax.large", lambda input: F.softmax(input, -1), input=large.clone())
    cases.add("log_softmax.large", lambda input: F.log_softmax(input, -1), input=large.clone())
    labels = torch.tensor([6, 0, 2])
    cases.add("cross_entropy.mean", lambda input: F.cross_entropy(input, labels), input=3 * cases.normal(3, 7))
    cases.tensors["cross_entropy.mean.labels"] = labels


def make_network(name, model, seed):
    """Writes one network: parameters, logits, gradients of the logits and of the loss."""
    generator = torch.Generator().manual_seed(1000 + seed)
    x = torch.rand((2, 3, 16, 16), generator=generator, dtype=torch.float64)
    model = initialise(model.double(), seed, x)
    tensors = {f"state.{key}": value for key, value in model.state_dict().items()}

    def logit(pictures, labels):
        return model(pictures).gather(1, labels.view(-1, 1)).sum()

    x.requires_grad_()
    logits = model(x)
    loss = F.cross_entropy(logits, LABELS)
    names, parameters = zip(*model.named_parameters())
    loss_gradients = torch.autograd.grad(loss, [x, *parameters])
    tensors |= {
        "input": channels_last(x),
        "labels": LABELS,
        "logits": logits,
        "logit_gradient": channels_last(torch.autograd.grad(logit(x, LABELS), x)[0]),
        "loss": loss,
        "loss_gradient": channels_last(loss_gradients[0]),
    }
    tensors |= {f"loss_gradient.{key}": value for key, value in zip(names, loss_gradients[1:])}

    # The Hessian of the loss times a vector: a gradient of a gradient.
    vector = torch.randn(x.shape, generator=generator, dtype=torch.float64)
    gradient = torch.autograd.grad(F.cross_entropy(model(x), LABELS), x, create_graph=True)[0]
    tensors["vector"] = channels_last(vector)
    tensors["hessian_vector"] = channels_last(torch.autograd.grad((gradient * vector).sum(), x)[0])

    # Integrated Gradients from black, Gauss-Legendre.
    total = torch.zeros_like(x)
    for node, weight in zip(*np.polynomial.legendre.leggauss(STEPS)):
        point = (x.detach() * (1 + node) / 2).requires_grad_()
        total = total + weight / 2 * torch.autograd.grad(logit(point, LABELS), point)[0]
    tensors["integrated_gradients"] = channels_last(total * x)
    save_safetensors(FOLDER / f"{name}.safetensors", tensors)


def main():
    cases = OpCases(seed=5)
    add_convolutions(cases)
    add_batch_norms(cases)
    add_poolings(cases)
    add_activations(cases)
    add_dense(cases)
    save_safetensors(FOLDER / "ops.safetensors", cases.tensors)
    networks = {"residual": ResidualNet, "reused": ReusedNet, "functional": FunctionalNet, "smooth": SmoothNet}
    for seed, (name, network) in enumerate(networks.items()):
        make_network(name, network(), seed)


if __name__ == "__main__":
    main()
