def depth_to_space(x, side):
    """The channels of each pixel as a tile of pixels; undoes space_to_depth."""
    n, c, h, w = x.shape
    tiles = x.reshape(n, side, side, c // side**2, h, w).permute(0, 3, 4, 1, 5, 2)
    return tiles.reshape(n, c // side**2, h * side, w * side)
