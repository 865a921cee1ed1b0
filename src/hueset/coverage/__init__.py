"""What the labels of a version cover: counted once, in SQL, and held against the contract."""
