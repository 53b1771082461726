"""Commands about clips and faces: takes, tracks, banks of mouths."""
