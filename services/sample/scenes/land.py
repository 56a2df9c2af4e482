"""Scenes in the country."""
# ruff: noqa: PLR2004 - a drawing is made of numbers

from math import cos, pi, sin

from services.sample.canvas import Canvas, Colour, mix


def hills(canvas: Canvas) -> None:
    """Ridges behind ridges, paler the farther they are."""
    high, middle, low, far, near, light = canvas.palette
    canvas.sky([high, middle, low, mix(low, light, 0.3)], 0, 0.7)
    canvas.sky([low, low], 0.7, 1)
    canvas.glow((1.1, 0.4), 0.55, light, 0.95)
    canvas.disc((1.1, 0.38), 0.05, mix(light, (255, 255, 255), 0.65))
    for number in range(6):
        share = number / 5
        canvas.ridge(0.47 + 0.095 * number, 0.055, mix(mix(far, low, 0.6 * (1 - share)), near, share), 7 + number % 3)
    dark = mix(near, (0, 0, 0), 0.35)
    for _ in range(26):
        x, y = canvas.chance.uniform(0, 1.6), canvas.chance.uniform(0.93, 1.0)
        _fir(canvas, x, y, canvas.chance.uniform(0.05, 0.1), dark)


def _fir(canvas: Canvas, x: float, y: float, tall: float, fill: Colour) -> None:
    for part in range(3):
        wide, base = tall * (0.3 - 0.07 * part), y - tall * 0.27 * part
        canvas.shape([(x - wide, base), (x, base - tall * 0.5), (x + wide, base)], fill)
    canvas.box(x - tall * 0.04, y, x + tall * 0.04, y + tall * 0.2, fill)


def forest(canvas: Canvas) -> None:
    """Trunks in the mist, light from behind."""
    high, middle, low, far, near, light = canvas.palette
    canvas.sky([high, middle, low, far], 0, 1)
    canvas.glow((0.72, 0.4), 0.85, light, 0.95)
    for layer in range(4):
        share = layer / 3
        tone = mix(mix(low, far, 0.35), near, share)
        for _ in range(15 - 3 * layer):
            x, wide = canvas.chance.uniform(-0.02, 1.62), 0.012 + 0.016 * layer * canvas.chance.uniform(0.6, 1)
            lean = canvas.chance.uniform(-0.02, 0.02)
            canvas.shape(
                [(x - wide / 2, 1), (x + lean - wide * 0.35, 0), (x + lean + wide * 0.35, 0), (x + wide / 2, 1)], tone
            )
            for _ in range(2 + layer):
                y, reach = canvas.chance.uniform(0.02, 0.5), canvas.chance.choice((-1, 1)) * (0.05 + 0.03 * layer)
                canvas.line([(x + lean / 2, y + 0.07), (x + reach, y)], tone, 0.003 + 0.0016 * layer)
        canvas.ridge(0.86 + 0.035 * layer, 0.014, mix(tone, far, 0.2))
    for beam in range(5):
        x = 0.4 + 0.16 * beam
        canvas.shape([(x, 0), (x + 0.045, 0), (x - 0.22, 1), (x - 0.4, 1)], light, 16)


def turbines(canvas: Canvas) -> None:
    """Wind turbines above yellow fields."""
    high, middle, low, far, near, light = canvas.palette
    canvas.sky([high, middle, low], 0, 0.75)
    canvas.glow((0.3, 0.3), 0.5, light, 0.6)
    for _ in range(7):
        x, y = canvas.chance.uniform(0, 1.6), canvas.chance.uniform(0.08, 0.4)
        for _ in range(6):
            canvas.disc(
                (x + canvas.chance.gauss(0, 0.07), y + canvas.chance.gauss(0, 0.008)),
                0.06,
                (255, 255, 255),
                38,
                flat=0.3,
            )
    canvas.ridge(0.67, 0.03, mix(far, low, 0.35))
    for x, y, tall in ((0.22, 0.72, 0.26), (0.55, 0.7, 0.2), (0.84, 0.69, 0.16), (1.22, 0.76, 0.44), (1.5, 0.7, 0.2)):
        _turbine(canvas, x, y, tall)
    canvas.ridge(0.75, 0.02, far)
    canvas.ridge(0.84, 0.02, mix(far, near, 0.5))
    canvas.ridge(0.92, 0.02, near)
    for number in range(60):
        x = -0.4 + number * 0.04
        canvas.line([(0.8 + (x - 0.6) * 0.5, 0.93), (x * 1.5 - 0.2, 1.02)], mix(near, light, 0.3), 0.003, 70)


