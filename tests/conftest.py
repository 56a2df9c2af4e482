"""Fixtures for all tests: the real servers of `tests/servers`."""

from hypothesis import HealthCheck, settings

from tests.servers.http import receiver
from tests.servers.postgres import database_url, postgres_server, postgres_url
from tests.servers.redis import each_redis_server, each_redis_url, redis_server, redis_url
from tests.servers.smtp import smtp_server

__all__ = [
    "database_url",
    "each_redis_server",
    "each_redis_url",
    "postgres_server",
    "postgres_url",
    "receiver",
    "redis_server",
    "redis_url",
    "smtp_server",
]

# How fast this machine is just now is no property of the code: what hangs is ended by the timeout of every test.
settings.register_profile("newswire", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("newswire")
