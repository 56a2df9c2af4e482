"""Which picture belongs to a sample story? Painted, not photographed: one description always gives the same bytes."""

from collections.abc import Sequence
from typing import Final

from services.sample.canvas import Canvas
from services.sample.scenes import SCENES

#: Five colours from the sky's top to the darkest foreground, and the light.
PALETTES: Final[dict[str, Sequence[str]]] = {
    "dusk": ("#2b3a67", "#7d5a8c", "#e8937a", "#5a5a86", "#1d2440", "#ffd28a"),
    "dawn": ("#6fa3c7", "#b9cfd8", "#fbe3c0", "#7c9aa6", "#2f4a56", "#ffe6b0"),
    "summer": ("#3f8fc9", "#8cc3e6", "#e2f1f4", "#7fae6a", "#3d6b3f", "#fff2c2"),
    "autumn": ("#8a5a44", "#d08f5a", "#f6d7a4", "#a86a3f", "#4a2f28", "#ffe0a0"),
    "night": ("#0b1230", "#1d2b5a", "#48508c", "#2a3158", "#0a0e20", "#ffd98a"),
    "mist": ("#a9bcc0", "#c8d5d3", "#e9ece2", "#7f9a92", "#31504b", "#fff6da"),
    "winter": ("#7f9fc0", "#b7cadd", "#eef2f6", "#8ea6bd", "#33475e", "#fff3dc"),
    "wheat": ("#4f9bd0", "#a3d0ea", "#f3efd9", "#c9b458", "#6f7f35", "#fff3c4"),
    "rose": ("#54466e", "#b0708c", "#f4b6a0", "#8a5a78", "#2e2440", "#ffe3b8"),
    "oven": ("#6b4026", "#a3683c", "#d69c62", "#8a5630", "#3c2416", "#ffdf9e"),
    "glass": ("#2c5266", "#4f8496", "#a9cfd2", "#3c6474", "#152c38", "#e6fbf4"),
    "neon": ("#120a2a", "#2d1458", "#6a2470", "#241040", "#0b0618", "#ffb86a"),
    "paper": ("#f3efe4", "#ece5d3", "#e0d7c0", "#6f9aa8", "#27424e", "#e58a4e"),
}


def paint(scene: str, palette: str, seed: int) -> bytes:
    """A JPEG of 1600 by 1000. CPU for about 0.1 s: keep it off the event loop. KeyError for an unknown scene."""
    canvas = Canvas(PALETTES[palette], seed)
    SCENES[scene](canvas)
    return canvas.jpeg()
