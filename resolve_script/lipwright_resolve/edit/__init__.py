"""What is done to a timeline: planned, snapshotted, replaced, marked, put back."""
