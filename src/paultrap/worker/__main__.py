"""`python -m paultrap.worker`: one worker, started by a `Supervisor` and no use to a person."""

import sys

from paultrap.worker.process import main

sys.exit(main())
