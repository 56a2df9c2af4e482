"""Events in, events out: what render does with stories, kills, comments, and with what time and lists ask for."""

from services.render.handlers.steps import RenderSteps
from services.render.handlers.sweep import Sweep

__all__ = ["RenderSteps", "Sweep"]
