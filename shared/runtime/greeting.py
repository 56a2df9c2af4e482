"""What is a person told who has just started it?"""

from collections.abc import Iterable

from shared.runtime.claims import ADMIN_KEY
from shared.settings import Settings


def greeting(settings: Settings, services: Iterable[str]) -> str:
    """Where everything is, as a block of lines."""
    names = set(services)
    host = f"[{settings.host}]" if ":" in settings.host else settings.host
    listening = f"http://{host}:{settings.port}"
    site = settings.public_url
    key = "NEWSWIRE_ADMIN_KEY" if settings.admin_key else str(settings.data_dir / ADMIN_KEY)
    rows = [("listening", listening)]
    if "site" in names:
        rows += [("site", f"{site}/"), ("feeds", f"{site}/feed/  {site}/feed/atom/  {site}/feed/json/")]
    if "notify" in names:
        mail = settings.mail_url
        rows.append(("mail", mail.removeprefix("maildir:") if mail.startswith("maildir:") else mail.rpartition("@")[2]))
    rows += [("API docs", f"{listening}/v1/docs"), ("admin key", key), ("data", str(settings.data_dir))]
    lines = "\n".join(f"  {label:<10} {text}" for label, text in rows)
    what = "all services" if len(names) > 1 and "site" in names else ", ".join(sorted(names))
    return f"\nNewswire is running ({what}). Ctrl-C stops it.\n{lines}\n"
