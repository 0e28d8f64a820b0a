"""The payment provider, seen from the shop, and a sandbox that behaves like one."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass, field
from typing import Protocol

DECLINED_CARD = "4000000000000002"
"""The sandbox's card without money, as real providers have one."""


class PaymentDeclined(Exception):
    """The card was not charged; the text says why and may be shown."""


@dataclass(frozen=True)
class Card:
    """A card as typed; never stored, and its number never printed."""

    number: str = field(repr=False)
    expiry: str
    cvc: str = field(repr=False)

    @property
    def digits(self) -> str:
        """The number without the blanks that people type."""
        return self.number.replace(" ", "")

    def is_plausible(self) -> bool:
        """Check shape and check digit (Luhn), before anybody is asked for money."""
        shape = re.fullmatch(r"[0-9]{12,19}", self.digits)
        expiry = re.fullmatch(r"(0[1-9]|1[0-2])/[0-9]{2}", self.expiry)
        return bool(shape and expiry and re.fullmatch(r"[0-9]{3,4}", self.cvc)) and _luhn(
            self.digits
        )


class Gateway(Protocol):
    """Charges cards."""

    def charge(self, cents: int, card: Card, key: str) -> str:
        """Charge once per key; return the provider's reference or raise PaymentDeclined."""
        ...


@dataclass
class SandboxGateway:
    """Charges nobody, remembers everything."""

    charges: dict[str, int] = field(default_factory=dict)

    def charge(self, cents: int, card: Card, key: str) -> str:
        """Accept every plausible card but one; a repeated key is the same charge."""
        if not card.is_plausible():
            raise PaymentDeclined("the card number is not valid")
        if card.digits == DECLINED_CARD:
            raise PaymentDeclined("the card was declined")
        reference = "pay_" + hashlib.sha256(key.encode()).hexdigest()[:16]
        self.charges.setdefault(reference, cents)
        return reference


def _luhn(digits: str) -> bool:
    total = 0
    for position, digit in enumerate(reversed(digits)):
        value = int(digit) * (1 + position % 2)
        total += value - 9 if value > 9 else value
    return total % 10 == 0
