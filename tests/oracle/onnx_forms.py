"""Makes ONNX files in the forms in which exporters write one network, and what onnxruntime says they compute.

    python tests/oracle/onnx_forms.py                 small networks: onnx/forms/ and onnx/forms.json
    python tests/oracle/onnx_forms.py BASE.onnx       EfficientNet-Lite0 of ../shared/data/base-models: ../output/onnx-forms/

(needs onnx, onnxruntime and numpy; made with 1.23, 1.32 and 2.4)

tests/suite/onnx_forms.rs reads the files and computes the same from the same inputs: `lcg` of the seed beside each output, in
0..1 and in our order, pixel by pixel. Outputs of a softmax are written as their logarithms.
"""

import json
import pathlib
import sys

import numpy as np
import onnx
import onnxruntime
from onnx import TensorProto, helper, numpy_helper

from lcg import lcg

HERE = pathlib.Path(__file__).parent
FLOAT, INT64 = TensorProto.FLOAT, TensorProto.INT64
OPEN_SIDE = 224  # what an open size becomes
node = helper.make_node


def constant(name, value):
    return numpy_helper.from_array(np.asarray(value), name)


def integers(name, *values):
    return constant(name, np.array(values, np.int64))


def model_of(nodes, constants, inputs, outputs=("N", "M"), opset=17, ir=8):
    graph = helper.make_graph(
        nodes, "graph",
        [helper.make_tensor_value_info("x", FLOAT, inputs)],
        [helper.make_tensor_value_info("y", FLOAT, list(outputs))],
        [constant(name, value) for name, value in constants.items()],
    )
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", opset)], ir_version=ir)


# --- Forms of one network: conv, clip, add, global mean, flatten, gemm.


def small():
    """A network of the kinds of layers of EfficientNet-Lite0."""
    rng = np.random.default_rng(3)
    floats = lambda *dims: (rng.standard_normal(dims) / 2).astype(np.float32)
    constants = {
        "zero": np.float32(0), "six": np.float32(6), "two": np.full((1, 3, 1, 1), 2, np.float32), "one": np.full((1, 3, 1, 1), -1, np.float32),
        "w1": floats(8, 3, 3, 3), "b1": floats(8), "w2": floats(8, 1, 3, 3), "b2": floats(8), "w3": floats(8, 8, 1, 1), "b3": floats(8),
        "w4": floats(5, 8), "b4": floats(5),
    }
    nodes = [
        node("Mul", ["x", "two"], ["p"]), node("Add", ["p", "one"], ["q"]),
        node("Conv", ["q", "w1", "b1"], ["c1"], strides=[2, 2], pads=[0, 0, 1, 1]), node("Clip", ["c1", "zero", "six"], ["r1"]),
        node("Conv", ["r1", "w2", "b2"], ["c2"], pads=[1, 1, 1, 1], group=8), node("Clip", ["c2", "zero", "six"], ["r2"]),
        node("Conv", ["r2", "w3", "b3"], ["c3"]), node("Add", ["r1", "c3"], ["s"]),
        node("GlobalAveragePool", ["s"], ["g"]), node("Flatten", ["g"], ["f"]), node("Gemm", ["f", "w4", "b4"], ["y"], transB=1),
    ]
    return model_of(nodes, constants, ["N", 3, 16, 12])


def copied(model):
    copy = onnx.ModelProto()
    copy.CopyFrom(model)
    graph = copy.graph
    graph.input[0].type.tensor_type.shape.dim[0].dim_param = "N"
    for dim in graph.output[0].type.tensor_type.shape.dim[:1]:
        dim.dim_param = "N"
    return copy, graph


def replace_nodes(graph, nodes):
    del graph.node[:]
    graph.node.extend(nodes)


def renamed(graph, old, new):
    """Every reader of a name reads another."""
    for one in graph.node:
        for at, name in enumerate(one.input):
            if name == old:
                one.input[at] = new


