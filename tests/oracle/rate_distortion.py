"""Rate and distortion of an autoencoder beside JPEG and WebP: the table of the README.

The code of an image is divided by a step and rounded; an ideal arithmetic coder with a table of frequencies for each
number, counted on the images trained on, would write it in the sum of -log2 p bits. Decoder and tables are not counted:
they are sent once. JPEG and WebP get the best quality whose files are no larger in the mean, or the lowest there is. All
figures are of every fifth image, which no network has seen: the mean of the PSNR of each.

pip install numpy==2.4.6 onnxruntime==1.32.0 pillow==13.0.0, then:
python tests/oracle/rate_distortion.py NEURARIUM IMAGES.zip|FOLDER [EPOCHS]
"""

import io
import pathlib
import subprocess
import sys
import tempfile
import zipfile

import numpy
import onnxruntime
from PIL import Image

SIDE = 64
HELD_OUT = 5
# In standard deviations of the numbers of all codes.
STEPS = [0.25, 0.5, 1.0, 2.0]
ENDINGS = (".png", ".jpg", ".jpeg")


def images(source):
    if source.is_dir():
        files = [path.read_bytes() for path in sorted(source.rglob("*")) if path.suffix.lower() in ENDINGS]
    else:
        with zipfile.ZipFile(source) as archive:
            files = [archive.read(name) for name in sorted(archive.namelist()) if name.lower().endswith(ENDINGS)]
    for bytes in files:
        image = Image.open(io.BytesIO(bytes)).convert("RGBA")
        ground = Image.new("RGBA", image.size, "white")
        yield Image.alpha_composite(ground, image).convert("RGB").resize((SIDE, SIDE), Image.Resampling.BOX)


def psnr(found, wanted):
    errors = numpy.mean((found - wanted) ** 2, axis=(1, 2, 3))
    return numpy.mean(-10 * numpy.log10(numpy.maximum(errors, 1e-10)))


def pixels(pictures):
    return numpy.stack([numpy.asarray(picture, numpy.float32) / 255 for picture in pictures])


def run(session, x):
    (name,) = [value.name for value in session.get_inputs()]
    return numpy.concatenate([session.run(None, {name: part})[0] for part in numpy.array_split(x, len(x) // 64 + 1)])


def bits(known, codes):
    """Bits of each of `codes` by the frequencies in `known`, [images, numbers] of integers each."""
    total = numpy.zeros(len(codes))
    for number in range(known.shape[1]):
        both = numpy.concatenate([known[:, number], codes[:, number]])
        least, most = both.min(), both.max()
        counts = numpy.bincount(known[:, number] - least, minlength=most - least + 1) + 0.5
        total -= numpy.log2(counts / counts.sum())[codes[:, number] - least]
    return total


def coded(pictures, kind, quality):
    files = []
    for picture in pictures:
        file = io.BytesIO()
        picture.save(file, kind, quality=quality, **({"method": 6} if kind == "WEBP" else {"optimize": True}))
        files.append(file)
    size = numpy.mean([len(file.getvalue()) for file in files])
    return size, psnr(pixels([Image.open(file).convert("RGB") for file in files]), pixels(pictures))


program, source = pathlib.Path(sys.argv[1]).resolve(), pathlib.Path(sys.argv[2])
epochs = sys.argv[3] if len(sys.argv) > 3 else "40"
everything = list(images(source))
test = everything[::HELD_OUT]
train = [picture for number, picture in enumerate(everything) if number % HELD_OUT]
with tempfile.TemporaryDirectory() as folder:
    folder = pathlib.Path(folder)
    for split, pictures in [("train", train), ("test", test)]:
        (folder / "data" / split).mkdir(parents=True)
        for number, picture in enumerate(pictures):
            picture.save(folder / "data" / split / f"{number:05}.png")
    call = lambda *words: subprocess.run([program, *words], check=True, cwd=folder, capture_output=True, text=True)
    size = [f"width={SIDE}", f"height={SIDE}", "channels=3"]
    done = call("train", "model=autoencoder", "input-directory=data", "validation-split=0", f"epochs={epochs}", *size)
    print(done.stdout.strip().splitlines()[-1])
    for part in ["encoder", "decoder"]:
        call("export", "models/autoencoder.safetensors", f"{part}.onnx", f"part={part}")
    encoder, decoder = (onnxruntime.InferenceSession(folder / f"{part}.onnx") for part in ["encoder", "decoder"])

x_train, x_test = (pixels(pictures).transpose(0, 3, 1, 2) for pictures in (train, test))
known, codes = run(encoder, x_train), run(encoder, x_test)
print(f"{len(train)} images trained on, {len(test)} kept out; {codes.shape[1]} numbers a code")
print(f"code as it is: {psnr(run(decoder, codes), x_test):.2f} dB")
print("| bytes of a code | PSNR | JPEG: bytes | PSNR | WebP: bytes | PSNR |")
print("|---:|---:|---:|---:|---:|---:|")
measured = {kind: [coded(test, kind, quality) for quality in range(0, 100)] for kind in ["JPEG", "WEBP"]}
for step in [step * known.std() for step in STEPS]:
    written, counted = (numpy.round(z / step).astype(int) for z in (codes, known))
    rate = numpy.mean(bits(counted, written)) / 8
    row = [f"{rate:.0f}", f"{psnr(run(decoder, (written * step).astype(numpy.float32)), x_test):.1f} dB"]
    for kind in ["JPEG", "WEBP"]:
        fitting = [found for found in measured[kind] if found[0] <= rate] or [min(measured[kind])]
        size, distortion = max(fitting, key=lambda found: found[1])
        row += [f"{size:.0f}", f"{distortion:.1f} dB"]
    print("| " + " | ".join(row) + " |", flush=True)
