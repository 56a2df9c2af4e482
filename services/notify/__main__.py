"""Run notify alone."""

from services.notify.app import build
from shared.runtime import main

if __name__ == "__main__":
    main([build])
