#!/usr/bin/env -S uv run --script
# /// script
# requires-python = ">=3.12"
# dependencies = [
#   "idna>=3.7",
# ]
# ///
import idna
