"""Is a setting what the operator wrote, or a clear sentence?"""

from ipaddress import ip_network
from pathlib import Path

import pytest

from shared.runtime.launch import settings_for
from shared.settings import BadSettings, Settings, SocialLink


@pytest.fixture(autouse=True)
def _empty(monkeypatch: pytest.MonkeyPatch) -> None:
    import os  # noqa: PLC0415

    for name in [name for name in os.environ if name.startswith("NEWSWIRE_")]:  # noqa: TID251 - to be without it
        monkeypatch.delenv(name)


def test_without_any_setting_everything_is_local() -> None:
    settings = Settings.read()
    data = Path("data").absolute()
    assert settings.data_dir == data
    assert settings.public_url == settings.proof_url == "http://127.0.0.1:8080"
    assert settings.database_url == f"sqlite:///{data}/db"
    assert settings.pages_url == f"file://{data}/pages"
    assert settings.mail_url == f"maildir:{data}/mail"
    assert settings.embedded
    assert settings.sqlite
    assert settings.sample
    assert settings.zone.key == "UTC"


@pytest.mark.parametrize(
    ("name", "value", "field", "meant"),
    [
        ("PORT", "9000", "public_url", "http://127.0.0.1:9000"),
        ("PUBLIC_URL", "https://news.example/", "public_url", "https://news.example"),
        ("LOG_LEVEL", "INFO", "log_level", "info"),
        ("SAMPLE", "no", "sample", False),
        ("HOST", "", "host", "127.0.0.1"),
        (
            "ALLOW_NETWORKS",
            "10.0.0.0/8, fd00::/8",
            "allow_networks",
            (ip_network("10.0.0.0/8"), ip_network("fd00::/8")),
        ),
        ("TRUSTED_PROXIES", "10.0.0.1", "trusted_proxies", (ip_network("10.0.0.1/32"),)),
        ("SOCIAL_LINKS", "Mast=https://m.example/@a", "social_links", (SocialLink("Mast", "https://m.example/@a"),)),
        (
            "SOCIAL_LINKS",
            "https://www.x.example/a",
            "social_links",
            (SocialLink("x.example", "https://www.x.example/a"),),
        ),
        ("SOCIAL_LINKS", '{"M":"https://m.example"}', "social_links", (SocialLink("M", "https://m.example"),)),
        ("DATABASE_URL", "postgresql://u:p@db/n", "sqlite", False),
        ("METRICS_PORT", "9100", "metrics_port", 9100),
        ("LEASE_SECONDS", "2", "lease_seconds", 2.0),
        ("CLOCK_OFFSET", "-3600", "clock_offset", -3600.0),
    ],
)
def test_a_setting_means(monkeypatch: pytest.MonkeyPatch, name: str, value: str, field: str, meant: object) -> None:
    monkeypatch.setenv(f"NEWSWIRE_{name}", value)
    assert getattr(Settings.read(), field) == meant


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("PORT", "eighty"),
        ("LEASE_SECONDS", "0"),
        ("CLOCK_OFFSET", "an hour"),
        ("PORT", "70000"),
        ("PUBLIC_URL", "news.example"),
        ("PUBLIC_URL", "https://news.example/under/path"),
        ("TIMEZONE", "Mars/Olympus"),
        ("LOG_FORMAT", "xml"),
        ("ALLOW_NETWORKS", "10.0.0.0/99"),
        ("SOCIAL_LINKS", "Mast=m.example"),
        ("REDIS_URL", "localhost:6379"),
        ("DATABASE_URL", "mysql://x/y"),
        ("MAIL_URL", "sendmail"),
        ("CONTACT_EMAIL", "nobody"),
        ("THEME_DIR", "/does/not/exist"),
        ("RETENTION_MONTHS", "0"),
        ("SAMPLE", "perhaps"),
        ("SITE_LANGUAGE", "../en"),
        ("MAIL_FROM", "a\nBcc: b"),
        ("SITE_TITEL", "x"),
        ("PORTT", "80"),
    ],
)
def test_a_wrong_setting_is_one_line_with_its_name(monkeypatch: pytest.MonkeyPatch, name: str, value: str) -> None:
    monkeypatch.setenv(f"NEWSWIRE_{name}", value)
    with pytest.raises(BadSettings) as raised:
        Settings.read()
    assert f"NEWSWIRE_{name}" in str(raised.value)
    assert "\n" not in str(raised.value)


