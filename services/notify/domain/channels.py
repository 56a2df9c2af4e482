"""On which ways do we tell people and machines?"""

from typing import Final, Literal, get_args

Channel = Literal["email", "webhook", "websub"]
CHANNELS: Final[tuple[Channel, ...]] = get_args(Channel)
