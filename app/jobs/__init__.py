"""Work that is done after the answer: a queue and its schedule."""
