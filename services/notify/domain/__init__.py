"""The decisions of notify: who hears what, in which words, and what an answer means."""
