"""What does a feed of a section, tag or author answer where it goes on with older stories?"""

import asyncio
from dataclasses import dataclass, field
from typing import Final

from services.site.adapters.month_entries import MonthEntries
from services.site.adapters.sql_older import SqlOlder
from services.site.domain.addresses import wire_form
from services.site.domain.entries import Entry
from services.site.domain.older import Links, Older, asked, document
from services.site.routes.made_feeds import MadeFeeds

#: Documents that are made at a time: each reads some dozens of pages.
AT_ONCE: Final = 2


@dataclass(frozen=True)
class OlderFeeds:
    """Made on request, out of what lies in the store."""

    stories: SqlOlder
    months: MonthEntries
    feeds: MadeFeeds
    public_url: str
    slots: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(AT_ONCE))

    async def __call__(self, path: str) -> Entry | None:
        """The document at an address (looked-up form); None when there is none."""
        older = asked(path)
        if older is None:
            return None
        async with self.slots:
            found = await self.stories.find(older)
            if found is None:
                return None
            content_type, feed = await self.months.body(found.feed)
            told = await self.months.of(older.form, found.stories)
            links = self._links(older, found.previous, found.next, found.last)
            body = await asyncio.to_thread(document, older.form, feed, told, links)
        return await self.feeds.entry(path, body, content_type)

    def _links(self, older: Older, previous: int | None, following: int | None, last: int | None) -> Links:
        return Links(
            own=self._address(older.path),
            first=self._address(older.feed_path),
            previous=self._address(older.starting(previous)),
            next=None if following is None else self._address(older.starting(following)),
            last=self._address(older.path if following is None else older.starting(last)),
        )

    def _address(self, path: str) -> str:
        return self.public_url + wire_form(path)
