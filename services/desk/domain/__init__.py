"""What the desk decides, without asking anybody."""
