"""Components in the place of their call. A call costs ten times what most of them show (docs/performance.md).

Only calls that stand alone in the output and give no body are replaced; the others stay calls.
"""

from collections.abc import Callable, Collection
from collections.abc import Set as AbstractSet
from typing import Any, TypeVar, cast

from jinja2 import nodes
from jinja2.visitor import NodeTransformer

N = TypeVar("N", bound=nodes.Node)

_LOOP = frozenset({"loop"})


class Components:
    """The macros of a file of components. `known` are the names that mean the same in every template."""

    def __init__(self, tree: nodes.Template, known: AbstractSet[str]) -> None:
        self.macros = {macro.name: macro for macro in tree.find_all(nodes.Macro)}
        self.siblings = {*self.macros, *(str(name) for each in tree.find_all(nodes.FromImport) for name in each.names)}
        self.known = known

    def inlined(self, call: nodes.Call, fold: Callable[[nodes.Node], Any]) -> nodes.Node | None:
        """What `ui.name(…)` shows, its arguments named as its parameters; None where the call has to stay."""
        macro = self.macros.get(_component(call.node))
        given = _arguments(call, macro) if macro else None
        if macro is None or given is None:
            return None
        given = {name: fold(value) for name, value in given.items()}
        constant = {name: value for name, value in given.items() if isinstance(value, nodes.Const)}
        changing = {name: value for name, value in given.items() if name not in constant}
        own = copied(nodes.Scope(macro.body))
        others = self.siblings - given.keys() - _stored(own)
        body = cast("nodes.Scope", fold(_Bind(constant, others).visit(own)))
        if _free(body) - changing.keys() - self.known or _stored(body) & given.keys():
            return None
        if not changing:
            return body
        names: list[nodes.Expr] = [nodes.Name(name, "param") for name in changing]
        return nodes.With(names, list(changing.values()), body.body, lineno=call.lineno)


def copied(tree: N) -> N:
    """A tree of its own, to be changed."""
    made = object.__new__(type(tree))
    for name, value in vars(tree).items():
        setattr(made, name, _copied(value))
    return made


class _Bind(NodeTransformer):
    """Puts constants in the place of parameters, and says of the file's other components where they are found."""

    def __init__(self, constant: dict[str, nodes.Const], siblings: Collection[str]) -> None:
        self.constant = constant
        self.siblings = siblings

    def visit_Name(self, node: nodes.Name) -> nodes.Node:  # noqa: N802 - the name that Jinja's visitor looks for
        if node.name in self.constant:
            return nodes.Const(self.constant[node.name].value, lineno=node.lineno)
        if node.name in self.siblings:
            return nodes.Getattr(nodes.Name("ui", "load"), node.name, "load", lineno=node.lineno)
        return node

    def visit_Test(self, node: nodes.Test) -> nodes.Node:  # noqa: N802 - as above
        if node.name == "defined" and isinstance(node.node, nodes.Name) and node.node.name == "caller":
            return nodes.Const(False, lineno=node.lineno)  # noqa: FBT003 - what a template's constant is
        return self.generic_visit(node)


def _copied(value: object) -> object:
    if isinstance(value, nodes.Node):
        return copied(value)
    return [_copied(each) for each in value] if isinstance(value, list) else value


def _component(called: nodes.Node) -> str:
    """The name in `ui.name`, else nothing."""
    of_ui = isinstance(called, nodes.Getattr) and isinstance(called.node, nodes.Name) and called.node.name == "ui"
    return cast("nodes.Getattr", called).attr if of_ui else ""


def _arguments(call: nodes.Call, macro: nodes.Macro) -> dict[str, nodes.Expr] | None:
    """The value of each parameter; None if that shows at the time of the call only, or if one has no value."""
    names = [parameter.name for parameter in macro.args]
    if call.dyn_args or call.dyn_kwargs or len(call.args) > len(names):
        return None
    given = dict(zip(names[len(names) - len(macro.defaults) :], macro.defaults, strict=True))
    given |= zip(names, call.args, strict=False)
    given |= {pair.key: pair.value for pair in call.kwargs}
    return given if given.keys() == set(names) else None


def _free(tree: nodes.Node) -> set[str]:
    return {name.name for name in tree.find_all(nodes.Name) if name.ctx == "load"} - _stored(tree) - _LOOP


def _stored(tree: nodes.Node) -> set[str]:
    return {name.name for name in tree.find_all(nodes.Name) if name.ctx != "load"}
