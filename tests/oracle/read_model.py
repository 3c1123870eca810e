"""Opens a model file with the Python safetensors package and prints what is in it.

    pip install safetensors numpy
    python tests/oracle/read_model.py models/autoencoder.safetensors

Ends with status 1 if the file is not what src/file/safetensors.rs says it is.
"""

import json
import sys

import numpy
from safetensors import safe_open

with safe_open(sys.argv[1], framework="numpy") as file:
    strings = file.metadata()
    assert strings["format"] == "neurarium", strings["format"]
    architecture = json.loads(strings["architecture"])
    print("preset", strings["preset"], "task", json.loads(strings["task"]), "loss", json.loads(strings["loss"]))
    print("preprocessing", json.loads(strings["preprocessing"]))
    print("classes", json.loads(strings["classes"]))
    print("training", json.loads(strings["training"]))
    blocks = {block["name"] for block in architecture["blocks"]}
    total = 0
    for name in file.keys():
        tensor = file.get_tensor(name)
        owner, _, what = name.rpartition(".")
        is_parameter = owner in blocks and what != "sources"
        # A checkpoint has the record of its run, too, and a network for letters the file of its partner.
        assert owner in blocks or name.split(".")[0] in ("optimizer", "run", "partner"), name
        if is_parameter or owner == "optimizer":
            assert tensor.dtype in (numpy.float32, numpy.float16) and numpy.isfinite(tensor).all(), name
        print(f"{name:32} {list(tensor.shape)!s:20} mean {tensor.mean():+.6f} deviation {tensor.std():.6f}")
        if is_parameter:
            total += tensor.size
    for moment in ("optimizer.m", "optimizer.v"):
        if moment in file.keys():
            assert file.get_slice(moment).get_shape() == [total], moment
print("parameters", total)
