"""Scenes under a roof, and one on paper."""
# ruff: noqa: PLR2004 - a drawing is made of numbers

from services.sample.canvas import Canvas, Colour, mix


def laboratory(canvas: Canvas) -> None:
    """Flasks on a bench, each with its own light."""
    high, middle, low, far, near, light = canvas.palette
    canvas.sky([high, middle, low], 0, 0.8)
    canvas.sky([far, near], 0.8, 1)
    canvas.glow((0.8, 0.4), 0.9, light, 0.5)
    for number in range(9):
        canvas.box(0.06 + number * 0.17, 0.1, 0.19 + number * 0.17, 0.36, mix(high, light, 0.25), 70, round_by=0.012)
    canvas.box(0, 0.8, 1.6, 1, mix(far, near, 0.4))
    canvas.box(0, 0.8, 1.6, 0.812, mix(far, (255, 255, 255), 0.4))
    liquids = [(66, 176, 160), (236, 150, 68), (120, 104, 196), (214, 84, 110), (90, 160, 214)]
    for number, liquid in enumerate(liquids):
        x = 0.2 + number * 0.3
        if number % 2:
            _tube(canvas, x, liquid)
        else:
            _flask(canvas, x, 0.11 + 0.02 * (number % 3), liquid)


def _flask(canvas: Canvas, x: float, size: float, liquid: Colour) -> None:
    glass, y = (255, 255, 255), 0.8
    tall = size * 2.4
    body = [
        (x - size * 1.05, y),
        (x - size * 0.22, y - tall * 0.62),
        (x - size * 0.22, y - tall),
        (x + size * 0.22, y - tall),
        (x + size * 0.22, y - tall * 0.62),
        (x + size * 1.05, y),
    ]
    canvas.disc((x, y + 0.012), size * 1.3, liquid, 60, flat=0.1)
    canvas.shape(body, glass, 60)
    level = 0.42
    half = size * (1.05 - 0.83 * level / 0.62)
    canvas.shape(
        [
            (x - size * 1.0, y - 0.006),
            (x - half, y - tall * level),
            (x + half, y - tall * level),
            (x + size * 1.0, y - 0.006),
        ],
        liquid,
        225,
    )
    canvas.disc((x, y - tall * level), half, mix(liquid, glass, 0.35), flat=0.16)
    canvas.box(x - size * 0.28, y - tall * 1.02, x + size * 0.28, y - tall * 0.985, glass, 150, round_by=0.006)
    canvas.line(
        [(x - size * 0.75, y - 0.03), (x - size * 0.2, y - tall * 0.58), (x - size * 0.16, y - tall * 0.95)],
        glass,
        0.006,
        150,
    )
    for _ in range(9):
        canvas.disc(
            (x + canvas.chance.uniform(-0.6, 0.6) * size, y - canvas.chance.uniform(0.05, 0.38) * tall),
            canvas.chance.uniform(0.003, 0.008),
            glass,
            110,
        )
    for puff in range(3):
        canvas.disc(
            (x + canvas.chance.uniform(-0.02, 0.02), y - tall - 0.03 - puff * 0.045), 0.016 + puff * 0.009, glass, 40
        )


def _tube(canvas: Canvas, x: float, liquid: Colour) -> None:
    for offset, level in ((-0.055, 0.55), (0, 0.64), (0.055, 0.5)):
        left, right = x + offset - 0.017, x + offset + 0.017
        canvas.box(left, 0.42, right, 0.79, (255, 255, 255), 70, round_by=0.016)
        canvas.box(
            left + 0.003,
            level,
            right - 0.003,
            0.786,
            mix(liquid, (255, 255, 255), (level - 0.5) * 2),
            230,
            round_by=0.014,
        )
        canvas.box(left - 0.004, 0.414, right + 0.004, 0.424, (255, 255, 255), 170, round_by=0.004)
    for y in (0.5, 0.7):
        canvas.box(x - 0.1, y, x + 0.1, y + 0.022, (140, 100, 70), round_by=0.006)
    canvas.box(x - 0.1, 0.5, x - 0.088, 0.8, (122, 86, 60))
    canvas.box(x + 0.088, 0.5, x + 0.1, 0.8, (122, 86, 60))


