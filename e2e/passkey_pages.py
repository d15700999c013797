"""Passkeys as people use them, and the authenticator they hold: Chromium's virtual one, spoken to by its debugger."""

import re
from base64 import b64encode
from typing import Any, Self

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from playwright.sync_api import Locator, Page, expect

from e2e.pages import FinishPage, PortalPage, SignInPage, Words

Options = dict[str, Any]


class Authenticator:
    """What this page's browser keeps passkeys in. Someone touches it at once, unless `touched(False)`."""

    def __init__(self, page: Page, **options: Any) -> None:
        self._session = page.context.new_cdp_session(page)
        self._session.send("WebAuthn.enable", {"enableUI": False})
        self.told: list[str] = []
        for event in ("credentialDeleted", "credentialUpdated", "credentialAsserted", "credentialAdded"):
            self._session.on(f"WebAuthn.{event}", lambda _data, event=event: self.told.append(event))
        usual: Options = {
            "protocol": "ctap2",
            "transport": "internal",
            "hasResidentKey": True,
            "hasUserVerification": True,
            "isUserVerified": True,
            "automaticPresenceSimulation": True,
        }
        self._id = self._session.send("WebAuthn.addVirtualAuthenticator", {"options": usual | options})[
            "authenticatorId"
        ]

    def touched(self, *, yes: bool) -> None:
        self._tell("setAutomaticPresenceSimulation", enabled=yes)

    def knows_its_owner(self, *, yes: bool) -> None:
        self._tell("setUserVerified", isUserVerified=yes)

    def forge(self, **bits: bool) -> None:
        """isBogusSignature, isBadUV, isBadUP: what the next answers are wrong in; nothing for honest ones."""
        self._tell("setResponseOverrideBits", **bits)

    def held(self) -> list[Options]:
        found: list[Options] = self._tell("getCredentials")["credentials"]
        return found

    def put(self, key: Options) -> None:
        self._tell("addCredential", credential=key)

    def clear(self) -> None:
        self._tell("clearCredentials")

    def remove(self) -> None:
        """It is unplugged."""
        self._tell("removeVirtualAuthenticator")

    def awaits(self, event: str) -> None:
        """Until the browser has told it so; every question to it lets the news through."""
        for _question in range(500):
            if event in self.told:
                return
            self.held()
        raise AssertionError(f"no {event} came, only {self.told}")

    def _tell(self, command: str, **what: Any) -> Options:
        answer: Options = self._session.send(f"WebAuthn.{command}", {"authenticatorId": self._id} | what)
        return answer


def foreign_key() -> Options:
    """A passkey for this site that no account has: a P-256 key out of thin air."""
    private = ec.generate_private_key(ec.SECP256R1()).private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())
    return {
        "credentialId": b64encode(b"nobodys key").decode(),
        "isResidentCredential": True,
        "rpId": "localhost",
        "privateKey": b64encode(private).decode(),
        "userHandle": b64encode(b"h" * 64).decode(),
        "signCount": 1,
    }


class PasskeyWay(PortalPage):
    """A page on which a passkey is one of the ways."""

    button = "Use a passkey"

    def use_passkey(self) -> None:
        self.press(self.button)

    @property
    def said(self) -> Locator:
        """What is said of the passkey, where screen readers hear it."""
        return self.page.get_by_role("main").get_by_role("status").filter(has_text=re.compile("."))

    def says(self, words: Words) -> Self:
        expect(self.said).to_have_text(words)
        expect(self.page.get_by_role("button", name=self.button)).to_be_focused()
        return self


class SignInByPasskey(PasskeyWay, SignInPage):
    def open_without_suggestions(self) -> Self:
        """For the button alone: a passkey among the suggestions would be taken before any hand could press it."""
        self.page.add_init_script(
            "if (window.PublicKeyCredential) PublicKeyCredential.isConditionalMediationAvailable = async () => false"
        )
        return self.open()


class FinishByPasskey(PasskeyWay, FinishPage):
    button = "Continue with a passkey"


class PasskeysPage(PortalPage):
    path = "/account/security/passkeys"
    heading = "Passkeys"

    def names(self) -> list[str]:
        return [
            item.inner_text().splitlines()[0] for item in self.page.get_by_role("main").get_by_role("listitem").all()
        ]


class AddPasskeyPage(PasskeyWay):
    path = "/account/security/passkeys/add"
    heading = "Add a passkey"
    button = "Create passkey"


class RenamePasskeyPage(PortalPage):
    heading = re.compile("^Rename ")


class RemovePasskeyPage(PortalPage):
    heading = re.compile("^Remove ")
