"""Photographs of a coast that does not exist, drawn here."""

import io

from PIL import Image, ImageDraw

_SKIES = [
    ("#1d3b4c", "#d98a5b"),
    ("#5f7f93", "#e8dcc4"),
    ("#27343f", "#7fa6a8"),
    ("#8a5a44", "#f0c48a"),
    ("#2b4a3f", "#b8cfa6"),
    ("#394869", "#d7c3d4"),
]


def photograph(number: int, width: int = 1600, height: int = 900) -> bytes:
    """A JPEG of sky, sun, hills and water; the same number gives the same picture."""
    top, bottom = (tuple(int(colour[i : i + 2], 16) for i in (1, 3, 5)) for colour in _SKIES[number % len(_SKIES)])
    strip = Image.new("RGB", (1, 2))
    strip.putpixel((0, 0), top)
    strip.putpixel((0, 1), bottom)
    image = strip.resize((width, height), Image.Resampling.BICUBIC)
    draw = ImageDraw.Draw(image)
    horizon, sun = height * 6 // 10, width * (2 + number) // 9
    draw.ellipse((sun - 90, horizon - 200, sun + 90, horizon - 20), fill=(250, 236, 205))
    for layer in range(3):
        shade = tuple(int(part * (0.62 - layer * 0.15)) for part in top)
        ridge = [
            (x, horizon - 110 + layer * 50 + ((x * (3 + number + layer) // 7) % 173 - 86) // 3)
            for x in range(0, width + 60, 60)
        ]
        draw.polygon([(0, height), *ridge, (width, height)], fill=shade)
    draw.rectangle((0, horizon + 60, width, height), fill=tuple(int(part * 0.5) for part in bottom))
    for wave in range(12):
        y = horizon + 80 + wave * 22
        draw.line(
            (width * (wave % 5) // 9, y, width * (wave % 5 + 4) // 9, y),
            fill=tuple(int(part * 0.72) for part in bottom),
            width=3,
        )
    body = io.BytesIO()
    image.save(body, "JPEG", quality=80)
    return body.getvalue()
