"""Parameters of papermill as a cell of this language.

Enters: names and values, as `papermill -p Kafka.brokers 2` or a YAML file gives them. Leaves: the text of the cell that
papermill puts below the one that is tagged `parameters`: `extend Kafka { param brokers = 2 }`.

papermill has no entry point for translators, but one for engines, which it loads before it translates anything: the
engine here is papermill's own, and with it comes the translator.
"""

import re

from papermill.engines import NBClientEngine
from papermill.exceptions import PapermillException
from papermill.translators import Translator, papermill_translators

# `brokers`, or `mode: Mode` where a parameter is no number.
PARAMETER = re.compile(r"^[A-Za-z_]\w*(\s*:\s*\S.*)?$")
SYSTEM = re.compile(r"^[A-Za-z_]\w*$")


class Engine(NBClientEngine):
    """As papermill executes every notebook."""


class ReconvergeTranslator(Translator):
    """Values of parameters as constants of the language."""

    @classmethod
    def translate_none(cls, val):
        return "none"

    @classmethod
    def translate_str(cls, val):
        """A name: a variant, a node."""
        return val

    @classmethod
    def translate_float(cls, val):
        raise PapermillException(f"a parameter is a whole number, a bool or a name, not {val}")

    @classmethod
    def translate_list(cls, val):
        """A set."""
        return "{ " + ", ".join(cls.translate(item) for item in val) + " }" if val else "{}"

    @classmethod
    def comment(cls, cmt_str):
        return f"// {cmt_str}"

    @classmethod
    def codify(cls, parameters, comment="Parameters"):
        """One `extend` for each system, with its parameters."""
        systems: dict[str, list[str]] = {}
        for name, value in flat(parameters):
            system, _, parameter = name.partition(".")
            if not SYSTEM.match(system) or not PARAMETER.match(parameter):
                raise PapermillException(f"`{name}`: name the system and its parameter, as in `-p Kafka.brokers 2`")
            typed = ": bool" if isinstance(value, bool) and ":" not in parameter else ""
            systems.setdefault(system, []).append(f"  param {parameter}{typed} = {cls.translate(value)}")
        extended = [f"extend {system} {{\n" + "\n".join(lines) + "\n}" for system, lines in systems.items()]
        return "\n".join([cls.comment(comment), *extended]) + "\n"


def flat(parameters):
    """`{"Kafka": {"brokers": 2}}` is `{"Kafka.brokers": 2}`."""
    for name, value in parameters.items():
        if isinstance(value, dict):
            yield from ((f"{name}.{inner}", one) for inner, one in value.items())
        else:
            yield name, value


papermill_translators.register("reconverge", ReconvergeTranslator)
