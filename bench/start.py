"""What it costs to ask for help: `taizhang --help` against `import click`, both in fresh processes (architecture §2)."""

from __future__ import annotations

from bench.figure import Figure, command, ratio


def figures(rounds: int = 9) -> list[Figure]:
    """Return the start-up figure; the aim is at most twice the cost of click itself."""
    times, own, base = ratio(
        command("-c", "import sys; sys.argv = ['taizhang', '--help']; import cli; cli.main()"),
        command("-c", "import click"),
        rounds,
    )
    return [
        Figure(
            room="命令行",
            name="taizhang --help",
            value=round(times, 2),
            unit="×",
            baseline='python -c "import click"',
            aim="≤ 2",
            reached=times <= 2,
            detail=f"{own * 1000:.0f} ms : {base * 1000:.0f} ms",
        )
    ]
