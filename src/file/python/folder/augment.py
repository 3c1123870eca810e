"""Augmentation: images are flipped, rotated, shifted, zoomed and coloured at random each time they are used.

Pixel p of the new image shows the old one at c + F R(-a) (p - c - t) / z, with c the centre, F the flip, a the angle, t the
shift and z the zoom. A target picture moves with its image, and nothing else happens to it.
"""

import numpy as np

from chance import noise, uniform

f32 = np.float32


def augmented(x, frame, settings, stream, target=None, target_frame=None):
    """An image [H, W, C] changed within its frame, and its target picture moved alike."""
    either = f32(2) * uniform(stream.words(10)) - f32(1)
    mirror_x = either[0] < 0 and settings["flip"] in ("horizontal", "both")
    mirror_y = either[1] < 0 and settings["flip"] in ("vertical", "both")
    angle = f32(settings["rotation"]) * either[2]
    right, down = f32(settings["shift"]) * either[3], f32(settings["shift"]) * either[4]
    zoom, contrast = factor(settings["zoom"], either[5]), factor(settings["contrast"], either[6])
    brightness = f32(settings["brightness"]) * either[7]
    left, top, width, height = (int(side) for side in frame)

    if mirror_x or mirror_y or settings["rotation"] or settings["shift"] or settings["zoom"]:
        sin, cos = np.sin(np.deg2rad(float(angle))), np.cos(np.deg2rad(float(angle)))
        sx, sy = (-1 if mirror_x else 1) / float(zoom), (-1 if mirror_y else 1) / float(zoom)
        matrix = np.array([[sx * cos, sx * sin], [-sy * sin, sy * cos]])
        moved = np.array([float(right) * width, float(down) * height])
        x = resampled(x, frame, matrix, moved)
        if target is not None:
            # The ratios of the frames' sides, so that both move alike whatever their sizes.
            across, along = width / max(target_frame[2], 1), height / max(target_frame[3], 1)
            ratio = np.array([[1, along / across], [across / along, 1]])
            target = resampled(target, target_frame, matrix * ratio, moved / [across, along])
    x = x.copy()
    inside = x[top : top + height, left : left + width]
    mean = inside.mean((0, 1), dtype=np.float64).astype(f32) if inside.size else np.zeros(x.shape[2], f32)
    if settings["contrast"] or settings["brightness"]:
        grey = mean.sum(dtype=f32) / f32(len(mean))
        coloured = lambda x: np.clip(grey + contrast * (x - grey) + brightness, 0, 1)
        inside[:] = coloured(inside)
        mean = coloured(mean)
    if settings["cutout"]:
        half = 0.5 * settings["cutout"] * min(width, height)
        across, along = 0.5 * width * (1 + either[8]), 0.5 * height * (1 + either[9])
        columns = np.abs(np.arange(width) + 0.5 - across) <= half
        rows = np.abs(np.arange(height) + 0.5 - along) <= half
        inside[np.ix_(rows, columns)] = mean
    if settings["noise"]:
        drawn = noise(stream.words(inside.size)).reshape(inside.shape)
        inside[:] = np.clip(inside + f32(settings["noise"]) * drawn, 0, 1)
    return x, target


def factor(most, chance):
    """1 / (1 + most) ..= 1 + most, for chance in -1..1."""
    most = f32(most)
    return f32(1) / (f32(1) - most * chance) if chance < 0 else f32(1) + most * chance


def resampled(picture, frame, matrix, moved):
    """Bilinear interpolation within the frame, whose edge extends beyond it."""
    left, top, width, height = (int(side) for side in frame)
    if not width or not height:
        return picture
    centre = np.array([0.5 * (width - 1), 0.5 * (height - 1)])
    across, down = np.meshgrid(np.arange(width) - centre[0] - moved[0], np.arange(height) - centre[1] - moved[1])
    u = np.clip(centre[0] + matrix[0, 0] * across + matrix[0, 1] * down, 0, width - 1)
    v = np.clip(centre[1] + matrix[1, 0] * across + matrix[1, 1] * down, 0, height - 1)
    x0, y0 = u.astype(int), v.astype(int)
    x1, y1 = np.minimum(x0 + 1, width - 1), np.minimum(y0 + 1, height - 1)
    fx, fy = (u - x0).astype(f32)[..., None], (v - y0).astype(f32)[..., None]
    inside = picture[top : top + height, left : left + width]
    upper = inside[y0, x0] + fx * (inside[y0, x1] - inside[y0, x0])
    lower = inside[y1, x0] + fx * (inside[y1, x1] - inside[y1, x0])
    new = picture.copy()
    new[top : top + height, left : left + width] = upper + fy * (lower - upper)
    return new
