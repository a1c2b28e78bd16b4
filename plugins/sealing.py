"""What a plugin has to remember of people between two calls: sealed by the master key, for that plugin alone to open."""

import base64
import binascii
from dataclasses import dataclass, field

from cryptography.exceptions import InvalidTag

from domain.shared.crypto import Keyring
from domain.shared.secret import SecretStr


class NotSealedHere(ValueError):
    """A text does not open: it was sealed by nobody, for another plugin, or with another master key."""


@dataclass(frozen=True, slots=True)
class Sealing:
    """Seals and opens for one plugin. Without a master key it does neither, and says so with a LookupError."""

    code: str
    keyring: Keyring | None = field(repr=False)

    def seal(self, text: str | SecretStr) -> str:
        """Letters that go into JSON; the same text is sealed otherwise each time."""
        said = text.reveal() if isinstance(text, SecretStr) else text
        return base64.b64encode(self._keys().system.seal(self._bound, said)).decode()

    def unseal(self, sealed: str) -> SecretStr:
        """The text that was sealed. Raises NotSealedHere."""
        try:
            return SecretStr(self._keys().system.open(self._bound, base64.b64decode(sealed, validate=True)))
        except (InvalidTag, binascii.Error, ValueError, TypeError):
            raise NotSealedHere(f"this was not sealed for {self.code}") from None

    @property
    def _bound(self) -> str:
        return f"plugin:{self.code}"

    def _keys(self) -> Keyring:
        if self.keyring is None:
            raise LookupError("this process has no master key to seal with")
        return self.keyring
