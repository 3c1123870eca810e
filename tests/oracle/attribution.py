"""Fills attribution.json: where two small classifiers look, by PyTorch.

    python tests/oracle/attribution.py            (needs torch; made with 2.15)

Parameters are numbers of the seeds 1, 2, ... tensor by tensor times a power of two, the picture is (1 + numbers of seed
50) / 2. Maps are raw, and for Grad-CAM in the size of the picture too. tests/suite/attribution.rs builds the same
networks: `flat` ends with a dense layer, `pooled` with the mean of its maps and a dense layer.
"""

import json
import pathlib

import torch
import torch.nn.functional as F

from shared import numbers, rounded

WIDTH, HEIGHT, CHANNELS, CLASSES = 12, 10, 3, 4
FILE = pathlib.Path(__file__).parent / "attribution.json"


def parameters(pooled):
    last = 8 if pooled else (WIDTH // 2) * (HEIGHT // 2) * 8
    dims = [[6, 3, 3, CHANNELS], [6], [8, 3, 3, 6], [8], [CLASSES, last], [CLASSES]]
    scales = [0.5, 0.25, 0.5, 0.25, 0.25, 0.25]
    return [numbers(int(torch.tensor(d).prod()), seed + 1).reshape(d) * s for seed, (d, s) in enumerate(zip(dims, scales))]


def network(theta, pooled, x):
    """Scores, and the maps of both convolutions after their ReLU; x [n, channels, height, width]."""
    first = F.relu(F.conv2d(x, theta[0].permute(0, 3, 1, 2), theta[1], padding=1))
    second = F.relu(F.conv2d(F.max_pool2d(first, 2), theta[2].permute(0, 3, 1, 2), theta[3], padding=1))
    flat = second.mean((2, 3)) if pooled else second.permute(0, 2, 3, 1).flatten(1)
    return F.linear(flat, theta[4], theta[5]), first, second


def grad_cam(theta, pooled, x, which, label):
    scores, *maps = network(theta, pooled, x.clone().requires_grad_())
    (gradient,) = torch.autograd.grad(scores[0, label], maps[which])
    heat = F.relu((gradient.mean((2, 3), keepdim=True) * maps[which]).sum(1, keepdim=True))
    large = F.interpolate(heat, (HEIGHT, WIDTH), mode="bilinear", align_corners=False)
    return {"raw": rounded(heat), "large": rounded(large)}


def integrated(theta, pooled, x, label, parts):
    points = (torch.arange(parts, dtype=torch.float64) + 0.5) / parts
    way = (points.reshape(-1, 1, 1, 1) * x).requires_grad_()
    network(theta, pooled, way)[0][:, label].sum().backward()
    return rounded((x[0] * way.grad.mean(0)).sum(0))


def occlusion(theta, pooled, x, label):
    side = round(min(WIDTH, HEIGHT) / 6)
    step = max(1, side // 2)
    score = network(theta, pooled, x)[0][0, label]
    colour = x.mean((2, 3))[0].reshape(-1, 1, 1)
    sums, counts = torch.zeros(HEIGHT, WIDTH, dtype=torch.float64), torch.zeros(HEIGHT, WIDTH, dtype=torch.float64)
    for top in [*range(0, HEIGHT - side, step), HEIGHT - side]:
        for left in [*range(0, WIDTH - side, step), WIDTH - side]:
            hidden = x.clone()
            hidden[0, :, top:top + side, left:left + side] = colour
            sums[top:top + side, left:left + side] += score - network(theta, pooled, hidden)[0][0, label]
            counts[top:top + side, left:left + side] += 1
    return rounded(sums / counts)


def case(pooled):
    theta = parameters(pooled)
    x = ((1 + numbers(WIDTH * HEIGHT * CHANNELS, 50)) / 2).reshape(1, HEIGHT, WIDTH, CHANNELS).permute(0, 3, 1, 2)
    scores, _, maps = network(theta, pooled, x)
    label = 1
    found = {
        "scores": rounded(scores),
        "class": label,
        "black": float(network(theta, pooled, torch.zeros_like(x))[0][0, label]),
        "grad_cam": [grad_cam(theta, pooled, x, which, label) for which in (0, 1)],
        "integrated": {str(parts): integrated(theta, pooled, x, label, parts) for parts in (32, 96, 288, 864)},
        "occlusion": occlusion(theta, pooled, x, label),
    }
    if pooled:
        found["class_activation"] = rounded((theta[4][label].reshape(1, -1, 1, 1) * maps).sum(1))
    return found


def main():
    FILE.write_text(json.dumps({"flat": case(False), "pooled": case(True)}, separators=(",", ":")) + "\n")


if __name__ == "__main__":
    with torch.enable_grad():
        main()
