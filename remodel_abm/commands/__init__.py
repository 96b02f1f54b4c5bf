"""The command line, a file a family of commands, and how it says what went wrong.

Exit codes: 0; 2 for bad input; 3 if a run's audit of itself failed; 130 if it was stopped.
"""

import sys

from typer.core import TyperGroup

from remodel_abm.declare import InputError

BAD_INPUT, AUDIT_FAILED, STOPPED = 2, 3, 130


class Group(TyperGroup):
    """Commands in the order they were written; errors end in one sentence, not in a traceback."""

    def list_commands(self, ctx):
        """Return the names as declared."""
        return list(self.commands)

    def invoke(self, ctx):
        """Run a command; the exit code says how it ended."""
        try:
            return super().invoke(ctx)
        except InputError as error:
            code, message = BAD_INPUT, str(error)
        except BrokenPipeError:  # what reads this has had enough, which is no error
            raise
        except OSError as error:  # of a path that nothing nearer to it has looked at
            from remodel_abm.results.files import cause

            code, message = BAD_INPUT, f"{error.filename or 'the system'}: {cause(error)}"
        except KeyboardInterrupt as error:
            code, message = STOPPED, str(error) or "interrupted; what was written stays"
        except MemoryError:
            code = BAD_INPUT
            message = "the memory does not suffice; take a smaller bone or larger voxels"
        sys.stdout.flush()
        print(f"remodel-abm: {message}", file=sys.stderr, flush=True)
        ctx.exit(code)
        return None
