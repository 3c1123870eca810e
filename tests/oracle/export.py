"""Exports of every preset in other runtimes: onnxruntime on fifty images of odd sizes, ONNX's own reference on a few of
them, and OpenVINO on as many where it is installed.

    python tests/oracle/export.py [PRESET ...]        (needs onnx, onnxruntime, pillow; tried with 1.23, 1.32, 13)
    pip install openvino                              (tried with 2026.4)

Builds the program and examples/use_model.rs, trains every preset for a moment on a built-in set, exports it in both forms,
and runs it: uint8 images of any size, and floats of the network's own size. Each file must pass ONNX's full check, and each
value be within 1e-5 of ours (of the largest value, where that is greater than 1). The encoder and the decoder of an
autoencoder, one after the other, must give what the whole gives. ONNX files of other programs are opened and exported
again. With a folder in the variable TARGET (target/debug unless it is set) nothing is built.
"""

import json
import os
import pathlib
import subprocess
import sys
import tempfile

import numpy as np
import onnx
import onnxruntime
from onnx.reference import ReferenceEvaluator
from PIL import Image

try:
    import openvino
except ImportError:
    openvino = None

ROOT = pathlib.Path(__file__).resolve().parents[2]
TARGET = pathlib.Path(os.environ.get("TARGET", ROOT / "target/debug"))
IMAGES, FEW = 50, 5
TOLERANCE = 1e-5
LETTERS = ["input-directory=toy:letters", "limit=104"]
# What each is trained on; "columns" are refused.
PRESETS = {
    "classifier-mlp": [],
    "classifier-cnn": ["resize=crop", "scaling=standard"],
    "autoencoder": ["background=#204060"],
    "autoencoder-dense": ["resize=stretch"],
    "autoencoder-local": [],
    "unet": ["input-directory=toy:blurred"],
    "manifold": [],
    "graph": [],
    "letters": LETTERS,
    "letters-sparse": LETTERS,
}
IMPORTED = ["plain", "residual", "mobile", "paint", "vector", "wide", "hand", "pooled"]


def run(*arguments, **options):
    return subprocess.run([str(argument) for argument in arguments], check=True, capture_output=True, text=True, **options)


def by_onnxruntime(path):
    session = onnxruntime.InferenceSession(path, providers=["CPUExecutionProvider"])
    return lambda names, feeds: session.run(names, feeds)


def by_reference(path):
    evaluator = ReferenceEvaluator(str(path))
    return lambda names, feeds: evaluator.run(names, feeds)


def by_openvino(path):
    model = openvino.Core().compile_model(path, "CPU", {"INFERENCE_PRECISION_HINT": "f32"})
    return lambda names, feeds: [np.array(model(feeds)[name]) for name in names]


# How each opens a file, and the number of images that it is asked about.
RUNTIMES = {"onnxruntime": (by_onnxruntime, IMAGES), "reference": (by_reference, FEW)}
# Its doubles have 32 bits, too few for sums that are rounded to bytes.
OF_FLOATS = {"openvino": (by_openvino, FEW)} if openvino else {}


def crops(model):
    """Whether a file cuts pictures by negative margins, which the operator has but not the reference."""
    numbers = {constant.name: onnx.numpy_helper.to_array(constant) for constant in model.graph.initializer}
    pads = [numbers[node.input[1]] for node in model.graph.node if node.op_type == "Pad" and node.input[1] in numbers]
    return any((margins < 0).any() for margins in pads)


