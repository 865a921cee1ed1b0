"""The same work done by Hueset and by its peers, in one run, as ratios; never timed tests."""
