"""The own account: its password, the browsers in which it is signed in, its tokens."""

import asyncio
from collections.abc import Awaitable, Callable

from nicegui import ui

from app.actor import Actor
from app.auth import accounts, tokens
from app.db.accounts.sessions import BrowserSession
from app.db.accounts.tokens import Token
from app.errors import AppError
from app.pages.jobs.acts import carry_out
from app.pages.jobs.reader import reader, session_here
from app.pages.settings.lists import Listing, field, line_button
from app.pages.settings.section import Section, card, setting
from app.pages.time.clock import Clock
from app.pages.widgets.dialog import Dialog, ask_first, draw_acts
from app.pages.widgets.markup import Text, box, name_for_tests, own_address
from app.pages.widgets.toast import toast
from app.settings import Settings

_WITHOUT = "There are no accounts: whoever uses this machine may do everything."


def _draw(_settings: Settings) -> None:
    session_id = session_here()
    if session_id is None:
        with card("Account", note=_WITHOUT):
            say_how_to_begin()
        return
    by = reader()
    with card("Account"):
        with setting("Signed in as", help_text=f"You are {by.rights.role.with_article}."):
            name_for_tests(Text("b", by.account, classes="jd-setting__value"), "account-name")
        with setting("Password", help_text="Another one signs all other browsers out."):
            line_button("Change…", lambda: _PasswordDialog(session_id), name="change-password")
        with setting("Sign out", help_text="Of this browser, or of all of them."):
            _sign_out("Sign out", name="sign-out")
            _sign_out("Everywhere", name="sign-out-everywhere", everywhere=True)
    _Sessions(by, session_id)
    Tokens(by, only=by.account)


def say_how_to_begin() -> None:
    """Draw how the first account is made."""
    with setting("The first account", help_text="Made in a terminal, by who may read the data folder."):
        Text("code", "python3 main.py user add NAME --role admin", classes="jd-setting__code")


def _sign_out(label: str, *, name: str, everywhere: bool = False) -> None:
    """Draw a plain form: only the answer to a form takes a cookie away."""
    with box("jd-setting__form", tag="form") as form:
        form.props["method"], form.props["action"] = "post", own_address("/logout")
        if everywhere:
            hidden = box(tag="input")
            hidden.props["type"], hidden.props["name"], hidden.props["value"] = "hidden", "everywhere", "1"
        button = ui.button(label, color=None).props("unelevated no-caps type=submit")
        name_for_tests(button.classes("jd-button jd-button--secondary jd-setting__button"), name)


class _PasswordDialog(Dialog):
    """Asks for the password as it is and as it shall be."""

    def __init__(self, session_id: int) -> None:
        super().__init__("Change the password")
        self._session_id = session_id
        with self, box("jd-dialog jd-confirm"):
            Text("h2", "Change the password", classes="jd-confirm__title")
            self._present = field("Your password now", name="present-password", is_secret=True)
            self._fresh = field("Another password", name="fresh-password", is_secret=True)
            draw_acts("Change", self._change, name="confirm-password", leave="Keep it", on_leave=self.close)
        self.open()

    async def _change(self) -> None:
        present, fresh = self._present.value or "", self._fresh.value or ""
        try:
            await asyncio.to_thread(
                accounts.change_own_password, present=present, fresh=fresh, but=self._session_id, by=reader()
            )
        except AppError as error:
            toast(" ".join(one.message for one in error.fields) or error.message, error.hint, tone="error")
            return
        toast("Your password is changed.", "All other browsers are signed out.")
        self.close()


class _Sessions(Listing[BrowserSession]):
    """The browsers that are signed in."""

    def __init__(self, by: Actor, session_id: int) -> None:
        self._by, self._session_id = by, session_id
        super().__init__("Browsers", "Where you are signed in. One that is not used for 14 days is signed out.")

    def read(self) -> list[BrowserSession]:
        """Return those of the own account."""
        return [one for one in tokens.list_sessions(by=self._by) if one.account == self._by.account]

    def draw_line(self, one: BrowserSession) -> None:
        """Draw what it says it is, from where, and the way out."""
        is_here = one.id == self._session_id
        with setting(_browser(one.agent), help_text=f"from {one.address or 'this machine'}"):
            if is_here:
                Text("span", "this browser", classes="jd-tag")
                return
            Clock(one.used_at)
            said = f"{_browser(one.agent)} is signed out."
            act = self.then_read(lambda by: tokens.end_session(one.id, by=by), said=said)
            line_button("Sign out", act, name=f"end-session-{one.id}")


