"""Putting the host scripts where the hosts look: DaVinci Resolve and Blender, on Windows, macOS and Linux."""
