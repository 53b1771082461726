"""Words and phones as text: subtitles, lyrics, Praat."""
