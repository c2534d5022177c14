"""The shape of every contract here: a rule looks at the tree and finds breaches, which are sentences."""

from abc import abstractmethod
from typing import cast

import grimp
from importlinter import Contract, ContractCheck, output

from lint.source import Tree, read_tree


class TreeContract(Contract):
    """A contract about what is written in the modules of the root package."""

    @abstractmethod
    def breaches(self, tree: Tree) -> list[str]:
        """Return a sentence for each place that does not keep the rule."""

    def check(self, graph: grimp.ImportGraph, verbose: bool) -> ContractCheck:
        """Look at the tree as it is on the disk now; import-linter's own graph knows imports alone."""
        (root,) = cast(list[str], self.session_options["root_packages"])
        breaches = self.breaches(read_tree(root))
        return ContractCheck(kept=not breaches, metadata={"breaches": breaches})

    def render_broken_contract(self, check: ContractCheck) -> None:
        """Print the sentences."""
        for breach in check.metadata["breaches"]:
            output.print_error(f"- {breach}", bold=False)
        output.new_line()
