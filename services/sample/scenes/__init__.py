"""What can the sample desk paint? Each scene is a function from a canvas to a picture on it."""

from collections.abc import Callable, Mapping
from typing import Final

from services.sample.canvas import Canvas
from services.sample.scenes import indoors, land, town, water

SCENES: Final[Mapping[str, Callable[[Canvas], None]]] = {
    "harbour": water.harbour,
    "lighthouse": water.lighthouse,
    "lake": water.lake,
    "bridge": water.bridge,
    "hills": land.hills,
    "forest": land.forest,
    "turbines": land.turbines,
    "balloons": land.balloons,
    "viaduct": land.viaduct,
    "stars": land.stars,
    "skyline": town.skyline,
    "stadium": town.stadium,
    "market": town.market,
    "square": town.square,
    "laboratory": indoors.laboratory,
    "bakery": indoors.bakery,
    "library": indoors.library,
    "stage": indoors.stage,
    "chart": indoors.chart,
}
