"""`python -m hueset` is the command `hueset`."""

from hueset.module_path import leave_working_folder

if __name__ == "__main__":
    leave_working_folder()

    from hueset.cli import hueset

    hueset()
