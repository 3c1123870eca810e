"""Numbers of scikit-learn for tests/suite/maps.rs, written to maps.json beside this file.

pip install scikit-learn==1.9.0 (any version gives the same figures), then: python tests/oracle/maps.py
"""

import json
import pathlib

import numpy
from sklearn.manifold import trustworthiness
from sklearn.neighbors import KNeighborsClassifier, NearestNeighbors

from lcg import lcg

K = 10


def numbers(shape, seed):
    return numpy.array(lcg(int(numpy.prod(shape)), seed)).reshape(shape)


def near(points):
    return NearestNeighbors(n_neighbors=K).fit(points).kneighbors(return_distance=False)


def label_accuracy(points, labels):
    """Each point by its neighbours, itself left out: the most frequent label, the smallest of equals."""
    predicted = [numpy.bincount(labels[row]).argmax() for row in near(points)]
    classifier = KNeighborsClassifier(K).fit(points, labels)
    assert (classifier.predict(None) == predicted).all()
    return float((predicted == labels).mean())


def cases():
    for seed, (n, length, noise, classes) in enumerate([(400, 8, 0.3, 5), (250, 20, 1.0, 3), (60, 3, 0.0, 2)]):
        points = numbers((n, length), seed)
        labels = numpy.arange(n) % classes
        points[:, 0] += labels * 0.75
        place = points[:, :2] + noise * numbers((n, 2), seed + 50)
        kept = [len(set(a) & set(b)) / K for a, b in zip(near(points), near(place))]
        yield {
            "seed": seed, "n": n, "length": length, "noise": noise, "classes": classes,
            "trustworthiness": float(trustworthiness(points, place, n_neighbors=K)),
            "continuity": float(trustworthiness(place, points, n_neighbors=K)),
            "kept": float(numpy.mean(kept)),
            "label_accuracy": label_accuracy(place, labels),
        }


if __name__ == "__main__":
    path = pathlib.Path(__file__).with_name("maps.json")
    path.write_text("[\n" + ",\n".join(json.dumps(case) for case in cases()) + "\n]\n")
