"""Milliseconds per training step of native PyTorch with fused Adam on the four workloads of ../workloads.json.

    python pytorch.py THREADS [WORKLOAD...]

Prints one JSON line for each workload and batch size, for ../run.mjs: milliseconds per step of each sample, and the
first losses. ../README.md says how the numbers are made that everybody starts from, and how time is taken. Networks
with convolutions are measured in both memory layouts (NCHW and channels_last), and the faster one counts.
"""
import json
import math
import pathlib
import sys
import time

import torch
import torch.nn.functional as F

HERE = pathlib.Path(__file__).parent
RULES = json.loads((HERE / "../rules.json").read_text())
WORKLOADS = json.loads((HERE / "../workloads.json").read_text())


def hashed(count, k):
    """`count` numbers in [0, 1): (i * 2654435761 + k * 40503) mod 2^32 / 2^32."""
    return ((torch.arange(count) * 2654435761 + k * 40503) % 2**32).double() / 2**32


class Net:
    """The layers of a workload, in NHWC order outside and NCHW or channels_last order inside."""

    def __init__(self, layers, channels_last):
        self.layers, self.channels_last = layers, channels_last
        self.parameters = []
        shape, k = None, 0  # shape: height, width and channels, where the next dense layer will see a picture
        for at, layer in enumerate(layers):
            if layer["op"] not in ("dense", "conv"):
                continue
            k += 1
            into, out = layer["from"], layer["to"]
            fan_in = into if layer["op"] == "dense" else 9 * into
            weight = ((hashed(out * fan_in, k) - 0.5) * 2 * math.sqrt(6 / fan_in)).float()
            if layer["op"] == "conv":
                weight = weight.view(out, 3, 3, into).permute(0, 3, 1, 2).contiguous(memory_format=self.format())
            else:
                weight = weight.view(out, into)
                if not channels_last:  # pictures lie in NCHW order here, so the weights that see them do too
                    before, after = layers[at - 1], layers[at + 1 : at + 2]
                    if at and before["op"] in ("conv", "pool"):
                        channels = next(l["to"] for l in reversed(layers[:at]) if l["op"] == "conv")
                        weight = weight.view(out, -1, channels).transpose(1, 2).reshape(out, into).contiguous()
                    if after and after[0]["op"] == "shape":
                        channels = after[0]["to"][2]
                        weight = weight.view(-1, channels, into).transpose(0, 1).reshape(out, into).contiguous()
            self.parameters += [weight.requires_grad_(), torch.zeros(out, requires_grad=True)]

    def format(self):
        return torch.channels_last if self.channels_last else torch.contiguous_format

    def forward(self, x):
        parameters = iter(self.parameters)
        for layer in self.layers:
            op = layer["op"]
            if op == "dense":
                if x.dim() == 4:
                    x = x.permute(0, 2, 3, 1).flatten(1) if self.channels_last else x.flatten(1)
                x = F.linear(x, next(parameters), next(parameters))
            elif op == "conv":
                x = F.conv2d(x, next(parameters), next(parameters), stride=layer["stride"], padding=1)
            elif op == "pool":
                x = F.max_pool2d(x, 2)
            elif op == "upsample":
                x = F.interpolate(x, scale_factor=2, mode="nearest")
            elif op == "shape":
                h, w, c = layer["to"]
                x = x.view(-1, h, w, c).permute(0, 3, 1, 2) if self.channels_last else x.view(-1, c, h, w)
            if "act" in layer:
                x = torch.relu(x) if layer["act"] == "relu" else torch.sigmoid(x)
        return x


class Training:
    """A network with its optimiser and one batch, from the beginning."""

    def __init__(self, workload, batch, rate, channels_last):
        self.net = Net(workload["layers"], channels_last)
        h, w, c = workload["input"]
        x = ((256 * hashed(batch * h * w * c, RULES["input_k"])).floor() / 255).float()
        if h == 1:
            self.x = x.view(batch, c)
        else:
            self.x = x.view(batch, h, w, c).permute(0, 3, 1, 2).contiguous(memory_format=self.net.format())
        self.classes = workload["loss"] == "cross_entropy"
        self.target = torch.arange(batch) % 10 if self.classes else self.x
        self.adam = torch.optim.Adam(self.net.parameters, lr=rate, fused=True)

    def step(self):
        self.adam.zero_grad(set_to_none=True)
        y = self.net.forward(self.x)
        loss = F.cross_entropy(y, self.target) if self.classes else F.mse_loss(y, self.target)
        loss.backward()
        self.adam.step()
        return loss


def measure(start):
    """Milliseconds per step of each sample, and the losses of the first steps."""
    training = start(RULES["learning_rate"])
    losses = [training.step().item() for _ in range(RULES["losses"])]
    training = start(RULES["timed_learning_rate"])
    begin = time.perf_counter()
    while time.perf_counter() - begin < RULES["warm_up_seconds"]:
        at = time.perf_counter()
        training.step()
        once = 1000 * (time.perf_counter() - at)
    per_sample = max(1, round(RULES["sample_ms"] / once))
    samples, begin = [], time.perf_counter()
    while len(samples) < RULES["least_samples"] or time.perf_counter() - begin < RULES["seconds"]:
        at = time.perf_counter()
        for _ in range(per_sample):
            training.step()
        samples.append(1000 * (time.perf_counter() - at) / per_sample)
    return samples, losses


def main():
    threads = int(sys.argv[1])
    torch.set_num_threads(threads)
    for name in sys.argv[2:] or WORKLOADS:
        workload = WORKLOADS[name]
        layouts = [False, True] if any(l["op"] == "conv" for l in workload["layers"]) else [False]
        for batch in workload["batches"]:
            results = [(*measure(lambda rate: Training(workload, batch, rate, last)), last) for last in layouts]
            samples, losses, _ = min(results, key=lambda result: min(result[0]))
            line = {"workload": name, "batch": batch, "samples": samples, "losses": losses}
            if len(layouts) > 1:
                names = ("channels_last" if each[2] else "NCHW" for each in results)
                line["layouts_ms"] = {name: min(each[0]) for name, each in zip(names, results)}
            print(json.dumps(line), flush=True)


main()
