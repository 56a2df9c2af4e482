"""Can a stranger use our HTTP client against our own network, or fill our memory with it?"""

import gzip
import zlib
from collections.abc import AsyncGenerator, Callable
from ipaddress import ip_address, ip_network

import pytest

from shared import clock
from shared.net import Net, Refused, TooLarge, Unreachable, is_outage, refused
from tests.servers.http import Receiver, Reply

BIG = 10_000_000


@pytest.fixture
async def net() -> AsyncGenerator[Net]:
    """A client that may talk to the receiver's address and to nothing else that is private."""
    client = Net([ip_network("127.0.0.1/32")])
    yield client
    await client.close()


@pytest.fixture
async def strict() -> AsyncGenerator[Net]:
    """A client as it comes."""
    client = Net()
    yield client
    await client.close()


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1",
        "127.255.255.254",
        "0.0.0.0",
        "10.1.2.3",
        "172.16.0.1",
        "192.168.1.1",
        "169.254.169.254",  # the metadata of most clouds
        "168.63.129.16",  # Azure's
        "100.64.0.1",  # carrier-grade NAT
        "100.100.100.200",  # Alibaba's metadata, in the same block
        "192.0.2.1",  # documentation
        "198.18.0.1",  # benchmarks
        "224.0.0.1",
        "240.0.0.1",
        "255.255.255.255",
        "::",
        "::1",
        "::ffff:127.0.0.1",
        "::ffff:10.0.0.1",
        "64:ff9b::7f00:1",  # NAT64 of 127.0.0.1
        "2002:7f00:1::",  # 6to4 of 127.0.0.1
        "fe80::1",
        "fc00::1",
        "fd00:ec2::254",  # Amazon's metadata
        "ff02::1",
        "2001:db8::1",
    ],
)
def test_no_special_address_is_let_through(address: str) -> None:
    assert refused(ip_address(address), ())


@pytest.mark.parametrize("address", ["93.184.216.34", "8.8.8.8", "2606:2800:220:1::1", "::ffff:8.8.8.8"])
def test_public_addresses_are_let_through(address: str) -> None:
    assert not refused(ip_address(address), ())


def test_an_allowed_network_is_let_through_in_every_form() -> None:
    allowed = [ip_network("10.0.0.0/8")]
    assert not refused(ip_address("10.1.2.3"), allowed)
    assert not refused(ip_address("::ffff:10.1.2.3"), allowed)
    assert refused(ip_address("192.168.0.1"), allowed)


@pytest.mark.parametrize(
    "host", ["127.0.0.1", "localhost", "[::1]", "[::ffff:127.0.0.1]", "2130706433", "0x7f.1", "127.1"]
)
async def test_no_spelling_of_this_machine_gets_through(strict: Net, receiver: Receiver, host: str) -> None:
    port = receiver.url.rpartition(":")[2]
    with pytest.raises((Refused, Unreachable)):
        await strict.get(f"http://{host}:{port}/", max_bytes=BIG, timeout=5)
    assert receiver.requests == []


@pytest.mark.parametrize(
    "url", ["ftp://example.org/", "file:///etc/passwd", "gopher://x/", "//x/", "http://", "http://x:y/"]
)
async def test_only_http_is_spoken(strict: Net, url: str) -> None:
    with pytest.raises(Refused):
        await strict.get(url, max_bytes=BIG, timeout=5)


@pytest.mark.parametrize(
    "target", ["http://169.254.169.254/latest/", "http://127.0.0.2/", "http://[::1]/", "file:///etc/passwd"]
)
async def test_a_redirect_is_looked_at_like_the_first_address(net: Net, receiver: Receiver, target: str) -> None:
    receiver.replies["/"] = Reply(302, headers={"Location": target})
    with pytest.raises(Refused):
        await net.get(f"{receiver.url}/", max_bytes=BIG, timeout=5)


async def test_five_redirects_are_followed_and_six_are_not(net: Net, receiver: Receiver) -> None:
    for number in range(6):
        receiver.replies[f"/{number}"] = Reply(301, headers={"Location": f"/{number + 1}"})
    receiver.replies["/6"] = Reply(200, b"there")
    answer = await net.get(f"{receiver.url}/1", max_bytes=BIG, timeout=5)
    assert (answer.status, answer.body, answer.url) == (200, b"there", f"{receiver.url}/6")
    with pytest.raises(Refused, match="redirects"):
        await net.get(f"{receiver.url}/0", max_bytes=BIG, timeout=5)


