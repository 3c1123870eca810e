"""Makes the small ONNX files in onnx/ and onnx/outputs.json: what PyTorch says they compute.

    python tests/oracle/onnx_models.py        (needs torch, onnx, onnxscript; made with 2.15, 1.23, 0.7)

Outputs of a softmax are written as their logarithms. tests/suite/onnx.rs reads the files and computes the same from the same inputs: `numbers` of the seed beside each output.
Models that PyTorch cannot write (uneven margins) are made by hand and computed by ONNX's own reference.
"""

import json
import pathlib

import numpy as np
import onnx
import torch
from onnx import TensorProto, helper, numpy_helper
from onnx.reference import ReferenceEvaluator
from torch import nn
import torch.nn.functional as F

from shared import numbers

FOLDER = pathlib.Path(__file__).parent / "onnx"
EXAMPLES = 2


class Plain(nn.Module):
    """Conv, batch norm, pools, leaky ReLU, a flattened picture that is no square, tanh, softmax."""

    def __init__(self):
        super().__init__()
        self.features = nn.Sequential(
            nn.Conv2d(3, 8, 3, padding=1), nn.BatchNorm2d(8), nn.ReLU(), nn.MaxPool2d(2),
            nn.Conv2d(8, 12, 3, stride=2, padding=1), nn.LeakyReLU(0.2),
        )
        self.classifier = nn.Sequential(nn.Flatten(), nn.Linear(12 * 3 * 3, 20), nn.BatchNorm1d(20), nn.Tanh(), nn.Linear(20, 5))

    def forward(self, x):
        return torch.softmax(self.classifier(self.features(x)), 1)


