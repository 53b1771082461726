"""What happens to the pixels of a mouth: code values, sharpness, grain, morphs."""
