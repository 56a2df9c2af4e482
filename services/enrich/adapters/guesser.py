"""Which language is this sample in? py3langid, loaded when first asked and let go when nobody asks any more.

Its model takes 75 MB and half a second to load: a newsroom that says its language never pays for it.
"""

import asyncio
from typing import Any

from shared import clock

#: Seconds without a question after which the model is let go.
IDLE = 300.0


class LangidGuesser:
    """Guesses in the calling thread; the model is loaded by whoever asks first."""

    def __init__(self) -> None:
        """Nothing is loaded."""
        self._model: Any = None
        self._asked = 0.0

    @property
    def loaded(self) -> bool:
        """Would a guess be cheap now (about 60 µs)?"""
        return self._model is not None

    def guess(self, sample: str) -> tuple[str, float]:
        """(language code, confidence 0 to 1)."""
        model = self._model
        if model is None:
            from py3langid.langid import (  # type: ignore[import-untyped]  # noqa: PLC0415 - heavy, see above
                MODEL_FILE,
                LanguageIdentifier,
            )

            model = self._model = LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True)
        self._asked = clock.monotonic()
        language, confidence = model.classify(sample)
        return str(language), float(confidence)

    async def let_go(self) -> None:
        """For ever: free the model after five idle minutes."""
        while True:
            await asyncio.sleep(IDLE / 5)
            if self._model is not None and clock.monotonic() - self._asked > IDLE:
                self._model = None
