"""Exports of every preset against onnxruntime, on fifty images of odd sizes.

    python tests/oracle/export.py [PRESET ...]        (needs onnx, onnxruntime, pillow; tried with 1.23, 1.30, 12)

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
from PIL import Image

ROOT = pathlib.Path(__file__).resolve().parents[2]
TARGET = pathlib.Path(os.environ.get("TARGET", ROOT / "target/debug"))
IMAGES = 50
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
IMPORTED = ["plain", "residual", "mobile"]


def run(*arguments, **options):
    return subprocess.run([str(argument) for argument in arguments], check=True, capture_output=True, text=True, **options)


def session(path):
    model = onnx.load(path)
    onnx.checker.check_model(model, full_check=True)
    assert {opset.domain for opset in model.opset_import} == {""} and model.opset_import[0].version == 18
    facts = {entry.key: entry.value for entry in model.metadata_props}
    return onnxruntime.InferenceSession(path, providers=["CPUExecutionProvider"]), facts


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


def check(name, model, folder, rng, *part):
    """Compares both forms of one network; returns the largest difference."""
    files = {form: folder / f"{name}-{form}.onnx" for form in ["tensor", "bytes"]}
    for form, path in files.items():
        run(TARGET / "neurarium", "export", model, path, f"input={form}", *(f"part={one}" for one in part))
    tensor, facts = session(files["tensor"])
    of_bytes, _ = session(files["bytes"])
    size = json.loads(facts["preprocessing"])
    shape = [size[side] for side in ["height", "width", "channels"]]
    images = pictures(folder / f"{name}-images", shape[2], rng)
    x, y = ours(model, folder / f"{name}-images", shape, None, *part)
    shapes = {output.name: [side if isinstance(side, int) else 0 for side in output.shape] for output in tensor.get_outputs()}
    expected = wanted(y, facts, shapes)
    worst = {"tensor": 0.0, "bytes": 0.0}
    for at, image in enumerate(images):
        for form, one, value in [("tensor", tensor, x[at : at + 1]), ("bytes", of_bytes, image[None])]:
            got = dict(zip(shapes, one.run(list(shapes), {"input": value})))
            for output, values in expected.items():
                worst[form] = max(worst[form], off(got[output], values[at : at + 1]))
    # All images of one size at once are what they are one by one.
    together = tensor.run(list(shapes), {"input": x})
    for output, values in expected.items():
        worst["tensor"] = max(worst["tensor"], off(together[list(shapes).index(output)], values))
    spread = max(float(np.abs(values - values[:1]).max()) for values in expected.values())
    assert spread > 1e-4, f"{name}: answers that are all alike prove nothing"
    if "code" in shapes:
        halves = [folder / f"{name}-{half}.onnx" for half in ["encoder", "decoder"]]
        for half, path in zip(["encoder", "decoder"], halves):
            run(TARGET / "neurarium", "export", model, path, f"part={half}")
        (encoder, _), (decoder, _) = session(halves[0]), session(halves[1])
        code = encoder.run(["code"], {"input": x})[0]
        worst["tensor"] = max(worst["tensor"], off(code, together[list(shapes).index("code")]))
        worst["tensor"] = max(worst["tensor"], off(decoder.run(["image"], {"code": code})[0], expected["image"]))
    kilobytes = {form: path.stat().st_size // 1024 for form, path in files.items()}
    print(f"{name:22} {facts['task']:15} " + " ".join(f"{form}: {worst[form]:.1e} ({kilobytes[form]} KB)" for form in files), flush=True)
    return max(worst.values())


def check_import(name, folder, rng):
    """A file of another program, opened and exported again."""
    source = ROOT / f"tests/oracle/onnx/{name}.onnx"
    again = folder / f"{name}-again.onnx"
    run(TARGET / "neurarium", "export", source, again)
    first = onnxruntime.InferenceSession(source, providers=["CPUExecutionProvider"])
    second, _ = session(again)
    port = first.get_inputs()[0]
    count, channels, height, width = port.shape  # some are made for two images at a time
    x = rng.random((IMAGES, channels, height, width), dtype=np.float32)
    parts = np.split(x, IMAGES // count) if isinstance(count, int) else [x]
    expected = np.concatenate([first.run(None, {port.name: part})[0] for part in parts])
    logits, shares = second.run(["logits", "probabilities"], {"input": x})
    worst = off(shares if np.allclose(expected.sum(1), 1, atol=1e-3) else logits, expected)
    print(f"{name:22} imported        {worst:.1e}", flush=True)
    return worst


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
    print(f"largest difference {worst:.1e}")
    assert worst < TOLERANCE


main()
