"""`make bench`: Portico's speed and memory, beside a bare reference of the same stack. docs/performance.md explains."""
