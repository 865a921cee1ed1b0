"""A version as one HTML file that needs nothing else: `hueset report NAME`.

The engine tells what every version has (verdict, coverage, gate, quarantine, tables, sources). What
is special to a dataset its builder tells: a module `report` in the builder's package offers
`sections(material)`. That module is no part of the builder's fingerprint, so a changed picture
never rebuilds a row.
"""

from hueset.report.document import render, write_report
from hueset.report.section import Material, Section

__all__ = ["Material", "Section", "render", "write_report"]
