"""What a verb may raise; `web/failures.py` alone turns these into pages."""

from uuid import UUID


class PorticoError(Exception):
    """The family of refusals that people see; anything else is a fault of ours."""


class Rejected(PorticoError):
    """A rule says no to what was entered: shown at `field`, or above the form where `field` is None."""

    def __init__(self, field: str | None, message: str) -> None:
        super().__init__(message)
        self.field = field
        self.message = message


class NotFound(PorticoError):
    """It does not exist for this person; strangers must not learn whether it exists for others."""


class Forbidden(PorticoError):
    """The person is known and may not; `missing` names the right that is lacking, in plain words."""

    def __init__(self, missing: str | None = None) -> None:
        super().__init__(missing)
        self.missing = missing


class Shut(PorticoError):
    """A door that is shut for a member: `why` is `suspended` for themselves, `tenant_suspended` for the whole team."""

    def __init__(self, why: str, name: str, slug: str) -> None:
        super().__init__(why)
        self.why = why
        self.name = name
        self.slug = slug


class NeedsSignIn(PorticoError):
    """Only for people who are signed in; `kept` names the form that waits for somebody whose session ran out."""

    def __init__(self, kept: UUID | None = None) -> None:
        super().__init__("sign in")
        self.kept = kept


class NeedsSudo(PorticoError):
    """The person must prove again who they are before this act; `kept` names the form that waits for it.

    `any_factor` says that any factor they have will do.
    """

    def __init__(self, kept: UUID | None = None, *, any_factor: bool = False) -> None:
        super().__init__("sudo")
        self.kept = kept
        self.any_factor = any_factor


class Limited(PorticoError):
    """Too many tries; `retry_after` is in whole seconds."""

    def __init__(self, retry_after: int, message: str) -> None:
        super().__init__(message)
        self.retry_after = retry_after
        self.message = message


class Busy(PorticoError):
    """The server has more work than it can take on now; `retry_after` is in whole seconds."""

    def __init__(self, retry_after: int = 2) -> None:
        super().__init__("busy")
        self.retry_after = retry_after


class DeadLink(PorticoError):
    """A mailed link that is unknown, used, expired or replaced: one answer for all. `again` is where to ask anew.

    None for an invitation: only whoever invited can send another.
    """

    def __init__(self, again: str | None) -> None:
        super().__init__(again)
        self.again = again
