"""Makes manifold.json: what PyTorch says of small manifolds, written as masked dense matrices.

    python tests/oracle/manifold.py        (needs torch; made with 2.15)

tests/suite/manifold.rs computes the same from the same inputs. Tensor number k of a case has the values
mean + deviation * numbers(length, k + 1), with mean and deviation from the case; x and the weights r of the outputs are
numbers(length, 101) and numbers(length, 102). Outputs z and the gradients of sum(r z) are written.
"""

import json
import math
import pathlib

import torch

from shared import numbers, rounded

EXAMPLES = 3

CASES = [
    {"width": 5, "height": 1, "hidden": 16, "outputs": 4, "squared": True, "bumps": 1, "edges": "curve",
     "widths": [3.3, 1.5], "centres": 2.0},
    {"width": 6, "height": 6, "hidden": 12, "outputs": 3, "squared": False, "bumps": 1, "edges": "curve",
     "widths": [9.0, 2.0], "centres": 3.0},
    {"width": 6, "height": 6, "hidden": 7, "outputs": 3, "squared": False, "bumps": 2, "edges": "scaled",
     "widths": [9.0, 2.0], "centres": 8.0},
]  # fmt: skip


def forward(case, tensors, x):
    alpha, beta, gamma, period, phi, sigma, mu, kappa, weight, bias, *own = tensors
    inputs, hidden, outputs = case["width"] * case["height"], case["hidden"], case["outputs"]
    rows = hidden + outputs
    cutoff = torch.sigmoid(kappa[0])
    r = torch.arange(rows, dtype=torch.float64)
    j = torch.arange(inputs + hidden, dtype=torch.float64)
    offset = inputs + (outputs - inputs) * r / (rows - 1)
    p = (j[None, :] - (inputs + r)[:, None] + offset[:, None])[:, :, None]
    amplitude = 2 * torch.sigmoid(alpha) - 1
    softplus = torch.nn.functional.softplus
    length = case["width"] * softplus(period) / math.log(2)
    bell = torch.exp(-((p - mu[:, None]) ** 2) / (2 * softplus(sigma)[:, None] ** 2))
    wave = 0.501 + 0.5 * torch.sin(2 * math.pi * p / length[:, None] + phi[:, None])
    d = (amplitude[:, None] * bell * (wave ** (beta + 1)[:, None] - torch.sigmoid(gamma)[:, None])).sum(2)
    legal = j[None, :] < (inputs + torch.clamp(r, max=hidden))[:, None]
    above = torch.sign(d) * (d.abs() - cutoff) / (1 - cutoff)
    strength = torch.where(legal & (d.abs() > cutoff), above, torch.zeros_like(d))
    if own:
        scale = torch.ones_like(d)
        scale[legal] = own[0]
        strength = strength * scale
    values = list(x.T)
    for row in range(rows):
        sources = inputs + min(row, hidden)
        u = torch.stack([weight[s] * values[s] + bias[s] for s in range(sources)])
        if row < hidden:
            values.append(strength[row, :sources] @ torch.nn.functional.leaky_relu(u, 0.2))
        else:
            z = strength[row, :sources] @ u
            values.append(z**2 if case["squared"] else z)
    return torch.stack(values[inputs:], 1)


def main():
    cases = []
    for case in CASES:
        inputs, hidden, outputs = case["width"] * case["height"], case["hidden"], case["outputs"]
        rows, sources = hidden + outputs, inputs + hidden
        cells = hidden * inputs + hidden * (hidden - 1) // 2 + outputs * sources
        curve = rows * case["bumps"]
        shapes = [(curve, 5.0, 1.0), (curve, 0.0, 0.3), (curve, 0.0, 0.5), (curve, 0.0, 0.5), (curve, 1.5, 0.5),
                  (curve, *case["widths"]), (curve, 0.0, case["centres"]), (1, -1.5, 0.0), (sources, 0.0, 1.0),
                  (sources, 0.0, 1.0)]  # fmt: skip
        if case["edges"] == "scaled":
            shapes.append((cells, 1.0, 0.5))
        tensors = []
        for k, (length, mean, deviation) in enumerate(shapes):
            values = mean + deviation * numbers(length, k + 1)
            values = values.float().double()
            if k < 7:
                values = values.reshape(rows, case["bumps"])
            tensors.append(values.requires_grad_())
        x = numbers(EXAMPLES * inputs, 101).reshape(EXAMPLES, inputs)
        x.requires_grad_()
        z = forward(case, tensors, x)
        weights = numbers(z.numel(), 102).reshape(z.shape)
        (weights * z).sum().backward()
        case = {name: value for name, value in case.items() if name not in ["widths", "centres"]}
        case["tensors"] = [[mean, deviation] for _, mean, deviation in shapes]
        case["z"] = rounded(z.flatten())
        case["dx"] = rounded(x.grad.flatten())
        case["gradients"] = [rounded(tensor.grad.flatten()) for tensor in tensors]
        cases.append(case)
    path = pathlib.Path(__file__).with_suffix(".json")
    path.write_text(json.dumps({"examples": EXAMPLES, "cases": cases}) + "\n")
    print(f"{path}: {len(cases)} cases")


main()
