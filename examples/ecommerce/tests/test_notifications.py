"""TASK-006 Email notification service."""

from __future__ import annotations

import email
import email.policy
from pathlib import Path

import pytest

from shop.notifications import FolderMailer, Message, order_confirmation, shipping_notice

LINES = [("Cup", 2, 1250), ("Kettle", 1, 6400)]


@pytest.mark.criterion("TASK-006/AC-001")
def test_the_confirmation_lists_everything() -> None:
    message = order_confirmation("ann@example.org", 7, LINES, 8900)
    assert message.subject == "Your order 7"
    for part in ("2 × Cup  €25.00", "1 × Kettle  €64.00", "Total: €89.00"):
        assert part in message.body


@pytest.mark.criterion("TASK-006/AC-002")
def test_the_notice_has_the_tracking_number() -> None:
    message = shipping_notice("ann@example.org", 7, "TRACK-1")
    assert (message.to, "TRACK-1" in message.body) == ("ann@example.org", True)


class TestFolderMailer:
    def test_what_is_written_is_a_mail(self, tmp_path: Path) -> None:
        FolderMailer(tmp_path / "mail").send(order_confirmation("ann@example.org", 7, LINES, 8900))
        (file,) = (tmp_path / "mail").iterdir()
        mail = email.message_from_bytes(file.read_bytes(), policy=email.policy.default)
        assert (file.suffix, mail["To"], mail["Subject"]) == (
            ".eml",
            "ann@example.org",
            "Your order 7",
        )
        body = mail.get_body()
        assert body is not None
        assert "Total: €89.00" in body.get_content()

    def test_mails_do_not_overwrite_each_other(self, tmp_path: Path) -> None:
        for number in range(5):
            FolderMailer(tmp_path).send(Message("ann@example.org", "same", str(number)))
        assert len(list(tmp_path.glob("*.eml"))) == 5


@pytest.mark.security
@pytest.mark.parametrize("text", ["x\nBcc: all@example.org", "x\r\nBcc: all@example.org"])
def test_headers_cannot_be_forged(text: str) -> None:
    with pytest.raises(ValueError, match="one line"):
        Message(text, "subject", "body")
    with pytest.raises(ValueError, match="one line"):
        Message("ann@example.org", text, "body")
