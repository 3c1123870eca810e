"""Makes graph.json: what PyTorch says of small free graphs, written as matrices of the whole pool.

    python tests/oracle/graph.py        (needs torch; made with 2.15)

tests/suite/free_graph.rs computes the same from the same inputs: the parameters are numbers(length, 1), x and the weights r
of the outputs numbers(length, 101) and numbers(length, 102). Outputs z and the gradients of sum(r z) are written.
"""

import json
import pathlib

import torch

from lcg import lcg
from shared import numbers, rounded

EXAMPLES = 3

CASES = [
    {"inputs": 6, "outputs": 2, "free": 0, "steps": 1, "sources": 4},
    {"inputs": 6, "outputs": 3, "free": 7, "steps": 5, "sources": 5},
    {"inputs": 4, "outputs": 1, "free": 12, "steps": 9, "sources": 17},
]


def wiring(case):
    """For each row its sources: those with the smallest random numbers."""
    pool = case["inputs"] + case["outputs"] + case["free"]
    rows = []
    for row in range(case["outputs"] + case["free"]):
        chance = lcg(pool, 7 + row)
        rows.append(sorted(sorted(range(pool), key=lambda source: chance[source])[: case["sources"]]))
    return rows


def forward(case, rows, theta, x):
    pool = case["inputs"] + len(rows)
    weights = sum(len(row) for row in rows)
    places = torch.tensor([number * pool + source for number, row in enumerate(rows) for source in row])
    matrix = torch.zeros(len(rows) * pool, dtype=theta.dtype).index_add(0, places, theta[:weights]).reshape(-1, pool)
    v = torch.zeros(len(x), len(rows), dtype=x.dtype)
    for _ in range(case["steps"]):
        s = torch.cat([x, v], 1) @ matrix.T + theta[weights:]
        v = torch.tanh(s)
    return torch.cat([s[:, : case["outputs"]], v[:, case["outputs"] :]], 1)


def main():
    cases = []
    for case in CASES:
        rows = wiring(case)
        theta = numbers(sum(len(row) for row in rows) + len(rows), 1).requires_grad_()
        x = numbers(EXAMPLES * case["inputs"], 101).reshape(EXAMPLES, -1).requires_grad_()
        z = forward(case, rows, theta, x)
        (numbers(z.numel(), 102).reshape(z.shape) * z).sum().backward()
        cases.append(
            case | {"rows": rows, "z": rounded(z), "dx": rounded(x.grad), "dtheta": rounded(theta.grad)}
        )
    path = pathlib.Path(__file__).with_suffix(".json")
    path.write_text(json.dumps({"examples": EXAMPLES, "cases": cases}) + "\n")
    print(f"{path}: {len(cases)} cases")


main()
