"""How does a proxy in front find the service that answers a path? Its configuration, written from the one table."""

from shared.runtime.paths import DEFAULT, OWED, PORTS, TABLE

_HEAD = """\
# Written by `make docs` from the table in shared/runtime/paths.py; a test holds it to that.
# Caddy listens inside the container network; TLS is added by naming a domain instead of :8080.
{
	admin off
	auto_https disable_redirects
}

:8080 {
	encode zstd gzip
	# A batch is read line by line and may have any size; the services hold their own, smaller limits for the rest.
	@bounded not path /v1/stories:batch
	request_body @bounded {
		max_size 25MB
	}
"""


def caddyfile() -> str:
    """The Caddyfile of docker-compose.yml: each service under its own name and port, everything else to the site."""
    lines = [_HEAD]
    for service, prefixes in TABLE.items():
        if service not in PORTS:
            continue
        paths = " ".join(pattern for prefix in prefixes for pattern in (prefix, f"{prefix}/*"))
        lines.append(f"\t@{service} path {paths}\n\thandle @{service} {{\n\t\t{_upstream(service)}\n\t}}\n")
    lines.append("\t# What each service owes, for the admin (newswire doctor).\n")
    lines += [
        f"\t@owed_{service} path {OWED}{service}\n\thandle @owed_{service} {{\n\t\t{_upstream(service)}\n\t}}\n"
        for service in PORTS
    ]
    lines.append(
        "\t# Each process documents its own part; the publishers' is what is asked for from outside.\n"
        f"\t@docs path /v1/docs /v1/openapi.json\n\thandle @docs {{\n\t\t{_upstream('ingest')}\n\t}}\n"
    )
    lines.append(
        "\t# The processes' own addresses (metrics, readiness) are for the inside.\n"
        "\t@inside path /metrics /readyz /healthz\n\thandle @inside {\n\t\trespond 404\n\t}\n"
        f"\thandle {{\n\t\t{_upstream(DEFAULT)}\n\t}}\n}}\n"
    )
    return "\n".join(lines)


def _upstream(service: str) -> str:
    # Found anew every few seconds, so that replicas come and go without a restart of the proxy; while one restarts, a
    # call that reached nobody yet is held and offered to the next.
    found = f"dynamic a {service} {PORTS[service]} {{\n\t\t\t\trefresh 5s\n\t\t\t}}"
    return f"reverse_proxy {{\n\t\t\t{found}\n\t\t\tlb_try_duration 5s\n\t\t}}"
