"""Which settings does a process run with?

Every setting is a variable `NEWSWIRE_…`; one that may hold a password is also read from the file that
`NEWSWIRE_…_FILE` names. A wrong value, an unknown name or a combination that cannot work is one clear line, before
anything starts:

    BadSettings    what is wrong, one line for each variable
"""

from shared.settings.environment import PREFIX, SECRETS, BadSettings
from shared.settings.settings import Settings
from shared.settings.values import SocialLink

__all__ = ["PREFIX", "SECRETS", "BadSettings", "Settings", "SocialLink"]
