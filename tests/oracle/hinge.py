"""Writes hinge.json: the multi-class hinge loss (Crammer and Singer) by scikit-learn, and a linear support vector machine
fitted by it.

    pip install scikit-learn
    python tests/oracle/hinge.py

Made with scikit-learn 1.9.1 and Python 3.11. `value` is the sum over 3 examples of 12 classes, four times the numbers of
seed 4. The machine is fitted to 90 points of 6 numbers (seed 7) in 3 classes, point n in class n % 3, moved by 0.8 along
the axis of its class; `objective` is its mean hinge loss plus half the squared length of its weights / (90 C), and
`accuracy` that on the same points.
"""

import json
import pathlib

import numpy
from sklearn.metrics import hinge_loss
from sklearn.svm import LinearSVC

from lcg import lcg as numbers


def fitted():
    n, c = 90, 1.0
    x = numpy.array(numbers(n * 6, 7)).reshape(n, 6)
    labels = numpy.arange(n) % 3
    x[numpy.arange(n), labels] += 0.8
    machine = LinearSVC(multi_class="crammer_singer", C=c, fit_intercept=False, tol=1e-9, max_iter=1_000_000)
    machine.fit(x, labels)
    loss = hinge_loss(labels, machine.decision_function(x))
    objective = loss + (machine.coef_**2).sum() / (2 * n * c)
    return {"objective": float(objective), "accuracy": float(machine.score(x, labels))}


def main():
    y = 4 * numpy.array(numbers(36, 4)).reshape(3, 12)
    value = 3 * hinge_loss([4, 11, 0], y, labels=range(12))
    case = {"value": float(value), "machine": fitted()}
    (pathlib.Path(__file__).parent / "hinge.json").write_text(json.dumps(case, indent=1) + "\n")


main()