def _turbine(canvas: Canvas, x: float, y: float, tall: float) -> None:
    white, turn = (246, 248, 250), canvas.chance.uniform(0, 2 * pi / 3)
    canvas.shape(
        [
            (x - tall * 0.022, y + 0.06),
            (x - tall * 0.011, y - tall),
            (x + tall * 0.011, y - tall),
            (x + tall * 0.022, y + 0.06),
        ],
        white,
    )
    for blade in range(3):
        angle = turn + blade * 2 * pi / 3
        tip = (x + cos(angle) * tall * 0.55, y - tall + sin(angle) * tall * 0.55)
        side = (-sin(angle) * tall * 0.028, cos(angle) * tall * 0.028)
        knee = (x + cos(angle) * tall * 0.12, y - tall + sin(angle) * tall * 0.12)
        canvas.shape([(x, y - tall), (knee[0] + side[0], knee[1] + side[1]), tip], white)
    canvas.disc((x, y - tall), tall * 0.026, (226, 230, 234))


def balloons(canvas: Canvas) -> None:
    """Hot-air balloons at sunrise."""
    high, middle, low, far, near, light = canvas.palette
    canvas.sky([high, middle, low, mix(low, light, 0.5)], 0, 0.85)
    canvas.glow((0.5, 0.75), 0.7, light, 0.9)
    canvas.ridge(0.76, 0.04, mix(far, low, 0.4))
    canvas.ridge(0.85, 0.03, mix(far, near, 0.4))
    canvas.ridge(0.93, 0.02, near)
    tones = [(214, 73, 62), (240, 165, 56), (58, 124, 165), (92, 148, 104), (136, 92, 150), (232, 110, 90)]
    places = [
        (0.34, 0.3, 0.15),
        (0.82, 0.47, 0.09),
        (1.16, 0.24, 0.12),
        (1.42, 0.52, 0.065),
        (0.62, 0.63, 0.045),
        (0.1, 0.58, 0.055),
    ]
    for (x, y, size), tone in zip(places, tones, strict=True):
        _balloon(canvas, x, y, size, tone)


def _balloon(canvas: Canvas, x: float, y: float, size: float, tone: Colour) -> None:
    pale = mix(tone, (255, 255, 255), 0.55)
    canvas.shape(
        [
            (x - size * 0.8, y + size * 0.58),
            (x + size * 0.8, y + size * 0.58),
            (x + size * 0.16, y + size * 1.32),
            (x - size * 0.16, y + size * 1.32),
        ],
        tone,
    )
    canvas.disc((x, y), size, tone)
    for wide, fill in ((0.72, pale), (0.42, tone), (0.14, pale)):
        r, cx, cy = size * canvas.unit, x * canvas.unit, y * canvas.unit
        canvas.draw.ellipse((cx - r * wide, cy - r, cx + r * wide, cy + r), fill=fill)
        canvas.shape(
            [
                (x - size * wide * 0.8, y + size * 0.58),
                (x + size * wide * 0.8, y + size * 0.58),
                (x + size * 0.16 * wide, y + size * 1.32),
                (x - size * 0.16 * wide, y + size * 1.32),
            ],
            fill,
        )
    canvas.line([(x - size * 0.13, y + size * 1.32), (x - size * 0.1, y + size * 1.5)], (70, 50, 40), 0.003)
    canvas.line([(x + size * 0.13, y + size * 1.32), (x + size * 0.1, y + size * 1.5)], (70, 50, 40), 0.003)
    canvas.box(x - size * 0.13, y + size * 1.48, x + size * 0.13, y + size * 1.68, (110, 74, 48), round_by=size * 0.03)