def set_dims(graph, *dims):
    shape = graph.input[0].type.tensor_type.shape
    del shape.dim[:]
    for dim in dims:
        shape.dim.add(**{"dim_value" if isinstance(dim, int) else "dim_param": dim})


def sides(graph):
    return [dim.dim_value for dim in graph.input[0].type.tensor_type.shape.dim][2:]


def plain(base):
    return copied(base)[0]


def channels_last(base):
    """The input of Keras, and its names: a Transpose, and dimensions that go with it."""
    model, graph = copied(base)
    name, (height, width) = graph.input[0].name, sides(graph)
    renamed(graph, name, "planes")
    replace_nodes(graph, [node("Transpose", [name], ["planes"], perm=[0, 3, 1, 2]), *graph.node])
    set_dims(graph, "N", height, width, 3)
    return model


def channels_last_inside(base):
    """As tf2onnx writes Keras: arithmetic before the Transpose, back to pixels before the head, MatMul and Add."""
    model, graph = copied(base)
    name, (height, width) = graph.input[0].name, sides(graph)
    weights = {tensor.name: numpy_helper.to_array(tensor) for tensor in graph.initializer}
    nodes = list(graph.node)
    scale, shift, rest = nodes[0], nodes[1], nodes[2:]
    gemm = next(one for one in rest if one.op_type == "Gemm")
    mean = next(one for one in rest if one.op_type == "GlobalAveragePool")
    rest = [one for one in rest if one.op_type not in ("Gemm", "Flatten", "GlobalAveragePool")]
    graph.initializer.extend([
        constant("last.scale", weights[scale.input[1]].reshape(1, 1, 1, 3)), constant("last.shift", weights[shift.input[1]].reshape(3)),
        constant("head.kernel", np.ascontiguousarray(weights[gemm.input[1]].T)), integers("sides", 1, 2),
    ])
    renamed(graph, shift.output[0], "planes")
    replace_nodes(graph, [
        node("Mul", [name, "last.scale"], ["p"]), node("Add", ["last.shift", "p"], ["q"]),
        node("Transpose", ["q"], ["planes"], perm=[0, 3, 1, 2]), *rest,
        node("Transpose", [mean.input[0]], ["pixels"], perm=[0, 2, 3, 1]), node("ReduceMean", ["pixels"], ["mean"], axes=[1, 2], keepdims=1),
        node("Squeeze", ["mean", "sides"], ["row"]), node("MatMul", ["row", "head.kernel"], ["product"]),
        node("Add", ["product", gemm.input[2]], [graph.output[0].name]),
    ])
    set_dims(graph, "N", height, width, 3)
    return model


def padded(base):
    """Margins of convolutions as nodes of their own, and one without effect at the input."""
    model, graph = copied(base)
    name = graph.input[0].name
    graph.initializer.extend([integers("nothing", *[0] * 8), constant("zero.fill", np.float32(0))])
    renamed(graph, name, "same")
    nodes = [node("Pad", [name, "nothing"], ["same"])]
    for number, one in enumerate(graph.node):
        pads = next((list(attribute.ints) for attribute in one.attribute if attribute.name == "pads"), [0] * 4)
        if one.op_type == "Conv" and any(pads):
            top, left, bottom, right = pads
            graph.initializer.append(integers(f"pads{number}", 0, 0, top, left, 0, 0, bottom, right))
            nodes.append(node("Pad", [one.input[0], f"pads{number}", "zero.fill"], [f"padded{number}"], mode="constant"))
            one.input[0] = f"padded{number}"
            kept = [attribute for attribute in one.attribute if attribute.name != "pads"]
            del one.attribute[:]
            one.attribute.extend(kept)
        nodes.append(one)
    replace_nodes(graph, nodes)
    return model


