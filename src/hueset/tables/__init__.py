"""The rows of a version: how their files are opened, in SQL."""
