"""Checks this folder: the images, what the network makes of eight of them, and the loss of the next step.

    python check.py
"""

import json
import sys

import torch
from safetensors.torch import load_file

from images import FOLDER
from learner import Learner

MOST_OUTPUT, MOST_LOSS = 1e-4, 1e-3


def main():
    torch.manual_seed(1)
    learner = Learner()
    damaged = learner.images.damaged()
    vectors = load_file(FOLDER / "check.safetensors")
    learner.network.eval()
    with torch.no_grad():
        found = learner.network(vectors["inputs"])
    largest = vectors["outputs"].abs().max().clamp(min=1)
    output = ((found - vectors["outputs"]).abs().max() / largest).item()
    expected = json.loads((FOLDER / "check.json").read_text())
    loss = learner.step()
    difference = abs(loss - expected["loss"])
    print(f"images {len(learner.images.names)}, damaged {len(damaged)}")
    print(f"outputs of {len(found)} images, largest difference {output:.1e}")
    print(f"loss of step {expected['step']}: {loss:.7g}, expected {expected['loss']:.7g}, difference {difference:.1e}")
    # Written so that a value that is no number fails.
    holds = not damaged and output <= MOST_OUTPUT and difference <= MOST_LOSS * max(1.0, abs(expected["loss"]))
    print("this folder is as it was written" if holds else "this folder does NOT compute what was written")
    sys.exit(0 if holds else 1)


if __name__ == "__main__":
    main()
