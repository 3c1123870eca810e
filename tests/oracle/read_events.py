"""Reads a folder with an event file by the tensorboard package and prints its histograms and scalars as JSON.

    pip install tensorboard
    python tests/oracle/read_events.py history/classifier-mlp

tests/suite/histograms.rs compares them with history.json; tried with tensorboard 2.20.
"""

import json
import sys

from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

events = EventAccumulator(sys.argv[1], size_guidance={"histograms": 0, "scalars": 0})
events.Reload()
tags = events.Tags()


def histogram(event):
    value = event.histogram_value
    return {
        "step": event.step,
        "min": value.min,
        "max": value.max,
        "limits": list(value.bucket_limit),
        "buckets": list(value.bucket),
    }


print(
    json.dumps(
        {
            "histograms": {tag: [histogram(event) for event in events.Histograms(tag)] for tag in tags["histograms"]},
            "scalars": {tag: [[event.step, event.value] for event in events.Scalars(tag)] for tag in tags["scalars"]},
        }
    )
)
