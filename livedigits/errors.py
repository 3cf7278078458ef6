"""The one exception that livedigits raises for what a user can cause and put right."""


class LivedigitsError(Exception):
    """Says in one line what went wrong, with which file or device, and what to do about it."""
