"""The command line: one file per verb, each importing what it needs only when it runs."""


def main() -> None:
    """Entry point of `nesym`: problems that the user can solve are printed with their remedy, not as tracebacks."""
    from nesym.cli.app import run

    run()
