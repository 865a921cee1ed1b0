"""A command that builds one dataset, and takes the parameters which that dataset declares.

The dataset is read off the command line before its options are: `build-dataset moods --limit 3`
knows `--limit` from the declaration, and `--help` behind a name shows what that dataset takes.
"""

from __future__ import annotations

import difflib
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import typer
from typer.exceptions import TyperException

from hueset.cli import options
from hueset.cli.command import StrictCommand
from hueset.cli.value_refusals import explain_missing_name, explain_parameter
from hueset.errors import HuesetError, UsageError
from hueset.render.terminal.output import handle_errors

if TYPE_CHECKING:
    from typer.core import TyperOption

    from hueset.declaration import Dataset

DATASET, OPTIONS, VALUES = (f"hueset.{name}" for name in ("dataset", "options", "values"))
"""Where a command's context keeps what was found before its options were read, and their values."""

CLOSE = 0.75
"""An option that is so much like one there is was mistyped."""


class DatasetCommand(StrictCommand):
    """A command whose argument NAME is a dataset, with that dataset's parameters as options."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Find the dataset first, then read the options, its own among them."""
        unreadable: HuesetError | None = None
        try:
            dataset = self._find_dataset(ctx, args)
        except HuesetError as error:
            # The command says so itself, in its place; here it explains an option nobody knows.
            dataset, unreadable = None, error
        if dataset is not None:
            from hueset.cli.parameter_options import options_of

            taken = {
                flag for one in super().get_params(ctx) for flag in (*one.opts, *one.secondary_opts)
            }
            ctx.meta[DATASET], ctx.meta[OPTIONS] = dataset, options_of(dataset, taken)
        try:
            rest = super().parse_args(ctx, args)
        except TyperException as error:
            fault = _unknown_option(error, dataset, unreadable) or self._refusal(ctx, args, error)
            if fault is None:
                raise
            raise _spoken(fault, args) from error
        names = [one.name for one in ctx.meta.get(OPTIONS, ())]
        ctx.meta[VALUES] = {name: ctx.params.pop(name) for name in names}
        return rest

    def get_params(self, ctx: Any) -> list[Any]:
        """Return the parameters of the command, with the options of its dataset."""
        return [*super().get_params(ctx), *ctx.meta.get(OPTIONS, ())]

    def format_options(self, ctx: Any, formatter: Any) -> None:
        """Write the command's own options, then those of the dataset under its name."""
        declared: list[TyperOption] = ctx.meta.pop(OPTIONS, [])
        super().format_options(ctx, formatter)
        ctx.meta[OPTIONS] = declared
        # One without a help text is hidden, and has no record.
        records = [record for one in declared if (record := one.get_help_record(ctx))]
        if records:
            with formatter.section(f"Parameters of {ctx.meta[DATASET].name}"):
                formatter.write_dl(records)

    def _refusal(self, ctx: Any, args: list[str], error: TyperException) -> HuesetError | None:
        """Return what is wrong with the name or a parameter, where Typer refused one of them."""
        dataset = ctx.meta.get(DATASET)
        if dataset is None:
            return explain_missing_name(error, _known_datasets(self._given_values(ctx, args)))
        return explain_parameter(error, dataset, self._given_values(ctx, args))

    def _given_values(self, ctx: Any, args: list[str]) -> dict[str, Any]:
        """Return the options as they were given, before they are read.

        Raises
        ------
        TyperException
            An option lacks its value: that is to be said, before anything else.
        """
        parser = self.make_parser(ctx)
        parser.ignore_unknown_options = True
        values, _, _ = parser.parse_args(args=list(args))
        return dict(values)

    def _find_dataset(self, ctx: Any, args: list[str]) -> Dataset | None:
        """Return the declaration of the dataset that the arguments name; None where none does."""
        parser = self.make_parser(ctx)
        parser.ignore_unknown_options = True
        try:
            values, rest, _ = parser.parse_args(args=list(args))
        except TyperException:
            return None  # an option lacks its value: reading it again says which
        words = [word for word in (values.get("name"), *rest) if isinstance(word, str)]
        own = {flag for one in super().get_params(ctx) for flag in (*one.opts, *one.secondary_opts)}
        strange = {
            word
            for option, word in pairwise(args)
            if option.startswith("--") and "=" not in option and option not in own
        }
        names = [word for word in words if not word.startswith("-")]
        if not names:
            return None
        given = values.get("project")
        try:
            folder = options.parse_folder(given) if given else None
        except typer.BadParameter:
            return None
        project = options.project_of(folder)
        # The value of an option that is not known yet may stand before the name, or without one.
        known = [name for name in names if name in project.datasets]
        named = known or [name for name in names if name not in strange]
        return project.dataset(named[0]) if named else None


