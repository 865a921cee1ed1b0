"""A run copied into MLflow, for those who keep their experiments there; the store stays the source.

Only what was measured is copied: a null becomes no metric, never a 0.
"""

from __future__ import annotations

import json
import os
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from hueset.errors import UsageError
from hueset.training.errors import TrainExtraError
from hueset.training.runs import PROVENANCE

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from hueset.training.runs import Run

MEASURED = ("value", "skill", "p_value", "sd_predictions")
STATUS = {"finished": "FINISHED", "failed": "FAILED"}
AT_ONCE = 500
"""Metrics in one request; MLflow takes up to a thousand."""


def log_run(run: Run, uri: str) -> dict[str, Any]:
    """Copy a run that ended to a tracking server or database; a second time changes nothing.

    Parameters
    ----------
    run
        The run.
    uri
        What MLflow takes: `http://…`, `sqlite:///mlflow.db`.

    Returns
    -------
    dict
        `uri`, `experiment`, `run_id`, `metrics` (how many points), and `copied`: False where it
        was there.

    Raises
    ------
    TrainExtraError
        MLflow is not installed.
    UsageError
        The run did not end, or MLflow refuses.
    """
    # It would tell its makers of every use otherwise.
    os.environ.setdefault("MLFLOW_DISABLE_TELEMETRY", "true")
    try:
        from mlflow.exceptions import MlflowException
        from mlflow.tracking import MlflowClient
    except ImportError as error:
        message = f"copying a run to MLflow needs {error.name}, which is not installed"
        raise TrainExtraError(message, hint="pip install 'hueset[mlflow]'") from error
    document = run.document
    if document["status"] not in STATUS:
        message = f"the run {run.id} is {document['status']}"
        raise UsageError(message, hint="copy it when it has ended: `hueset train … --resume`")
    try:
        return _copy(MlflowClient(tracking_uri=uri), run, document, uri)
    except (MlflowException, ImportError) as error:
        message = f"MLflow at {uri} does not take the run: {error}"
        hint = "is the address right, and the server there? sqlite:///FILE needs no server"
        raise UsageError(message, hint=hint, value=uri) from error


def _copy(client: Any, run: Run, document: Mapping[str, Any], uri: str) -> dict[str, Any]:
    from mlflow.entities import Param, RunTag

    name = f"hueset/{document['dataset']}/{document['task']}"
    points = list(_metrics(document))
    told = {"uri": uri, "experiment": name, "metrics": len(points)}
    held = client.get_experiment_by_name(name)
    experiment = held.experiment_id if held else client.create_experiment(name, _artifacts(uri))
    there = client.search_runs([experiment], f"tags.`hueset.run` = '{run.id}'")
    whole = [one for one in there if one.info.status in STATUS.values()]
    if whole:
        return {**told, "run_id": whole[0].info.run_id, "copied": False}
    for half in there:
        client.delete_run(half.info.run_id)
    made = client.create_run(
        experiment,
        start_time=_ms(document["started_at"]),
        run_name=run.id,
        tags={"hueset.run": run.id},
    ).info.run_id
    client.log_batch(
        made,
        params=[Param(key, value[:6000]) for key, value in _params(document).items()],
        tags=[RunTag(f"hueset.{key}", value[:5000]) for key, value in _tags(document).items()],
    )
    for at in range(0, len(points), AT_ONCE):
        client.log_batch(made, metrics=points[at : at + AT_ONCE])
    for path in sorted(run.path.iterdir()):
        if path.suffix in {".json", ".parquet", ".svg"}:
            client.log_artifact(made, str(path))
    # Last: a copy that was cut off is known by its status, and is made again.
    client.set_terminated(made, STATUS[document["status"]], _ms(document["finished_at"]))
    return {**told, "run_id": made, "copied": True}


def _metrics(document: Mapping[str, Any]) -> Iterator[Any]:
    from mlflow.entities import Metric

    started, ended = _ms(document["started_at"]), _ms(document["finished_at"])
    for row in document["curves"]:
        for key in ("loss", "moved"):
            if row[key] is not None:
                yield Metric(
                    f"{row['split']}.{key}/{row['target']}", row[key], started, row["step"]
                )
    for one in document["outcomes"]:
        for key in MEASURED:
            if one[key] is not None:
                yield Metric(f"test.{key}/{one['target']}", one[key], ended, 0)
        for name, value in one["baselines"].items():
            if value is not None:
                yield Metric(f"test.baseline.{name}/{one['target']}", value, ended, 0)


def _params(document: Mapping[str, Any]) -> dict[str, str]:
    asked = document["request"]
    return {
        "quick": str(asked["quick"]),
        "stages": json.dumps(asked["stages"]),
        **{f"settings.{key}": str(value) for key, value in asked["settings"].items()},
        **{f"options.{key}": str(value) for key, value in asked["options"].items()},
    }


def _tags(document: Mapping[str, Any]) -> dict[str, str]:
    held = {key: document[key] for key in PROVENANCE if key != "id"}
    verdicts = {f"verdict/{one['target']}": one["verdict"] for one in document["outcomes"]}
    every = {**held, "status": document["status"], "reason": document["reason"], **verdicts}
    return {
        key: value if isinstance(value, str) else json.dumps(value)
        for key, value in every.items()
        if value is not None
    }


def _artifacts(uri: str) -> str | None:
    """Return where the files of an experiment go: beside a database, else as the server likes."""
    if not uri.startswith("sqlite:///"):
        return None
    return (Path(uri.removeprefix("sqlite:///")).resolve().parent / "mlartifacts").as_uri()


def _ms(stamp: str) -> int:
    return int(datetime.fromisoformat(stamp).timestamp() * 1000)
