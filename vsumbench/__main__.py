"""`python -m vsumbench` is the command `vsumbench`."""

from .cli import main

if __name__ == "__main__":
    main()
