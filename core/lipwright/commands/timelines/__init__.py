"""Commands about timelines."""
