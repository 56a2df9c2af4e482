"""How long may a revision be away before we ask for it?"""

from datetime import timedelta
from typing import Final

#: A revision that has not come back after this long is looked for; twice as long after each emission.
OVERDUE: Final = timedelta(seconds=10)
