"""Any worker may end any attempt, at any time: also one that was taken for dead and comes back late."""

from dataclasses import replace

from app.db.lifecycle import batch, finish
from app.db.state_machine import FINISH
from app.db.states import State

_AT_ANY_TIME = replace(FINISH, sources=tuple(State), guards=())

for _module in (batch, finish):
    vars(_module)["FINISH"] = _AT_ANY_TIME
