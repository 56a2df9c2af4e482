"""What does a scene paint on? A canvas of 1600 by 1000 in unit coordinates, smooth at the edges."""

import random
from collections.abc import Sequence
from io import BytesIO

from PIL import Image, ImageDraw

WIDTH, HEIGHT = 1600, 1000
#: Shapes are drawn this much larger and reduced at the end: the cheapest way to smooth edges.
OVERSAMPLED = 2
QUALITY = 80

Colour = tuple[int, int, int]
Point = tuple[float, float]


def colour(code: str) -> Colour:
    """`#rrggbb` as numbers."""
    return int(code[1:3], 16), int(code[3:5], 16), int(code[5:7], 16)


def mix(one: Colour, other: Colour, share: float) -> Colour:
    """`share` 0 gives `one`, 1 gives `other`."""
    red, green, blue = (round(a + (b - a) * share) for a, b in zip(one, other, strict=True))
    return red, green, blue


class Canvas:
    """Paints in units of the picture's height: y from 0 (top) to 1, x from 0 to 1.6.

    `palette` has five colours, from the sky's top to the darkest foreground, and a sixth for what glows.
    """

    def __init__(self, palette: Sequence[str], seed: int) -> None:
        """The same palette and seed always paint the same picture."""
        self.palette = [colour(code) for code in palette]
        self.chance = random.Random(seed)  # noqa: S311 - it paints
        self.unit = HEIGHT * OVERSAMPLED
        self.image = Image.new("RGB", (WIDTH // 2, HEIGHT // 2))
        self._draw: ImageDraw.ImageDraw | None = None

    @property
    def glow_colour(self) -> Colour:
        """The light of the scene."""
        return self.palette[5]

    def sky(self, stops: Sequence[Colour], top: float = 0.0, bottom: float = 1.0) -> None:
        """A vertical run of colours; before the first shape only."""
        column = Image.new("RGB", (1, len(stops)))
        for row, stop in enumerate(stops):
            column.putpixel((0, row), stop)
        start, end = round(top * self.image.height), round(bottom * self.image.height)
        # Half a row more on each side, so that the outer colours reach the edges without a flat band.
        grown = column.resize((1, (end - start)), Image.Resampling.BICUBIC, box=(0, 0.5, 1, len(stops) - 0.5))
        self.image.paste(grown.resize((self.image.width, end - start)), (0, start))

    def glow(self, at: Point, radius: float, light: Colour, strength: float = 1.0) -> None:
        """A soft round light, under or over what is there."""
        per_unit = self.image.height
        size = max(2, round(radius * 2 * per_unit))
        mask = Image.radial_gradient("L").resize((size, size))
        # The gradient is 0 in the middle; falling off with the square looks like light.
        mask = mask.point([round(255 * strength * max(0.0, 1 - level / 180) ** 2) for level in range(256)])
        corner = (round(at[0] * per_unit - size / 2), round(at[1] * per_unit - size / 2))
        self.image.paste(light, (*corner, corner[0] + size, corner[1] + size), mask)

    @property
    def draw(self) -> ImageDraw.ImageDraw:
        """For shapes in pixels; the first use ends the soft background and enlarges it."""
        if self._draw is None:
            self.image = self.image.resize((WIDTH * OVERSAMPLED, HEIGHT * OVERSAMPLED), Image.Resampling.BILINEAR)
            self._draw = ImageDraw.Draw(self.image, "RGBA")
        return self._draw

    def shape(self, points: Sequence[Point], fill: Colour, alpha: int = 255) -> None:
        """A filled polygon."""
        self.draw.polygon([(x * self.unit, y * self.unit) for x, y in points], fill=(*fill, alpha))

    def disc(self, at: Point, radius: float, fill: Colour, alpha: int = 255, *, flat: float = 1.0) -> None:
        """A filled circle; `flat` below 1 presses it."""
        x, y, r = at[0] * self.unit, at[1] * self.unit, radius * self.unit
        self.draw.ellipse((x - r, y - r * flat, x + r, y + r * flat), fill=(*fill, alpha))

    def box(  # noqa: PLR0917 - four sides
        self,
        left: float,
        top: float,
        right: float,
        bottom: float,
        fill: Colour,
        alpha: int = 255,
        *,
        round_by: float = 0,
    ) -> None:
        """A filled rectangle, its corners rounded."""
        box = (left * self.unit, top * self.unit, right * self.unit, bottom * self.unit)
        if round_by:
            self.draw.rounded_rectangle(box, round_by * self.unit, fill=(*fill, alpha))
        else:
            self.draw.rectangle(box, fill=(*fill, alpha))

    def line(self, points: Sequence[Point], fill: Colour, width: float, alpha: int = 255) -> None:
        """A line of `width` units."""
        pixels = [(x * self.unit, y * self.unit) for x, y in points]
        self.draw.line(pixels, fill=(*fill, alpha), width=max(1, round(width * self.unit)), joint="curve")

    def arc(self, at: Point, radius: float, angles: tuple[float, float], fill: Colour, width: float) -> None:
        """A part of a circle's line; angles in degrees, clockwise from three o'clock."""
        x, y, r = at[0] * self.unit, at[1] * self.unit, radius * self.unit
        self.draw.arc((x - r, y - r, x + r, y + r), *angles, fill=fill, width=round(width * self.unit))

    def ridge(self, base: float, rough: float, fill: Colour, steps: int = 9) -> None:
        """A line of hills from edge to edge, filled to the bottom; midpoints displaced, then smoothed by width."""
        heights = [base + self.chance.uniform(-rough, rough) for _ in range(steps)]
        spread = 1.6 / (steps - 3)
        points: list[Point] = []
        for number in range(1, steps - 2):
            before, here, after, beyond = heights[number - 1 : number + 3]
            for part in range(12):
                t = part / 12
                bend = (after - before) * t + (2 * before - 5 * here + 4 * after - beyond) * t * t
                bend += (3 * here - before - 3 * after + beyond) * t**3
                points.append(((number - 1 + t) * spread, here + bend / 2))
        self.shape([(-0.1, 1.1), (-0.1, points[0][1]), *points, (1.7, points[-1][1]), (1.7, 1.1)], fill)

    def jpeg(self) -> bytes:
        """The picture as a JPEG of 1600 by 1000."""
        _ = self.draw
        written = BytesIO()
        self.image.reduce(OVERSAMPLED).save(written, "JPEG", quality=QUALITY)
        return written.getvalue()