class Exported:
    """A file that has passed ONNX's full check, in every runtime."""

    def __init__(self, path, takes_bytes=False):
        model = onnx.load(path)
        onnx.checker.check_model(model, full_check=True)
        assert {opset.domain for opset in model.opset_import} == {""} and model.opset_import[0].version == 18
        self.facts = {entry.key: entry.value for entry in model.metadata_props}
        sides = lambda output: [dim.dim_value for dim in output.type.tensor_type.shape.dim]
        self.shapes = {output.name: sides(output) for output in model.graph.output}
        self.port = model.graph.input[0].name
        runtimes = RUNTIMES if takes_bytes else RUNTIMES | OF_FLOATS
        chosen = [name for name in runtimes if name != "reference" or not crops(model)]
        self.runtimes = {name: (runtimes[name][0](path), runtimes[name][1]) for name in chosen}
        self.worst = dict.fromkeys(chosen, 0.0)

    def answers(self, x):
        """The named outputs for all of x at once, by onnxruntime."""
        return dict(zip(self.shapes, self.runtimes["onnxruntime"][0](list(self.shapes), {self.port: x})))

    def compare(self, inputs, expected):
        """Answers to one input at a time, `[1, ...]` each; `expected` has the rows of each named output."""
        for runtime, (run_file, images) in self.runtimes.items():
            for at, x in enumerate(inputs[:images]):
                for values, wanted in zip(run_file(list(expected), {self.port: x}), expected.values()):
                    self.worst[runtime] = max(self.worst[runtime], off(values, wanted[at : at + 1]))


def pictures(folder, channels, rng):
    """Images of odd sizes, of smooth and of sharp shapes; returns them in the order of their names."""
    folder.mkdir()
    found = []
    for index in range(IMAGES):
        width, height = (int(2 * side + 1) for side in rng.integers(1, 90, 2))
        small = rng.integers(0, 256, (3 + index % 5, 2 + index % 7, 3), dtype=np.uint8)
        image = Image.fromarray(small).resize((width, height), Image.BICUBIC if index % 3 else Image.NEAREST)
        image = image.convert("L" if channels == 1 else "RGB")
        image.save(folder / f"{index:03}.png")
        found.append(np.asarray(image).reshape(height, width, channels))
    return found


def ours(model, folder, shape, outputs, *rest):
    """Inputs [C, H, W] and last values of each image, by examples/use_model.rs."""
    out = folder.with_suffix(".raw")
    run(TARGET / "examples/use_model", model, folder, out, *rest)
    values = np.fromfile(out, np.float32).reshape(IMAGES, -1)
    height, width, channels = shape
    x = values[:, : height * width * channels].reshape(-1, height, width, channels).transpose(0, 3, 1, 2)
    y = values[:, height * width * channels :]
    assert y.shape[1] == outputs or outputs is None, (y.shape, outputs)
    return np.ascontiguousarray(x), y


def wanted(y, facts, shapes):
    """The named outputs that belong to our last values."""
    task, bce = facts["task"], facts["loss"] == "bce"
    seen = 1 / (1 + np.exp(-y.astype(np.float64))) if bce else y
    softmax = lambda z: np.exp(z - z.max(1, keepdims=True)) / np.exp(z - z.max(1, keepdims=True)).sum(1, keepdims=True)
    if task == "classifier":
        return {"logits": y, "probabilities": softmax(y)}
    if task == "regressor":
        return {"numbers": seen}
    _, channels, height, width = shapes["image"]
    picture = seen[:, : channels * height * width].reshape(-1, height, width, channels).transpose(0, 3, 1, 2)
    if task.startswith("make-"):
        return {"image": picture, "letter": softmax(y[:, -26:])}
    return {"image": picture}


def off(got, expected):
    assert got.shape == expected.shape, (got.shape, expected.shape)
    assert np.isfinite(got).all()
    return float(np.abs(got - expected).max() / max(1.0, np.abs(expected).max()))


def told(files):
    return " ".join(f"{form}: " + ", ".join(f"{name} {worst:.1e}" for name, worst in file.worst.items()) for form, file in files.items())


