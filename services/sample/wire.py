"""Which stories are on the sample wire? Files of `deploy/sample/wire`: TOML between `+++` lines, then HTML."""

import re
import tomllib
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Final

WIRE: Final = Path(__file__).parents[2] / "deploy" / "sample" / "wire"
CREDIT: Final = "Illustration: Newswire sample desk"
RIGHTS: Final = {"license": "CC0-1.0", "usage_terms": "Sample content, free for any use."}

_FILE: Final = re.compile(r"\+\+\+\n(?P<front>.*?)\n\+\+\+\n(?P<body>.*)", re.DOTALL)
_FIELDS: Final = ("headline", "dek", "sections", "tags", "priority", "language", "genre", "sponsored", "notify",
                  "comments", "related")  # fmt: skip


@dataclass(frozen=True, slots=True)
class SampleStory:
    """One story of the wire; `front` is what its file says about it."""

    external_id: str
    publisher: str
    front: dict[str, Any]
    body_html: str

    @property
    def photo(self) -> dict[str, Any]:
        """`scene`, `palette`, `seed`, `alt`, `caption`."""
        photo: dict[str, Any] = self.front.get("photo", {})
        return photo

    @property
    def hours_ago(self) -> float:
        """How long before the push the story says that it was published."""
        return float(self.front["hours_ago"])

    def fields(self, now: datetime, image_url: str | None) -> dict[str, Any]:
        """The story as the publisher API takes it."""
        story: dict[str, Any] = {name: self.front[name] for name in _FIELDS if name in self.front}
        story["language"] = self.front.get("language", "en")
        story["body_html"] = self.body_html
        story["authors"] = [{"name": name} for name in self.front["authors"]]
        story["published_at"] = (now - timedelta(hours=self.hours_ago)).replace(microsecond=0).isoformat()
        story["rights"] = RIGHTS
        if image_url is not None:
            words = {"alt": self.photo["alt"], "caption": self.photo["caption"], "credit": CREDIT}
            story["image"] = {"url": image_url, **words}
        return story

    def correction(self) -> dict[str, Any] | None:
        """What `POST …/correct` takes, if this story has to be corrected."""
        change = self.front.get("correct")
        if change is None:
            return None
        body = self.body_html.replace(change["replace"], change["by"])
        return {"note": change["note"], "kind": change["kind"], "body_html": body}

    def withdrawal(self) -> dict[str, Any] | None:
        """What `POST …/kill` takes, if this story has to go."""
        kill: dict[str, Any] | None = self.front.get("kill")
        return kill


def sample_wire(directory: Path = WIRE) -> list[SampleStory]:
    """The stories, oldest first; ValueError when a file has no front matter."""
    stories = [_read(path) for path in sorted(directory.glob("*.html"))]
    return sorted(stories, key=lambda story: -story.hours_ago)


def publisher_slug(name: str) -> str:
    """The slug that the API gives to a publisher of this (ASCII) name."""
    return re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-")


def _read(path: Path) -> SampleStory:
    match = _FILE.fullmatch(path.read_text(encoding="utf-8"))
    if match is None:
        raise ValueError(f"{path.name} does not begin with front matter between +++ lines")
    front = tomllib.loads(match["front"])
    return SampleStory(path.stem, front["publisher"], front, match["body"].strip())
