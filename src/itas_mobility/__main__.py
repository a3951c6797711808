"""Entry point of the command ``itas-mobility`` and of ``python -m itas_mobility``."""


def main() -> None:
    """Run the command line."""
    from itas_mobility import cli

    cli.main()


if __name__ == "__main__":
    main()