def bakery(canvas: Canvas) -> None:
    """Loaves on wooden shelves, warm from the oven."""
    high, middle, low, far, near, light = canvas.palette
    canvas.sky([high, middle, low], 0, 1)
    canvas.glow((0.8, 0.3), 1.0, light, 0.7)
    wood = mix(near, (150, 100, 60), 0.5)
    for shelf in range(3):
        y = 0.34 + shelf * 0.29
        canvas.box(0.04, y, 1.56, y + 0.032, wood, round_by=0.005)
        canvas.box(0.04, y + 0.032, 1.56, y + 0.06, near, 70)
        x = 0.14
        while x < 1.46:
            kind = canvas.chance.choice(("round", "long", "roll", "round"))
            x += _loaf(canvas, x, y, kind)
    for number in range(3):
        x = 0.34 + number * 0.46
        canvas.line([(x, 0), (x, 0.075)], near, 0.005)
        canvas.shape(
            [(x - 0.055, 0.105), (x - 0.016, 0.07), (x + 0.016, 0.07), (x + 0.055, 0.105)], mix(near, (0, 0, 0), 0.3)
        )
        canvas.disc((x, 0.108), 0.021, (255, 244, 208))
        canvas.disc((x, 0.13), 0.13, light, 34)
    del far


def _loaf(canvas: Canvas, x: float, y: float, kind: str) -> float:
    crust = mix((196, 124, 60), (150, 84, 40), canvas.chance.random())
    pale = mix(crust, (252, 226, 176), 0.6)
    wide = {"round": 0.085, "long": 0.125, "roll": 0.048}[kind]
    tall = {"round": 0.078, "long": 0.052, "roll": 0.042}[kind]
    canvas.disc((x + wide, y - tall), wide, crust, flat=tall / wide)
    canvas.box(x + wide * 0.2, y - tall * 0.8, x + wide * 1.8, y, crust, round_by=tall * 0.4)
    canvas.disc((x + wide * 0.8, y - tall * 1.35), wide * 0.6, mix(crust, pale, 0.5), 120, flat=0.36)
    for cut in range({"round": 3, "long": 5, "roll": 1}[kind]):
        left = x + wide * (0.42 + cut * {"round": 0.42, "long": 0.26, "roll": 0.4}[kind])
        canvas.line([(left, y - tall * 1.15), (left + wide * 0.16, y - tall * 1.62)], pale, 0.008)
    return wide * 2 + 0.03


def library(canvas: Canvas) -> None:
    """Shelves of books, one of them pulled out."""
    high, middle, low, far, near, light = canvas.palette
    canvas.sky([high, middle, low], 0, 1)
    canvas.glow((0.5, 0.4), 0.9, light, 0.6)
    spines = [
        (156, 54, 50),
        (40, 84, 110),
        (202, 150, 70),
        (70, 104, 78),
        (224, 208, 178),
        (92, 66, 100),
        (52, 52, 60),
        far,
    ]
    for shelf in range(4):
        floor = 0.25 + shelf * 0.245
        canvas.box(0, floor - 0.235, 1.6, floor, mix(near, (0, 0, 0), 0.2), 150)
        x = 0.03
        while x < 1.55:
            wide, tall = canvas.chance.uniform(0.018, 0.045), canvas.chance.uniform(0.14, 0.205)
            if canvas.chance.random() < 0.06:
                x += 0.05
                continue
            tone = mix(canvas.chance.choice(spines), (0, 0, 0), canvas.chance.uniform(0, 0.2))
            lean = 0.03 if canvas.chance.random() < 0.05 else 0
            canvas.shape(
                [(x, floor), (x + lean, floor - tall), (x + lean + wide, floor - tall), (x + wide, floor)], tone
            )
            for band in (0.2, 0.8):
                at = floor - tall * band
                canvas.line(
                    [(x + lean * band + 0.002, at), (x + lean * band + wide - 0.002, at)],
                    mix(tone, (250, 220, 150), 0.6),
                    0.004,
                )
            x += wide + lean + 0.002
        canvas.box(0, floor, 1.6, floor + 0.022, mix(near, (140, 96, 60), 0.6))
    canvas.box(1.28, 0.03, 1.296, 1, mix(near, (170, 120, 74), 0.8))
    canvas.box(1.42, 0.03, 1.436, 1, mix(near, (170, 120, 74), 0.8))
    for rung in range(9):
        canvas.box(1.28, 0.1 + rung * 0.105, 1.436, 0.115 + rung * 0.105, mix(near, (190, 140, 90), 0.8))


