"""What can go wrong, in sentences that an editor can act on."""


class Refused(Exception):
    """Something the script will not do: one sentence with the reason and the next step; nothing was changed."""


class Undone(Exception):
    """A step failed half-way and everything was put back as it was."""


class WrongLength(Undone):
    """The clip is there, and longer or shorter than it was: another end frame may be right."""


class Stuck(Exception):
    """A step failed and could not be put back; the message says what to do by hand."""
