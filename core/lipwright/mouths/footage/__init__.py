"""A performer's own footage: frames judged, banks of mouths, and which of them is shown when."""
