"""What of a template can be computed while it is compiled, so that a page renders only what changes.

Constant messages, settings, addresses of static files, `include`s, tests of constants and components called with
constants become text; other components stand in the place of their call; a page and the layout it extends become one
straight piece of code. A page took a third of the time afterwards (docs/performance.md). Nothing here changes what a
template means.
"""

from collections.abc import Callable, Iterable
from typing import Any, cast

import jinja2
from jinja2 import nodes
from jinja2.visitor import NodeTransformer

from app.web.inlining import Components, copied

Pure = Callable[..., Any]

_NAMES_THINGS = (nodes.Assign, nodes.AssignBlock, nodes.Import, nodes.FromImport, nodes.Macro)


class Fold(NodeTransformer):
    """Replaces what is constant. `pure` names the functions whose result depends on their arguments alone."""

    def __init__(
        self,
        environment: jinja2.Environment,
        template: str | None,
        pure: Callable[[nodes.Call, str | None], Pure | None],
        included: Callable[[str], nodes.Template],
        components: Components | None,
    ) -> None:
        self.context = nodes.EvalContext(environment, template)
        self.template = template
        self.pure = pure
        self.included = included
        self.components = components
        self.site = environment.globals["site"]

    def visit_Call(self, node: nodes.Call) -> nodes.Node:  # noqa: N802 - the name that Jinja's visitor looks for
        self.generic_visit(node)
        values: list[nodes.Expr] = [*node.args, *(pair.value for pair in node.kwargs)]
        if node.dyn_args or node.dyn_kwargs or not all(map(_constant, values)):
            return node
        call = self.pure(node, self.template)
        if call is None:
            return node
        arguments = [value.as_const(self.context) for value in node.args]
        named = {pair.key: pair.value.as_const(self.context) for pair in node.kwargs}
        return nodes.Const(call(*arguments, **named), lineno=node.lineno)

    def visit_CallBlock(self, node: nodes.CallBlock) -> nodes.Node:  # noqa: N802 - as above
        """Its call stays a call, as it is given a body to show."""
        node.call.args = [self.visit(value) for value in node.call.args]
        for pair in node.call.kwargs:
            pair.value = self.visit(pair.value)
        node.body = self._shown(node.body)
        return node

    def visit_Output(self, node: nodes.Output) -> list[nodes.Node]:  # noqa: N802 - as above
        """The components called in it, in the place of their calls."""
        shown: list[nodes.Node] = []
        for part in node.nodes:
            call = part if isinstance(part, nodes.Call) else None
            found = self.components.inlined(call, self.visit) if self.components and call else None
            shown.append(found or nodes.Output([self.visit(part)], lineno=node.lineno))
        return _joined(shown)

    def visit_Getattr(self, node: nodes.Getattr) -> nodes.Node:  # noqa: N802 - as above
        self.generic_visit(node)
        if isinstance(node.node, nodes.Name) and node.node.name == "site":
            return nodes.Const(getattr(self.site, node.attr), lineno=node.lineno)
        return node

    def visit_Include(self, node: nodes.Include) -> nodes.Node:  # noqa: N802 - as above
        if not isinstance(node.template, nodes.Const):
            return node
        return nodes.Scope(self.included(node.template.value).body, lineno=node.lineno)

    def visit_If(self, node: nodes.If) -> nodes.Node | list[nodes.Node]:  # noqa: N802 - as above
        """What is never shown is not looked at: its constants may make no sense there."""
        node.test = self.visit(node.test)
        try:
            chosen = cast("nodes.Expr", node.test).as_const(self.context)
        except nodes.Impossible:
            return self.generic_visit(node)
        if chosen:
            return self._shown(node.body)
        if not node.elif_:
            return self._shown(node.else_)
        following, *others = node.elif_
        return cast(
            "nodes.Node", self.visit(nodes.If(following.test, following.body, others, node.else_, lineno=node.lineno))
        )

    def visit_CondExpr(self, node: nodes.CondExpr) -> nodes.Node:  # noqa: N802 - as above
        node.test = self.visit(node.test)
        try:
            chosen = node.expr1 if node.test.as_const(self.context) else node.expr2
        except nodes.Impossible:
            chosen = None
        return cast("nodes.Node", self.visit(chosen)) if chosen else self.generic_visit(node)

    def _shown(self, statements: list[nodes.Node]) -> list[nodes.Node]:
        return [part for each in statements for part in self.visit_list(each)]


