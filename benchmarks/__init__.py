"""Speed and memory of the hub against bare Splink on the same data: `make bench`."""
