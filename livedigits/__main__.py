"""python -m livedigits: the command line."""

from livedigits.cli import main

if __name__ == "__main__":
    main(prog_name="livedigits")