def cast(base):
    """Weights in half floats, cast before they are used; the image through doubles."""
    model, graph = copied(base)
    name = graph.input[0].name
    renamed(graph, name, "single")
    nodes = [node("Cast", [name], ["double"], to=TensorProto.DOUBLE), node("Cast", ["double"], ["single"], to=FLOAT)]
    for tensor in graph.initializer:
        value = numpy_helper.to_array(tensor)
        if value.ndim >= 2 and value.size > 3:
            renamed(graph, tensor.name, f"{tensor.name}.single")
            nodes.append(node("Cast", [tensor.name], [f"{tensor.name}.single"], to=FLOAT))
            tensor.CopyFrom(constant(tensor.name, value.astype(np.float16)))
    replace_nodes(graph, [*nodes, *graph.node])
    return model


def squeezed(base):
    model, graph = copied(base)
    graph.initializer.extend([integers("sides", 2, 3), integers("last", -1), integers("second", 2)])
    nodes = []
    for one in graph.node:
        if one.op_type == "Flatten":
            nodes.append(node("Squeeze", [one.input[0], "sides"], ["row"]))
            nodes.append(node("Unsqueeze", ["row", "last"], ["column"]))
            nodes.append(node("Squeeze", ["column", "second"], [one.output[0]]))
        else:
            nodes.append(one)
    replace_nodes(graph, nodes)
    return model


def shape_chain(base):
    """view(x.size(0), -1) as PyTorch writes it for an open batch."""
    model, graph = copied(base)
    graph.initializer.extend([constant("first", np.int64(0)), integers("rest", -1), integers("zeroth", 0)])
    nodes = []
    for one in graph.node:
        if one.op_type == "Flatten":
            nodes += [
                node("Shape", [one.input[0]], ["sizes"]), node("Gather", ["sizes", "first"], ["images"], axis=0),
                node("Unsqueeze", ["images", "zeroth"], ["row"]), node("Cast", ["row"], ["whole"], to=INT64),
                node("Concat", ["whole", "rest"], ["wanted"], axis=0), node("Reshape", [one.input[0], "wanted"], [one.output[0]]),
            ]
        else:
            nodes.append(one)
    replace_nodes(graph, nodes)
    return model


def open_size(base):
    model, graph = copied(base)
    set_dims(graph, "N", 3, "H", "W")
    return model


def constant_nodes(base):
    """Weights as Constant nodes through Identity."""
    model, graph = copied(base)
    nodes = []
    for tensor in list(graph.initializer):
        nodes.append(node("Constant", [], [f"{tensor.name}.raw"], value=tensor))
        nodes.append(node("Identity", [f"{tensor.name}.raw"], [tensor.name]))
    del graph.initializer[:]
    replace_nodes(graph, [*nodes, *graph.node])
    return model


def unordered(base):
    model, graph = copied(base)
    replace_nodes(graph, list(reversed(graph.node)))
    return model


def int8_weights(base):
    """Weights as integers of 8 bits, a scale for each output channel; biases as integers of 32 bits."""
    model, graph = copied(base)
    nodes = []
    for tensor in list(graph.initializer):
        value = numpy_helper.to_array(tensor)
        if value.ndim < 2 or value.size <= 3:
            continue
        scale = np.maximum(np.abs(value.reshape(len(value), -1)).max(1), 1e-6).astype(np.float32) / 127
        whole = np.round(value / scale.reshape(-1, *[1] * (value.ndim - 1))).astype(np.int8)
        renamed(graph, tensor.name, f"{tensor.name}.real")
        graph.initializer.extend([constant(f"{tensor.name}.scale", scale), constant(f"{tensor.name}.zero", np.zeros(len(scale), np.int8))])
        nodes.append(node("DequantizeLinear", [tensor.name, f"{tensor.name}.scale", f"{tensor.name}.zero"], [f"{tensor.name}.real"], axis=0))
        tensor.CopyFrom(constant(tensor.name, whole))
    replace_nodes(graph, [*nodes, *graph.node])
    return model


FORMS = {
    "plain": plain, "channels-last": channels_last, "channels-last-inside": channels_last_inside, "padded": padded, "cast": cast,
    "squeezed": squeezed, "shape-chain": shape_chain, "open-size": open_size, "constant-nodes": constant_nodes,
    "unordered": unordered, "int8-weights": int8_weights, "external": plain,
}


