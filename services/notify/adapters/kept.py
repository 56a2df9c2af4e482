"""Which of notify's tables does a backup carry? All but the directory's copy, which ingest tells at every start."""

from typing import Final

from services.notify.adapters import tables

KEPT: Final = (
    tables.secrets,
    tables.subscribers,
    tables.subscriptions,
    tables.tokens,
    tables.endpoints,
    tables.attempts,
    tables.stories,
    tables.notices,
    tables.numbers,
    tables.deliveries,
    tables.kills,
    tables.pauses,
    tables.correspondents,
    tables.answered,
    tables.hub_asks,
    tables.hub_subscriptions,
)
MADE_AGAIN: Final = (tables.directory,)
