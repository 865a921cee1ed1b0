"""From a plan to a version: steps, executors, assembly, gate, one atomic appearance."""
