"""Everybody's accounts, for admins: who may come in, with which role; all tokens."""

from collections.abc import Awaitable, Callable

from nicegui import ui
from nicegui.events import ValueChangeEventArguments

from app.actor import Actor
from app.auth import accounts
from app.db.accounts.accounts import Account, list_accounts
from app.pages.jobs.acts import carry_out
from app.pages.jobs.reader import reader, refuse_act, session_here
from app.pages.settings.account import Tokens, say_how_to_begin
from app.pages.settings.lists import Listing, field, line_button
from app.pages.settings.section import Section, card, setting
from app.pages.widgets.dialog import Dialog, ask_first, draw_acts
from app.pages.widgets.markup import Text, box, name_for_tests
from app.pages.widgets.toast import toast
from app.rights import Act, Role
from app.settings import Settings

ROLES = {
    Role.VIEWER: "Viewer: looks on",
    Role.OPERATOR: "Operator: starts, cancels, schedules",
    Role.ADMIN: "Admin: everything",
}


def _draw(_settings: Settings) -> None:
    refusal = refuse_act(Act.ACCOUNTS)
    if refusal is not None or session_here() is None:
        with card("People", note=refusal or "There are no accounts yet: nobody signs in."):
            if refusal is None:
                say_how_to_begin()
        return
    People(reader())
    Tokens(reader())


class People(Listing[Account]):
    """All accounts."""

    def __init__(self, by: Actor) -> None:
        """`by`: the admin who looks."""
        self._by = by
        super().__init__("People", "Who may sign in. What somebody did stays in the history when their account goes.")

    def read(self) -> list[Account]:
        """Return them by name."""
        return list_accounts()

    def draw_foot(self) -> None:
        """Draw the button that adds one."""
        line_button("Add somebody…", lambda: _AccountDialog(self.show), name="new-account")

    def draw_line(self, one: Account) -> None:
        """Draw a name, when they signed in last, their role, and the way to remove them."""
        with setting(one.name, help_text="signed in" if one.signed_in_at else "never signed in", at=one.signed_in_at):
            is_own = one.name == self._by.account
            choice = ui.select(ROLES, value=one.role, on_change=lambda event: self._change_role(one.name, event))
            choice.props("outlined dense options-dense behavior=menu").classes("jd-search jd-setting__role")
            choice.props["aria-label"] = f"Role of {one.name}"
            name_for_tests(choice, f"role-{one.name}").set_enabled(not is_own)

            def ask() -> None:
                said = f"{one.name} is removed."
                remove = self.then_read(lambda by: accounts.remove_account(one.name, by=by), said=said)
                loss = "They are signed out, and their tokens open nothing any more."
                ask_first(f"Remove {one.name}?", loss, act="Remove", on_sure=remove)

            line_button("Remove…", ask, name=f"remove-account-{one.name}").set_enabled(not is_own)

    async def _change_role(self, name: str, event: ValueChangeEventArguments[Role]) -> None:
        def change(role: Role) -> Account:
            return accounts.change_account(name, role=role, by=reader())

        changed = await carry_out(change, Role(event.value))
        if changed is not None:
            toast(f"{name} is {changed.role.with_article} now.")
        await self.show()


class _AccountDialog(Dialog):
    """Asks for a name, a role and a password."""

    def __init__(self, on_made: Callable[[], Awaitable[None]]) -> None:
        super().__init__("Add somebody")
        self._on_made = on_made
        with self, box("jd-dialog jd-confirm"):
            Text("h2", "Add somebody", classes="jd-confirm__title")
            self._name = field("Name", name="account-new-name", hint=accounts.NAME_RULE)
            self._role = ui.select(ROLES, value=Role.VIEWER, label="Role").props("outlined dense")
            name_for_tests(self._role.classes("jd-confirm__field"), "account-new-role")
            self._password = field("Password", name="account-new-password", is_secret=True)
            draw_acts("Add", self._add, name="confirm-account", on_leave=self.close)
        self.open()

    async def _add(self) -> None:
        def add(name: str) -> Account:
            return accounts.add_account(
                name, role=Role(self._role.value), password=self._password.value or "", by=reader(), is_first=False
            )

        made = await carry_out(add, self._name.value or "")
        if made is not None:
            toast(f"{made.name} may sign in, as {made.role.with_article}.")
            self.close()
            await self._on_made()


PEOPLE = Section(name="people", title="People", icon="group", draw=_draw)
