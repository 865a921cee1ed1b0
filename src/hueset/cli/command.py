"""A command whose options mean what they say: each is given once, and none is empty.

Click takes the last of several values of an option, and an empty text for a value. In a script
either is a slip that nobody sees: `--min 5000 … --min 5`, or `--split "$SPLIT"` with no `SPLIT`.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

import typer
from typer.core import TyperCommand, TyperOption

from hueset.cli.former_options import rename_options

if TYPE_CHECKING:
    from collections.abc import Callable

    from typer.models import CommandFunctionType


class StrictCommand(TyperCommand):
    """Refuses an option for one value that is given twice, and an empty value of any."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Look at the options as they were given, then let Typer read them."""
        if not ctx.resilient_parsing:
            args = rename_options(args, {name for one in self.params for name in one.opts})
        values, _, order = self.make_parser(ctx).parse_args(args=list(args))
        if not ctx.resilient_parsing:
            _refuse_repeated(ctx, order)
            _refuse_empty(ctx, order, values)
        return super().parse_args(ctx, args)


class StrictTyper(typer.Typer):
    """An application all of whose commands are strict."""

    def command(
        self, name: str | None = None, **settings: Any
    ) -> Callable[[CommandFunctionType], CommandFunctionType]:
        """Add a command, as `typer.Typer` does."""
        return super().command(name, **{"cls": StrictCommand, **settings})


def _refuse_repeated(ctx: Any, order: list[Any]) -> None:
    # A switch that stands twice says the same twice, unless it has a form that says the contrary.
    once = [
        one
        for one in order
        if isinstance(one, TyperOption)
        and not one.multiple
        and (not one.is_flag or one.secondary_opts)
    ]
    for option, times in Counter(once).items():
        if times > 1:
            how_often = "twice" if times == 2 else f"{times} times"
            message = f"it is given {how_often} and takes one value"
            raise typer.BadParameter(message, ctx=ctx, param=option)


def _refuse_empty(ctx: Any, order: list[Any], values: dict[str, Any]) -> None:
    for option in dict.fromkeys(order):
        if not isinstance(option, TyperOption) or option.is_flag or option.default == "":
            continue
        given = values.get(option.name or "")
        for text in given if isinstance(given, list) else [given]:
            if isinstance(text, str) and not text.strip():
                message = "it is empty; is a variable unset?"
                raise typer.BadParameter(message, ctx=ctx, param=option)
