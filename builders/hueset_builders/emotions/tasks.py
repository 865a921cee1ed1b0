"""What can be trained on the emotions: classes of texts, and classes of recordings."""

from hueset_builders.emotions.recording_task import EmotionAudio
from hueset_builders.emotions.text_task import Emotion

TASKS = (Emotion(), EmotionAudio())
