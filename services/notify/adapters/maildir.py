"""How does a mail reach a maildir? Written under `tmp/`, then renamed into `new/`: a reader sees whole files only."""

import asyncio
import os
from collections.abc import Sequence
from pathlib import Path

from services.notify.domain.outcomes import Delivered, Outcome, Unsent
from services.notify.domain.rows import Envelope


class MaildirMailer:
    """One file a mail. Its name is the delivery's, so that sending one again replaces it."""

    def __init__(self, directory: Path, mark: str) -> None:
        """`mark` tells installations apart that write into one directory."""
        self._directory = directory
        self._mark = mark
        for part in ("tmp", "new", "cur"):
            (directory / part).mkdir(parents=True, exist_ok=True)

    async def send(self, batch: Sequence[Envelope]) -> Sequence[Outcome]:
        """Write them on a thread."""
        return await asyncio.to_thread(lambda: [self._write(one) for one in batch])

    async def close(self) -> None:
        """Nothing is held open."""

    def _write(self, envelope: Envelope) -> Outcome:
        name = f"{envelope.id:012d}.{self._mark}.newswire"
        tmp = self._directory / "tmp" / name
        try:
            # A maildir holds mails as a local delivery agent leaves them: lines end in LF.
            descriptor = os.open(tmp, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o644)
            try:
                os.write(descriptor, envelope.body.replace(b"\r\n", b"\n"))
            finally:
                os.close(descriptor)
            tmp.rename(self._directory / "new" / name)
        except OSError as error:
            return Unsent(f"maildir: {error.strerror}")
        return Delivered("in the maildir")
