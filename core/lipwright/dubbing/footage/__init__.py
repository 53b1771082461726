"""What a dub learns from footage: where the face is, whose it is, which frames are left alone."""
