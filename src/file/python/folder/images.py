"""The images of the training: as they were read, and as batches of tensors."""

import csv
import pathlib
import zlib

import numpy as np
import torch

import chance
from augment import augmented

FOLDER = pathlib.Path(__file__).parent


class Images:
    """Images, their splits and their targets; read from disk when they are needed."""

    def __init__(self, settings, folder=FOLDER):
        self.settings = settings
        with open(folder / "images.csv", newline="", encoding="utf-8") as file:
            rows = list(csv.DictReader(file))
        self.names = [row["name"] for row in rows]
        self.splits = [row["split"] for row in rows]
        self.sums = [int(row["crc32"], 16) for row in rows]
        self.labels = torch.tensor([int(row["label"] or -1) for row in rows])
        columns = [name for name in (rows[0] if rows else {}) if name.startswith("number ")]
        self.numbers = torch.tensor([[float(row[name]) for name in columns] for row in rows], dtype=torch.float32)
        self.pixels = np.load(folder / "images.npy", mmap_mode="r")
        self.frames = np.load(folder / "frames.npy")
        self.targets = self.target_frames = None
        if (folder / "targets.npy").exists():
            self.targets = np.load(folder / "targets.npy", mmap_mode="r")
            self.target_frames = np.load(folder / "target_frames.npy")

    def of(self, split):
        return [index for index, found in enumerate(self.splits) if found == split]

    def damaged(self):
        """The names of images whose pixels are not those that were written."""
        sums = (zlib.crc32(pixels.tobytes()) for pixels in self.pixels)
        return [name for name, wanted, found in zip(self.names, self.sums, sums) if wanted != found]

    def class_weights(self):
        """The weight of an image of each class, so that all classes count alike; None if all images do."""
        if not self.settings["balanced"] or self.labels.min() < 0:
            return None
        training = self.labels[self.of("train")]
        counts = torch.bincount(training, minlength=int(self.labels.max()) + 1)
        return len(training) / ((counts > 0).sum() * counts).clamp(min=1).float()

    def batch(self, indices, seed=None):
        """Inputs [N, C, H, W], targets and mask of these images; with a seed changed at random, as for training."""
        x = self.pixels[indices].astype(np.float32) * np.float32(1 / 255)
        paired = self.targets is not None and self.settings["task"] == "image-to-image"
        y = self.targets[indices].astype(np.float32) * np.float32(1 / 255) if paired else None
        augment = self.settings["augment"]
        if seed is not None and any(value not in (0, "none") for value in augment.values()):
            for at, index in enumerate(indices):
                frame = self.target_frames[index] if paired else None
                stream = chance.Stream(seed, chance.AUGMENT, index)
                x[at], changed = augmented(x[at], self.frames[index], augment, stream, y[at] if paired else None, frame)
                if paired:
                    y[at] = changed
        clean = x
        if seed is not None and self.settings["denoise"]:
            keys = [chance.key_of(seed, chance.DENOISE, index) for index in indices]
            drawn = chance.noise(chance.words(keys, 0, x[0].size)).reshape(x.shape)
            x = x + np.float32(self.settings["denoise"]) * drawn
        target, mask = self.target(indices, clean, y)
        return planes(x), target, mask

    def target(self, indices, x, y):
        task = self.settings["task"]
        if task == "classifier":
            return self.labels[indices], None
        if task == "regressor":
            return self.numbers[indices], None
        picture, frames = (x, self.frames) if task == "autoencoder" else (y, self.target_frames)
        return planes(picture), mask(picture.shape, frames[indices])


def planes(pictures):
    """[N, H, W, C] to [N, C, H, W]."""
    return torch.from_numpy(np.ascontiguousarray(pictures.transpose(0, 3, 1, 2)))


def mask(shape, frames):
    """1 where a picture is, and 0 on the padding around it, [N, 1, H, W]."""
    inside = torch.zeros(shape[0], 1, shape[1], shape[2])
    for one, (left, top, width, height) in zip(inside, frames.tolist()):
        one[:, top : top + height, left : left + width] = 1
    return inside
