"""The root of all exceptions, their whole hierarchy, and the codes of failures.

Every exception of paultrap derives from `Error`; each class is defined in the package that raises
it, shown here behind its name. Other bases are in brackets. A test compares this tree with the code::

    Error                                         errors
      ApiError                                    api
      BlobError [ValueError]                      circuits
      CircuitError [ValueError]                   formats
      ClientLeftError                             service
      CommandError                                cli
        UsageError                                cli
      CutResponseError                            api
      DaskError                                   dask
      FailedJobError [ValueError]                 running
      InterruptedRunError                         circuits
      JsonError [ValueError]                      _kernels
      MachinesError [ValueError]                  machines
        DeviceError                               machines
        NoiseModelError                           machines
      MeasuredError                               languages
      MemoryLimitError [MemoryError]              engine
      MissingExtraError                           languages
      PauliError [ValueError]                     functions
      PluginError [RuntimeError]                  machines
        PluginCircuitsError                       machines
      ProgramError [ValueError]                   languages
        ParameterCountError                       languages
      ReaderError                                 languages
      Refusal [ValueError]                        admission
      ServerError                                 client
        NoAnswerError                             client
      ServiceError                                service
        CircuitsNotKeptError                      service
        ForeignCircuitError                       service
        JobStartedError                           service
        NoResultError                             service
          FailedJobResultError                    service
          UnfinishedJobError                      service
      SimulationError [ValueError]                circuits
        LargeSupportError                         engine
        NotCliffordError                          circuits
      StoreError                                  store
        ChildGoneError                            store
        DamagedError                              store
        DatabaseInUseError                        store
        DatabaseMissingError                      store
        FileThereError                            store
        IdempotencyKeyError                       store
        JobNotFoundError [LookupError]            store
        NetworkFileSystemError                    store
        NoRightsError                             store
        NotEmptyError                             store
        NotSharedError                            store
        NothingToRetryError                       store
        OrganizationNotFoundError [LookupError]   store
        OvertakenError                            store
        ReleaseError                              store
        RepeatedRequestError                      store
        SchemaVersionError                        store
          OldSchemaError                          store
        SessionClosedError                        store
        SessionNotFoundError [LookupError]        store
        StoreUnavailableError                     store
          BusyError                               store
          StoreDownError                          store
          StoreFullError                          store
            NoRoomError                           store
        UndecidedError                            store
        UserNotFoundError [LookupError]           store
      TooManyNamesError                           notices
      UnknownBackendError                         hosting
      UnknownModelError [ValueError]              machines
"""

from enum import StrEnum


class Error(Exception):
    """The base class of all exceptions of paultrap; ``str()`` is a message for a person."""


class FailureCode(StrEnum):
    """The codes of a job's ``failure``, all of them."""

    INTERNAL = "InternalError"
    INVALID = "InvalidInput"
    MACHINE = "QuantumComputerError"
    NOT_ENOUGH_QUBITS = "NotEnoughQubits"
    SIMULATION = "SimulationError"
    TOO_COMPLEX = "QuantumCircuitComplexityError"
    TOO_MANY_GATES = "TooManyGates"
    UNSUPPORTED = "PreflightError"
