"""Lets the tests of this folder import `fake_model`, whatever pytest's way of importing."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
