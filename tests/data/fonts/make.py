"""Writes the fonts of this folder; see README.md."""
import re
from pathlib import Path

from fontTools.fontBuilder import FontBuilder
from fontTools.pens.t2CharStringPen import T2CharStringPen
from fontTools.pens.ttGlyphPen import TTGlyphPen
from fontTools.ttLib import TTCollection, TTFont
from fontTools.ttLib.tables import _g_l_y_f as glyf

HERE = Path(__file__).parent
SOURCE = HERE.joinpath("../../../src/data/letters/skeleton.rs").read_text()
SKELETONS = [(float(w), s) for w, s in re.findall(r'^    \(([\d.]+), "(m [^"]*)"\),$', SOURCE, re.M)]
LETTERS = [chr(c) for c in [*range(65, 91), *range(97, 123)]]
CAPITAL, SMALL, ASCENDER, DESCENDER = 700, 480, 740, 220


def strokes(skeleton):
    """Parts of strokes: (verb, from, to)."""
    words, at = skeleton.split(" "), None
    for verb, x, y in zip(words[::3], words[1::3], words[2::3]):
        to = (float(x), float(y))
        if verb != "m":
            yield verb, at, to
        at = to


def contours(skeleton, small, width, weight):
    """Closed contours of ('l', point) and ('c', control, point), all of one direction: curves are conic quarters."""

    def place(point):
        x, y = point
        height = y * CAPITAL
        if small:
            height = y * DESCENDER if y < 0 else y * SMALL if y <= 1 else SMALL + (y - 1) * (ASCENDER - SMALL)
        return (60 + x * width, height)

    for verb, a, b in strokes(skeleton):
        a, b = place(a), place(b)
        if verb == "l":
            dx, dy = b[0] - a[0], b[1] - a[1]
            length = (dx * dx + dy * dy) ** 0.5 or 1
            nx, ny = -dy / length * weight, dx / length * weight
            yield [("l", (a[0] - nx, a[1] - ny)), ("l", (b[0] - nx, b[1] - ny)), ("l", (b[0] + nx, b[1] + ny)), ("l", (a[0] + nx, a[1] + ny))]
            continue
        # A quarter of a ring around the centre, between an inner and an outer ellipse; each side is two curves.
        corner = (b[0], a[1]) if verb == "h" else (a[0], b[1])
        centre = (a[0] + b[0] - corner[0], a[1] + b[1] - corner[1])

        def side(grow, reverse):
            sign = lambda value: (value > 0) - (value < 0)
            radius = [abs(corner[i] - centre[i]) + grow for i in (0, 1)]
            out = [sign(corner[i] - centre[i]) * max(radius[i], 1) for i in (0, 1)]
            unit = [(0, 1), (0.4142, 1), (0.7071, 0.7071), (1, 0.4142), (1, 0)]
            if (verb == "v") != reverse:
                unit.reverse()
            return [(centre[0] + out[0] * x, centre[1] + out[1] * y) for x, y in unit]

        outer, inner = side(weight, False), side(-weight, True)
        ring = [("l", outer[0]), ("c", outer[1], outer[2]), ("c", outer[3], outer[4]), ("l", inner[0]), ("c", inner[1], inner[2]), ("c", inner[3], inner[4])]
        points = [step[-1] for step in ring]
        area = sum(p[0] * q[1] - q[0] * p[1] for p, q in zip(points, points[1:] + points[:1]))
        if area < 0:
            ring = reversed_ring(ring)
        yield ring


def reversed_ring(ring):
    points = [step[-1] for step in ring]
    result = [("l", points[-1])]
    for index in range(len(ring) - 1, 0, -1):
        step, to = ring[index], points[index - 1]
        result.append(("c", step[1], to) if step[0] == "c" else ("l", to))
    return result


def draw(pen, rings):
    whole = lambda point: (round(point[0]), round(point[1]))
    for ring in rings:
        pen.moveTo(whole(ring[0][1]))
        for step in ring[1:]:
            pen.lineTo(whole(step[1])) if step[0] == "l" else pen.qCurveTo(whole(step[1]), whole(step[2]))
        pen.closePath()


