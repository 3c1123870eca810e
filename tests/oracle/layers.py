"""Makes layers.json: what PyTorch says of our layers, activations, losses and optimisers.

    python tests/oracle/layers.py        (needs torch; made with 2.15)

tests/suite/pytorch.rs computes the same from the same inputs. A case is described in our own words (the JSON of a model
file), its inputs are `numbers` of the seeds written below.
"""

import json
import pathlib

import torch

from shared import apply_activation, apply_layer, apply_loss, numbers, rounded, shape_len, tensor_dims

EXAMPLES = 2


def shape(width, height, channels):
    return {"width": width, "height": height, "channels": channels}


LAYERS = [
    {"kind": "dense", "input": shape(3, 2, 3), "outputs": 7},
    {"kind": "conv", "input": shape(6, 7, 3), "outputs": 5, "kernel": 3, "stride": 2, "padding": 1},
    {"kind": "conv", "input": shape(5, 4, 2), "outputs": 9, "kernel": 5, "stride": 1, "padding": 2},
    {"kind": "conv-transpose", "input": shape(3, 2, 3), "output": shape(6, 4, 2), "kernel": 4, "stride": 2, "padding": 1},
    {"kind": "conv-transpose", "input": shape(3, 2, 2), "output": shape(6, 4, 5), "kernel": 3, "stride": 2, "padding": 1},
    {"kind": "pool", "input": shape(7, 5, 2), "method": "max", "size": 3, "stride": 2},
    {"kind": "pool", "input": shape(5, 4, 3), "method": "average", "size": 2, "stride": 2},
    {"kind": "global-pool", "input": shape(3, 5, 4), "method": "max"},
    {"kind": "global-pool", "input": shape(3, 5, 4), "method": "average"},
    {"kind": "upsample", "input": shape(3, 2, 3), "factor": 2},
    {"kind": "add", "inputs": [shape(2, 3, 2)] * 3},
    {"kind": "concat", "inputs": [shape(3, 2, 1), shape(3, 2, 4)]},
    {"kind": "group-norm", "input": shape(3, 2, 6), "groups": 3},
    {"kind": "group-norm", "input": shape(4, 3, 2), "groups": 1},
    {"kind": "mix", "input": shape(4, 3, 2), "size": 3, "mix_channels": False},
    {"kind": "mix", "input": shape(4, 3, 2), "size": 3, "mix_channels": True},
    {"kind": "scale", "input": shape(4, 6, 3), "outputs": 2, "from": 2, "to": 1},
    {"kind": "scale", "input": shape(3, 2, 2), "outputs": 3, "from": 1, "to": 2},
]
ACTIVATIONS = ["linear", "relu", {"leaky-relu": {"slope": 0.25}}, "sigmoid", "tanh", "gelu", "silu"]
LOSSES = ["mse", "l1", {"huber": {"delta": 0.5}}, "bce", "cross-entropy"]


def layer_case(layer):
    """theta is of seed 1, input n of seed 10 + n, dz of seed 2."""
    theta = numbers(sum(int(torch.tensor(dims).prod()) for dims in tensor_dims(layer)), 1).requires_grad_()
    shapes = layer.get("inputs", [layer.get("input")])
    xs = [numbers(EXAMPLES * shape_len(s), 10 + n).requires_grad_() for n, s in enumerate(shapes)]
    z = apply_layer(layer, theta, xs)
    z.backward(numbers(len(z), 2))
    dtheta = rounded(theta.grad) if len(theta) else []
    return {"layer": layer, "z": rounded(z), "dx": [rounded(x.grad) for x in xs], "dtheta": dtheta}


def activation_case(activation):
    """z is six times the numbers of seed 3."""
    z = (6 * numbers(40, 3)).requires_grad_()
    y = apply_activation(activation, z)
    y.sum().backward()
    return {"activation": activation, "y": rounded(y), "slope": rounded(z.grad)}


def loss_case(loss, masked):
    """3 examples of 3 x 2 x 2: y is four times the numbers of seed 4, targets (1 + numbers of seed 5) / 2."""
    area, channels = 6, 2
    y = (4 * numbers(3 * area * channels, 4)).requires_grad_()
    classes = loss == "cross-entropy"
    target = torch.tensor([4, 11, 0]) if classes else (1 + numbers(len(y), 5)) / 2
    # Every third pixel is outside, and the whole of the last example.
    mask = torch.tensor([float(n % 3 != 0 and n < 12) for n in range(3 * area)], dtype=torch.float64) if masked else None
    value = apply_loss(loss, y, target, area, channels, mask)
    value.backward()
    return {"loss": loss, "mask": [] if mask is None else mask.tolist(), "value": value.item(), "dy": rounded(y.grad)}


def optimiser_case(method, decay, clip, make):
    """Ten steps from the numbers of seed 6; the gradient of step t has seed 100 + t; rate 0.01."""
    theta = torch.nn.Parameter(numbers(8, 6))
    optimiser = make([theta])
    path = []
    for step in range(10):
        theta.grad = numbers(8, 100 + step)
        if clip:
            torch.nn.utils.clip_grad_norm_([theta], clip)
        optimiser.step()
        path.append(rounded(theta))
    return {"method": method, "decay": decay, "clip": clip, "path": path}


def main():
    adam = {"beta1": 0.9, "beta2": 0.999, "epsilon": 1e-8}
    optim = torch.optim
    optimisers = [
        # PyTorch's decay of SGD is part of the gradient, ours is not, so they are compared without.
        optimiser_case({"sgd": {"momentum": 0.0}}, 0.0, 0.0, lambda p: optim.SGD(p, lr=0.01)),
        optimiser_case({"sgd": {"momentum": 0.9}}, 0.0, 0.5, lambda p: optim.SGD(p, lr=0.01, momentum=0.9)),
        optimiser_case({"adam": adam}, 0.0, 0.0, lambda p: optim.Adam(p, lr=0.01)),
        optimiser_case({"adam": adam}, 0.1, 0.5, lambda p: optim.Adam(p, lr=0.01, weight_decay=0.1)),
        optimiser_case({"adamw": adam}, 0.1, 0.0, lambda p: optim.AdamW(p, lr=0.01, weight_decay=0.1)),
    ]
    cases = {
        "layers": [layer_case(layer) for layer in LAYERS],
        "activations": [activation_case(activation) for activation in ACTIVATIONS],
        "losses": [loss_case(loss, masked) for loss in LOSSES for masked in (False, True) if loss != "cross-entropy" or not masked],
        "optimisers": optimisers,
    }
    lines = ",\n".join(
        f'"{name}": [\n' + ",\n".join(json.dumps(case, separators=(",", ":")) for case in group) + "\n]"
        for name, group in cases.items()
    )
    (pathlib.Path(__file__).parent / "layers.json").write_text("{\n" + lines + "\n}\n")


if __name__ == "__main__":
    main()
