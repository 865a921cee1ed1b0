"""Tables as Arrow and parquet hold them: types, files, bytes, and how SQL opens them."""
