"""The networks of the fixtures and of the benchmarks' peers, in PyTorch.

Every network is built from a seed alone: `initialise` draws weights that keep activations of
order one and gives each batch normalisation running statistics and affine parameters that do
something.
"""

import math

import torch
from torch import nn
from torch.nn import functional as F

CLASSES = 11
PICTURE_SIZE = 128


class FoodCNN(nn.Module):
    """The course's food classifier for N,3,128,128 pictures in [0, 1].

    `divisor` divides every width: 1 is the original (14,162,827 parameters).
    """

    # Output channels of the convolutions of each stage; a stage ends in a 2 x 2 max pooling.
    STAGES = ((128, 128, 128), (128, 128, 128), (256, 256, 256), (512,), (512,))

    def __init__(self, divisor=1, dropout=0.3):
        super().__init__()
        modules, channels = [], 3
        for stage in self.STAGES:
            for width in stage:
                width //= divisor
                modules += [nn.Conv2d(channels, width, 3, 1, 1), nn.BatchNorm2d(width), nn.ReLU()]
                channels = width
            modules.append(nn.MaxPool2d(2))
        self.cnn = nn.Sequential(*modules)
        hidden = 1024 // divisor
        self.fc = nn.Sequential(
            nn.Linear(channels * 4 * 4, hidden), nn.ReLU(), nn.Dropout(dropout), nn.Linear(hidden, CLASSES)
        )

    def forward(self, x):
        return self.fc(self.cnn(x).flatten(1))


