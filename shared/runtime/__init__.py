"""What turns services into processes: one server, one Redis, one place where things start and stop.

`Lent` and `Service` are the contract with the services; `main` runs them.
"""

from shared.runtime.launch import main
from shared.runtime.process import migrate_service
from shared.runtime.service import Builder, Lent, Service

__all__ = ["Builder", "Lent", "Service", "main", "migrate_service"]
