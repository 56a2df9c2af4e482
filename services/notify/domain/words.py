"""Which words does a mail use? Those of the site's catalogue, under `mail_…` where no page has them as well."""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Self


@dataclass(frozen=True, slots=True)
class Words:
    """Texts with `{gaps}` for `str.format`; each is the catalogue's `mail_…` of its name, or what pages say, too."""

    correction: str
    clarification: str
    right_of_reply: str
    gone_text: str

    noted: str
    corrected_subject: str
    revived_subject: str
    withdrawn_subject: str
    withdrawn_text: str
    on_the_site: str
    trimmed: str
    by: str
    why: str
    manage: str
    unsubscribe: str
    confirm_subject: str
    confirm_text: str
    manage_subject: str
    manage_text: str
    answer_subject: str
    answer_text: str
    answer_first: str
    answer_more: str
    answer_why: str
    answer_stop: str
    digest_daily: str
    digest_weekly: str

    @classmethod
    def of(cls, catalogue: Mapping[str, str]) -> Self:
        """The site's words; KeyError for a catalogue that lacks one (the theme's has English beneath)."""
        names = [one.name for one in fields(cls)]
        return cls(**{name: catalogue.get(f"mail_{name}") or catalogue[name] for name in names})
