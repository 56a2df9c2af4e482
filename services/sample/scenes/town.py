"""Scenes in town."""
# ruff: noqa: PLR2004 - a drawing is made of numbers

from services.sample.canvas import Canvas, Colour, mix


def skyline(canvas: Canvas) -> None:
    """A town at night: three rows of houses, windows lit here and there."""
    high, middle, low, far, near, light = canvas.palette
    canvas.sky([high, middle, low], 0, 1)
    canvas.glow((0.34, 0.26), 0.34, mix(light, (255, 255, 255), 0.5), 0.7)
    canvas.disc((0.34, 0.26), 0.06, (252, 246, 226))
    for layer in range(3):
        tone = mix(mix(far, low, 0.4), near, layer / 2)
        x = -0.05
        while x < 1.6:
            wide = canvas.chance.uniform(0.06, 0.13)
            top = 0.4 + 0.13 * layer + canvas.chance.uniform(-0.1, 0.12)
            _house(canvas, (x, x + wide, top), tone, light if layer else mix(light, tone, 0.55))
            x += wide + canvas.chance.choice((0, 0, 0.012))
    canvas.box(0, 0.965, 1.6, 1, mix(near, (0, 0, 0), 0.4))


def _house(canvas: Canvas, place: tuple[float, float, float], tone: Colour, light: Colour) -> None:
    left, right, top = place
    canvas.box(left, top, right, 1, tone)
    if canvas.chance.random() < 0.3:
        canvas.shape([(left, top), ((left + right) / 2, top - 0.06), (right, top)], tone)
    elif canvas.chance.random() < 0.3:
        canvas.line([((left + right) / 2, top), ((left + right) / 2, top - 0.07)], tone, 0.004)
    columns = max(2, int((right - left) / 0.026))
    gap = (right - left) / columns
    for row in range(12):
        for column in range(columns):
            if canvas.chance.random() < 0.42:
                x, y = left + gap * (column + 0.28), top + 0.028 + row * 0.045
                canvas.box(x, y, x + gap * 0.46, y + 0.021, light, canvas.chance.choice((235, 180, 110)))


def stadium(canvas: Canvas) -> None:
    """Floodlights over a full ground."""
    high, middle, low, far, near, light = canvas.palette
    canvas.sky([high, middle, low], 0, 0.6)
    for x in (0.16, 1.44):
        canvas.glow((x, 0.17), 0.5, light, 0.9)
    white = (255, 255, 250)
    canvas.shape([(0, 0.42), (0.42, 0.5), (1.18, 0.5), (1.6, 0.42), (1.6, 0.66), (0, 0.66)], mix(far, near, 0.5))
    for _ in range(1500):
        x, depth = canvas.chance.uniform(0, 1.6), canvas.chance.random()
        edge = 0.5 - max(0.0, abs(x - 0.8) - 0.38) * 0.19
        y = edge + 0.012 + (0.63 - edge) * depth
        fan = canvas.chance.choice(((206, 70, 62), (236, 228, 214), (66, 92, 140), (228, 178, 72), (150, 120, 110)))
        canvas.disc((x, y), 0.0052, mix(fan, near, 0.35))
    for x in (0.16, 1.44):
        canvas.line([(x, 0.62), (x, 0.2)], near, 0.012)
        for row in range(3):
            for column in range(5):
                canvas.disc((x - 0.064 + column * 0.032, 0.12 + row * 0.036), 0.0135, white)
        canvas.shape(
            [
                (x - 0.06, 0.2),
                (x + 0.06, 0.2),
                (0.8 + (x - 0.8) * 0.2 + 0.4, 0.95),
                (0.8 + (x - 0.8) * 0.2 - 0.4, 0.95),
            ],
            white,
            14,
        )
    canvas.box(0, 0.628, 1.6, 0.652, mix(near, (255, 255, 255), 0.75))
    grass = (62, 132, 74)
    for stripe in range(10):
        tone = grass if stripe % 2 else (72, 146, 82)
        top, bottom = 0.16 * stripe, 0.16 * (stripe + 1)
        canvas.shape(
            [
                (0.8 + (top - 0.8) * 1.0, 0.652),
                (0.8 + (bottom - 0.8), 0.652),
                (0.8 + (bottom - 0.8) * 1.6, 1),
                (0.8 + (top - 0.8) * 1.6, 1),
            ],
            tone,
        )
    canvas.line([(0.8, 0.652), (0.8, 1)], white, 0.005, 210)
    x, y, r = 0.8 * canvas.unit, 0.82 * canvas.unit, 0.19 * canvas.unit
    canvas.draw.ellipse((x - r, y - r * 0.36, x + r, y + r * 0.36), outline=(255, 255, 250, 210), width=10)
    canvas.disc((0.84, 0.86), 0.05, near, 70, flat=0.2)
    canvas.disc((0.83, 0.838), 0.022, white)
    canvas.disc((0.83, 0.838), 0.008, (40, 44, 52))


