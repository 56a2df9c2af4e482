"""What can a caller of the bus meet?

Reject         raised by a handler: this event is wrong for good, do not try again
Unavailable    the broker is away or refuses to write; waiting helps (always an outage, never a story's fault)
"""


class Reject(Exception):  # noqa: N818 - what a handler does, not what went wrong
    """Raised by a handler: the event becomes a dead letter at once, for the reason given."""


class Unavailable(Exception):  # noqa: N818 - a state of the broker
    """The broker did not take it; what was asked may or may not have happened, so it is to be asked again."""
