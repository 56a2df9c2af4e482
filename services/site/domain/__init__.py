"""What the site decides, without any I/O."""