def market(canvas: Canvas) -> None:
    """Market stalls under striped awnings."""
    high, middle, low, far, near, light = canvas.palette
    canvas.sky([high, middle, low], 0, 1)
    canvas.glow((0.8, 0.3), 0.8, light, 0.5)
    for number in range(8):
        left = number * 0.2 - 0.02
        tone = mix(canvas.chance.choice(((214, 140, 104), (226, 190, 136), (170, 178, 160), (196, 120, 110))), far, 0.2)
        top = 0.2 + canvas.chance.uniform(-0.06, 0.06)
        canvas.box(left, top, left + 0.198, 0.9, tone)
        canvas.shape([(left - 0.005, top), (left + 0.1, top - 0.1), (left + 0.203, top)], mix((150, 74, 60), far, 0.2))
        for row in range(2):
            for column in range(3):
                canvas.box(
                    left + 0.03 + column * 0.055,
                    top + 0.05 + row * 0.13,
                    left + 0.06 + column * 0.055,
                    top + 0.12 + row * 0.13,
                    mix(near, light, 0.12),
                    round_by=0.004,
                )
    canvas.box(0, 0.86, 1.6, 1, mix(near, (190, 170, 150), 0.4))
    for number, tone in enumerate(((200, 62, 58), (52, 116, 138), (216, 152, 52), (84, 134, 88))):
        _stall(canvas, 0.04 + number * 0.395, tone)


def _stall(canvas: Canvas, left: float, tone: Colour) -> None:
    cream, wide = (250, 242, 226), 0.33
    canvas.box(left + 0.012, 0.6, left + 0.022, 0.94, (84, 62, 50))
    canvas.box(left + wide - 0.022, 0.6, left + wide - 0.012, 0.94, (84, 62, 50))
    for stripe in range(8):
        a, b = left + wide * stripe / 8, left + wide * (stripe + 1) / 8
        inner_a, inner_b = left + 0.03 + (wide - 0.06) * stripe / 8, left + 0.03 + (wide - 0.06) * (stripe + 1) / 8
        fill = tone if stripe % 2 else cream
        canvas.shape([(inner_a, 0.53), (inner_b, 0.53), (b, 0.62), (a, 0.62)], fill)
        canvas.disc(((a + b) / 2, 0.62), wide / 16, fill)
    canvas.box(left, 0.79, left + wide, 0.95, (132, 92, 62), round_by=0.006)
    fruits = canvas.chance.sample([(214, 62, 50), (240, 160, 44), (122, 168, 70), (250, 206, 84), (122, 62, 110)], 3)
    for crate, fruit in enumerate(fruits):
        for _ in range(26):
            x = left + 0.03 + crate * 0.1 + canvas.chance.uniform(0, 0.07)
            y = 0.792 - canvas.chance.uniform(0, 0.028)
            canvas.disc((x, y), 0.0125, mix(fruit, (0, 0, 0), canvas.chance.uniform(0, 0.16)))
        canvas.box(
            left + 0.016 + crate * 0.103, 0.79, left + 0.112 + crate * 0.103, 0.85, (172, 126, 84), round_by=0.004
        )


def square(canvas: Canvas) -> None:
    """A town hall with a clock on an evening square."""
    high, middle, low, far, near, light = canvas.palette
    canvas.sky([high, middle, low], 0, 0.86)
    canvas.glow((0.8, 0.5), 0.75, light, 0.75)
    for side in (0, 1):
        for number in range(4):
            left = number * 0.13 if side == 0 else 1.6 - (number + 1) * 0.13
            top = 0.52 + canvas.chance.uniform(-0.06, 0.04)
            canvas.box(left, top, left + 0.128, 0.86, mix(far, near, 0.35 + 0.1 * (number % 2)))
            canvas.shape([(left, top), (left + 0.064, top - 0.08), (left + 0.128, top)], mix(far, near, 0.7))
            for row in range(3):
                for column in (0.03, 0.075):
                    lit = canvas.chance.random() < 0.6
                    canvas.box(
                        left + column,
                        top + 0.05 + row * 0.09,
                        left + column + 0.022,
                        top + 0.09 + row * 0.09,
                        light if lit else near,
                    )
    dark = mix(near, (0, 0, 0), 0.15)
    _hall(canvas, mix((222, 204, 176), far, 0.25), dark)
    canvas.box(0, 0.855, 1.6, 1, mix(near, far, 0.3))
    for x in (0.5, 1.1):
        canvas.line([(x, 0.93), (x, 0.7)], dark, 0.008)
        canvas.disc((x, 0.69), 0.06, light, 60)
        canvas.disc((x, 0.69), 0.02, mix(light, (255, 255, 255), 0.6))
        canvas.disc((x, 0.94), 0.12, light, 50, flat=0.16)


def _hall(canvas: Canvas, stone: Colour, dark: Colour) -> None:
    near, light = canvas.palette[4:]
    canvas.box(0.56, 0.48, 1.04, 0.86, stone)
    canvas.shape([(0.54, 0.48), (0.8, 0.36), (1.06, 0.48)], mix(stone, near, 0.3))
    canvas.box(0.735, 0.16, 0.865, 0.48, mix(stone, (255, 255, 255), 0.12))
    canvas.shape([(0.72, 0.165), (0.8, 0.02), (0.88, 0.165)], dark)
    canvas.disc((0.8, 0.26), 0.047, dark)
    canvas.disc((0.8, 0.26), 0.041, (252, 246, 224))
    canvas.line([(0.8, 0.26), (0.8, 0.228)], dark, 0.005)
    canvas.line([(0.8, 0.26), (0.822, 0.272)], dark, 0.006)
    for column in range(5):
        x = 0.6 + column * 0.085
        canvas.box(x, 0.53, x + 0.045, 0.63, light, round_by=0.02)
        canvas.box(x, 0.69, x + 0.045, 0.86, dark if column == 2 else mix(light, stone, 0.3), round_by=0.02)
