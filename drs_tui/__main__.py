"""`python -m drs_tui`: the same as the command `drs-tui`."""

import sys

from drs_tui.cli import main

sys.exit(main())
