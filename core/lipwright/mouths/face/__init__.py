"""The geometry of one face: points, head pose, lip model, targets, warps and mattes."""
