"""Run ingest alone."""

from services.ingest.app import build
from shared.runtime import main

if __name__ == "__main__":
    main([build])
