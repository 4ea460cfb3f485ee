"""
What every verb has around it: which ledger, for whom the answer is, help with an example.
"""

import sys
from contextlib import ExitStack
from typing import TYPE_CHECKING, Any, Final

import click

from ledger.cli.verbs import NOUNS, PROGRAM, VERBS

if TYPE_CHECKING:
    from click.shell_completion import CompletionItem

    from ledger.book import Ledger
    from ledger.store.keys import Keys


INDENT: Final = 2


class Frame:
    """
    What was said before the verb, or behind it.

    Args:
        url: The ledger.

        as_json: Whether answers are for programs.

        keys: Where the keys of a sealed ledger are.

        kek: The file of the key that encrypts them.

    Attributes:
        purpose, reads_as, as_reader: What personal data is shown for, to which operator, and to
            which class of reader.
    """

    def __init__(
        self, url: str, *, as_json: bool, keys: str | None = None, kek: str | None = None
    ) -> None:
        self.url = url
        self.as_json = as_json
        self.keys = keys
        self.kek = kek
        self.purpose: str | None = None
        self.reads_as: str | None = None
        self.as_reader: str | None = None

    @property
    def shown(self) -> str:
        """
        Return the URL as an answer shows it: without what is secret in it.
        """
        from ledger.store.url import shown

        return shown(self.url)

    def open(self, *, create: bool = False) -> "Ledger":
        """
        Return the ledger, which the caller closes.

        Args:
            create: Whether an empty path becomes a ledger.
        """
        from ledger.book import Ledger

        with ExitStack() as failing:
            ledger = failing.enter_context(
                Ledger.open(self.url, create=create, keys=self.key_store())
            )
            self._show(ledger)
            failing.pop_all()
        return ledger

    def _show(self, ledger: "Ledger") -> None:
        """
        Let *ledger* show personal data where that is for a purpose, and else none.
        """
        ledger.conceal()
        if (self.purpose is None) is not (self.reads_as is None):
            raise click.UsageError("--purpose and --as go together: what for, and which operator.")
        if self.as_reader is not None and self.purpose is None:
            raise click.UsageError("--as-reader goes with --purpose and --as.")
        if self.purpose is not None and self.reads_as is not None:
            shown = ledger.reading(by=self.reads_as, purpose=self.purpose, reader=self.as_reader)
            click.get_current_context().with_resource(shown)

    def key_store(self) -> "Keys | None":
        """
        Return where the keys of the ledger are, where that was said.

        Raises:
            Malformed: When only one of two is said that go together, or there is no such file.
        """
        from ledger.errors import Malformed

        if self.keys is None and self.kek is None:
            return None
        if self.keys is None or self.kek is None:
            raise Malformed(
                "--keys and --kek go together",
                where="keys" if self.keys is None else "kek",
                expected="the URL of the keys, and the file of the key that encrypts them",
            )
        from ledger.cli.source import assert_there
        from ledger.store.keys import Keys
        from ledger.store.keys_wrapping import FileKEK

        assert_there(self.kek, "kek", "the file of the key that encrypts keys")
        return Keys.at(self.keys, kek=FileKEK(self.kek))


def put(answer: object) -> None:
    """
    Write *answer* to standard output as one line of JSON.
    """
    import msgspec

    from ledger.book.document import document

    written = msgspec.json.encode(document(answer), enc_hook=document)
    sys.stdout.buffer.write(written + b"\n")


def framing() -> list[click.Parameter]:
    """
    Return the options that may stand before the verb and behind it.
    """

    def into_frame(context: click.Context, parameter: click.Parameter, value: Any) -> None:
        if value is None or value is False:
            return
        frame = context.find_object(Frame)
        assert frame is not None
        assert parameter.name is not None
        setattr(frame, parameter.name, value)

    told = (
        ("--ledger", "url", "URL"),
        ("--keys", "keys", "URL"),
        ("--kek", "kek", "FILE"),
        ("--purpose", "purpose", "TEXT"),
        ("--as", "reads_as", "OPERATOR"),
        ("--as-reader", "as_reader", "CLASS"),
    )
    return [
        *(
            click.Option(
                [option, name],
                metavar=metavar,
                expose_value=False,
                callback=into_frame,
                is_eager=True,
                hidden=True,
            )
            for option, name, metavar in told
        ),
        click.Option(
            ["--json", "as_json"],
            is_flag=True,
            expose_value=False,
            callback=into_frame,
            is_eager=True,
            hidden=True,
        ),
    ]


def words_behind(noun: str, incomplete: str) -> "list[CompletionItem[Any]]":
    """
    Return the words that *incomplete* may become behind *noun*; none behind what is no noun.
    """
    from click.shell_completion import CompletionItem

    return [
        CompletionItem(word, help=VERBS[name].line)
        for word, name in NOUNS.get(noun, {}).items()
        if word.startswith(incomplete)
    ]


class Framed(click.Command):
    """
    What takes the frame's options, and may be a noun that words follow.
    """

    def __init__(self, name: str, params: list[click.Parameter], **settings: Any) -> None:
        own = {spelled for param in params for spelled in param.opts}
        frame = [option for option in framing() if own.isdisjoint(option.opts)]
        super().__init__(name, params=[*params, *frame], **settings)
        self._words = NOUNS.get(name, {})

    def shell_complete(self, ctx: click.Context, incomplete: str) -> "list[CompletionItem[Any]]":
        """
        Return the words that *incomplete* may become, and what is an option of the verb.
        """
        return words_behind(self.name or "", incomplete) + super().shell_complete(ctx, incomplete)

    def format_epilog(self, _ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """
        Write what each word behind the noun does.
        """
        if self._words:
            with formatter.section("Verbs"):
                formatter.write_dl(
                    [
                        (f"{self.name} {word}", VERBS[name].line)
                        for word, name in self._words.items()
                    ]
                )


class FramedNoun(Framed):
    """
    A noun that is no verb by itself.
    """

    def __init__(self, name: str) -> None:
        words = NOUNS[name]

        def missing(**_said: Any) -> None:
            first = next(iter(words))
            raise click.UsageError(f"it takes a word behind it, such as `{PROGRAM} {name} {first}`")

        several = f"{name}es" if name.endswith("s") else f"{name}s"
        line = f"{', '.join(words)}: what is done with {several}."
        super().__init__(name, [], help=line.capitalize(), callback=missing)


class FramedVerb(Framed):
    """
    A verb with its line and example from the table, that takes the frame's options too.
    """

    def __init__(self, name: str, params: list[click.Parameter], **settings: Any) -> None:
        super().__init__(name, params, help=f"{VERBS[name].line}.", **settings)

    def format_epilog(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """
        Write the examples, ready to be copied.
        """
        super().format_epilog(ctx, formatter)
        examples = VERBS[self.name or ""].examples
        with formatter.section("Example" if len(examples) == 1 else "Example, line by line"):
            for example in examples:
                formatter.write(_folded(example, formatter.width - INDENT))


def _folded(example: str, width: int) -> str:
    """
    Return *example* with a backslash and a new line before an option where it would be too long.
    """
    first, *options = example.split(" --")
    lines = [" " * INDENT + first]
    for option in options:
        if len(lines[-1]) + len(option) + len(" -- \\") > width:
            lines[-1] += " \\"
            lines.append(" " * (2 * INDENT) + f"--{option}")
        else:
            lines[-1] += f" --{option}"
    return "\n".join(lines) + "\n"
