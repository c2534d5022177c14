"""Who comes from the provider becomes an account with a session. Blocks; call it in a thread.

Found by subject alone, which stays the same for good: who may choose a name at the provider is not let in as the
account here that is called so.
"""

from app.actor import Actor, ActorKind
from app.auth.changes import note_change
from app.auth.openid.claims import LONGEST_NAME, name_in, role_in
from app.auth.openid.registration import Proof
from app.auth.signing_in import Opened, open_session
from app.db.accounts import accounts
from app.db.accounts.accounts import Account
from app.db.audit.entries import Entry, Result, note
from app.errors import AppError, Forbidden, WrongState
from app.rights import Rights, Role

VIA = "provider"
_NO_ROLE = "The identity provider gives you no role here."


def enter(proof: Proof, *, role_claim: str | None, address: str, agent: str, before: str | None) -> Opened:
    """Open a session for somebody; with a claim that says the role, their account has that role from now on.

    Args:
        proof: who it is.
        role_claim: what says the role; None: a new account is a viewer's, and an admin changes that here.
        address, agent: from where, for the list of sessions.
        before: the secret that the browser's cookie has now.

    Raises:
        Forbidden: the claim gives no role.
        WrongState: no admin would be left.
        Unavailable: the database is away.
    """
    try:
        account = _account_of(proof, role_claim)
    except (Forbidden, WrongState) as error:
        note_refusal(proof, error)
        raise
    by = Actor(kind=ActorKind.PERSON, name=account.name, via=VIA, rights=Rights(role=account.role))
    return open_session(account, address=address, agent=agent, before=before, by=by)


def note_refusal(proof: Proof | None, error: AppError) -> None:
    """Keep in the audit that somebody was not let in."""
    found = None if proof is None else accounts.find_subject(proof.subject)
    by = Actor(kind=ActorKind.PERSON, name=found.name if found else "unknown", via=VIA)
    entry = Entry(act="sign in", target=f"account:{by.name}", by=by, result=Result.REFUSED, reason=error.message)
    note(entry)


def _account_of(proof: Proof, role_claim: str | None) -> Account:
    role = None
    if role_claim is not None and (role := role_in(proof.claims, role_claim)) is None:
        hint = f"Ask who looks after it: the claim {role_claim} names none of viewer, operator and admin."
        raise Forbidden(_NO_ROLE, hint=hint)
    found = accounts.find_subject(proof.subject)
    if found is None:
        return _add(proof, role or Role.VIEWER)
    if role is None or role is found.role:
        return found
    by = Actor(kind=ActorKind.PERSON, name=found.name, via=VIA)
    changed = accounts.change(found.name, role=role, by=by)
    note_change()
    return changed


def _add(proof: Proof, role: Role) -> Account:
    """Make an account by a name that is free."""
    wanted = name_in(proof.claims)
    for number in range(1, 100):
        end = "" if number == 1 else f"-{number}"
        name = f"{wanted[: LONGEST_NAME - len(end)]}{end}"
        if accounts.find(name) is not None:
            continue
        by = Actor(kind=ActorKind.PERSON, name=name, via=VIA)
        try:
            added = accounts.add(name, role=role, password_hash=None, subject=proof.subject, by=by)
        except WrongState:  # taken meanwhile, or the same person came twice
            if (found := accounts.find_subject(proof.subject)) is not None:
                return found
            continue
        note_change()
        return added
    raise Forbidden(f"There are too many accounts called {wanted}.")
