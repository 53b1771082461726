"""What the nets learn from: voices, songs, bands, rooms and texts."""
