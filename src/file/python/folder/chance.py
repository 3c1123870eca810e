"""Neurarium's random numbers: number n of a stream depends only on (seed, purpose, index, n).

The mixing is Squares (Widynski 2020, https://arxiv.org/abs/2004.06278).
"""

import numpy as np

SHUFFLE, DROPOUT, AUGMENT, DENOISE = 3, 4, 6, 9  # purposes
WORD = 2**64 - 1
CHUNKS = 64  # in the window of a shuffle


def mix(z):
    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9 & WORD
    z = (z ^ (z >> 27)) * 0x94D049BB133111EB & WORD
    return z ^ (z >> 31)


def key_of(seed, purpose, index):
    purposed = mix((mix(seed ^ 0x9E3779B97F4A7C15) + purpose) & WORD)
    return mix(purposed ^ mix((index + 0x5851F42D4C957F2D) & WORD)) | 1


def step_seed(seed, step):
    """The seed of everything random in a step."""
    return seed ^ (step * 0x9E3779B97F4A7C15 & WORD)


def layer_seed(seed, number):
    """The seed of a layer's own numbers in a step."""
    return seed ^ (number * 0xD1342543DE82EF95 & WORD)


def words(keys, start, count):
    """Numbers start to start + count of each stream, uint32 [keys, count]."""
    key = np.array(keys, np.uint64)[:, None]
    half = np.uint64(32)
    turned = lambda x: (x >> half) | (x << half)
    y = np.arange(start, start + count, dtype=np.uint64)[None] * key
    z = y + key
    x = turned(y * y + y)
    x = turned(x * x + z)
    x = turned(x * x + y)
    return ((x * x + z) >> half).astype(np.uint32)


def uniform(drawn):
    """Words as floats in 0..1."""
    return (drawn >> np.uint32(8)).astype(np.float32) * np.float32(2**-24)


def noise(drawn):
    """Words as nearly normal numbers: the sum of their four bytes."""
    total = sum((drawn >> np.uint32(8 * byte)) & np.uint32(255) for byte in range(4))
    return (total.astype(np.float32) - np.float32(510)) * np.float32(1 / 147.8016)


class Stream:
    """Numbers of one stream, one after the other."""

    def __init__(self, seed, purpose, index):
        self.key, self.counter = key_of(seed, purpose, index), 0

    def words(self, count):
        self.counter += count
        return words([self.key], self.counter - count, count)[0]

    def below(self, limits):
        """An integer below each limit."""
        return (self.words(len(limits)).astype(np.uint64) * np.array(limits, np.uint64) >> np.uint64(32)).tolist()

    def shuffle(self, items):
        """Fisher-Yates."""
        lasts = range(len(items) - 1, 0, -1)
        for last, other in zip(lasts, self.below([last + 1 for last in lasts])):
            items[last], items[other] = items[other], items[last]


def shuffled(examples, window, seed, epoch):
    """The order in which an epoch visits the examples; a window slides over more of them than it holds."""
    stream, window = Stream(seed, SHUFFLE, epoch), max(window, 1)
    if len(examples) <= window:
        order = list(examples)
        stream.shuffle(order)
        return order
    length = -(-window // CHUNKS)
    chunks = [examples[at : at + length] for at in range(0, len(examples), length)]
    stream.shuffle(chunks)
    order = [example for chunk in chunks for example in chunk]
    sizes = [min(len(order), at + window) - at for at in range(len(order))]
    for at, further in enumerate(stream.below(sizes)):
        order[at], order[at + further] = order[at + further], order[at]
    return order


def dropout_factors(shape, rate, seed, first):
    """0 or 1 / (1 - rate) for the values of a batch whose first example has this position in the whole batch."""
    count, channels, *sides = shape
    keys = [key_of(seed, DROPOUT, first + example) for example in range(count)]
    drawn = uniform(words(keys, 0, channels * int(np.prod(sides, dtype=int))))
    factors = np.where(drawn < np.float32(rate), np.float32(0), np.float32(1) / (np.float32(1) - np.float32(rate)))
    if not sides:
        return factors
    return np.moveaxis(factors.reshape(count, *sides, channels), -1, 1)  # pixel by pixel there, plane by plane here
