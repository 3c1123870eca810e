def average_pool(x, margins, size, stride):
    """Means over windows that reach beyond the picture and count what they have."""
    inside = F.avg_pool2d(F.pad(torch.ones_like(x[:1, :1]), margins), size, stride)
    return F.avg_pool2d(F.pad(x, margins), size, stride) / inside