def viaduct(canvas: Canvas) -> None:
    """A train on a viaduct across a valley."""
    high, middle, low, far, near, light = canvas.palette
    canvas.sky([high, middle, low], 0, 0.8)
    canvas.glow((1.3, 0.3), 0.5, light, 0.8)
    canvas.ridge(0.5, 0.07, mix(far, low, 0.5))
    canvas.ridge(0.64, 0.05, mix(far, near, 0.25))
    stone, shade = mix((176, 150, 126), low, 0.25), mix(near, (90, 70, 60), 0.5)
    canvas.box(0, 0.5, 1.6, 0.9, stone)
    for number in range(9):
        x = 0.02 + number * 0.2
        gap = mix(far, near, 0.45)
        canvas.disc((x, 0.62), 0.075, gap)
        canvas.box(x - 0.075, 0.62, x + 0.075, 0.92, gap)
        canvas.box(x + 0.075, 0.57, x + 0.086, 0.92, shade, 90)
    canvas.box(0, 0.486, 1.6, 0.507, shade)
    for wagon in range(5):
        left = 0.28 + wagon * 0.186
        canvas.box(left, 0.408, left + 0.178, 0.482, (196, 58, 52) if wagon < 4 else (164, 44, 42), round_by=0.016)
        canvas.box(left, 0.456, left + 0.178, 0.466, (246, 236, 220))
        for window in range(5):
            canvas.box(
                left + 0.014 + window * 0.032,
                0.42,
                left + 0.036 + window * 0.032,
                0.446,
                mix(light, (255, 255, 255), 0.3),
                round_by=0.004,
            )
    canvas.ridge(0.87, 0.03, mix(far, near, 0.75))
    canvas.ridge(0.94, 0.02, near)
    for _ in range(22):
        _fir(
            canvas,
            canvas.chance.uniform(0, 1.6),
            canvas.chance.uniform(0.92, 1),
            canvas.chance.uniform(0.06, 0.12),
            mix(near, (0, 0, 0), 0.3),
        )


def stars(canvas: Canvas) -> None:
    """An observatory under a sky full of stars."""
    high, middle, low, far, near, light = canvas.palette
    canvas.sky([high, middle, low], 0, 1)
    for step in range(9):
        canvas.glow((0.1 + step * 0.17, 0.62 - step * 0.065), 0.2, mix(low, light, 0.35), 0.34)
    for _ in range(520):
        x, y = canvas.chance.uniform(0, 1.6), canvas.chance.uniform(0, 0.85)
        canvas.disc(
            (x, y),
            canvas.chance.choice((0.001, 0.0014, 0.0014, 0.0026)),
            (255, 255, 255),
            canvas.chance.randint(90, 255),
        )
    canvas.line([(0.95, 0.1), (1.22, 0.2)], (255, 255, 255), 0.003, 170)
    canvas.ridge(0.83, 0.04, mix(far, near, 0.5))
    dome = mix((210, 214, 226), far, 0.5)
    canvas.disc((0.5, 0.7), 0.14, dome)
    canvas.shape([(0.52, 0.7), (0.6, 0.575), (0.64, 0.6), (0.575, 0.7)], high)
    canvas.line([(0.55, 0.69), (0.655, 0.53)], mix(dome, (0, 0, 0), 0.4), 0.018)
    canvas.box(0.36, 0.7, 0.64, 0.84, mix(dome, near, 0.3))
    canvas.box(0.35, 0.69, 0.65, 0.708, mix(dome, (0, 0, 0), 0.3))
    canvas.box(0.485, 0.76, 0.525, 0.84, light)
    canvas.ridge(0.88, 0.03, near)
