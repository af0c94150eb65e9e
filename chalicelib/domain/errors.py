"""The errors Perch raises itself.

Each carries the sentence a person reads and the HTTP status it is answered with. Two phrases
must never occur in a sentence: "The API key you provided is invalid" makes clients poll for a
login, and "Authorization" makes them replace the sentence (client contract, section 2.1).
"""


class PerchError(Exception):
    """Something the caller can read and act upon."""

    status = 400

    def __init__(self, detail: str) -> None:
        super().__init__(detail)
        self.detail = detail


class InvalidRequestError(PerchError):
    """A field of a request is missing, malformed or out of bounds."""


class InvalidContentError(InvalidRequestError):
    """What was uploaded is no object of the type that it was said to be; the sentence says why."""


class NotAnEdslJobError(PerchError):
    """A payload that edsl cannot load as a job; the sentence says why."""


class UnknownServiceError(PerchError):
    """A job asks for an inference service that the operator's table does not have."""


class RoleRefusedError(PerchError):
    """A service is to be asked as a role that there is not, or that Perch may not assume."""

    status = 503


class RetiredModelError(PerchError):
    """A job asks for a model that its provider has turned off."""


class SlowJobError(PerchError):
    """Loading a job took longer than it may, twice."""


class NoWallsError(PerchError):
    """Strangers' programs are not run here: the machine has nothing to keep them apart from the rest."""

    status = 503


class KeyMissingError(PerchError):
    """No key, or one that no account has."""

    status = 401


class InsufficientFundsError(PerchError):
    """An account has not the credits for what is to be held, paid or given away."""

    status = 402


class TooManyTriesError(PerchError):
    """Signing in has failed too often from one place."""

    status = 429


class AccountDisabledError(PerchError):
    """The key is a good one, but whoever runs this Perch has closed its account."""

    status = 403


class NotFoundError(PerchError):
    """Nothing of that name belongs to the caller (P7: somebody else's is the same as none)."""

    status = 404


class NoContentError(NotFoundError):
    """There is no such object, or it is not for the caller to read."""


class NoTableError(NotFoundError):
    """An object has no table to be looked at: it is no job's results, or too large for one."""


class ConflictError(PerchError):
    """The thing is not in a state in which that can be done to it."""

    status = 409


class TooLargeError(PerchError):
    """A body or a payload over the stage's limit."""

    status = 413


class ReleaseRefusedError(PerchError):
    """A job of a client release that would go wrong whatever it is answered; the sentence says what to do."""

    status = 426


class KeyReusedError(PerchError):
    """An Idempotency-Key came before, with another request."""

    status = 422


class EngineError(PerchError):
    """The engine's process died or broke its protocol."""

    status = 500
