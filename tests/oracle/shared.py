"""What the scripts of this folder share: numbers that Rust makes too, and our layers written with PyTorch.

Everything runs in float64 on inputs that are exact in float32, so the numbers are those of mathematics.
"""

import torch
import torch.nn.functional as F

from lcg import lcg


def numbers(length, seed):
    return torch.tensor(lcg(length, seed), dtype=torch.float64)


def shape_len(shape):
    return shape["width"] * shape["height"] * shape["channels"]


def to_torch(x, shape):
    """[examples * height * width * channels] to [examples, channels, height, width]."""
    return x.reshape(-1, shape["height"], shape["width"], shape["channels"]).permute(0, 3, 1, 2)


def to_ours(z):
    return z.permute(0, 2, 3, 1).reshape(-1)


def tensor_dims(layer):
    """Dimensions of our parameters, in their order."""
    kind, inputs = layer["kind"], layer.get("input")
    if kind == "dense":
        return [[layer["outputs"], shape_len(inputs)], [layer["outputs"]]]
    if kind == "conv":
        return [[layer["outputs"], layer["kernel"], layer["kernel"], inputs["channels"]], [layer["outputs"]]]
    if kind == "conv-transpose":
        outputs = layer["output"]["channels"]
        return [[inputs["channels"], layer["kernel"], layer["kernel"], outputs], [outputs]]
    if kind == "group-norm":
        return [[inputs["channels"]], [inputs["channels"]]]
    if kind == "mix":
        return [[sum(len(row) for row in mix_rows(layer))], [shape_len(inputs)]]
    if kind == "scale":
        height, width = (inputs[side] // layer["from"] * layer["to"] for side in ("height", "width"))
        tile = [layer["from"], layer["from"], inputs["channels"]]
        return [[height, width, layer["outputs"], *tile], [height, width, layer["outputs"]]]
    return []


def mix_rows(layer):
    """For every output of a mix the indices of the values that it sees, in the order of its weights."""
    shape, half = layer["input"], layer["size"] // 2
    width, height, channels = shape["width"], shape["height"], shape["channels"]
    rows = []
    for y in range(height):
        for x in range(width):
            for c in range(channels):
                seen = range(channels) if layer["mix_channels"] else [c]
                rows.append([
                    (sy * width + sx) * channels + sc
                    for sy in range(max(0, y - half), min(height, y + half + 1))
                    for sx in range(max(0, x - half), min(width, x + half + 1))
                    for sc in seen
                ])
    return rows


def apply_layer(layer, theta, xs):
    """z of one of our layers; theta and the inputs are flat and in our order."""
    kind, x = layer["kind"], xs[0]
    shape = layer["input"] if "input" in layer else layer.get("inputs", [None])[0]
    tensors, at = [], 0
    for dims in tensor_dims(layer):
        length = int(torch.tensor(dims).prod())
        tensors.append(theta[at:at + length].reshape(dims))
        at += length
    if kind == "reshape":
        return x
    if kind == "add":
        return sum(xs)
    if kind == "concat":
        return to_ours(torch.cat([to_torch(x, shape) for x, shape in zip(xs, layer["inputs"])], 1))
    if kind == "dense":
        return F.linear(x.reshape(-1, shape_len(shape)), *tensors).reshape(-1)
    if kind == "conv":
        w, b = tensors
        return to_ours(F.conv2d(to_torch(x, shape), w.permute(0, 3, 1, 2), b, layer["stride"], layer["padding"]))
    if kind == "conv-transpose":
        (w, b), stride, padding, kernel = tensors, layer["stride"], layer["padding"], layer["kernel"]
        extra = [
            layer["output"][side] - ((shape[side] - 1) * stride - 2 * padding + kernel) for side in ("height", "width")
        ]
        return to_ours(F.conv_transpose2d(to_torch(x, shape), w.permute(0, 3, 1, 2), b, stride, padding, extra))
    if kind == "pool":
        pool = F.max_pool2d if layer["method"] == "max" else F.avg_pool2d
        return to_ours(pool(to_torch(x, shape), layer["size"], layer["stride"]))
    if kind == "global-pool":
        pool = F.adaptive_max_pool2d if layer["method"] == "max" else F.adaptive_avg_pool2d
        return to_ours(pool(to_torch(x, shape), 1))
    if kind == "upsample":
        return to_ours(F.interpolate(to_torch(x, shape), scale_factor=layer["factor"], mode="nearest"))
    if kind == "group-norm":
        return to_ours(F.group_norm(to_torch(x, shape), layer["groups"], *tensors))
    if kind == "mix":
        (w, b), rows = tensors, mix_rows(layer)
        x = x.reshape(-1, shape_len(shape))
        weights = w.split([len(row) for row in rows])
        return (torch.stack([x[:, row] @ weight for row, weight in zip(rows, weights)], 1) + b.reshape(-1)).reshape(-1)
    if kind == "scale":
        (w, b), side, to = tensors, layer["from"], layer["to"]
        across, down = shape["width"] // side, shape["height"] // side
        x = x.reshape(-1, down, side, across, side, shape["channels"])
        w = w.reshape(down, to, across, to, *w.shape[2:])
        z = torch.einsum("ntyuxc,tauboyxc->ntaubo", x, w)
        return (z.reshape(z.shape[0], -1) + b.reshape(-1)).reshape(-1)
    raise ValueError(kind)


def apply_activation(activation, z):
    if isinstance(activation, dict):
        return F.leaky_relu(z, activation["leaky-relu"]["slope"])
    functions = {
        "linear": lambda z: z, "relu": F.relu, "sigmoid": torch.sigmoid, "tanh": torch.tanh, "gelu": F.gelu, "silu": F.silu,
    }
    return functions[activation](z)


def apply_loss(loss, y, target, area, channels, mask=None):
    """The sum over examples of our loss; y is flat, the target flat values or classes."""
    name = loss if isinstance(loss, str) else next(iter(loss))
    if name == "cross-entropy":
        return F.cross_entropy(y.reshape(-1, area * channels), target, reduction="sum")
    functions = {
        "mse": lambda: F.mse_loss(y, target, reduction="none"),
        "l1": lambda: F.l1_loss(y, target, reduction="none"),
        "huber": lambda: F.huber_loss(y, target, reduction="none", delta=loss["huber"]["delta"]),
        "bce": lambda: F.binary_cross_entropy_with_logits(y, target, reduction="none"),
    }
    values = functions[name]().reshape(-1, area, channels)
    mask = torch.ones_like(values) if mask is None else mask.reshape(-1, area, 1).expand_as(values)
    counts = mask.sum((1, 2))
    sums = (values * mask).sum((1, 2))
    return torch.where(counts > 0, sums / counts.clamp(min=1), torch.zeros_like(sums)).sum()


def rounded(values):
    """Nine significant digits: enough for a float32."""
    return [float(f"{value:.9g}") for value in values.detach().reshape(-1).tolist()]
