"""Emotion recordings whose label is in the file name: RAVDESS, CREMA-D and TESS.

Livingstone & Russo, "RAVDESS", PLoS ONE 13 (2018); Cao et al., "CREMA-D", IEEE Transactions on
Affective Computing 5 (2014); Pichora-Fuller & Dupuis, "Toronto emotional speech set", 2020.
"""

from __future__ import annotations

import io
import re
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Any

from hueset.builder import Reject

if TYPE_CHECKING:
    from collections.abc import Mapping

    Row = dict[str, Any]

PATTERNS = {
    "ravdess": re.compile(
        r"(?P<modality>\d\d)-(?P<channel>\d\d)-(?P<label>\d\d)-(?P<intensity>\d\d)-"
        r"(?P<statement>\d\d)-(?P<repetition>\d\d)-(?P<actor>\d\d)"
    ),
    "crema_d": re.compile(
        r"(?P<actor>\d{4})_(?P<statement>[A-Z]{3})_(?P<label>[A-Z]{3})_(?P<intensity>[A-Z]{1,2})"
    ),
    # One file of the published set is named OA_ in place of OAF_.
    "tess": re.compile(r"(?P<actor>OAF?|YAF)_(?P<statement>[A-Za-z]+)_(?P<label>[A-Za-z]+)"),
}
"""Source → how its file names are read, suffix aside."""


def read_recording(
    raw: bytes, member: str, source: str, labels: Mapping[str, Mapping[str, str | None]]
) -> Row | Reject:
    """Read a recording's label from its name, and its length from its bytes.

    Parameters
    ----------
    raw
        The file's bytes.
    member
        Its path below the source.
    source
        `ravdess`, `crema_d` or `tess`.
    labels
        Code → `label` as the corpus names it and `class`, one of the seven audio classes or None.

    Returns
    -------
    dict or Reject
        The row, without what the tree adds. Refused: a name that is not understood, an unknown
        code, audio that cannot be read or is empty.
    """
    import soundfile

    found = PATTERNS[source].fullmatch(PurePosixPath(member).stem)
    if found is None:
        expected = PATTERNS[source].pattern
        return Reject("recordings", source, member, "name_not_understood", member, expected)
    parts = found.groupdict()
    code = parts["label"] if source != "tess" else parts["label"].lower()
    if code not in labels:
        known = ", ".join(sorted(labels))
        return Reject("recordings", source, member, "unknown_label", code, known)
    try:
        info = soundfile.info(io.BytesIO(raw))
    except soundfile.LibsndfileError as error:
        return Reject("recordings", source, member, "unreadable_audio", str(error), "a WAV file")
    if not info.frames:
        return Reject("recordings", source, member, "empty_audio", "0 frames", "at least one")
    actor = {"OA": "OAF"}.get(parts["actor"], parts["actor"])
    return {
        "recording_id": f"{source}/{member}",
        "source": source,
        "label_given": labels[code]["label"],
        "audio_class": labels[code]["class"],
        "actor": f"{source}/{actor}",
        "intensity": parts.get("intensity"),
        "statement": parts["statement"],
        "vocal_channel": parts.get("channel"),
        "duration_s": info.frames / info.samplerate,
        "sample_rate_hz": info.samplerate,
        "channels": info.channels,
        "bytes": len(raw),
    }
