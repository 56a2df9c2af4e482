"""Is what we send valid? Rules of its specifications, and of the validators that its readers use."""
