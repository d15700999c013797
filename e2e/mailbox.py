"""The mail that people in a journey get, read from /dev/mail.json. Waiting is the server's: no journey sleeps."""

import json
import os
import re
from pathlib import Path

import httpx
import msgspec

WAIT_SECONDS = 15


class Mail(msgspec.Struct, frozen=True):
    """One delivered mail, as /dev/mail.json tells it."""

    id: int
    to: str
    subject: str
    text: str
    html: str
    headers: dict[str, str]

    @property
    def code(self) -> str:
        """The six digits, as they are typed."""
        return "".join(self._found(r"(?m)^\s*(\d{3}) (\d{3})\s*$").groups())

    @property
    def link(self) -> str:
        """The address with a token in it."""
        return self._found(r"https?://\S+token=\S+").group()

    @property
    def act(self) -> str:
        """The address of a mailed act; where a mail has two, the first."""
        return self._found(r"https?://\S+/links/\S+").group()

    @property
    def other_act(self) -> str:
        """The second of the addresses of a mail with two mailed acts."""
        return self._found(r"(?s)https?://\S+/links/\S+.*?(https?://\S+/links/\S+)").group(1)

    @property
    def invitation(self) -> str:
        """The address where the invitation is answered."""
        return self._found(r"https?://\S+/invitations/[\w-]+").group()

    def _found(self, pattern: str) -> re.Match[str]:
        found = re.search(pattern, self.text)
        assert found, f"nothing like {pattern} in the mail {self.subject!r}:\n{self.text}"
        return found


class Mailbox:
    """All mailboxes. Each mail is handed out once, so that "the next one" is never an old one."""

    def __init__(self, base_url: str) -> None:
        token = os.environ.get("QA_TOKEN")
        headers = {"authorization": f"Bearer {token}"} if token else {}
        self._http = httpx.Client(base_url=base_url, headers=headers, timeout=WAIT_SECONDS + 10)
        self._read: dict[str, int] = {}

    def next(self, to: str, subject: str | None = None) -> Mail:
        """The oldest mail to the address that was not handed out yet; waits for it. With `subject`, others are skipped.

        What happens to an account is told in mails of their own, which come between those that were asked for.
        """
        while mails := self._get(to, wait=WAIT_SECONDS):
            self._read[to] = mails[-1].id
            if subject in (None, mails[-1].subject):
                return mails[-1]
        raise AssertionError(f"no mail {subject or ''} came to {to} within {WAIT_SECONDS} s")

    def together(self, to: str, *subjects: str) -> list[Mail]:
        """The mails that one act sends at once, in the order of these subjects; they arrive in any."""
        found: dict[str, Mail] = {}
        while set(subjects) - found.keys():
            mail = self.next(to)
            found[mail.subject] = mail
        return [found[subject] for subject in subjects]

    def unread(self, to: str) -> list[Mail]:
        """What has come meanwhile, without waiting."""
        return self._get(to, wait=0)

    def keep(self, folder: Path) -> None:
        """Writes every mail of the people met so far into a folder, for whoever looks into a failure."""
        for to in self._read:
            answer = self._http.get("/dev/mail.json", params={"to": to})
            folder.mkdir(parents=True, exist_ok=True)
            text = json.dumps(answer.json(), indent=2, ensure_ascii=False)
            (folder / f"mails-{to}.json").write_text(text)

    def close(self) -> None:
        self._http.close()

    def _get(self, to: str, *, wait: int) -> list[Mail]:
        after = self._read.setdefault(to, 0)
        answer = self._http.get("/dev/mail.json", params={"to": to, "after": after, "wait": wait})
        answer.raise_for_status()
        return msgspec.json.decode(answer.content, type=list[Mail])
