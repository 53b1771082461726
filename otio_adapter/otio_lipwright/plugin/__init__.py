"""What OTIO itself loads: manifest, schemas, hook and media linker."""