class Tokens(Listing[Token]):
    """Tokens, with the way to make and to revoke one."""

    def __init__(self, by: Actor, *, only: str | None = None) -> None:
        """`only`: of this account, by whom they can be made here; None: of all."""
        self._by, self._only = by, only
        super().__init__("Tokens", "What programs show instead of signing in.")

    def read(self) -> list[Token]:
        """Return them by account and name."""
        return [one for one in tokens.list_tokens(by=self._by) if self._only in (None, one.account)]

    def draw_foot(self) -> None:
        """Draw the button that makes one."""
        if self._only is not None:
            line_button("New token…", lambda: _TokenDialog(self.show), name="new-token")

    def draw_line(self, one: Token) -> None:
        """Draw what it may do, when it was used, and the way to take it back."""
        name = one.name if self._only is not None else f"{one.account} · {one.name}"
        with setting(name, help_text=_scope_words(one.scope)):
            Text("span", "used" if one.used_at else "never used", classes="jd-setting__aside")
            if one.used_at:
                Clock(one.used_at)

            def ask() -> None:
                said = f"{one.name} is revoked."
                revoke = self.then_read(lambda by: tokens.revoke_token(one.id, by=by), said=said)
                ask_first(
                    f"Revoke {one.name}?",
                    "Programs that show it are refused from now on.",
                    act="Revoke",
                    on_sure=revoke,
                )

            line_button("Revoke…", ask, name=f"revoke-token-{one.id}")


class _TokenDialog(Dialog):
    """Asks what a token is for, and shows its secret once."""

    def __init__(self, on_made: Callable[[], Awaitable[None]]) -> None:
        super().__init__("New token")
        self._on_made = on_made
        with self, box("jd-dialog jd-confirm") as self._asking:
            Text("h2", "New token", classes="jd-confirm__title")
            self._name = field("What it is for", name="token-name")
            self._scope = field("Scope", name="token-scope", value="all", hint=tokens.SCOPE_RULE)
            draw_acts("Make it", self._make, name="confirm-token", on_leave=self.close)
        self.open()

    async def _make(self) -> None:
        def make(name: str) -> tuple[Token, str]:
            by = reader()
            return tokens.create_token(by.account, name=name, scope=self._scope.value or "", by=by)

        made = await carry_out(make, self._name.value or "")
        if made is None:
            return
        self._asking.visible = False  # it stays: its button is at work
        with self, box("jd-dialog jd-confirm"):
            Text("h2", f"The token {made[0].name}", classes="jd-confirm__title")
            Text("p", "Copy it now: it is not shown again.", classes="jd-confirm__text")
            name_for_tests(Text("code", made[1], classes="jd-setting__secret"), "token-secret")
            with box("jd-confirm__acts"):
                done = ui.button("Done", color=None, on_click=self.close).props("unelevated no-caps")
                name_for_tests(done.classes("jd-button jd-button--primary"), "token-done")
        await self._on_made()


def _browser(agent: str) -> str:
    """Name a browser and its system as people do."""
    names = ("Edg", "Firefox", "Chrome", "Safari", "curl")
    systems = ("Android", "iPhone", "Windows", "Mac OS", "Linux")
    name = next((one for one in names if one in agent), agent[:40] or "A program")
    system = next((one for one in systems if one in agent), "")
    return f"{name.replace('Edg', 'Edge')}{f' on {system}' if system else ''}"


def _scope_words(scope: str) -> str:
    if scope in ("read", "all"):
        return "may only read" if scope == "read" else "may do what its account may"
    return f"may start {scope.replace('start:', '').replace(',', ', ')}"


ACCOUNT = Section(name="account", title="Account", icon="person", draw=_draw)
