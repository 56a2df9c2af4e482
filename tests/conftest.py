"""Fixtures for all tests: the real servers of `tests/servers`."""

from tests.servers.redis import each_redis_server, each_redis_url, redis_server, redis_url

__all__ = ["each_redis_server", "each_redis_url", "redis_server", "redis_url"]
