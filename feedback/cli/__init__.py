"""The command line: every command is a library call, told to a person.

`main` starts it; `commands` declares the commands, `demo` the guided tour; `tables` prints frames,
`words` says numbers and times the way people read them.
"""

from feedback.cli.commands import app, main

__all__ = ["app", "main"]
