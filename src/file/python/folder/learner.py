"""The training as Neurarium does it: losses, schedule, optimiser, and the state that is loaded and saved."""

import json
import math
import pathlib

import torch
from safetensors.torch import load_file, save_file
from torch.nn import functional as F

import chance
import model
from images import FOLDER, Images

MOST_WARMUP_EPOCHS = 2
MOMENTS = ["momentum_buffer", "exp_avg", "exp_avg_sq"]


def example_losses(y, target, mask, loss):
    """The loss of each example of a batch."""
    name, _, number = loss.partition(":")
    if name == "cross-entropy":
        return F.cross_entropy(y, target, reduction="none")
    if name == "hinge":
        right = y.gather(1, target[:, None])
        others = y.scatter(1, target[:, None], -math.inf).amax(1, keepdim=True)
        return (1 + others - right).clamp(min=0)[:, 0]
    delta = float(number or 1)
    values = {
        "mse": lambda: (y - target) ** 2,
        "sum-squares": lambda: (y - target) ** 2 * (y[0].numel() / 2),
        "l1": lambda: (y - target).abs(),
        "huber": lambda: F.huber_loss(y, target, reduction="none", delta=delta),
        "bce": lambda: F.binary_cross_entropy_with_logits(y, target, reduction="none"),
    }[name]()
    if mask is None:
        return values.flatten(1).mean(1)
    # The mean over the values inside the picture.
    count = mask.sum((1, 2, 3)) * values.shape[1]
    total = torch.where(mask > 0, values, 0).sum((1, 2, 3))
    return torch.where(count > 0, total / count.clamp(min=1), 0)


def curve(schedule, p):
    """The factor of the base rate after the share p of the run."""
    fall = lambda p: 0.5 * (1 + math.cos(math.pi * p))
    name = schedule["name"]
    if name == "linear":
        return 1 - p
    if name == "cosine":
        return fall(p)
    if name == "exponential":
        return schedule["end"] ** p
    if name == "step":
        drops = schedule["drops"]
        return schedule["factor"] ** min(math.floor(p * (drops + 1)), drops)
    if name == "one-cycle":
        first, start, end = 0.3, 1 / 25, 1 / 250_000
        if p < first:
            return 1 - (1 - start) * fall(p / first)
        return end + (1 - end) * fall((p - first) / (1 - first))
    return 1.0


