"""Fills presets.json: what PyTorch says of one network per preset (output, loss, gradients, five steps of Adam).

    UPDATE_EXPECT=1 cargo test presets::every_preset    writes the networks, as model files describe them
    python tests/oracle/presets.py                            adds the numbers (needs torch; made with 2.15)

Parameters are numbers of the seeds 1000, 1001, ... tensor by tensor times a power of two that stands in the file.
"""

import json
import pathlib

import torch

from shared import apply_activation, apply_layer, apply_loss, numbers, rounded, shape_len, tensor_dims

EXAMPLES, CLASSES, RATE, STEPS = 3, [2, 0, 1], 0.01, 5
FILE = pathlib.Path(__file__).parent / "presets.json"


def forward(blocks, thetas, x):
    values = [x]
    for block, theta in zip(blocks[1:], thetas[1:]):
        if block["layer"]["kind"] == "dropout":  # of rate 0
            values.append(values[block["inputs"][0]])
            continue
        z = apply_layer(block["layer"], theta, [values[index] for index in block["inputs"]])
        values.append(apply_activation(block["activation"], z))
    return values[-1]


def run(case):
    blocks, scales = case["network"]["blocks"], iter(case["scales"])
    shape = blocks[0]["layer"]["shape"]
    x = (1 + numbers(EXAMPLES * shape_len(shape), 7)) / 2
    thetas, cuts, seed = [], [], 1000
    for block in blocks:
        parts = []
        for dims in tensor_dims(block["layer"]):
            parts.append(numbers(int(torch.tensor(dims).prod()), seed) * next(scales))
            seed += 1
        thetas.append(torch.cat(parts).requires_grad_() if parts else torch.zeros(0, dtype=torch.float64))
        cuts.append([len(part) for part in parts])

    def loss():
        y = forward(blocks, thetas, x)
        if case["task"] == "classifier":
            return y, apply_loss("cross-entropy", y, torch.tensor(CLASSES), 1, len(y) // EXAMPLES) / EXAMPLES
        return y, apply_loss("mse", y, x, shape["width"] * shape["height"], shape["channels"]) / EXAMPLES

    y, first = loss()
    first.backward()
    norms = [part.norm().item() for theta, cut in zip(thetas, cuts) if cut for part in theta.grad.split(cut)]
    optimiser = torch.optim.Adam([theta for theta in thetas if len(theta)], lr=RATE)
    losses = []
    for _ in range(STEPS):
        optimiser.zero_grad()
        value = loss()[1]
        value.backward()
        optimiser.step()
        losses.append(value.item())
    return {**case, "output": rounded(y)[:24], "norms": norms, "losses": losses}


def main():
    cases = [run(case) for case in json.loads(FILE.read_text())]
    FILE.write_text("[\n" + ",\n".join(json.dumps(case, separators=(",", ":")) for case in cases) + "\n]\n")


if __name__ == "__main__":
    main()
