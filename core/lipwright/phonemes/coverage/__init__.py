"""Voice that no word of the lyrics accounts for: found, followed, sung again where it is heard again, and told."""
