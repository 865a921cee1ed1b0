"""A network over features of text as ONNX, held against the original before it is handed out.

A bag has no fixed length, so the exported network takes bags padded with bucket 0.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from hueset.training.errors import FailedTrainingError, TrainExtraError
from hueset.training.tabular import TabularTrial

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

    from hueset.training.task import Learner
    from hueset.training.text import Features

MOST_APART = 1e-4
ROWS = 64


def export_onnx(trial: Learner, path: Path) -> dict[str, Any]:
    """Write a trained trial of text as ONNX.

    Returns
    -------
    dict
        The path, the targets in the order of the output, the rows that were compared, and how far
        the exported network lies from the original at most, in the unit of the labels.

    Raises
    ------
    TrainExtraError
        The ONNX libraries are not installed.
    FailedTrainingError
        This is no such network, or the exported one answers otherwise.
    """
    import torch

    from hueset.training.nets.trunk import PaddedTrunk

    try:
        import onnxruntime
        import onnxscript  # noqa: F401 - the exporter of torch needs it
    except ImportError as error:
        message = f"exporting needs {error.name}, which is not installed"
        raise TrainExtraError(message, hint="pip install 'hueset[onnx]'") from error
    if not isinstance(trial, TabularTrial) or trial.binary:
        message = "only networks that predict numbers from fixed features are exported"
        raise FailedTrainingError(
            message, hint="choose a run whose targets are numbers, learned from text"
        )
    part = trial.parts["test"]
    rows = np.arange(min(ROWS, len(part.features)))
    means = torch.tensor([trial.standards[name].mean for name in trial.targets])
    spreads = torch.tensor([trial.standards[name].sd for name in trial.targets])
    net = PaddedTrunk(trial.net, means, spreads).eval()
    given = pad_bags(part.features, rows)
    batch, longest = torch.export.Dim("batch"), torch.export.Dim("longest")
    shape = {0: batch, 1: longest} if part.features.bags else {0: batch}
    torch.onnx.export(
        net,
        (torch.from_numpy(given),),
        str(path),
        input_names=["features"],
        output_names=["targets"],
        dynamic_shapes=(shape,),
        dynamo=True,
        external_data=False,
        verbose=False,
    )
    session = onnxruntime.InferenceSession(str(path), providers=["CPUExecutionProvider"])
    (made,) = session.run(None, {"features": given})
    ours = trial.predict("test")
    expected = np.stack([ours[name][rows] for name in trial.targets], axis=1)
    apart = float(np.abs(made - expected).max())
    if not apart <= MOST_APART:
        path.unlink()
        message = f"the exported network lies {apart:.2g} from the original"
        raise FailedTrainingError(message, hint="report it; nothing was written", value=apart)
    return {"path": str(path), "targets": list(trial.targets), "rows": len(rows), "apart": apart}


def pad_bags(features: Features, rows: NDArray[np.int64]) -> NDArray[Any]:
    """Return bags as int64 [n, longest], filled with bucket 0; vectors as they are."""
    if not features.bags:
        (dense,) = features.rows(rows)
        return dense
    ids, starts = features.rows(rows)
    ends = np.append(starts[1:], len(ids))
    made = np.zeros((len(rows), int((ends - starts).max())), np.int64)
    for at, (start, end) in enumerate(zip(starts, ends, strict=True)):
        made[at, : end - start] = ids[start:end]
    return made