class Block(nn.Module):
    def __init__(self, inputs, outputs, stride):
        super().__init__()
        self.conv1 = nn.Conv2d(inputs, outputs, 3, stride, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(outputs)
        self.conv2 = nn.Conv2d(outputs, outputs, 3, 1, 1, bias=False)
        self.bn2 = nn.BatchNorm2d(outputs)
        self.downsample = None
        if stride != 1:
            self.downsample = nn.Sequential(nn.Conv2d(inputs, outputs, 1, stride, bias=False), nn.BatchNorm2d(outputs))

    def forward(self, x):
        y = self.bn2(self.conv2(F.relu(self.bn1(self.conv1(x)))))
        return F.relu(y + (x if self.downsample is None else self.downsample(x)))


class Residual(nn.Module):
    """A small ResNet: padded max pool, sums, 1 x 1 convolutions of stride 2, global mean."""

    def __init__(self):
        super().__init__()
        self.conv1 = nn.Conv2d(3, 8, 7, 2, 3, bias=False)
        self.bn1 = nn.BatchNorm2d(8)
        self.layer1 = Block(8, 8, 1)
        self.layer2 = Block(8, 16, 2)
        self.fc = nn.Linear(16, 7)

    def forward(self, x):
        x = F.max_pool2d(F.relu(self.bn1(self.conv1(x))), 3, 2, 1)
        x = self.layer2(self.layer1(x))
        return self.fc(torch.flatten(F.adaptive_avg_pool2d(x, 1), 1))


class Mobile(nn.Module):
    """Depthwise convolutions, hard swish, squeeze and excitation, ReLU6, SiLU, a sum around them."""

    def __init__(self):
        super().__init__()
        self.stem = nn.Conv2d(3, 8, 3, 2, 1)
        self.expand = nn.Conv2d(8, 16, 1)
        self.depthwise = nn.Conv2d(16, 16, 5, 1, 2, groups=16)
        self.norm = nn.BatchNorm2d(16)
        self.squeeze = nn.Conv2d(16, 4, 1)
        self.excite = nn.Conv2d(4, 16, 1)
        self.project = nn.Conv2d(16, 8, 1)
        self.grouped = nn.Conv2d(8, 12, 3, 2, 1, groups=4)
        self.fc = nn.Linear(12, 6)

    def forward(self, x):
        x = F.hardswish(self.stem(x))
        y = F.relu6(3 * self.norm(self.depthwise(F.silu(self.expand(x)))))
        s = F.hardsigmoid(self.excite(F.relu(self.squeeze(F.adaptive_avg_pool2d(y, 1)))))
        x = x + self.project(y * s)
        x = F.avg_pool2d(self.grouped(x), 2)
        return self.fc(x.mean([2, 3]))


class Paint(nn.Module):
    """Up and down again: skip connection, nearest and bilinear enlarging, transposed convolutions, sigmoid."""

    def __init__(self):
        super().__init__()
        self.down = nn.Conv2d(1, 6, 3, 2, 1)
        self.deep = nn.Conv2d(6, 8, 3, padding=1)
        self.up = nn.ConvTranspose2d(14, 5, 3, 2, 1, output_padding=1)
        self.up4 = nn.ConvTranspose2d(5, 4, 4, 2, 1)
        self.last = nn.Conv2d(4, 1, 1)

    def forward(self, x):
        a = F.relu(self.down(x))
        b = F.interpolate(torch.tanh(self.deep(F.max_pool2d(a, 2))), scale_factor=2)
        c = self.up(torch.cat([a, b], 1))
        d = F.avg_pool2d(self.up4(c), 2)
        e = F.interpolate(F.avg_pool2d(d, 2), scale_factor=2, mode="bilinear", align_corners=False)
        return torch.sigmoid(self.last(d + e))


class Vector(nn.Module):
    """A dense autoencoder: constants that scale the picture, GELU, MatMul with a term, a vector made a picture again."""

    def __init__(self):
        super().__init__()
        self.mean = nn.Parameter(torch.rand(1, 3, 1, 1))
        self.scale = nn.Parameter(1 + torch.rand(1, 3, 1, 1))
        self.encode = nn.Linear(3 * 4 * 5, 16)
        self.weight = nn.Parameter(torch.randn(16, 10) / 4)
        self.bias = nn.Parameter(torch.randn(10) / 4)
        self.decode = nn.Linear(10, 3 * 4 * 5)
        self.paint = nn.Conv2d(3, 3, 3, padding=1)

    def forward(self, x):
        x = (x - self.mean) * self.scale
        x = F.gelu(self.encode(torch.flatten(x, 1)))
        x = torch.clamp(x @ self.weight + self.bias, -1.0, 0.75)
        x = self.decode(x).reshape(-1, 3, 4, 5)
        return torch.sigmoid(self.paint(x))


class Wide(nn.Module):
    """Rectangular kernels, gaps between the taps, groups; two branches side by side."""

    def __init__(self):
        super().__init__()
        self.row = nn.Conv2d(3, 4, (1, 5), padding=(0, 2))
        self.column = nn.Conv2d(4, 6, (5, 1), padding=(2, 0), groups=2)
        self.gaps = nn.Conv2d(3, 5, 3, padding=2, dilation=2)
        self.fc = nn.Linear(11 * 8 * 7, 4)

    def forward(self, x):
        x = torch.cat([F.relu(self.column(self.row(x))), F.leaky_relu(self.gaps(x), 0.1)], 1)
        return self.fc(x.flatten(1))


MODELS = {
    "plain": (Plain, (3, 12, 12)),
    "residual": (Residual, (3, 33, 30)),
    "mobile": (Mobile, (3, 32, 24)),
    "paint": (Paint, (1, 16, 24)),
    "vector": (Vector, (3, 4, 5)),
    "wide": (Wide, (3, 8, 7)),
}


def shake(model):
    """Statistics of the norms that are not those of a new network."""
    for module in model.modules():
        if isinstance(module, (nn.BatchNorm1d, nn.BatchNorm2d)):
            nn.init.uniform_(module.weight, 0.5, 1.5)
            nn.init.normal_(module.bias, std=0.3)
            nn.init.normal_(module.running_mean, std=0.3)
            nn.init.uniform_(module.running_var, 0.5, 2.0)


def picture(shape, seed):
    """[EXAMPLES, C, H, W] of numbers that our layout [H, W, C] has in their order."""
    channels, height, width = shape
    flat = (1 + numbers(EXAMPLES * channels * height * width, seed)) / 2
    return flat.reshape(EXAMPLES, height, width, channels).permute(0, 3, 1, 2).to(torch.float32).contiguous()


def ours(y):
    """In our order: pixel by pixel, or as it is."""
    y = torch.as_tensor(np.array(y.detach() if isinstance(y, torch.Tensor) else y))
    return [float(f"{value:.8g}") for value in (y.permute(0, 2, 3, 1) if y.dim() == 4 else y).reshape(-1).tolist()]


def made_of(name, nodes, constants, input_dims, outputs):
    """A model of one input x `[N, *input_dims]` and one output y `[N, outputs]`."""
    graph = helper.make_graph(
        nodes, name,
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, ["N", *input_dims])],
        [helper.make_tensor_value_info("y", TensorProto.FLOAT, ["N", outputs])],
        [numpy_helper.from_array(value, name) for name, value in constants.items()],
    )
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)


