"""Mouth charts for drawn characters: letters over time, in each program's format."""
