"""What each program means by what it exports, said in OTIO's own terms right after reading: one module a format."""