def parameters_of(context: typer.Context, settings: list[str] | None) -> dict[str, Any]:
    """Return the parameters that a command line sets, by options of the dataset or by `--set`.

    Raises
    ------
    UsageError
        One is set twice, or its value cannot be read.
    """
    from hueset.cli.parameter_options import PARAMETER, flag_of
    from hueset.declaration.parameter import ParameterType

    made = options.settings_of(settings)
    for name, value in _given(context, PARAMETER).items():
        if name in made:
            message = f"{name} is set twice: by {flag_of(name)} and by --set"
            raise UsageError(message, hint="leave one of the two away", value=name)
        declared = context.meta[DATASET].parameters[name]
        if declared.value_type is ParameterType.MAP:
            made[name] = options.read_pairs(value, flag_of(name))
        elif declared.value_type is ParameterType.LIST:
            made[name] = [options.read_value(one, flag_of(name)) for one in value]
        else:
            made[name] = value if declared.value_type else options.read_value(value, flag_of(name))
    return made


def sources_of(context: typer.Context, sources: list[str] | None) -> list[str]:
    """Return what `--source` gives, and what options of the dataset give in its place."""
    from hueset.cli.parameter_options import SOURCE

    return [*(sources or []), *(f"{k}={v}" for k, v in _given(context, SOURCE).items())]


def _known_datasets(values: dict[str, Any]) -> tuple[str, ...]:
    """Return the datasets of the project that a command line means; none where it has none."""
    given = values.get("project")
    try:
        return tuple(options.project_of(options.parse_folder(given) if given else None).datasets)
    except (HuesetError, typer.BadParameter):
        return ()


def _given(context: typer.Context, prefix: str) -> dict[str, Any]:
    """Return the values of the dataset's options that were given, by parameter or source."""
    values: dict[str, Any] = context.meta.get(VALUES, {})
    return {
        key.removeprefix(prefix): value
        for key, value in values.items()
        if key.startswith(prefix) and value is not None and value not in ([], ())
    }


def _unknown_option(
    error: TyperException, dataset: Dataset | None, unreadable: HuesetError | None
) -> HuesetError | None:
    """Return what to say of an option nobody knows; None where Typer's own words are better."""
    given = getattr(error, "option_name", None)
    if given is None or not hasattr(error, "possibilities"):
        return None
    near = difflib.get_close_matches(given, error.possibilities or (), n=1, cutoff=CLOSE)
    if unreadable is not None or dataset is None or near:
        return unreadable
    from hueset.cli.parameter_options import flag_of

    # A plain value is offered to nobody: what is named here stands in the help.
    offered = [flag_of(name) for name, one in dataset.parameters.items() if one.help]
    offered += [flag_of(name) for name, one in dataset.sources.items() if one.option]
    hint = f"it takes {', '.join(offered)}" if offered else "it has no options of its own"
    return UsageError(f"{dataset.name} takes no {given}", hint=hint, value=given)


def _spoken(fault: HuesetError, args: list[str]) -> typer.Exit:
    """Say an error as every command says its own, and return how the command ends."""

    def refuse(**_: object) -> None:
        raise fault

    try:
        handle_errors(refuse)(as_json="--json" in args, debug="--debug" in args)
    except typer.Exit as end:
        return end
    return typer.Exit(fault.exit_code)