# --- Small networks by hand, one for each thing that files do.


def by_hand():
    rng = np.random.default_rng(8)
    floats = lambda *dims: (rng.standard_normal(dims) / 2).astype(np.float32)
    conv = {"w": floats(4, 3, 3, 3), "b": floats(4)}
    start = [node("Conv", ["x", "w", "b"], ["c"], pads=[1, 1, 1, 1]), node("Relu", ["c"], ["r"])]
    picture = ["N", 3, 9, 7]
    planes = ("N", "C", "H", "W")
    mean = [node("GlobalAveragePool", ["r"], ["g"])]
    made = {
        "upsample-9": model_of([*start, node("Upsample", ["r", "s"], ["y"], mode="nearest")], {**conv, "s": np.array([1, 1, 2, 2], np.float32)}, picture, planes, 9, 4),
        "upsample-7": model_of([*start, node("Upsample", ["r"], ["y"], mode="nearest", scales=[1.0, 1.0, 3.0, 3.0])], conv, picture, planes, 7, 4),
        "resize-10": model_of([*start, node("Resize", ["r", "s"], ["y"], mode="linear")], {**conv, "s": np.array([1, 1, 2, 2], np.float32)}, picture, planes, 10, 5),
        "mean-without-margins": model_of([*start, node("AveragePool", ["r"], ["y"], kernel_shape=[3, 3], pads=[1, 1, 1, 1], strides=[2, 2])], conv, picture, planes),
        "mean-beyond-the-edge": model_of([*start, node("AveragePool", ["r"], ["y"], kernel_shape=[2, 2], strides=[2, 2], ceil_mode=1)], conv, picture, planes, 19, 9),
        "largest-with-margins": model_of([node("Conv", ["x", "w", "b"], ["c"]), node("MaxPool", ["c"], ["y"], kernel_shape=[3, 3], pads=[1, 0, 1, 2], strides=[2, 2])], conv, picture, planes),
        "softmax-9": model_of([*start, *mean, node("Softmax", ["g"], ["y"])], conv, picture, planes, 9, 4),
        "log-softmax-11": model_of([*start, *mean, node("LogSoftmax", ["g"], ["l"]), node("Reshape", ["l", "s"], ["y"])], {**conv, "s": np.array([0, 4], np.int64)}, picture, opset=11, ir=6),
        "softmax-13": model_of([*start, *mean, node("Softmax", ["g"], ["l"], axis=1), node("Flatten", ["l"], ["y"])], conv, picture, opset=13),
        "row": model_of([node("Gemm", ["x", "w", "b"], ["h"]), node("Relu", ["h"], ["a"]), node("MatMul", ["a", "v"], ["y"])], {"w": floats(784, 12), "b": floats(12), "v": floats(12, 4)}, ["N", 784]),
        "row-to-picture": model_of([node("Reshape", ["x", "s"], ["p"]), node("Conv", ["p", "w", "b"], ["c"]), node("Flatten", ["c"], ["f"]), node("Gemm", ["f", "v"], ["y"])], {"s": np.array([-1, 1, 28, 28], np.int64), "w": floats(2, 1, 5, 5), "b": floats(2), "v": floats(2 * 24 * 24, 3)}, ["N", 784]),
        "pixels-flattened": model_of([
            node("Transpose", ["x"], ["p"], perm=[0, 3, 1, 2]), node("Conv", ["p", "w", "b"], ["c"], auto_pad="SAME_UPPER", strides=[2, 2]),
            node("Transpose", ["c"], ["t"], perm=[0, 2, 3, 1]), node("Reshape", ["t", "s"], ["f"]), node("MatMul", ["f", "v"], ["m"]), node("Add", ["m", "k"], ["y"]),
        ], {**conv, "s": np.array([-1, 5 * 4 * 4], np.int64), "v": floats(80, 6), "k": floats(6)}, ["N", 9, 7, 3]),
        "vector-to-pixels": model_of([
            node("Gemm", ["x", "w", "b"], ["h"]), node("Reshape", ["h", "s"], ["r"]), node("Transpose", ["r"], ["t"], perm=[0, 3, 1, 2]),
            node("Conv", ["t", "k"], ["c"], pads=[1, 1, 1, 1]), node("Transpose", ["c"], ["y"], perm=[0, 2, 3, 1]),
        ], {"w": floats(49, 60), "b": floats(60), "s": np.array([-1, 5, 4, 3], np.int64), "k": floats(2, 3, 3, 3)}, ["N", 49], planes),
        "old-dropout": model_of([*start, node("Dropout", ["r"], ["d", "mask"], ratio=0.5), *[node("Flatten", ["d"], ["f"]), node("Gemm", ["f", "v", "k"], ["y"], transB=1)]], {**conv, "v": floats(5, 4 * 63), "k": floats(5)}, picture, opset=7, ir=3),
        "old-norm": model_of([node("Conv", ["x", "w"], ["c"]), node("BatchNormalization", ["c", "s", "k", "m", "v"], ["n"], epsilon=1e-3), node("Clip", ["n"], ["q"], min=0.0, max=0.5), node("GlobalAveragePool", ["q"], ["g"]), node("Squeeze", ["g"], ["y"], axes=[2, 3])], {"w": conv["w"], "s": floats(4) + 2, "k": floats(4), "m": floats(4), "v": floats(4) ** 2 + 0.5}, picture, opset=8, ir=3),
        "keras-sigmoid": model_of([node("Conv", ["x", "w", "b"], ["c"]), node("HardSigmoid", ["c"], ["h"]), node("Min", ["h", "m"], ["l"]), node("Neg", ["l"], ["n"]), node("GlobalMaxPool", ["n"], ["g"]), node("Flatten", ["g"], ["y"])], {**conv, "m": np.float32(0.75)}, picture),
        "sum-of-three": model_of([*start, node("Conv", ["x", "w2"], ["d"], pads=[1, 1, 1, 1]), node("Conv", ["x", "w3"], ["e"]), node("Sum", ["r", "d", "e"], ["s"]), node("ReduceMean", ["s", "axes"], ["y"], keepdims=0)], {**conv, "w2": floats(4, 3, 3, 3), "w3": floats(4, 3, 1, 1), "axes": np.array([2, 3], np.int64)}, picture, opset=18),
        "slices-of-a-shape": model_of([
            *start, node("Shape", ["r"], ["z"]), node("Slice", ["z", "i0", "i1"], ["n"]), node("Slice", ["z", "i1", "end"], ["others"]),
            node("ReduceProd", ["others"], ["p"], keepdims=1), node("Concat", ["n", "p"], ["s"], axis=0), node("Reshape", ["r", "s"], ["f"]), node("Gemm", ["f", "v"], ["y"], transB=1),
        ], {**conv, "i0": np.array([0], np.int64), "i1": np.array([1], np.int64), "end": np.array([2**62], np.int64), "v": floats(3, 4 * 63)}, picture),
        "pads-of-an-image": model_of([node("Pad", ["x", "s"], ["p"]), node("MaxPool", ["p"], ["m"], kernel_shape=[2, 2], strides=[2, 2]), node("Conv", ["m", "w", "b"], ["c"]), node("ReduceMean", ["c"], ["y"], axes=[-1, -2], keepdims=0)], {**conv, "s": np.array([0, 0, 1, 2, 0, 0, 2, 1], np.int64)}, picture),
        "new-opset": model_of([*start, node("Dropout", ["r", "", "off"], ["d"]), *[node("GlobalAveragePool", ["d"], ["g"]), node("Squeeze", ["g", "axes"], ["q"]), node("Gemm", ["q", "v"], ["y"])]], {**conv, "off": np.bool_(False), "axes": np.array([2, 3], np.int64), "v": floats(4, 3)}, picture, opset=23, ir=11),
        "quantised": quantised(floats),
    }
    return made


