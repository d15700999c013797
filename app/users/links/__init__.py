"""/links/{token}: one landing for every mailed act. GET shows what pressing does, POST does it once (decisions 41)."""
