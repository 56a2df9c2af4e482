"""The technology behind the desk."""
