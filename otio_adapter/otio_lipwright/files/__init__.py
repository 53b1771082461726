"""Timelines in and out of files of any format, and what rides along in them."""
