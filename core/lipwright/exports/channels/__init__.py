"""Curves a frame: ARKit and any rig convention."""
