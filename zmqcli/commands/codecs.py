"""zmqcli codecs."""

from zmqcli.environment import Environment
from zmqcli.options.command import command


@command(examples=["zmqcli codecs", "zmqcli sub -c 5556 -x text,json", "zmqcli push -c 5557 -x msgpack '{\"n\": 1}'"])
def codecs(environment: Environment) -> None:
    """List the codecs (-x) and the record formats (-I and -O)."""
    from zmqcli.codecs._registry import describe, names
    from zmqcli.formats._registry import describe as describe_format
    from zmqcli.formats._registry import names as format_names
    from zmqcli.terminal.listing import listing

    rows = [["codec", name, describe(name)] for name in names()]
    rows += [["format", name, describe_format(name)] for name in format_names()]
    environment.print(listing(environment, ["KIND", "NAME", "WHAT IT IS"], rows))
