"""Why a request is not taken, as an error on its way to the answer."""


class RefusalError(Exception):
    """A request that is not taken.

    Parameters
    ----------
    status
        HTTP status.
    message
        Why, for the developer who sends it; never with what was sent.
    field
        Where in the body, as far as it can be told.
    retry_after_s
        When to send it again, in seconds; null when that would not help.
    """

    def __init__(self, status: int, message: str, *, field: str = "", retry_after_s: int | None = None):
        super().__init__(message)
        self.status = status
        self.message = message
        self.field = field
        self.retry_after_s = retry_after_s