def font(family, style, weight, width=480, cubic=False, change=None, letters=LETTERS):
    names = [".notdef", *letters]
    build = FontBuilder(1000, isTTF=not cubic)
    build.setupGlyphOrder(names)
    build.setupCharacterMap({ord(letter): letter for letter in letters})
    drawings, widths = {}, {}
    for name in names:
        pen = T2CharStringPen(600, None) if cubic else TTGlyphPen(None)
        if name != ".notdef":
            index = LETTERS.index(name)
            small = index >= 26
            factor, skeleton = SKELETONS[index]
            if change:
                small, factor, skeleton = change(name, small, factor, skeleton)
            draw(pen, contours(skeleton, small, factor * width * (0.8 if small else 1), weight))
            widths[name] = (round(120 + factor * width), 0)
        else:
            widths[name] = (600, 0)
        drawings[name] = pen.getCharString() if cubic else pen.glyph()
    if cubic:
        build.setupCFF(f"{family}-{style}", {}, drawings, {})
    else:
        build.setupGlyf(drawings)
    build.setupHorizontalMetrics(widths)
    build.setupHorizontalHeader(ascent=900, descent=-260)
    build.setupNameTable({"familyName": family, "styleName": style})
    build.setupOS2(sTypoAscender=900, sTypoDescender=-260, usWinAscent=900, usWinDescent=260)
    build.setupPost(keepGlyphNames=False)
    build.font["head"].created = build.font["head"].modified = 3_800_000_000
    return build


def save(build, name, flavour=None):
    build.font.flavor = flavour
    build.font.recalcTimestamp = False
    build.font.save(HERE / name)


def only_capitals(name, small, factor, skeleton):
    factor, skeleton = SKELETONS[LETTERS.index(name.upper())]
    return False, factor * (0.9 if small else 1), re.sub(r"(\S+) (\S+) (\S+)", lambda m: f"{m[1]} {m[2]} {float(m[3]) * (0.9 if small else 1):g}", skeleton)


def main():
    save(font("Plain", "Regular", 35), "plain.ttf")
    save(font("Plain", "Heavy", 60, cubic=True), "plain.otf")
    save(font("Packed", "Regular", 40, width=420), "plain.woff", "woff")
    save(font("Packed Better", "Regular", 45, width=560), "plain.woff2", "woff2")

    varied = font("Varied", "Regular", 45, width=450)
    varied.setupFvar(
        [("wght", 100, 400, 900, "Weight")],
        [{"location": {"wght": 100}, "stylename": "Thin"}, {"location": {"wght": 400}, "stylename": "Regular"}, {"location": {"wght": 900}, "stylename": "Black"}],
    )
    from fontTools.ttLib.tables.TupleVariation import TupleVariation

    deltas = {}
    masters = {support: font("Varied", "Regular", weight, width=450).font["glyf"] for support, weight in [((-1, -1, 0), 15), ((0, 1, 1), 85)]}
    own = varied.font["glyf"]
    for letter in LETTERS:
        deltas[letter] = []
        for support, master in masters.items():
            moved = [(x - u, y - v) for (x, y), (u, v) in zip(master[letter].coordinates, own[letter].coordinates)]
            deltas[letter].append(TupleVariation({"wght": support}, [*moved, (0, 0), (0, 0), (0, 0), (0, 0)]))
    varied.setupGvar(deltas)
    save(varied, "varied.ttf")

    collection = TTCollection()
    pair, copy = font("Pair", "Regular", 28, width=520), font("Copy of Plain", "Regular", 35)
    collection.fonts = [pair.font, copy.font]
    for one in collection.fonts:
        one.recalcTimestamp = False
    collection.save(HERE / "two.ttc")

    save(font("Small Capitals", "Regular", 35, change=only_capitals), "small-capitals.ttf")
    save(font("Lacking", "Regular", 35, letters=[letter for letter in LETTERS if letter not in "Qq"]), "lacking.ttf")
    save(font("Wide", "Regular", 35, change=lambda name, small, factor, skeleton: (small, 4 if name == "W" else factor, skeleton)), "wide.ttf")
    save(font("Blank", "Regular", 35, change=lambda name, small, factor, skeleton: (small, factor, "m 0 0" if name == "k" else skeleton)), "blank.ttf")
    signs = font("Signs", "Regular", 35)
    signs.font["OS/2"].panose.bFamilyType = 5
    save(signs, "signs.ttf")

    nested = font("Nested", "Regular", 35)
    component = glyf.GlyphComponent()
    component.glyphName, component.x, component.y, component.flags = "A", 0, 0, 0x2
    itself = glyf.Glyph()
    itself.numberOfContours, itself.components = -1, [component]
    itself.xMin = itself.yMin = itself.xMax = itself.yMax = 0
    nested.font["glyf"]["A"] = itself
    nested.font.recalcBBoxes = False
    nested.font["maxp"].recalc = lambda ttFont: None
    save(nested, "nested.ttf")


main()