class Learner:
    """A network with its optimiser and its position, on one of several processes, each with a part of every batch."""

    def __init__(self, state=FOLDER, device="cpu", rank=0, processes=1):
        state = pathlib.Path(state)
        self.settings = json.loads((FOLDER / "settings.json").read_text())
        self.position = json.loads((state / "position.json").read_text())
        self.device, self.rank, self.processes = torch.device(device), rank, processes
        self.images = Images(self.settings)
        self.weights = self.images.class_weights()
        self.network = model.Network()
        self.network.load_state_dict(load_file(state / "weights.safetensors"))
        self.network.to(self.device)
        self.module = self.network  # what is called; DistributedDataParallel wraps it
        for name, parameter in self.network.named_parameters():
            parameter.requires_grad = name not in self.settings["fixed"]
        self.load_optimizer(load_file(state / "optimizer.safetensors", device=str(self.device)))
        self.begin_epoch()

    # --- The state

    def moving(self):
        return [(name, one) for name, one in self.network.named_parameters() if one.requires_grad]

    def load_optimizer(self, state):
        settings, kind = self.settings, self.settings["optimizer"]
        decaying = [one for name, one in self.moving() if name in settings["decaying"]]
        others = [one for name, one in self.moving() if name not in settings["decaying"]]
        decay = settings["weight_decay"]
        groups = [{"params": decaying, "weight_decay": decay}, {"params": others, "weight_decay": 0.0}]
        groups = [group for group in groups if group["params"]]
        if kind["name"] == "sgd":
            # Neurarium keeps the decay out of the moments, so `step` applies it.
            for group in groups:
                group |= {"weight_decay": 0.0, "decay": group["weight_decay"]}
            self.optimizer = torch.optim.SGD(groups, lr=0.0, momentum=kind["momentum"])
        else:
            make = torch.optim.AdamW if kind["name"] == "adamw" else torch.optim.Adam
            self.optimizer = make(groups, lr=0.0, betas=tuple(kind["betas"]), eps=kind["epsilon"])
        self.free = {}
        for name, parameter in self.moving():
            moments = {what: state[f"{name}.{what}"] for what in MOMENTS if f"{name}.{what}" in state}
            if moments:
                self.optimizer.state[parameter] = moments | {
                    "step": torch.tensor(float(self.position["optimizer_steps"]))
                }
            if f"{name}.free" in state:
                self.free[parameter] = state[f"{name}.free"]

    def save(self, folder):
        """Writes the state, from which `Learner` goes on; one process does it."""
        folder = pathlib.Path(folder)
        folder.mkdir(parents=True, exist_ok=True)
        save_file({name: one.cpu().contiguous() for name, one in self.network.state_dict().items()}, folder / "weights.safetensors")
        tensors = {}
        for name, parameter in self.moving():
            for what in MOMENTS:
                if torch.is_tensor(self.optimizer.state[parameter].get(what)):
                    tensors[f"{name}.{what}"] = self.optimizer.state[parameter][what].cpu().contiguous()
            if parameter in self.free:
                tensors[f"{name}.free"] = self.free[parameter].cpu()
        save_file(tensors, folder / "optimizer.safetensors")
        (folder / "position.json").write_text(json.dumps(self.position, indent=2) + "\n")

    # --- The order of the images, and the rate

    def begin_epoch(self):
        settings = self.settings
        self.order = chance.shuffled(self.images.of("train"), settings["window"], settings["seed"], self.position["epoch"])

    def steps_per_epoch(self):
        return -(-len(self.order) // self.settings["batch"])

    def steps_left(self):
        """Steps to the end of the run; None if it has no end."""
        epochs, at = self.settings["epochs"], self.position
        if not epochs:
            return None
        whole = max(epochs - at["epoch"], 0) * self.steps_per_epoch()
        return max(whole - at["position"] // self.settings["batch"], 0)

    def rate(self):
        settings, step = self.settings, self.position["step"]
        steps = settings["epochs"] * self.steps_per_epoch()
        warmup = min(settings["warmup_steps"], MOST_WARMUP_EPOCHS * self.steps_per_epoch())
        if steps:
            warmup = min(warmup, steps // 10)  # a long one would outlast a short run
        base = settings["learning_rate"] * self.position["rate_factor"]
        if step < warmup:
            return base * curve(settings["schedule"], 0.0) * (step + 1) / warmup
        share = min((step - warmup) / max(steps - warmup, 1), 1.0) if steps else 0.0
        return base * curve(settings["schedule"], share)

    # --- A step

    def losses(self, whole, seed=None):
        """Losses of the part of a batch that is this process's own, and the indices of that part."""
        first = len(whole) * self.rank // self.processes
        end = len(whole) * (self.rank + 1) // self.processes
        mine = whole[first:end] or whole[:1]  # a process without images takes part without weight
        set_dropout(seed, first)
        x, target, mask = self.images.batch(mine, seed)
        to = lambda tensor: tensor if tensor is None else tensor.to(self.device)
        losses = example_losses(self.module(x.to(self.device)), to(target), to(mask), self.settings["loss"])
        return (losses if first < end else losses[:0] * 0), mine

    def step(self):
        """Takes the next step; returns its loss, the mean over the whole batch before the step."""
        at = self.position
        whole = self.order[at["position"] : at["position"] + self.settings["batch"]]
        self.network.train()
        losses, mine = self.losses(whole, chance.step_seed(self.settings["seed"], at["step"]))
        weighted = losses
        if self.weights is not None and len(losses):
            weighted = losses * self.weights[self.images.labels[mine]].to(self.device)
        # The gradients of all processes are averaged.
        self.optimizer.zero_grad()
        (weighted.sum() * (self.processes / len(whole))).backward()
        loss = self.total(losses.detach().double().sum()) / len(whole)
        self.apply(loss)
        at["step"] += 1
        at["examples_seen"] += len(whole)
        at["position"] += len(whole)
        if at["position"] >= len(self.order):
            at["epoch"], at["position"] = at["epoch"] + 1, 0
            self.begin_epoch()
        return loss

    def apply(self, loss):
        """Moves the parameters; a step whose loss or gradient is not finite is left out and halves the rate."""
        gradients = []
        for _, parameter in self.moving():
            if parameter in self.free:
                parameter.grad *= self.free[parameter]
            gradients.append(parameter.grad)
        norm = math.sqrt(sum(gradient.double().square().sum().item() for gradient in gradients))
        if not math.isfinite(loss) or not math.isfinite(norm):
            self.position["rate_factor"] *= 0.5
            return
        most = self.settings["clip_norm"]
        if most and norm > most:
            for gradient in gradients:
                gradient *= most / norm
        rate, before = self.rate(), {parameter: parameter.detach().clone() for parameter in self.free}
        for group in self.optimizer.param_groups:
            group["lr"] = rate
            for parameter in group["params"] if group.get("decay") else []:
                parameter.data.mul_(1 - rate * group["decay"])
        self.optimizer.step()
        for parameter, kept in before.items():
            parameter.data.copy_(torch.where(self.free[parameter] > 0, parameter.data, kept))
        self.position["optimizer_steps"] += 1

    def total(self, value):
        """The sum over all processes."""
        if self.processes > 1:
            torch.distributed.all_reduce(value)
        return value.item()

    @torch.no_grad()
    def evaluate(self, split="validation"):
        """The mean loss of a split, and the share of images that a classifier names; None without images."""
        examples, loss, right = self.images.of(split), 0.0, 0
        if not examples:
            return None
        self.network.eval()
        module, self.module = self.module, self.network  # processes may have different numbers of images here
        for at in range(0, len(examples), self.settings["batch"]):
            whole = examples[at : at + self.settings["batch"]]
            losses, mine = self.losses(whole)
            loss += losses.double().sum().item()
            if self.settings["task"] == "classifier" and len(losses):
                x, labels, _ = self.images.batch(mine)
                right += (self.network(x.to(self.device)).argmax(1).cpu() == labels).sum().item()
        self.module = module
        sums = [self.total(torch.tensor(float(value), dtype=torch.float64, device=self.device)) for value in (loss, right)]
        return [value / len(examples) for value in sums]


def set_dropout(seed, first):
    """Lets layers drop what Neurarium would drop in a step, for a part that begins at this position of its batch."""
    dropout = getattr(model, "Dropout", None)
    if dropout and seed is not None:
        factors = lambda shape, rate, number: chance.dropout_factors(tuple(shape), rate, chance.layer_seed(seed, number), first)
        dropout.factors = lambda *layer: torch.from_numpy(factors(*layer))
