"""What the artist sees: panels, properties, operators."""
