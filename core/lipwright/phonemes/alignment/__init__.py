"""Lyrics onto what was heard: one best path through the whole vocal, and what it is worth."""