def quantised(floats):
    """QDQ around each layer; the ReLU is in the range of the bytes. The scales are fine, since rounding is left out."""
    constants = {"w": floats(4, 3, 3, 3), "b": floats(4), "v": floats(3, 4), "fine": np.float32(1 / 4096), "zero": np.uint16(0), "middle": np.int16(0), "wide": np.float32(1 / 2048)}
    nodes = [
        node("QuantizeLinear", ["x", "fine", "zero"], ["xq"]), node("DequantizeLinear", ["xq", "fine", "zero"], ["xr"]),
        node("Conv", ["xr", "w", "b"], ["c"]), node("QuantizeLinear", ["c", "fine", "zero"], ["cq"]), node("DequantizeLinear", ["cq", "fine", "zero"], ["cr"]),
        node("GlobalAveragePool", ["cr"], ["g"]), node("Flatten", ["g"], ["f"]), node("Gemm", ["f", "v"], ["y"], transB=1),
    ]
    return model_of(nodes, constants, ["N", 3, 9, 7], opset=21, ir=10)


# --- Files and their outputs.


def image(model, seed, examples):
    """Numbers of 0..1 in our order, pixel by pixel, as the model wants them."""
    dims = [dim.dim_value or OPEN_SIDE for dim in model.graph.input[0].type.tensor_type.shape.dim][1:]
    flat = (1 + np.array(lcg(examples * int(np.prod(dims)), seed))) / 2
    if len(dims) == 1 or dims[-1] in (1, 3):
        return flat.reshape(examples, *dims).astype(np.float32)
    channels, height, width = dims
    return np.ascontiguousarray(flat.reshape(examples, height, width, channels).transpose(0, 3, 1, 2)).astype(np.float32)