def test_a_public_listener_needs_a_public_address(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NEWSWIRE_HOST", "0.0.0.0")
    with pytest.raises(BadSettings, match="NEWSWIRE_PUBLIC_URL"):
        Settings.read()
    monkeypatch.setenv("NEWSWIRE_PUBLIC_URL", "https://news.example")
    assert Settings.read().proof_url == "http://127.0.0.1:8080"


def test_behind_a_named_proxy_readers_may_come_from_this_machine_only(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NEWSWIRE_HOST", "0.0.0.0")
    monkeypatch.setenv("NEWSWIRE_TRUSTED_PROXIES", "172.16.0.0/12")
    with pytest.raises(BadSettings, match="NEWSWIRE_PUBLIC_URL"):
        Settings.read()
    monkeypatch.setenv("NEWSWIRE_PUBLIC_URL", "http://localhost:8080")
    assert Settings.read().public_url == "http://localhost:8080"


def test_secrets_come_from_files_too(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "key").write_text("nw_secret\n")
    monkeypatch.setenv("NEWSWIRE_ADMIN_KEY_FILE", str(tmp_path / "key"))
    key = Settings.read().admin_key
    assert key is not None
    assert key.get_secret_value() == "nw_secret"


def test_a_secret_given_twice_is_refused(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("NEWSWIRE_MAIL_URL_FILE", str(tmp_path / "absent"))
    with pytest.raises(BadSettings, match="cannot read"):
        Settings.read()
    monkeypatch.setenv("NEWSWIRE_MAIL_URL", "smtp://localhost")
    with pytest.raises(BadSettings, match="both"):
        Settings.read()


def test_passwords_are_not_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NEWSWIRE_DATABASE_URL", "postgresql://u:hush@db/n")
    monkeypatch.setenv("NEWSWIRE_ADMIN_KEY", "hush")
    assert "hush" not in repr(Settings.read())


def test_a_services_settings_are_the_process_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    class NotifySettings(Settings):
        service = "notify"
        notify_workers: int = 4

    process = Settings.read(port=9001)
    monkeypatch.setenv("NEWSWIRE_NOTIFY_WORKERS", "7")
    settings = NotifySettings.of(process)
    assert (settings.port, settings.public_url, settings.notify_workers) == (9001, process.public_url, 7)
    monkeypatch.setenv("NEWSWIRE_NOTIFY_WORKRES", "7")
    with pytest.raises(BadSettings, match="WORKRES"):
        NotifySettings.of(process)


@pytest.mark.parametrize(
    ("names", "port", "public", "proof"),
    [
        (["ingest", "enrich", "render", "site", "notify", "desk"], 8080, 8080, 8080),
        (["ingest"], 8081, 8084, 8084),
        (["site"], 8084, 8084, 8084),
        (["desk"], 8086, 8084, 8084),
    ],
)
def test_services_alone_listen_on_their_own_ports(names: list[str], port: int, public: int, proof: int) -> None:
    settings = settings_for(names)
    assert settings.port == port
    assert settings.public_url == f"http://127.0.0.1:{public}"
    assert settings.proof_url == f"http://127.0.0.1:{proof}"


def test_a_port_given_to_the_site_alone_is_where_it_is_proven(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NEWSWIRE_PORT", "9004")
    monkeypatch.setenv("NEWSWIRE_PUBLIC_URL", "https://news.example")
    settings = settings_for(["site"])
    assert (settings.port, settings.public_url, settings.proof_url) == (
        9004,
        "https://news.example",
        "http://127.0.0.1:9004",
    )
