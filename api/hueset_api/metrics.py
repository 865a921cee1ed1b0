"""Counters for Prometheus (text format 0.0.4), kept by hand: a handful of names, no library."""

from __future__ import annotations

import time
from collections import Counter, defaultdict

BUCKETS_S = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)
MEDIA_TYPE = "text/plain; version=0.0.4; charset=utf-8"


class Metrics:
    """What the service counts about its requests."""

    def __init__(self) -> None:
        self.started = time.time()
        self.in_flight = 0
        self.lost_lines = 0
        self._requests: Counter[tuple[str, str, int]] = Counter()
        self._bytes = 0
        self._buckets: dict[str, list[int]] = defaultdict(lambda: [0] * (len(BUCKETS_S) + 1))
        self._seconds: Counter[str] = Counter()

    def done(self, method: str, route: str, status: int, seconds: float, sent: int) -> None:
        """Count one finished request; `route` is the declared path, never what a client wrote."""
        self._requests[method, route, status] += 1
        self._bytes += sent
        buckets = self._buckets[route]
        for at, bound in enumerate(BUCKETS_S):
            if seconds <= bound:
                buckets[at] += 1
                break
        else:
            buckets[-1] += 1
        self._seconds[route] += seconds  # type: ignore[assignment]

    def text(self, gauges: list[tuple[str, str, list[tuple[dict[str, str], float]]]]) -> str:
        """Return everything in Prometheus' text format.

        Parameters
        ----------
        gauges
            Name, help and samples (labels, value) of what is read from elsewhere.
        """
        lines = [
            "# HELP hueset_requests_total Finished requests.",
            "# TYPE hueset_requests_total counter",
        ]
        for (method, route, status), count in sorted(self._requests.items()):
            labels = _labels({"method": method, "route": route, "status": str(status)})
            lines.append(f"hueset_requests_total{labels} {count}")
        lines += [
            "# HELP hueset_request_seconds How long requests took.",
            "# TYPE hueset_request_seconds histogram",
        ]
        for route, buckets in sorted(self._buckets.items()):
            total = 0
            for bound, count in zip((*BUCKETS_S, None), buckets, strict=True):
                total += count
                labels = _labels({"route": route, "le": "+Inf" if bound is None else str(bound)})
                lines.append(f"hueset_request_seconds_bucket{labels} {total}")
            name = _labels({"route": route})
            lines.append(f"hueset_request_seconds_sum{name} {self._seconds[route]:.6f}")
            lines.append(f"hueset_request_seconds_count{name} {total}")
        own: list[tuple[str, str, list[tuple[dict[str, str], float]]]] = [
            ("hueset_requests_in_flight", "Requests being answered.", [({}, self.in_flight)]),
            ("hueset_start_time_seconds", "When the service started.", [({}, self.started)]),
            ("hueset_log_lines_lost", "Lines no log took.", [({}, self.lost_lines)]),
            ("hueset_sent_bytes", "Bytes of bodies sent.", [({}, self._bytes)]),
        ]
        for name, help_, samples in own + gauges:
            lines += [f"# HELP {name} {help_}", f"# TYPE {name} gauge"]
            lines += [f"{name}{_labels(labels)} {value:.15g}" for labels, value in samples]
        return "\n".join(lines) + "\n"


def _labels(labels: dict[str, str]) -> str:
    if not labels:
        return ""
    return "{" + ",".join(f'{name}="{_escape_label(text)}"' for name, text in labels.items()) + "}"


def _escape_label(text: str) -> str:
    return text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
