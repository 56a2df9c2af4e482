"""For how long is a comment kept that nobody shows? As in WordPress, so that a mistake can be put right."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Final

KEPT_FOR: Final[Mapping[str, timedelta]] = {"spam": timedelta(days=15), "trash": timedelta(days=30)}
