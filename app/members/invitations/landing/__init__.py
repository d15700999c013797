"""Where an invitation is answered: by its mailed link, by the link for chat, or by the owner of the address."""
