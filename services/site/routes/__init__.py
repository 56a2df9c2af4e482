"""What readers and editors ask of the site over HTTP."""
