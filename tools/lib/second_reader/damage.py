"""What a file says that the format does not allow."""


class Damage(Exception):
    """Stored bytes that break a promise of the format."""


def demand(holds, what):
    """Refuses the file unless the promise is kept."""
    if not holds:
        raise Damage(what)
