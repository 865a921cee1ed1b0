"""`python -m hueset` is the command `hueset`."""

from hueset.cli import hueset

if __name__ == "__main__":
    hueset()
