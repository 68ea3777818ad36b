"""Why a use case cannot be carried out. What each means on the wire is the API's own matter."""

from paultrap.errors import Error


class ClientLeftError(Error):
    """Whoever has sent a request closed the connection before it was its turn.

    Nothing has come of it: there is no job.
    """

    def __init__(self) -> None:
        super().__init__(
            "The connection closed before it was the turn of the request; nothing has come of it."
        )


class ServiceError(Error):
    """Something cannot be done with a job of the caller's.

    Attributes:
        job_id: The id of the job.
    """

    def __init__(self, job_id: str, message: str) -> None:
        super().__init__(message)
        self.job_id = job_id


class JobStartedError(ServiceError):
    """A job that was to be moved has started."""

    def __init__(self, job_id: str) -> None:
        super().__init__(job_id, f'Job "{job_id}" has started and cannot be moved; clone it.')


class CircuitsNotKeptError(ServiceError):
    """A job that was to be run again keeps no circuits."""

    def __init__(self, job_id: str) -> None:
        super().__init__(job_id, f'Job "{job_id}" keeps no circuits that could be run again.')


class NoResultError(ServiceError):
    """A job does not have what was asked for.

    Attributes:
        reason: Why not: the rest of a sentence that begins with the job.
    """

    def __init__(self, job_id: str, reason: str, message: str = "") -> None:
        super().__init__(job_id, message or f'Job "{job_id}" {reason}.')
        self.reason = reason


class UnfinishedJobError(NoResultError):
    """A job has no results, or none yet.

    Attributes:
        reason: The state of the job, in words that follow its id.
    """

    def __init__(self, job_id: str, state: str) -> None:
        message = f'Job not found or not yet completed: "{job_id}" is {state}.'
        super().__init__(job_id, f"is {state}", message)


class FailedJobResultError(NoResultError):
    """A job has no results because it has failed.

    Attributes:
        code: Why it has failed, a `paultrap.errors.FailureCode`.
        failure: The same for a person.
    """

    def __init__(self, job_id: str, code: str, failure: str) -> None:
        super().__init__(job_id, f"has failed: {failure}", f'Job "{job_id}" has failed: {failure}')
        self.code = code
        self.failure = failure


class ForeignCircuitError(ServiceError):
    """What was asked for is to begin after a circuit that the job does not have.

    Attributes:
        circuit_id: The id that was given.
    """

    def __init__(self, job_id: str, circuit_id: str) -> None:
        shown = circuit_id[:64]
        super().__init__(job_id, f'"{shown}" is no child of job "{job_id}".')
        self.circuit_id = circuit_id
