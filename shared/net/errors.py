"""What can become of a request?

NetError
├── Refused        the guard or the protocol forbids it: a private address, another scheme, too many redirects
├── Unreachable    no connection, no answer in time, a broken answer
└── TooLarge       more bytes (after decompression) than asked for
"""


class NetError(Exception):
    """A request that brought no answer."""


class Refused(NetError):  # noqa: N818 - an outcome with a name, as in LookupError
    """We do not make this request, now or later."""


class Unreachable(NetError):  # noqa: N818 - an outcome with a name, as in LookupError
    """The other side did not answer, or not in HTTP."""


class TooLarge(NetError):  # noqa: N818 - an outcome with a name, as in LookupError
    """The answer is larger than the caller wants to hold."""


def is_outage(error: BaseException) -> bool:
    """Is the other side away? A step that must not wait for a stranger catches Unreachable itself."""
    return isinstance(error, Unreachable)
