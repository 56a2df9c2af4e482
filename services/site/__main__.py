"""Run the site alone."""

from services.site.app import build
from shared.runtime import main

if __name__ == "__main__":
    main([build])