def run(path, model, seed, examples):
    options = onnxruntime.SessionOptions()
    options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_DISABLE_ALL
    options.log_severity_level = 3
    session = onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
    y = session.run(None, {session.get_inputs()[0].name: image(model, seed, examples)})[0]
    last = {one.op_type for one in model.graph.node if one.output[0] in ("y", "l")}
    y = np.log(y) if "Softmax" in last else y
    is_planes = y.ndim == 4 and "vector-to-pixels" not in str(path)
    return (y.transpose(0, 2, 3, 1) if is_planes else y).reshape(-1)


def write(folder, models, examples):
    """Writes the files of a folder, and returns the outputs by name."""
    folder.mkdir(parents=True, exist_ok=True)
    outputs = {}
    for seed, (name, model) in enumerate(models.items(), 1):
        path = folder / f"{name}.onnx"
        if name == "external":
            (folder / "external.onnx.data").unlink(missing_ok=True)
            onnx.save(model, path, save_as_external_data=True, location="external.onnx.data", size_threshold=0)
        else:
            onnx.save(model, path)
        loaded = onnx.load(path)
        y = run(path, loaded, seed, examples)
        outputs[name] = {"seed": seed, "output": [float(f"{value:.8g}") for value in y]}
        print(f"{name:<24} {path.stat().st_size:>9} bytes, {len(y)} outputs of {np.ptp(y):.3f} in all")
    return outputs


def main():
    if len(sys.argv) == 1:
        models = {name: form(small()) for name, form in FORMS.items()} | by_hand()
        outputs, path = write(HERE / "onnx/forms", models, 2), HERE / "onnx/forms.json"
    else:
        base = onnx.load(sys.argv[1])
        folder = HERE.parent / "output/onnx-forms"
        outputs, path = write(folder, {name: form(base) for name, form in FORMS.items()}, 1), folder / "forms.json"
        (HERE / "onnx/base.json").write_text(json.dumps(outputs["plain"], separators=(",", ":")) + "\n")
    lines = ",\n".join(f'"{name}": {json.dumps(case, separators=(",", ":"))}' for name, case in outputs.items())
    path.write_text("{\n" + lines + "\n}\n")


if __name__ == "__main__":
    main()
