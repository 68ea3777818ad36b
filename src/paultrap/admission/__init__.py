"""Admission: a version-free request to a checked, planned and priced job, or a `Refusal`.

Every rule of a job is here, once, for the server, `paultrap.run`, clones and programs. It knows
no HTTP and no SQL, and reads no setting: limits and machines are passed to it.
"""

from paultrap.admission.admitting import Admission, admit
from paultrap.admission.bills import bill_of, bill_of_part
from paultrap.admission.chunks import (
    SHORT_COST,
    PlannedChunk,
    cost_within,
    due_delays,
    predicted_ms,
    predicted_seconds,
)
from paultrap.admission.clones import ChangedFields, Changes, admit_clone, check_clonable
from paultrap.admission.fields import check_backend
from paultrap.admission.functions import UnreadFunction
from paultrap.admission.jobs import AdmittedJob
from paultrap.admission.labels import LONGEST_VALUE, METADATA_PREFIX, NAME, Label, labels_of
from paultrap.admission.limits import Limits
from paultrap.admission.planning import plan_again
from paultrap.admission.programs import UnreadProgram
from paultrap.admission.refusals import Kind, Refusal, check_understood, invalid, refused
from paultrap.admission.requests import NULL, FunctionText, GateLists, JobRequest, ProgramText
from paultrap.admission.sampling import IDEAL_NOISE, MAX_SEED

__all__ = [
    "IDEAL_NOISE",
    "LONGEST_VALUE",
    "MAX_SEED",
    "METADATA_PREFIX",
    "NAME",
    "NULL",
    "SHORT_COST",
    "Admission",
    "AdmittedJob",
    "ChangedFields",
    "Changes",
    "FunctionText",
    "GateLists",
    "JobRequest",
    "Kind",
    "Label",
    "Limits",
    "PlannedChunk",
    "ProgramText",
    "Refusal",
    "UnreadFunction",
    "UnreadProgram",
    "admit",
    "admit_clone",
    "bill_of",
    "bill_of_part",
    "check_backend",
    "check_clonable",
    "check_understood",
    "cost_within",
    "due_delays",
    "invalid",
    "labels_of",
    "plan_again",
    "predicted_ms",
    "predicted_seconds",
    "refused",
]
