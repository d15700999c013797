"""Every limit at the entrance, in one place. Figures follow NIST SP 800-63B and what large sites use.

`shared` buckets count a whole network. What counts an address or account never tells whether it exists: the
bucket is the same for both.
"""

from app.ratelimit import Bucket

MINUTE, HOUR, DAY = 60, 3600, 86400

SIGN_IN_NETWORK = Bucket("sign-in network", 60, 5 * MINUTE, shared=True)
"""Failed sign-ins of one network; successes give their token back."""

SIGN_IN_ADDRESS = Bucket("sign-in address", 15, 5 * MINUTE)
"""Failed sign-ins for one address from one network."""

MAIL_COOL_DOWN = Bucket("mail cool-down", 1, MINUTE)
"""One mailed secret of a kind for one address; asking again meanwhile keeps the old one alive."""

MAIL_ADDRESS = Bucket("mail address", 5, DAY)
"""Mailed secrets of a kind for one address."""

MAIL_NETWORK = Bucket("mail network", 30, HOUR, shared=True)
"""Mails that one network can cause."""

CODE_NETWORK = Bucket("code network", 60, HOUR, shared=True)
"""Wrong codes of one network. Each code has five tries of its own."""

SECOND_STEP_NETWORK = Bucket("second step network", 60, HOUR, shared=True)
"""Wrong codes at the second step and at set-up of one network; each person has a count of their own beside it."""

GOOGLE_NETWORK = Bucket("google network", 60, 5 * MINUTE, shared=True)
"""Ways to Google that one network begins."""

LINK_NETWORK = Bucket("link network", 60, HOUR, shared=True)
"""Dead mailed links opened by one network; good ones cost nothing."""

LOST_FACTOR = Bucket("lost second factor", 3, 7 * DAY)
"""Recoveries of a second step begun for one account: whoever knows the password must not flood the mailbox."""

PASSKEY_NETWORK = Bucket("passkey network", 600, 5 * MINUTE, shared=True)
"""Ceremonies that browsers of one network begin; each sign-in page begins one for the autofill."""

PASSKEY_REFUSALS = Bucket("passkey refusals", 60, 5 * MINUTE, shared=True)
"""Refused answers of one network: each leaves a line in the security log."""
