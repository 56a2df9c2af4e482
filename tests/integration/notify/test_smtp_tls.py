"""Does mail take the security that a relay offers, insist on what was asked for, and log in?"""

import shutil
import ssl
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from aiosmtpd.smtp import AuthResult, LoginPassword

from services.notify.adapters.smtp import Relay, SmtpMailer
from services.notify.domain.outcomes import Delivered, Outcome, Unsent
from services.notify.domain.rows import Envelope
from tests.servers.smtp import SmtpServer

Serve = Callable[..., SmtpServer]


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """(certificate, key) of 127.0.0.1, signed by nobody but itself."""
    if shutil.which("openssl") is None:
        pytest.skip("there is no openssl to make a certificate with")
    directory = tmp_path_factory.mktemp("tls")
    made, key = directory / "certificate.pem", directory / "key.pem"
    subprocess.run(
        [
            *("openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"),
            *("-days", "2", "-subj", "/CN=relay", "-addext", "subjectAltName=IP:127.0.0.1"),
            *("-out", str(made), "-keyout", str(key)),
        ],
        check=True,
        capture_output=True,
    )
    return made, key


@pytest.fixture
def context(certificate: tuple[Path, Path]) -> ssl.SSLContext:
    """A server's."""
    found = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    found.load_cert_chain(*certificate)
    return found


@pytest.fixture
def trusted(certificate: tuple[Path, Path], monkeypatch: pytest.MonkeyPatch) -> None:
    """The certificate is one of those that this machine believes."""
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate[0]))


@pytest.fixture
def serve() -> Iterator[Serve]:
    """Starts relays with what aiosmtpd's Controller takes."""
    servers: list[SmtpServer] = []

    def start(**options: Any) -> SmtpServer:
        servers.append(SmtpServer(options=options))
        servers[-1].start()
        return servers[-1]

    yield start
    for server in servers:
        server.stop()


async def _sent(url: str) -> Outcome:
    mailer = SmtpMailer(Relay.of(url), "news@news.example", "news.example")
    body = b"From: news@news.example\r\nTo: ann@readers.example\r\nSubject: Ferry\r\n\r\nIt is back.\r\n"
    try:
        (outcome,) = await mailer.send([Envelope(1, "ann@readers.example", body)])
    finally:
        await mailer.close()
    return outcome


async def test_tls_is_taken_when_it_is_offered_whoever_signed(serve: Serve, context: ssl.SSLContext) -> None:
    server = serve(tls_context=context)
    assert isinstance(await _sent(server.url), Delivered)
    assert [mail.secured for mail in server.mails] == [True]


async def test_tls_is_left_alone_where_the_url_says_so(serve: Serve, context: ssl.SSLContext) -> None:
    server = serve(tls_context=context)
    assert isinstance(await _sent(f"{server.url}?tls=never"), Delivered)
    assert [mail.secured for mail in server.mails] == [False]


async def test_required_tls_goes_to_a_relay_that_proves_its_name(
    serve: Serve, context: ssl.SSLContext, trusted: None
) -> None:
    del trusted
    server = serve(tls_context=context)
    assert isinstance(await _sent(f"{server.url}?tls=required"), Delivered)
    assert [mail.secured for mail in server.mails] == [True]


@pytest.mark.parametrize("form", ["smtp://127.0.0.1:{port}?tls=required", "smtps://127.0.0.1:{port}"])
async def test_nothing_goes_to_a_relay_that_cannot_prove_its_name(
    serve: Serve, context: ssl.SSLContext, form: str
) -> None:
    server = serve(**({"ssl_context": context} if form.startswith("smtps") else {"tls_context": context}))
    outcome = await _sent(form.format(port=server.port))
    assert isinstance(outcome, Unsent)
    assert "CERTIFICATE_VERIFY_FAILED" in outcome.detail
    assert server.mails == []


async def test_nothing_goes_where_required_tls_is_not_offered(serve: Serve) -> None:
    server = serve()
    outcome = await _sent(f"{server.url}?tls=required")
    assert isinstance(outcome, Unsent)
    assert "TLS is required" in outcome.detail
    assert server.mails == []


async def test_smtps_speaks_tls_from_the_first_byte(serve: Serve, context: ssl.SSLContext, trusted: None) -> None:
    del trusted
    server = serve(ssl_context=context)
    assert isinstance(await _sent(f"smtps://127.0.0.1:{server.port}"), Delivered)
    assert [mail.secured for mail in server.mails] == [True]


@pytest.mark.parametrize(("password", "kind"), [("p%40ss%3Aword", Delivered), ("wrong", Unsent)])
async def test_a_name_and_a_password_open_a_relay_that_wants_them(
    serve: Serve, context: ssl.SSLContext, password: str, kind: type[Outcome]
) -> None:
    def check(_server: object, _session: object, _envelope: object, _mechanism: str, data: object) -> AuthResult:
        right = isinstance(data, LoginPassword) and (data.login, data.password) == (b"news@desk", b"p@ss:word")
        return AuthResult(success=right, handled=right)

    server = serve(tls_context=context, authenticator=check, auth_required=True)
    outcome = await _sent(f"smtp://news%40desk:{password}@127.0.0.1:{server.port}")
    assert isinstance(outcome, kind)
    assert len(server.mails) == (kind is Delivered)
    if isinstance(outcome, Unsent):
        assert "535" in outcome.detail
        assert password not in outcome.detail
