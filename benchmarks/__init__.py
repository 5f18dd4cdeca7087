"""Speed and size beside peers, both measured in the same run; `make bench` runs all and keeps the tables."""
