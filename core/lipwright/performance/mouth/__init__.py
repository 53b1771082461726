"""From gestures to mouth curves: dominance, gates, openings, by the rules of data/visemes.toml."""
