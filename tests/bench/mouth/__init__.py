"""Scoring a take against its source, without a sync network: `python -m tests.bench.mouth SOURCE TAKE`.

What each number means, and what it cannot tell, stands at the function that computes it. IOD is the distance of the
outer eye corners. Opening and lip motion are measured in the take's own pixels, in the region of the source's face, so
that only pixels can make a difference.
"""
