"""What is heard in a vocal before any text is looked at: voice activity, phone posteriors, words."""
