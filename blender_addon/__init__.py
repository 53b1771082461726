"""The lipwright extension for Blender: pick an avatar, pick a vocal, press Perform.

Importing this package imports no Blender, so that its pure modules (plan, blends, convert, ...) can be used and
tested anywhere; Blender calls `register()`.
"""


def register() -> None:
    """Make the operators, panels and properties known to Blender."""
    from . import registration

    registration.register()


def unregister() -> None:
    """Take everything back, and end what still runs."""
    from . import registration

    registration.unregister()
