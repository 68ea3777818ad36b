"""``python -m paultrap`` is the ``paultrap`` command."""

from paultrap.cli import main

if __name__ == "__main__":
    main()
