"""What a dub writes: frames, segments, takes, reports, and what lets it go on after a break."""
