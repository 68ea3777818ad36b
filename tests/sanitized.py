"""What `make sanitize` has the interpreter do first, as ``sitecustomize``, in every process."""

import resource
import sys

# The editable install would take precedence over the package with the sanitized kernels.
sys.meta_path[:] = [each for each in sys.meta_path if "ScikitBuild" not in type(each).__name__]

# AddressSanitizer reserves terabytes of addresses.
_set_limit = resource.setrlimit
resource.setrlimit = lambda which, bounds: (
    None if which == resource.RLIMIT_AS else _set_limit(which, bounds)
)
