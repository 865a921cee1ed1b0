"""People asked about texts: task files for raters, and their answers read back with agreement."""

from hueset.annotate.answers import Imported, import_answers
from hueset.annotate.tasks import AnnotationTasks, write_tasks

__all__ = ["AnnotationTasks", "Imported", "import_answers", "write_tasks"]
