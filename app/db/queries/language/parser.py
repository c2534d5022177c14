"""From the text of a query to its tree.

query  = either
either = both { "OR" both }
both   = one { ["AND"] one }
one    = ( "-" | "NOT" ) one | "(" either ")" | word | "a phrase" | field:value | field:>value
"""

import difflib
from functools import lru_cache

from app.db.queries.language.fields import FIELDS
from app.db.queries.language.mistakes import QueryMistake
from app.db.queries.language.tokens import MAX_TERMS, Token, tokens_of
from app.db.queries.language.tree import All, AnyOf, Node, Not, Operator, Term, Word

_MAX_DEPTH = 20
_WHAT_CAN_STAND_HERE = 'A word, "a phrase", a field such as state:failed, or a parenthesis is expected.'


@lru_cache(maxsize=256)
def parse(text: str) -> Node:
    """Read a query. Nothing in it matches every job.

    Args:
        text: as a person or a program wrote it.

    Returns:
        The tree; times in words (`yesterday`) stand in it unresolved.

    Raises:
        QueryMistake: it cannot be read; names the position and what was expected there.
    """
    return _Parser(tokens_of(text), len(text)).read()


class _Parser:
    def __init__(self, tokens: list[Token], length: int) -> None:
        self._tokens = tokens
        self._next = 0
        self._end = length + 1
        self._depth = 0
        self._leaves: set[Node] = set()

    def read(self) -> Node:
        if not self._tokens:
            return All(())
        node = self._either()
        if (token := self._peek()) is not None:
            raise QueryMistake(
                "This parenthesis was never opened.", expected="( is expected before it.", position=token.at
            )
        if len(self._leaves) > MAX_TERMS:
            raise QueryMistake(
                f"Search for at most {MAX_TERMS} words; these are {len(self._leaves):,}.",
                expected="Fewer words find the same jobs.",
            )
        return node

    def _either(self) -> Node:
        nodes = [self._both()]
        while self._take("OR"):
            nodes.append(self._both())
        return nodes[0] if len(nodes) == 1 else AnyOf(tuple(dict.fromkeys(nodes)))

    def _both(self) -> Node:
        nodes = [self._one()]
        while (token := self._peek()) is not None and not token.is_one_of("OR", ")"):
            self._take("AND")
            nodes.append(self._one())
        return nodes[0] if len(nodes) == 1 else All(tuple(dict.fromkeys(nodes)))

    def _one(self) -> Node:
        token = self._peek()
        if token is None or token.is_one_of("AND", "OR", ")"):
            what = "The search ends here." if token is None else f"{token.text} joins nothing here."
            at = self._end if token is None else token.at
            raise QueryMistake(what, expected=_WHAT_CAN_STAND_HERE, position=at)
        self._next += 1
        if token.is_one_of("-", "NOT"):
            depth = self._deeper(token)
            node = Not(self._one())
            self._depth = depth
            return node
        if token.is_one_of("("):
            return self._group(token)
        leaf = _leaf(token)
        self._leaves.add(leaf)
        return leaf

    def _group(self, opening: Token) -> Node:
        depth = self._deeper(opening)
        node = self._either()
        if not self._take(")"):
            raise QueryMistake("This parenthesis has no end.", expected="A closing ) is expected.", position=opening.at)
        self._depth = depth
        return node

    def _deeper(self, token: Token) -> int:
        before, self._depth = self._depth, self._depth + 1
        if self._depth > _MAX_DEPTH:
            raise QueryMistake(
                f"There are more than {_MAX_DEPTH} parentheses and negations within each other.",
                expected="Fewer of them say the same.",
                position=token.at,
            )
        return before

    def _peek(self) -> Token | None:
        return self._tokens[self._next] if self._next < len(self._tokens) else None

    def _take(self, sign: str) -> bool:
        token = self._peek()
        if token is None or not token.is_one_of(sign):
            return False
        self._next += 1
        return True


def _leaf(token: Token) -> Node:
    if token.field is None:
        return Word(" ".join(token.text.casefold().split()) if not token.is_quoted else token.text.casefold())
    field = FIELDS.get(token.field)
    if field is None:
        near = difflib.get_close_matches(token.field, FIELDS, n=1)
        raise QueryMistake(
            f"There is no field {token.field}.",
            expected=(f"Did you mean {near[0]}? " if near else "")
            + f"Fields are {', '.join(FIELDS)}. A text with a colon in it is searched for in quotes.",
            position=token.at,
        )
    if bool(token.path) != field.has_path:
        raise QueryMistake(
            f"{token.field} has no parts." if token.path else f"{token.field} needs the name of a part.",
            expected=f"{field.example} is expected.",
            position=token.at,
        )
    operator = Operator(token.operator)
    if operator not in field.operators:
        signs = ", ".join(each for each in Operator if each)
        raise QueryMistake(
            f"{token.field} is compared in another way.",
            expected=f"{'Its value alone' if operator else 'One of ' + signs} is expected: {field.example}.",
            position=token.value_at - len(token.operator),
        )
    try:
        value = field.read(token.text, token.is_quoted)
    except ValueError as error:
        raise QueryMistake(
            f"“{token.text[:60]}” is nothing for {token.field}.", expected=str(error), position=token.value_at
        ) from None
    return Term(field=token.field, operator=operator, value=value, path=token.path)
