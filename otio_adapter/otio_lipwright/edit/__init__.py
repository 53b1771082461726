"""What a timeline means: which clip is seen and heard when, over which media."""
