"""Mail: what the shop says, and the ways it can leave the house."""

from __future__ import annotations

import smtplib
from collections.abc import Sequence
from dataclasses import dataclass, field
from email.message import EmailMessage
from pathlib import Path
from typing import Protocol
from uuid import uuid4

from shop.money import euros

SENDER = "orders@shop.example"


@dataclass(frozen=True)
class Message:
    """One mail; an address or a subject of two lines is refused (it would forge headers)."""

    to: str
    subject: str
    body: str

    def __post_init__(self) -> None:
        for header in (self.to, self.subject):
            if "\n" in header or "\r" in header:
                raise ValueError(f"a header has one line: {header!r}")

    def as_email(self) -> EmailMessage:
        """The mail as it goes over the wire."""
        mail = EmailMessage()
        mail["From"], mail["To"], mail["Subject"] = SENDER, self.to, self.subject
        mail.set_content(self.body)
        return mail


class Mailer(Protocol):
    """Something that delivers mail."""

    def send(self, message: Message) -> None:
        """Deliver it, or raise OSError."""
        ...


@dataclass
class Outbox:
    """Keeps mail in memory, for tests."""

    messages: list[Message] = field(default_factory=list)

    def send(self, message: Message) -> None:
        """Remember it."""
        self.messages.append(message)


@dataclass(frozen=True)
class FolderMailer:
    """Writes each mail as an ``.eml`` file, for development and staging."""

    folder: Path

    def send(self, message: Message) -> None:
        """Write it; the file gets its name only when it is whole."""
        self.folder.mkdir(parents=True, exist_ok=True)
        unfinished = self.folder / f"{uuid4().hex}.part"
        unfinished.write_bytes(bytes(message.as_email()))
        unfinished.rename(unfinished.with_suffix(".eml"))


@dataclass(frozen=True)
class SmtpMailer:
    """Hands mail to a mail server."""

    host: str
    port: int = 25

    def send(self, message: Message) -> None:
        """Deliver it over SMTP."""
        with smtplib.SMTP(self.host, self.port, timeout=10) as server:
            server.send_message(message.as_email())


def order_confirmation(
    to: str, order_id: int, lines: Sequence[tuple[str, int, int]], total_cents: int
) -> Message:
    """Thank for an order; a line is name, quantity, price of one in cents."""
    listing = "\n".join(
        f"  {quantity} × {name}  {euros(quantity * cents)}" for name, quantity, cents in lines
    )
    body = f"Thank you for your order.\n\n{listing}\n\nTotal: {euros(total_cents)}\n"
    return Message(to, f"Your order {order_id}", body)


def shipping_notice(to: str, order_id: int, tracking: str) -> Message:
    """Say that an order is on its way."""
    return Message(to, f"Your order {order_id} is on its way", f"Tracking number: {tracking}\n")


def password_reset(to: str, token: str) -> Message:
    """Send the token that sets a new password."""
    body = f"Choose a new password within the hour:\n\n  /reset?token={token}\n"
    return Message(to, "Reset your password", body)
