"""Our own formats to and from OTIO."""
