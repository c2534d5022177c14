"""Messages as mail."""

import smtplib
from email.message import EmailMessage
from email.utils import format_datetime

from app.db.clock import now
from app.jobs.send_notice.reply import Reply
from app.jobs.send_notice.wording import lines, subject
from app.outward import mail
from app.queue.acts.notices import Outgoing, message_id

MOST = 300
"""Characters of an answer that are kept."""
_PERMANENT = 500


def send_mail(outgoing: Outgoing) -> Reply:
    """Send a message to all of its addresses."""
    try:
        taken = mail.send(_message(outgoing))
    except mail.NoServer:
        text = "Not sent: no mail server is named. Set JOBDECK_SMTP_URL where Jobdeck is started."
        return Reply(text=text, is_accepted=False, is_final=True)
    except mail.Unprotected:
        text = "Not sent: the mail server offers no TLS, and the password would be sent in the clear."
        return Reply(text=text, is_accepted=False, is_final=True)
    except smtplib.SMTPRecipientsRefused as error:
        status, said = next(iter(error.recipients.values()))
        return _refused(status, said)
    except smtplib.SMTPResponseException as error:
        return _refused(error.smtp_code, error.smtp_error)
    except (OSError, smtplib.SMTPException) as error:
        return Reply(text=f"Not sent: {error or type(error).__name__}.", is_accepted=False)
    # Who has it does not get it again: for those that were refused there is the log.
    refused = [f"; refused for {one}: {status} {_in_one_line(said)}" for one, (status, said) in taken.refused.items()]
    return Reply(text=f"Taken by {taken.server}{''.join(refused)}"[:MOST], is_accepted=True, status=250)


def _message(outgoing: Outgoing) -> EmailMessage:
    message = EmailMessage()
    addresses = outgoing.to["shown"]
    message["To"] = addresses if isinstance(addresses, str) else ", ".join(addresses)
    message["Subject"] = subject(outgoing)
    message["Date"] = format_datetime(now())
    # The same for each attempt: a mail that comes twice is recognised.
    message["Message-ID"] = f"<{message_id(outgoing.delivery)}@jobdeck.invalid>"
    message["Auto-Submitted"] = "auto-generated"  # RFC 3834: nobody's absence answers it
    message.set_content("\n".join((*lines(outgoing), "", "-- ", f"Notice “{outgoing.name}” of Jobdeck.", "")))
    return message


def _refused(status: int, said: bytes | str) -> Reply:
    text = f"Answered {status}: {_in_one_line(said)}"[:MOST]
    return Reply(text=text, status=status, is_accepted=False, is_final=status >= _PERMANENT)


def _in_one_line(said: bytes | str) -> str:
    return " ".join((said.decode("utf-8", "replace") if isinstance(said, bytes) else said).split())
