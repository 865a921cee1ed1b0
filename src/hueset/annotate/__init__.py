"""People asked about texts: task files for raters, and their answers read back with agreement."""

from hueset.annotate.answers import Imported, import_answers
from hueset.annotate.tasks import Tasks, write_tasks

__all__ = ["Imported", "Tasks", "import_answers", "write_tasks"]
