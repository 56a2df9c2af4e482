"""Which words does a mail use? English here; the site's catalogue may replace each under the name `mail_…`."""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Self


@dataclass(frozen=True, slots=True)
class Words:
    """Texts with `{gaps}` for `str.format`."""

    correction: str = "Correction"
    clarification: str = "Clarification"
    right_of_reply: str = "Right of reply"
    corrected_subject: str = "Correction: {headline}"
    revived_subject: str = "Published again: {headline}"
    withdrawn_subject: str = "Withdrawn: a story sent {date}"
    withdrawn_text: str = (
        "On {date} we sent you a story that has been withdrawn since. Please do not rely on it or pass it on."
    )
    withdrawn_default: str = "This story has been withdrawn."
    on_the_site: str = "Read it on the site: {url}"
    trimmed: str = "This story is longer than a mail should be. Read all of it on the site: {url}"
    by: str = "By {names}"
    why: str = "You get this because you subscribed to {site} at {url}."
    manage: str = "Change what you get: "
    unsubscribe: str = "Unsubscribe: "
    confirm_subject: str = "Please confirm your subscription to {site}"
    confirm_text: str = (
        "Somebody, hopefully you, asked that {site} write to this address about: {topics}. "
        "Follow this link within seven days if you want that. Otherwise do nothing: you will hear nothing more."
    )
    manage_subject: str = "Your subscription to {site}"
    manage_text: str = "With this link you can change or end your subscription. It is yours alone and works for a day."
    answer_subject: str = "An answer to your comment on “{headline}”"
    answer_text: str = "{name} has answered your comment on “{headline}” at {site}:"
    answer_first: str = (
        "Somebody, hopefully you, wrote a comment on “{headline}” at {site} under this address and asked to hear of "
        "answers. There is one:"
    )
    answer_more: str = (
        "Shall we tell you of further answers, too? Then follow this link within seven days. Otherwise do nothing: you "
        "will hear nothing more."
    )
    answer_why: str = "You get this because a comment under this address at {site} asked for mail about answers."
    answer_stop: str = "No more mail about answers: "
    digest_daily: str = "{site}: today's stories"
    digest_weekly: str = "{site}: this week's stories"

    @classmethod
    def of(cls, catalogue: Mapping[str, str]) -> Self:
        """The site's words where it has them, ours elsewhere."""
        return cls(
            **{one.name: catalogue[f"mail_{one.name}"] for one in fields(cls) if f"mail_{one.name}" in catalogue}
        )
