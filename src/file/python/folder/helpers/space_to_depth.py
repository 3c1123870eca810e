def space_to_depth(x, side):
    """The pixels of each tile as the channels of one, line by line, pixel by pixel, channel by channel."""
    n, c, h, w = x.shape
    tiles = x.reshape(n, c, h // side, side, w // side, side).permute(0, 3, 5, 1, 2, 4)
    return tiles.reshape(n, side * side * c, h // side, w // side)
