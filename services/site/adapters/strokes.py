"""What is on the card of a story without a picture, and on the site's icon?

The words are set in the theme's font where it has all their letters; where it has not, the card does without them: the
site that shows it writes the headline beside it anyway.
"""

from io import BytesIO
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from PIL import Image, ImageDraw, ImageFont

INK, PAPER, ACCENT = "#14333f", "#fbfaf6", "#ff8a5c"
WIDTH, HEIGHT, MARGIN = 1200, 630, 72
#: Sizes of the headline (px), the largest that fits is taken, and what one line takes of its size.
SIZES: Final = (76, 66, 58, 50, 42)
LEADING: Final = 1.18
ROOM: Final = 380
#: Dashes and gaps of the wire under everything, as in favicon.svg.
WIRE: Final = ((0, 0.41), (0.55, 0.17), (0.86, 0.14))


def card(headline: str, title: str, font: bytes) -> "Image.Image":
    """The card: headline, the site's name under it, the wire."""
    from PIL import Image, ImageDraw  # noqa: PLC0415 - see drawing.py

    headline, title = (" ".join(words.split()) for words in (headline, title))
    picture = Image.new("RGB", (WIDTH, HEIGHT), INK)
    draw = ImageDraw.Draw(picture)
    if has_all(headline, font):
        lines, face = _set(headline, font)
        step = face.size * LEADING
        top = MARGIN - face.size * 0.12
        for number, line in enumerate(lines):
            draw.text((MARGIN, top + number * step), line, font=face, fill=PAPER)
    if has_all(title, font):
        draw.text((MARGIN, HEIGHT - MARGIN - 62), title[:40], font=_face(font, 38), fill=PAPER)
    _wire(draw, MARGIN, HEIGHT - MARGIN, WIDTH - 2 * MARGIN, 8)
    return picture


def icon(title: str, size: int, font: bytes) -> "Image.Image":
    """The initial on a square, with room around it for phones that cut icons round."""
    from PIL import Image, ImageDraw  # noqa: PLC0415 - see drawing.py

    # Drawn large and made small: the edges of small letters are smooth then.
    large = 512
    picture = Image.new("RGB", (large, large), INK)
    draw = ImageDraw.Draw(picture)
    initial = title[:1].upper()
    if initial.strip() and has_all(initial, font):
        draw.text((large / 2, large * 0.62), initial, font=_face(font, 300), fill=PAPER, anchor="ms")
    _wire(draw, large * 0.22, large * 0.76, large * 0.56, large // 16)
    return picture.resize((size, size), Image.Resampling.LANCZOS)


def has_all(words: str, font: bytes) -> bool:
    """Has the font a letter for each character?"""
    face = _face(font, 20)
    nothing = _drawn(face, "\U0010fffd")
    return all(one == " " or (one.isprintable() and _drawn(face, one) != nothing) for one in set(words))


def _drawn(face: "ImageFont.FreeTypeFont", letter: str) -> tuple[tuple[int, int], bytes]:
    mask = face.getmask(letter)
    return mask.size, bytes(mask)


def _set(headline: str, font: bytes) -> tuple[list[str], "ImageFont.FreeTypeFont"]:
    """The lines in the largest size in which all of them fit; in the smallest, as many as fit."""
    lines: list[str] = []
    face = _face(font, SIZES[-1])
    for size in SIZES:
        face = _face(font, size)
        lines = _wrapped(headline, face)
        if len(lines) * size * LEADING <= ROOM:
            return lines, face
    most = int(ROOM / (face.size * LEADING))
    return [*lines[: most - 1], _shortened(lines[most - 1], face)], face


def _wrapped(headline: str, face: "ImageFont.FreeTypeFont") -> list[str]:
    """Lines that are narrow enough; a word that is too long by itself is broken."""
    wide, lines, line = WIDTH - 2 * MARGIN, [], ""
    for word in headline.split(" "):
        longer = f"{line} {word}" if line else word
        if face.getlength(longer) <= wide:
            line = longer
            continue
        lines += [line] if line else []
        line = word
        while face.getlength(line) > wide:
            fits = next(end for end in range(len(line), 0, -1) if end == 1 or face.getlength(line[:end]) <= wide)
            lines.append(line[:fits])
            line = line[fits:]
    return [*lines, line]


def _shortened(line: str, face: "ImageFont.FreeTypeFont") -> str:
    while line and face.getlength(f"{line}…") > WIDTH - 2 * MARGIN:
        line = line[:-1]
    return f"{line.rstrip()}…"


def _wire(draw: "ImageDraw.ImageDraw", left: float, top: float, wide: float, thick: int) -> None:
    for start, length in WIRE:
        draw.rectangle((left + start * wide, top, left + (start + length) * wide, top + thick - 1), fill=ACCENT)


def _face(font: bytes, size: int) -> "ImageFont.FreeTypeFont":
    from PIL import ImageFont  # noqa: PLC0415 - see drawing.py

    return ImageFont.truetype(BytesIO(font), size)
