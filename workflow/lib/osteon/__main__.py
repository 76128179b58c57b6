"""`python -m osteon`: see osteon.cli."""

import sys

from osteon.cli import main

sys.exit(main())
