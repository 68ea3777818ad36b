"""Let the compiler's tests import their helpers: compiler_circuits."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
