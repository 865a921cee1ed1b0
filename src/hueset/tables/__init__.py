"""Tables as Arrow and parquet hold them: their types, their files, their bytes."""
