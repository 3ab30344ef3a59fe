"""What the mappings say and what is judged of them, by the program itself: one run of them all, and comparisons."""

import json
import re
import subprocess
from dataclasses import dataclass

from browser_support import ROOT
from reconverge_jupyter.kernel import installed

MAPPINGS = ROOT / "notebooks" / "mappings"
# SYSTEM[(PARAMETER = VALUE, …)].MEMBER[ with FAULT [TIMES] [of NODE]]
ENTRY = re.compile(
    r"(?P<system>\w+)(?:\((?P<params>[^)]*)\))?\.(?P<member>\w+)"
    r"(?: with (?P<fault>\w+)(?: (?P<times>\d+))?(?P<of> of \w+)?)?"
)


@dataclass(frozen=True)
class Judged:
    """A member in one check: of which file, with which parameters and faults; what its system says of itself, in a
    sentence and at length, and what came out."""

    file: str
    system: str
    params: tuple
    faults: tuple
    member: str
    concept: str
    types: tuple
    sentence: str
    said: str
    docs: str
    verdict: dict
    states: int

    @property
    def check(self):
        """What is typed to see it: the mapping is brought in, or the report's file is run; and the check."""
        params = ", ".join(f"{name} = {value}" for name, value in self.params)
        faults = ", ".join(self.faults)
        options = (f"faults {{ {faults} }}  " if faults else "") + f"only {self.member}"
        check = f"`check {self.system}{f'({params})' if params else ''} {{ {options} }}`"
        if self.file.startswith("bugs/"):
            return f"`reconverge run notebooks/mappings/{self.file}`, {check}"
        return f"`use {self.file.removesuffix('.rcv')}`, {check}"

    @property
    def steps(self):
        trace = self.verdict.get("trace")
        return None if trace is None else [step["label"] for step in trace["steps"]]

    @property
    def shows(self):
        """A failure, and the run in which it comes."""
        return self.verdict["verdict"] == "violated" and bool(self.steps)

    @property
    def refutes(self):
        """Every state and every fair run was looked at, there was something to say, and it holds."""
        return self.verdict["verdict"] == "holds"


def reconverge(*arguments, text=None):
    """The command that the kernel is started with; its results as JSON."""
    command = installed()
    ran = subprocess.run(
        [command, "run", "--json", *map(str, arguments)], input=text, capture_output=True, text=True, cwd=MAPPINGS
    )
    assert ran.stdout, ran.stderr
    return json.loads(ran.stdout)


def fault(budget):
    of = f" of {budget['of']}" if budget.get("of") else ""
    return f"{budget['fault']} {budget['times']}{of}"


def value(shown):
    return str(shown).lower() if isinstance(shown, bool) else str(shown)


def judged(results):
    """Every member of every check, in the order of the files."""
    found = []
    for cell in results["cells"]:
        file = cell["file"]
        for report in cell["reports"]:
            if report["report"] != "check":
                continue
            subject = report["subject"]
            params = tuple((name, value(shown)) for name, shown in subject["params"])
            faults = tuple(fault(budget) for budget in subject["faults"])
            states = report["coverage"]["states_distinct"]
            for finding in report["findings"]:
                found.append(
                    Judged(
                        file,
                        subject["system"],
                        params,
                        faults,
                        finding["name"],
                        finding["concept"],
                        tuple(finding["types"]),
                        (finding.get("sentence") or finding["name"].replace("_", " ")).strip().rstrip("."),
                        (subject["docs"] or "").split("\n")[0].strip().rstrip("."),
                        subject["docs"] or "",
                        finding["verdict"],
                        states,
                    )
                )
    return found


def named(entry, every):
    """The judgements that an entry of the data names."""
    parts = ENTRY.fullmatch(entry)
    assert parts, f"not SYSTEM.MEMBER: {entry}"
    wanted = [tuple(map(str.strip, pair.split("="))) for pair in (parts["params"] or "").split(",") if pair.strip()]
    times = parts["times"]
    return [
        one
        for one in every
        if (one.system, one.member) == (parts["system"], parts["member"])
        and all(pair in one.params for pair in wanted)
        and (
            not parts["fault"]
            or any(
                f.split()[0] == parts["fault"] and times in (None, f.split()[1]) and f.endswith(parts["of"] or "")
                for f in one.faults
            )
        )
    ]


def systems(tables):
    """The systems that a table names, in its order, each once."""
    members = [cell["member"] for row in tables["rows"] for cell in row["cells"]]
    members += [word["member"] for word in tables["words"]]
    return list(dict.fromkeys(member.split(".")[0] for member in members))


def compared(names, by=None):
    """The tables that `compare` makes of systems, read from the files of the mappings."""
    uses = "".join(f'use "{path.name}"\n' for path in sorted(MAPPINGS.glob("*.rcv")))
    by = f" by {by}" if by else ""
    results = reconverge("-", text=f"{uses}compare {', '.join(names)}{by}\n")
    assert results["as_expected"], results["why"]
    reports = [report for cell in results["cells"] for report in cell["reports"] if report["report"] == "compare"]
    assert len(reports) == 1
    return reports[0]["tables"]
