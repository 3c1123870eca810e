"""Numbers of scikit-image, scikit-learn and SciPy for tests/suite/metrics.rs, written to metrics.json beside this file.

pip install scikit-image scikit-learn scipy, then: python tests/oracle/metrics.py
"""

import json
import pathlib

import numpy
from scipy.stats import binomtest, norm
from skimage.metrics import peak_signal_noise_ratio, structural_similarity
from sklearn.metrics import accuracy_score, confusion_matrix, f1_score, precision_recall_fscore_support

from lcg import lcg


def numbers(length, seed):
    return numpy.array(lcg(length, seed))


def picture(width, height, channels, noise, seed):
    """Two pictures in 0..=1, [height, width, channels]: bytes, and bytes with `noise` of the random numbers added."""
    y, x, c = numpy.meshgrid(range(height), range(width), range(channels), indexing="ij")
    first = (x * 9 + y * 5 + c * 40 + (x // 3 + y // 4) % 2 * 60) % 256
    second = first + numpy.floor(noise * numbers(first.size, seed).reshape(first.shape))
    return first / 255, numpy.clip(second, 0, 255) / 255


def pictures():
    cases = [(28, 28, 1, 0), (28, 28, 1, 40), (16, 11, 3, 90), (64, 48, 3, 20), (13, 11, 1, 60), (12, 40, 1, 200)]
    for seed, (width, height, channels, noise) in enumerate(cases):
        a, b = picture(width, height, channels, noise, seed)
        window = {"gaussian_weights": True, "sigma": 1.5, "use_sample_covariance": False}
        with_channels = {} if channels == 1 else {"channel_axis": 2}
        a, b = (a[..., 0], b[..., 0]) if channels == 1 else (a, b)
        ssim = structural_similarity(a, b, data_range=1.0, **window, **with_channels)
        psnr = float(peak_signal_noise_ratio(a, b, data_range=1.0)) if noise else 100.0
        shape = {"width": width, "height": height, "channels": channels}
        yield {"shape": shape, "noise": noise, "seed": seed, "ssim": float(ssim), "psnr": psnr}


def classes():
    for seed, count, examples, noise in [(1, 3, 60, 1.0), (2, 10, 500, 0.4), (3, 5, 12, 2.0)]:
        truth = numpy.floor((numbers(examples, seed) / 2 + 0.5) * count).astype(int)
        guess = numpy.floor((numbers(examples, seed + 50) / 2 + 0.5) * count).astype(int)
        named = numpy.where(numbers(examples, seed + 99) < noise - 1, guess, truth)
        labels = range(count)
        precision, recall, f1, _ = precision_recall_fscore_support(truth, named, labels=labels, zero_division=numpy.nan)
        none = lambda values: [None if numpy.isnan(value) else float(value) for value in values]
        occurring = sorted(set(truth) | set(named))
        yield {
            "classes": count, "truth": truth.tolist(), "named": named.tolist(),
            "confusion": confusion_matrix(truth, named, labels=labels).ravel().tolist(),
            "precision": none(precision), "recall": none(recall),
            "f1": none([f if label in occurring else numpy.nan for label, f in enumerate(f1)]),
            "macro_f1": float(f1_score(truth, named, labels=occurring, average="macro", zero_division=0)),
            "accuracy": float(accuracy_score(truth, named)),
        }


def shares():
    for right, examples in [(0, 10), (10, 10), (1, 2), (95, 100), (9870, 10000), (3, 7)]:
        ends = binomtest(right, examples).proportion_ci(0.95, method="wilson")
        yield {"right": right, "examples": examples, "low": float(ends.low), "high": float(ends.high)}


def means():
    for values in [[1.0, 2.0, 4.0], [0.5] * 4, [20.1, 25.3, 19.8, 22.2, 30.0]]:
        reach = norm.ppf(0.975) * numpy.std(values, ddof=1) / len(values) ** 0.5
        yield {"values": values, "low": float(numpy.mean(values) - reach), "high": float(numpy.mean(values) + reach)}


found = {"pictures": list(pictures()), "classes": list(classes()), "shares": list(shares()), "means": list(means())}
file = pathlib.Path(__file__).with_name("metrics.json")
file.write_text("{\n" + ",\n".join(f'"{key}": [\n' + ",\n".join(json.dumps(case) for case in cases) + "\n]" for key, cases in found.items()) + "\n}\n")
