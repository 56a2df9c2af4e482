"""What can be tuned about telling people?"""

from typing import Annotated, ClassVar, Literal

from pydantic import Field

from shared.settings import Settings


class NotifySettings(Settings):
    """The process' settings and those of notify alone (`NEWSWIRE_NOTIFY_…`)."""

    service: ClassVar[str | None] = "notify"

    #: A mail that may or may not have gone out (a worker died with it in flight): send it again, or leave it to people?
    notify_uncertain: Literal["resend", "hold"] = "resend"
    #: Workers, each with one SMTP connection and at most 32 mails in flight.
    notify_mail_workers: Annotated[int, Field(ge=1, le=64)] = 8
    notify_webhooks_in_flight: Annotated[int, Field(ge=1, le=1024)] = 128
