"""People asked about texts: task files for raters, and their answers read back with agreement."""

from hueset.annotate.answers import ImportedAnswers, import_answers
from hueset.annotate.tasks import AnnotationTasks, write_tasks

__all__ = ["AnnotationTasks", "ImportedAnswers", "import_answers", "write_tasks"]
