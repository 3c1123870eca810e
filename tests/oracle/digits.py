"""The handwritten digits of scikit-learn as IDX files in tests/data/digits, for tests/suite/columns.rs.

pip install scikit-learn==1.9.1, then: python tests/oracle/digits.py
"""

import pathlib
import struct

import numpy
from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split


def write(folder, name, values):
    """An IDX file of bytes: 0, 0, the type 8, the number of dimensions, each of them, the values."""
    header = struct.pack(f">BBBB{values.ndim}I", 0, 0, 8, values.ndim, *values.shape)
    (folder / name).write_bytes(header + values.astype(numpy.uint8).tobytes())


pixels, labels = load_digits(return_X_y=True)
images = numpy.minimum(pixels.reshape(-1, 8, 8) * 16, 255)  # 0..=16 as bytes, whose quarters are 64, 128 and 192
parts = train_test_split(images, labels, test_size=400, random_state=1)
folder = pathlib.Path(__file__).parent.parent / "data" / "digits"
folder.mkdir(parents=True, exist_ok=True)
names = ["train-images-idx3", "t10k-images-idx3", "train-labels-idx1", "t10k-labels-idx1"]
for name, values in zip(names, parts):
    write(folder, f"{name}-ubyte", values)
