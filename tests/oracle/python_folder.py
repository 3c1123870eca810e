"""Folders that go on in PyTorch, against the next steps of the run that they came from.

    python tests/oracle/python_folder.py [NAME ...]        (needs torch, safetensors, numpy; tried with 2.15, 0.8, 2.4)

Trains every preset on a built-in set, with other settings each, writes the folder of the first epoch's snapshot, which
read_model.py opens, opens each file of it by what it is for, runs its check.py, and lets train.py go on for 20 steps on one process and on two. Each loss must be within 1e-3 of that of our run
(of the loss itself, where that is greater than 1). With a folder in the variable TARGET (target/debug unless it is set)
nothing is built.
"""

import csv
import json
import os
import pathlib
import subprocess
import sys
import tempfile

import numpy as np
from safetensors.numpy import load_file

ROOT = pathlib.Path(__file__).resolve().parents[2]
TARGET = pathlib.Path(os.environ.get("TARGET", ROOT / "target/debug"))
STEPS, TOLERANCE = 20, 1e-3
AUGMENT = ["flip=both", "rotation=20", "shift=0.1", "zoom=0.2", "brightness=0.1", "contrast=0.2", "noise=0.05", "cutout=0.3"]
BLURRED = "input-directory=toy:blurred"
# What each is trained with.
RUNS = {
    "classifier-mlp": ["dropout=0.3", "optimizer=adamw", "weight-decay=0.05", "class-weights=balanced", "scaling=standard"],
    "classifier-cnn": ["dropout=0.2", "schedule=one-cycle", *(f"augment-{one}" for one in AUGMENT)],
    "autoencoder": ["denoise=0.1", "schedule=linear", "clip-norm=0.5"],
    "autoencoder-dense": ["optimizer=sgd", "momentum=0.9", "weight-decay=0.01", "schedule=exponential", "loss=bce"],
    "autoencoder-local": ["resize=fit", "schedule=step", "width=32", "height=32"],
    "unet": [BLURRED, "loss=l1", "augment-rotation=20", "augment-shift=0.1", "schedule=constant"],
    "graph": ["shuffle-window=1", "loss=hinge"],
}


def run(*arguments, **options):
    found = subprocess.run([str(argument) for argument in arguments], capture_output=True, text=True, **options)
    assert found.returncode == 0, f"{arguments}: {found.stdout[-2000:]}{found.stderr[-3000:]}"
    return found.stdout


# What opens a file, by the end of its name; modules are opened by check.py and train.py, which import them.
OPENERS = {
    ".json": lambda path: json.loads(path.read_text()),
    ".csv": lambda path: list(csv.DictReader(path.open(newline=""))),
    ".npy": np.load,
    ".safetensors": load_file,
    ".py": lambda path: compile(path.read_text(), path.name, "exec"),
    ".txt": lambda path: path.read_text().split(),
    ".md": lambda path: path.read_text(),
}


def open_all(folder):
    """Opens every file of a folder, none of which may be empty; returns their number."""
    paths = sorted(path for path in folder.iterdir() if path.is_file())
    for path in paths:
        assert OPENERS[path.suffix](path) is not None and path.stat().st_size, path
    csv_rows, pixels = OPENERS[".csv"](folder / "images.csv"), np.load(folder / "images.npy")
    assert len(csv_rows) == len(pixels), (len(csv_rows), pixels.shape)
    return len(paths)


def losses(text):
    """The loss of each step, by its number, from the lines of train.py."""
    rows = [line.split() for line in text.splitlines() if line.startswith("step ")]
    return {int(row[1]): float(row[3]) for row in rows}


def check(name, folder):
    settings = {"input-directory": "toy:shapes", "limit": "200", "batch-size": "16", "epochs": "4", "snapshot-interval": "1"}
    settings |= dict(pair.split("=", 1) for pair in RUNS[name])
    settings |= {"model-directory": folder / "models", "history-directory": folder / "history", "output-directory": folder / "out"}
    run(TARGET / "neurarium", "train", f"model={name}", *(f"{key}={value}" for key, value in settings.items()), cwd=folder)
    with open(folder / "history" / name / "history.csv", newline="") as file:
        ours = {int(row["step"]): float(row["loss"]) for row in csv.DictReader(file)}
    out, checkpoint = folder / f"{name}-python", folder / f"models/{name}-epoch-0001.safetensors"
    run(sys.executable, ROOT / "tests/oracle/read_model.py", checkpoint)
    run(TARGET / "neurarium", "export", checkpoint, out, "format=python", f"input-directory={settings['input-directory']}",
        cwd=folder)
    opened = open_all(out)
    told = run(sys.executable, "check.py", cwd=out).splitlines()
    worst = []
    for start in [[sys.executable], [sys.executable, "-m", "torch.distributed.run", "--nproc-per-node", "2"]]:
        theirs = losses(run(*start, "train.py", "--steps", STEPS, "--every", "1", "--device", "cpu", cwd=out))
        assert len(theirs) == STEPS and set(theirs) <= set(ours), (sorted(theirs), sorted(ours))
        worst.append(max(abs(loss - ours[step]) / max(1.0, ours[step]) for step, loss in theirs.items()))
    spread = max(ours.values()) - min(ours.values())
    print(f"{name:20} {opened} files; {told[1]}; {STEPS} steps: one process {worst[0]:.1e}, two {worst[1]:.1e} (losses spread over {spread:.2g})", flush=True)
    return max(worst)


def main():
    if "TARGET" not in os.environ:
        run("cargo", "build", "--locked", "--bin", "neurarium", cwd=ROOT)
    worst = 0.0
    with tempfile.TemporaryDirectory() as place:
        for name in sys.argv[1:] or RUNS:
            worst = max(worst, check(name, pathlib.Path(place)))
    print(f"largest difference {worst:.1e}")
    assert worst < TOLERANCE


main()