def stage(canvas: Canvas) -> None:
    """A band against the lights, hands in front."""
    high, middle, low, far, near, light = canvas.palette
    canvas.sky([high, middle, low, far], 0, 1)
    tones = [
        light,
        mix(light, (255, 90, 120), 0.6),
        mix(light, (90, 150, 255), 0.7),
        light,
        mix(light, (255, 90, 120), 0.6),
    ]
    for number, tone in enumerate(tones):
        canvas.glow((0.2 + number * 0.3, 0.1), 0.3, tone, 0.9)
    for number, tone in enumerate(tones):
        x = 0.2 + number * 0.3
        aim = 0.8 + (2 - number) * canvas.chance.uniform(0.1, 0.3)
        canvas.shape([(x - 0.012, 0.05), (x + 0.012, 0.05), (aim + 0.17, 0.8), (aim - 0.17, 0.8)], tone, 54)
        canvas.disc((x, 0.05), 0.02, (255, 255, 250))
    dark = mix(near, (0, 0, 0), 0.45)
    canvas.box(0, 0.03, 1.6, 0.045, dark)
    canvas.box(0, 0.76, 1.6, 1, dark)
    for x, tall in ((0.45, 0.24), (0.8, 0.28), (1.16, 0.23)):
        canvas.disc((x, 0.77 - tall), 0.032, dark)
        canvas.shape(
            [(x - 0.05, 0.77 - tall + 0.05), (x + 0.05, 0.77 - tall + 0.05), (x + 0.034, 0.77), (x - 0.034, 0.77)], dark
        )
        canvas.line([(x - 0.11, 0.77 - tall * 0.36), (x + 0.13, 0.77 - tall * 0.62)], dark, 0.014)
        canvas.disc((x - 0.06, 0.77 - tall * 0.42), 0.04, dark, flat=0.8)
    for _ in range(70):
        x, y = canvas.chance.uniform(0, 1.6), canvas.chance.uniform(0.88, 0.99)
        canvas.disc((x, y), 0.038, dark)
        if canvas.chance.random() < 0.4:
            canvas.line([(x, y), (x + canvas.chance.uniform(-0.03, 0.03), y - 0.13)], dark, 0.017)


def chart(canvas: Canvas) -> None:
    """Curves and columns: the economy, as far as it can be painted."""
    high, middle, low, far, near, light = canvas.palette
    canvas.sky([high, middle, low], 0, 1)
    canvas.glow((1.2, 0.2), 0.8, light, 0.6)
    for row in range(7):
        canvas.line([(0.08, 0.16 + row * 0.11), (1.52, 0.16 + row * 0.11)], mix(low, near, 0.3), 0.002, 120)
    level, points = 0.68, []
    for number in range(16):
        level = min(0.76, max(0.2, level + canvas.chance.uniform(-0.085, 0.05)))
        x = 0.12 + number * 0.091
        canvas.box(x - 0.028, level + 0.06, x + 0.028, 0.86, mix(far, light, number / 22), 225, round_by=0.008)
        points.append((x, level))
    canvas.line(points, near, 0.011)
    for point in points:
        canvas.disc(point, 0.0125, near)
        canvas.disc(point, 0.0068, (255, 255, 255))
    canvas.box(0.07, 0.858, 1.53, 0.868, near)
