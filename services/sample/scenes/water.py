"""Scenes by the water."""
# ruff: noqa: PLR0917 - a drawing is made of numbers

from services.sample.canvas import Canvas, Colour, mix


def _sea(canvas: Canvas, level: float, deep: Colour, sun: float) -> None:
    """Water to the bottom edge, with a broken path of light below `sun`."""
    light = canvas.glow_colour
    for row in range(34):
        depth = row / 34
        y = level + (1 - level) * depth**1.5 + 0.004
        for _ in range(3 + row // 6):
            wide = (0.02 + 0.10 * depth) * canvas.chance.uniform(0.4, 1.2)
            x = sun + canvas.chance.gauss(0, 0.05 + 0.22 * depth)
            canvas.disc((x, y), wide, light, round(70 - 48 * depth), flat=0.035)
    for row in range(26):
        y = level + (1 - level) * (row / 26) ** 1.3
        x = canvas.chance.uniform(0, 1.6)
        canvas.disc((x, y), canvas.chance.uniform(0.05, 0.3), deep, 40, flat=0.02)


def _boat(canvas: Canvas, x: float, y: float, size: float, hull: Colour, sail: Colour) -> None:
    canvas.shape(
        [(x - size, y), (x + size, y), (x + size * 0.7, y + size * 0.32), (x - size * 0.75, y + size * 0.32)], hull
    )
    canvas.line([(x, y), (x, y - size * 2.3)], hull, 0.004)
    canvas.shape([(x + 0.006, y - size * 2.2), (x + 0.006, y - size * 0.15), (x + size * 0.95, y - size * 0.15)], sail)
    canvas.shape(
        [(x - 0.006, y - size * 1.9), (x - 0.006, y - size * 0.15), (x - size * 0.7, y - size * 0.15)], sail, 225
    )
    canvas.shape(
        [(x - size * 0.8, y + size * 0.36), (x + size * 0.8, y + size * 0.36), (x + size * 0.2, y + size * 1.7)],
        hull,
        60,
    )


def harbour(canvas: Canvas) -> None:
    """Dusk over a harbour: a low sun, moored boats, a mole with lamps."""
    high, middle, low, far, near, light = canvas.palette
    canvas.sky([high, middle, low, mix(low, light, 0.5)], 0, 0.56)
    canvas.sky([mix(low, far, 0.35), far, near], 0.56, 1)
    canvas.glow((1.05, 0.52), 0.6, light, 0.9)
    canvas.disc((1.05, 0.5), 0.052, mix(light, (255, 255, 255), 0.6))
    canvas.ridge(0.53, 0.035, mix(low, far, 0.75))
    canvas.box(0, 0.56, 1.6, 1, mix(far, near, 0.3))
    _sea(canvas, 0.56, near, 1.05)
    for number in range(9):
        left = 0.02 + number * 0.058
        top = 0.5 - canvas.chance.uniform(0.02, 0.085)
        canvas.box(left, top, left + 0.05, 0.575, near)
        canvas.shape([(left - 0.004, top), (left + 0.025, top - 0.035), (left + 0.054, top)], near)
        canvas.box(left + 0.017, top + 0.03, left + 0.027, top + 0.046, light)
    canvas.box(0, 0.572, 0.62, 0.592, mix(near, (0, 0, 0), 0.3))
    for x, y, size in ((0.34, 0.7, 0.06), (0.86, 0.64, 0.034), (1.3, 0.74, 0.085)):
        _boat(canvas, x, y, size, mix(near, (0, 0, 0), 0.35), mix(light, (255, 255, 255), 0.45))


def lighthouse(canvas: Canvas) -> None:
    """A lighthouse on a rock, its beam over the sea."""
    high, middle, low, far, near, light = canvas.palette
    canvas.sky([high, middle, low], 0, 0.7)
    canvas.sky([far, near], 0.7, 1)
    canvas.glow((1.12, 0.27), 0.55, light, 0.55)
    for _ in range(70):
        canvas.disc((canvas.chance.uniform(0, 1.6), canvas.chance.uniform(0, 0.5)), 0.0016, (255, 255, 255), 130)
    canvas.shape([(1.12, 0.262), (-0.1, 0.06), (-0.1, 0.36)], light, 60)
    canvas.shape([(1.12, 0.262), (-0.1, 0.13), (-0.1, 0.27)], light, 60)
    canvas.shape([(1.12, 0.262), (1.7, 0.2), (1.7, 0.36)], light, 46)
    canvas.box(0, 0.7, 1.6, 1, mix(far, near, 0.4))
    _sea(canvas, 0.7, near, 0.7)
    dark = mix(near, (0, 0, 0), 0.35)
    canvas.shape(
        [(0.78, 1), (0.9, 0.8), (1.0, 0.74), (1.2, 0.71), (1.36, 0.78), (1.5, 0.86), (1.6, 0.88), (1.6, 1)], dark
    )
    white = mix((255, 255, 255), middle, 0.22)
    canvas.shape([(1.065, 0.73), (1.085, 0.3), (1.155, 0.3), (1.175, 0.73)], white)
    for top, bottom in ((0.38, 0.46), (0.56, 0.64)):
        spread = 0.046 * (top - 0.3) / 0.86, 0.046 * (bottom - 0.3) / 0.86
        left, right = 1.085, 1.155
        canvas.shape(
            [
                (left - spread[0], top),
                (right + spread[0], top),
                (right + spread[1], bottom),
                (left - spread[1], bottom),
            ],
            (190, 62, 54),
        )
    canvas.shape([(1.13, 0.3), (1.155, 0.3), (1.175, 0.73), (1.14, 0.73)], near, 60)
    canvas.box(1.07, 0.29, 1.17, 0.303, dark)
    canvas.box(1.09, 0.235, 1.15, 0.29, light)
    canvas.shape([(1.08, 0.238), (1.12, 0.19), (1.16, 0.238)], dark)


def lake(canvas: Canvas) -> None:
    """A still lake under mountains, and on it a swan."""
    high, middle, low, far, near, light = canvas.palette
    canvas.sky([high, middle, low], 0, 0.6)
    canvas.sky([low, middle, near], 0.6, 1)
    canvas.glow((0.5, 0.36), 0.5, light, 0.8)
    peaks = [
        (-0.1, 0.6),
        (0.1, 0.36),
        (0.24, 0.46),
        (0.44, 0.22),
        (0.66, 0.44),
        (0.86, 0.31),
        (1.1, 0.5),
        (1.32, 0.3),
        (1.7, 0.6),
    ]
    canvas.shape(peaks, mix(far, low, 0.3))
    canvas.shape([(0.44, 0.22), (0.37, 0.3), (0.43, 0.29), (0.46, 0.33), (0.51, 0.28)], (250, 250, 252), 215)
    canvas.shape([(1.32, 0.3), (1.26, 0.345), (1.32, 0.34), (1.36, 0.36), (1.4, 0.345)], (250, 250, 252), 215)
    canvas.shape([(x, 1.2 - y) for x, y in peaks], mix(far, near, 0.2), 110)
    canvas.box(0, 0.592, 1.6, 0.606, mix(near, (0, 0, 0), 0.2), 190)
    for row in range(40):
        y = 0.63 + 0.37 * (row / 40) ** 1.4
        canvas.disc(
            (canvas.chance.uniform(0, 1.6), y), canvas.chance.uniform(0.05, 0.24), mix(light, low, 0.5), 44, flat=0.016
        )
    white = (252, 250, 246)
    canvas.disc((1.05, 0.885), 0.15, near, 70, flat=0.13)
    canvas.disc((1.06, 0.82), 0.135, white, flat=0.42)
    canvas.shape([(1.12, 0.79), (1.25, 0.735), (1.19, 0.83), (1.1, 0.86)], white)
    canvas.line([(0.955, 0.81), (0.925, 0.74), (0.945, 0.675), (0.93, 0.625), (0.9, 0.607)], white, 0.032)
    canvas.disc((0.897, 0.612), 0.026, white)
    canvas.shape([(0.88, 0.6), (0.835, 0.632), (0.88, 0.628)], (226, 126, 44))
    canvas.disc((0.893, 0.606), 0.0042, (20, 20, 24))
    canvas.line([(1.02, 0.8), (1.1, 0.78), (1.19, 0.775)], mix(white, far, 0.3), 0.006)


def bridge(canvas: Canvas) -> None:
    """A suspension bridge in the morning haze."""
    high, middle, low, far, near, light = canvas.palette
    canvas.sky([high, middle, low], 0, 0.72)
    canvas.sky([mix(low, far, 0.4), near], 0.72, 1)
    canvas.glow((0.8, 0.6), 0.75, light, 0.85)
    canvas.ridge(0.63, 0.05, mix(low, far, 0.35))
    canvas.ridge(0.69, 0.03, mix(low, far, 0.6))
    canvas.box(0, 0.73, 1.6, 1, mix(far, near, 0.45))
    _sea(canvas, 0.73, near, 0.8)
    steel = mix(near, (150, 40, 30), 0.35)
    towers = (0.42, 1.18)
    for start, end in ((-0.34, 0.42), (0.42, 1.18), (1.18, 1.94)):
        hang = [(start + (end - start) * t / 30, 0.57 - 0.36 * (2 * t / 30 - 1) ** 2) for t in range(31)]
        canvas.line(hang, steel, 0.008)
        for x, y in hang[1:-1]:
            canvas.line([(x, y), (x, 0.61)], steel, 0.0025, 190)
    canvas.box(0, 0.605, 1.6, 0.632, steel)
    for x in towers:
        canvas.box(x - 0.024, 0.18, x - 0.01, 0.8, steel)
        canvas.box(x + 0.01, 0.18, x + 0.024, 0.8, steel)
        for y in (0.2, 0.33, 0.46):
            canvas.box(x - 0.024, y, x + 0.024, y + 0.015, steel)
        canvas.box(x - 0.05, 0.79, x + 0.05, 0.84, mix(near, (0, 0, 0), 0.3))
    for number in range(7):
        x = 0.1 + number * 0.21 + canvas.chance.uniform(0, 0.08)
        canvas.box(x, 0.588, x + 0.034, 0.605, mix(light, (255, 255, 255), 0.3), round_by=0.004)
