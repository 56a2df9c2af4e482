"""Where do pages and pictures lie, and in which form?

The page store is an object store (a directory, or S3). Objects are immutable and none is written twice with something
else, so a writer never overwrites what a reader reads. A page lies there plain and as gzip; other encodings are made by
the site for the first reader who asks for a page in them.

    packs/ab/cdef….pack    the pages of one batch (see `packs`), each as `page.pack` writes it
    media/abcdef….jpg      a picture without what betrays (see `bare`), or as render made it smaller

    PageMissing    there is no object of that key
    (is_outage tells a store that is away or full from everything else)
"""

from shared.pages.bare import bare
from shared.pages.packs import object_of, shelves
from shared.pages.page import Page, StoredPage, encoded, encodings, is_whole, name_of, pack, unpack
from shared.pages.store import MAKING, PageMissing, Pages, is_outage

__all__ = [
    "MAKING",
    "Page",
    "PageMissing",
    "Pages",
    "StoredPage",
    "bare",
    "encoded",
    "encodings",
    "is_outage",
    "is_whole",
    "name_of",
    "object_of",
    "pack",
    "shelves",
    "unpack",
]
