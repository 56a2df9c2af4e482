"""In which order do things happen? Events in, events out; and the loops that empty the ledger."""
