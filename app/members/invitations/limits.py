"""How often about one invitation, and how many of them."""

from app.ratelimit import Bucket
from app.users.limits import DAY, MINUTE

RESENT = Bucket("invitation resent", 3, DAY)
RESENT_LATELY = Bucket("invitation resent lately", 1, 2 * MINUTE)
ASKED_AGAIN = Bucket("invitation asked for again", 1, DAY)

INVITED_BY_PERSON = Bucket("invitations by a person", 10_000, DAY)
INVITED_BY_TEAM = Bucket("invitations of a team", 10_000, DAY)
"""Two full lists: more is for the operators of the platform to know of."""