def check(name, model, folder, rng, *part):
    """Compares both forms of one network; returns the largest difference."""
    paths = {form: folder / f"{name}-{form}.onnx" for form in ["tensor", "bytes"]}
    for form, path in paths.items():
        run(TARGET / "neurarium", "export", model, path, f"input={form}", *(f"part={one}" for one in part))
    files = {form: Exported(path, form == "bytes") for form, path in paths.items()}
    tensor = files["tensor"]
    size = json.loads(tensor.facts["preprocessing"])
    shape = [size[side] for side in ["height", "width", "channels"]]
    images = pictures(folder / f"{name}-images", shape[2], rng)
    x, y = ours(model, folder / f"{name}-images", shape, None, *part)
    expected = wanted(y, tensor.facts, tensor.shapes)
    tensor.compare(np.split(x, IMAGES), expected)
    files["bytes"].compare([image[None] for image in images], expected)
    # All images of one size at once are what they are one by one.
    together = tensor.answers(x)
    worst = max(off(together[output], values) for output, values in expected.items())
    spread = max(float(np.abs(values - values[:1]).max()) for values in expected.values())
    assert spread > 1e-4, f"{name}: answers that are all alike prove nothing"
    if "code" in tensor.shapes:
        for half in ["encoder", "decoder"]:
            run(TARGET / "neurarium", "export", model, folder / f"{name}-{half}.onnx", f"part={half}")
            files[half] = Exported(folder / f"{name}-{half}.onnx")
        files["encoder"].compare(np.split(x, IMAGES), {"code": together["code"]})
        files["decoder"].compare(np.split(together["code"], IMAGES), {"image": expected["image"]})
    kilobytes = " and ".join(str(path.stat().st_size // 1024) for path in paths.values())
    print(f"{name:22} {tensor.facts['task']:15} {told(files)} ({kilobytes} KB)", flush=True)
    return max(worst, *(worst for file in files.values() for worst in file.worst.values()))


def check_import(name, folder, rng):
    """A file of another program, opened and exported again."""
    source = ROOT / f"tests/oracle/onnx/{name}.onnx"
    again = folder / f"{name}-again.onnx"
    run(TARGET / "neurarium", "export", source, again, cwd=folder)
    first, second = onnxruntime.InferenceSession(source, providers=["CPUExecutionProvider"]), Exported(again)
    port = first.get_inputs()[0]
    count, channels, height, width = port.shape  # some are made for two images at a time
    x = rng.random((IMAGES, channels, height, width), dtype=np.float32)
    parts = np.split(x, IMAGES // count) if isinstance(count, int) else [x]
    expected = np.concatenate([first.run(None, {port.name: part})[0] for part in parts])
    is_share = expected.ndim == 2 and np.allclose(expected.sum(1), 1, atol=1e-3)
    output = "image" if "image" in second.shapes else "probabilities" if is_share else "logits"
    second.compare(np.split(x, IMAGES), {output: expected})
    print(f"{name:22} imported        {told({'tensor': second})}", flush=True)
    return max(second.worst.values())


def main():
    if "TARGET" not in os.environ:
        run("cargo", "build", "--locked", "--bin", "neurarium", "--example", "use_model", cwd=ROOT)
    chosen = sys.argv[1:] or [*PRESETS, *IMPORTED]
    worst = 0.0
    with tempfile.TemporaryDirectory() as place:
        folder = pathlib.Path(place)
        rng = np.random.default_rng(1)
        for name in chosen:
            if name in IMPORTED:
                worst = max(worst, check_import(name, folder, rng))
                continue
            settings = {"input-directory": "toy:shapes", "limit": "160", "epochs": "1"}
            settings |= dict(pair.split("=", 1) for pair in PRESETS[name])
            run(TARGET / "neurarium", "train", f"model={name}", *(f"{key}={value}" for key, value in settings.items()),
                f"model-directory={folder}", f"output-directory={folder / 'painted'}", cwd=folder)
            model = folder / f"{name}.safetensors"
            worst = max(worst, check(name, model, folder, rng))
            if name.startswith("letters"):
                worst = max(worst, check(f"{name}-partner", model, folder, rng, "partner"))
    if not openvino:
        print("OpenVINO is not installed and was left out")
    print(f"largest difference {worst:.1e}")
    assert worst < TOLERANCE


main()
