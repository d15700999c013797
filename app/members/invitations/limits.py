"""How often about one invitation. How many there may be in a day is counted as they are made (`tables.make`)."""

from app.ratelimit import Bucket
from app.users.limits import DAY, MINUTE

RESENT = Bucket("invitation resent", 3, DAY)
RESENT_LATELY = Bucket("invitation resent lately", 1, 2 * MINUTE)
ASKED_AGAIN = Bucket("invitation asked for again", 1, DAY)
