"""What every service stands on; a closed list of modules that never imports a service."""
