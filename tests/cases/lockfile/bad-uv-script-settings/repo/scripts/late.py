# /// script
# requires-python = ">=3.11"
# dependencies = ["click==8.1.7"]
#
# [tool.uv]
# exclude-newer = "P6D"
# ///
import click

click.echo("hello")
