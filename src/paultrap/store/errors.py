"""What can go wrong in the store; each message says what to do, for a person to read."""

from paultrap.errors import Error


class StoreError(Error):
    """The store cannot do what was asked."""


class ChildGoneError(StoreError):
    """The results of a job cannot be given together: all children have a place, and one has none.

    Attributes:
        child_id: The id of the child.
    """

    def __init__(self, job_id: str, child_id: str, index: int, fate: str) -> None:
        super().__init__(
            f'Job "{job_id}" has no results together any more: its child "{child_id}" '
            f"(circuit {index}) was {fate}; the others can be read by their own ids."
        )
        self.child_id = child_id


class NothingToRetryError(StoreError):
    """A job has no failed circuits that could be run again."""

    def __init__(self, job_id: str, reason: str) -> None:
        super().__init__(f'Nothing of job "{job_id}" can be run again: it {reason}.')


class JobNotFoundError(StoreError, LookupError):
    """The project has no such jobs.

    Attributes:
        ids: The ids that are unknown.
    """

    def __init__(self, ids: list[str]) -> None:
        self.ids = ids
        shown = ", ".join(f'"{job_id}"' for job_id in ids[:5])
        more = f" and {len(ids) - 5} more" if len(ids) > 5 else ""  # noqa: PLR2004  # as above
        super().__init__(f"{'Job' if len(ids) == 1 else 'Jobs'} {shown}{more} not found.")


class DamagedError(StoreError):
    """What is stored is not what was written.

    Attributes:
        owner_id: The id of the job, the session or the key that it belongs to; None where that is not
            known.
        part: What of it is damaged.
    """

    def __init__(self, owner_id: str | None, part: str) -> None:
        self.owner_id = owner_id
        self.part = part
        whose = "Stored data" if owner_id is None else f'What is stored of "{owner_id}"'
        super().__init__(
            f"{whose} is damaged ({part}) and is not given out; its server's log says more."
        )


class SessionNotFoundError(StoreError, LookupError):
    """The project has no such session."""

    def __init__(self, session_id: str) -> None:
        super().__init__(f'Session "{session_id[:64]}" not found.')


class SessionClosedError(StoreError):
    """The session does not take the job."""


class OrganizationNotFoundError(StoreError, LookupError):
    """There is no such organization."""

    def __init__(self, organization_id: str) -> None:
        super().__init__(f'there is no organization "{organization_id}".')


class UserNotFoundError(StoreError, LookupError):
    """There is no user with this address."""

    def __init__(self, email: str) -> None:
        super().__init__(f"there is no user {email}.")


class NetworkFileSystemError(StoreError):
    """The database would lie on a file system that several machines share."""


class SchemaVersionError(StoreError):
    """The schema of the database is not this release's."""


class OldSchemaError(SchemaVersionError):
    """The database was written by an earlier release, and was not to be changed."""


class FileThereError(StoreError):
    """A file would be replaced that was not to be."""


class ReleaseError(StoreError):
    """The servers of the database are of another release."""


class NotSharedError(StoreError):
    """The database is one server's alone."""


class NotEmptyError(StoreError):
    """A database is not empty into which another was to be copied."""


class DatabaseInUseError(StoreError):
    """Another server works on this database."""


class DatabaseMissingError(StoreError):
    """There is no database, and none was to be made."""


class NoRightsError(StoreError):
    """The database's role may not do what is needed."""


class StoreUnavailableError(StoreError):
    """The database cannot be reached now: it is locked for long, or its disk is full or failing."""


class IdempotencyKeyError(StoreError):
    """An idempotency key was sent before, with another request.

    Attributes:
        made_id: The id of the job or the session that the other request has made.
    """

    def __init__(self, key: str, made_id: str) -> None:
        super().__init__(
            f'Idempotency-Key "{key}" was sent before with another request, which made '
            f'"{made_id}"; a new request needs a new key.'
        )
        self.made_id = made_id


class StoreFullError(StoreUnavailableError):
    """The disk of the database is full."""


class NoRoomError(StoreFullError):
    """A copy of the database would fill the disk; nothing was done."""


class StoreDownError(StoreUnavailableError):
    """The database has been found not to answer, and was not asked again."""
