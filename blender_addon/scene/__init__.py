"""Blender's data read and written: avatars, actions, strips, sounds."""
