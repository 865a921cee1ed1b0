"""A version as one HTML file that needs nothing else: `hueset report NAME`.

The engine tells what every version has (verdict, coverage, gate, quarantine, tables, sources). What
is special to a dataset its builder tells: a module `report` in the builder's package offers
`sections(material)`. That module is no part of the builder's fingerprint, so a changed picture
never rebuilds a row.
"""

from hueset.render.report.document import render_report, write_report
from hueset.render.report.section import Material, Section

__all__ = ["Material", "Section", "render_report", "write_report"]
