"""How is the state of a newswire carried away, and how is it brought back?

A backup is a directory that no database engine needs to know: `manifest` says what is in it, `parts` how rows lie
there, `taking` and `restoring` in which order; `rules` make a restored state safe, all in one place.

    Refused    it cannot be done here, and nothing was changed; the text says why and what helps
"""

from services.backup.manifest import Refused
from services.backup.restoring import restore
from services.backup.taking import take

__all__ = ["Refused", "restore", "take"]
