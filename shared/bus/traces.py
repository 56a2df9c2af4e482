"""What is left in Redis of a newswire?"""

from redis.exceptions import RedisError

from shared.bus import keys
from shared.bus.connection import connect
from shared.bus.errors import Unavailable
from shared.bus.groups import CONSUMERS


async def is_untouched(url: str) -> bool:
    """Has no newswire ever used this Redis, as far as it remembers?

    Raises:
        Unavailable: it does not answer.
    """
    connections = connect(url)
    try:
        return not await connections.redis.exists(keys.EPOCH, *CONSUMERS)
    except (RedisError, OSError) as error:
        raise Unavailable(f"{type(error).__name__}: {error}") from error
    finally:
        await connections.close()
