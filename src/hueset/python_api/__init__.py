"""The public Python API: what a notebook sees of stores, versions, tables and builds.

Everything here is reached from the package itself (`hueset.open_store`, `hueset.build`), where it
is loaded at its first use. `docs/python.md` is its page, and holds to semver; modules beneath may
change with any release.
"""
