"""/t/{slug}/ownership: handing a team over, as one act that the other accepts."""
