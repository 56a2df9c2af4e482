"""Who is asking, and may they?"""

import hmac
from typing import Protocol

from starlette.requests import Request

from services.ingest.domain.publishers import ADMIN, Caller, Scope
from shared.runtime.callers import bearer
from shared.runtime.problems import Problem


class Directory(Protocol):
    """Knows keys and publishers."""

    async def caller(self, key: str) -> Caller | None:
        """The active holder of a key."""

    async def exists(self, slug: str) -> bool:
        """Is there such a publisher?"""


class Callers:
    """Turns a request's key into a caller, or into a 401 or 403."""

    def __init__(self, directory: Directory, admin_key: str) -> None:
        """`admin_key` opens everything."""
        self._directory, self._admin_key = directory, admin_key.encode()

    async def who(self, request: Request, scope: Scope) -> Caller:
        """The caller, whose key has `scope`."""
        key = bearer(request)
        if key is None:
            raise Problem(401, detail="Send `Authorization: Bearer <key>`.")
        if hmac.compare_digest(key.encode(), self._admin_key):
            return ADMIN
        caller = await self._directory.caller(key)
        if caller is None:
            raise Problem(401, detail="This key is unknown, rotated away or disabled.")
        if scope not in caller.scopes:
            raise Problem(403, "Missing scope", f"This key lacks the scope `{scope}`.")
        return caller

    async def admin(self, request: Request) -> None:
        """Only the admin passes."""
        caller = await self.who_any(request)
        if not caller.is_admin:
            raise Problem(403, detail="This needs the admin key.")

    async def who_any(self, request: Request) -> Caller:
        """The caller, with whichever scope."""
        key = bearer(request)
        if key is not None and not hmac.compare_digest(key.encode(), self._admin_key):
            caller = await self._directory.caller(key)
            if caller is not None:
                return caller
        return await self.who(request, "read")

    async def publisher(self, request: Request, scope: Scope) -> str:
        """Whose stories are meant: the key's publisher, or for the admin the one that `?publisher=` names."""
        caller = await self.who(request, scope)
        named = request.query_params.get("publisher")
        if caller.publisher is not None:
            if named not in {None, caller.publisher}:
                raise Problem(403, detail="This key belongs to another publisher.")
            return caller.publisher
        if not named:
            raise Problem(400, detail="With the admin key, name the publisher: ?publisher=<slug>.")
        if not await self._directory.exists(named):
            raise Problem(404, detail=f"There is no publisher {named}.")
        return named
