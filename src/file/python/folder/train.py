"""Goes on with the training from the very step at which Neurarium wrote it.

    python train.py
    torchrun --nproc-per-node 2 train.py --steps 20

With several processes each takes its part of every batch; all together they see the same images in the same order.
"""

import argparse
import os

import torch
from torch.nn.parallel import DistributedDataParallel

from images import FOLDER
from learner import Learner


def options():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--steps", type=int, help="steps to take (default: to the end of the run)")
    parser.add_argument("--state", default=FOLDER, help="folder to go on from (default: this one)")
    parser.add_argument("--output", default="continued", help="folder for the state after each epoch and at the end")
    parser.add_argument("--every", type=int, default=50, help="steps between two lines of figures")
    parser.add_argument("--device", default="cuda" if torch.cuda.is_available() else "cpu")
    return parser.parse_args()


def main():
    chosen = options()
    rank, processes = int(os.environ.get("RANK", 0)), int(os.environ.get("WORLD_SIZE", 1))
    device = chosen.device
    if device == "cuda":
        device = f"cuda:{os.environ.get('LOCAL_RANK', 0)}"
        torch.cuda.set_device(device)
    if processes > 1:
        torch.distributed.init_process_group("nccl" if device.startswith("cuda") else "gloo")
    learner = Learner(chosen.state, device, rank, processes)
    if processes > 1:
        learner.module = DistributedDataParallel(learner.network)
    steps = learner.steps_left() if chosen.steps is None else chosen.steps
    if steps is None:
        raise SystemExit("train.py: this run has no end; choose one with --steps")
    for taken in range(1, steps + 1):
        rate, epoch = learner.rate(), learner.position["epoch"]
        loss = learner.step()
        ends_epoch = learner.position["epoch"] != epoch
        if rank == 0 and (taken % chosen.every == 0 or ends_epoch or taken == steps):
            print(f"step {learner.position['step']} loss {loss:.7g} rate {rate:.4g}", flush=True)
        if ends_epoch or taken == steps:
            if found := learner.evaluate() if ends_epoch else None:
                share = f" accuracy {found[1]:.4f}" if learner.settings["task"] == "classifier" else ""
                if rank == 0:
                    print(f"epoch {learner.position['epoch']} validation loss {found[0]:.7g}{share}", flush=True)
            if rank == 0:
                learner.save(chosen.output)
    if processes > 1:
        torch.distributed.destroy_process_group()


if __name__ == "__main__":
    main()
