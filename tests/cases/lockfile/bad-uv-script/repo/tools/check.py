#!/usr/bin/env -S uv run --script
# /// script
# requires-python = ">=3.11"
# dependencies = [
#   "idna>=3.8",
# ]
# ///
import idna
