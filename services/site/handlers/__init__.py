"""What the site does with each event: `steps` in which order, `proof` how it waits, `ports` what it needs."""
