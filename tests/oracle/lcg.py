"""The random numbers of `lcg` in tests/common, for scripts with PyTorch and without."""


def lcg(length, seed):
    """A list of multiples of 2^-23 in -1..1."""
    state = (seed * 2654435761 + 1) % 2**32
    values = []
    for _ in range(length):
        state = (state * 1664525 + 1013904223) % 2**32
        values.append((state >> 8) / 2**23 - 1)
    return values
