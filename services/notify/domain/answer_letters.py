"""What does a mail about an answer to a comment say? That there is one, and where; what it says is on the page."""

import html
from collections.abc import Mapping
from datetime import datetime

from services.notify.domain.letters import Masthead, colophon, colophon_html, headers, opening
from services.notify.domain.mime import Piece, Slot, Template, alternative


def compile_answer(fields: Mapping[str, str], at: datetime, masthead: Masthead, mark: str) -> Template:
    """`fields`: `headline url name`, and `link` in the first one, which asks whether more are wanted.

    The first says nothing that a stranger chose but the headline's story: the address may be anybody's.
    """
    words = masthead.words
    gaps = {"headline": fields["headline"], "site": masthead.title, "name": fields["name"]}
    link = fields.get("link")
    told = (words.answer_first if link else words.answer_text).format(**gaps)
    subject = words.answer_subject.format(**gaps)
    lines = [told, fields["url"], *((words.answer_more, link) if link else ())]
    why = words.answer_why.format(**gaps)
    leave = f"{masthead.url}/subscriptions/"
    text: list[Piece] = ["\n\n".join(lines) + f"\n\n-- \n{why}\n{words.answer_stop}{leave}", Slot.TOKEN]
    text.append(f"/unsubscribe\n\n{colophon(masthead)}")
    body = "\n".join(f"<p>{_line(line)}</p>" for line in lines)
    stop = html.escape(words.answer_stop.rstrip(": "))
    foot: list[Piece] = [f'<hr>\n<p>{html.escape(why)}</p>\n<p><a href="{html.escape(leave)}', Slot.TOKEN]
    foot.append(f'/unsubscribe">{stop}</a></p>\n{colophon_html(masthead)}</body></html>')
    head = headers(masthead, subject, at, list_name="comments")
    return alternative(head, text, [opening(masthead, body), *foot], f"answer{mark}")


def _line(text: str) -> str:
    shown = html.escape(text)
    return f'<a href="{shown}">{shown}</a>' if text.startswith(("http://", "https://")) else shown