class PReLUCNN(nn.Module):
    """The 2020 edition's classifier: blocks of convolution, batch normalisation, PReLU (one slope
    for all channels) and 2 x 2 max pooling; the last block has no batch normalisation."""

    def __init__(self, divisor=1):
        super().__init__()
        modules, channels = [], 3
        for width in (64, 128, 256, 512):
            width //= divisor
            modules += [nn.Conv2d(channels, width, 3, 1, 1), nn.BatchNorm2d(width), nn.PReLU(), nn.MaxPool2d(2)]
            channels = width
        modules += [nn.Conv2d(channels, channels, 3, 1, 1), nn.PReLU(), nn.MaxPool2d(2)]
        self.cnn = nn.Sequential(*modules)
        hidden = (1024 // divisor, 512 // divisor)
        self.fc = nn.Sequential(
            nn.Linear(channels * 4 * 4, hidden[0]),
            nn.ReLU(),
            nn.Linear(hidden[0], hidden[1]),
            nn.ReLU(),
            nn.Linear(hidden[1], CLASSES),
        )

    def forward(self, x):
        return self.fc(self.cnn(x).flatten(1))


class ResidualNet(nn.Module):
    """relu(norm1(conv1 x)) = a; relu(a + norm3(conv3 relu(norm2(conv2 a)))) = b; fc(pool b)."""

    def __init__(self):
        super().__init__()
        self.conv1 = nn.Conv2d(3, 6, 3, 1, 1)
        self.norm1 = nn.BatchNorm2d(6)
        self.conv2 = nn.Conv2d(6, 6, 3, 1, 1, bias=False)
        self.norm2 = nn.BatchNorm2d(6)
        self.conv3 = nn.Conv2d(6, 6, 3, 1, 1, bias=False)
        self.norm3 = nn.BatchNorm2d(6)
        self.fc = nn.Linear(6 * 4 * 4, 5)

    def forward(self, x):
        a = F.relu(self.norm1(self.conv1(x)))
        b = F.relu(a + self.norm3(self.conv3(F.relu(self.norm2(self.conv2(a))))))
        return self.fc(F.max_pool2d(b, 4).flatten(1))


class ReusedNet(nn.Module):
    """One ReLU, one pooling and one convolution that are each applied several times."""

    def __init__(self):
        super().__init__()
        self.stem = nn.Conv2d(3, 5, 3, 1, 1)
        self.conv = nn.Conv2d(5, 5, 3, 1, 1)
        self.relu = nn.ReLU()
        self.pool = nn.MaxPool2d(2)
        self.fc = nn.Linear(5 * 4 * 4, 5)

    def forward(self, x):
        x = self.pool(self.relu(self.stem(x)))
        x = self.relu(self.conv(x))
        x = self.pool(self.relu(self.conv(x)))
        return self.fc(x.flatten(1))


class FunctionalNet(nn.Module):
    """No modules but bare parameters: a = relu(conv(x, w1, b1)), g = sigmoid(conv(a, w2, b2, stride
    2)), h = max_pool2d(a, 2) * g, logits = linear(relu(linear(flatten h, w3, b3)), w4, b4)."""

    def __init__(self):
        super().__init__()
        shapes = {"w1": (5, 3, 5, 5), "w2": (5, 5, 3, 3), "w3": (12, 5 * 8 * 8), "w4": (5, 12)}
        for name, shape in shapes.items():
            self.register_parameter(name, nn.Parameter(torch.empty(shape)))
            self.register_parameter(name.replace("w", "b"), nn.Parameter(torch.empty(shape[0])))

    def forward(self, x):
        a = F.relu(F.conv2d(x, self.w1, self.b1, padding=2))
        gate = torch.sigmoid(F.conv2d(a, self.w2, self.b2, stride=2, padding=1))
        h = F.max_pool2d(a, 2) * gate
        return F.linear(F.relu(F.linear(h.flatten(1), self.w3, self.b3)), self.w4, self.b4)


class SmoothNet(nn.Module):
    """Smooth everywhere: softplus(norm1(conv1 x)), gelu(conv2, stride 2), tanh(conv3), the mean
    over the picture, sigmoid(fc1), fc2. No cliff, so every device must agree to its rounding."""

    def __init__(self):
        super().__init__()
        self.conv1 = nn.Conv2d(3, 6, 3, 1, 1)
        self.norm1 = nn.BatchNorm2d(6)
        self.conv2 = nn.Conv2d(6, 8, 3, 2, 1)
        self.conv3 = nn.Conv2d(8, 8, 1)
        self.fc1 = nn.Linear(8, 10)
        self.fc2 = nn.Linear(10, 5)

    def forward(self, x):
        x = F.softplus(self.norm1(self.conv1(x)))
        x = F.gelu(self.conv2(x))
        x = torch.tanh(self.conv3(x))
        return self.fc2(torch.sigmoid(self.fc1(x.mean((2, 3)))))


def initialise(model, seed, pictures, gain=1.0):
    """Draws the parameters of `model` from `seed` and returns the model in evaluation mode.

    Weights: N(0, gain^2 * 2 / fan in). Biases: N(0, 0.1^2). PReLU slopes: U(0.1, 0.4). Batch
    normalisation: weight U(0.6, 1.4), bias N(0, 0.2^2), running statistics those of `pictures`
    (a batch N,C,H,W), moved by a random third of a deviation and scaled by exp(N(0, 0.2^2)).
    """
    generator = torch.Generator().manual_seed(seed)

    def normal(tensor, deviation):
        tensor.copy_(torch.randn(tensor.shape, generator=generator) * deviation)

    def uniform(tensor, low, high):
        tensor.copy_(low + (high - low) * torch.rand(tensor.shape, generator=generator))

    norms = [module for module in model.modules() if isinstance(module, nn.BatchNorm2d)]
    slopes = {id(m.weight) for m in model.modules() if isinstance(m, nn.PReLU)}
    scales = {id(m.weight) for m in norms}
    shifts = {id(m.bias) for m in norms}
    with torch.no_grad():
        for parameter in model.parameters():
            if id(parameter) in slopes:
                uniform(parameter, 0.1, 0.4)
            elif id(parameter) in scales:
                uniform(parameter, 0.6, 1.4)
            elif id(parameter) in shifts:
                normal(parameter, 0.2)
            elif parameter.dim() == 1:
                normal(parameter, 0.1)
            else:
                normal(parameter, gain * math.sqrt(2.0 / parameter[0].numel()))
        _calibrate(model, norms, pictures)
        for norm in norms:
            step = torch.randn(norm.running_mean.shape, generator=generator) / 3
            norm.running_mean += step * norm.running_var.sqrt()
            norm.running_var *= torch.exp(0.2 * torch.randn(norm.running_var.shape, generator=generator))
    return model.eval()


def _calibrate(model, norms, pictures):
    """Sets the running statistics of `norms` to those of one batch of pictures."""
    if not norms:
        return
    momenta = [norm.momentum for norm in norms]
    for norm in norms:
        norm.momentum = 1.0
    model.train()
    model(pictures.to(next(model.parameters()).dtype))
    for norm, momentum in zip(norms, momenta):
        norm.momentum = momentum
        norm.num_batches_tracked.zero_()
