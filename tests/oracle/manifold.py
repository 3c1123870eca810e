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
    {"width": 6, "height": 5, "hidden": 8, "outputs": 3, "squared": False, "bumps": 1, "edges": "curve",
     "widths": [7.0, 2.0], "centres": 3.0, "sequence": "rows", "feedback": 4, "neuron": "plain"},
    {"width": 6, "height": 5, "hidden": 8, "outputs": 3, "squared": False, "bumps": 1, "edges": "curve",
     "widths": [7.0, 2.0], "centres": 3.0, "sequence": "rows", "feedback": 0, "neuron": "gated"},
    {"width": 6, "height": 5, "hidden": 7, "outputs": 3, "squared": True, "bumps": 2, "edges": "scaled",
     "widths": [7.0, 2.0], "centres": 3.0, "sequence": "rows", "feedback": 2, "neuron": "gated"},
]  # fmt: skip


def sizes(case):
    """Inputs of a step, hidden neurons, outputs with those that are fed back."""
    feedback = case.get("feedback", 0)
    rows = 1 if case.get("sequence") == "rows" else case["height"]
    return case["width"] * rows + feedback, case["hidden"], case["outputs"] + feedback


def strengths(case, tensors):
    alpha, beta, gamma, period, phi, sigma, mu, kappa = tensors[:8]
    inputs, hidden, outputs = sizes(case)
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
    if case["edges"] == "scaled":
        scale = torch.ones_like(d)
        scale[legal] = tensors[-1]
        strength = strength * scale
    return strength


def forward(case, tensors, x):
    inputs, hidden, outputs = sizes(case)
    feedback = case.get("feedback", 0)
    strength = strengths(case, tensors)
    weight, bias = (tensor.reshape(-1, inputs + hidden) for tensor in tensors[8:10])
    zeros = [torch.zeros(len(x), dtype=x.dtype)] * max(hidden, outputs)
    y, state, z = zeros, zeros, zeros
    for part in x.split(inputs - feedback, 1):
        values = list(part.T) + [torch.tanh(z[k]) for k in range(feedback)]
        before, y, z = y, [], []

        def sum_of(row, gate, leak):
            sources = len(values)
            u = torch.stack([weight[gate, s] * values[s] + bias[gate, s] for s in range(sources)])
            return strength[row, :sources] @ torch.nn.functional.leaky_relu(u, leak)

        states = []
        for row in range(hidden):
            if case.get("neuron") == "gated":
                recurrent, gate = (tensor.reshape(4, hidden)[:, row] for tensor in tensors[10:12])
                g, i, f, o = (sum_of(row, k, 0.2) + recurrent[k] * before[row] + gate[k] for k in range(4))
                states.append(torch.sigmoid(f + 1) * state[row] + torch.sigmoid(i) * torch.tanh(g))
                y.append(torch.sigmoid(o) * torch.tanh(states[-1]))
            else:
                y.append(sum_of(row, 0, 0.2))
            values.append(y[-1])
        state = states
        z = [sum_of(row, 0, 1.0) for row in range(hidden, hidden + outputs)]
    if case["squared"]:
        z = [value**2 for value in z]
    return torch.stack(y + z, 1)


def main():
    cases = []
    for case in CASES:
        inputs, hidden, outputs = sizes(case)
        rows, sources = hidden + outputs, inputs + hidden
        cells = hidden * inputs + hidden * (hidden - 1) // 2 + outputs * sources
        curve = rows * case["bumps"]
        gates = 4 if case.get("neuron") == "gated" else 1
        shapes = [(curve, 5.0, 1.0), (curve, 0.0, 0.3), (curve, 0.0, 0.5), (curve, 0.0, 0.5), (curve, 1.5, 0.5),
                  (curve, *case["widths"]), (curve, 0.0, case["centres"]), (1, -1.5, 0.0),
                  (gates * sources, 0.0, 1.0), (gates * sources, 0.0, 1.0)]  # fmt: skip
        if gates == 4:
            shapes += [(gates * hidden, 0.0, 0.5)] * 2
        if case["edges"] == "scaled":
            shapes.append((cells, 1.0, 0.5))
        tensors = []
        for k, (length, mean, deviation) in enumerate(shapes):
            values = mean + deviation * numbers(length, k + 1)
            values = values.float().double()
            if k < 7:
                values = values.reshape(rows, case["bumps"])
            tensors.append(values.requires_grad_())
        x = numbers(EXAMPLES * case["width"] * case["height"], 101).reshape(EXAMPLES, -1)
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
