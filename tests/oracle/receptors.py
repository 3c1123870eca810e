"""Logistic regression on the receptors of spiking columns: the figures that stand beside theirs in the README.

A receptor of a pixel is on where the pixel is at least 192, 128, 64 or 1: 4 x width x height inputs of 0 and 1.

pip install scikit-learn==1.9.1 pillow==13.0.0, then: python tests/oracle/receptors.py FOLDER
FOLDER holds the four files of MNIST or of a set like it, or a folder for each class, whose last fifth is then the test.
"""

import gzip
import pathlib
import sys

import numpy
from PIL import Image, ImageOps
from sklearn.linear_model import LogisticRegression

SIDE = 28
FILTERS = [192, 128, 64, 1]


def idx(folder, part, kind, header):
    (path,) = folder.glob(f"{part}-{kind}*")
    data = gzip.open(path).read() if path.suffix == ".gz" else path.read_bytes()
    return numpy.frombuffer(data, numpy.uint8, offset=header)


def photographs(folder):
    train, test = [], []
    for number, part in enumerate(sorted(path for path in folder.iterdir() if path.is_dir())):
        files = sorted(part.iterdir(), key=lambda path: path.name)
        held_out = len(files) - round(len(files) / 5)
        for place, path in enumerate(files):
            image = ImageOps.exif_transpose(Image.open(path)).convert("L").resize((SIDE, SIDE), Image.Resampling.BOX)
            (train if place < held_out else test).append((numpy.asarray(image).reshape(-1), number))
    return [tuple(map(numpy.array, zip(*examples))) for examples in (train, test)]


def receptors(images):
    return numpy.concatenate([images >= threshold for threshold in FILTERS], axis=1).astype(numpy.float32)


folder = pathlib.Path(sys.argv[1])
if any(folder.glob("train-images*")):
    read = lambda part: (idx(folder, part, "images", 16).reshape(-1, SIDE * SIDE), idx(folder, part, "labels", 8))
    (x, y), (x_test, y_test) = read("train"), read("t10k")
else:
    (x, y), (x_test, y_test) = photographs(folder)
for penalty in [0.1, 0.01, 0.001]:
    model = LogisticRegression(C=penalty, max_iter=300, tol=1e-3).fit(receptors(x), y)
    print(f"C={penalty}: {model.score(receptors(x_test), y_test):.4f} on {len(y_test)} images", flush=True)