class _Override(NodeTransformer):
    """Puts a page's blocks in the place of its layout's."""

    def __init__(self, blocks: dict[str, nodes.Block]) -> None:
        self.blocks = blocks

    def visit_Block(self, node: nodes.Block) -> nodes.Node:  # noqa: N802 - as above
        return self.blocks.get(node.name) or self.generic_visit(node)


class _Straighten(NodeTransformer):
    """Turns blocks into their content, and joins pieces of output that stand side by side."""

    def visit_Block(self, node: nodes.Block) -> nodes.Node:  # noqa: N802 - as above
        return cast("nodes.Node", self.visit(nodes.Scope(node.body, lineno=node.lineno)))

    def generic_visit(self, node: nodes.Node, *args: Any, **kwargs: Any) -> nodes.Node:
        super().generic_visit(node, *args, **kwargs)
        for field in ("body", "else_"):
            if isinstance(statements := getattr(node, field, None), list):
                setattr(node, field, _joined(_spliced(statements)))
        return node


def within_layout(tree: nodes.Template, included: Callable[[str], nodes.Template]) -> nodes.Template:
    """The layout that the template extends, with the template's blocks in it; else the template itself."""
    extends = next((node for node in tree.body if isinstance(node, nodes.Extends)), None)
    if extends is None:
        return tree
    if isinstance(extends.template, nodes.CondExpr):
        return _within_either(tree, extends.template, included)
    if not isinstance(extends.template, nodes.Const):
        raise TypeError("a page extends one layout, or one of two by a condition: others cannot be computed")
    layout = included(extends.template.value)
    own = {node.name: node for node in tree.body if isinstance(node, nodes.Block)}
    merged = cast("nodes.Template", _Override(own).visit(layout))
    merged.body = [*(node for node in tree.body if isinstance(node, _NAMES_THINGS)), *merged.body]
    return merged


def _within_either(
    tree: nodes.Template, chosen: nodes.CondExpr, included: Callable[[str], nodes.Template]
) -> nodes.Template:
    """The page in both layouts; which one it is shows when the page is shown."""
    ways = []
    for layout in (chosen.expr1, chosen.expr2):
        page = copied(tree)
        next(page.find_all(nodes.Extends)).template = cast("nodes.Expr", layout)
        ways.append(within_layout(page, included).body)
    return nodes.Template([nodes.If(chosen.test, ways[0], [], ways[1], lineno=1)], lineno=1)


def flat(tree: nodes.Template) -> nodes.Template:
    """The template without blocks, as one run of output."""
    return cast("nodes.Template", _Straighten().visit(tree))


def block(tree: nodes.Template, name: str) -> list[nodes.Node] | None:
    """The content of one block."""
    return next((found.body for found in tree.find_all(nodes.Block) if found.name == name), None)


def _constant(node: nodes.Node) -> bool:
    return isinstance(node, nodes.Const | nodes.TemplateData)


def _spliced(statements: Iterable[nodes.Node]) -> Iterable[nodes.Node]:
    """Opens scopes in which nothing is named: they scope nothing."""
    for node in statements:
        if isinstance(node, nodes.Scope) and not any(isinstance(part, _NAMES_THINGS) for part in node.body):
            yield from node.body
        else:
            yield node


def _joined(statements: Iterable[nodes.Node]) -> list[nodes.Node]:
    joined: list[nodes.Node] = []
    for node in statements:
        if isinstance(node, nodes.Output) and joined and isinstance(joined[-1], nodes.Output):
            joined[-1] = nodes.Output([*joined[-1].nodes, *node.nodes], lineno=joined[-1].lineno)
        else:
            joined.append(node)
    return joined