async def test_a_secret_for_one_host_is_not_told_the_next(net: Net, receiver: Receiver) -> None:
    other = Receiver()
    other.start()
    receiver.replies["/"] = Reply(302, headers={"Location": f"{other.url}/there"})
    await net.get(f"{receiver.url}/", max_bytes=BIG, timeout=5, headers={"Authorization": "Bearer x", "Accept": "a/b"})
    other.stop()
    assert receiver.requests[0].headers["authorization"] == "Bearer x"
    assert "authorization" not in other.requests[0].headers
    assert other.requests[0].headers["accept"] == "a/b"


async def test_more_bytes_than_asked_for_are_too_large(net: Net, receiver: Receiver) -> None:
    receiver.replies["/"] = Reply(200, b"x" * 1001)
    with pytest.raises(TooLarge):
        await net.get(f"{receiver.url}/", max_bytes=1000, timeout=5)
    assert len((await net.get(f"{receiver.url}/", max_bytes=1001, timeout=5)).body) == 1001


@pytest.mark.parametrize(("encoding", "pack"), [("gzip", gzip.compress), ("deflate", zlib.compress)])
async def test_a_bomb_stops_at_the_limit(
    net: Net, receiver: Receiver, encoding: str, pack: Callable[[bytes], bytes]
) -> None:
    receiver.replies["/"] = Reply(200, pack(b"\0" * 50_000_000), {"Content-Encoding": encoding})
    with pytest.raises(TooLarge):
        await net.get(f"{receiver.url}/", max_bytes=100_000, timeout=10)


async def test_compressed_answers_are_unpacked(net: Net, receiver: Receiver) -> None:
    receiver.replies["/"] = Reply(200, gzip.compress(b"words"), {"Content-Encoding": "gzip", "X-Thing": "a"})
    answer = await net.get(f"{receiver.url}/", max_bytes=BIG, timeout=5)
    assert (answer.body, answer.headers["x-thing"]) == (b"words", "a")


async def test_the_time_covers_everything(net: Net, receiver: Receiver) -> None:
    receiver.replies["/"] = Reply(200, delay_s=3)
    began = clock.monotonic()
    with pytest.raises(Unreachable, match="within"):
        await net.get(f"{receiver.url}/", max_bytes=BIG, timeout=0.2)
    assert clock.monotonic() - began < 2


async def test_nobody_there_is_unreachable(net: Net, receiver: Receiver) -> None:
    receiver.stop()
    with pytest.raises(Unreachable) as raised:
        await net.get(f"{receiver.url}/", max_bytes=BIG, timeout=5)
    assert is_outage(raised.value)
    with pytest.raises(Unreachable):
        await net.get("http://newswire.invalid/", max_bytes=BIG, timeout=5)


async def test_a_post_arrives_as_it_is_and_follows_nothing(net: Net, receiver: Receiver) -> None:
    receiver.replies["/hook"] = Reply(307, b"elsewhere", {"Location": "/other"})
    answer = await net.post(f"{receiver.url}/hook", b'{"a":1}', {"webhook-id": "m1"}, timeout=5, max_bytes=4)
    assert (answer.status, answer.body) == (307, b"else")
    (request,) = receiver.requests
    assert (request.method, request.body, request.headers["webhook-id"]) == ("POST", b'{"a":1}', "m1")
    assert request.headers["user-agent"].startswith("Newswire")


async def test_a_post_is_guarded_too(strict: Net, receiver: Receiver) -> None:
    with pytest.raises(Refused):
        await strict.post(f"{receiver.url}/", b"", {}, timeout=5, max_bytes=10)
    assert receiver.requests == []


async def test_a_probe_asks_one_address_under_the_public_name(strict: Net, receiver: Receiver) -> None:
    receiver.default = Reply(200, b"page", {"X-Story-Revision": "3"})
    (address,) = await strict.addresses(receiver.url)
    answer = await strict.probe(f"{receiver.url}/2026/a/?x=1", connect_to=address, host="news.example:8443", timeout=5)
    assert (answer.status, answer.body, answer.headers["x-story-revision"]) == (200, b"page", "3")
    (request,) = receiver.requests
    assert (request.path, request.headers["host"]) == ("/2026/a/?x=1", "news.example:8443")


async def test_a_probe_follows_no_redirect(strict: Net, receiver: Receiver) -> None:
    receiver.default = Reply(301, headers={"Location": "/elsewhere"})
    (address,) = await strict.addresses(receiver.url)
    answer = await strict.probe(f"{receiver.url}/", connect_to=address, host="a.example", timeout=5)
    assert answer.status == 301
    assert len(receiver.requests) == 1


async def test_cookies_are_not_kept(net: Net, receiver: Receiver) -> None:
    receiver.default = Reply(200, headers={"Set-Cookie": "a=b"})
    for _ in range(2):
        await net.get(f"{receiver.url}/", max_bytes=BIG, timeout=5)
    assert "cookie" not in receiver.requests[1].headers
