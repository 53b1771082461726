"""From coarse onsets to final times: local engines, their vote, ends of notes, spans."""
