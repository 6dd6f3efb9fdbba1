"""What a measurement says, in the one shape that all of them share."""

import os
import statistics
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

FIGURES = ("p50_ms", "p95_ms", "per_second", "value")


@dataclass(frozen=True)
class Row:
    """One case; it has the figures that apply. `reached` compares with the goal's own words."""

    case: str
    n: int
    p50_ms: float | None = None
    p95_ms: float | None = None
    per_second: float | None = None
    value: float | None = None
    unit: str = ""
    goal: str = ""
    reached: bool | None = None


@dataclass(frozen=True)
class Report:
    """One run of one measurement."""

    bench: str
    data: Mapping[str, Any]
    rows: Sequence[Row]
    at: str = field(default_factory=lambda: datetime.now(UTC).isoformat(timespec="seconds"))

    def as_json(self) -> dict[str, Any]:
        """The report as it is printed; figures that do not apply are left out."""
        rows = [
            {name: value for name, value in asdict(row).items() if value not in (None, "")}
            for row in self.rows
        ]
        return {
            "bench": self.bench,
            "at": self.at,
            "machine": machine(),
            "data": dict(self.data),
            "rows": rows,
        }


def machine() -> dict[str, Any]:
    """What this is measured on."""
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    return {"cores": os.cpu_count(), "memory_gib": round(memory / 2**30, 1)}


def timed(case: str, seconds: Sequence[float], *, limit_ms: float | None = None, goal: str = "") -> Row:
    """A row of percentiles; `limit_ms` is what the 95th must not exceed."""
    marks = statistics.quantiles(seconds, n=20) if len(seconds) > 1 else [*seconds] * 19
    p95 = round(marks[18] * 1000, 2)
    return Row(
        case,
        len(seconds),
        p50_ms=round(statistics.median(seconds) * 1000, 2),
        p95_ms=p95,
        goal=goal,
        reached=p95 <= limit_ms if limit_ms is not None else None,
    )


def rate(case: str, count: int, seconds: float, *, at_least: float | None = None, goal: str = "") -> Row:
    """A row of so many per second."""
    found = round(count / seconds, 1)
    return Row(
        case, count, per_second=found, goal=goal, reached=found >= at_least if at_least is not None else None
    )


def measured(
    case: str, value: float, unit: str, *, n: int = 1, at_most: float | None = None, goal: str = ""
) -> Row:
    """A row of one figure."""
    found = round(value, 2)
    return Row(
        case, n, value=found, unit=unit, goal=goal, reached=found <= at_most if at_most is not None else None
    )


def ratios(report: Mapping[str, Any], earlier: Mapping[str, Any]) -> list[str]:
    """How each figure compares with an earlier run; above 1 is more than then."""
    before = {row["case"]: row for row in earlier["rows"]}
    lines = []
    for row in report["rows"]:
        for name in FIGURES:
            then = before.get(row["case"], {}).get(name)
            if then and name in row:
                lines.append(f"{row['case']}: {name} {then:g} → {row[name]:g} (×{row[name] / then:.2f})")
    return lines


def table(reports: Iterable[Mapping[str, Any]]) -> str:
    """A Markdown table of many runs."""
    lines = ["| bench | case | n | p50 ms | p95 ms | per second | value | goal | reached |"]
    lines.append("|---|---|---|---|---|---|---|---|---|")
    for report in reports:
        for row in report["rows"]:
            value = f"{row['value']:g} {row.get('unit', '')}".strip() if "value" in row else ""
            reached = {True: "yes", False: "**no**", None: ""}[row.get("reached")]
            figures = [f"{row[name]:g}" if name in row else "" for name in FIGURES[:3]]
            cells = [
                report["bench"],
                row["case"],
                f"{row['n']:,}",
                *figures,
                value,
                row.get("goal", ""),
                reached,
            ]
            lines.append(f"| {' | '.join(cells)} |")
    return "\n".join(lines)


def page(reports: Sequence[Mapping[str, Any]]) -> str:
    """docs/performance.md: what was measured, on what, with which data."""
    first = reports[0]
    where = f"{first['machine']['cores']} cores, {first['machine']['memory_gib']:g} GiB"
    data = [f"- {each['bench']} ({each['at']}): {_spoken(each['data'])}" for each in reports]
    return "\n".join(
        [
            "# Performance",
            "",
            "Measured by `bin/bench all` on the real product: real processes, the embedded PostgreSQL and",
            f"Valkey, clients on the same machine ({where}). Percentiles are of all calls, none left out.",
            "`bin/bench NAME --against FILE` compares with an earlier run.",
            "",
            table(reports),
            "",
            "Data:",
            "",
            *data,
            "",
        ]
    )


def write_page(path: Path, reports: Sequence[Mapping[str, Any]]) -> None:
    """Write the page where people look for it."""
    path.write_text(page(reports), encoding="utf-8")


def _spoken(data: Mapping[str, Any]) -> str:
    return ", ".join(
        f"{value:,} {name}" if isinstance(value, int) else f"{name} {value}" for name, value in data.items()
    )
