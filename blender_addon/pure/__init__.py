"""Arithmetic without Blender: plans, curves, mappings, names. No bpy."""
