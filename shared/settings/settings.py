"""Every setting, what it may be, and what follows from it."""

import re
from collections.abc import Iterable
from ipaddress import IPv4Network, IPv6Network
from pathlib import Path
from typing import Annotated, Any, ClassVar, Literal, Self
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import Field, SecretStr, ValidationError, ValidationInfo, field_validator, model_validator
from pydantic_settings import BaseSettings, NoDecode, PydanticBaseSettingsSource, SettingsConfigDict

from shared.settings.environment import PREFIX, BadSettings, refuse_unknown, secret_files
from shared.settings.values import SocialLink, address, loopback, mail_host, phrase, reachable, social_links

Network = IPv4Network | IPv6Network
Networks = Annotated[tuple[Network, ...], NoDecode]


class Settings(BaseSettings):
    """Every setting of the interface, checked. Values given by name win over the environment."""

    model_config = SettingsConfigDict(
        env_prefix=PREFIX, env_ignore_empty=True, extra="forbid", frozen=True, hide_input_in_errors=True
    )
    #: A subclass names its service here and is then strict about variables `NEWSWIRE_{SERVICE}_…`.
    service: ClassVar[str | None] = None

    data_dir: Path = Path("data")
    host: str = "127.0.0.1"
    port: Annotated[int, Field(ge=1, le=65535)] = 8080
    public_url: str = ""
    proof_url: str = ""
    purge_url: str | None = None
    trusted_proxies: Networks = ()
    site_title: Annotated[str, Field(min_length=1, max_length=200)] = "Newswire"
    site_language: Annotated[str, Field(pattern=r"^[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8})*$")] = "en"
    timezone: str = "UTC"
    social_links: Annotated[tuple[SocialLink, ...], NoDecode] = ()
    theme_dir: Path | None = None
    imprint: str = ""
    postal_address: str = ""
    contact_email: Annotated[str, Field(pattern=r"^[^@\s<>]+@[^@\s<>]+$")] | None = None
    redis_url: Annotated[str | None, Field(pattern=r"^(rediss?|unix|redis\+sentinel)://", repr=False)] = None
    database_url: Annotated[str, Field(pattern=r"^(postgres(ql)?://.|sqlite:///|$)", repr=False)] = ""
    pages_url: Annotated[str, Field(pattern=r"^(file:///|s3://.|$)")] = ""
    mail_url: Annotated[str, Field(pattern=r"^(maildir:.|smtps?://.|$)", repr=False)] = ""
    mail_from: Annotated[str, Field(pattern=r"^[^\r\n]*$")] = ""
    admin_key: SecretStr | None = None
    allow_networks: Networks = ()
    metrics_port: Annotated[int, Field(ge=1, le=65535)] | None = None
    retention_months: Annotated[int, Field(ge=1, le=1200)] = 24
    log_format: Literal["console", "json"] = "console"
    log_level: Literal["debug", "info", "warning", "error"] = "info"
    sample: bool = True
    #: After so many seconds without a sign of life somebody else takes over what a process had in hand. The ledger's
    #: and the sweeps' leases are multiples of it.
    lease_seconds: Annotated[float, Field(ge=1, le=3600)] = 30.0
    #: By how many seconds this process' clock is wrong; for tests of just that.
    clock_offset: Annotated[float, Field(ge=-1e6, le=1e6)] = 0.0

    @classmethod
    def read(cls, **given: Any) -> Self:  # noqa: ANN401 - any field by name
        """The settings of this process; BadSettings in plain words when they cannot be."""
        try:
            return cls(**given)
        except ValidationError as error:
            raise BadSettings("\n".join(_lines(error))) from None

    @classmethod
    def of(cls, settings: "Settings") -> Self:
        """A service's own settings: what the process settled on, plus the service's variables from the environment."""
        return cls.read(**{name: getattr(settings, name) for name in Settings.model_fields})

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Arguments, then the environment, then the files that `…_FILE` names; nothing else."""
        del settings_cls, dotenv_settings, file_secret_settings
        return init_settings, env_settings, secret_files  # type: ignore[return-value]  # any callable serves as a source

    @property
    def embedded(self) -> bool:
        """Does this process bring its own Redis?"""
        return self.redis_url is None

    @property
    def sqlite(self) -> bool:
        """Is the state in files rather than on a PostgreSQL server?"""
        return self.database_url.startswith("sqlite:")

    @property
    def listening(self) -> str:
        """An address at which this machine reaches what listens on HOST and PORT, without a trailing slash."""
        return address(self.host, self.port)

    @property
    def zone(self) -> ZoneInfo:
        """The zone of dates in addresses and of shown times."""
        return ZoneInfo(self.timezone)

    @field_validator("log_level", "log_format", mode="before")
    @classmethod
    def _lower(cls, value: object) -> object:
        return value.lower() if isinstance(value, str) else value

    @field_validator("trusted_proxies", "allow_networks", mode="before")
    @classmethod
    def _split(cls, value: object) -> object:
        return re.split(r"[,\s]+", value.strip()) if isinstance(value, str) else value

    @field_validator("social_links", mode="before")
    @classmethod
    def _links(cls, value: object) -> object:
        return tuple(social_links(value)) if isinstance(value, str) else value

    @field_validator("timezone")
    @classmethod
    def _zone(cls, value: str) -> str:
        try:
            ZoneInfo(value)
        except (ZoneInfoNotFoundError, ValueError, OSError):
            raise ValueError("not a time zone; one is Europe/Berlin") from None
        return value

    @field_validator("public_url", "proof_url", "purge_url")
    @classmethod
    def _url(cls, value: str | None, info: ValidationInfo) -> str | None:
        if not value:
            return value
        parts = urlsplit(value)
        if parts.scheme not in {"http", "https"} or not parts.hostname:
            raise ValueError("must be an http or https address")
        if info.field_name == "public_url" and (parts.path.strip("/") or parts.query or parts.fragment):
            raise ValueError("must be the root of a site: scheme, host and port only")
        return value.rstrip("/")

    @field_validator("theme_dir")
    @classmethod
    def _directory(cls, value: Path | None) -> Path | None:
        if value is not None and not value.is_dir():
            raise ValueError("there is no such directory")
        return value

    @model_validator(mode="after")
    def _resolve(self) -> Self:
        """Fill in what follows from other settings."""
        refuse_unknown(type(self).model_fields, self.service)
        data = self.data_dir.absolute()
        self._set("data_dir", data)
        # Behind a named proxy it is the proxy that listens to readers: it may well do so on this machine only.
        behind_proxy = bool(self.public_url and self.trusted_proxies)
        self._set("public_url", self.public_url or address(self.host, self.port))
        if not (behind_proxy or loopback(self.host)) and loopback(urlsplit(self.public_url).hostname or ""):
            raise ValueError(
                f"{PREFIX}HOST={self.host} listens to the public, but {PREFIX}PUBLIC_URL is {self.public_url}: "
                f"set {PREFIX}PUBLIC_URL to the address that readers use"
            )
        self._set("proof_url", self.proof_url or address(reachable(self.host), self.port))
        self._set("database_url", self.database_url or f"sqlite:///{data}/db")
        self._set("pages_url", self.pages_url or f"file://{data}/pages")
        self._set("mail_url", self.mail_url or f"maildir:{data}/mail")
        self._set("mail_from", self.mail_from or f"{phrase(self.site_title)} <news@{mail_host(self.public_url)}>")
        return self

    def _set(self, name: str, value: object) -> None:
        object.__setattr__(self, name, value)


def _lines(error: ValidationError) -> Iterable[str]:
    """One line a variable, whatever number of ways it is wrong in."""
    found: dict[str, str] = {}
    for fault in error.errors(include_url=False, include_input=False):
        message = str(fault["msg"]).removeprefix("Value error, ")
        name = f"{PREFIX}{str(fault['loc'][0]).upper()}: " if fault["loc"] else ""
        found.setdefault(name, message)
    return (name + message for name, message in found.items())
