"""The dataset `chromatic`: songs of an album cycle, cut into timed segments."""
