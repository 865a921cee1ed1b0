"""Two runs side by side: what was asked differently, and what came of it for each target."""

from __future__ import annotations

from typing import Any

from hueset.training.runs import PROVENANCE, Run


def compare_runs(old: Run, new: Run) -> dict[str, Any]:
    """Return the differences of two runs.

    Returns
    -------
    dict
        `changed` (provenance, settings, options and stages that differ, as `[old, new]`) and
        `targets`: for each the metric, verdict and skill of both; `same_data` and `same_rows` say
        whether the numbers are of the same data, and of equally many held-out rows.
    """
    before, after = old.document, new.document
    changed = {
        key: [before[key], after[key]]
        for key in PROVENANCE
        if key != "id" and before[key] != after[key]
    }
    for part in ("settings", "options"):
        one, two = before["request"][part], after["request"][part]
        for key in sorted({*one, *two}):
            if one.get(key) != two.get(key):
                changed[f"{part}.{key}"] = [one.get(key), two.get(key)]
    if before["request"]["stages"] != after["request"]["stages"]:
        changed["stages"] = [before["request"]["stages"], after["request"]["stages"]]
    ours = {one["target"]: one for one in before.get("outcomes", [])}
    theirs = {one["target"]: one for one in after.get("outcomes", [])}
    targets = []
    for name in dict.fromkeys([*ours, *theirs]):
        pair = [ours.get(name), theirs.get(name)]
        skills: list[Any] = [one["skill"] if one else None for one in pair]
        old_skill, new_skill = skills
        both = old_skill is not None and new_skill is not None
        gained = new_skill - old_skill if both else None
        targets.append(
            {
                "target": name,
                "metric": next(one["metric"] for one in pair if one),
                "values": [one["value"] if one else None for one in pair],
                "skills": skills,
                "gained": gained,
                "verdicts": [one["verdict"] if one else None for one in pair],
                "n": [one["n"] if one else None for one in pair],
            }
        )
    return {
        "runs": [old.id, new.id],
        "statuses": [before["status"], after["status"]],
        "same_data": before["data_sha256"] == after["data_sha256"],
        "same_rows": all(one["n"][0] == one["n"][1] for one in targets if None not in one["n"]),
        "changed": changed,
        "targets": targets,
    }
