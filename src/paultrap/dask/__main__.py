"""`python -m paultrap.dask`: started by a Dask worker, and no use to a person."""

import sys

from paultrap.dask.process import main

sys.exit(main())
