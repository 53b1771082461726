"""The rest of the face: feeling, lids, eyes, head, brows and breath."""
