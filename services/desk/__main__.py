"""Run the desk alone."""

from services.desk.app import build
from shared.runtime import main

if __name__ == "__main__":
    main([build])
