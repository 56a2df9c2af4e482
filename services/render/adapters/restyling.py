"""How are all pages made again when the theme or the site's name changes? A few at a time, behind everything else."""

from collections.abc import Iterable

from sqlalchemy import Connection, select

from services.render.adapters import marks
from services.render.adapters.tables import chunks, lists, made_with, stories
from services.render.domain.lists import FRONT, PER_PAGE, UPDATES, is_public_list
from services.render.domain.snapshot import Job
from shared.database import upsert

STYLE = "style"


def restyle(connection: Connection, style: str, now: int) -> bool:
    """Note in which style pages are made from now on; when it is another one, ask for every page. Was it another?"""
    before = connection.scalar(select(made_with.c.value).where(made_with.c.name == STYLE))
    if before == style:
        return False
    row = upsert(connection, made_with).values(name=STYLE, value=style)
    connection.execute(row.on_conflict_do_update(index_elements=["name"], set_={"value": style}))
    version = marks.next_version(connection)
    marks.mark(connection, [(job, now) for job in everything(connection)], version)
    return True


def everything(connection: Connection) -> Iterable[Job]:
    """Jobs for every story and every list that there are: an index that is filled from now on has none."""
    if connection.scalar(select(stories.c.ordinal).limit(1)) is not None:
        yield Job("restyle", "", 0)
    for key, size, pages in connection.execute(select(lists.c.key, lists.c.size, lists.c.pages)).all():
        if key.startswith("archive/"):
            yield Job("archive", key, 0)
        elif key in {FRONT, UPDATES} or is_public_list(key):
            yield Job("list", key)
            if size > PER_PAGE or pages > 1:
                yield Job("deep", key)
    for number in connection.execute(select(chunks.c.number)).scalars():
        yield Job("chunk", str(number))