def by_hand():
    """Uneven margins, as TensorFlow has them; windows beyond the edge; a mean that counts its margin."""
    rng = np.random.default_rng(5)
    floats = lambda *dims: (rng.standard_normal(dims) / 3).astype(np.float32)
    constants = {"w": floats(4, 2, 3, 3), "b": floats(4), "t": floats(4, 3, 3, 3), "g": floats(27, 6), "c": floats(1, 6)}
    node = helper.make_node
    nodes = [
        node("Conv", ["x", "w", "b"], ["1"], strides=[2, 2], pads=[0, 0, 1, 1], kernel_shape=[3, 3]),
        node("Relu", ["1"], ["2"]),
        node("Conv", ["x", "w"], ["1s"], strides=[2, 2], auto_pad="SAME_UPPER"),
        node("Add", ["2", "1s"], ["2a"]),
        node("MaxPool", ["2a"], ["3"], kernel_shape=[2, 2], strides=[2, 2], ceil_mode=1),
        node("AveragePool", ["3"], ["4"], kernel_shape=[3, 3], pads=[1, 1, 1, 1], count_include_pad=1),
        node("ConvTranspose", ["4", "t"], ["5"], strides=[2, 2], pads=[0, 1, 1, 0]),
        node("MaxPool", ["5"], ["6"], kernel_shape=[2, 2], strides=[2, 2]),
        node("Flatten", ["6"], ["7"]),
        node("Gemm", ["7", "g", "c"], ["y"], alpha=0.5, beta=2.0),
    ]
    model = made_of("hand", nodes, constants, [2, 10, 10], 6)
    helper.set_model_props(model, {"classes": json.dumps(["a", "b", "c", "d", "e", "f"])})
    onnx.checker.check_model(model)
    return model


def pooled():
    """Batch norms that stand alone and that do not, GELU in five nodes, a global mean, a sum after a product."""
    rng = np.random.default_rng(6)
    floats = lambda *dims: (rng.standard_normal(dims) / 3).astype(np.float32)
    norm = lambda name, count: {
        f"{name}s": floats(count) + 1, f"{name}b": floats(count), f"{name}m": floats(count), f"{name}v": floats(count) ** 2 + 0.5,
    }
    scalar = lambda value: np.array(value, np.float32)
    constants = {
        **norm("a", 2), **norm("b", 5), "w": floats(5, 2, 3, 3), "g": floats(5, 4), "c": floats(4),
        "root": scalar(2**0.5), "one": scalar(1), "half": scalar(0.5),
    }
    node = helper.make_node
    nodes = [
        node("BatchNormalization", ["x", "as", "ab", "am", "av"], ["1"]),
        node("Conv", ["1", "w"], ["2"], kernel_shape=[3, 3]),
        node("BatchNormalization", ["2", "bs", "bb", "bm", "bv"], ["3"], epsilon=0.001),
        node("Div", ["3", "root"], ["4"]),
        node("Erf", ["4"], ["5"]),
        node("Add", ["5", "one"], ["6"]),
        node("Mul", ["3", "6"], ["7"]),
        node("Mul", ["7", "half"], ["8"]),
        node("Identity", ["8"], ["9"]),
        node("GlobalAveragePool", ["9"], ["10"]),
        node("Flatten", ["10"], ["11"]),
        node("MatMul", ["11", "g"], ["12"]),
        node("Add", ["c", "12"], ["13"]),
        node("Softmax", ["13"], ["y"]),
    ]
    model = made_of("pooled", nodes, constants, [2, 7, 6], 4)
    onnx.checker.check_model(model)
    return model


def main():
    FOLDER.mkdir(exist_ok=True)
    outputs = {}
    for seed, (name, (make, shape)) in enumerate(MODELS.items(), 1):
        torch.manual_seed(seed)
        model = make().eval()
        shake(model)
        x = picture(shape, seed)
        path = FOLDER / f"{name}.onnx"
        torch.onnx.export(model, (x,), str(path), input_names=["x"], output_names=["y"], dynamo=name != "vector", external_data=False)
        y = model(x)
        outputs[name] = {"seed": seed, "output": ours(torch.log(y) if name == "plain" else y)}
    for seed, (name, model, shape) in enumerate([("hand", by_hand(), (2, 10, 10)), ("pooled", pooled(), (2, 7, 6))], 20):
        onnx.save(model, str(FOLDER / f"{name}.onnx"))
        y = ReferenceEvaluator(model).run(None, {"x": picture(shape, seed).numpy()})[0]
        outputs[name] = {"seed": seed, "output": ours(np.log(y) if name == "pooled" else y)}
    lines = ",\n".join(f'"{name}": {json.dumps(case, separators=(",", ":"))}' for name, case in outputs.items())
    (FOLDER / "outputs.json").write_text("{\n" + lines + "\n}\n")
    for path in sorted(FOLDER.glob("*.onnx")):
        graph = onnx.load(path).graph
        print(path.name, path.stat().st_size, sorted({node.op_type for node in graph.node}))


if __name__ == "__main__":
    main()
