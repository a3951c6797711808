"""``python -m itas_mobility`` is the command ``itas-mobility``."""

from itas_mobility.cli import main

if __name__ == "__main__":
    main()
